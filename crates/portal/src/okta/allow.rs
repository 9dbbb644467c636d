//! The requests that may ever reach Okta (T1, S41): checked on every recorded exchange of a test.
//!
//! Written apart from the client, so that both would have to be wrong in the same way.

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
        ("GET", [".well-known", "okta-organization"] | ["api", "v1", "users", "me"]) => {
            query.is_none() && body.is_none()
        }
        ("GET", ["api", "v1", "users" | "groups"]) => query == Some("limit=1") && body.is_none(),
        ("GET", ["api", "v1", "apps"]) => is_app_list(query) && body.is_none(),
        ("GET", ["api", "v1", "apps", id, "users" | "groups"]) => {
            is_id(id) && has_only(query, &["limit", "after"]) && body.is_none()
        }
        ("POST", ["api", "v1", "apps"]) => query.is_none() && body.is_some_and(is_create),
        ("PUT", ["api", "v1", "apps", id]) => {
            is_id(id) && query.is_none() && body.is_some_and(is_update)
        }
        ("GET", ["api", "v1", "users", id, "roles"])
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

fn is_empty_object(body: &Value) -> bool {
    has_keys(body, &[])
}

fn has_keys(value: &Value, keys: &[&str]) -> bool {
    value.as_object().is_some_and(|object| {
        object.len() == keys.len() && keys.iter().all(|key| object.contains_key(*key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sent(method: &str, path: &str, body: Option<Value>) -> Result<(), String> {
        allowed(&Exchange {
            method: method.to_owned(),
            path: path.to_owned(),
            status: Some(200),
            request_id: None,
            body_sent: body,
        })
    }

    fn create() -> Value {
        super::super::wire::create("Instagram", "https://k.example/launch/a1B2c3D4e5F6g7H8")
    }

    /// T1.
    #[test]
    fn what_we_send_is_allowed() {
        let list = "/api/v1/apps?filter=name+eq+%22bookmark%22&includeNonDeleted=true&limit=200";
        for (method, path, body) in [
            ("GET", "/.well-known/okta-organization", None),
            ("GET", list, None),
            ("GET", "/api/v1/users/00u1/roles", None),
            ("POST", "/api/v1/apps", Some(create())),
            ("POST", "/api/v1/apps/0oa1/users", Some(json!({"id": "00u1", "scope": "USER"}))),
            ("PUT", "/api/v1/apps/0oa1/groups/00g1", Some(json!({}))),
            ("DELETE", "/api/v1/apps/0oa1", None),
        ] {
            assert_eq!(sent(method, path, body), Ok(()));
        }
    }

    /// T1, S41.
    #[test]
    fn anything_more_is_refused() {
        let mut secret = create();
        secret["settings"]["notes"]["enduser"] = json!("hunter2");
        let mut login_url = create();
        login_url["settings"]["app"]["url"] = json!("https://instagram.com/login");
        let mut with_query = create();
        with_query["settings"]["app"]["url"] = json!("https://k.example/launch/a1?user=x");
        let mut self_service = create();
        self_service["accessibility"]["selfService"] = json!(true);
        for (method, path, body) in [
            ("GET", "/api/v1/apps", None),
            ("GET", "/api/v1/logs", None),
            ("GET", "/api/v1/users?search=x", None),
            ("POST", "/api/v1/apps", Some(secret)),
            ("POST", "/api/v1/apps", Some(login_url)),
            ("POST", "/api/v1/apps", Some(with_query)),
            ("POST", "/api/v1/apps", Some(self_service)),
            ("PUT", "/api/v1/apps/0oa1", Some(create())),
            ("POST", "/api/v1/apps/0oa1/users", Some(json!({"id": "00u1", "scope": "GROUP"}))),
            ("POST", "/api/v1/apps/..%2fusers/users", Some(json!({"id": "1", "scope": "USER"}))),
            ("DELETE", "/api/v1/users/00u1", None),
            ("PATCH", "/api/v1/apps/0oa1", Some(json!({}))),
        ] {
            assert!(sent(method, path, body).is_err(), "{method} {path} was allowed");
        }
    }
}
