//! SQLite's single writer with group commit: changes that wait together are committed together, each in a
//! savepoint of its own, and every answer leaves after the commit that holds it.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle as Runtime;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::sqlite::Connection;
use super::{Error, Inner, Tx};

/// At most this many changes share one commit.
const BATCH: usize = 128;

/// So many changes may wait before the next one has to wait for a place.
const WAITING: usize = 1024;

#[derive(Clone)]
pub(super) struct Handle(mpsc::Sender<Job>);

enum Job {
    Change(Box<dyn Change>),
    Close(oneshot::Sender<()>),
}

/// A change whose types are known only to the one who asked for it.
trait Change: Send {
    /// Runs it, and says whether it wants to be kept and how to tell the asker.
    fn run(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Ran>;
}

struct Ran {
    keep: bool,
    /// Called with whether the commit succeeded.
    answer: Told,
}

type Answer<T, E> = std::result::Result<(T, Vec<Uuid>), E>;

struct Asked<F, T, E> {
    change: F,
    answer: oneshot::Sender<Answer<T, E>>,
}

impl<F, T, E> Change for Asked<F, T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, std::result::Result<T, E>> + Send + 'static,
{
    fn run(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Ran> {
        Box::pin(async move {
            let Asked { change, answer } = *self;
            let outcome = AssertUnwindSafe(change(tx)).catch_unwind().await;
            let topics = std::mem::take(&mut tx.signals);
            let Ok(outcome) = outcome else {
                // The asker sees its channel closed; the panic was reported where it happened.
                return Ran { keep: false, answer: Box::new(|_| ()) };
            };
            Ran {
                keep: outcome.is_ok(),
                answer: Box::new(move |committed| {
                    let outcome = match outcome {
                        Ok(_) if !committed => Err(Error::Interrupted.into()),
                        other => other.map(|value| (value, topics)),
                    };
                    let _ = answer.send(outcome);
                }),
            }
        })
    }
}

impl Handle {
    pub(super) async fn run<T, E, F>(&self, change: F) -> Answer<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, std::result::Result<T, E>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Job::Change(Box::new(Asked { change, answer }));
        self.0.send(job).await.map_err(|_| Error::Interrupted)?;
        answered.await.unwrap_or_else(|_| Err(Error::Interrupted.into()))
    }

    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Job::Close(answer)).await.is_ok() {
            let _ = answered.await;
        }
    }
}

/// The writer has a thread of its own, so that nobody else waits while a commit reaches the disk.
pub(super) fn spawn_thread(connection: Connection) -> Handle {
    let (sender, receiver) = mpsc::channel(WAITING);
    let runtime = Runtime::current();
    std::thread::Builder::new()
        .name("writer".into())
        .spawn(move || {
            let threads = Threads { pause: std::thread::yield_now, answer: answer_together };
            runtime.block_on(work(connection, receiver, threads));
        })
        .expect("the system has room for one more thread");
    Handle(sender)
}

/// The writer as a task of the present runtime: with one thread there, changes follow each other in one order only.
pub(super) fn spawn_task(connection: Connection) -> Handle {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(work(connection, receiver, Threads { pause: || (), answer: answer_each }));
    Handle(sender)
}

/// How the writer gets along with those who ask, who may run on other threads.
#[derive(Clone, Copy)]
struct Threads {
    /// Lets whoever is about to ask come first.
    pause: fn(),
    /// Tells the askers whether the commit succeeded.
    answer: fn(Vec<Told>, bool),
}

type Told = Box<dyn FnOnce(bool) + Send>;

fn answer_each(answers: Vec<Told>, committed: bool) {
    for answer in answers {
        answer(committed);
    }
}

/// By a task of theirs, so that one thread is woken once rather than each for itself.
fn answer_together(answers: Vec<Told>, committed: bool) {
    if answers.len() == 1 {
        answer_each(answers, committed);
    } else {
        tokio::spawn(async move { answer_each(answers, committed) });
    }
}

async fn work(connection: Connection, mut jobs: mpsc::Receiver<Job>, threads: Threads) {
    let mut tx = Tx { inner: Inner::SqliteWriter(connection), signals: Vec::new(), statements: 0 };
    let mut waiting = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut waiting, BATCH).await > 0 {
        gather(&mut jobs, &mut waiting, threads.pause);
        let mut changes = Vec::with_capacity(waiting.len());
        let mut closing = None;
        for job in waiting.drain(..) {
            match job {
                Job::Change(change) => changes.push(change),
                Job::Close(answer) => closing = Some(answer),
            }
        }
        if !changes.is_empty() {
            commit_together(&mut tx, changes, threads.answer).await;
        }
        if let Some(answer) = closing {
            drop(tx);
            let _ = answer.send(());
            return;
        }
    }
}

/// Takes what else has come by now, for as long as more comes: a commit costs the same for many changes as for one.
fn gather(jobs: &mut mpsc::Receiver<Job>, waiting: &mut Vec<Job>, pause: fn()) {
    loop {
        let before = waiting.len();
        pause();
        while waiting.len() < BATCH
            && let Ok(job) = jobs.try_recv()
        {
            waiting.push(job);
        }
        if waiting.len() == before {
            return;
        }
    }
}

async fn commit_together(tx: &mut Tx, changes: Vec<Box<dyn Change>>, answer: fn(Vec<Told>, bool)) {
    let alone = changes.len() == 1;
    if let Err(error) = tx.execute("BEGIN IMMEDIATE", &[]).await {
        // Dropping the changes closes their channels: each asker learns that it was interrupted.
        tracing::error!(%error, "could not begin a transaction");
        return;
    }
    let mut answers = Vec::with_capacity(changes.len());
    let mut sound = true;
    for (index, change) in changes.into_iter().enumerate() {
        if index > 0 {
            // What the changes before this one keep is out of reach of its rollback.
            sound &= tx.execute("RELEASE change", &[]).await.is_ok();
        }
        if !alone {
            sound &= tx.execute("SAVEPOINT change", &[]).await.is_ok();
        }
        let ran = change.run(tx).await;
        if !ran.keep && alone {
            sound = rollback(tx, "ROLLBACK").await;
            (ran.answer)(sound);
            return;
        }
        if !ran.keep {
            sound &= rollback(tx, "ROLLBACK TO change").await;
        }
        answers.push(ran.answer);
    }
    let committed = sound && tx.execute("COMMIT", &[]).await.inspect_err(report).is_ok();
    if !committed {
        rollback(tx, "ROLLBACK").await;
    }
    answer(answers, committed);
}

async fn rollback(tx: &mut Tx, statement: &'static str) -> bool {
    tx.execute(statement, &[]).await.inspect_err(report).is_ok()
}

fn report(error: &Error) {
    tracing::error!(%error, "the database refused to end a transaction");
}
