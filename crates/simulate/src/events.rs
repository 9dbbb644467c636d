//! Everything that people, directories, admins of the org and machines do in a run: drawn by weight, done with the real
//! use-cases, and told to the model where the product says that it is done.

mod items;
mod machine;
mod org;
mod people;
mod populate;
mod tiles;

use std::fmt::Debug;

use keytile::Result;
use keytile::values;
use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use crate::model::{Grantee, Id, Item, ItemRole, Level, Presence, WorkspaceRole};
use crate::world::World;

/// One thing that happens. Numbers are those of the model.
#[derive(Debug, Clone)]
pub enum Event {
    AddAccount { by: Id, name: &'static str, app: &'static str },
    Rename { by: Id, account: Id, name: &'static str, app: &'static str },
    Disable { by: Id, account: Id, disabled: bool },
    Delete { by: Id, account: Id },
    Restore { by: Id, account: Id },
    Share { by: Id, item: Item, with: Grantee, role: ItemRole },
    Unshare { by: Id, item: Item, with: Grantee },
    AddCollection { by: Id, parent: Option<Id> },
    MoveCollection { by: Id, id: Id, parent: Option<Id> },
    DeleteCollection { by: Id, id: Id },
    PutIn { by: Id, id: Id, account: Id },
    TakeOut { by: Id, id: Id, account: Id },
    Join { team: Id, person: Id },
    LeaveTeam { team: Id, person: Id },
    DeleteTeam { team: Id },
    SetRole { person: Id, role: WorkspaceRole },
    Suspend { person: Id },
    Resume { person: Id },
    Remove { person: Id },
    Deprovision { person: Id },
    Return { person: Id },
    Extend { by: Id, account: Id },
    SyncNow { by: Id, account: Id },
    RemoveTile { by: Id, account: Id },
    ResumeTile { by: Id, account: Id },
    Click { by: Id, account: Id },
    TurnOff { remove_all: bool },
    CleanUp,
    TurnOn,
    RevokeToken,
    RotateKeys,
    Meddle,
    Weather,
    Jump { seconds: i64 },
    Crash,
    Split,
}

