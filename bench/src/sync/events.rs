//! What one change costs in calls, beside the table of `performance.md`, section 3: a hundred accounts reached by a team,
//! in five audiences. The table counts what is done. What Keytile looks at before it takes something away, which it
//! promises for every such call, is told beside it: never in the narrow bucket, where each call counts.

use jiff::SignedDuration;
use keytile::accounts::{self, Draft};
use keytile::sync::audit;
use keytile::{members, sharing, sync, teams};
use model::share::{Grantee, ItemRole, ShareItem};
use model::team::TeamRole;
use model::{AccountId, TeamId};
use portal::okta::limits::Bucket;
use portal::{Priority, Strategy};

use super::people::Person;
use super::rig::Rig;
use super::{count, word};
use crate::table::{Goal, Line, Table};
use crate::world::fill;

const ACCOUNTS: usize = 100;
const AUDIENCES: usize = 5;

/// Longer than Keytile trusts what it once saw of a group.
const LATER: SignedDuration = SignedDuration::from_mins(20);

pub async fn measure(table: &mut Table) -> anyhow::Result<()> {
    for strategy in super::STRATEGIES {
        let mut office = Office::open(strategy).await?;
        office.teams(table).await?;
        office.leavers(table).await?;
        office.grants(table).await?;
        office.tiles(table).await?;
    }
    Ok(())
}

/// What a change may cost: assigned one by one, and through groups.
struct Allowed(usize, usize);

/// With whom accounts are shared.
type Sources = (Vec<Person>, Vec<TeamId>);

impl Rig {
    /// Four people, a team of ten, and those who are everywhere: 25 people.
    async fn sources(&self, name: &str, person: &Person, team: TeamId) -> anyhow::Result<Sources> {
        let mut direct = self.people(&format!("{name}-direct"), 4).await?;
        direct.push(person.clone());
        let people = self.people(&format!("{name}-team"), 10).await?;
        Ok((direct, vec![team, self.team(name, people).await?]))
    }
}

/// A hundred accounts of five audiences, and one that shares its audience with no other.
struct Office {
    rig: Rig,
    strategy: Strategy,
    accounts: Vec<AccountId>,
    /// Shared on all of them.
    team: TeamId,
    /// In that team.
    member: Person,
    /// Has a share on each of them.
    everywhere: Person,
    /// With whom the first of them are shared.
    first: Sources,
    /// With whom the last of them are shared, beside those.
    other_team: TeamId,
    /// The same for those before.
    other: Person,
    newcomer: Person,
    /// Shared with two people alone.
    alone: AccountId,
}

impl Office {
    async fn open(strategy: Strategy) -> anyhow::Result<Self> {
        let rig = Rig::start(strategy).await?;
        let crowd = rig.people("crowd", 10).await?;
        let member = crowd[0].clone();
        let team = rig.team("Everybody", crowd).await?;
        let mut singles = rig.people("single", 5).await?.into_iter();
        let mut single = || singles.next().ok_or_else(|| anyhow::anyhow!("too few people"));
        let (everywhere, other, newcomer) = (single()?, single()?, single()?);
        let pair = [single()?, single()?];
        let people = rig.people("other", 10).await?;
        let other_team = rig.team("Others", people).await?;
        let alone = rig.account("Alone", &pair, &[]).await?;
        let first = rig.sources("first", &everywhere, team).await?;
        let (mut with_other, mut with_team) = (first.clone(), first.clone());
        with_other.0.push(other.clone());
        with_team.1.push(other_team);
        let second = rig.sources("second", &everywhere, team).await?;
        let third = rig.sources("third", &everywhere, team).await?;
        let mut accounts = Vec::new();
        for (people, teams) in [&first, &second, &third, &with_other, &with_team] {
            for _ in 0..ACCOUNTS / AUDIENCES {
                let name = format!("Account {:03}", accounts.len());
                accounts.push(rig.account(&name, people, teams).await?);
            }
        }
        rig.extend_all(&accounts).await?;
        rig.extend_all(&[alone]).await?;
        let mut office = Self {
            rig,
            strategy,
            accounts,
            team,
            member,
            everywhere,
            first,
            other_team,
            other,
            newcomer,
            alone,
        };
        office.rig.crew.finish().await?;
        // The next one is due in hours, and not in the middle of something.
        audit::check_now(&office.rig.app, &office.rig.owner).await?;
        office.rig.crew.finish().await?;
        office.rig.rest(LATER).await?;
        Ok(office)
    }

