//! An org that answers what a test wrote down, and a client over it whose every request is held to
//! the allow list (T1) and to the order of looks and writes (T2).

use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use jiff::Timestamp;
use portal::okta::allow::{allowed, guarded};
use portal::okta::{Credential, Exchange, OktaPortal, Reply, Sending, Wire};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub const ORIGIN: &str = "https://keytile.example";

/// One answer.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    body: String,
    headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

pub fn answer(status: u16, body: impl ToString) -> Answer {
    Answer { status, body: body.to_string(), headers: Vec::new() }
}

pub fn error(status: u16, code: &str, summary: &str) -> Answer {
    answer(
        status,
        json!({ "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1",
            "errorCauses": [] }),
    )
}

#[derive(Default)]
pub struct Script {
    answers: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Request<Vec<u8>>>>,
}

impl Script {
    /// The requests so far, as they were on the wire.
    pub fn seen(&self) -> Vec<Request<Vec<u8>>> {
        std::mem::take(&mut *self.seen.lock().expect("no poison"))
    }

    pub fn add(&self, answers: Vec<Answer>) {
        self.answers.lock().expect("no poison").extend(answers);
    }
}

impl Wire for Script {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        let next = self.answers.lock().expect("no poison").pop_front();
        let next =
            next.unwrap_or_else(|| panic!("unscripted {} {}", request.method(), request.uri()));
        self.seen.lock().expect("no poison").push(request);
        let headers: HeaderMap = next
            .headers
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("a header value");
                (HeaderName::from_static(name), value)
            })
            .collect();
        let status = StatusCode::from_u16(next.status).expect("a status");
        let reply = Reply { status, headers, body: Ok(next.body.into_bytes()) };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

pub fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a valid instant")
}

/// A client over a script.
pub struct Scripted {
    pub portal: OktaPortal,
    pub script: Arc<Script>,
    sent: Arc<Mutex<Vec<Exchange>>>,
}

impl Scripted {
    pub fn new(credential: Credential, answers: Vec<Answer>) -> Self {
        let script = Arc::new(Script::default());
        script.add(answers);
        let sent: Arc<Mutex<Vec<Exchange>>> = Arc::default();
        let record = Arc::clone(&sent);
        let wire: Arc<dyn Wire> = Arc::<Script>::clone(&script);
        let domain = "https://org.example".parse().expect("a URL");
        let portal = OktaPortal::over(wire, domain, credential, None).with_recorder(Arc::new(
            move |exchange| {
                assert_eq!(allowed(exchange), Ok(()), "T1");
                record.lock().expect("no poison").push(exchange.clone());
            },
        ));
        Self { portal, script, sent }
    }

    pub fn with_token(answers: Vec<Answer>) -> Self {
        Self::new(Credential::Token("t0ken".to_owned().into()), answers)
    }

    /// Requests so far as `METHOD path`, in an order in which they may be sent.
    pub fn sent(&self) -> Vec<String> {
        let sent = self.sent.lock().expect("no poison");
        assert_eq!(guarded(&sent), Ok(()), "T2");
        sent.iter().map(|exchange| format!("{} {}", exchange.method, exchange.path)).collect()
    }

    /// What the recorder was told, as text.
    pub fn told(&self) -> String {
        format!("{:?}", self.sent.lock().expect("no poison"))
    }
}

/// A page of a list.
pub fn list(items: &[Value]) -> Answer {
    answer(200, Value::from(items.to_vec()))
}
