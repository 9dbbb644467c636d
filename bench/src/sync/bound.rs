//! The least that any design needs under Okta's limits, by the arithmetic of `okta_bound.py`: fixed windows of a minute,
//! a token's half of each bucket of a Workforce org, calls of 1.2 s, ten at a time. The slowest bucket rules.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use portal::Strategy;

use super::people::Shape;
use super::{count, word};

/// What one token may call in a minute.
const APPS: usize = 50;
const GROUPS: usize = 250;

const AT_ONCE: usize = 10;
const CALL_SECONDS: f64 = 1.2;

/// Calls, and how long they take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    pub apps: usize,
    pub groups: usize,
    pub seconds: f64,
}

/// The bound of a first sync.
pub fn of(shape: Shape, strategy: Strategy) -> Bound {
    let people = shape.people_of_account();
    let (apps, groups) = match strategy {
        Strategy::Individual | Strategy::Existing => (shape.accounts * (1 + people), 0),
        Strategy::Audience => (shape.accounts * 2, shape.audiences * (1 + people)),
    };
    Bound { apps, groups, seconds: seconds(apps, APPS).max(seconds(groups, GROUPS)) }
}

/// Whole windows pass until the last one, in which the rest leaves as fast as calls can.
fn seconds(calls: usize, limit: usize) -> f64 {
    if calls == 0 {
        return 0.0;
    }
    let full = calls.div_ceil(limit) - 1;
    let last = calls - full * limit;
    count(full) * 60.0 + count(last.div_ceil(AT_ONCE)) * CALL_SECONDS
}

/// Makes sure that this arithmetic is that of the script, where the script is here.
pub fn agree(script: &Path, accounts: &[usize]) -> anyhow::Result<()> {
    if !script.is_file() {
        return Ok(());
    }
    for (accounts, strategy) in accounts.iter().flat_map(|n| super::STRATEGIES.map(|s| (*n, s))) {
        let shape = Shape::of(accounts, strategy);
        let (ours, theirs) = (of(shape, strategy), told(script, shape, strategy)?);
        let is_same = ours.apps == theirs.apps && ours.groups == theirs.groups;
        // The script rounds to a tenth.
        let is_as_long = (ours.seconds - theirs.seconds).abs() < 0.06;
        ensure!(
            is_same && is_as_long,
            "okta_bound.py says {theirs:?} of {accounts} accounts, not {ours:?}"
        );
    }
    Ok(())
}

fn told(script: &Path, shape: Shape, strategy: Strategy) -> anyhow::Result<Bound> {
    #[expect(clippy::cast_precision_loss, reason = "at most some thousands")]
    let distinct = shape.audiences as f64 / shape.accounts as f64;
    let output = Command::new("python3")
        .arg(script)
        .args(["--accounts", &shape.accounts.to_string(), "--direct", &shape.direct.to_string()])
        .args(["--groups", &shape.by_team.to_string(), "--team-size", &shape.team_size.to_string()])
        .args(["--distinct", &distinct.to_string(), "--tier", "workforce", "--json"])
        .output()
        .context("run okta_bound.py")?;
    ensure!(output.status.success(), "okta_bound.py ended with {}", output.status);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let told = &told[word(strategy)];
    let calls = |bucket: &str| told["calls"][bucket].as_u64().and_then(|n| usize::try_from(n).ok());
    Ok(Bound {
        apps: calls("apps*").context("read the calls")?,
        groups: calls("groups*").unwrap_or(0),
        seconds: told["wall_s"].as_f64().context("read the time")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_whole_windows_and_the_rest() {
        // 200 calls: three whole windows, and fifty calls in five rounds.
        assert!((seconds(200, APPS) - 186.0).abs() < 1e-9);
        assert!((seconds(51, APPS) - 61.2).abs() < 1e-9);
        assert!(seconds(0, APPS).abs() < 1e-9);
    }

    #[test]
    fn a_tile_costs_two_calls_through_groups_and_one_for_each_person_without() {
        let audience = of(Shape::of(100, Strategy::Audience), Strategy::Audience);
        assert_eq!((audience.apps, audience.groups), (200, 5 * 26));
        let individual = of(Shape::of(100, Strategy::Individual), Strategy::Individual);
        assert_eq!((individual.apps, individual.groups), (2_600, 0));
    }
}
