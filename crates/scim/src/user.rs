//! A user as SCIM shows it: RFC 7643 section 4.1. The attributes that a server works with are
//! fields; all others are kept as they came, so that a client reads back what it wrote.

use serde_json::{Map, Value, json};

use crate::body::{self, take_text};
use crate::value::get;
use crate::{Error, Meta, ScimType, urn};

/// A user, as a POST or PUT describes it and as an answer shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct User {
    /// The name the user signs in with, in the case that the client chose. No two users of a server
    /// have names that differ by case only.
    pub user_name: String,
    /// The client's name for the user.
    pub external_id: Option<String>,
    /// Whether the user may sign in. A body that does not say means yes.
    pub active: bool,
    /// The parts of the user's name.
    pub name: Name,
    /// The user's name for people.
    pub display_name: Option<String>,
    /// The user's e-mail addresses.
    pub emails: Vec<Email>,
    /// All other attributes, extensions included.
    pub extra: Map<String, Value>,
}

/// The parts of a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    /// The given name.
    pub given: Option<String>,
    /// The family name.
    pub family: Option<String>,
    /// The whole name.
    pub formatted: Option<String>,
    /// Middle name, prefix and suffix, by their names in SCIM.
    pub rest: Vec<(String, String)>,
}

/// An e-mail address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub value: String,
    /// What it is used for, such as `work`: `type`.
    pub kind: Option<String>,
    /// Whether it is the preferred one.
    pub primary: Option<bool>,
    /// The address for people.
    pub display: Option<String>,
}

impl User {
    /// Reads the body of a POST or PUT, or a resource that was patched. `password`, `id`, `meta` and
    /// `groups` are dropped.
    ///
    /// # Errors
    /// `invalidSyntax` for what is no object, `invalidValue` without a `userName` or with a value of
    /// the wrong type.
    pub fn parse(body: &Value) -> Result<Self, Error> {
        body::expect_schema(body, urn::USER)?;
        let mut read = body::read(body)?;
        let user_name = take_text(&mut read, "userName").ok_or_else(|| {
            Error::new(ScimType::InvalidValue, "a user needs a userName: send one")
        })?;
        Ok(Self {
            user_name,
            external_id: take_text(&mut read, "externalId"),
            active: read.shift_remove("active").and_then(|flag| flag.as_bool()).unwrap_or(true),
            name: Name::parse(read.shift_remove("name")),
            display_name: take_text(&mut read, "displayName"),
            emails: emails(read.shift_remove("emails").as_ref()),
            extra: read,
        })
    }

    /// The user as an answer shows it. `groups` is the value of that attribute, without it where the
    /// server does not list them.
    pub fn to_json(&self, id: &str, meta: &Meta, groups: Option<Value>) -> Value {
        let extensions = self.extra.keys().filter(|key| key.starts_with("urn:"));
        let schemas: Vec<&str> =
            std::iter::once(urn::USER).chain(extensions.map(String::as_str)).collect();
        let mut user = Map::new();
        user.insert("schemas".into(), json!(schemas));
        user.insert("id".into(), id.into());
        put(&mut user, "externalId", self.external_id.as_deref());
        user.insert("userName".into(), self.user_name.as_str().into());
        let name = self.name.to_json();
        if !name.is_empty() {
            user.insert("name".into(), Value::Object(name));
        }
        put(&mut user, "displayName", self.display_name.as_deref());
        user.insert("active".into(), self.active.into());
        if !self.emails.is_empty() {
            user.insert("emails".into(), self.emails.iter().map(Email::to_json).collect());
        }
        user.extend(self.extra.iter().map(|(key, value)| (key.clone(), value.clone())));
        if let Some(groups) = groups {
            user.insert("groups".into(), groups);
        }
        user.insert("meta".into(), meta.to_json());
        Value::Object(user)
    }

    /// The address to write to: the primary one, else the one for work, else the first.
    pub fn email(&self) -> Option<&str> {
        let primary = self.emails.iter().find(|email| email.primary == Some(true));
        let for_work = |email: &&Email| {
            email.kind.as_ref().is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
        };
        let found = primary.or_else(|| self.emails.iter().find(for_work));
        found.or(self.emails.first()).map(|email| email.value.as_str())
    }
}

impl Name {
    fn parse(value: Option<Value>) -> Self {
        let Some(Value::Object(mut map)) = value else { return Self::default() };
        Self {
            given: take_text(&mut map, "givenName"),
            family: take_text(&mut map, "familyName"),
            formatted: take_text(&mut map, "formatted"),
            rest: map
                .into_iter()
                .filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())))
                .collect(),
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        put(&mut map, "formatted", self.formatted.as_deref());
        put(&mut map, "givenName", self.given.as_deref());
        put(&mut map, "familyName", self.family.as_deref());
        self.rest.iter().for_each(|(name, value)| put(&mut map, name, Some(value)));
        map
    }
}

impl Email {
    fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("value".into(), self.value.as_str().into());
        put(&mut map, "type", self.kind.as_deref());
        put(&mut map, "display", self.display.as_deref());
        if let Some(primary) = self.primary {
            map.insert("primary".into(), primary.into());
        }
        Value::Object(map)
    }
}

/// The e-mails of a list that have an address.
pub(crate) fn emails(value: Option<&Value>) -> Vec<Email> {
    let email = |value: &Value| {
        let map = value.as_object()?;
        let text = |name| get(map, name).and_then(Value::as_str).map(str::to_owned);
        Some(Email {
            value: text("value").filter(|address| !address.is_empty())?,
            kind: text("type"),
            primary: get(map, "primary").and_then(Value::as_bool),
            display: text("display"),
        })
    };
    value.and_then(Value::as_array).into_iter().flatten().filter_map(email).collect()
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value.into());
    }
}