    /// Once the portal has followed: what that took.
    async fn judge(
        &mut self,
        table: &mut Table,
        what: &str,
        before: usize,
        allowed: Allowed,
    ) -> anyhow::Result<()> {
        self.rig.crew.finish().await?;
        let calls = self.rig.calls.since(before);
        let (looks, others): (Vec<_>, Vec<_>) =
            calls.iter().partition(|call| call.is_look() && call.bucket() != Bucket::Apps);
        let Allowed(one_by_one, through_groups) = allowed;
        let most = match self.strategy {
            Strategy::Audience => through_groups,
            Strategy::Individual | Strategy::Existing => one_by_one,
        };
        let looks = match looks.len() {
            0 => String::new(),
            looks => format!(", after {looks} looks"),
        };
        let name = format!("{what}, {}: calls{looks}", word(self.strategy));
        let line = Line::new(&name, count(others.len()), "");
        if most == 0 {
            table.add(&line.goal(Goal::Exactly(0.0)));
        } else {
            table.add(&line.beside(Some(count(most)), Goal::AtMost(1.0)));
        }
        self.rig.rest(LATER).await
    }

    async fn teams(&mut self, table: &mut Table) -> anyhow::Result<()> {
        let (team, person) = (self.team, self.newcomer.id);
        let before = self.rig.calls.so_far();
        teams::add_member(&self.rig.app, &self.rig.owner, team, person, TeamRole::Member).await?;
        self.judge(table, "somebody joins a team of 100 accounts", before, Allowed(100, 5)).await?;
        let before = self.rig.calls.so_far();
        teams::remove_member(&self.rig.app, &self.rig.owner, team, person).await?;
        self.judge(table, "somebody leaves it", before, Allowed(100, 5)).await
    }

    async fn leavers(&mut self, table: &mut Table) -> anyhow::Result<()> {
        let before = self.rig.calls.so_far();
        members::suspend(&self.rig.app, &self.rig.owner, self.everywhere.id).await?;
        let what = "somebody with 100 accounts is locked out here";
        self.judge(table, what, before, Allowed(100, 5)).await?;
        let before = self.rig.calls.so_far();
        let person = self.member.clone();
        let done = self.rig.okta.org().deactivate_user(&person.external).map(|_| ());
        done.map_err(|why| anyhow::anyhow!("deactivate somebody: {}", why.summary))?;
        // Okta's provisioning tells us so.
        let change = fill::write(&self.rig.app, self.rig.workspace, move |tx, by| {
            Box::pin(async move { members::deactivate(tx, by, person.id).await })
        });
        change.await?;
        let what = "somebody with 100 accounts is deactivated in Okta";
        self.judge(table, what, before, Allowed(0, 0)).await
    }

    async fn grants(&mut self, table: &mut Table) -> anyhow::Result<()> {
        let (first, second) = (self.accounts[0], self.accounts[1]);
        for (what, account, allowed) in [
            ("one person more", self.alone, [Allowed(1, 1), Allowed(1, 1)]),
            ("one person more, which is another audience", first, [Allowed(1, 2), Allowed(1, 2)]),
        ] {
            let [granted, revoked] = allowed;
            let before = self.rig.calls.so_far();
            let (item, grantee) = (ShareItem::Account(account), Grantee::Member(self.other.id));
            let (app, owner) = (self.rig.app.clone(), self.rig.owner);
            let share = sharing::share(&app, &owner, item, grantee, ItemRole::Collaborator).await?;
            self.judge(table, what, before, granted).await?;
            let before = self.rig.calls.so_far();
            sharing::unshare(&app, &owner, share).await?;
            self.judge(table, &what.replace("more", "less"), before, revoked).await?;
        }
        let before = self.rig.calls.so_far();
        let (item, grantee) = (ShareItem::Account(second), Grantee::Team(self.other_team));
        sharing::share(&self.rig.app, &self.rig.owner, item, grantee, ItemRole::Collaborator)
            .await?;
        self.judge(table, "a team of ten more", before, Allowed(10, 2)).await
    }

    async fn tiles(&mut self, table: &mut Table) -> anyhow::Result<()> {
        let before = self.rig.calls.so_far();
        let draft = Draft {
            name: "Renamed".into(),
            app_name: "App".into(),
            login_url: "https://login.example.com/".into(),
            username: "shared@example.com".into(),
            ..Draft::default()
        };
        accounts::update(&self.rig.app, &self.rig.owner, self.accounts[2], draft).await?;
        self.judge(table, "another label", before, Allowed(1, 1)).await?;
        let before = self.rig.calls.so_far();
        sync::remove(&self.rig.app, &self.rig.owner, self.accounts[3]).await?;
        self.judge(table, "an account is taken out of Okta", before, Allowed(2, 2)).await?;
        let (people, teams) = self.first.clone();
        let account = self.rig.account("Another", &people, &teams).await?;
        let before = self.rig.calls.so_far();
        sync::extend_as(&self.rig.app, &self.rig.owner, account, Priority::Person).await?;
        // Somebody who is locked out or deactivated sees no tile: 23 people are left of 25.
        self.judge(table, "an account is added", before, Allowed(24, 2)).await
    }
}
