//! Drawing what an admin does next, from what there is.

use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::Interference;
use crate::org::{AppKind, GroupType, Org, Permissions, Rights};

/// How often an admin does which; only the proportions count. An admin who meddles touches
/// bookmarks, groups that were made in Okta, and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Meddling {
    pub rename_app: u32,
    pub delete_app: u32,
    pub deactivate_app: u32,
    pub edit_url: u32,
    pub edit_notes: u32,
    pub hide_app: u32,
    pub assign_person: u32,
    pub unassign_person: u32,
    pub assign_group: u32,
    pub unassign_group: u32,
    pub rename_group: u32,
    pub delete_group: u32,
    pub add_member: u32,
    pub remove_member: u32,
    pub grant_group_role: u32,
    pub revoke_token: u32,
    pub set_permissions: u32,
}

impl Default for Meddling {
    fn default() -> Self {
        Self::none()
    }
}

impl Meddling {
    /// An admin who does nothing.
    pub fn none() -> Self {
        Self {
            rename_app: 0,
            delete_app: 0,
            deactivate_app: 0,
            edit_url: 0,
            edit_notes: 0,
            hide_app: 0,
            assign_person: 0,
            unassign_person: 0,
            assign_group: 0,
            unassign_group: 0,
            rename_group: 0,
            delete_group: 0,
            add_member: 0,
            remove_member: 0,
            grant_group_role: 0,
            revoke_token: 0,
            set_permissions: 0,
        }
    }

    /// An admin who does everything, and takes tokens seldom.
    pub fn everything() -> Self {
        Self {
            rename_app: 10,
            delete_app: 5,
            deactivate_app: 10,
            edit_url: 5,
            edit_notes: 10,
            hide_app: 10,
            assign_person: 10,
            unassign_person: 10,
            assign_group: 10,
            unassign_group: 10,
            rename_group: 10,
            delete_group: 5,
            add_member: 10,
            remove_member: 10,
            grant_group_role: 5,
            revoke_token: 1,
            set_permissions: 3,
        }
    }

    /// As [`Meddling::everything`], with the client's rights left alone.
    pub fn without_tokens() -> Self {
        Self { revoke_token: 0, set_permissions: 0, ..Self::everything() }
    }
}

/// An admin with a mind of their own: the same seed on the same orgs thinks of the same acts.
#[derive(Debug)]
pub struct Meddler {
    meddling: Meddling,
    sequence: StdRng,
}

impl Meddler {
    pub fn new(meddling: Meddling, seed: u64) -> Self {
        Self { meddling, sequence: StdRng::seed_from_u64(seed) }
    }

    /// What comes next in this org; `None` where the kind that was drawn has nothing to act on.
    pub fn think(&mut self, org: &Org) -> Option<Interference> {
        let mut rng = StdRng::seed_from_u64(self.sequence.random());
        let odds = self.odds();
        let total: u32 = odds.iter().map(|(weight, _)| weight).sum();
        let mut ball = rng.random_range(0..total.max(1));
        for (weight, make) in odds {
            if ball < weight {
                return make(&mut Choice { org, rng: &mut rng });
            }
            ball -= weight;
        }
        None
    }

