//! An audit of a company in which nothing is to be found: how many calls it takes to know that.

use jiff::SignedDuration;
use keytile::sync::audit;
use portal::Strategy;
use portal::okta::limits::Bucket;

use super::rig::Rig;
use super::{count, word};
use crate::table::{Goal, Line, Table};

/// A quiet while, so that every limit has a whole window.
const QUIET: SignedDuration = SignedDuration::from_mins(10);

/// What `performance.md` allows for ten thousand accounts, and so for fewer.
const MOST_CALLS: f64 = 600.0;

pub async fn measure(
    table: &mut Table,
    rig: &mut Rig,
    accounts: usize,
    strategy: Strategy,
) -> anyhow::Result<()> {
    // The first ones read in Okta's log what the first sync did, and learn when each app was changed.
    let calls = loop {
        let before = rig.calls.so_far();
        audit::check_now(&rig.app, &rig.owner).await?;
        rig.crew.finish().await?;
        let calls = rig.calls.since(before);
        if calls.iter().filter(|call| call.bucket() == Bucket::Logs).count() <= 1 {
            break calls;
        }
        rig.rest(QUIET).await?;
    };
    let of = |bucket| calls.iter().filter(|call| call.bucket() == bucket).count();
    let writes = calls.iter().filter(|call| !call.is_look()).count();
    let name = format!(
        "an audit that finds nothing, {}, {accounts} accounts: calls ({} in apps*, {} in the log)",
        word(strategy),
        of(Bucket::Apps),
        of(Bucket::Logs),
    );
    table.add(&Line::new(&name, count(calls.len()), "").goal(Goal::AtMost(MOST_CALLS)));
    let line = Line::new("the same: calls that change something", count(writes), "");
    table.add(&line.goal(Goal::Exactly(0.0)));
    Ok(())
}
