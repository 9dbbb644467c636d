//! The wire between Keytile's client and the simulated org: it takes the time that a call takes, and notes each one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use okta_sim::{Door, Sim};
use portal::okta::limits::Bucket;
use portal::okta::{NoAnswer, NoAnswerKind, Reply, Sending, Wire};

use super::time::Time;

/// There and back together are the 1.2 s that the bound allows for a call.
const ONE_WAY: SignedDuration = SignedDuration::from_millis(600);

/// The org remembers so many requests in full before it is told to forget them.
const REMEMBERED: usize = 2_000;

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    pub sent_at: Timestamp,
    /// When its answer was there.
    pub ended_at: Option<Timestamp>,
    pub method: Method,
    pub path: String,
    pub body: String,
    pub status: u16,
}

impl Call {
    /// Which of Okta's limits it counts for.
    pub fn bucket(&self) -> Bucket {
        Bucket::of(&self.method, &self.path)
    }

    /// It changes nothing.
    pub fn is_look(&self) -> bool {
        self.method == Method::GET
    }
}

/// All requests so far, in the order in which they were sent.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    pub fn so_far(&self) -> usize {
        self.lock().len()
    }

    /// Those after the first `so_far`.
    pub fn since(&self, so_far: usize) -> Vec<Call> {
        self.lock().iter().skip(so_far).cloned().collect()
    }

    fn begin(&self, call: Call) -> usize {
        let mut calls = self.lock();
        calls.push(call);
        calls.len() - 1
    }

    fn end(&self, index: usize, at: Timestamp, status: u16) {
        if let Some(call) = self.lock().get_mut(index) {
            call.ended_at = Some(at);
            call.status = status;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker's way to the org.
pub struct Line {
    pub time: Arc<Time>,
    pub okta: Sim,
    pub door: Door,
    pub calls: Calls,
}

impl Wire for Line {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }
}

impl Line {
    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Reply, NoAnswer> {
        let index = self.calls.begin(Call {
            sent_at: self.time.now(),
            ended_at: None,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            body: String::from_utf8_lossy(request.body()).into_owned(),
            status: 0,
        });
        if index.is_multiple_of(REMEMBERED) {
            self.okta.clear_traffic();
        }
        self.time.pass(ONE_WAY).await;
        let answer = self.door.call(request.map(Into::into)).await;
        self.time.pass(ONE_WAY).await;
        let answer = answer.map_err(|lost| NoAnswer {
            kind: NoAnswerKind::Other,
            was_sent: true,
            detail: lost.to_string(),
        })?;
        self.calls.end(index, self.time.now(), answer.status.as_u16());
        let (status, headers) = (answer.status, answer.headers);
        Ok(Reply { status, headers, body: Ok(answer.body.to_vec()) })
    }
}
