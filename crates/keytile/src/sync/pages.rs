//! The section "Extended account access for Okta": its states, its forms, and its live progress.

mod events;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::HeaderMap;
use model::AccountId;
use model::access::{Action, Actor, Level, On, Target, permit};
use portal::Priority;

use super::{PortalStatus, Progress, Status, launch_url, requests, store};
use crate::app::App;
use crate::http::Path;
use crate::http::flash;
use crate::http::page::{FRAGMENT, Failure, Page, check_number, fragment};
use crate::http::router;
use crate::http::session::Signed;
use crate::sharing::{self, pages::Confirmed};
use crate::ui::When;

pub(crate) use events::events;

/// People named in the dialog before the rest is only counted.
const NAMED: usize = 12;

/// The section, as a fragment of its own.
#[derive(Template)]
#[template(path = "accounts/tile.html")]
pub struct TileFragment {
    tile: TileView,
}

/// What the section shows.
#[derive(Debug, Clone)]
pub struct TileView {
    pub(crate) account_id: String,
    pub(crate) label: String,
    pub(crate) state: TileState,
    pub(crate) extended: Option<Extended>,
    pub(crate) launch_url: Option<String>,
}

/// Where the tile stands, as the section tells it (S33).
#[derive(Debug, Clone)]
pub enum TileState {
    /// The feature is off.
    Off {
        /// The viewer could turn it on.
        may_turn_on: bool,
    },
    /// The viewer is no Owner of the account.
    OwnersOnly,
    /// It can be extended, or the reason why this person cannot.
    NotExtended {
        /// Why not.
        refused: Option<String>,
    },
    /// An admin has been asked whether it may be extended.
    Asked {
        /// By whom.
        who: String,
        /// When.
        at: When,
    },
    /// Nothing was sent yet.
    Waiting {
        /// What it waits for.
        why: Option<String>,
    },
    /// Steps are under way.
    Syncing {
        /// Steps done.
        done: i64,
        /// Steps in all.
        total: i64,
        /// When it is done, in words.
        eta: Option<String>,
    },
    /// Everything is as it should be.
    Synced,
    /// Something stands in the way.
    Failed {
        /// What happened.
        reason: String,
        /// What to do.
        advice: String,
        /// When it is tried again by itself.
        retry: Option<When>,
        /// Okta's id of the request.
        request_id: Option<String>,
    },
    /// A person has to decide.
    Paused {
        /// What happened.
        reason: String,
    },
    /// It is being taken out.
    Removing {
        /// Steps done.
        done: i64,
        /// Steps in all.
        total: i64,
    },
}

impl TileState {
    /// True while somebody is likely to come and look how it stands.
    pub(crate) fn is_awaited(&self) -> bool {
        self.moves() || matches!(self, Self::Asked { .. })
    }

    /// True while the section is worth following live.
    pub(crate) fn moves(&self) -> bool {
        match self {
            Self::Waiting { .. } | Self::Syncing { .. } | Self::Removing { .. } => true,
            Self::Failed { retry, .. } => retry.is_some(),
            Self::Off { .. }
            | Self::OwnersOnly
            | Self::NotExtended { .. }
            | Self::Asked { .. }
            | Self::Synced
            | Self::Paused { .. } => false,
        }
    }
}

/// When it was extended, by whom, and when it was last as it should be (S32).
#[derive(Debug, Clone)]
pub struct Extended {
    pub(crate) at: When,
    pub(crate) by: String,
    pub(crate) synced: Option<When>,
}

/// Who will see the tile and who will not, before it is made.
#[derive(Debug, Clone)]
pub struct TilePreview {
    pub(crate) label: String,
    pub(crate) you: String,
    pub(crate) you_see: bool,
    pub(crate) sees: Vec<String>,
    pub(crate) sees_total: usize,
    pub(crate) hidden: Vec<HiddenPerson>,
    pub(crate) hidden_total: usize,
}

/// Somebody who will not see it.
#[derive(Debug, Clone)]
pub struct HiddenPerson {
    pub(crate) name: String,
    pub(crate) reason: String,
}

impl TileView {
    /// What the section shows this person.
    pub(crate) async fn load(
        app: &App,
        actor: &Actor,
        account: AccountId,
        level: Level,
    ) -> Result<Self, Failure> {
        let portal = super::portal(app, actor).await?;
        let status = portal.as_ref().map(|p| p.status);
        let found =
            if level == Level::Own { super::status(app, actor, account).await? } else { None };
        let off = !matches!(status, Some(PortalStatus::On | PortalStatus::Update));
        let state = match &found {
            _ if level < Level::Own => TileState::OwnersOnly,
            _ if off => TileState::Off { may_turn_on: may(actor, Action::ConfigurePortal) },
            None => match requests::waiting(app, actor.workspace, account).await? {
                Some((who, at)) => TileState::Asked { who, at: at.into() },
                None => TileState::NotExtended { refused: refused(actor, account, level) },
            },
            Some(found) => state(found, done_at(app, actor).await?),
        };
        Ok(Self {
            account_id: account.to_string(),
            label: found.as_ref().map(|f| f.tile.label.clone()).unwrap_or_default(),
            state,
            launch_url: found.as_ref().map(|f| launch_url(app, f.tile.launch)),
            extended: found.map(|f| Extended {
                at: f.tile.extended_at.into(),
                by: f.extended_by,
                synced: f.tile.synced_at.map(When::from),
            }),
        })
    }

    /// There may be a timeline to look at.
    pub(crate) fn has_past(&self) -> bool {
        !matches!(self.state, TileState::OwnersOnly)
    }

    /// The menu "More options" is there for what is extended (S35).
    pub(crate) fn offers_more(&self) -> bool {
        self.extended.is_some()
            && !matches!(
                self.state,
                TileState::Removing { .. } | TileState::Off { .. } | TileState::Paused { .. }
            )
    }
}

