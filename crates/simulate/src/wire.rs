//! The network between the real client and the simulated org: a request takes time, may be killed on its way there or
//! back, and every one of them is watched.

use std::sync::Arc;
use std::task::Poll;

use http::Request;
use jiff::SignedDuration;
use okta_sim::{Door, Lost};
use portal::okta::{NoAnswer, NoAnswerKind, Reply, Sending, Wire};
use rand::Rng as _;

use crate::stage::Stage;
use crate::watch::{Call, Watch};

/// The client's patience (security.md 3.3, 9): later answers are not waited for.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// One worker's line to the org.
pub struct SimWire {
    /// Which worker's it is.
    pub worker: usize,
    pub stage: Arc<Stage>,
    pub watch: Arc<Watch>,
    pub door: Door,
}

impl Wire for SimWire {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }
}

impl SimWire {
    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Reply, NoAnswer> {
        let call = Call::read(self.worker, self.stage.now(), &request);
        self.watch.sent(&call).await;
        let (there, back, millis, unreachable) = self.stage.draw(|rng| {
            let is_unreachable = self.watch.has_faults() && rng.random_ratio(1, 100);
            (
                rng.random_range(0..3),
                rng.random_range(0..3),
                rng.random_range(40..400),
                is_unreachable,
            )
        });
        rest(there).await;
        if unreachable {
            self.stage.count("fault: unreachable");
            return Err(no_answer(false, "the network is unreachable"));
        }
        self.watch.arrived(&call);
        let answer = self.door.call(request.map(Into::into)).await;
        self.stage.advance(SignedDuration::from_millis(millis));
        let status = answer.as_ref().ok().map(|reply| reply.status.as_u16());
        self.watch.done(&call, status, || made(&answer));
        rest(back).await;
        read(answer)
    }
}

/// The id of what was made, where the answer tells.
fn made(answer: &Result<okta_sim::Reply, Lost>) -> Option<String> {
    let reply = answer.as_ref().ok().filter(|reply| reply.status.is_success())?;
    let body: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    body["id"].as_str().map(str::to_owned)
}

/// What a client makes of it.
fn read(answer: Result<okta_sim::Reply, Lost>) -> Result<Reply, NoAnswer> {
    match answer {
        Ok(reply) if reply.took <= PATIENCE => Ok(Reply {
            status: reply.status,
            headers: reply.headers,
            body: Ok(reply.body.to_vec()),
        }),
        Err(Lost::InTheMiddle { status, headers, took, .. }) if took <= PATIENCE => {
            Ok(Reply { status, headers, body: Err("the connection broke".to_owned()) })
        }
        Ok(_) | Err(Lost::InTheMiddle { .. }) => Err(no_answer(true, "no answer within 30 s")),
        Err(lost @ Lost::BeforeAnAnswer { .. }) => Err(no_answer(true, &lost.to_string())),
    }
}

fn no_answer(was_sent: bool, detail: &str) -> NoAnswer {
    NoAnswer { kind: NoAnswerKind::Other, was_sent, detail: detail.to_owned() }
}

/// Gives way so many times: where a turn may be killed, and where others may come in between.
async fn rest(times: u32) {
    for _ in 0..times {
        let mut has_rested = false;
        std::future::poll_fn(|cx| {
            if has_rested {
                return Poll::Ready(());
            }
            has_rested = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
