//! People as Okta prints them.

use serde_json::{Map, Value, json};

use crate::org::{Org, User, UserStatus, okta_time};

/// The address of a user in the API.
pub(super) fn address(org: &Org, user: &str) -> String {
    format!("{}/api/v1/users/{user}", org.base_url)
}

/// A user in a list: with one link, to itself.
pub(super) fn brief(org: &Org, user: &User) -> Value {
    let mut view = body(org, user);
    view["_links"] = json!({ "self": { "href": address(org, &user.id) } });
    view
}

/// A user alone: with a link for every step that their status allows.
pub(super) fn full(org: &Org, user: &User) -> Value {
    let own = address(org, &user.id);
    let mut links = Map::new();
    for step in steps(user.status) {
        // Links are camel case, paths are not.
        let path = match *step {
            "expirePassword" => "expire_password",
            "resetPassword" => "reset_password",
            step => step,
        };
        let href = format!("{own}/lifecycle/{path}");
        links.insert((*step).to_owned(), json!({ "href": href, "method": "POST" }));
    }
    links.insert("self".to_owned(), json!({ "href": own }));
    if user.status == UserStatus::Deprovisioned {
        links.insert("delete".to_owned(), json!({ "href": own, "method": "DELETE" }));
    }
    let mut view = body(org, user);
    view["_links"] = Value::Object(links);
    view
}

fn steps(status: UserStatus) -> &'static [&'static str] {
    match status {
        UserStatus::Staged | UserStatus::Deprovisioned => &["activate"],
        UserStatus::Provisioned => &["reactivate", "deactivate"],
        UserStatus::Active => &["suspend", "expirePassword", "resetPassword", "deactivate"],
        UserStatus::Recovery => &["reactivate", "resetPassword", "deactivate"],
        UserStatus::PasswordExpired => &["resetPassword", "deactivate"],
        UserStatus::LockedOut => &["unlock", "resetPassword", "deactivate"],
        UserStatus::Suspended => &["unsuspend", "deactivate"],
    }
}

fn body(org: &Org, user: &User) -> Value {
    let mut credentials = Map::new();
    if user.password.is_some() {
        let email = json!({ "value": user.email(), "status": "VERIFIED", "type": "PRIMARY" });
        credentials.insert("password".to_owned(), json!({}));
        credentials.insert("emails".to_owned(), json!([email]));
    }
    credentials.insert("provider".to_owned(), json!({ "type": "OKTA", "name": "OKTA" }));
    json!({
        "id": user.id,
        "status": user.status.as_str(),
        "created": okta_time(user.created),
        "activated": user.activated.map(okta_time),
        "statusChanged": user.status_changed.map(okta_time),
        "lastLogin": user.last_login.map(okta_time),
        "lastUpdated": okta_time(user.last_updated),
        "passwordChanged": user.password_changed.map(okta_time),
        "type": { "id": format!("oty{}", &org.id[3..]) },
        "profile": user.profile,
        "credentials": credentials,
    })
}
