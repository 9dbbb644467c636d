//! Okta's JSON: what we read of it and what we write.
//!
//! Real answers hold more fields and more nulls than Okta's spec says, so everything but an id may
//! be missing (behaviour.md, section 12).

use crate::{App, AppId, AppStatus};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

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

/// `/.well-known/okta-organization`.
#[derive(Debug, Deserialize)]
pub(crate) struct WireOrg {
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) pipeline: String,
}

/// `/api/v1/users/me`: whose token this is.
#[derive(Debug, Deserialize)]
pub(crate) struct WireUser {
    pub(crate) id: String,
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

fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn lenient_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}
