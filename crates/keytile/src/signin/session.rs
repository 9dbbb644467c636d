//! Sessions: opened by a fresh sign-in, confirmed by another, listed, and ended one by one or all at once.

use jiff::SignedDuration;
use model::access::{Action, Actor, On, Target, permit};
use model::workspace::WorkspaceRole;
use model::{MemberId, SessionId, StopId, Timestamp};
use seal::token::{self, TokenText};
use serde_json::json;

use super::store;
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::{apikeys, members, notifications};

/// A session ends this long after it began, whatever happens (ASVS 7.3.2).
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);
const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// Admins can do more harm from an unlocked screen.
const IDLE_ADMIN: SignedDuration = SignedDuration::from_mins(30);
/// How stale `last_seen_at` may be: a write for every page would cost more than the page.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The longest user agent that is kept.
const USER_AGENT: usize = 300;

/// What a request's session leads to.
#[derive(Debug)]
pub struct Found {
    /// Who, as they are now.
    pub actor: Actor,
    /// By which session.
    pub session: SessionId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// When they last proved that it is them.
    pub confirmed_at: Timestamp,
    /// How strong the identity provider said that this was.
    pub acr: Option<String>,
    /// The name of their workspace.
    pub workspace_name: String,
    /// True where a notification waits for them.
    pub has_news: bool,
    /// What admins should know of the connection to the portal (C6).
    pub concern: Option<Concern>,
    /// What waits for an admin, where something does (C15).
    pub open_stop: Option<StopId>,
    pub(super) last_seen_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// What is the matter with the connection to the portal, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// It is refused from where this server stands.
    OutsideZone,
    /// It is refused.
    Refused,
    /// The standby took over, and nothing stands by now.
    TookOver,
    /// The org holds as many apps as it may.
    Full,
    /// Its token is older than it should be.
    Old,
}

/// A session as its owner sees it in a list.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What the browser said that it is.
    pub user_agent: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
}

/// How somebody proved who they are, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// By which means.
    pub means: Means,
    /// When. A silent sign-in tells of an earlier moment, and confirms nothing (C41).
    pub at: Timestamp,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The directory's identity provider.
    Oidc,
    /// A passkey.
    Passkey,
}

impl Means {
    fn code(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Passkey => "passkey",
        }
    }
}

/// Opens a session for a member who has proved who they are, in the place of the one that their browser had: always
/// with a new token, so that one which was there before is worth nothing (T11).
pub async fn open_session(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    proof: Proof,
    device: &Device,
) -> Result<TokenText> {
    open(tx, by, member, proof, None, device).await
}

/// As [`open_session`], where the identity provider says how strong the sign-in was.
pub async fn open(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    proof: Proof,
    acr: Option<&str>,
    device: &Device,
) -> Result<TokenText> {
    if let Some(old) = &device.session {
        store::end_session_by_hash(tx, by, old).await?;
    }
    let (text, hash) = token::mint("kts", &mut by.rng);
    let confirmed_at = proof.at.min(by.now);
    let (agent, expires_at) = (&device.user_agent, by.now + LONGEST);
    let id =
        store::insert_session(tx, by, member, &hash.0, agent, confirmed_at, expires_at).await?;
    if let Some(acr) = acr {
        store::set_acr(tx, by, id, acr).await?;
    }
    let event =
        Event::new("session.opened").member(member).detail(json!({ "means": proof.means.code() }));
    activity::record(tx, by, event).await?;
    Ok(text)
}

/// The browser that a session is opened for.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// What it says that it is.
    pub user_agent: String,
    /// The hash of the session token that it holds now, whose it may be.
    pub session: Option<[u8; 32]>,
}

impl Device {
    /// What a request tells of its browser.
    pub fn of(user_agent: &str, token: Option<&str>) -> Self {
        Self {
            user_agent: user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT).collect(),
            session: token.map(token::hash),
        }
    }
}

