//! A group as SCIM shows it: RFC 7643 section 4.2.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::body::{self, take_text};
use crate::group_changes::{member_displays, member_ids};
use crate::{Error, Meta, ScimType, urn};

/// A group, as a POST or PUT describes it and as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group's name.
    pub display_name: String,
    /// The client's name for the group.
    pub external_id: Option<String>,
    /// Its members.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user's id.
    pub value: String,
    /// What the client calls the user.
    pub display: Option<String>,
    /// The user's URL: `$ref`.
    pub reference: Option<String>,
}

impl Group {
    /// Reads the body of a POST or PUT. Members have an id and, where it was said, a name, each once.
    ///
    /// # Errors
    /// `invalidSyntax` for what is no object, `invalidValue` without a `displayName`.
    pub fn parse(body: &Value) -> Result<Self, Error> {
        body::expect_schema(body, urn::GROUP)?;
        let mut read = body::read(body)?;
        let display_name = take_text(&mut read, "displayName").ok_or_else(|| {
            Error::new(ScimType::InvalidValue, "a group needs a displayName: send one")
        })?;
        let members = read.shift_remove("members").unwrap_or(Value::Null);
        let mut displays: BTreeMap<_, _> = member_displays(&members).collect();
        let members = member_ids(&members);
        let member =
            |value: String| Member { display: displays.remove(&value), value, reference: None };
        Ok(Self {
            display_name,
            external_id: take_text(&mut read, "externalId"),
            members: members.into_iter().map(member).collect(),
        })
    }

    /// The group as an answer shows it.
    pub fn to_json(&self, id: &str, meta: &Meta) -> Value {
        let mut group = Map::new();
        group.insert("schemas".into(), json!([urn::GROUP]));
        group.insert("id".into(), id.into());
        if let Some(external_id) = &self.external_id {
            group.insert("externalId".into(), external_id.as_str().into());
        }
        group.insert("displayName".into(), self.display_name.as_str().into());
        group.insert("members".into(), self.members.iter().map(Member::to_json).collect());
        group.insert("meta".into(), meta.to_json());
        Value::Object(group)
    }
}

impl Member {
    fn to_json(&self) -> Value {
        let mut member = Map::new();
        member.insert("value".into(), self.value.as_str().into());
        let rest = [("$ref", &self.reference), ("display", &self.display)];
        for (name, value) in rest {
            if let Some(value) = value {
                member.insert(name.into(), value.as_str().into());
            }
        }
        member.insert("type".into(), "User".into());
        Value::Object(member)
    }
}
