//! Who there is in the portal's own directory, and what brings them to us: people, their state, the apps that they are
//! assigned to, and the groups that are pushed. Reads only; who has to leave is the caller's to decide.

use crate::{AppId, Clock, Error, GroupId, Priority};
use serde::{Deserialize, Serialize};

/// What a portal knows of its people. As [`crate::Portal`], nothing here waits for a limit or repeats a call.
pub trait Directory: Send + Sync {
    /// Whether this may be the id of somebody: about any other the directory cannot be asked.
    fn is_person_id(&self, id: &str) -> bool;

    /// The app with this id, or `None` when there is none.
    fn directory_app(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Option<DirectoryApp>, Error>> + Send;

    /// Some apps whose name begins so, those that provision people first among them. One call.
    fn apps_named(
        &self,
        prefix: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Vec<DirectoryApp>, Error>> + Send;

    /// One page of a list: the first, or the one that an earlier page named. A list is whole only with its last page
    /// (R19).
    fn list_page(
        &self,
        list: &ListOf,
        from: Option<&str>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<ListPage, Error>> + Send;

    /// How a person stands, or `None` when the directory has nobody of this id.
    fn person_status(
        &self,
        person: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<Option<PersonStatus>, Error>> + Send;

    /// Whether the app is assigned to this person, by themselves or by a group.
    fn is_assigned(
        &self,
        app: &AppId,
        person: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> impl Future<Output = Result<bool, Error>> + Send;
}

/// How a person stands in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// May sign in.
    Active,
    /// Was made, and may not sign in yet.
    Staged,
    /// Was invited, and has not come yet.
    Provisioned,
    /// May not sign in for now.
    Suspended,
    /// May not sign in any more, and lost all assignments.
    Deprovisioned,
    /// Has entered too many wrong passwords: nobody's leaving.
    LockedOut,
    /// Needs a new password: nobody's leaving.
    PasswordExpired,
    /// Is getting a new password: nobody's leaving.
    Recovery,
    /// A state that we have no word for: nobody's leaving.
    Other,
}

/// An app as far as its people are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryApp {
    /// The portal's id.
    pub id: AppId,
    /// What it is called there.
    pub label: String,
    /// People can have it.
    pub is_active: bool,
    /// It tells another system of its people.
    pub provisions: bool,
}

/// A list of the directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListOf {
    /// Everybody whom an app is assigned to, by themselves or by a group.
    PeopleOfApp(AppId),
    /// The groups that an app is assigned to.
    GroupsOfApp(AppId),
    /// The groups that an app tells the other system of.
    PushedGroups(AppId),
    /// Everybody in a group.
    PeopleOfGroup(GroupId),
    /// Everybody who stands like this.
    PeopleInState(PersonStatus),
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// What is on it.
    pub items: Vec<Listed>,
    /// Where the next page begins: keep it as it is. `None` at the end.
    pub next: Option<String>,
}

/// One person or group of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The directory's id of the person or group.
    pub id: String,
    /// The login or the name, where the list tells it.
    pub name: String,
    /// Of a person who is assigned to an app: the id that the other system gave them.
    pub known_as: Option<String>,
    /// Of a group that is pushed: why the last push failed.
    pub problem: Option<String>,
}
