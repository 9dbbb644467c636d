//! One request to Okta, once: sent, counted, recorded, and read to its end or not at all.
//!
//! What an answer means is `answer.rs`, and how a request gets there is `line.rs`. Nothing here
//! repeats a request.

use super::allow::Exchange;
use super::answer::{self, Answer};
use super::credential::Credential;
use super::limits::{Bucket, Rate, Slot};
use super::line::{NoAnswer, NoAnswerKind, Reply, Wire};
use super::misconfigured::Misconfigured;
use crate::{Clock, Error};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LINK};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// Is told of every request that was sent.
pub type Recorder = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// What to send.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// The right that this needs, as "cannot …" in a sentence for an admin.
    pub(crate) right: &'static str,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>, right: &'static str) -> Self {
        Self { method: Method::GET, path: path.into(), body: None, right }
    }

    pub(crate) fn bucket(&self) -> Bucket {
        Bucket::of(&self.method, &self.path)
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl NoAnswer {
    /// During a sync, names and certificates fail for a while too: only a private address is final.
    fn into_error(self, call: &Call) -> Error {
        match self.kind {
            NoAnswerKind::PrivateAddress => Error::misconfigured(Misconfigured::PrivateAddress),
            NoAnswerKind::NoSuchHost | NoAnswerKind::Tls | NoAnswerKind::Other => {
                Error::Unavailable {
                    detail: format!("{} {}: {}", call.method, call.path, self.detail),
                    unknown_outcome: self.was_sent && call.is_write(),
                }
            }
        }
    }

    /// While an admin sets the connection up, a bad name or certificate is what to put right.
    pub(crate) fn into_setup_error(self, call: &Call) -> Error {
        match self.kind {
            NoAnswerKind::NoSuchHost => Error::misconfigured(Misconfigured::NoSuchHost),
            NoAnswerKind::Tls => Error::misconfigured(Misconfigured::Tls),
            NoAnswerKind::PrivateAddress | NoAnswerKind::Other => self.into_error(call),
        }
    }
}

pub(crate) struct Http {
    wire: Arc<dyn Wire>,
    domain: Url,
    credential: Credential,
    recorder: Option<Recorder>,
}

impl Http {
    pub(crate) fn new(wire: Arc<dyn Wire>, domain: Url, credential: Credential) -> Self {
        Self { wire, domain, credential, recorder: None }
    }

    pub(crate) fn record_with(&mut self, recorder: Recorder) {
        self.recorder = Some(recorder);
    }

    pub(crate) fn domain(&self) -> &Url {
        &self.domain
    }

    /// Sends `call` and reads a good answer.
    pub(crate) async fn send(
        &self,
        slot: &mut Slot,
        call: &Call,
        now_fn: Clock<'_>,
    ) -> Result<Answer, Error> {
        match self.exchange(slot, call, now_fn).await {
            Ok(answer) => answer::judge(answer, call, slot, now_fn()),
            Err(no_answer) => Err(no_answer.into_error(call)),
        }
    }

    /// Sends `call` and reads any answer. The slot is settled, except after a 429.
    pub(crate) async fn exchange(
        &self,
        slot: &mut Slot,
        call: &Call,
        now_fn: Clock<'_>,
    ) -> Result<Answer, NoAnswer> {
        debug_assert_eq!(slot.bucket(), call.bucket(), "room is reserved in the call's own bucket");
        let request = self.request(call)?;
        slot.sent(now_fn());
        let reply = match self.wire.send(request).await {
            Ok(reply) => reply,
            Err(no_answer) => {
                if no_answer.was_sent {
                    slot.lost(now_fn());
                } else {
                    slot.unsent(now_fn());
                }
                self.record(call, None, None);
                return Err(no_answer);
            }
        };
        let Reply { status, headers, body } = reply;
        let rate = Rate::from_headers(&headers);
        let request_id = text(&headers, "x-okta-request-id");
        let next = next_link(&headers);
        if status != StatusCode::TOO_MANY_REQUESTS {
            slot.answered(rate, now_fn());
        }
        self.record(call, Some(status), request_id.clone());
        let body = match body {
            Ok(body) => body,
            // The status alone is enough to know that a 429 did nothing.
            Err(_) if status == StatusCode::TOO_MANY_REQUESTS => Vec::new(),
            Err(detail) => {
                return Err(NoAnswer { kind: NoAnswerKind::Other, was_sent: true, detail });
            }
        };
        Ok(Answer { status, body, next, rate, request_id })
    }

    fn request(&self, call: &Call) -> Result<Request<Vec<u8>>, NoAnswer> {
        let mut url = self.domain.clone();
        let (path, query) = match call.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.path.as_str(), None),
        };
        url.set_path(path);
        url.set_query(query);
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(url.as_str())
            .header(ACCEPT, "application/json");
        // The organisation's description is public: who only asks for it needs no token.
        if call.bucket() != Bucket::Public {
            request = request.header(AUTHORIZATION, self.authorization());
        }
        let body = match &call.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        request.body(body).map_err(|error| NoAnswer {
            kind: NoAnswerKind::Other,
            was_sent: false,
            detail: error.to_string(),
        })
    }

    fn authorization(&self) -> HeaderValue {
        let Credential::Token(token) = &self.credential;
        let text = Zeroizing::new(format!("SSWS {}", **token));
        // A token that is no header value is refused by Okta like any other wrong token.
        let mut value =
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("SSWS ?"));
        value.set_sensitive(true);
        value
    }

    fn record(&self, call: &Call, status: Option<StatusCode>, request_id: Option<String>) {
        let status = status.map(|status| status.as_u16());
        tracing::debug!(method = %call.method, path = %call.path, status, request_id, "called Okta");
        if let Some(recorder) = &self.recorder {
            recorder(&Exchange {
                method: call.method.to_string(),
                path: call.path.clone(),
                status,
                request_id,
                body_sent: call.body.clone(),
            });
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The `rel="next"` of RFC 8288 links, which Okta sends as one header line each.
fn next_link(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|line| line.to_str().ok()).find_map(|line| {
        line.split(", ").find_map(|link| {
            let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            parameters.contains(r#"rel="next""#).then(|| target.to_owned())
        })
    })
}
