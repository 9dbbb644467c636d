//! The way in without a network: one request, and everything that came back or how far it came.
//! Nothing here depends on a runtime's timers, threads or sockets, so a run repeats exactly.

use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use futures_util::StreamExt as _;
use http::{HeaderMap, Request, StatusCode};
use jiff::SignedDuration;
use thiserror::Error;
use tower::ServiceExt as _;

use crate::Sim;
use crate::api::Broken;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// How much of the org's time it took: nothing, unless a fault took its time. A client of
    /// little patience would have given up by then, although the work is done.
    pub took: SignedDuration,
}

/// The connection broke.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Lost {
    /// Before a byte of an answer came. The work may be done or not.
    #[error("the connection broke before an answer came")]
    BeforeAnAnswer { took: SignedDuration },
    /// In the middle of an answer.
    #[error("the connection broke after {} bytes of an answer {status}", body.len())]
    InTheMiddle { status: StatusCode, headers: HeaderMap, body: Bytes, took: SignedDuration },
}

/// A door to an org. Cheap to clone, and cheaper to keep than to make.
#[derive(Clone)]
pub struct Door {
    sim: Sim,
    router: Router,
}

impl Sim {
    /// A way in without a network, to everything that the org serves.
    pub fn door(&self) -> Door {
        Door { sim: self.clone(), router: self.router() }
    }

    /// One request through a door that is made for it.
    pub async fn call(&self, request: Request<Bytes>) -> Result<Reply, Lost> {
        self.door().call(request).await
    }
}

impl Door {
    /// Sends one request and reads the answer to its end.
    pub async fn call(&self, request: Request<Bytes>) -> Result<Reply, Lost> {
        let sent_at = self.sim.now();
        let response = match self.router.clone().oneshot(request.map(Body::from)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        if parts.extensions.get::<Broken>().is_some() {
            let took = self.sim.now().duration_since(sent_at);
            return Err(Lost::BeforeAnAnswer { took });
        }
        let (status, headers) = (parts.status, parts.headers);
        let (body, broke) = read(body).await;
        let took = self.sim.now().duration_since(sent_at);
        if broke {
            return Err(Lost::InTheMiddle { status, headers, body, took });
        }
        Ok(Reply { status, headers, body, took })
    }
}

/// All bytes that came, and whether more should have.
async fn read(body: Body) -> (Bytes, bool) {
    let mut stream = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => whole.extend_from_slice(&chunk),
            Err(_) => return (whole.into(), true),
        }
    }
    (whole.into(), false)
}
