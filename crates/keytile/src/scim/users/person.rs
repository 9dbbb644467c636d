//! A person of the directory as a SCIM user, and what of a user becomes the member and the stored record.

use model::MemberName;
use model::workspace::MemberStatus;
use scim::{Meta, ScimType, User, urn};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::directories::store::identities::Record;
use crate::scim::store::people::{Identity, OfGroup};
use crate::scim::{Client, Result};

/// Longest userName and e-mail address, in bytes.
const LONGEST: usize = 255;
/// Most that is stored of one user, in bytes of JSON: far above what directories send.
const LARGEST: usize = 64 * 1024;

impl Identity {
    /// The user as the client last described them. What we know ourselves wins over what it told.
    pub(super) fn user(&self) -> User {
        let mut resource = match self.resource.as_str() {
            "" => self.described_by_us(),
            told => serde_json::from_str(told).unwrap_or_default(),
        };
        resource.insert("userName".into(), self.user_name.as_str().into());
        let user = User::parse(&Value::Object(resource)).unwrap_or_default();
        User {
            user_name: self.user_name.clone(),
            external_id: self.told_external_id.clone(),
            active: self.is_active(),
            ..user
        }
    }

    /// Somebody who was not pushed, such as the Owner: the client has told nothing of them.
    fn described_by_us(&self) -> Map<String, Value> {
        let (given, family) = self.name.rsplit_once(' ').unwrap_or((&self.name, &self.name));
        let mut resource = Map::new();
        resource.insert("displayName".into(), self.name.as_str().into());
        resource.insert("name".into(), json!({ "givenName": given, "familyName": family }));
        if !self.email.is_empty() {
            resource.insert("emails".into(), json!([{ "value": self.email, "primary": true }]));
        }
        resource
    }

    /// A suspension is ours alone. Were it told, the client would send it back as a deactivation with its next change
    /// of the profile, and the person would lose everything.
    pub(super) fn is_active(&self) -> bool {
        self.status != MemberStatus::Removed
    }

    /// Whether `external_id` is of another person than this one, who has been removed.
    pub(super) fn is_somebody_else_now(&self, external_id: Option<&str>) -> bool {
        match (&self.external_id, external_id) {
            (Some(own), Some(other)) => own != other && !self.is_active(),
            _ => false,
        }
    }

    /// Whether a change to `external_id` makes this another person. Clients that use it as a label may change it of
    /// somebody who is active; of somebody removed it says that another has come, whoever the client is.
    pub(super) fn is_another(&self, client: &Client, external_id: Option<&str>) -> bool {
        match (&self.external_id, external_id) {
            // What was told before says nothing new, whatever the client was called then.
            (Some(own), Some(other))
                if own != other && self.told_external_id.as_deref() != Some(other) =>
            {
                client.dialect.external_id_is_the_person() || !self.is_active()
            }
            _ => false,
        }
    }

    /// The whole resource, with the groups that they are in. What was stored is put together as it is: it was read and
    /// straightened when it came.
    pub(super) fn to_json(&self, client: &Client, groups: &[OfGroup]) -> Value {
        let id = self.id.to_string();
        let told: Map<String, Value> = match self.resource.as_str() {
            "" => self.described_by_us(),
            told => serde_json::from_str(told).unwrap_or_default(),
        };
        let mut schemas: Vec<Value> = vec![urn::USER.into()];
        schemas.extend(
            told.keys().filter(|key| key.starts_with("urn:")).map(|key| key.as_str().into()),
        );
        let mut resource = Map::with_capacity(told.len() + 7);
        resource.insert("schemas".into(), schemas.into());
        resource.insert("id".into(), id.as_str().into());
        if let Some(told) = &self.told_external_id {
            resource.insert("externalId".into(), told.as_str().into());
        }
        resource.insert("userName".into(), self.user_name.as_str().into());
        resource.extend(told);
        resource.insert("active".into(), self.is_active().into());
        let mut meta = Meta {
            resource_type: "User",
            created: self.started_at.to_string(),
            last_modified: self.updated_at.max(self.removed_at.unwrap_or_default()).to_string(),
            location: format!("{}/Users/{id}", client.base),
            version: None,
        };
        resource.insert("meta".into(), meta.to_json());
        // Groups are changed at the groups: they play no part in the version.
        meta.version = Some(version(&resource));
        resource.insert("meta".into(), meta.to_json());
        let mut seen = groups.iter().filter(|group| group.member == self.member).peekable();
        if seen.peek().is_some() {
            let groups = seen.map(|group| group.to_json(client)).collect();
            resource.insert("groups".into(), groups);
        }
        Value::Object(resource)
    }
}

