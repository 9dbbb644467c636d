//! A first sync: how many calls in each of Okta's limits, and how long beside the bound.

use anyhow::ensure;
use portal::Strategy;
use portal::okta::limits::Bucket;

use super::people::Shape;
use super::rig::Rig;
use super::{bound, count, word};
use crate::table::{Goal, Line, Table};

/// What is left is told with the rig, which is as a company is after its first day.
pub async fn measure(
    table: Option<&mut Table>,
    accounts: usize,
    strategy: Strategy,
) -> anyhow::Result<Rig> {
    let shape = Shape::of(accounts, strategy);
    let mut rig = Rig::start(strategy).await?;
    let company = rig.company(shape).await?;
    rig.extend_all(&company.accounts).await?;
    let began_at = rig.time.now();
    rig.crew.finish().await?;
    check(&rig, shape)?;
    let Some(table) = table else { return Ok(rig) };
    let mut calls = rig.calls.since(0);
    // The first audit has waited for this, and comes right after it.
    let written = calls.iter().rposition(|call| !call.is_look()).map_or(0, |last| last + 1);
    calls.truncate(written);
    let of =
        |bucket| calls.iter().filter(|call| !call.is_look() && call.bucket() == bucket).count();
    let (apps, groups) = (of(Bucket::Apps), of(Bucket::Groups));
    let looks = calls.iter().filter(|call| call.is_look()).count();
    let others = calls.len() - apps - groups - looks;
    let refused = calls.iter().filter(|call| call.status == 429).count();
    // Each audit asks once who we are.
    let audits = calls.iter().filter(|call| call.path == "/api/v1/users/me").count();
    let ended_at = calls.iter().filter_map(|call| call.ended_at).max().unwrap_or(began_at);
    let minutes = ended_at.duration_since(began_at).as_secs_f64() / 60.0;
    let least = bound::of(shape, strategy);
    let people = shape.people_of_account();
    let name = format!("first sync, {}, {accounts} accounts of {people} people", word(strategy));
    let told = |what: &str| format!("{name}: {what}");
    let (narrow, wide) = (told("calls in apps*"), told("calls in groups*"));
    let exactly = Goal::Exactly(1.0);
    table.add(&Line::new(&narrow, count(apps), "").beside(Some(count(least.apps)), exactly));
    let line = Line::new(&wide, count(groups), "");
    if least.groups == 0 {
        table.add(&line.goal(Goal::Exactly(0.0)));
    } else {
        table.add(&line.beside(Some(count(least.groups)), exactly));
    }
    let zero = Goal::Exactly(0.0);
    table.add(&Line::new(&told("other calls"), count(others), "").goal(zero));
    if audits == 0 {
        table.add(&Line::new(&told("looks"), count(looks), "").goal(zero));
    } else {
        // A sync that takes longer than audits may be put off.
        let name = told(&format!("looks of {audits} audits meanwhile"));
        table.add(&Line::new(&name, count(looks), ""));
    }
    table.add(&Line::new(&told("answers 429"), count(refused), "").goal(zero));
    let time = told("Okta's time");
    let beside = Some(least.seconds / 60.0);
    table.add(&Line::new(&time, minutes, "min").beside(beside, Goal::AtMost(1.05)));
    Ok(rig)
}

/// Everybody has their tiles, or nothing that was measured counts.
fn check(rig: &Rig, shape: Shape) -> anyhow::Result<()> {
    let org = rig.okta.org();
    let whole =
        org.apps.values().filter(|app| app.users.len() == shape.people_of_account()).count();
    ensure!(
        org.apps.len() == shape.accounts && whole == shape.accounts,
        "of {} accounts {} became apps, and {whole} of these are seen by their people",
        shape.accounts,
        org.apps.len(),
    );
    Ok(())
}
