//! Devices: the browsers that log in by themselves. Enrolled with a ticket of a signed-in page, approved where the
//! workspace asks for it, listed, and ended. What one may have is left to `grants`.

pub mod http;
pub mod pages;
pub mod refused;
mod replays;
pub mod request;
pub mod rules;
mod store;
pub mod tickets;

use jiff::SignedDuration;
use model::access::{Action, Actor, On, Target, permit};
use model::workspace::MemberStatus;
use model::{DeviceId, MemberId, SessionId, Timestamp};
use seal::grant::SealingKey;
use seal::token::TokenText;
use serde_json::json;

use self::refused::{Answer, Refused};
pub use self::replays::Replays;
use self::rules::{Rules, Version};
use self::tickets::{Kind, Ticket};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::signin::session;
use crate::{members, notifications};

/// A device that was not used for so long is ended.
pub const UNUSED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many live devices one member has at most.
pub const MOST: i64 = 10;
/// The admins hear of a member's browsers that wait at most once within this time.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How stale `last_used_at` may be.
const USED_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// The most that one list shows.
pub const LISTED: usize = 200;
/// The longest name of a device.
const NAME: usize = 80;

/// A device with all that decides what it may have: its member, its session and the workspace's rules, as they are now.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Its member, with their present role and state.
    pub actor: Actor,
    /// What the person calls it.
    pub name: String,
    /// The member's name.
    pub person: String,
    /// The member's e-mail address.
    pub email: String,
    /// The name of the workspace.
    pub workspace_name: String,
    /// To which is sealed.
    pub sealing_key: SealingKey,
    /// In which session it acts.
    pub session: SessionId,
    /// When its person proved who they are, for that session.
    pub confirmed_at: Timestamp,
    /// How strong the identity provider said that this was.
    pub acr: Option<String>,
    signing_key: Vec<u8>,
    version: String,
    rules: Rules,
    session_life: session::Life,
    approved_at: Option<Timestamp>,
    last_used_at: Timestamp,
    ended_at: Option<Timestamp>,
}

/// Whether a device gets anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It does.
    Ready,
    /// Not before an admin has approved it.
    Waiting,
}

impl State {
    /// As the protocol writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
        }
    }
}

/// A device as people see it in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// Their name.
    pub person: String,
    /// What it is called.
    pub name: String,
    /// The version of its extension.
    pub version: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    pub last_used_at: Timestamp,
    /// In which session it acts.
    pub session: SessionId,
    /// Whether it gets anything.
    pub state: State,
}

/// Which devices of the workspace an admin looks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A part of the person's name or address; empty for everybody's.
    pub search: String,
    /// Only those that wait for an approval.
    pub waiting: bool,
}

impl Device {
    /// Whether it gets anything.
    pub fn state(&self) -> State {
        if self.rules.approval && self.approved_at.is_none() {
            State::Waiting
        } else {
            State::Ready
        }
    }

    /// Refuses a device that an admin has to approve first.
    pub fn require_ready(&self) -> Answer<()> {
        match self.state() {
            State::Ready => Ok(()),
            State::Waiting => Err(Refused::NeedsApproval),
        }
    }

    /// Refuses where the session in which it acts is over, or its member is suspended.
    pub fn require_session(&self, now: Timestamp) -> Answer<()> {
        let lives = self.actor.status == MemberStatus::Active && now < self.session_ends_at();
        if lives { Ok(()) } else { Err(Refused::SessionOver) }
    }

    /// When its session ends at the latest.
    pub fn session_ends_at(&self) -> Timestamp {
        self.session_life.ends_at(self.actor.role)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some()
            || self.actor.status == MemberStatus::Removed
            || now.duration_since(self.last_used_at) > UNUSED
    }
}

/// The device as it is in this transaction, unless it was ended.
pub async fn present(tx: &mut Tx, id: DeviceId, now: Timestamp) -> Answer<Device> {
    let device = store::find(tx, id).await?.filter(|device| !device.is_over(now));
    device.ok_or(Refused::UnknownDevice)
}

