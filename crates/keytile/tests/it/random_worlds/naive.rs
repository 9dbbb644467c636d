//! The rules of who reaches what, read naively: sets and loops, no SQL.

use std::collections::BTreeSet;

use model::access::{Level, level};
use model::share::ItemRole;
use model::workspace::{MemberStatus, WorkspaceRole};
use proptest::prelude::*;

pub(super) const PEOPLE: usize = 4;
pub(super) const TEAMS: usize = 2;
pub(super) const COLLECTIONS: usize = 4;
pub(super) const ACCOUNTS: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Account(usize),
    Collection(usize),
}

/// Person 0 is the workspace's Owner, who made everything and whom no step touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Person(usize),
    Team(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Share(Item, Who, ItemRole),
    Unshare(Item, Who),
    Join(usize, usize),
    Leave(usize, usize),
    Put(usize, usize),
    Take(usize, usize),
    Move(usize, Option<usize>),
    Become(usize, WorkspaceRole),
    Suspend(usize),
    Resume(usize),
    Remove(usize),
    Return(usize),
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let item = prop_oneof![
        (0..ACCOUNTS).prop_map(Item::Account),
        (0..COLLECTIONS).prop_map(Item::Collection)
    ];
    let who = prop_oneof![(1..=PEOPLE).prop_map(Who::Person), (0..TEAMS).prop_map(Who::Team)];
    let role = prop_oneof![Just(ItemRole::Collaborator), Just(ItemRole::Owner)];
    let below_owner = (0..5_usize).prop_map(|n| WorkspaceRole::ALL[n]);
    prop_oneof![
        6 => (item.clone(), who.clone(), role).prop_map(|(i, w, r)| Act::Share(i, w, r)),
        2 => (item, who).prop_map(|(i, w)| Act::Unshare(i, w)),
        4 => (0..TEAMS, 1..=PEOPLE).prop_map(|(t, p)| Act::Join(t, p)),
        2 => (0..TEAMS, 1..=PEOPLE).prop_map(|(t, p)| Act::Leave(t, p)),
        4 => (0..COLLECTIONS, 0..ACCOUNTS).prop_map(|(c, a)| Act::Put(c, a)),
        1 => (0..COLLECTIONS, 0..ACCOUNTS).prop_map(|(c, a)| Act::Take(c, a)),
        3 => (0..COLLECTIONS, proptest::option::of(0..COLLECTIONS)).prop_map(|(c, p)| Act::Move(c, p)),
        1 => (1..=PEOPLE, below_owner).prop_map(|(p, r)| Act::Become(p, r)),
        1 => (1..=PEOPLE).prop_map(Act::Suspend),
        1 => (1..=PEOPLE).prop_map(Act::Resume),
        1 => (1..=PEOPLE).prop_map(Act::Remove),
        1 => (1..=PEOPLE).prop_map(Act::Return),
    ]
}

/// Somebody reaches an account: who, by which share, in which role.
pub(super) type Reach = (usize, Item, Who, ItemRole);

/// The rules, read naively.
pub(super) struct Naive {
    pub(super) roles: Vec<WorkspaceRole>,
    pub(super) status: Vec<MemberStatus>,
    teams: BTreeSet<(usize, usize)>,
    /// Who was in which team on the day; a whole life takes less than one.
    were_in: BTreeSet<(usize, usize)>,
    /// Whom an admin has suspended, also while they are gone.
    suspended: BTreeSet<usize>,
    parents: [Option<usize>; COLLECTIONS],
    contents: BTreeSet<(usize, usize)>,
    shares: Vec<(Item, Who, ItemRole)>,
}

impl Naive {
    pub(super) fn new() -> Self {
        let everything =
            (0..ACCOUNTS).map(Item::Account).chain((0..COLLECTIONS).map(Item::Collection));
        let mut roles = vec![WorkspaceRole::User; PEOPLE + 1];
        roles[0] = WorkspaceRole::Owner;
        Self {
            roles,
            status: vec![MemberStatus::Active; PEOPLE + 1],
            teams: BTreeSet::new(),
            were_in: BTreeSet::new(),
            suspended: BTreeSet::new(),
            parents: [None; COLLECTIONS],
            contents: BTreeSet::new(),
            shares: everything.map(|item| (item, Who::Person(0), ItemRole::Owner)).collect(),
        }
    }

    /// The collection and all above it.
    pub(super) fn upwards(&self, collection: usize) -> Vec<usize> {
        std::iter::successors(Some(collection), |c| self.parents[*c]).collect()
    }

    fn people(&self, who: Who) -> Vec<usize> {
        match who {
            Who::Person(person) => vec![person],
            Who::Team(team) => self.teams.iter().filter(|t| t.0 == team).map(|t| t.1).collect(),
        }
    }