    fn odds(&self) -> [(u32, Make); 17] {
        let odds = &self.meddling;
        [
            (odds.rename_app, |it| {
                Some(Interference::RenameApp { app: it.app()?, label: it.name("Renamed") })
            }),
            (odds.delete_app, |it| Some(Interference::DeleteApp { app: it.app()? })),
            (odds.deactivate_app, |it| Some(Interference::DeactivateApp { app: it.app()? })),
            (odds.edit_url, |it| {
                let url = format!("https://elsewhere.example/{}", it.number());
                Some(Interference::EditUrl { app: it.app()?, url })
            }),
            (odds.edit_notes, |it| {
                let (admin, enduser) = (Some(it.name("Note")), None);
                Some(Interference::EditNotes { app: it.app()?, admin, enduser })
            }),
            (odds.hide_app, |it| {
                Some(Interference::HideApp { app: it.app()?, hidden: it.rng.random() })
            }),
            (odds.assign_person, |it| {
                Some(Interference::AssignPerson { app: it.app()?, user: it.user()? })
            }),
            (odds.unassign_person, unassign_person),
            (odds.assign_group, |it| {
                Some(Interference::AssignGroup { app: it.app()?, group: it.group()? })
            }),
            (odds.unassign_group, unassign_group),
            (odds.rename_group, |it| {
                Some(Interference::RenameGroup { group: it.group()?, name: it.name("Group") })
            }),
            (odds.delete_group, |it| Some(Interference::DeleteGroup { group: it.group()? })),
            (odds.add_member, |it| {
                Some(Interference::AddMember { group: it.group()?, user: it.user()? })
            }),
            (odds.remove_member, remove_member),
            (odds.grant_group_role, |it| {
                let role = "APP_ADMIN".to_owned();
                Some(Interference::GrantGroupRole { group: it.group()?, role })
            }),
            (odds.revoke_token, |it| Some(Interference::RevokeToken { token: it.token()? })),
            (odds.set_permissions, |it| {
                let permissions = it.permissions();
                Some(Interference::SetPermissions { token: it.token()?, permissions })
            }),
        ]
    }
}

type Make = fn(&mut Choice) -> Option<Interference>;

/// Picks things of an org.
struct Choice<'a> {
    org: &'a Org,
    rng: &'a mut StdRng,
}

impl Choice<'_> {
    fn app(&mut self) -> Option<String> {
        let bookmarks =
            self.org.apps.values().filter(|app| matches!(app.kind, AppKind::Bookmark { .. }));
        bookmarks.choose(self.rng).map(|app| app.id.clone())
    }

    fn group(&mut self) -> Option<String> {
        let own = self.org.groups.values().filter(|group| group.group_type == GroupType::Okta);
        own.choose(self.rng).map(|group| group.id.clone())
    }

    fn user(&mut self) -> Option<String> {
        self.org.users.keys().choose(self.rng).cloned()
    }

    fn token(&mut self) -> Option<String> {
        let valid = self.org.tokens.values().filter(|token| !token.revoked);
        valid.choose(self.rng).map(|token| token.id.clone())
    }

    fn permissions(&mut self) -> Permissions {
        match self.rng.random_range(0..4) {
            0 => Permissions::None,
            1 => Permissions::ReadOnly,
            2 => Permissions::Granted(Rights::application_administrator()),
            _ => Permissions::Full,
        }
    }

    fn name(&mut self, what: &str) -> String {
        format!("{what} by an admin {}", self.number())
    }

    fn number(&mut self) -> u32 {
        self.rng.random_range(1000..10_000)
    }
}

fn unassign_person(it: &mut Choice) -> Option<Interference> {
    let rows = it.org.apps.values().flat_map(|app| app.users.keys().map(move |u| (app, u)));
    let (app, user) = rows.choose(it.rng)?;
    Some(Interference::UnassignPerson { app: app.id.clone(), user: user.clone() })
}

fn unassign_group(it: &mut Choice) -> Option<Interference> {
    let rows = it.org.apps.values().flat_map(|app| app.groups.keys().map(move |g| (app, g)));
    let (app, group) = rows.choose(it.rng)?;
    Some(Interference::UnassignGroup { app: app.id.clone(), group: group.clone() })
}

fn remove_member(it: &mut Choice) -> Option<Interference> {
    let own = it.org.groups.values().filter(|group| group.group_type == GroupType::Okta);
    let rows = own.flat_map(|group| group.members.iter().map(move |user| (group, user)));
    let (group, user) = rows.choose(it.rng)?;
    Some(Interference::RemoveMember { group: group.id.clone(), user: user.clone() })
}
