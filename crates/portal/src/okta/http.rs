//! One request to Okta, once: sent, counted, recorded, and read to its end or not at all.
//!
//! What an answer means is `answer.rs`, who asks is `token.rs`, and how a request gets there is `line.rs`. Nothing here
//! repeats a request.

use super::allow::Exchange;
use super::answer::{self, Answer};
use super::credential::{Credential, Session};
use super::limits::{Bucket, Rate, SharedLimits, Slot};
use super::line::{NoAnswer, NoAnswerKind, Reply, Wire};
use super::misconfigured::Misconfigured;
use crate::{Clock, Error};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LINK};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;
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
    pub(crate) body: Body,
    /// The right that this needs, as "cannot …" in a sentence for an admin.
    pub(crate) right: &'static str,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>, right: &'static str) -> Self {
        Self { method: Method::GET, path: path.into(), body: Body::Empty, right }
    }

    pub(crate) fn bucket(&self) -> Bucket {
        Bucket::of(&self.method, &self.path)
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    /// An SVG, as the file of a form.
    Picture(String),
    /// A form with an assertion in it, and what of it may be told.
    Form {
        form: Zeroizing<String>,
        told: Value,
    },
}

impl From<Value> for Body {
    fn from(json: Value) -> Self {
        Self::Json(json)
    }
}

/// Ends the parts of a form; no picture of ours contains it.
const BOUNDARY: &str = "keytile-picture-a9f3c1d27b";

impl Body {
    fn content_type(&self) -> Option<String> {
        match self {
            Self::Empty => None,
            Self::Json(_) => Some("application/json".to_owned()),
            Self::Picture(_) => Some(format!("multipart/form-data; boundary={BOUNDARY}")),
            Self::Form { .. } => Some("application/x-www-form-urlencoded".to_owned()),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::Json(json) => json.to_string().into_bytes(),
            Self::Picture(svg) => format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"logo.svg\"\r\nContent-Type: image/svg+xml\r\n\r\n{svg}\r\n\
                 --{BOUNDARY}--\r\n"
            )
            .into_bytes(),
            Self::Form { form, .. } => form.as_bytes().to_vec(),
        }
    }

    /// What a recorder may see: never an assertion.
    fn told(&self) -> Option<Value> {
        match self {
            Self::Empty => None,
            Self::Json(json) => Some(json.clone()),
            Self::Picture(svg) => Some(json!({ "file": svg })),
            Self::Form { told, .. } => Some(told.clone()),
        }
    }
}

impl NoAnswer {
    /// During a sync, names and certificates fail for a while too: only a private address is final.
    pub(crate) fn into_error(self, call: &Call) -> Error {
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
    let_in: LetIn,
    limits: SharedLimits,
    recorder: Option<Recorder>,
}

/// A credential in use.
pub(crate) enum LetIn {
    Token(Zeroizing<String>),
    Session(Box<Mutex<Session>>),
}

impl Http {
    pub(crate) fn new(
        wire: Arc<dyn Wire>,
        domain: Url,
        credential: Credential,
        limits: SharedLimits,
    ) -> Self {
        let let_in = match credential {
            Credential::Token(token) => LetIn::Token(token),
            Credential::ServiceApp(app) => LetIn::Session(Box::new(Mutex::new(Session::new(app)))),
        };
        Self { wire, domain, let_in, limits, recorder: None }
    }

    pub(crate) fn record_with(&mut self, recorder: Recorder) {
        self.recorder = Some(recorder);
    }

    pub(crate) fn domain(&self) -> &Url {
        &self.domain
    }

    pub(crate) fn let_in(&self) -> &LetIn {
        &self.let_in
    }

    pub(crate) fn limits(&self) -> &SharedLimits {
        &self.limits
    }

    /// A path of the org as a whole URL.
    pub(crate) fn url_of(&self, path: &str) -> String {
        let mut url = self.domain.clone();
        url.set_path(path);
        url.set_query(None);
        url.into()
    }

    /// Sends `call` and reads a good answer. The slot's room is given back when nothing was sent.
    pub(crate) async fn send(
        &self,
        slot: &mut Slot,
        call: &Call,
        now_fn: Clock<'_>,
    ) -> Result<Answer, Error> {
        let headers = self.authorize(call, slot.priority(), now_fn).await?;
        match self.exchange(slot, call, headers, now_fn).await {
            Ok(answer) => {
                if answer.status == StatusCode::UNAUTHORIZED {
                    self.distrust().await;
                }
                answer::judge(answer, call, slot, now_fn()).map_err(|error| self.worded(error))
            }
            Err(no_answer) => Err(no_answer.into_error(call)),
        }
    }

    /// What the answer says of a credential is said of the kind that we have.
    fn worded(&self, error: Error) -> Error {
        match (error, &self.let_in) {
            (Error::Misconfigured { what, request_id }, LetIn::Session(_)) => {
                Error::Misconfigured { what: what.of_service_app(), request_id }
            }
            (error, LetIn::Session(_) | LetIn::Token(_)) => error,
        }
    }

    /// Sends `call` and reads any answer. The slot is settled, except after a 429.
    pub(crate) async fn exchange(
        &self,
        slot: &mut Slot,
        call: &Call,
        headers: HeaderMap,
        now_fn: Clock<'_>,
    ) -> Result<Answer, NoAnswer> {
        debug_assert_eq!(slot.bucket(), call.bucket(), "room is reserved in the call's own bucket");
        let request = self.request(call, headers)?;
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
        let dpop_nonce = text(&headers, "dpop-nonce");
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
        Ok(Answer { status, body, next, rate, request_id, dpop_nonce })
    }

    fn request(&self, call: &Call, headers: HeaderMap) -> Result<Request<Vec<u8>>, NoAnswer> {
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
        if let Some(kind) = call.body.content_type() {
            request = request.header(CONTENT_TYPE, kind);
        }
        if let Some(all) = request.headers_mut() {
            all.extend(headers);
        }
        request.body(call.body.bytes()).map_err(|error| NoAnswer {
            kind: NoAnswerKind::Other,
            was_sent: false,
            detail: error.to_string(),
        })
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
                body_sent: call.body.told(),
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
