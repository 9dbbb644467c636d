//! How long those wait who do not want to wait, in the middle of a first sync: somebody who extends one account, and
//! somebody who leaves. From the commit of what they did to the first call that is made for it.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use keytile::{members, sync};
use model::AccountId;
use portal::Strategy;
use portal::okta::limits::Bucket;

use super::people::{Person, Shape};
use super::rig::Rig;
use super::{count, word};
use crate::table::{Goal, Line, Table};

/// So many of each, or as many as there is time for.
const MOST: usize = 100;

/// They come one by one: with two of them in a minute one could have to wait for the other's calls. By the golden ratio of
/// the minute after that, so that they fall evenly on all parts of a window.
const APART: SignedDuration = SignedDuration::from_millis(60_000 + 37_082);

/// Where a slow start would show: of so many parts of the waits, the last one is left out.
const PARTS: usize = 100;

pub async fn measure(table: &mut Table, accounts: usize, strategy: Strategy) -> anyhow::Result<()> {
    let shape = Shape::of(accounts, strategy);
    let mut rig = Rig::start(strategy).await?;
    // In use for a while: each of these accounts is somebody's who will leave, and of a colleague.
    let (mut leavers, mut early) = (Vec::new(), Vec::new());
    for number in 0..MOST {
        let pair = rig.people(&format!("leaver{number}"), 2).await?;
        early.push(rig.account(&format!("Early {number:03}"), &pair, &[]).await?);
        leavers.extend(pair.into_iter().next());
    }
    rig.extend_all(&early).await?;
    rig.crew.finish().await?;
    let company = rig.company(shape).await?;
    let pair = rig.people("late", 2).await?;
    let mut late = Vec::new();
    for number in 0..MOST {
        late.push((
            format!("Late {number:03}"),
            rig.account(&format!("Late {number:03}"), &pair, &[]).await?,
        ));
    }
    rig.extend_all(&company.accounts).await?;
    let came_at = rig.time.now();
    let mut day = Day { rig, came_at, left: company.accounts.len() };
    let (mut clicks, mut leaves) = (Vec::new(), Vec::new());
    for ((label, account), person) in late.into_iter().zip(leavers) {
        match day.click(&label, account).await? {
            Some(wait) => clicks.push(wait),
            None => break,
        }
        match day.leave(&person).await? {
            Some(wait) => leaves.push(wait),
            None => break,
        }
    }
    for (who, waits) in [("a person's click", clicks), ("a leaver", leaves)] {
        let name = format!(
            "{who} during a first sync, {}, {accounts} accounts: wait, p99 of {}",
            word(strategy),
            waits.len()
        );
        table.add(&Line::new(&name, most_wait(waits)?, "s").goal(Goal::AtMost(2.0)));
    }
    let refused = day.rig.calls.since(0).iter().filter(|call| call.status == 429).count();
    let name = format!("the same, {}: answers 429", word(strategy));
    table.add(&Line::new(&name, count(refused), "").goal(Goal::Exactly(0.0)));
    Ok(())
}

/// A first sync is under way.
struct Day {
    rig: Rig,
    /// When somebody did something last.
    came_at: Timestamp,
    left: usize,
}

impl Day {
    /// Time passes until somebody does something; answers false when the sync is over by then.
    async fn go_on(&mut self) -> anyhow::Result<bool> {
        self.came_at = self.came_at.max(self.rig.time.now() - APART) + APART;
        self.rig.crew.work_until(self.came_at).await?;
        Ok(self.rig.okta.org().apps.len() < self.left)
    }

    /// Somebody extends an account. What is made for it says its label.
    async fn click(&mut self, label: &str, account: AccountId) -> anyhow::Result<Option<f64>> {
        if !self.go_on().await? {
            return Ok(None);
        }
        let (before, began_at) = (self.rig.calls.so_far(), self.rig.time.now());
        sync::extend(&self.rig.app, &self.rig.owner, account).await?;
        self.wait_for(began_at, before, |call| call.body.contains(label)).await.map(Some)
    }

    /// Somebody leaves. A first sync itself looks at no app or group, so the first look is for them.
    async fn leave(&mut self, person: &Person) -> anyhow::Result<Option<f64>> {
        if !self.go_on().await? {
            return Ok(None);
        }
        let (before, began_at) = (self.rig.calls.so_far(), self.rig.time.now());
        members::remove(&self.rig.app, &self.rig.owner, person.id).await?;
        let is_look =
            |call: &super::line::Call| matches!(call.bucket(), Bucket::App | Bucket::Group);
        self.wait_for(began_at, before, is_look).await.map(Some)
    }

    async fn wait_for(
        &mut self,
        began_at: Timestamp,
        before: usize,
        is_it: impl Fn(&super::line::Call) -> bool,
    ) -> anyhow::Result<f64> {
        for _ in 0..300 {
            self.rig.rest(SignedDuration::from_secs(1)).await?;
            let calls = self.rig.calls.since(before);
            if let Some(call) = calls.iter().find(|call| is_it(call)) {
                return Ok(call.sent_at.duration_since(began_at).as_secs_f64());
            }
        }
        anyhow::bail!("nothing was done for it in five minutes")
    }
}

/// The longest wait but for the hundredth part.
fn most_wait(mut waits: Vec<f64>) -> anyhow::Result<f64> {
    waits.sort_by(f64::total_cmp);
    let left_out = waits.len() / PARTS;
    waits.iter().rev().nth(left_out).copied().context("the sync was over before anybody came")
}