/// When the portal's tiles are all done, where that is further away than a page is looked at.
async fn done_at(app: &App, actor: &Actor) -> Result<Option<String>, Failure> {
    let progress = super::worker::forecast(app, actor.workspace).await?;
    let far =
        |at: &jiff::Timestamp| at.duration_since(app.now()) > jiff::SignedDuration::from_mins(1);
    Ok(progress.done_at.filter(far).map(|at| format!("done at about {}", at.strftime("%H:%M UTC"))))
}

fn state(found: &Status, eta: Option<String>) -> TileState {
    match &found.progress {
        Progress::Synced => TileState::Synced,
        Progress::Paused(problem) => TileState::Paused { reason: problem.message.clone() },
        Progress::Failed(problem) => TileState::Failed {
            reason: problem.message.clone(),
            advice: "Nothing is lost: changes are kept, and follow as soon as this is solved."
                .into(),
            retry: problem.retry_at.map(When::from),
            request_id: problem.request_id.clone(),
        },
        Progress::Removing => {
            TileState::Removing { done: found.tile.steps_done, total: found.tile.steps_total }
        }
        Progress::Syncing { done, total } => match &found.waits_for {
            Some(problem) => TileState::Waiting { why: Some(problem.message.clone()) },
            None if *total == 0 => TileState::Waiting { why: eta },
            None => TileState::Syncing { done: *done, total: *total, eta },
        },
    }
}

fn refused(actor: &Actor, account: AccountId, level: Level) -> Option<String> {
    let on = On { workspace: actor.workspace, target: Target::Account { id: account, level } };
    permit(actor, Action::ExtendAccount, on)
        .err()
        .map(|denied| crate::Error::from(denied).to_string())
}

fn may(actor: &Actor, action: Action) -> bool {
    permit(actor, action, On { workspace: actor.workspace, target: Target::Workspace }).is_ok()
}

impl TilePreview {
    /// Names beforehand who will see the tile, the one who clicks included.
    pub(crate) async fn load(
        app: &App,
        actor: &Actor,
        account: AccountId,
    ) -> Result<Self, Failure> {
        let audience = super::audience(app, actor, account).await?;
        let label = super::preview_label(app, actor, account).await?;
        let you_see = audience.sees.iter().any(|viewer| viewer.member == actor.member);
        let why = audience
            .hidden
            .iter()
            .find(|(viewer, _)| viewer.member == actor.member)
            .map(|(_, why)| *why);
        let you = match why {
            None if you_see => "You will see it on your own dashboard too.".to_string(),
            Some(super::Hidden::NotInPortal) => {
                "You will not see it yourself: Okta has not told Keytile who you are there (SCIM external id).".into()
            }
            Some(why) => format!("You will not see it yourself: your account {}.", why.reason()),
            None => "You will not see it yourself.".into(),
        };
        Ok(Self {
            label,
            you,
            you_see,
            sees_total: audience.sees.len(),
            sees: audience.sees.into_iter().take(NAMED).map(|viewer| viewer.name).collect(),
            hidden_total: audience.hidden.len(),
            hidden: audience
                .hidden
                .into_iter()
                .take(NAMED)
                .map(|(viewer, why)| HiddenPerson {
                    name: viewer.name,
                    reason: why.reason().into(),
                })
                .collect(),
        })
    }
}

/// Extends the account (S29).
pub(crate) async fn extend(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AccountId>,
) -> Result<Response, Failure> {
    // Where an admin was asked instead, the section says so.
    super::extend_or_ask(&app, &signed.actor, id, Priority::Person).await?;
    answer(&app, &signed, &headers, id).await
}

/// Takes back what an admin was asked.
pub(crate) async fn withdraw(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
) -> Page {
    let back = requests::withdraw(&app, &signed.actor, id).await;
    flash::told(&app.config, &router::account(id), back, |()| {
        "Taken back: the account is not extended, and no admin is asked any more.".into()
    })
}

/// Syncs it by hand (S36).
pub(crate) async fn sync(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AccountId>,
) -> Result<Response, Failure> {
    super::sync_now(&app, &signed.actor, id).await?;
    answer(&app, &signed, &headers, id).await
}

/// Puts it back after a pause.
pub(crate) async fn resume(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AccountId>,
) -> Result<Response, Failure> {
    super::resume(&app, &signed.actor, id).await?;
    answer(&app, &signed, &headers, id).await
}

/// Removes it from Okta (S38).
pub(crate) async fn remove(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AccountId>,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, Failure> {
    let people = sharing::count_people(&app, &signed.actor, id).await?;
    check_number(people, &confirmed.confirm)?;
    super::remove(&app, &signed.actor, id).await?;
    answer(&app, &signed, &headers, id).await
}

/// The fragment where the script asked for it, else the page.
async fn answer(
    app: &App,
    signed: &Signed,
    headers: &HeaderMap,
    id: AccountId,
) -> Result<Response, Failure> {
    if headers.get(FRAGMENT).is_none() {
        return Ok(Redirect::to(&router::account(id)).into_response());
    }
    let tile = TileView::load(app, &signed.actor, id, Level::Own).await?;
    fragment("tile", &TileFragment { tile })
}

/// The tile that a live page follows.
async fn followed(
    app: &App,
    actor: &Actor,
    account: AccountId,
) -> Result<Option<model::TileId>, Failure> {
    let mut tx = app.db.read().await.map_err(crate::Error::from)?;
    Ok(store::newest(&mut tx, actor.workspace, account)
        .await
        .map_err(crate::Error::from)?
        .map(|tile| tile.id))
}

#[cfg(test)]
pub(crate) mod samples;
