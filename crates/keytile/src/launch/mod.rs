//! Launching: from a tile to the account that it opens (S40). Access is decided here and now, whatever the portal shows,
//! and no call to the portal is made. Filling in the login is left to the browser extension.

pub mod pages;
mod store;

use model::access::{Action, Actor, permit};
use model::{AccountId, LaunchId, WorkspaceId};
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::error::{Error, Result};
use crate::sharing;

/// What a tile opens.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// What the tile was called last.
    pub label: String,
    /// Where it logs in.
    pub login_url: Option<String>,
    /// The user name, which everyone with access may see.
    pub username: String,
    /// True for one who may see the password, too.
    pub is_owner: bool,
}

/// What became of a click on a tile.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It opens.
    Opened(Launch),
    /// The person holds nothing on what is behind it.
    NoAccess,
    /// There is no such tile, or no account behind it any more.
    Unknown,
}

/// Opens what is behind a tile for this person. A tile that was removed, is paused, or belongs to a feature that was
/// turned off still opens for those with access (C7): an old chiclet does no harm. Each try is on record before the
/// answer leaves.
pub async fn launch(app: &App, actor: &Actor, id: LaunchId) -> Result<Outcome> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let Some(mut launch) = store::find(tx, actor.workspace, &id).await? else {
                    return Ok(Outcome::Unknown);
                };
                let on = sharing::on_account(tx, &actor, launch.account).await?;
                let permitted = permit(&actor, Action::LaunchAccount, on);
                let event =
                    if permitted.is_ok() { "account.launched" } else { "account.launch_refused" };
                let event = Event::new(event)
                    .account(launch.account)
                    .detail(json!({ "label": launch.label, "name": launch.name }));
                activity::record(tx, &mut by, event).await?;
                if permitted.is_err() {
                    return Ok(Outcome::NoAccess);
                }
                launch.is_owner = permit(&actor, Action::EditAccount, on).is_ok();
                Ok::<_, Error>(Outcome::Opened(launch))
            })
        })
        .await
}

/// The workspace whose people a tile is for: where one who is not signed in has to go. For an id that we never made it
/// is the only workspace there is, so that a guess looks like any tile.
pub async fn workspace_of(app: &App, id: Option<LaunchId>) -> Result<Option<WorkspaceId>> {
    if let Some(id) = id
        && let Some(workspace) = store::workspace_of(&mut app.db.read().await?, &id).await?
    {
        return Ok(Some(workspace));
    }
    let doors = crate::signin::doors(app).await?;
    Ok(match doors.as_slice() {
        [only] => Some(only.workspace),
        _ => None,
    })
}