/// The device acts in the session of this ticket from now on, where both are of one member.
pub async fn bind(tx: &mut Tx, device: Device, ticket: &Ticket, now: Timestamp) -> Answer<Device> {
    if ticket.member != device.actor.member {
        return Err(Refused::UnknownDevice);
    }
    if ticket.session == device.session {
        return Ok(device);
    }
    store::bind(tx, device.actor.workspace, device.id, ticket.session).await?;
    present(tx, device.id, now).await
}

/// What a browser brings to be enrolled.
pub struct Enrolling {
    /// What it calls itself.
    pub name: String,
    /// The version of its extension.
    pub version: Version,
    /// That it holds its private half has been checked.
    pub signing_key: Vec<u8>,
    /// To which is sealed.
    pub sealing_key: SealingKey,
}

/// A device that was just enrolled.
pub struct Enrolled {
    /// It.
    pub device: Device,
    /// A fresh ticket for the launch whose ticket it came with.
    pub ticket: Option<TokenText>,
    /// By which it checks what the workspace gives it: a point of P-256.
    pub server_key: Vec<u8>,
}

/// Enrols a browser with a ticket of a page that its person has signed in to. They hear of it.
pub async fn enrol(app: &App, ticket: String, enrolling: Enrolling) -> Answer<Enrolled> {
    let workspace = tickets::workspace_of(&mut app.db.read().await?, &ticket).await?;
    let workspace = workspace.ok_or(Refused::TicketOver)?;
    let (app2, mut by) = (app.clone(), By::process(app, workspace, "member"));
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let rules = store::rules(tx, workspace).await?;
                rules.check(&enrolling.version)?;
                let ticket = tickets::take(tx, workspace, &ticket, by.now).await?;
                let ticket = ticket.filter(|ticket| !ticket.enrolled).ok_or(Refused::TicketOver)?;
                if store::count(tx, ticket.member, by.now - UNUSED, MOST).await? >= MOST {
                    return Err(Refused::TooManyDevices);
                }
                by.member = Some(ticket.member);
                let id = DeviceId::new(by.now, &mut by.rng);
                store::insert(tx, &by, id, &ticket, &enrolling).await?;
                let device = present(tx, id, by.now).await?;
                device.require_session(by.now).map_err(|_| Refused::TicketOver)?;
                tell(tx, &mut by, &device).await?;
                let again = match ticket.kind {
                    Kind::Launch(_) => Some(tickets::issue_again(tx, &mut by, &ticket).await?),
                    Kind::Connect => None,
                };
                let server_key =
                    crate::grants::key::signing_key(&app2, tx, &mut by).await?.public();
                Ok(Enrolled { device, ticket: again, server_key })
            })
        })
        .await
}

async fn tell(tx: &mut Tx, by: &mut By, device: &Device) -> Result<()> {
    let event = Event::new("device.enrolled")
        .member(device.actor.member)
        .detail(json!({ "device": device.id, "name": device.name, "version": device.version }));
    activity::record(tx, by, event).await?;
    let text = format!("A browser was added: {}. If that was not you, remove it.", device.name);
    notifications::tell(tx, by, device.actor.member, "info", &text, router::DEVICES).await?;
    // One who adds browser after browser is told of once.
    let since = by.now - TOLD_EVERY;
    if device.state() == State::Waiting && !store::another_waits_since(tx, device, since).await? {
        let text = format!(
            "{} added a browser, which waits for an approval: {}.",
            device.person, device.name
        );
        notifications::tell_admins(tx, by, "info", &text, router::ALL_DEVICES).await?;
    }
    Ok(())
}

/// Lets a device act in the session of a ticket of kind `connect`.
pub async fn connect(app: &App, device: &Device, ticket: String) -> Answer<Device> {
    let (id, workspace, now) = (device.id, device.actor.workspace, app.now());
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let device = present(tx, id, now).await?;
                let ticket = tickets::take(tx, workspace, &ticket, now).await?;
                let ticket = ticket.filter(|ticket| ticket.kind == Kind::Connect);
                let device = bind(tx, device, &ticket.ok_or(Refused::TicketOver)?, now).await?;
                device.require_session(now)?;
                Ok(device)
            })
        })
        .await
}

