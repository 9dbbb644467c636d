//! Drawing what happens next, by weight, from what there is.

use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use super::{APPS, Event, How, NAMES};
use crate::model::{Grantee, Id, Item, ItemRole, Presence, WorkspaceRole};
use crate::world::World;

const ROLES: [WorkspaceRole; 5] = [
    WorkspaceRole::Guest,
    WorkspaceRole::LoginOnly,
    WorkspaceRole::User,
    WorkspaceRole::User,
    WorkspaceRole::Admin,
];

impl World {
    /// Draws the next event. Some have nothing to happen to, and are drawn again.
    pub fn draw(&mut self) -> Event {
        loop {
            if let Some(event) = self.try_draw() {
                return event;
            }
        }
    }

    fn try_draw(&mut self) -> Option<Event> {
        let account = self.any(self.model.accounts.len());
        let person = self.any(self.model.people.len());
        let other = 1 + self.any(self.model.people.len() - 1);
        let team = self.any(self.model.teams.len());
        let item = self.any_item();
        let collection = match item {
            Item::Collection(id) => Some(id),
            Item::Account(_) => None,
        };
        let on = Item::Account(account);
        Some(match self.rng.random_range(0..236) {
            0..26 => {
                let by = self.one_who_may(item)?;
                let with = self.any_grantee();
                let role = self.any_role();
                Event::Share { by, item, with, role }
            }
            26..40 => {
                let shares: Vec<_> = self.model.shares.keys().copied().collect();
                let (item, with) = *shares.choose(&mut self.rng)?;
                Event::Unshare { by: self.one_who_may(item)?, item, with }
            }
            40..50 => Event::Join { team, person },
            50..58 => Event::LeaveTeam { team, person },
            58..60 => Event::DeleteTeam { team },
            60..63 => Event::AddCollection { by: self.one_who_may(item)?, parent: collection },
            63..69 => Event::MoveCollection {
                by: self.one_who_may(item)?,
                id: collection?,
                parent: self.any_collection(),
            },
            69..71 => Event::DeleteCollection { by: self.one_who_may(item)?, id: collection? },
            71..78 => Event::PutIn { by: self.one_who_may(on)?, id: collection?, account },
            78..82 => Event::TakeOut { by: self.one_who_may(item)?, id: collection?, account },
            82..92 => Event::Rename {
                by: self.one_who_may(on)?,
                account,
                name: NAMES.choose(&mut self.rng)?,
                app: APPS.choose(&mut self.rng)?,
            },
            92..98 => {
                let disabled = !self.model.accounts[account].disabled;
                Event::Disable { by: self.one_who_may(on)?, account, disabled }
            }
            98..101 => Event::Delete { by: self.one_who_may(on)?, account },
            101..104 => Event::Restore { by: person, account },
            104..124 => Event::Extend { by: self.one_who_may(on)?, account },
            124..130 => Event::SyncNow { by: self.one_who_may(on)?, account },
            130..136 => Event::RemoveTile { by: self.one_who_may(on)?, account },
            136..141 => Event::ResumeTile { by: self.one_who_may(on)?, account },
            141..146 => Event::SetRole { person: other, role: *ROLES.choose(&mut self.rng)? },
            146..149 => Event::Suspend { person: other },
            149..153 => Event::Resume { person: other },
            153..155 => Event::Remove { person: other },
            155..158 => Event::Deprovision { person: other },
            158..162 => Event::Return { person: other },
            162..166 => Event::Click { by: person, account },
            166..168 => Event::AddAccount {
                by: self.one_of_us(),
                name: NAMES.choose(&mut self.rng)?,
                app: APPS.choose(&mut self.rng)?,
            },
            168 => Event::TurnOff { remove_all: self.rng.random_ratio(1, 4) },
            169 => Event::CleanUp,
            170..173 => Event::TurnOn,
            173 => Event::RevokeToken,
            174 => Event::RotateKeys,
            175..181 => Event::Meddle,
            181..186 => Event::Weather,
            186..194 => Event::Jump { seconds: self.jump() },
            194..198 => Event::Crash,
            198..200 => Event::Split,
            200..204 => Event::Choose { how: self.any_way() },
            204..206 if self.has_pool => Event::AddPoolGroup,
            206..212 => Event::Push { team },
            212 => Event::Exodus,
            213..218 => Event::DecideStop { approve: self.rng.random() },
            218..221 => Event::Audit { by: person },
            // What follows from it takes days, so few worlds have it.
            221..223 if self.rng.random_ratio(1, 4) => {
                let apps = if self.rng.random_ratio(1, 4) { 7 } else { 1 };
                Event::Plant { apps }
            }
            223..225 => Event::DecideStray { remove: self.rng.random() },
            225..232 => Event::MeddleWithGroup,
            _ => Event::Jump { seconds: self.rng.random_range(3_600..90_000) },
        })
    }

    /// One who may change the item, mostly; now and then anybody, who must be refused.
    fn one_who_may(&mut self, item: Item) -> Option<Id> {
        if self.rng.random_ratio(1, 20) {
            return Some(self.any(self.model.people.len()));
        }
        self.model.owners(item).choose(&mut self.rng).copied()
    }

    /// One who may add things.
    pub(super) fn one_of_us(&mut self) -> Id {
        let may = |who: &crate::model::Person| {
            who.role >= WorkspaceRole::User && who.presence == Presence::Active
        };
        let all = self.model.people.iter().enumerate().filter(|(_, who)| may(who));
        let all: Vec<Id> = all.map(|(id, _)| id).collect();
        all.choose(&mut self.rng).copied().unwrap_or(0)
    }

    pub(super) fn any(&mut self, of: usize) -> Id {
        if of == 0 { 0 } else { self.rng.random_range(0..of) }
    }

    fn any_item(&mut self) -> Item {
        if self.rng.random_ratio(2, 5)
            && let Some(id) = self.any_collection()
        {
            return Item::Collection(id);
        }
        Item::Account(self.any(self.model.accounts.len()))
    }

    pub(super) fn any_collection(&mut self) -> Option<Id> {
        let all = self.model.collections.iter().enumerate();
        let all: Vec<Id> = all.filter(|(_, it)| it.exists).map(|(id, _)| id).collect();
        all.choose(&mut self.rng).copied()
    }

    fn any_grantee(&mut self) -> Grantee {
        if self.rng.random_ratio(1, 3) && !self.model.teams.is_empty() {
            return Grantee::Team(self.any(self.model.teams.len()));
        }
        Grantee::Person(self.any(self.model.people.len()))
    }

    fn any_role(&mut self) -> ItemRole {
        if self.rng.random_ratio(1, 3) { ItemRole::Owner } else { ItemRole::Collaborator }
    }

    pub(super) fn any_way(&mut self) -> How {
        match self.rng.random_range(0..5) {
            0..2 => How::OneByOne,
            2..4 => How::Groups,
            _ => How::Pool,
        }
    }

    fn jump(&mut self) -> i64 {
        match self.rng.random_range(0..6) {
            0 => -self.rng.random_range(1..600),
            1 => self.rng.random_range(3_600..90_000),
            _ => self.rng.random_range(1..300),
        }
    }
}
