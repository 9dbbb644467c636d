//! Okta's JSON: what we read of it and what we write.
//!
//! Real answers hold more fields and more nulls than Okta's spec says, so everything but an id may
//! be missing (behaviour.md, section 12).

use crate::{App, AppId, AppStatus, Group, GroupId};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

/// What an Okta admin reads in the notes of an app of ours.
pub(crate) const MARK: &str =
    "Managed by Keytile. Change its people and name there: changes made here are undone.";

/// An app of any kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireApp {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) label: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) status: String,
    pub(crate) orn: Option<String>,
    #[serde(default, deserialize_with = "lenient_time")]
    created: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient_time")]
    last_updated: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    accessibility: Accessibility,
    #[serde(default, deserialize_with = "or_default")]
    settings: Settings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accessibility {
    #[serde(default, deserialize_with = "or_default")]
    self_service: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(default, deserialize_with = "or_default")]
    app: AppSettings,
    #[serde(default, deserialize_with = "or_default")]
    implicit_assignment: bool,
}

#[derive(Debug, Default, Deserialize)]
struct AppSettings {
    #[serde(default, deserialize_with = "or_default")]
    url: String,
}

impl WireApp {
    pub(crate) fn is_bookmark(&self) -> bool {
        self.name == "bookmark"
    }

    /// Okta lists apps for a while after their removal.
    pub(crate) fn is_deleted(&self) -> bool {
        self.status == "DELETED"
    }

    pub(crate) fn url(&self) -> &str {
        &self.settings.app.url
    }

    /// The org that the app belongs to: `orn:okta:idp:<org id>:apps:bookmark:<app id>`.
    pub(crate) fn org_id(&self) -> Option<&str> {
        self.orn.as_deref()?.split(':').nth(3).filter(|id| !id.is_empty())
    }

    pub(crate) fn into_app(self) -> App {
        App {
            status: match self.status.as_str() {
                "ACTIVE" => AppStatus::Active,
                _ => AppStatus::Inactive,
            },
            self_service: self.accessibility.self_service || self.settings.implicit_assignment,
            id: AppId(self.id),
            label: self.label,
            url: self.settings.app.url,
            created: self.created,
            updated: self.last_updated,
        }
    }
}

/// An assignment of a person or of a group.
#[derive(Debug, Deserialize)]
pub(crate) struct WireAssignment {
    pub(crate) id: String,
    /// `USER` for an assignment of the person, `GROUP` for one that a group brought.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) scope: String,
}

/// A group; its profile is kept whole, because Okta replaces it whole.
#[derive(Debug, Deserialize)]
pub(crate) struct WireGroup {
    pub(crate) id: String,
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    profile: Map<String, Value>,
}

impl WireGroup {
    pub(crate) fn name(&self) -> &str {
        self.said("name")
    }

    pub(crate) fn description(&self) -> &str {
        self.said("description")
    }

    /// Made in Okta, where alone its people can be changed.
    pub(crate) fn is_native(&self) -> bool {
        self.kind == "OKTA_GROUP"
    }

    pub(crate) fn into_group(self) -> Group {
        Group {
            name: self.name().to_owned(),
            description: self.description().to_owned(),
            is_native: self.is_native(),
            id: GroupId(self.id),
        }
    }

