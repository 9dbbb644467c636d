//! The requests about groups that may ever reach Okta, and the order in which they may.

use super::{Exchange, has_keys, has_only, is_id, pairs};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Groups by name, and nothing else.
pub(super) fn is_search(query: Option<&str>) -> bool {
    has_only(query, &["search", "limit", "after"])
        && pairs(query).any(|(key, value)| {
            let starts = ["profile.name eq \"", "type eq \"OKTA_GROUP\""];
            key == "search" && starts.iter().any(|start| value.starts_with(start))
        })
}

/// `rest` is the path behind `/api/v1/groups`.
pub(super) fn allowed(
    method: &str,
    rest: &[&str],
    query: Option<&str>,
    body: Option<&Value>,
) -> bool {
    match (method, rest) {
        ("POST", []) => query.is_none() && body.is_some_and(|body| is_profile(body, 2)),
        ("PUT", [id]) => {
            is_id(id) && query.is_none() && body.is_some_and(|body| is_profile(body, 99))
        }
        ("GET" | "DELETE", [id]) | ("GET", [id, "roles"]) => {
            is_id(id) && query.is_none() && body.is_none()
        }
        ("GET", [id, "users" | "apps"]) => {
            is_id(id) && has_only(query, &["limit", "after"]) && body.is_none()
        }
        ("PUT" | "DELETE", [id, "users", person]) => {
            is_id(id) && is_id(person) && query.is_none() && body.is_none()
        }
        _ => false,
    }
}

/// A name and our marker. What an admin added to the profile goes back with a new name.
fn is_profile(body: &Value, most_fields: usize) -> bool {
    let said = |field: &str| body["profile"][field].as_str().unwrap_or_default();
    has_keys(body, &["profile"])
        && body["profile"].as_object().is_some_and(|profile| profile.len() <= most_fields)
        && (1..=255).contains(&said("name").chars().count())
        && ["Managed by Keytile (", "For Keytile ("]
            .iter()
            .any(|marker| said("description").trim_start().starts_with(marker))
}

/// Whether every write to a group follows the looks that it needs (T2): its roles and apps were
/// read at some time before, and what takes something away has a look at the group of its own.
/// A group that was just made needs no look before it is filled.
///
/// # Errors
/// The first write that does not.
pub fn guarded(exchanges: &[Exchange]) -> Result<(), String> {
    let mut seen: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut made = 0;
    for exchange in exchanges {
        let path = exchange.path.split('?').next().unwrap_or_default();
        if exchange.method == "POST" && path == "/api/v1/groups" && exchange.status == Some(200) {
            made += 1;
        }
        let Some(rest) = path.strip_prefix("/api/v1/groups/") else { continue };
        let parts: Vec<&str> = rest.split('/').collect();
        let is_filled = exchange.method == "PUT" && parts.len() == 3;
        if is_filled && made > 0 && !seen.contains_key(parts[0]) {
            made -= 1;
            seen.insert(parts[0].to_owned(), ["roles", "apps"].into());
        }
        let group = seen.entry(parts[0].to_owned()).or_default();
        let is_checked = group.contains("roles") && group.contains("apps");
        let is_fine = match (exchange.method.as_str(), &parts[1..]) {
            ("GET", []) => {
                group.insert("look");
                true
            }
            ("GET", ["roles"]) => {
                group.insert("roles");
                true
            }
            ("GET", ["apps"]) => {
                group.insert("apps");
                true
            }
            ("GET", _) => true,
            ("PUT", ["users", _]) => is_checked,
            _ => is_checked && group.remove("look"),
        };
        if !is_fine {
            return Err(format!("without a look before it: {} {path}", exchange.method));
        }
    }
    Ok(())
}