    pub(super) fn reaches(&self, account: usize) -> BTreeSet<Reach> {
        let held = self.contents.iter().filter(|c| c.1 == account);
        let above: BTreeSet<usize> = held.flat_map(|c| self.upwards(c.0)).collect();
        let covers = |item: &Item| match item {
            Item::Account(a) => *a == account,
            Item::Collection(c) => above.contains(c),
        };
        let shares = self.shares.iter().filter(|(item, ..)| covers(item));
        shares
            .flat_map(|(item, who, role)| {
                self.people(*who).into_iter().map(|person| (person, *item, *who, *role))
            })
            .collect()
    }

    /// What is to be rotated if the person leaves now, with the role that they hold or held today.
    pub(super) fn to_rotate(&self, person: usize) -> BTreeSet<(usize, ItemRole)> {
        let all: BTreeSet<_> = self.teams.union(&self.were_in).copied().collect();
        let wider = Self {
            teams: all,
            were_in: BTreeSet::new(),
            suspended: self.suspended.clone(),
            roles: self.roles.clone(),
            status: self.status.clone(),
            parents: self.parents,
            contents: self.contents.clone(),
            shares: self.shares.clone(),
        };
        (0..ACCOUNTS)
            .filter_map(|account| {
                let held = wider.reaches(account).into_iter().filter(|reach| reach.0 == person);
                Some((account, held.map(|reach| reach.3).max()?))
            })
            .collect()
    }

    pub(super) fn level_on_account(&self, person: usize, account: usize) -> Level {
        let roles = self.reaches(account).into_iter().filter(|r| r.0 == person).map(|r| r.3);
        level(self.roles[person], self.status[person], roles)
    }

    pub(super) fn level_on_collection(&self, person: usize, collection: usize) -> Level {
        let above = self.upwards(collection);
        let shares = self.shares.iter().filter(|(item, who, _)| {
            above.iter().any(|c| *item == Item::Collection(*c))
                && self.people(*who).contains(&person)
        });
        level(self.roles[person], self.status[person], shares.map(|s| s.2))
    }

    /// Applies the act, or says that it is refused.
    pub(super) fn apply(&mut self, act: Act) -> bool {
        let here = |person: usize| self.status[person] != MemberStatus::Removed;
        match act {
            Act::Share(item, who, role) => {
                if let Who::Person(p) = who
                    && (!here(p)
                        || (role == ItemRole::Owner && self.roles[p] < WorkspaceRole::User))
                {
                    return false;
                }
                self.shares.retain(|s| (s.0, s.1) != (item, who));
                self.shares.push((item, who, role));
            }
            Act::Unshare(item, who) => {
                let before = self.shares.len();
                self.shares.retain(|s| (s.0, s.1) != (item, who));
                return self.shares.len() < before;
            }
            Act::Join(_, person) if !here(person) => return false,
            Act::Join(team, person) => drop(self.teams.insert((team, person))),
            Act::Leave(team, person) => {
                if self.teams.remove(&(team, person)) {
                    self.were_in.insert((team, person));
                }
            }
            Act::Put(collection, account) => drop(self.contents.insert((collection, account))),
            Act::Take(collection, account) => drop(self.contents.remove(&(collection, account))),
            Act::Move(collection, Some(parent)) if self.upwards(parent).contains(&collection) => {
                return false;
            }
            Act::Move(collection, parent) => self.parents[collection] = parent,
            Act::Become(person, _) | Act::Suspend(person) | Act::Resume(person)
                if !here(person) =>
            {
                return false;
            }
            Act::Become(person, role) => self.roles[person] = role,
            Act::Suspend(person) => {
                self.status[person] = MemberStatus::Suspended;
                self.suspended.insert(person);
            }
            Act::Resume(person) => {
                self.status[person] = MemberStatus::Active;
                self.suspended.remove(&person);
            }
            Act::Return(person) if here(person) => {}
            Act::Return(person) if self.suspended.contains(&person) => {
                self.status[person] = MemberStatus::Suspended;
            }
            Act::Return(person) => self.status[person] = MemberStatus::Active,
            Act::Remove(person) if !here(person) => return false,
            Act::Remove(person) => {
                self.status[person] = MemberStatus::Removed;
                self.roles[person] = self.roles[person].min(WorkspaceRole::User);
                self.shares.retain(|s| s.1 != Who::Person(person));
                let theirs = self.teams.iter().filter(|t| t.1 == person).copied();
                self.were_in.extend(theirs.collect::<Vec<_>>());
                self.teams.retain(|t| t.1 != person);
            }
        }
        true
    }
}
