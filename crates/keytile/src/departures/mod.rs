//! Departures: each is one person's leaving, with what it closed. Many within an hour are a wave, of which the admins
//! hear. What is to be rotated after one is left to `rotations`; ending sessions, keys and shares to `members`.

pub mod pages;
mod restore;
mod store;
mod wave;

use jiff::SignedDuration;
use model::access::{Action, Actor, On, Target, permit};
use model::workspace::WorkspaceRole;
use model::{DepartureId, MemberId, Timestamp, WaveId, WorkspaceId};
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::alerts::{self, Alert};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::members::Member;
use crate::{accounts, notifications, rotations};

pub use restore::{
    Closed, Kind, Waiting, approve_share, count_waiting, decline, decline_share, is_waiting,
    restore, returned, waiting,
};
pub use wave::{Gone, Wave, restore_wave, wave, waves};

/// The most days that a rule may name.
const MOST_DAYS: i64 = 365;
/// How many people hear that something of theirs waits: beyond that the admins do.
const TOLD: i64 = 100;

/// One person's leaving.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Its id.
    pub id: DepartureId,
    /// Who left.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// The workspace role that they had.
    pub role: WorkspaceRole,
    /// By which id the directory knew them.
    pub external_id: Option<String>,
    /// The wave that it belongs to.
    pub wave: Option<WaveId>,
    /// Since when a return waits for somebody's word.
    pub asked_at: Option<Timestamp>,
    /// When that was decided.
    pub decided_at: Option<Timestamp>,
}

impl Departure {
    /// Whether this is the person who left: under another id of the directory it is somebody else (T6).
    fn is_of(&self, member: &Member) -> bool {
        self.external_id == member.external_id
    }

    /// Whether the person has the role to which this departure lowered theirs, and nobody has given them one since.
    fn lowered(&self, member: &Member) -> bool {
        self.role > member.role
            && member.role == WorkspaceRole::User
            && member.role_since == self.at
    }
}

/// What a workspace wants when people leave and return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Days until a password that the leaver used or saw is due.
    pub used_days: i64,
    /// Days until one that they could have used is due.
    pub unused_days: i64,
    /// Within how many days a return may bring back what they had; none where it never does.
    pub restore_days: Option<i64>,
}

/// Opens a departure: whoever calls it is about to close all that the person has, and nothing is closed yet.
pub async fn open(tx: &mut Tx, by: &mut By, member: &Member) -> Result<DepartureId> {
    let rules = store::rules(tx, by.workspace).await?;
    let id = store::insert(tx, by, member).await?;
    rotations::open(tx, by, id, member.id, &rules).await?;
    Ok(id)
}

/// Tells whom it concerns, once the person is gone: admins of a wave, and of accounts that nobody owns any more; and
/// the Owners of what is to be rotated. In a wave only the admins hear, and once.
pub async fn tell(tx: &mut Tx, by: &mut By, id: DepartureId, member: &Member) -> Result<()> {
    if wave::join(tx, by, id).await? {
        return Ok(());
    }
    let ownerless = accounts::ownerless::left_by(tx, by.workspace, id).await?;
    if ownerless > 0 {
        let alert = Alert {
            kind: "accounts.ownerless",
            tone: "warn",
            message: match ownerless {
                1 => "Somebody left, and an account that they owned has no Owner now. Give it one."
                    .into(),
                many => format!(
                    "Somebody left, and {many} accounts that they owned have no Owner now. Give each one."
                ),
            },
            link: router::OWNERLESS,
            detail: json!({ "accounts": ownerless }),
        };
        alerts::raise(tx, by, alert).await?;
    }
    for (owner, count) in rotations::owners(tx, by.workspace, id, TOLD).await? {
        let text = format!(
            "{} left, and could use {count} of the accounts that you own. See which passwords to rotate.",
            member.name
        );
        notifications::tell(tx, by, owner, "warn", &text, router::ROTATIONS).await?;
    }
    Ok(())
}

/// What the workspace wants.
pub async fn rules(app: &App, actor: &Actor) -> Result<Rules> {
    let workspace = may(actor, Action::ViewDepartures)?;
    Ok(store::rules(&mut app.db.read().await?, workspace).await?)
}

/// Sets within how many days a return may bring back what somebody had; nothing turns that off.
pub async fn set_restore_days(app: &App, actor: &Actor, days: &str) -> Result<()> {
    let days = match days.trim() {
        "" => None,
        text => Some(parse_days("restore_days", text)?),
    };
    set(app, actor, move |rules| Rules { restore_days: days, ..rules }).await
}

/// Sets when passwords are due after a departure. What is on the list keeps its day.
pub async fn set_rotation_days(app: &App, actor: &Actor, used: &str, unused: &str) -> Result<()> {
    let used_days = parse_days("used_days", used)?;
    let unused_days = parse_days("unused_days", unused)?;
    set(app, actor, move |rules| Rules { used_days, unused_days, ..rules }).await
}

async fn set(
    app: &App,
    actor: &Actor,
    change: impl FnOnce(Rules) -> Rules + Send + 'static,
) -> Result<()> {
    let workspace = may(actor, Action::ConfigureDepartures)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let rules = change(store::rules(tx, workspace).await?);
                store::set_rules(tx, workspace, &rules).await?;
                let detail = json!({
                    "used_days": rules.used_days,
                    "unused_days": rules.unused_days,
                    "restore_days": rules.restore_days,
                });
                let event = Event::new("departures.rules_set").detail(detail);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

fn parse_days(field: &'static str, text: &str) -> Result<i64> {
    let days = text.trim().parse().ok().filter(|days| (0..=MOST_DAYS).contains(days));
    days.ok_or_else(|| {
        Error::invalid(field, format!("Enter a number of days from 0 to {MOST_DAYS}."))
    })
}

/// So many days, as a time.
pub(crate) fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}

fn may(actor: &Actor, action: Action) -> Result<WorkspaceId> {
    let on = On { workspace: actor.workspace, target: Target::Workspace };
    Ok(permit(actor, action, on)?.workspace())
}
