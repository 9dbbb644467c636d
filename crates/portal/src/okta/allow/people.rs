//! The requests about people that may ever reach Okta. All of them read.

use super::{has_only, is_id, pairs};

/// `rest` is the path behind `/api/v1`.
pub(super) fn allowed(rest: &[&str], query: Option<&str>) -> bool {
    let has = |name: &str| pairs(query).any(|(key, _)| key == name);
    match rest {
        ["users"] => {
            query == Some("limit=1")
                || (has_only(query, &["filter", "limit", "after"])
                    && (has("after") || pairs(query).any(|(key, value)| is_state(&key, &value))))
        }
        ["users", id] => is_id(id) && query.is_none(),
        ["apps"] => has("q") && has_only(query, &["q", "limit"]),
        ["apps", app, "users", person] => is_id(app) && is_id(person) && query.is_none(),
        ["apps", app, "group-push", "mappings"] => {
            is_id(app) && has_only(query, &["limit", "after"])
        }
        _ => false,
    }
}

/// Everybody who stands like this, and nobody by name.
fn is_state(key: &str, value: &str) -> bool {
    let word = value.strip_prefix("status eq \"").and_then(|rest| rest.strip_suffix('"'));
    key == "filter" && word.is_some_and(|word| word.bytes().all(|b| b.is_ascii_uppercase()))
}