const NAMES: [&str; 4] = ["Contentzilla", "contentzilla", "Payroll", "Press"];
const APPS: [&str; 2] = ["Instagram", "Ads"];
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
        Some(match self.rng.random_range(0..200) {
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
            _ => Event::Split,
        })
    }

    /// Lets it happen.
    pub async fn happen(&mut self, event: Event) {
        self.stage.note(format_args!("{event:?}"));
        self.stage.count(format!("event: {}", name(&event)));
        match event {
            Event::AddAccount { by, name, app } => self.add_account(by, name, app).await,
            Event::Rename { by, account, name, app } => self.rename(by, account, name, app).await,
            Event::Disable { by, account, disabled } => self.disable(by, account, disabled).await,
            Event::Delete { by, account } => self.delete(by, account).await,
            Event::Restore { by, account } => self.restore(by, account).await,
            Event::Share { by, item, with, role } => self.share(by, item, with, role).await,
            Event::Unshare { by, item, with } => self.unshare(by, item, with).await,
            Event::AddCollection { by, parent } => self.add_collection(by, parent).await,
            Event::MoveCollection { by, id, parent } => self.move_collection(by, id, parent).await,
            Event::DeleteCollection { by, id } => self.delete_collection(by, id).await,
            Event::PutIn { by, id, account } => self.put_in(by, id, account).await,
            Event::TakeOut { by, id, account } => self.take_out(by, id, account).await,
            Event::Join { team, person } => self.join(team, person).await,
            Event::LeaveTeam { team, person } => self.leave_team(team, person).await,
            Event::DeleteTeam { team } => self.delete_team(team).await,
            Event::SetRole { person, role } => self.set_role(person, role).await,
            Event::Suspend { person } => self.suspend(person).await,
            Event::Resume { person } => self.resume(person).await,
            Event::Remove { person } => self.remove(person).await,
            Event::Deprovision { person } => self.deprovision(person).await,
            Event::Return { person } => self.come_back(person).await,
            Event::Extend { by, account } => self.extend(by, account).await,
            Event::SyncNow { by, account } => self.sync_now(by, account).await,
            Event::RemoveTile { by, account } => self.remove_tile(by, account).await,
            Event::ResumeTile { by, account } => self.resume_tile(by, account).await,
            Event::Click { by, account } => self.click(by, account).await,
            Event::TurnOff { remove_all } => self.turn_off(remove_all).await,
            Event::CleanUp => self.clean_up().await,
            Event::TurnOn => self.turn_on().await,
            Event::RevokeToken => self.revoke_token(),
            Event::RotateKeys => self.rotate_keys().await,
            Event::Meddle => self.meddle(),
            Event::Weather => self.weather(),
            Event::Jump { seconds } => self.jump_by(seconds),
            Event::Crash => self.crash(),
            Event::Split => self.split(),
        }
    }

    /// What a use-case answered, held against what the model expects: whether it may, and what must be on record
    /// (L1, L5, L7). Gives the value where it was done.
    pub(crate) async fn judged<T>(
        &mut self,
        may: bool,
        answer: Result<T>,
        records: &[&str],
    ) -> Option<T> {
        let written = self.new_records().await;
        match answer {
            Ok(_) if !may => {
                self.stage.violate("L5", "the product did what the model does not allow");
                None
            }
            Ok(value) => {
                if written != records {
                    let what = format!("records {written:?} rather than {records:?}");
                    self.stage.violate("L7", what);
                }
                Some(value)
            }
            Err(error) if may => {
                self.stage.violate("L1", format!("the product refused what it must do: {error}"));
                None
            }
            Err(_) if !written.is_empty() => {
                self.stage.violate("L7", format!("a refused change is on record: {written:?}"));
                None
            }
            Err(_) => None,
        }
    }

    /// What people and directories have on record since the last look.
    async fn new_records(&mut self) -> Vec<String> {
        let query = "SELECT rowid AS number, event, actor_kind FROM activity WHERE rowid > $1 ORDER BY rowid";
        let mut tx = self.app.db.read().await.expect("a reader");
        let rows = tx.all(query, values![self.records]).await.expect("the database answers");
        let mut written = Vec::new();
        for row in rows {
            self.records = row.int("number").expect("a number");
            if row.text("actor_kind").expect("a word") != "system" {
                written.push(row.text("event").expect("a word"));
            }
        }
        written
    }

    /// One who may change the item, mostly; now and then anybody, who must be refused.
    fn one_who_may(&mut self, item: Item) -> Option<Id> {
        if self.rng.random_ratio(1, 20) {
            return Some(self.any(self.model.people.len()));
        }
        self.model.owners(item).choose(&mut self.rng).copied()
    }

    /// One who may add things.
    fn one_of_us(&mut self) -> Id {
        let may = |who: &crate::model::Person| {
            who.role >= WorkspaceRole::User && who.presence == Presence::Active
        };
        let all = self.model.people.iter().enumerate().filter(|(_, who)| may(who));
        let all: Vec<Id> = all.map(|(id, _)| id).collect();
        all.choose(&mut self.rng).copied().unwrap_or(0)
    }

    pub(crate) fn owns(&self, person: Id, item: Item) -> bool {
        self.model.level(person, item) == Level::Own
    }

    fn any(&mut self, of: usize) -> Id {
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

    fn any_collection(&mut self) -> Option<Id> {
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

    fn jump(&mut self) -> i64 {
        match self.rng.random_range(0..6) {
            0 => -self.rng.random_range(1..600),
            1 => self.rng.random_range(3_600..90_000),
            _ => self.rng.random_range(1..300),
        }
    }
}

/// The word for a kind of event.
fn name(event: &impl Debug) -> String {
    let text = format!("{event:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}
