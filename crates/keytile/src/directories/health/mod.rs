//! Who falls through between the directory and us, and why: a comparison of what it says of its apps, groups and people
//! with the members that we have. It changes nothing; each finding says what to do there.

pub(super) mod pages;
mod read;
pub(super) mod store;

use std::collections::{BTreeMap, BTreeSet};

use model::WorkspaceId;
use model::access::{Action, Actor, permit};
use portal::Listed;

use super::everywhere;
use crate::app::App;
use crate::error::Result;

pub(super) use read::{keep, read};

/// How many findings a page names.
const SHOWN: i64 = 100;

/// Why somebody falls through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The provisioning app is assigned to them, and the sign-in app is not.
    OnlyProvisioning,
    /// The sign-in app is assigned to them, and the provisioning app is not.
    OnlySignIn,
    /// The provisioning app is assigned to them, and we have never heard of them.
    NotPushed,
    /// They are in a group that is pushed, and the provisioning app is not assigned to them.
    GroupWithoutApp,
    /// They came by the directory, which has not told its own id of them, or something that is no id of its own.
    NoExternalId,
    /// They may not sign in for now.
    Suspended,
    /// They were made or invited, and have not come yet.
    Staged,
    /// The workspace Owner, whom no directory removes, is not assigned.
    OwnerUnassigned,
    /// A group that both assigns the app and is pushed.
    GroupForBoth,
    /// A group whose last push failed.
    PushFailed,
}

/// How a kind is told.
pub struct Told {
    /// A heading.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about it.
    pub todo: &'static str,
}

impl Kind {
    /// Every kind, the most harmful first.
    pub const ALL: [Self; 10] = [
        Self::OnlyProvisioning,
        Self::NotPushed,
        Self::OnlySignIn,
        Self::GroupWithoutApp,
        Self::NoExternalId,
        Self::PushFailed,
        Self::GroupForBoth,
        Self::OwnerUnassigned,
        Self::Suspended,
        Self::Staged,
    ];

    /// The kind as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::OnlyProvisioning => "only_provisioning",
            Self::OnlySignIn => "only_sign_in",
            Self::NotPushed => "not_pushed",
            Self::GroupWithoutApp => "group_without_app",
            Self::NoExternalId => "no_external_id",
            Self::Suspended => "suspended",
            Self::Staged => "staged",
            Self::OwnerUnassigned => "owner_unassigned",
            Self::GroupForBoth => "group_for_both",
            Self::PushFailed => "push_failed",
        }
    }

    /// The kind that is stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The kind in words.
    pub fn told(self) -> Told {
        let (title, why, todo) = match self {
            Self::OnlyProvisioning => (
                "Provisioned, but cannot sign in",
                "Okta tells Keytile of these people, but refuses them at sign-in: only the provisioning app is assigned to them.",
                "Assign the sign-in app to them too, best by one group for both apps.",
            ),
            Self::OnlySignIn => (
                "Can sign in, but are not provisioned",
                "Okta lets these people through, but Keytile does not know them: only the sign-in app is assigned to them.",
                "Assign the provisioning app to them too, best by one group for both apps.",
            ),
            Self::NotPushed => (
                "Assigned, but never arrived",
                "The provisioning app is assigned to these people, but Okta has not told Keytile of them: a push failed, and Okta does not repeat it by itself.",
                "Open the app in Okta, look at its provisioning errors (Dashboard, Tasks), and retry; or unassign and assign them again.",
            ),
            Self::GroupWithoutApp => (
                "In a pushed group, but not in the app",
                "Okta pushes only those members of a group who have the app, so these people are missing from their team.",
                "Assign the provisioning app to them.",
            ),
            Self::NoExternalId => (
                "Without an id from Okta",
                "Okta provisioned these people without its own id, so they see no tiles, and the hourly comparison cannot look at them.",
                "In the provisioning app, map the attribute externalId to user.getInternalProperty(\"id\"), then push them again.",
            ),
            Self::Suspended => (
                "Suspended in Okta",
                "They cannot sign in, and neither can they here. What is shared with them waits.",
                "Nothing, or unsuspend them in Okta.",
            ),
            Self::Staged => (
                "Not activated in Okta",
                "They were made or invited and have not come yet, so they cannot sign in.",
                "Activate them in Okta, or send the invitation again.",
            ),
            Self::OwnerUnassigned => (
                "The workspace Owner is not assigned",
                "No directory removes the workspace Owner, so they stay a member although Okta does not assign the provisioning app to them.",
                "Assign them, or leave it: they stay the Owner.",
            ),
            Self::GroupForBoth => (
                "A group for both assignment and push",
                "Okta does not support one group that assigns the app and is pushed by it: members can be missing from the team.",
                "Assign the app by another group, and keep this one for pushing.",
            ),
            Self::PushFailed => (
                "A group whose push failed",
                "The team in Keytile is not what the group in Okta is.",
                "Open Push Groups of the app in Okta, read the error, and push the group again.",
            ),
        };
        Told { title, why, todo }
    }

    /// Whether it is about groups rather than people.
    pub fn is_of_groups(self) -> bool {
        matches!(self, Self::GroupForBoth | Self::PushFailed)
    }
}

/// One person or group that falls through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Why.
    pub kind: Kind,
    /// The directory's id of the person or group; empty where it has told none.
    pub external_id: String,
    /// What they are called.
    pub name: String,
    /// What else there is to say.
    pub detail: String,
}

/// One member of the directory, as we have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    /// Their id in the directory, where it has told one.
    pub external_id: Option<String>,
    /// Their name.
    pub name: String,
    /// The workspace Owner.
    pub is_owner: bool,
}