impl OfGroup {
    fn to_json(&self, client: &Client) -> Value {
        json!({
            "value": self.team.to_string(),
            "$ref": format!("{}/Groups/{}", client.base, self.team),
            "display": self.name,
            "type": "direct",
        })
    }
}

/// A weak entity tag: the same for as long as the resource reads the same.
fn version(resource: &Map<String, Value>) -> String {
    let text = serde_json::to_vec(resource).unwrap_or_default();
    let digest = Sha256::digest(&text);
    let start: [u8; 8] = digest[..8].try_into().expect("a digest is longer than that");
    format!("W/\"{:016x}\"", u64::from_be_bytes(start))
}

/// What is stored of a user: the columns, and the rest as JSON. `external_id` is who they are.
pub(super) fn record(user: &User, external_id: Option<String>) -> Record {
    let nothing = Meta {
        resource_type: "User",
        created: String::new(),
        last_modified: String::new(),
        location: String::new(),
        version: None,
    };
    let mut resource = user.to_json("", &nothing, None);
    if let Value::Object(map) = &mut resource {
        for column in ["schemas", "id", "meta", "userName", "externalId", "active"] {
            map.shift_remove(column);
        }
    }
    Record {
        external_id,
        told_external_id: user.external_id.clone(),
        user_name: user.user_name.clone(),
        resource: resource.to_string(),
        addresses: user.emails.iter().map(|email| email.value.clone()).collect(),
    }
}

/// Refuses what would not fit.
pub(super) fn check(user: &User) -> Result<()> {
    check_user_name(&user.user_name)?;
    let external_id = user.external_id.as_deref().unwrap_or_default();
    if external_id.len() > LONGEST {
        let detail = format!("externalId has {} bytes: at most {LONGEST} fit", external_id.len());
        return Err(scim::Error::new(ScimType::InvalidValue, detail).into());
    }
    let size = record(user, None).resource.len();
    if size > LARGEST {
        let detail = format!("the user has {size} bytes: at most {LARGEST} fit, map less to it");
        return Err(scim::Error::plain(413, detail).into());
    }
    Ok(())
}

fn check_user_name(user_name: &str) -> Result<()> {
    let fits = !user_name.trim().is_empty()
        && user_name.len() <= LONGEST
        && !user_name.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    let detail = format!("userName must be one line of 1 to {LONGEST} bytes");
    Err(scim::Error::new(ScimType::InvalidValue, detail).into())
}

/// Where letters go: the preferred address, or a userName that is one.
pub(super) fn email(user: &User) -> Option<String> {
    let is_address = |text: &&str| {
        text.contains('@') && text.len() <= LONGEST && !text.chars().any(char::is_control)
    };
    let found = user.email().map(str::trim).filter(is_address);
    found.or(Some(user.user_name.trim()).filter(is_address)).map(str::to_owned)
}

/// What people call them: the first of these that can be shown (T16).
pub(super) fn name(user: &User) -> String {
    let parts = [user.name.given.as_deref(), user.name.family.as_deref()];
    let both = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let candidates = [
        user.display_name.as_deref(),
        user.name.formatted.as_deref(),
        Some(both.as_str()),
        Some(user.user_name.as_str()),
    ];
    let shown = candidates.into_iter().flatten().find_map(|text| MemberName::parse(text).ok());
    shown.map_or_else(|| "Unnamed person".to_owned(), String::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(body: Value) -> User {
        User::parse(&body).unwrap()
    }

    #[test]
    fn a_password_is_not_stored() {
        let sent = json!({"userName": "eve", "password": "junk-1", "nickName": "E"});
        assert_eq!(record(&user(sent), None).resource, json!({"nickName": "E"}).to_string());
    }

    #[test]
    fn letters_go_to_the_preferred_address_or_to_a_user_name_that_is_one() {
        let emails = json!([{"value": "home@x.test"}, {"value": "work@x.test", "primary": true}]);
        let cases = [
            (json!({"userName": "eve", "emails": emails}), Some("work@x.test")),
            (json!({"userName": "eve@x.test"}), Some("eve@x.test")),
            (
                json!({"userName": "eve@x.test", "emails": [{"value": "nobody"}]}),
                Some("eve@x.test"),
            ),
            (json!({"userName": "eve"}), None),
        ];
        for (sent, address) in cases {
            assert_eq!(email(&user(sent.clone())).as_deref(), address, "{sent}");
        }
    }

    /// T16.
    #[test]
    fn a_name_that_reverses_text_is_passed_over() {
        let sent = json!({
            "userName": "eve",
            "displayName": "Eve\u{202e}",
            "name": {"givenName": "Eve", "familyName": "Example"},
        });
        assert_eq!(name(&user(sent)), "Eve Example");
    }
}
