//! What a request changes about a user, as far as a server acts on it: the same answer for a PUT
//! and for a PATCH, so that one routine deals with a leaver however the news came.

use serde_json::Value;

use crate::filter::element_matches;
use crate::patch::{OpKind, Operation, PatchOp};
use crate::user::{User, emails};
use crate::{Error, ScimType, body};

/// What becomes of an attribute that may be unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is unset.
    Clear,
    /// It is set to this.
    Set(T),
}

/// The changes that a server acts on. All other attributes are in [`User::extra`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The name the user signs in with.
    pub user_name: Option<String>,
    /// The client's name for the user.
    pub external_id: Change<String>,
    /// Whether the user may sign in.
    pub active: Option<bool>,
    /// The given name.
    pub given_name: Change<String>,
    /// The family name.
    pub family_name: Change<String>,
    /// The name for people.
    pub display_name: Change<String>,
    /// The address to write to.
    pub email: Change<String>,
}

impl UserChange {
    /// Reads the body of a POST or PUT. What it does not say is unset, but for `active` and
    /// `userName`, which stay (RFC 7644 section 3.5.1).
    ///
    /// # Errors
    /// As [`User::parse`].
    pub fn from_body(body: &Value) -> Result<Self, Error> {
        let user = User::parse(body)?;
        let active = body::read(body)?.get("active").and_then(Value::as_bool);
        let email = user.email().map(str::to_owned);
        Ok(Self {
            external_id: user.external_id.into(),
            active,
            given_name: user.name.given.into(),
            family_name: user.name.family.into(),
            display_name: user.display_name.into(),
            email: email.into(),
            user_name: Some(user.user_name),
        })
    }

    /// Reads a patch. Later operations win. An e-mail that is selected by its old address is passed
    /// over, as only the resource can tell which one that is: [`apply`](crate::patch::apply) the
    /// patch and ask [`User::email`].
    ///
    /// # Errors
    /// `mutability` for removing `userName`, `invalidValue` for values that cannot be.
    pub fn from_patch(patch: &PatchOp) -> Result<Self, Error> {
        let mut change = Self::default();
        for operation in &patch.operations {
            change.add(operation)?;
        }
        Ok(change)
    }

    /// Whether nothing is changed that a server acts on.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, operation: &Operation) -> Result<(), Error> {
        let Operation { kind, path, value } = operation;
        if path.attr.schema.is_some() {
            return Ok(());
        }
        match (path.attr.name.as_str(), path.sub.as_deref()) {
            ("userName", None) => self.user_name = Some(user_name(*kind, value)?),
            ("externalId", None) => self.external_id = Change::of(*kind, value),
            ("active", None) => match (kind, value.as_bool()) {
                (OpKind::Remove, _) | (_, None) => {}
                (_, Some(active)) => self.active = Some(active),
            },
            ("displayName", None) => self.display_name = Change::of(*kind, value),
            ("name", Some("givenName")) => self.given_name = Change::of(*kind, value),
            ("name", Some("familyName")) => self.family_name = Change::of(*kind, value),
            ("name", None) => self.name(*kind, value),
            ("emails", sub) => self.email(operation, sub),
            _ => {}
        }
        Ok(())
    }

    fn name(&mut self, kind: OpKind, value: &Value) {
        if kind == OpKind::Remove || value.is_null() {
            self.given_name = Change::Clear;
            self.family_name = Change::Clear;
        }
        let parts = [("givenName", &mut self.given_name), ("familyName", &mut self.family_name)];
        for (name, field) in parts {
            if let Some(value) = value.get(name).filter(|_| kind != OpKind::Remove) {
                *field = Change::of(kind, value);
            }
        }
    }

    fn email(&mut self, operation: &Operation, sub: Option<&str>) {
        let Operation { kind, path, value } = operation;
        // An address for something else than work does not become the one to write to.
        let is_for_work = path.filter.as_ref().is_none_or(|filter| {
            let work = serde_json::json!({ "type": "work", "primary": true });
            element_matches(filter, &work, path.attr.attribute())
        });
        if !is_for_work {
            return;
        }
        match (kind, sub) {
            (OpKind::Remove, None | Some("value")) => {
                if value.is_null() {
                    self.email = Change::Clear;
                }
            }
            (_, Some("value")) => self.email = Change::of(*kind, value),
            (_, Some(_)) => {}
            (_, None) => {
                let list =
                    if value.is_array() { value.clone() } else { vec![value.clone()].into() };
                let user = User { emails: emails(Some(&list)), ..User::default() };
                match user.email() {
                    Some(address) => self.email = Change::Set(address.to_owned()),
                    None if *kind == OpKind::Replace => self.email = Change::Clear,
                    None => {}
                }
            }
        }
    }
}

impl Change<String> {
    /// What an operation does to an attribute that is a string. Null and "" unset it.
    pub(crate) fn of(kind: OpKind, value: &Value) -> Self {
        match (kind, value) {
            (OpKind::Remove, _) => Self::Clear,
            (_, Value::String(text)) if !text.is_empty() => Self::Set(text.clone()),
            (OpKind::Replace, _) => Self::Clear,
            (OpKind::Add, _) => Self::Keep,
        }
    }
}

impl<T> From<Option<T>> for Change<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

fn user_name(kind: OpKind, value: &Value) -> Result<String, Error> {
    match (kind, value) {
        (OpKind::Remove, _) => {
            let detail = "userName is required: it can be changed, but not removed";
            Err(Error::new(ScimType::Mutability, detail))
        }
        (_, Value::String(name)) if !name.trim().is_empty() => Ok(name.clone()),
        _ => Err(Error::new(ScimType::InvalidValue, "userName needs a name: send a string")),
    }
}
