//! The oracle: what the product promises, in sets and plain loops. It knows nothing of keytile's SQL, rules or planner,
//! so that both would have to be wrong in the same way.

use std::collections::{BTreeMap, BTreeSet};

/// People, teams, collections and accounts are numbers here: their places in the lists of [`Model`].
pub type Id = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkspaceRole {
    Guest,
    LoginOnly,
    User,
    Admin,
    SuperAdmin,
    Owner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Active,
    Suspended,
    Removed,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub role: WorkspaceRole,
    pub presence: Presence,
    /// An admin has suspended them, which outlives their leaving.
    pub is_suspended: bool,
    /// Their id in the org, where SCIM has told it.
    pub external: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    Account(Id),
    Collection(Id),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    Person(Id),
    Team(Id),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemRole {
    Collaborator,
    Owner,
}

/// What somebody can do with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Launch,
    Own,
}

#[derive(Debug, Clone)]
pub struct Team {
    pub people: BTreeSet<Id>,
    pub exists: bool,
}

#[derive(Debug, Clone)]
pub struct Collection {
    pub parent: Option<Id>,
    pub accounts: BTreeSet<Id>,
    pub exists: bool,
}

#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub app: String,
    pub deleted: bool,
    pub disabled: bool,
    /// The label of its tile, where it is extended.
    pub label: Option<Label>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub text: String,
    number: u32,
}

/// Everything that people have decided (D).
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub people: Vec<Person>,
    pub teams: Vec<Team>,
    pub collections: Vec<Collection>,
    pub accounts: Vec<Account>,
    pub shares: BTreeMap<(Item, Grantee), ItemRole>,
    /// Whether extending is on.
    pub is_on: bool,
}

/// How a tile should stand in the org (W).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// No app.
    Nothing,
    /// No app, or one that is shown to nobody.
    Hidden,
    /// One app with this label, assigned to exactly these people.
    Shown { label: String, people: BTreeSet<String> },
}

impl Model {
    /// What a person holds on an item: the best of all paths, under the ceiling of what they are.
    pub fn level(&self, person: Id, item: Item) -> Level {
        let who = &self.people[person];
        let ceiling = match (who.presence, who.role) {
            (Presence::Suspended | Presence::Removed, _) => Level::None,
            (Presence::Active, WorkspaceRole::Guest | WorkspaceRole::LoginOnly) => Level::Launch,
            (Presence::Active, _) => Level::Own,
        };
        self.best_share(person, item).min(ceiling)
    }

    fn best_share(&self, person: Id, item: Item) -> Level {
        if !self.exists(item) {
            return Level::None;
        }
        let mut best = Level::None;
        for place in self.places(item) {
            for ((shared, grantee), role) in &self.shares {
                let reaches = match grantee {
                    Grantee::Person(id) => *id == person,
                    Grantee::Team(id) => self.teams[*id].people.contains(&person),
                };
                if *shared == place && reaches {
                    best = best.max(match role {
                        ItemRole::Collaborator => Level::Launch,
                        ItemRole::Owner => Level::Own,
                    });
                }
            }
        }
        best
    }

    pub fn exists(&self, item: Item) -> bool {
        match item {
            Item::Account(id) => !self.accounts[id].deleted,
            Item::Collection(id) => self.collections[id].exists,
        }
    }

    /// The item, and every collection that it lies in or beneath.
    fn places(&self, item: Item) -> BTreeSet<Item> {
        let mut places = BTreeSet::from([item]);
        let mut open: Vec<Id> = match item {
            Item::Account(account) => self.holders(account),
            Item::Collection(id) => self.collections[id].parent.into_iter().collect(),
        };
        while let Some(id) = open.pop() {
            places.insert(Item::Collection(id));
            open.extend(self.collections[id].parent);
        }
        places
    }

    /// The collections that hold an account directly.
    pub fn holders(&self, account: Id) -> Vec<Id> {
        let all = self.collections.iter().enumerate();
        all.filter(|(_, it)| it.accounts.contains(&account)).map(|(id, _)| id).collect()
    }

    /// How many levels a collection and all beneath it take.
    pub fn height(&self, id: Id) -> usize {
        let below = self.collections.iter().enumerate().filter(|(_, it)| it.parent == Some(id));
        1 + below.map(|(child, _)| self.height(child)).max().unwrap_or(0)
    }

