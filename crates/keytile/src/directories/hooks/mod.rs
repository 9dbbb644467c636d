//! Where the directory says that something happened to its people. A delivery is not signed, may come twice, late or in
//! no order: it makes us look at those people soon, and is never believed by itself.

pub mod http;
mod store;

use jiff::SignedDuration;
use model::access::{Action, Actor, permit};
use model::secret::Secret;
use model::{DirectoryId, HookId, Timestamp, WorkspaceId};
use portal::{LogEvent, LogKind, TargetKind};
use seal::token;
use serde_json::json;

use super::{confirmed, ensure, everywhere, watch};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};

/// After another secret was made, the one before is accepted for so long.
pub const ROTATES_IN: SignedDuration = SignedDuration::from_hours(24);

/// A hook as it is stored.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Its id, which its address names.
    pub id: HookId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its directory.
    pub directory: DirectoryId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when the secret before the last is accepted.
    pub old_until: Option<Timestamp>,
    /// When the directory last asked whether the address is ours.
    pub verified_at: Option<Timestamp>,
    /// When events were last heard.
    pub heard_at: Option<Timestamp>,
    /// What the last of them was.
    pub heard_kind: Option<String>,
    /// How many there were.
    pub events: i64,
    secrets: Vec<token::TokenHash>,
}

impl Hook {
    /// Whether this is a secret that a delivery may carry now.
    fn accepts(&self, secret: &str) -> bool {
        // Each is compared, so that the time tells nothing of which one fits.
        self.secrets.iter().fold(false, |fits, hash| fits | hash.matches(secret))
    }
}

/// The hook of the actor's directory, where there is one.
pub async fn find(app: &App, actor: &Actor) -> Result<Option<Hook>> {
    let workspace = permit(actor, Action::ViewDirectory, everywhere(actor))?.workspace();
    Ok(store::of_workspace(&mut app.db.read().await?, workspace, app.now()).await?)
}

/// Makes the hook, or another secret for it. The secret is shown this once.
pub async fn make_secret(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
) -> Result<Secret<String>> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db.write(workspace, move |tx| Box::pin(async move { put_secret(tx, &mut by).await })).await
}

/// The inner part of [`make_secret`].
pub async fn put_secret(tx: &mut Tx, by: &mut By) -> Result<Secret<String>> {
    let directory = ensure(tx, by).await?;
    let (text, hash) = token::mint("kth", &mut by.rng);
    if store::rotate(tx, by, directory.id, &hash.0, by.now + ROTATES_IN).await? {
        activity::record(tx, by, Event::new("hook.secret_made")).await?;
    } else {
        store::insert(tx, by, directory.id, &hash.0).await?;
        activity::record(tx, by, Event::new("hook.created")).await?;
    }
    Ok(Secret::new(text.expose().to_owned()))
}

/// Hears nothing any more.
pub async fn remove(app: &App, actor: &Actor, confirmed_at: Timestamp) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                if !store::delete(tx, workspace).await? {
                    return Err(Error::NotFound);
                }
                Ok(activity::record(tx, &mut by, Event::new("hook.removed")).await?)
            })
        })
        .await
}

/// The directory asked whether the address is ours.
async fn verified(app: &App, hook: &Hook) -> Result<()> {
    let (id, workspace) = (hook.id, hook.workspace);
    let mut by = By::process(app, workspace, "hook");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                if store::set_verified(tx, id, by.now).await? {
                    activity::record(tx, &mut by, Event::new("hook.verified")).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Takes in what was delivered, the earliest event first. Answers how many people are to be looked at.
async fn hear(app: &App, hook: &Hook, events: Vec<LogEvent>) -> Result<usize> {
    let (id, workspace, directory) = (hook.id, hook.workspace, hook.directory);
    let by = By::process(app, workspace, "hook");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::forget_events(tx, directory, by.now).await?;
                let scim_app = store::scim_app(tx, directory).await?;
                let mut wanted = 0;
                let mut last = None;
                let count = events.len();
                for event in &events {
                    let people = concerned(event, scim_app.as_deref());
                    if people.is_empty() || !store::is_new(tx, &by, directory, &event.id).await? {
                        continue;
                    }
                    last = Some(code(&event.kind));
                    for person in people {
                        let published = event.published;
                        let is_ours =
                            watch::want_look(tx, &by, directory, person, published).await?;
                        wanted += usize::from(is_ours);
                    }
                }
                store::note_heard(tx, &by, id, last, count).await?;
                if wanted > 0 {
                    tx.signal(workspace);
                }
                Ok(wanted)
            })
        })
        .await
}

/// Whom the event may have let in or shut out.
fn concerned<'a>(event: &'a LogEvent, scim_app: Option<&str>) -> Vec<&'a str> {
    let concerns_access = match event.kind {
        LogKind::PersonActivated
        | LogKind::PersonDeactivated
        | LogKind::PersonSuspended
        | LogKind::PersonUnsuspended
        | LogKind::PersonDeleted
        | LogKind::MemberRemoved => true,
        LogKind::AssignmentAdded | LogKind::AssignmentRemoved => {
            let mut apps = event.targets(TargetKind::App);
            scim_app.is_none_or(|ours| apps.any(|app| app == ours))
        }
        _ => false,
    };
    if concerns_access && event.is_success {
        event.targets(TargetKind::Person).collect()
    } else {
        Vec::new()
    }
}

fn code(kind: &LogKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(code)) => code,
        _ => json!(kind).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use portal::{LogActor, LogTarget};

    use super::*;

    fn event(kind: LogKind, targets: &[(TargetKind, &str)]) -> LogEvent {
        let target = |(kind, id): &(TargetKind, &str)| LogTarget {
            kind: *kind,
            id: (*id).to_owned(),
            name: String::new(),
        };
        LogEvent {
            id: "e1".into(),
            published: Timestamp::UNIX_EPOCH,
            kind,
            is_success: true,
            actor: LogActor::default(),
            token_id: None,
            targets: targets.iter().map(target).collect(),
        }
    }

    #[test]
    fn only_what_may_let_in_or_shut_out_is_worth_a_look() {
        let person = [(TargetKind::Person, "00u1"), (TargetKind::App, "0oa1")];
        let concerned = |kind, app| concerned(&event(kind, &person), app).len();
        assert_eq!(concerned(LogKind::PersonSuspended, None), 1);
        assert_eq!(concerned(LogKind::AssignmentRemoved, Some("0oa1")), 1);
        assert_eq!(concerned(LogKind::AssignmentRemoved, None), 1);
        assert_eq!(concerned(LogKind::AssignmentRemoved, Some("0oa2")), 0, "another app");
        assert_eq!(concerned(LogKind::PersonUpdated, None), 0);
        assert_eq!(concerned(LogKind::Other("user.session.start".into()), None), 0);
        let failed = LogEvent { is_success: false, ..event(LogKind::PersonSuspended, &person) };
        assert!(super::concerned(&failed, None).is_empty());
    }
}
