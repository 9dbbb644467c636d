//! The requests that may ever reach Okta (T1, S41): checked on every recorded exchange of a test.
//!
//! Written apart from the client, so that both would have to be wrong in the same way.

mod groups;
mod people;

pub use groups::guarded;

use serde_json::Value;

/// One request to Okta and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The HTTP method in capitals.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The HTTP status; `None` when no answer came.
    pub status: Option<u16>,
    /// `X-Okta-Request-Id`, to quote to Okta's support.
    pub request_id: Option<String>,
    /// The JSON that was sent, if any. Never a token.
    pub body_sent: Option<Value>,
}

/// Whether a request has one of the shapes that we ever send.
///
/// # Errors
/// What is wrong with it, for a person.
pub fn allowed(exchange: &Exchange) -> Result<(), String> {
    let (path, query) = match exchange.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (exchange.path.as_str(), None),
    };
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let body = exchange.body_sent.as_ref();
    let is_allowed = match (exchange.method.as_str(), parts.as_slice()) {
        ("GET", [".well-known", "okta-organization"] | ["api", "v1", "api-tokens"]) => {
            query.is_none() && body.is_none()
        }
        ("GET", ["api", "v1", rest @ ..]) if people::allowed(rest, query) => body.is_none(),
        ("GET", ["api", "v1", "groups"]) => {
            (query == Some("limit=1") || groups::is_search(query)) && body.is_none()
        }
        ("GET", ["api", "v1", "logs"]) => {
            has_only(query, &["since", "sortOrder", "limit", "filter", "after"]) && body.is_none()
        }
        ("POST", ["oauth2", "v1", "token"]) => query.is_none() && body.is_some_and(is_sign_in),
        (method, ["api", "v1", "groups", rest @ ..]) => groups::allowed(method, rest, query, body),
        ("POST", ["api", "v1", "apps", id, "users", person]) => {
            is_id(id) && is_id(person) && query.is_none() && body.is_some_and(is_hand_over)
        }
        ("POST", ["api", "v1", "apps", id, "logo"]) => {
            is_id(id) && query.is_none() && body.is_some_and(is_picture)
        }
        ("GET", ["api", "v1", "apps"]) => is_app_list(query) && body.is_none(),
        ("GET", ["api", "v1", "apps", id, "users" | "groups"]) => {
            is_id(id) && has_only(query, &["limit", "after"]) && body.is_none()
        }
        ("POST", ["api", "v1", "apps"]) => query.is_none() && body.is_some_and(is_create),
        ("PUT", ["api", "v1", "apps", id]) => {
            is_id(id) && query.is_none() && body.is_some_and(is_update)
        }
        ("GET", ["api", "v1", "users", id] | ["api", "v1", "users", id, "roles"])
        | ("GET" | "DELETE", ["api", "v1", "apps", id])
        | ("POST", ["api", "v1", "apps", id, "lifecycle", "activate" | "deactivate"]) => {
            is_id(id) && query.is_none() && body.is_none()
        }
        ("POST", ["api", "v1", "apps", id, "users"]) => {
            is_id(id) && query.is_none() && body.is_some_and(is_assignment)
        }
        ("PUT", ["api", "v1", "apps", id, "groups", group]) => {
            is_id(id) && is_id(group) && query.is_none() && body.is_some_and(is_empty_object)
        }
        ("DELETE", ["api", "v1", "apps", id, "users" | "groups", principal]) => {
            is_id(id) && is_id(principal) && query.is_none() && body.is_none()
        }
        _ => false,
    };
    if is_allowed {
        return Ok(());
    }
    let sent = body.map(Value::to_string).unwrap_or_default();
    Err(format!("not on the allow list: {} {} {sent}", exchange.method, exchange.path))
}

/// Okta's ids are letters and digits; nothing else may become part of a path.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_app_list(query: Option<&str>) -> bool {
    let pairs =
        |name: &str, value: &str| pairs(query).any(|(key, found)| key == name && found == value);
    has_only(query, &["filter", "includeNonDeleted", "limit", "after"])
        && pairs("filter", r#"name eq "bookmark""#)
}

fn has_only(query: Option<&str>, names: &[&str]) -> bool {
    pairs(query).all(|(key, _)| names.contains(&key.as_str()))
}

fn pairs(query: Option<&str>) -> impl Iterator<Item = (String, String)> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned()
}

/// Label, launch URL and our mark: the whole of what a new app says.
fn is_create(body: &Value) -> bool {
    has_keys(body, &["label", "name", "signOnMode", "accessibility", "settings"])
        && has_keys(&body["accessibility"], &["selfService"])
        && has_keys(&body["settings"], &["app", "notes"])
        && has_keys(&body["settings"]["app"], &["url", "requestIntegration"])
        && has_keys(&body["settings"]["notes"], &["admin"])
        && body["settings"]["app"]["requestIntegration"] == false
        && is_mark(&body["settings"]["notes"]["admin"])
        && is_our_bookmark(body)
}

/// An update sends back what Okta gave us, so only our own fields are held to a shape.
fn is_update(body: &Value) -> bool {
    body["settings"]["implicitAssignment"] == false && is_our_bookmark(body)
}

fn is_our_bookmark(body: &Value) -> bool {
    body["name"] == "bookmark"
        && body["signOnMode"] == "BOOKMARK"
        && body["accessibility"]["selfService"] == false
        && body["label"].as_str().is_some_and(|label| (1..=100).contains(&label.chars().count()))
        && body["settings"]["app"]["url"].as_str().is_some_and(is_launch_url)
}

fn is_mark(note: &Value) -> bool {
    note.as_str().is_some_and(|note| note == super::wire::MARK)
}

/// `https://<origin>/launch/<id>`: nothing about the account, its site or its login.
fn is_launch_url(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let id = url.path().strip_prefix("/launch/").unwrap_or_default();
    matches!(url.scheme(), "https" | "http")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && is_id(id)
}

fn is_assignment(body: &Value) -> bool {
    has_keys(body, &["id", "scope"])
        && body["scope"] == "USER"
        && body["id"].as_str().is_some_and(is_id)
}

/// The person's own assignment becomes their group's.
fn is_hand_over(body: &Value) -> bool {
    has_keys(body, &["scope"]) && body["scope"] == "GROUP"
}

/// A drawing without anything that runs or is fetched.
fn is_picture(body: &Value) -> bool {
    let is_harmless = |svg: &str| {
        svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" ")
            && !["script", "href", "url(", "<image", "<foreign", " on"]
                .iter()
                .any(|bad| svg.contains(bad))
    };
    has_keys(body, &["file"]) && body["file"].as_str().is_some_and(is_harmless)
}

/// A service app asks for Okta's own scopes alone; its assertion is recorded nowhere.
fn is_sign_in(body: &Value) -> bool {
    has_keys(body, &["grant_type", "scope"])
        && body["grant_type"] == "client_credentials"
        && body["scope"]
            .as_str()
            .is_some_and(|scope| scope.split(' ').all(|scope| scope.starts_with("okta.")))
}

fn is_empty_object(body: &Value) -> bool {
    has_keys(body, &[])
}

fn has_keys(value: &Value, keys: &[&str]) -> bool {
    value.as_object().is_some_and(|object| {
        object.len() == keys.len() && keys.iter().all(|key| object.contains_key(*key))
    })
}

#[cfg(test)]
mod tests;
