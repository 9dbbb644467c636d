//! SQL of jobs.

use std::collections::BTreeSet;

use model::access::Actor;
use model::{AccountId, JobId, MemberId, Timestamp, WorkspaceId};

use super::{Job, Kind};
use crate::actor::By;
use crate::db::{Result, Row, Tx};
use crate::values;

/// How far one account of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its turn is still to come.
    Waiting,
    /// It was asked for; the portal follows.
    Asked,
    /// It is as it was asked for.
    Done,
    /// It was refused, or something stands in the way.
    Failed,
}

impl State {
    const ALL: [Self; 4] = [Self::Waiting, Self::Asked, Self::Done, Self::Failed];

    /// The state as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Asked => "asked",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state that is stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// How many accounts of a job are how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Their turn is still to come.
    pub waiting: i64,
    /// The portal follows.
    pub asked: i64,
    /// As it was asked for.
    pub done: i64,
    /// Refused, or stuck.
    pub failed: i64,
}

/// One account of a job.
#[derive(Debug, Clone)]
pub struct Item {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: State,
    /// Why it failed.
    pub problem: Option<String>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    by: &mut By,
    kind: Kind,
    accounts: &BTreeSet<AccountId>,
) -> Result<JobId> {
    let id = JobId::new(by.now, &mut by.rng);
    let total = i64::try_from(accounts.len()).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO job (id, workspace_id, member_id, kind, total, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        values![id, by.workspace, by.member, kind.code(), total, by.now],
    )
    .await?;
    for account in accounts {
        tx.execute(
            "INSERT INTO job_item (job_id, workspace_id, account_id, state) VALUES ($1, $2, $3, 'waiting')",
            values![id, by.workspace, *account],
        )
        .await?;
    }
    Ok(id)
}

pub(super) async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    id: JobId,
) -> Result<Option<Job>> {
    let row = tx
        .optional(
            "SELECT id, workspace_id, member_id, kind, total, created_at, started_at, done_at
             FROM job WHERE workspace_id = $1 AND member_id = $2 AND id = $3",
            values![workspace, member, id],
        )
        .await?;
    row.as_ref().map(job).transpose()
}

