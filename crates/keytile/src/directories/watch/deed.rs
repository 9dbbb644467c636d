//! What a comparison comes to: leavers, suspensions and returns, and a question to the admins.

use model::Timestamp;
use serde_json::json;

use super::plan::{Deed, Plan, Reason};
use super::{Tally, Watch, store};
use crate::actor::By;
use crate::alerts::{self, Alert};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::router;
use crate::members::{self, SuspendedBy};

/// Each in a transaction of their own, and only while they still are whom we looked at, since `looked_at` at the earliest:
/// of whom the directory has told anything after that, another look has to decide.
pub(super) async fn apply(
    app: &App,
    watch: &Watch,
    source: &'static str,
    plan: &Plan,
    looked_at: Timestamp,
    tally: &mut Tally,
) -> Result<()> {
    for (person, deed) in &plan.deeds {
        let (directory, workspace, deed) = (watch.directory, watch.workspace, *deed);
        let external_id = person.clone();
        let mut by = By::process(app, workspace, source);
        let is_done = app
            .db
            .write::<_, Error, _>(workspace, move |tx| {
                Box::pin(async move {
                    let found = store::known_by_id(tx, directory, &external_id).await?;
                    let Some(known) = found.filter(|known| !known.is_owner) else {
                        return Ok(false);
                    };
                    if store::is_changed(tx, directory, &external_id, looked_at).await? {
                        return Ok(false);
                    }
                    match deed {
                        Deed::Remove(_) => members::deactivate(tx, &mut by, known.member).await?,
                        Deed::Suspend => {
                            let source = SuspendedBy::Directory;
                            members::put_suspension(tx, &mut by, known.member, source).await?;
                        }
                        Deed::Resume => {
                            let source = SuspendedBy::Directory;
                            members::lift_suspension(tx, &mut by, known.member, source).await?;
                        }
                    }
                    store::forget_suspect(tx, directory, &external_id).await?;
                    tx.signal(workspace);
                    Ok(true)
                })
            })
            .await?;
        if is_done {
            count(tally, deed);
        }
    }
    tally.waiting = i64::try_from(plan.suspects.len()).unwrap_or(i64::MAX);
    Ok(())
}

fn count(tally: &mut Tally, deed: Deed) {
    match deed {
        Deed::Remove(reason) => {
            tally.removed += 1;
            tally.missing += i64::from(reason != Reason::Deprovisioned);
        }
        Deed::Suspend => tally.suspended += 1,
        Deed::Resume => tally.resumed += 1,
    }
}

/// Who is looked at once more, and whether an admin is asked about them.
pub(super) async fn remember(app: &App, watch: &Watch, plan: Plan, people: usize) -> Result<()> {
    let directory = watch.directory;
    let mut by = By::process(app, watch.workspace, "reconciliation");
    app.db
        .write(watch.workspace, move |tx| {
            Box::pin(async move {
                store::put_suspects(tx, &by, directory, &plan.suspects, true).await?;
                let since = plan.asks.then_some(by.now);
                let is_news = store::set_held(tx, directory, since).await?;
                if is_news && plan.asks {
                    let gone = plan.suspects.len();
                    alerts::raise(tx, &mut by, many_gone(gone, people)).await?;
                }
                Ok(())
            })
        })
        .await
}

fn many_gone(gone: usize, people: usize) -> Alert {
    Alert {
        kind: "directory.many_gone",
        tone: "bad",
        message: format!(
            "Okta does not show {gone} of {people} people as assigned to Keytile any more. Nobody of them was removed: look, and decide."
        ),
        link: router::DIRECTORY,
        detail: json!({ "gone": gone, "people": people }),
    }
}
