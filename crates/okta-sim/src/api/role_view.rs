//! Admin roles as Okta prints them, under the person or the group that has them.

use serde_json::{Value, json};

use super::user_view;
use crate::org::{Group, Org, User, okta_time};

/// Who has a role.
pub(super) enum Assignee<'a> {
    User(&'a User),
    Group(&'a Group),
}

/// Each role once, in the order of their names.
pub(super) fn list<'a>(
    org: &Org,
    assignee: &Assignee,
    names: impl IntoIterator<Item = &'a String>,
) -> Vec<Value> {
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| view(org, assignee, name)).collect()
}

fn view(org: &Org, assignee: &Assignee, name: &str) -> Value {
    let (id, since, kind, address) = match assignee {
        Assignee::User(user) => (&user.id, user.created, "USER", user_view::address(org, &user.id)),
        Assignee::Group(group) => {
            let address = format!("{}/api/v1/groups/{}", org.base_url, group.id);
            (&group.id, group.created, "GROUP", address)
        }
    };
    json!({
        "id": format!("ra1{}", &id[3..]),
        "label": label(name),
        "type": name,
        "status": "ACTIVE",
        "created": okta_time(since),
        "lastUpdated": okta_time(since),
        "assignmentType": kind,
        "_links": { "assignee": { "href": address } },
    })
}

fn label(name: &str) -> String {
    let words = name.split('_').map(|word| match word {
        "ORG" => "Organization".to_owned(),
        "APP" => "Application".to_owned(),
        "ADMIN" => "Administrator".to_owned(),
        other => {
            let (first, rest) = other.split_at(other.len().min(1));
            format!("{first}{}", rest.to_lowercase())
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
