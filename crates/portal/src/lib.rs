//! A place where accounts appear as tiles: what a portal is, and nothing about who asks.
//!
//! [`plan`] decides what to change, a [`Portal`] does one step at a time, and [`Error`] says what a
//! failure means for the next run. Waiting, leases, records and retries are left to the caller.

pub mod error;
pub mod fake;
pub mod okta;
pub mod plan;
mod types;

pub use error::{Error, Misconfigured};
pub use okta::guard;
pub use plan::{Confirmed, Desired, Mirror, Observed, Pause, Plan, Presence, Step, plan};
pub use types::{
    App, AppId, AppStatus, Applied, Check, Clock, Org, OrgKind, People, Principal, Priority,
    Reserve, Ticket, TileRef, Verdict,
};

use jiff::Timestamp;
use std::collections::BTreeSet;

/// A portal that can be looked at and changed, one step at a time.
///
/// No method waits for a limit and none repeats a call: when there is no room they say until when
/// ([`Reserve::At`], [`Error::Throttled`]), and the retry is the caller's next run.
pub trait Portal: Send + Sync + 'static {
    /// The organisation that answers at this address. Needs no credential.
    fn org(&self, now: Timestamp) -> impl Future<Output = Result<Org, Error>> + Send;

    /// What "Test connection" shows, in the order in which it was tried. Reads only (C2, C3).
    fn probe(&self, now: Timestamp) -> impl Future<Output = Vec<Check>> + Send;

    /// Room for every call that `step` needs, or the instant to ask again.
    ///
    /// Dropping the ticket gives unused room back.
    fn reserve(&self, step: &Step, priority: Priority, now: Timestamp) -> Reserve;

    /// Does one step. Steps that take something away first look whether the app is ours (T2).
    ///
    /// # Errors
    /// [`Error::Foreign`] when the app is not ours: nothing was written. [`Error::Unavailable`]
    /// with `unknown_outcome` when the step may or may not have been done: after a create the
    /// caller must search before it creates again.
    fn apply(
        &self,
        ticket: Ticket,
        tile: TileRef<'_>,
        step: &Step,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Applied, Error>> + Send;

    /// The app with this id, or `None` when the portal has none.
    fn read(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Option<App>, Error>> + Send;

    /// Everybody and every group assigned to the app itself, without people who come by a group.
    ///
    /// All pages or an error, never a part of the list (R19).
    fn principals(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<BTreeSet<Principal>, Error>> + Send;

    /// The people assigned to the app: one call where [`Portal::principals`] takes two.
    ///
    /// All pages or an error, never a part of the list (R19).
    fn people(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<People, Error>> + Send;

    /// The apps of our kind with the origin and launch id of one of `urls`, active or not: one scan
    /// for all.
    ///
    /// A scan that was throttled half-way is taken up by the next call with the same `urls` (so is
    /// that of [`Step::Search`]), for half an hour. It saw the list as it was from the first of
    /// these calls on: judge its age by that one.
    fn search(
        &self,
        urls: &BTreeSet<String>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Vec<App>, Error>> + Send;

    /// The apps of our kind whose URL has this origin (`https://host[:port]`): the audit's view.
    fn apps_at(
        &self,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Vec<App>, Error>> + Send;

    /// When so many background calls in the narrowest bucket would be done ("done at about").
    ///
    /// `None` until the portal has told its limit.
    fn forecast(&self, calls: u32, now: Timestamp) -> Option<Timestamp>;
}
