//! Accounts, collections and shares.

use ::model::share::{Grantee as SharedWith, ItemRole as SharedAs, ShareItem};
use keytile::accounts::{self, Draft};
use keytile::{collections, sharing};

use crate::model::{
    Account, Collection, Grantee, Id, Item, ItemRole, Level, Presence, WorkspaceRole,
};
use crate::world::World;

/// How deep collections may be nested.
const LEVELS: usize = 6;

impl World {
    pub(super) async fn add_account(&mut self, by: Id, name: &'static str, app: &'static str) {
        let answer = accounts::create(&self.app, &self.actor(by), draft(name, app)).await;
        let may = self.is_one_of_us(by);
        let records = ["account.created", "share.added"];
        if let Some(id) = self.judged(may, answer, &records).await {
            let number = self.ids.accounts.len();
            self.ids.accounts.push(id);
            self.model.accounts.push(Account {
                name: name.to_owned(),
                app: app.to_owned(),
                deleted: false,
                disabled: false,
                label: None,
            });
            let own = (Item::Account(number), Grantee::Person(by));
            self.model.shares.insert(own, ItemRole::Owner);
        }
    }

    pub(super) async fn rename(
        &mut self,
        by: Id,
        account: Id,
        name: &'static str,
        app: &'static str,
    ) {
        let (id, actor) = (self.ids.accounts[account], self.actor(by));
        let answer = accounts::update(&self.app, &actor, id, draft(name, app)).await;
        let may = self.owns(by, Item::Account(account));
        if self.judged(may, answer, &["account.updated"]).await.is_some() {
            name.clone_into(&mut self.model.accounts[account].name);
            app.clone_into(&mut self.model.accounts[account].app);
            self.model.relabel(account);
        }
    }

    pub(super) async fn disable(&mut self, by: Id, account: Id, disabled: bool) {
        let (id, actor) = (self.ids.accounts[account], self.actor(by));
        let answer = accounts::set_disabled(&self.app, &actor, id, disabled).await;
        let may = self.owns(by, Item::Account(account));
        let record = if disabled { "account.disabled" } else { "account.enabled" };
        if self.judged(may, answer, &[record]).await.is_some() {
            self.model.accounts[account].disabled = disabled;
            self.decided(account);
        }
    }

    pub(super) async fn delete(&mut self, by: Id, account: Id) {
        let answer = accounts::delete(&self.app, &self.actor(by), self.ids.accounts[account]).await;
        let may = self.owns(by, Item::Account(account));
        if self.judged(may, answer, &["account.deleted"]).await.is_some() {
            self.model.delete(account);
            self.decided(account);
        }
    }

    pub(super) async fn restore(&mut self, by: Id, account: Id) {
        let answer =
            accounts::deleted::restore(&self.app, &self.actor(by), self.ids.accounts[account])
                .await;
        let is_deleted = self.model.accounts[account].deleted;
        // Whoever would own it if it were there may bring it back.
        self.model.accounts[account].deleted = false;
        let may = is_deleted && self.owns(by, Item::Account(account));
        self.model.accounts[account].deleted = is_deleted;
        if self.judged(may, answer, &["account.restored"]).await.is_some() {
            self.model.accounts[account].deleted = false;
        }
    }

    pub(super) async fn share(&mut self, by: Id, item: Item, with: Grantee, role: ItemRole) {
        let (what, whom) = (self.shared(item), self.shared_with(with));
        let answer = sharing::share(&self.app, &self.actor(by), what, whom, shared_as(role)).await;
        let is_fit = match with {
            Grantee::Team(id) => self.model.teams[id].exists,
            Grantee::Person(id) => {
                let who = &self.model.people[id];
                let is_within = role == ItemRole::Collaborator || who.role >= WorkspaceRole::User;
                who.presence != Presence::Removed && is_within
            }
        };
        let is_same = self.model.shares.get(&(item, with)) == Some(&role);
        let records: &[&str] = if is_same { &[] } else { &["share.added"] };
        let may = is_fit && self.owns(by, item);
        if self.judged(may, answer, records).await.is_some() {
            self.model.shares.insert((item, with), role);
        }
    }

    pub(super) async fn unshare(&mut self, by: Id, item: Item, with: Grantee) {
        let (what, whom) = (self.shared(item), self.shared_with(with));
        let Some(owner) = self.model.owners(item).first().copied() else { return };
        let shares = sharing::list(&self.app, &self.actor(owner), what).await.unwrap_or_default();
        let Some(share) = shares.into_iter().find(|share| share.grantee == whom) else {
            if self.model.exists(item) && self.model.shares.contains_key(&(item, with)) {
                self.stage.violate("L1", "a share that the model has is not in the product");
            }
            return;
        };
        let answer = sharing::unshare(&self.app, &self.actor(by), share.id).await;
        let may = self.owns(by, item);
        if self.judged(may, answer, &["share.removed"]).await.is_some() {
            self.model.shares.remove(&(item, with));
        }
    }

