//! One SCIM call as Okta's client puts it on the wire: headers, time limit, and what it does when
//! the other side says "too many requests". What to send is decided in `users.rs` and `groups.rs`.

use std::time::Duration;

use http::{Method, StatusCode, header};
use serde_json::Value;

use super::Failure;
use crate::Sim;
use crate::org::{PushCall, ScimConnection};

/// Okta gives up on an answer after a minute (Okta, "SCIM FAQs").
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// Where `Retry-After` is missing or a date, Okta waits five minutes.
const DEFAULT_WAIT_SECONDS: u64 = 300;
const MAX_ATTEMPTS: u32 = 10;
/// As much of an answer as is written down.
const ANSWER_KEPT: usize = 4000;

/// What came back: an answer with a body, or one without.
pub type Answer = Result<Option<Value>, Failure>;

/// The connections to SCIM services, kept open between calls.
#[expect(
    clippy::disallowed_methods,
    reason = "the guarded client is the product's; the simulated org has to reach it on localhost"
)]
pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .user_agent("Okta SCIM Client 1.0.0")
        .timeout(ANSWER_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("no TLS settings of ours that could be refused")
}

/// One SCIM service. Every call to it is written down with the app.
pub struct Wire {
    http: reqwest::Client,
    sim: Sim,
    app: String,
    base_url: String,
    token: String,
}

impl Wire {
    /// The base URL is the one an admin types into the provisioning tab: `https://…/scim/v2`.
    pub fn new(http: reqwest::Client, sim: Sim, app: &str, scim: &ScimConnection) -> Self {
        let base_url = scim.base_url.trim_end_matches('/').to_owned();
        Self { http, sim, app: app.to_owned(), base_url, token: scim.bearer_token.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// Only 429 is tried again: every other refusal becomes a failed task at once.
    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let name = format!("{method} {path}");
        let failed = |status: Option<StatusCode>, detail: String| Failure {
            call: name.clone(),
            status: status.map(|status| status.as_u16()),
            detail,
        };
        let mut attempt = 1;
        loop {
            let sent = self.request(method.clone(), path, body).send().await;
            let answer = sent.map_err(|error| {
                let problem = format!("no answer: {error}");
                self.note(&method, path, body, None, &problem);
                failed(None, problem)
            })?;
            let status = answer.status();
            if status == StatusCode::TOO_MANY_REQUESTS && attempt < MAX_ATTEMPTS {
                self.note(&method, path, body, Some(status), "it waits, and tries again");
                let wait = wait_seconds(answer.headers().get(header::RETRY_AFTER), attempt);
                tokio::time::sleep(Duration::from_secs(wait)).await;
                attempt += 1;
                continue;
            }
            let text = answer
                .text()
                .await
                .map_err(|error| failed(Some(status), format!("the answer broke off: {error}")))?;
            self.note(&method, path, body, Some(status), &text);
            if !status.is_success() {
                return Err(failed(Some(status), scim_detail(&text)));
            }
            if text.is_empty() {
                return Ok(None);
            }
            return serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| failed(Some(status), format!("the answer is not JSON: {error}")));
        }
    }

    fn note(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        status: Option<StatusCode>,
        answer: &str,
    ) {
        let call = PushCall {
            at: self.sim.now(),
            method: method.to_string(),
            path: path.to_owned(),
            request: body.map(|body| without_passwords(body).to_string()).unwrap_or_default(),
            status: status.map(|status| status.as_u16()),
            answer: answer.chars().take(ANSWER_KEPT).collect(),
        };
        self.sim.org().note_push_call(&self.app, call);
    }

    fn request(&self, method: Method, path: &str, body: Option<&Value>) -> reqwest::RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.token)
            .header(header::ACCEPT, "application/scim+json");
        match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8")
                .body(body.to_string()),
            None => request,
        }
    }
}

/// A body as it may be shown.
fn without_passwords(body: &Value) -> Value {
    match body {
        Value::Array(items) => items.iter().map(without_passwords).collect(),
        Value::Object(fields) => {
            let shown = fields.iter().map(|(name, value)| {
                let hidden = name == "password";
                (name.clone(), if hidden { "(hidden)".into() } else { without_passwords(value) })
            });
            Value::Object(shown.collect())
        }
        plain => plain.clone(),
    }
}

/// Okta takes whole seconds only and doubles them each time.
fn wait_seconds(retry_after: Option<&http::HeaderValue>, attempt: u32) -> u64 {
    let first = retry_after
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .unwrap_or(DEFAULT_WAIT_SECONDS);
    first.saturating_mul(1 << (attempt - 1))
}

/// The `detail` of a SCIM error (RFC 7644, section 3.12), or the start of whatever came.
fn scim_detail(text: &str) -> String {
    serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|error| error["detail"].as_str().map(ToOwned::to_owned))
        .unwrap_or_else(|| text.chars().take(200).collect())
}

/// `path` with a filter that looks for one exact value, escaped as Okta does: `%20`, never `+`.
pub fn lookup(path: &str, attribute: &str, value: &str) -> String {
    let quoted = value.replace('\\', r"\\").replace('"', "\\\"");
    let filter = format!("{attribute} eq \"{quoted}\"");
    let escaped: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    format!("{path}?filter={}&startIndex=1&count=100", escaped.replace('+', "%20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_escapes_quotes_spaces_and_plus_signs() {
        assert_eq!(
            lookup("/Users", "userName", "a+b@x.test"),
            "/Users?filter=userName%20eq%20%22a%2Bb%40x.test%22&startIndex=1&count=100"
        );
        assert_eq!(
            lookup("/Groups", "displayName", "The \"A\""),
            "/Groups?filter=displayName%20eq%20%22The%20%5C%22A%5C%22%22&startIndex=1&count=100"
        );
    }

    #[test]
    fn only_whole_seconds_of_retry_after_are_honoured_and_doubled() {
        let seconds = http::HeaderValue::from_static("3");
        let date = http::HeaderValue::from_static("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!([wait_seconds(Some(&seconds), 1), wait_seconds(Some(&seconds), 3)], [3, 12]);
        assert_eq!(wait_seconds(Some(&date), 1), 300);
    }
}
