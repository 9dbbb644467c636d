//! Launching: from a tile, or an account's address, to a login that the browser extension fills in (S40). Access is
//! decided here and now, whatever the portal shows, and no call to the portal is made. What the extension then gets is
//! decided again by `grants`.

mod arrival;
pub mod pages;
mod store;

use jiff::SignedDuration;
use model::access::{Action, Actor, permit};
use model::{AccountId, LaunchId, SessionId, Timestamp, WorkspaceId};
use seal::token::TokenText;
use serde_json::json;
use url::Url;

pub use self::arrival::{Arrival, Start};
use crate::accounts::StepUp;
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::devices::tickets::{self, Kind};
use crate::error::{Error, Result};
use crate::sharing;

/// What is launched.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// What is behind a tile.
    Tile(LaunchId),
    /// An account, from the list or the extension.
    Account(AccountId),
}

/// What a launch opens.
#[derive(Debug)]
pub struct Launch {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// What its tile was called last, or its app.
    pub label: String,
    /// Where it logs in.
    pub login_url: Option<String>,
    /// The user name, which everyone with access may see.
    pub username: String,
    /// What the account asks of the sign-in.
    pub step_up: StepUp,
    /// True for one who may see the password, too.
    pub is_owner: bool,
    /// For the extension, where the login begins.
    pub ticket: Option<TokenText>,
}

/// The session in which somebody launches, and how they proved for it who they are.
#[derive(Debug, Clone)]
pub struct Within {
    /// Which one.
    pub session: SessionId,
    /// When they did.
    pub confirmed_at: Timestamp,
    /// How strong the identity provider said that this was.
    pub acr: Option<String>,
}

/// What became of a click on a tile.
#[derive(Debug)]
pub enum Outcome {
    /// It opens.
    Opened(Launch),
    /// It would, but the person has signed in too long ago, or too weakly: no login begins.
    SignInAgain(Launch),
    /// The person holds nothing on what is behind it.
    NoAccess,
    /// There is no such tile, or no account behind it any more.
    Unknown,
}

/// Opens an account for this person, and begins the login in the session `begins`, where there is one. A tile that was removed, is paused, or
/// belongs to a feature that was turned off still opens for those with access (C7): an old chiclet does no harm. Each try
/// is on record before the answer leaves.
pub async fn launch(
    app: &App,
    actor: &Actor,
    target: Target,
    begins: Option<Within>,
) -> Result<Outcome> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let found = match target {
                    Target::Tile(id) => store::find(tx, actor.workspace, &id).await?,
                    Target::Account(id) => store::find_account(tx, actor.workspace, id).await?,
                };
                let Some(mut launch) = found else { return Ok(Outcome::Unknown) };
                let on = sharing::on_account(tx, &actor, launch.account).await?;
                let permitted = permit(&actor, Action::LaunchAccount, on);
                let detail = json!({ "label": launch.label, "name": launch.name });
                if permitted.is_err() {
                    let event = Event::new("account.launch_refused");
                    let event = event.account(launch.account).detail(detail);
                    activity::record(tx, &mut by, event).await?;
                    return Ok(Outcome::NoAccess);
                }
                launch.is_owner = permit(&actor, Action::EditAccount, on).is_ok();
                if let Some(within) = begins {
                    let (at, acr) = (within.confirmed_at, within.acr.as_deref());
                    if !launch.step_up.is_met_by(at, acr, by.now, SignedDuration::ZERO) {
                        return Ok(Outcome::SignInAgain(launch));
                    }
                    let event = Event::new("account.launched");
                    let event = event.account(launch.account).detail(detail);
                    activity::record(tx, &mut by, event).await?;
                    let kind = Kind::Launch(launch.account);
                    let ticket =
                        tickets::issue(tx, &mut by, within.session, actor.member, kind).await?;
                    launch.ticket = Some(ticket);
                }
                Ok::<_, Error>(Outcome::Opened(launch))
            })
        })
        .await
}

/// A ticket that binds a device to this session.
pub async fn connect(app: &App, actor: &Actor, session: SessionId) -> Result<TokenText> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                tickets::issue(tx, &mut by, session, actor.member, Kind::Connect).await
            })
        })
        .await
}

/// The origins from which a launch begins at once: the portal's, and those of who signs people in.
async fn trusted(app: &App, workspace: WorkspaceId) -> Result<Vec<String>> {
    let known = store::addresses(&mut app.db.read().await?, workspace).await?;
    let origin = |text: &String| {
        let address = if text.contains("://") { text.clone() } else { format!("https://{text}") };
        Url::parse(&address).ok().map(|url| url.origin().ascii_serialization())
    };
    Ok(known.iter().filter_map(origin).collect())
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