    pub(super) async fn add_collection(&mut self, by: Id, parent: Option<Id>) {
        let number = self.ids.collections.len();
        let (actor, above) = (self.actor(by), parent.map(|id| self.ids.collections[id]));
        let name = format!("Collection {number}");
        let answer = collections::create(&self.app, &actor, &name, above).await;
        let is_fit = parent.is_none_or(|id| {
            self.owns(by, Item::Collection(id)) && self.model.depth(id) + 2 <= LEVELS
        });
        let may = is_fit && self.is_one_of_us(by);
        let records = ["collection.created", "share.added"];
        if let Some(id) = self.judged(may, answer, &records).await {
            self.ids.collections.push(id);
            let accounts = std::collections::BTreeSet::new();
            self.model.collections.push(Collection { parent, accounts, exists: true });
            let own = (Item::Collection(number), Grantee::Person(by));
            self.model.shares.insert(own, ItemRole::Owner);
        }
    }

    pub(super) async fn move_collection(&mut self, by: Id, id: Id, parent: Option<Id>) {
        let (actor, above) = (self.actor(by), parent.map(|id| self.ids.collections[id]));
        let answer = collections::move_to(&self.app, &actor, self.ids.collections[id], above).await;
        let is_fit = parent.is_none_or(|parent| {
            let levels = self.model.depth(parent) + 1 + self.model.height(id);
            self.owns(by, Item::Collection(parent))
                && !self.model.is_within(parent, id)
                && levels <= LEVELS
        });
        let may = is_fit && self.owns(by, Item::Collection(id));
        if self.judged(may, answer, &["collection.moved"]).await.is_some() {
            self.model.collections[id].parent = parent;
        }
    }

    pub(super) async fn delete_collection(&mut self, by: Id, id: Id) {
        let answer =
            collections::delete(&self.app, &self.actor(by), self.ids.collections[id]).await;
        let may = self.owns(by, Item::Collection(id)) && self.model.height(id) == 1;
        if self.judged(may, answer, &["collection.deleted"]).await.is_some() {
            self.model.end_collection(id);
        }
    }

    pub(super) async fn put_in(&mut self, by: Id, id: Id, account: Id) {
        let (place, what) = (self.ids.collections[id], self.ids.accounts[account]);
        let answer = collections::add_account(&self.app, &self.actor(by), place, what).await;
        let may = self.owns(by, Item::Collection(id)) && self.owns(by, Item::Account(account));
        let is_in = self.model.collections[id].accounts.contains(&account);
        let records: &[&str] = if is_in { &[] } else { &["collection.account_added"] };
        if self.judged(may, answer, records).await.is_some() {
            self.model.collections[id].accounts.insert(account);
        }
    }

    pub(super) async fn take_out(&mut self, by: Id, id: Id, account: Id) {
        let (place, what) = (self.ids.collections[id], self.ids.accounts[account]);
        let answer = collections::remove_account(&self.app, &self.actor(by), place, what).await;
        let is_in = self.model.collections[id].accounts.contains(&account);
        let records: &[&str] = if is_in { &["collection.account_removed"] } else { &[] };
        let may = self.owns(by, Item::Collection(id));
        if self.judged(may, answer, records).await.is_some() {
            self.model.collections[id].accounts.remove(&account);
        }
    }

    /// Whether somebody may add things to the workspace.
    fn is_one_of_us(&self, person: Id) -> bool {
        let who = &self.model.people[person];
        who.role >= WorkspaceRole::User && who.presence == Presence::Active
    }

    fn shared(&self, item: Item) -> ShareItem {
        match item {
            Item::Account(id) => ShareItem::Account(self.ids.accounts[id]),
            Item::Collection(id) => ShareItem::Collection(self.ids.collections[id]),
        }
    }

    fn shared_with(&self, grantee: Grantee) -> SharedWith {
        match grantee {
            Grantee::Person(id) => SharedWith::Member(self.ids.people[id]),
            Grantee::Team(id) => SharedWith::Team(self.ids.teams[id]),
        }
    }

    /// A click on a tile, judged by what the person holds now (L5).
    pub(super) fn may_launch(&self, person: Id, account: Id) -> bool {
        self.model.level(person, Item::Account(account)) > Level::None
    }
}

fn shared_as(role: ItemRole) -> SharedAs {
    match role {
        ItemRole::Collaborator => SharedAs::Collaborator,
        ItemRole::Owner => SharedAs::Owner,
    }
}

fn draft(name: &str, app: &str) -> Draft {
    Draft {
        name: name.into(),
        app_name: app.into(),
        login_url: "https://login.example.com/".into(),
        username: "shared@example.com".into(),
        ..Draft::default()
    }
}