/// Whom a session's token leads to, if it still holds: not ended, not idle for too long, and the member is active.
pub async fn find(app: &App, token: &str) -> Result<Option<Found>> {
    if token::hint(token).is_none() {
        return Ok(None);
    }
    let now = app.now();
    let found = store::find_session(&mut app.db.read().await?, &token::hash(token), now).await?;
    let Some(found) = found.filter(|found| holds(found, now)) else { return Ok(None) };
    if now.duration_since(found.last_seen_at) >= SEEN_EVERY {
        // Off the way of the answer, and its loss costs at most a minute of idle time.
        tokio::spawn(touch(app.clone(), found.actor, found.session, now));
    }
    Ok(Some(found))
}

fn holds(found: &Found, now: Timestamp) -> bool {
    let Found { expires_at, last_seen_at, .. } = *found;
    let life = Life { ended_at: None, last_seen_at, expires_at };
    found.actor.status == model::workspace::MemberStatus::Active
        && now < life.ends_at(found.actor.role)
}

/// What bounds a session.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends, whatever happens.
    pub expires_at: Timestamp,
}

impl Life {
    /// When it ends, or ended, if nobody uses it again: ended, idle for too long for this role, or at its last.
    pub fn ends_at(&self, role: WorkspaceRole) -> Timestamp {
        let idle = if role >= WorkspaceRole::Admin { IDLE_ADMIN } else { IDLE };
        let ends_at = self.expires_at.min(self.last_seen_at + idle);
        self.ended_at.map_or(ends_at, |ended_at| ended_at.min(ends_at))
    }
}

async fn touch(app: App, actor: Actor, session: SessionId, now: Timestamp) {
    let before = now - SEEN_EVERY;
    let seen = app
        .db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { store::touch(tx, &actor, session, now, before).await })
        })
        .await;
    if let Err(error) = seen {
        tracing::warn!(%error, "could not note when a session was last used");
    }
}

/// The live sessions of a person, the latest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Session>> {
    let now = app.now();
    Ok(store::list_sessions(&mut app.db.read().await?, actor, now).await?)
}

/// Ends one of a person's own sessions.
pub async fn end(app: &App, actor: &Actor, session: SessionId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                if !store::end_session(tx, &by, actor.member, session).await? {
                    return Err(Error::NotFound);
                }
                let event = Event::new("session.ended").member(actor.member);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// An admin ends every session of a member, who is told; what is shared with them stays (C40).
pub async fn sign_out_member(app: &App, actor: &Actor, id: MemberId) -> Result<u64> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let found = members::store::find(tx, actor.workspace, id).await?;
                let member = found.ok_or(Error::NotFound)?;
                let target = Target::Member { id, role: member.role };
                let on = On { workspace: actor.workspace, target };
                let id = permit(&actor, Action::SignOutMember, on)?.member();
                let ended = end_all(tx, &mut by, id).await?;
                if id != actor.member {
                    apikeys::revoke_of(tx, &mut by, id).await?;
                    let text = "An admin ended all your sessions, and your API key if you had one.";
                    notifications::tell(tx, &mut by, id, "info", text, router::PROFILE).await?;
                }
                Ok(ended)
            })
        })
        .await
}

/// Ends every session of a member, inside a change. Answers how many there were.
pub async fn end_all(tx: &mut Tx, by: &mut By, member: MemberId) -> Result<u64> {
    let ended = store::end_all_sessions(tx, by, member).await?;
    let event = Event::new("session.all_ended").member(member).detail(json!({ "ended": ended }));
    activity::record(tx, by, event).await?;
    Ok(ended)
}

/// Ends every session of somebody who is suspended, as part of that change.
pub async fn end_sessions(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    store::end_all_sessions(tx, by, member).await?;
    Ok(())
}

/// Ends everything by which a leaver could come in: sessions, passkeys and one-time links.
pub async fn end_access(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    store::end_all_sessions(tx, by, member).await?;
    store::passkey::end_all(tx, by, member).await?;
    store::end_invites(tx, by, member).await?;
    Ok(())
}
