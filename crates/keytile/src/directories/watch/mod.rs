//! Watching the directory itself (C35, R14): every hour, and whenever it says that something happened, our members are
//! compared with its people, for a deactivation may never have been sent. Decides nothing by itself: `plan` compares, and
//! whoever has left goes the way of every leaver.

mod apps;
mod decide;
mod deed;
pub mod gather;
pub mod plan;
pub(super) mod run;
mod signalled;
pub(super) mod store;

use jiff::SignedDuration;
use model::access::{Action, Actor, permit};
use model::{DirectoryId, Timestamp, WorkspaceId};
use portal::{AppId, DirectoryApp};
use serde_json::json;

use super::{confirmed, everywhere};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};

pub use run::{Run, Watched, turn};

/// A comparison comes so often, give or take a tenth: with a second look at many, whoever left is out within the hour.
pub const EVERY: SignedDuration = SignedDuration::from_mins(44);
/// The look at all that can fall through comes so often by itself.
pub const HEALTH_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What is shown of runs and of suspects.
const SHOWN: i64 = 20;

/// How the watch over a directory stands.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The directory.
    pub directory: DirectoryId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The client id of the app through which people sign in.
    pub client_id: Option<String>,
    /// The app that tells us of people.
    pub scim_app: Option<String>,
    /// Its name there.
    pub scim_app_label: Option<String>,
    /// The app through which people sign in, where it is not named by its client id.
    pub sign_in_app: Option<String>,
    /// When the next comparison is due; none before anybody has come by the directory.
    pub due_at: Option<Timestamp>,
    /// When somebody asked for one that has not been done.
    pub asked_at: Option<Timestamp>,
    /// When everything was last looked at.
    pub health_at: Option<Timestamp>,
    /// How many people that look compared.
    pub health_people: i64,
    /// What it could not read.
    pub health_note: Option<String>,
    /// Since when an admin is asked about many departures.
    pub held_at: Option<Timestamp>,
    /// When the directory last refused somebody's sign-in.
    pub denied_at: Option<Timestamp>,
}

impl Watch {
    /// The app through which people sign in: a client id is the app's own id, unless somebody chose another.
    pub fn sign_in_app(&self) -> Option<AppId> {
        self.sign_in_app.clone().or_else(|| self.client_id.clone()).map(AppId)
    }
}

/// What a comparison was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was time.
    Hourly,
    /// An admin asked.
    Asked,
    /// The directory said that something happened.
    Hook,
}

impl Cause {
    fn code(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Asked => "asked",
            Self::Hook => "hook",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Hourly, Self::Asked, Self::Hook].into_iter().find(|cause| cause.code() == code)
    }
}

/// What a comparison cost and came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls to the directory.
    pub calls: i64,
    /// Members who were compared.
    pub people: i64,
    /// Of those, whoever was looked at by themselves.
    pub looks: i64,
    /// Leavers.
    pub removed: i64,
    /// Of those, whoever was only not there or not assigned.
    pub missing: i64,
    /// Suspended.
    pub suspended: i64,
    /// Not suspended any more.
    pub resumed: i64,
    /// Looked at once more before they go.
    pub waiting: i64,
}

/// A comparison that was begun.
#[derive(Debug, Clone)]
pub struct Ran {
    /// What it was for.
    pub cause: Cause,
    /// When.
    pub begun_at: Timestamp,
    /// When it ended; none while it is under way.
    pub ended_at: Option<Timestamp>,
    /// What it cost and came to.
    pub tally: Tally,
    /// Why it came to nothing.
    pub problem: Option<String>,
}

/// The watch as admins see it.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How it stands.
    pub watch: Watch,
    /// The newest comparisons first.
    pub runs: Vec<Ran>,
    /// Who waits for an admin's word or a second look.
    pub suspects: Suspects,
}

/// Those who seem to have left with many others.
#[derive(Debug, Clone, Default)]
pub struct Suspects {
    /// How many they are.
    pub count: i64,
    /// When the last of them was found: an admin's word is about those, and about nobody found later.
    pub found_until: Option<Timestamp>,
    /// The first of them by name.
    pub names: Vec<String>,
}

