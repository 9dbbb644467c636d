//! A place where accounts appear as tiles: what a portal is, and nothing about who asks.
//!
//! [`plan`] and [`plan_group`] decide what to change, a [`Portal`] does one step at a time, and
//! [`Error`] says what a failure means for the next run. Waiting, leases, records and retries are left to the caller.

pub mod audience;
pub mod directory;
pub mod error;
pub mod group;
pub mod log;
pub mod logo;
pub mod okta;
pub mod plan;
mod types;

pub use directory::{Directory, DirectoryApp, ListOf, ListPage, Listed, PersonStatus};
pub use error::{Error, Misconfigured};
pub use group::{
    Checked, DesiredGroup, Group, GroupApplied, GroupConfirmed, GroupId, GroupMirror, GroupPause,
    GroupPlan, GroupPresence, GroupRef, GroupStep, ObservedGroup, plan_group,
};
pub use log::{LogActor, LogEvent, LogFrom, LogKind, LogPage, LogTarget, TargetKind};
pub use okta::guard;
pub use okta::hook;
pub use okta::strategy::{Counts, Forecast, Pace, Strategy, forecast_first_sync};
pub use plan::{Confirmed, Desired, Logo, Mirror, Observed, Pause, Plan, Presence, Step, plan};
pub use types::{
    App, AppId, AppStatus, Applied, Check, Clock, Org, OrgKind, People, PersonState, Principal,
    Priority, Reserve, Ticket, TileRef, Verdict,
};

use jiff::Timestamp;
use std::collections::BTreeSet;

/// A portal that can be looked at and changed, one step at a time.
///
/// No method waits for a limit and none repeats a call: when there is no room they say until when
/// ([`Reserve::At`], [`Error::Throttled`]), and the retry is the caller's next run.
pub trait Portal: Send + Sync + 'static {
    /// What the portal knows of its people.
    type Directory: Directory;

    /// The people of the portal, reached with the same credential and within the same limits.
    fn directory(&self) -> &Self::Directory;

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

    /// Whether the person with this id is still there. One call, in none of the limits that steps
    /// wait for.
    fn person(
        &self,
        id: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<PersonState, Error>> + Send;

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

    /// Room for every call that a step about a group needs, as [`Portal::reserve`].
    fn reserve_group(&self, step: &GroupStep, priority: Priority, now: Timestamp) -> Reserve;

    /// Does one step about a group. Before a write that takes something away it looks whether the
    /// group is ours, and when the check of `group` is too old, at its roles and apps again.
    ///
    /// # Errors
    /// [`Error::ForeignGroup`] when the group is not ours, carries an admin role, or opens an app
    /// that is not ours: nothing was written. As [`Portal::apply`] otherwise.
    fn apply_group(
        &self,
        ticket: Ticket,
        group: GroupRef<'_>,
        step: &GroupStep,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<GroupApplied, Error>> + Send;

    /// Looks at a group as a whole: ours, no admin role, and on no app but our tiles.
    ///
    /// # Errors
    /// [`Error::ForeignGroup`] when it is not fit to be written to, [`Error::NotThere`] when there
    /// is no such group.
    fn check_group(
        &self,
        group: &GroupId,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Checked, Error>> + Send;

    /// The group with this id, or `None` when the portal has none.
    fn read_group(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Option<Group>, Error>> + Send;

    /// Everybody in the group: all pages or an error (R19).
    fn group_members(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<BTreeSet<String>, Error>> + Send;

    /// The apps that the group opens, whoever's they are: all pages or an error (R19).
    fn group_apps(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Vec<App>, Error>> + Send;

    /// The portal's own groups with exactly one of these names, ours or not.
    fn search_groups(
        &self,
        names: &BTreeSet<String>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Vec<Group>, Error>> + Send;

    /// The groups that the portal's admin made for us in advance: their names start with `prefix`,
    /// and their descriptions with [`audience::pool_marker`] of `origin`.
    fn pool(
        &self,
        prefix: &str,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Vec<Group>, Error>> + Send;

    /// One page of what happened in the portal, whoever did it, with where to go on.
    ///
    /// Read on with [`LogPage::next`], also after an empty page: nothing is passed over then. The
    /// same event may come twice; its id tells.
    fn log_page(
        &self,
        from: LogFrom<'_>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<LogPage, Error>> + Send;

    /// By what the portal's log knows our own doing ([`LogEvent::is_by`]): our token or service
    /// app, or our user where the portal does not tell its tokens.
    fn own_ids(
        &self,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<BTreeSet<String>, Error>> + Send;

    /// When so many background calls in the narrowest bucket would be done ("done at about").
    ///
    /// `None` until the portal has told its limit.
    fn forecast(&self, calls: u32, now: Timestamp) -> Option<Timestamp>;

    /// What is known of the portal's limits, to show on a page; nothing where it has told none.
    fn limits(&self) -> Vec<okta::limits::BucketView> {
        Vec::new()
    }
}