/// A person's jobs, the newest first.
pub(super) async fn list(
    tx: &mut Tx,
    actor: &Actor,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<Job>> {
    let rows = tx
        .all(
            "SELECT id, workspace_id, member_id, kind, total, created_at, started_at, done_at
             FROM job WHERE workspace_id = $1 AND member_id = $2 AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
            values![actor.workspace, actor.member, before, limit],
        )
        .await?;
    rows.iter().map(job).collect()
}

pub(super) async fn under_way(tx: &mut Tx, actor: &Actor) -> Result<Vec<Job>> {
    let rows = tx
        .all(
            "SELECT id, workspace_id, member_id, kind, total, created_at, started_at, done_at
             FROM job WHERE workspace_id = $1 AND member_id = $2 AND started_at IS NOT NULL AND done_at IS NULL
             ORDER BY id DESC LIMIT 5",
            values![actor.workspace, actor.member],
        )
        .await?;
    rows.iter().map(job).collect()
}

/// Every job that has begun and is not done, the oldest first.
pub(super) async fn open(tx: &mut Tx) -> Result<Vec<Job>> {
    let rows = tx
        .all(
            "SELECT id, workspace_id, member_id, kind, total, created_at, started_at, done_at
             FROM job WHERE done_at IS NULL AND started_at IS NOT NULL ORDER BY id LIMIT 100",
            values![],
        )
        .await?;
    rows.iter().map(job).collect()
}

pub(super) async fn start(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE job SET started_at = $2 WHERE id = $1", values![id, now]).await?;
    Ok(())
}

/// The failed ones wait again; answers how many there are.
pub(super) async fn retry(tx: &mut Tx, id: JobId) -> Result<u64> {
    let again = tx
        .execute(
            "UPDATE job_item SET state = 'waiting', problem = NULL WHERE job_id = $1 AND state = 'failed'",
            values![id],
        )
        .await?;
    if again > 0 {
        tx.execute("UPDATE job SET done_at = NULL WHERE id = $1", values![id]).await?;
    }
    Ok(again)
}

pub(super) async fn delete(tx: &mut Tx, id: JobId) -> Result<()> {
    tx.execute("DELETE FROM job_item WHERE job_id = $1", values![id]).await?;
    tx.execute("DELETE FROM job WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Jobs that nobody has begun since `before`.
pub(super) async fn forgotten(tx: &mut Tx, before: Timestamp) -> Result<Vec<(JobId, WorkspaceId)>> {
    let rows = tx
        .all(
            "SELECT id, workspace_id FROM job WHERE done_at IS NULL AND started_at IS NULL AND created_at < $1 LIMIT 20",
            values![before],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.id("workspace_id")?))).collect()
}

pub(super) async fn counts(tx: &mut Tx, id: JobId) -> Result<Counts> {
    let rows = tx
        .all(
            "SELECT state, COUNT(*) AS n FROM job_item WHERE job_id = $1 GROUP BY state",
            values![id],
        )
        .await?;
    let mut counts = Counts::default();
    for row in &rows {
        let n = row.int("n")?;
        match row.code("state", State::from_code)? {
            State::Waiting => counts.waiting = n,
            State::Asked => counts.asked = n,
            State::Done => counts.done = n,
            State::Failed => counts.failed = n,
        }
    }
    Ok(counts)
}

pub(super) async fn items(
    tx: &mut Tx,
    id: JobId,
    state: Option<State>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Item>> {
    let rows = tx
        .all(
            "SELECT i.account_id, i.state, i.problem, a.name FROM job_item i JOIN account a ON a.id = i.account_id
             WHERE i.job_id = $1 AND ($2 IS NULL OR i.state = $2) AND ($3 IS NULL OR i.account_id > $3)
             ORDER BY i.account_id LIMIT $4",
            values![id, state.map(State::code), after, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Item {
                account: row.id("account_id")?,
                name: row.text("name")?,
                state: row.code("state", State::from_code)?,
                problem: row.opt_text("problem")?,
            })
        })
        .collect()
}

/// The accounts of a job that are extended now.
pub(super) async fn extended(tx: &mut Tx, id: JobId) -> Result<Vec<AccountId>> {
    let rows = tx
        .all(
            "SELECT i.account_id FROM job_item i JOIN tile t ON t.account_id = i.account_id AND t.ended_at IS NULL
             WHERE i.job_id = $1 AND i.state IN ('waiting', 'failed') ORDER BY i.account_id",
            values![id],
        )
        .await?;
    rows.iter().map(|row| row.id("account_id")).collect()
}

/// The accounts whose turn comes next.
pub(super) async fn next(tx: &mut Tx, id: JobId, limit: i64) -> Result<Vec<AccountId>> {
    let rows = tx
        .all(
            "SELECT account_id FROM job_item WHERE job_id = $1 AND state = 'waiting' ORDER BY account_id LIMIT $2",
            values![id, limit],
        )
        .await?;
    rows.iter().map(|row| row.id("account_id")).collect()
}

/// Notes what became of an account that was still waiting, and tells whether it was: nothing is done twice.
pub(super) async fn decide(
    tx: &mut Tx,
    id: JobId,
    account: AccountId,
    state: State,
    problem: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE job_item SET state = $3, problem = $4, decided_at = $5
             WHERE job_id = $1 AND account_id = $2 AND state = 'waiting'",
            values![id, account, state.code(), problem, now],
        )
        .await?;
    Ok(touched > 0)
}

/// Those whose tiles have come to rest: the portal has followed, or cannot without a person.
pub(super) async fn settle(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<u64> {
    let failed = tx
        .execute(
            "UPDATE job_item SET state = 'failed', decided_at = $2, problem = (
                 SELECT MAX(t.problem_detail) FROM tile t
                 WHERE t.account_id = job_item.account_id AND t.gone_at IS NULL AND t.problem IS NOT NULL)
             WHERE job_id = $1 AND state = 'asked' AND EXISTS (
                 SELECT 1 FROM tile t
                 WHERE t.account_id = job_item.account_id AND t.gone_at IS NULL AND t.problem IS NOT NULL
                   AND (t.due_at IS NULL OR t.due_at > $2))",
            values![id, now],
        )
        .await?;
    let done = tx
        .execute(
            "UPDATE job_item SET state = 'done', decided_at = $2
             WHERE job_id = $1 AND state = 'asked' AND NOT EXISTS (
                 SELECT 1 FROM tile t
                 WHERE t.account_id = job_item.account_id AND t.gone_at IS NULL AND t.settled < t.marked)",
            values![id, now],
        )
        .await?;
    Ok(failed + done)
}

/// Nothing is left to do, and whoever asked has not been told.
pub(super) async fn finish(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<bool> {
    let touched = tx
        .execute("UPDATE job SET done_at = $2 WHERE id = $1 AND done_at IS NULL", values![id, now])
        .await?;
    Ok(touched > 0)
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        member: row.id("member_id")?,
        kind: row.code("kind", Kind::from_code)?,
        total: row.int("total")?,
        created_at: row.at("created_at")?,
        started_at: row.opt_at("started_at")?,
        done_at: row.opt_at("done_at")?,
    })
}