/// All that is compared. What could not be read is `None`, and nothing is said about it.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Everybody who has the sign-in app.
    pub sign_in: Option<Vec<Listed>>,
    /// Everybody who has the provisioning app.
    pub provisioned: Option<Vec<Listed>>,
    /// The groups that assign the provisioning app.
    pub assigning: BTreeSet<String>,
    /// The groups that it pushes.
    pub pushed: Vec<Listed>,
    /// What groups are called.
    pub group_names: BTreeMap<String, String>,
    /// Who is in each pushed group.
    pub in_groups: BTreeMap<String, Vec<Listed>>,
    /// Who is suspended.
    pub suspended: BTreeSet<String>,
    /// Who has not come yet.
    pub staged: BTreeSet<String>,
    /// Our members.
    pub ours: Vec<Ours>,
    /// Ids of ours that are none of the directory's.
    pub not_ids: BTreeSet<String>,
}

impl Seen {
    fn name_of<'a>(&'a self, group: &'a str) -> &'a str {
        self.group_names.get(group).map_or(group, String::as_str)
    }
}

/// Everybody who falls through, and every group that makes people fall.
pub fn findings(seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    let ids = |list: &Option<Vec<Listed>>| -> Option<BTreeSet<String>> {
        list.as_ref().map(|people| people.iter().map(|person| person.id.clone()).collect())
    };
    let (sign_in, provisioned) = (ids(&seen.sign_in), ids(&seen.provisioned));
    let ours: BTreeSet<&str> = seen.ours.iter().filter_map(|o| o.external_id.as_deref()).collect();
    let mut add = |kind, person: &Listed, detail: &str| {
        let name = if person.name.is_empty() { person.id.clone() } else { person.name.clone() };
        let (external_id, detail) = (person.id.clone(), detail.to_owned());
        found.push(Finding { kind, external_id, name, detail });
    };
    for person in seen.provisioned.iter().flatten() {
        let is_staged = seen.staged.contains(&person.id);
        if is_staged {
            add(Kind::Staged, person, "");
        }
        if seen.suspended.contains(&person.id) {
            add(Kind::Suspended, person, "");
        }
        if sign_in.as_ref().is_some_and(|all| !all.contains(&person.id)) {
            add(Kind::OnlyProvisioning, person, "");
        }
        if !ours.contains(person.id.as_str()) && !is_staged {
            add(Kind::NotPushed, person, "");
        }
    }
    let lacks_app = |id: &str| provisioned.as_ref().is_some_and(|all| !all.contains(id));
    for person in seen.sign_in.iter().flatten().filter(|person| lacks_app(&person.id)) {
        add(Kind::OnlySignIn, person, "");
    }
    for (group, people) in &seen.in_groups {
        for person in people.iter().filter(|person| lacks_app(&person.id)) {
            add(Kind::GroupWithoutApp, person, seen.name_of(group));
        }
    }
    for group in &seen.pushed {
        let named = Listed { name: seen.name_of(&group.id).to_owned(), ..group.clone() };
        if seen.assigning.contains(&group.id) {
            add(Kind::GroupForBoth, &named, "");
        }
        if let Some(problem) = &group.problem {
            add(Kind::PushFailed, &named, problem);
        }
    }
    for member in &seen.ours {
        let id = member.external_id.clone().unwrap_or_default();
        let named = Listed { id, name: member.name.clone(), ..Listed::default() };
        match &member.external_id {
            None => add(Kind::NoExternalId, &named, ""),
            Some(id) if seen.not_ids.contains(id) => add(Kind::NoExternalId, &named, id),
            Some(id) if member.is_owner && lacks_app(id) => add(Kind::OwnerUnassigned, &named, ""),
            Some(_) => {}
        }
    }
    found
}

/// Whether the directory's refusal at sign-in may be because only one of its two apps is assigned to somebody: what
/// may be told to whom nobody knows yet.
pub(crate) async fn explains_refusals(app: &App, workspace: WorkspaceId) -> Result<bool> {
    let mut tx = app.db.read().await?;
    Ok(store::has_any(&mut tx, workspace, Kind::OnlyProvisioning).await?)
}

/// What was found about somebody who has proved who they are in the directory.
pub(crate) async fn of_person(
    app: &App,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<Vec<Kind>> {
    let mut tx = app.db.read().await?;
    Ok(store::of_person(&mut tx, workspace, external_id).await?)
}

/// What was found about a signed-in person.
pub(crate) async fn of_member(app: &App, actor: &Actor) -> Result<Vec<Kind>> {
    let mut tx = app.db.read().await?;
    Ok(store::of_member(&mut tx, actor.workspace, actor.member).await?)
}

/// How many findings there are of each kind, for those who may see them.
pub async fn counts(app: &App, actor: &Actor) -> Result<BTreeMap<Kind, i64>> {
    let workspace = permit(actor, Action::ViewDirectory, everywhere(actor))?.workspace();
    Ok(store::counts(&mut app.db.read().await?, workspace).await?)
}

/// Findings of one kind, from this place on, and where to go on.
pub async fn list(
    app: &App,
    actor: &Actor,
    kind: Kind,
    after: i64,
) -> Result<(Vec<Finding>, Option<i64>)> {
    let workspace = permit(actor, Action::ViewDirectory, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let mut found = store::list(&mut tx, workspace, kind, after, SHOWN + 1).await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let next = (found.len() > shown).then(|| found[shown - 1].0);
    found.truncate(shown);
    Ok((found.into_iter().map(|(_, finding)| finding).collect(), next))
}

#[cfg(test)]
mod tests;