/// Notes that a device is in use, and the version of its extension.
async fn touch(app: App, device: Device, version: String) {
    let (id, workspace, now) = (device.id, device.actor.workspace, app.now());
    let noted = app.db.write::<_, Error, _>(workspace, move |tx| {
        Box::pin(async move { Ok(store::touch(tx, workspace, id, &version, now).await?) })
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "could not note when a device was last used");
    }
}

/// A person's own devices, the latest used first.
pub async fn list_own(app: &App, actor: &Actor) -> Result<Vec<Listed>> {
    let (since, own) = (app.now() - UNUSED, Some(actor.member));
    let mut tx = app.db.read().await?;
    Ok(store::list(&mut tx, actor.workspace, own, &Wanted::default(), since, LISTED).await?)
}

/// The devices of everybody, those that wait first.
pub async fn list_all(app: &App, actor: &Actor) -> Result<Vec<Listed>> {
    Ok(search(app, actor, &Wanted::default()).await?.0)
}

/// The devices of those who are looked for, those that wait first; and whether there are more than are listed.
pub async fn search(app: &App, actor: &Actor, wanted: &Wanted) -> Result<(Vec<Listed>, bool)> {
    let workspace = permit(actor, Action::ManageDevices, whole(actor))?.workspace();
    let since = app.now() - UNUSED;
    let mut tx = app.db.read().await?;
    let mut found = store::list(&mut tx, workspace, None, wanted, since, LISTED + 1).await?;
    let more = found.len() > LISTED;
    found.truncate(LISTED);
    Ok((found, more))
}

/// An admin approves a device; its person hears of it.
pub async fn approve(app: &App, actor: &Actor, id: DeviceId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let _admin = permit(&actor, Action::ManageDevices, whole(&actor))?;
                let device = live(tx, &actor, id, by.now).await?;
                if !store::approve(tx, &by, id).await? {
                    return Ok(());
                }
                let event = Event::new("device.approved")
                    .member(device.actor.member)
                    .detail(json!({ "device": id, "name": device.name }));
                activity::record(tx, &mut by, event).await?;
                let text = format!("Your browser was approved: {}.", device.name);
                notifications::tell(
                    tx,
                    &mut by,
                    device.actor.member,
                    "good",
                    &text,
                    router::DEVICES,
                )
                .await
            })
        })
        .await
}

/// Its person, or an admin, ends a device: from the commit on it gets nothing.
pub async fn end(app: &App, actor: &Actor, id: DeviceId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let device = live(tx, &actor, id, by.now).await?;
                let target = Target::Member { id: device.actor.member, role: device.actor.role };
                let on = On { workspace: actor.workspace, target };
                // Like ending the sessions of a person: their own, or by an admin who is not below them.
                let member = permit(&actor, Action::SignOutMember, on)
                    .map_err(|_| Error::NotFound)?
                    .member();
                store::end(tx, &by, id).await?;
                let event = Event::new("device.ended")
                    .member(member)
                    .detail(json!({ "device": id, "name": device.name }));
                activity::record(tx, &mut by, event).await?;
                if member != actor.member {
                    let text = format!("An admin removed your browser: {}.", device.name);
                    notifications::tell(tx, &mut by, member, "info", &text, router::DEVICES)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

async fn live(tx: &mut Tx, actor: &Actor, id: DeviceId, now: Timestamp) -> Result<Device> {
    let device = store::find(tx, id).await?;
    let device = device.filter(|d| d.actor.workspace == actor.workspace && !d.is_over(now));
    device.ok_or(Error::NotFound)
}

/// Ends every device of a leaver, inside the change that removes them.
pub async fn end_all(tx: &mut Tx, by: &By, member: MemberId) -> Result<()> {
    Ok(store::end_all(tx, by, member).await?)
}

fn whole(actor: &Actor) -> On {
    On { workspace: actor.workspace, target: Target::Workspace }
}
