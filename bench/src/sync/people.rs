//! Who is in a company and what they share: people who are in Okta too, teams, and accounts that so many people see.

use anyhow::Context as _;
use jiff::SignedDuration;
use keytile::accounts::{self, Draft};
use keytile::directories::store::identities::{self, Record};
use keytile::members::{self, NewMember};
use keytile::{sharing, sync, teams};
use model::share::{Grantee, ItemRole, ShareItem};
use model::team::TeamRole;
use model::workspace::WorkspaceRole;
use model::{AccountId, MemberId, TeamId};
use okta_sim::org::NewUser;
use portal::{Priority, Strategy};

use super::rig::Rig;
use crate::world::fill;

/// So many changes share a transaction.
const BATCH: usize = 500;

/// Accounts, and who sees them. Accounts of one audience are held by the same people and teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub accounts: usize,
    pub audiences: usize,
    /// People with whom an account is shared directly.
    pub direct: usize,
    /// Teams with whom it is shared; nobody is in two of them.
    pub by_team: usize,
    pub team_size: usize,
}

impl Shape {
    /// Five people and two teams of ten for each account, and one audience for twenty accounts: what the bound's own
    /// table is about. Assigned one by one, ten thousand of these would take 260,000 calls; there it is four people, so
    /// that the run ends within minutes.
    pub fn of(accounts: usize, strategy: Strategy) -> Self {
        let audiences = (accounts / 20).max(1);
        if strategy == Strategy::Individual && accounts > 1_000 {
            return Self { accounts, audiences, direct: 4, by_team: 0, team_size: 0 };
        }
        Self { accounts, audiences, direct: 5, by_team: 2, team_size: 10 }
    }

    /// How many people see each account.
    pub fn people_of_account(self) -> usize {
        self.direct + self.by_team * self.team_size
    }
}

/// Somebody, here and in Okta.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: MemberId,
    pub external: String,
}

/// All of a company but its owner.
pub struct Company {
    /// Those of the first audience first, and in it those of its first account.
    pub accounts: Vec<AccountId>,
    /// With whom the accounts of each audience are shared directly.
    pub direct: Vec<Vec<Person>>,
    /// With which teams.
    pub teams: Vec<Vec<TeamId>>,
}

impl Rig {
    /// Makes the company; nothing is extended yet.
    pub async fn company(&self, shape: Shape) -> anyhow::Result<Company> {
        let mut company = Company { accounts: Vec::new(), direct: Vec::new(), teams: Vec::new() };
        let mut teams = Vec::new();
        // Fewer teams than audiences: a team is in several of these, as in any company.
        for number in 0..(shape.by_team * shape.audiences).min(100) {
            let people = self.people(&format!("t{number}"), shape.team_size).await?;
            teams.push(self.team(&format!("Team {number:03}"), people).await?);
        }
        for audience in 0..shape.audiences {
            let first = audience * shape.by_team;
            let its =
                (first..first + shape.by_team).map(|team| teams[team % teams.len()]).collect();
            company.teams.push(its);
            company.direct.push(self.people(&format!("d{audience}"), shape.direct).await?);
        }
        for number in 0..shape.accounts {
            let audience = number * shape.audiences / shape.accounts;
            let (people, teams) = (&company.direct[audience], &company.teams[audience]);
            let account = self.account(&format!("Account {number:06}"), people, teams).await?;
            company.accounts.push(account);
        }
        Ok(company)
    }

    /// So many people whose addresses begin so.
    pub async fn people(&self, prefix: &str, count: usize) -> anyhow::Result<Vec<Person>> {
        let mut all = Vec::with_capacity(count);
        for first in (0..count).step_by(BATCH) {
            let mut batch = Vec::new();
            for number in first..count.min(first + BATCH) {
                let email = format!("{prefix}-{number:04}@example.com");
                let new = NewUser::person(&email, prefix, "Bench", "correct horse");
                let made = self.okta.org().create_user(new);
                let external =
                    made.map_err(|why| anyhow::anyhow!("make a person: {}", why.summary))?;
                batch.push((email, external));
            }
            all.extend(self.members(batch).await?);
        }
        Ok(all)
    }

    async fn members(&self, batch: Vec<(String, String)>) -> anyhow::Result<Vec<Person>> {
        let directory = self.directory;
        let change = fill::write(&self.app, self.workspace, move |tx, by| {
            Box::pin(async move {
                let mut people = Vec::with_capacity(batch.len());
                for (email, external) in batch {
                    let (name, role) = (email.clone(), WorkspaceRole::User);
                    let new = NewMember { email: email.clone(), name, role, directory: None };
                    let id = members::add(tx, by, new).await?;
                    let known = Record::known(&external, &email);
                    identities::insert(tx, by, directory, id, &known).await?;
                    people.push(Person { id, external });
                }
                Ok(people)
            })
        });
        change.await.context("add people")
    }

    pub async fn team(&self, name: &str, people: Vec<Person>) -> anyhow::Result<TeamId> {
        let name = name.to_owned();
        let change = fill::write(&self.app, self.workspace, move |tx, by| {
            Box::pin(async move {
                let team = teams::insert(tx, by, &name, None).await?;
                for person in people {
                    teams::join(tx, by, team, person.id, TeamRole::Member).await?;
                }
                Ok(team)
            })
        });
        change.await.context("make a team")
    }

    /// An account of the owner, shared with these.
    pub async fn account(
        &self,
        name: &str,
        people: &[Person],
        teams: &[TeamId],
    ) -> anyhow::Result<AccountId> {
        let draft = Draft {
            name: name.to_owned(),
            app_name: "App".into(),
            login_url: "https://login.example.com/".into(),
            username: "shared@example.com".into(),
            ..Draft::default()
        };
        let account = accounts::create(&self.app, &self.owner, draft).await?;
        let direct = people.iter().map(|person| Grantee::Member(person.id));
        let grantees: Vec<Grantee> =
            direct.chain(teams.iter().copied().map(Grantee::Team)).collect();
        let change = fill::write(&self.app, self.workspace, move |tx, by| {
            Box::pin(async move {
                for grantee in grantees {
                    let item = ShareItem::Account(account);
                    sharing::put(tx, by, item, grantee, ItemRole::Collaborator).await?;
                }
                Ok(())
            })
        });
        change.await.context("share an account")?;
        Ok(account)
    }

    /// Extends all of them as a first sync does.
    pub async fn extend_all(&self, accounts: &[AccountId]) -> anyhow::Result<()> {
        for account in accounts {
            sync::extend_as(&self.app, &self.owner, *account, Priority::FirstSync).await?;
            // Each is a change of its own: no two become due at one instant, and they go in this order.
            self.time.move_to(self.time.now() + SignedDuration::from_millis(1));
        }
        Ok(())
    }
}