/// The watch over the actor's directory; none where nothing is set up.
pub async fn overview(app: &App, actor: &Actor) -> Result<Option<Overview>> {
    let workspace = permit(actor, Action::ViewDirectory, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let Some(watch) = store::watch(&mut tx, workspace).await? else { return Ok(None) };
    let runs = store::runs::runs(&mut tx, watch.directory, SHOWN).await?;
    let suspects = store::suspects(&mut tx, watch.directory, SHOWN).await?;
    Ok(Some(Overview { watch, runs, suspects }))
}

/// When there is something to read of a workspace's directory.
pub async fn due(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Timestamp>> {
    Ok(store::due(tx, workspace).await?)
}

/// An admin wants the directory compared now.
pub async fn check_now(app: &App, actor: &Actor) -> Result<()> {
    let workspace = permit(actor, Action::DecideSync, everywhere(actor))?.workspace();
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let watch = store::watch(tx, workspace).await?.ok_or(Error::NotFound)?;
                if crate::sync::store::portal(tx, workspace).await?.is_none() {
                    let why = "Keytile reads the directory by the connection to Okta. Turn on extended account access first.";
                    return Err(Error::Conflict(why.into()));
                }
                store::ask(tx, &by, watch.directory).await?;
                tx.signal(workspace);
                Ok(activity::record(tx, &mut by, Event::new("directory.check_requested")).await?)
            })
        })
        .await
}

/// The apps among which the Owner chooses, by the beginning of their name.
pub async fn find_apps(app: &App, actor: &Actor, prefix: &str) -> Result<Vec<DirectoryApp>> {
    let workspace = permit(actor, Action::ConfigureDirectory, everywhere(actor))?.workspace();
    let prefix: String = prefix.trim().chars().take(100).collect();
    if prefix.is_empty() {
        return Err(Error::invalid("q", "Type how the app's name begins."));
    }
    apps::find_apps(app, workspace, &prefix).await
}

/// Chooses the app that tells us of people, and, where its client id is not its id, the one they sign in through. Whoever is
/// not assigned to it is out, so it is the Owner's to say, as the rest of provisioning is (product.md, 2.4).
pub async fn choose_apps(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    scim: &str,
    sign_in: &str,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigureDirectory, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    let (scim, sign_in) = (scim.trim(), sign_in.trim());
    let scim = match scim {
        "" => None,
        id => Some(apps::find_app(app, workspace, id).await?.ok_or_else(|| {
            Error::invalid(
                "scim",
                "Okta has no app of this id. Search for it, or copy the id from its address there.",
            )
        })?),
    };
    let sign_in = match sign_in {
        "" => None,
        id => Some(apps::find_app(app, workspace, id).await?.ok_or_else(|| {
            Error::invalid(
                "sign_in",
                "Okta has no app of this id. Leave this empty if the client ID is the app's id.",
            )
        })?),
    };
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let watch = store::watch(tx, workspace).await?.ok_or(Error::NotFound)?;
                let scim = scim.as_ref().map(|app| (app.id.0.as_str(), app.label.as_str()));
                let sign_in = sign_in.as_ref().map(|app| app.id.0.as_str());
                store::set_apps(tx, &by, watch.directory, scim, sign_in).await?;
                store::ask(tx, &by, watch.directory).await?;
                tx.signal(workspace);
                let detail = json!({ "scim_app": scim.map(|(id, _)| id), "sign_in_app": sign_in });
                let event = Event::new("directory.apps_chosen").detail(detail);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// An admin says that those who seem to have left with many others have left indeed: the next look, which is now, lets
/// them go. It looks at each of them once more. Of whoever was found after `found_until`, and so was not shown to the
/// admin, nothing is said.
pub async fn approve(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    found_until: Timestamp,
) -> Result<u64> {
    let workspace = permit(actor, Action::DecideSync, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let watch = store::watch(tx, workspace).await?.ok_or(Error::NotFound)?;
                let people = store::approve(tx, &by, watch.directory, found_until).await?;
                if people == 0 {
                    return Err(Error::Conflict("Nobody waits for this any more.".into()));
                }
                store::ask(tx, &by, watch.directory).await?;
                tx.signal(workspace);
                let event =
                    Event::new("directory.departures_approved").detail(json!({ "people": people }));
                activity::record(tx, &mut by, event).await?;
                Ok(people)
            })
        })
        .await
}

/// Leaves somebody to be looked at, because the directory says that something happened to them. Answers whether they
/// are one of ours. It is a reason to look, and nothing more.
pub(super) async fn want_look(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    external_id: &str,
    published: Timestamp,
) -> Result<bool> {
    Ok(store::looks::want_look(tx, by, directory, external_id, published).await?)
}

/// The next comparison: each directory at its own time, so that not all ask at once.
fn next_at(now: Timestamp, chance: u32) -> Timestamp {
    let tenth = EVERY.as_secs() / 10;
    let spread = i64::from(chance) % (2 * tenth + 1) - tenth;
    now + EVERY + SignedDuration::from_secs(spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R14: even whoever is looked at twice is out within the hour.
    #[test]
    fn two_looks_fit_into_an_hour() {
        let now = Timestamp::UNIX_EPOCH;
        for chance in [0, 1, 263, 264, 527, 528, u32::MAX] {
            let next = next_at(now, chance) + plan::APART;
            assert!(next <= now + SignedDuration::from_mins(60), "{chance}");
        }
        assert_ne!(next_at(now, 1), next_at(now, 2));
    }
}
