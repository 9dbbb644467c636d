//! Tiles that differ from the portal for long are told of once, however many follow, and once more when it is over (L6).

use model::{PortalId, WorkspaceId};
use serde_json::json;

use super::audit;
use super::store::{self, PortalStatus};
use crate::actor::By;
use crate::alerts::{self, Alert};
use crate::app::App;
use crate::error::Result;
use crate::http::router;

/// Looks at every portal.
///
/// # Errors
/// A failure of the database. The next look finds the same.
pub async fn turn(app: &App) -> Result<()> {
    let portals = store::all_portals(&mut app.db.read().await?).await?;
    for portal in portals {
        // While extending is off nobody promises anything.
        let late = match portal.status {
            PortalStatus::Off => 0,
            PortalStatus::On | PortalStatus::Update => audit::late(app, portal.workspace).await?,
        };
        let is_known = store::late_since(&mut app.db.read().await?, portal.id).await?.is_some();
        if is_known != (late > 0) {
            tell(app, portal.workspace, portal.id, late).await?;
        }
    }
    Ok(())
}

async fn tell(app: &App, workspace: WorkspaceId, portal: PortalId, late: i64) -> Result<()> {
    let mut by = By::process(app, workspace, "system");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let since = (late > 0).then_some(by.now);
                // Another replica may have been faster.
                if !store::set_late(tx, portal, since).await? {
                    return Ok(());
                }
                alerts::raise(tx, &mut by, alert(late)).await
            })
        })
        .await
}

fn alert(late: i64) -> Alert {
    let (kind, tone, message) = match late {
        0 => {
            let text = "No tile differs from Okta for more than 15 minutes any more.".to_owned();
            ("tiles.late_over", "good", text)
        }
        1 => {
            let text = "One tile differs from Okta for more than 15 minutes.".to_owned();
            ("tiles.late", "warn", text)
        }
        _ => {
            let text = format!("{late} tiles differ from Okta for more than 15 minutes.");
            ("tiles.late", "warn", text)
        }
    };
    Alert { kind, tone, message, link: router::SYNC, detail: json!({ "tiles": late }) }
}
