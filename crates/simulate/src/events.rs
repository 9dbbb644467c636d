//! Everything that people, directories, admins of the org and machines do in a run: drawn by weight, done with the real
//! use-cases, and told to the model where the product says that it is done.

mod audit;
mod draw;
mod items;
mod machine;
mod org;
mod people;
mod populate;
mod pushes;
mod strategy;
mod tiles;

use std::fmt::Debug;

use keytile::Result;
use keytile::values;

use crate::model::{Grantee, Id, Item, ItemRole, Level, WorkspaceRole};
use crate::stops::Cause;
use crate::world::World;

pub use strategy::How;

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
    Choose { how: How },
    AddPoolGroup,
    Push { team: Id },
    Exodus,
    DecideStop { approve: bool },
    Audit { by: Id },
    Plant { apps: usize },
    DecideStray { remove: bool },
    Meddle,
    MeddleWithGroup,
    Weather,
    Jump { seconds: i64 },
    Crash,
    Split,
}

const NAMES: [&str; 4] = ["Contentzilla", "contentzilla", "Payroll", "Press"];
const APPS: [&str; 2] = ["Instagram", "Ads"];
impl World {
    /// Lets it happen.
    pub async fn happen(&mut self, event: Event) {
        self.stage.note(format_args!("{event:?}"));
        self.stage.count(format!("event: {}", name(&event)));
        self.cause = match event {
            Event::Push { .. } => Cause::Push,
            Event::Exodus | Event::Deprovision { .. } => Cause::Directory,
            _ => Cause::Person,
        };
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
            Event::Choose { how } => self.choose(how).await,
            Event::AddPoolGroup => self.add_pool_group(),
            Event::Push { team } => self.push_out(team).await,
            Event::Exodus => self.exodus().await,
            Event::DecideStop { approve } => self.decide_stop(approve).await,
            Event::Audit { by } => self.audit_now(by).await,
            Event::Plant { apps } => self.plant(apps),
            Event::DecideStray { remove } => self.decide_stray(remove).await,
            Event::Meddle => self.meddle(),
            Event::MeddleWithGroup => self.meddle_with_group(),
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

    pub(crate) fn owns(&self, person: Id, item: Item) -> bool {
        self.model.level(person, item) == Level::Own
    }
}

/// The word for a kind of event.
fn name(event: &impl Debug) -> String {
    let text = format!("{event:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}
