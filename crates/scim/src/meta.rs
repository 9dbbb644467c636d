//! The `meta` attribute that each resource carries (RFC 7643 section 3.1).

use serde_json::{Map, Value};

/// When a resource was made and changed, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// `User` or `Group`.
    pub resource_type: &'static str,
    /// RFC 3339, in UTC.
    pub created: String,
    /// RFC 3339, in UTC. A patch that changes nothing must leave it alone.
    pub last_modified: String,
    /// The resource's absolute URL.
    pub location: String,
    /// A weak entity tag, such as `W/"3"`.
    pub version: Option<String>,
}

impl Meta {
    /// The value of `meta`.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("resourceType".into(), self.resource_type.into());
        map.insert("created".into(), self.created.as_str().into());
        map.insert("lastModified".into(), self.last_modified.as_str().into());
        map.insert("location".into(), self.location.as_str().into());
        if let Some(version) = &self.version {
            map.insert("version".into(), version.as_str().into());
        }
        Value::Object(map)
    }
}