    fn said(&self, field: &str) -> &str {
        self.profile.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// An item of which only the id matters.
#[derive(Debug, Deserialize)]
pub(crate) struct WireId {
    pub(crate) id: String,
}

/// `/.well-known/okta-organization`.
#[derive(Debug, Deserialize)]
pub(crate) struct WireOrg {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) pipeline: String,
}

/// One admin role of a person.
#[derive(Debug, Deserialize)]
pub(crate) struct WireRole {
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub(crate) kind: String,
}

/// The shape of Okta's errors; only the code is stable.
#[derive(Debug, Deserialize)]
pub(crate) struct WireError {
    #[serde(rename = "errorCode")]
    pub(crate) code: String,
    #[serde(rename = "errorSummary", default, deserialize_with = "or_default")]
    pub(crate) summary: String,
    #[serde(rename = "errorCauses", default, deserialize_with = "or_default")]
    pub(crate) causes: Vec<WireCause>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireCause {
    #[serde(rename = "errorSummary", default, deserialize_with = "or_default")]
    pub(crate) summary: String,
}

/// A new app: active, assigned to nobody, and not to be added by people themselves.
pub(crate) fn create(label: &str, url: &str) -> Value {
    json!({
        "label": label,
        "name": "bookmark",
        "signOnMode": "BOOKMARK",
        "accessibility": { "selfService": false },
        "settings": {
            "app": { "url": url, "requestIntegration": false },
            "notes": { "admin": MARK },
        },
    })
}

/// A new group.
pub(crate) fn group(name: &str, description: &str) -> Value {
    json!({ "profile": { "name": name, "description": description } })
}

/// The group's own profile under another name.
pub(crate) fn renamed(current: &WireGroup, name: &str) -> Value {
    let mut profile = current.profile.clone();
    profile.insert("name".to_owned(), name.into());
    json!({ "profile": profile })
}

/// Okta replaces the whole app, so everything that an admin set there is sent back as it came.
///
/// `None` when the answer that we start from is no object.
pub(crate) fn update(current: &Value, label: &str, url: &str) -> Option<Value> {
    // Okta owns these and ignores them in a request.
    const OWNED_BY_OKTA: [&str; 9] = [
        "id",
        "orn",
        "status",
        "created",
        "lastUpdated",
        "features",
        "universalLogout",
        "_links",
        "_embedded",
    ];
    let mut app = current.as_object()?.clone();
    app.retain(|key, _| !OWNED_BY_OKTA.contains(&key.as_str()));
    app.insert("label".to_owned(), label.into());
    app.insert("name".to_owned(), "bookmark".into());
    app.insert("signOnMode".to_owned(), "BOOKMARK".into());
    let mut app = Value::Object(app);
    set(&mut app, &["accessibility", "selfService"], false.into());
    set(&mut app, &["settings", "implicitAssignment"], false.into());
    set(&mut app, &["settings", "app", "url"], url.into());
    Some(app)
}

/// Sets a field deep inside, and makes the objects on the way where they are missing or null.
fn set(value: &mut Value, path: &[&str], new: Value) {
    let mut at = value;
    for key in path {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[*key];
    }
    *at = new;
}

pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

pub(crate) fn lenient_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security rules of 3.2, and what an admin set stays: known to us or not.
    #[test]
    fn an_update_sends_back_what_it_does_not_know() {
        let current = json!({
            "id": "0oa1", "status": "ACTIVE", "label": "Old", "name": "bookmark",
            "signOnMode": "BOOKMARK", "_links": {}, "features": [], "lastUpdated": "x",
            "accessibility": { "selfService": true, "errorRedirectUrl": "https://e.example" },
            "visibility": { "autoLaunch": true, "hide": { "iOS": true, "web": false } },
            "settings": {
                "app": { "url": "https://old.example", "requestIntegration": true },
                "notes": { "admin": "Ask Ada.", "enduser": "Ask Ben." },
                "implicitAssignment": true, "emOptInStatus": "NONE", "somethingNew": [1, 2],
            },
            "brandNew": { "a": 1 },
        });
        let url = "https://k.example/launch/a1";
        let wanted = json!({
            "label": "New", "name": "bookmark", "signOnMode": "BOOKMARK",
            "accessibility": { "selfService": false, "errorRedirectUrl": "https://e.example" },
            "visibility": { "autoLaunch": true, "hide": { "iOS": true, "web": false } },
            "settings": {
                "app": { "url": url, "requestIntegration": true },
                "notes": { "admin": "Ask Ada.", "enduser": "Ask Ben." },
                "implicitAssignment": false, "emOptInStatus": "NONE", "somethingNew": [1, 2],
            },
            "brandNew": { "a": 1 },
        });
        assert_eq!(update(&current, "New", url), Some(wanted));
        assert_eq!(update(&json!("a page"), "New", url), None);
        let nulls = json!({ "accessibility": null, "settings": null });
        let update = update(&nulls, "New", url).expect("an object");
        assert_eq!(update["settings"]["implicitAssignment"], false);
        assert_eq!(update["accessibility"]["selfService"], false);
    }
}
