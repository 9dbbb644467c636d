//! The runner of jobs: it looks for what is left to do, does it account by account, and waits to be woken. All that it
//! knows is in the database.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::{Counts, Job, Kind, item, store};
use crate::actor::By;
use crate::app::App;
use crate::error::Result;
use crate::sync::notify;
use crate::ui;

/// Accounts of one job before the next job has its turn.
const PART: i64 = 50;
/// While the portal follows, and whatever wake-up was missed.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
/// However much is committed elsewhere, jobs are not looked at more often than this.
const PACE: Duration = Duration::from_millis(500);
/// A job that nobody has begun is let go of after this.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Runs jobs until `shutdown` turns true.
pub async fn run(app: App, mut shutdown: watch::Receiver<bool>) {
    let mut signals = app.db.signals();
    loop {
        let wait = async {
            loop {
                match turn(&app).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::error!(%error, "a turn of the jobs failed; the next comes soon");
                        break;
                    }
                }
            }
            tokio::time::sleep(PACE).await;
            let woken = tokio::time::timeout(LOOKS_EVERY, signals.recv()).await;
            signals = signals.resubscribe();
            matches!(woken, Ok(Err(RecvError::Closed)))
        };
        tokio::select! {
            is_over = wait => if is_over { return },
            _ = shutdown.wait_for(|over| *over) => return,
        }
    }
}

/// Does a part of every open job, and tells whether there is more that can be done now.
///
/// # Errors
/// A failure of the database. What was not done waits for the next turn.
pub async fn turn(app: &App) -> Result<bool> {
    let mut tx = app.db.read().await?;
    let jobs = store::open(&mut tx).await?;
    let forgotten = store::forgotten(&mut tx, app.now() - FORGOTTEN_AFTER).await?;
    drop(tx);
    for (id, workspace) in forgotten {
        app.db
            .write::<_, crate::Error, _>(workspace, move |tx| {
                Box::pin(async move { Ok(store::delete(tx, id).await?) })
            })
            .await?;
    }
    let mut is_more = false;
    for job in jobs {
        let accounts = store::next(&mut app.db.read().await?, job.id, PART).await?;
        for account in &accounts {
            item::attend(app, &job, *account).await?;
        }
        is_more |= !accounts.is_empty();
        follow(app, &job).await?;
    }
    Ok(is_more)
}

/// Notes whose tiles have come to rest, and ends the job with the last of them.
async fn follow(app: &App, job: &Job) -> Result<()> {
    let (job, mut by) = (job.clone(), By::process(app, job.workspace, "system"));
    let before = store::counts(&mut app.db.read().await?, job.id).await?;
    if before.asked == 0 && before.waiting > 0 {
        return Ok(());
    }
    app.db
        .write(job.workspace, move |tx| {
            Box::pin(async move {
                if store::settle(tx, job.id, by.now).await? > 0 {
                    tx.signal(job.id);
                }
                let counts = store::counts(tx, job.id).await?;
                if counts.waiting + counts.asked > 0 || !store::finish(tx, job.id, by.now).await? {
                    return Ok(());
                }
                tx.signal(job.id);
                let kind = if counts.failed > 0 { "failed" } else { "good" };
                let link = format!("/jobs/{}", job.id);
                notify(tx, &mut by, job.member, kind, &outcome(&job, counts), &link).await
            })
        })
        .await
}

/// What whoever asked is told at the end.
fn outcome(job: &Job, counts: Counts) -> String {
    let accounts = |n: i64| ui::counted(n, "account", "accounts");
    let done = match job.kind {
        Kind::Extend => format!("{} extended to Okta", accounts(counts.done)),
        Kind::Sync => format!("{} in sync with Okta", accounts(counts.done)),
        Kind::Remove => format!("{} removed from Okta", accounts(counts.done)),
    };
    match counts.failed {
        0 => format!("All done: {done}."),
        failed => {
            format!("{done}, and {} a look.", ui::counted(failed, "account needs", "accounts need"))
        }
    }
}