    /// How many collections lie above this one.
    pub fn depth(&self, id: Id) -> usize {
        self.collections[id].parent.map_or(0, |parent| 1 + self.depth(parent))
    }

    pub fn is_within(&self, id: Id, other: Id) -> bool {
        id == other || self.collections[id].parent.is_some_and(|it| self.is_within(it, other))
    }

    /// Whoever may change, share and extend the item.
    pub fn owners(&self, item: Item) -> Vec<Id> {
        (0..self.people.len()).filter(|id| self.level(*id, item) == Level::Own).collect()
    }

    /// How the tile of an account should stand in the org.
    pub fn wanted(&self, account: Id) -> Wanted {
        let it = &self.accounts[account];
        match (&it.label, it.disabled) {
            (None, _) => Wanted::Nothing,
            (Some(_), true) => Wanted::Hidden,
            (Some(label), false) => {
                Wanted::Shown { label: label.text.clone(), people: self.viewers(account) }
            }
        }
    }

    /// Who should see the tile of an account: no Guests, no Login-only members, and only who is in the org.
    pub fn viewers(&self, account: Id) -> BTreeSet<String> {
        let sees = |(id, who): (Id, &Person)| {
            let reaches = self.level(id, Item::Account(account)) > Level::None;
            if reaches && who.role >= WorkspaceRole::User { who.external.clone() } else { None }
        };
        self.people.iter().enumerate().filter_map(sees).collect()
    }

    /// The account becomes a tile.
    pub fn extend(&mut self, account: Id) {
        if self.accounts[account].label.is_none() {
            self.accounts[account].label = Some(self.free_label(account));
        }
    }

    /// The account has another name: its tile's number is looked at again, and no other's.
    pub fn relabel(&mut self, account: Id) {
        let it = &self.accounts[account];
        let Some(old) = &it.label else { return };
        if label(it, old.number) != old.text {
            self.accounts[account].label = Some(self.free_label(account));
        }
    }

    /// The lowest number whose label no other tile has.
    fn free_label(&self, account: Id) -> Label {
        let others = self.accounts.iter().enumerate().filter(|(id, _)| *id != account);
        let taken: BTreeSet<String> = others
            .filter_map(|(_, it)| it.label.as_ref().map(|label| label.text.to_lowercase()))
            .collect();
        let mut number = 0;
        loop {
            let text = label(&self.accounts[account], number);
            if !taken.contains(&text.to_lowercase()) {
                return Label { text, number };
            }
            number += 1;
        }
    }

    /// Somebody returns from their leaving.
    pub fn come_back(&mut self, person: Id) {
        let who = &mut self.people[person];
        who.presence = if who.is_suspended { Presence::Suspended } else { Presence::Active };
    }

    /// Somebody leaves: their own shares and teams end, and so does a role above a User's.
    pub fn leave(&mut self, person: Id) {
        let who = &mut self.people[person];
        who.presence = Presence::Removed;
        who.role = who.role.min(WorkspaceRole::User);
        self.shares.retain(|(_, grantee), _| *grantee != Grantee::Person(person));
        for team in &mut self.teams {
            team.people.remove(&person);
        }
    }

    /// A team goes, with what was shared with it.
    pub fn end_team(&mut self, team: Id) {
        self.teams[team] = Team { people: BTreeSet::new(), exists: false };
        self.shares.retain(|(_, grantee), _| *grantee != Grantee::Team(team));
    }

    /// A collection goes; its accounts stay.
    pub fn end_collection(&mut self, id: Id) {
        self.collections[id] =
            Collection { parent: None, accounts: BTreeSet::new(), exists: false };
        self.shares.retain(|(item, _), _| *item != Item::Collection(id));
    }

    /// An account goes: collections let go of it, and so does the org; its own shares wait for its return.
    pub fn delete(&mut self, account: Id) {
        self.accounts[account].deleted = true;
        self.accounts[account].label = None;
        for collection in &mut self.collections {
            collection.accounts.remove(&account);
        }
    }
}

fn label(account: &Account, number: u32) -> String {
    let Account { name, app, .. } = account;
    match number {
        0 => format!("{name} - {app}"),
        n => format!("{name} - {app} ({n})"),
    }
}
