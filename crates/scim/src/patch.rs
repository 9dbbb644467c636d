//! Patches: RFC 7644 section 3.5.2. Read here once, with everything that identity providers send
//! differently straightened out; applied to a resource by [`apply`], or read as a change of a group
//! or, as far as somebody leaves by it, of a user by `group_changes` and `active_in_patch`.

mod apply;
mod element;
mod path;

use serde_json::{Map, Value};

pub use apply::{Changed, apply};
pub use path::PatchPath;

use crate::body::expect_schema;
use crate::schema::Mutability;
use crate::value::{coerce, coerce_one, get, is_unassigned};
use crate::{AttrPath, Error, ScimType, urn};

/// A patch: its operations in order, each on one path.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchOp {
    /// What to do, in order.
    pub operations: Vec<Operation>,
}

/// One operation of a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What it does.
    pub kind: OpKind,
    /// Where.
    pub path: PatchPath,
    /// With what, in the schema's types and spelling. `Null` where none was sent.
    pub value: Value,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpKind {
    /// Sets an attribute, or adds to a list.
    Add,
    /// Sets an attribute, or a whole list.
    Replace,
    /// Unsets an attribute, or takes values from a list.
    Remove,
}

impl PatchOp {
    /// Reads the body of a PATCH.
    ///
    /// Operations and keys may be in any case. An add or replace without a path becomes one
    /// operation for each of its keys, read as paths: Entra sends `name.givenName` and URNs there,
    /// and Okta a group's `id`, which is passed over as are all attributes that only the server
    /// writes. `password` is dropped, and so is what unsets `active`.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `mutability`, or `noTarget`
    /// for a remove without a path.
    pub fn parse(body: &Value) -> Result<Self, Error> {
        expect_schema(body, urn::PATCH_OP)?;
        let sent = body.as_object().and_then(|body| get(body, "Operations"));
        let Some(Value::Array(sent)) = sent else {
            return Err(syntax("the patch has no list named Operations"));
        };
        if sent.is_empty() {
            return Err(syntax("the list Operations is empty: send at least one"));
        }
        let mut operations = Vec::with_capacity(sent.len());
        for operation in sent {
            read(operation, &mut operations)?;
        }
        Ok(Self { operations })
    }
}

fn read(sent: &Value, into: &mut Vec<Operation>) -> Result<(), Error> {
    let sent = sent.as_object().ok_or_else(|| syntax("each operation must be an object"))?;
    let kind = kind(get(sent, "op"))?;
    let path = match get(sent, "path") {
        None | Some(Value::Null) => "",
        Some(Value::String(path)) => path.trim(),
        Some(_) => return Err(Error::new(ScimType::InvalidPath, "a path must be a string")),
    };
    let value = get(sent, "value").cloned().unwrap_or(Value::Null);
    if path.is_empty() {
        return spread(kind, None, value, into);
    }
    let path = PatchPath::parse(path)?;
    if is_passed_over(kind, &path, &value) {
        return Ok(());
    }
    if path.attr.is_schema() && kind != OpKind::Remove {
        return spread(kind, path.attr.schema.as_deref(), value, into);
    }
    let writable = path.attr.attribute().is_none_or(|a| a.mutability != Mutability::ReadOnly);
    if !writable {
        let detail = format!("{} is written by the server only: leave it out", path.attr);
        return Err(Error::new(ScimType::Mutability, detail));
    }
    into.push(operation(kind, path, value)?);
    Ok(())
}

fn kind(op: Option<&Value>) -> Result<OpKind, Error> {
    let kinds = [("add", OpKind::Add), ("replace", OpKind::Replace), ("remove", OpKind::Remove)];
    let op = op.and_then(Value::as_str).unwrap_or_default();
    let found = kinds.into_iter().find(|(name, _)| op.eq_ignore_ascii_case(name));
    let detail = || syntax(format!("op is {op:?}: use add, replace or remove"));
    found.map(|(_, kind)| kind).ok_or_else(detail)
}

/// One operation for each key of a value that came without a path, or with a schema as its path.
fn spread(
    kind: OpKind,
    schema: Option<&str>,
    value: Value,
    into: &mut Vec<Operation>,
) -> Result<(), Error> {
    if kind == OpKind::Remove {
        return Err(Error::new(ScimType::NoTarget, "a remove needs a path: name what to remove"));
    }
    let Value::Object(map) = value else {
        let detail = "without a path to an attribute, the value must be an object";
        return Err(Error::new(ScimType::InvalidValue, detail));
    };
    for (key, value) in map {
        let path = match schema {
            Some(schema) => PatchPath::parse(&format!("{schema}:{key}"))?,
            None => PatchPath::parse(&key)?,
        };
        let read_only = path
            .attr
            .attribute()
            .is_some_and(|a| a.mutability == Mutability::ReadOnly || a.name == "schemas");
        if read_only || is_passed_over(kind, &path, &value) {
            continue;
        }
        if path.attr.is_schema() {
            spread_schema(kind, path.attr.schema.as_deref(), value, into)?;
        } else {
            into.push(operation(kind, path, value)?);
        }
    }
    Ok(())
}

/// A schema within a value. One within another means nothing, so this does not go any deeper.
fn spread_schema(
    kind: OpKind,
    schema: Option<&str>,
    value: Value,
    into: &mut Vec<Operation>,
) -> Result<(), Error> {
    let nested = |key: &str| key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    match &value {
        Value::Object(map) if map.keys().any(|key| nested(key)) => {
            Err(syntax("a schema cannot be within another schema"))
        }
        _ => spread(kind, schema.or(Some(urn::USER)), value, into),
    }
}

fn operation(kind: OpKind, path: PatchPath, value: Value) -> Result<Operation, Error> {
    let attribute = path.attr.attribute();
    let value = match (&path.sub, attribute) {
        // A remove may carry what it removes, in whatever form, or a stale value that means nothing.
        _ if kind == OpKind::Remove => value,
        (Some(sub), Some(attribute)) => coerce(attribute.sub(sub), value)?,
        (None, Some(attribute)) if path.filter.is_some() => coerce_one(attribute, value)?,
        (_, attribute) => coerce(attribute, value)?,
    };
    Ok(Operation { kind, path, value })
}

/// A password is not taken. And unsetting `active` says nothing of whether somebody may sign in, so it must not hold up
/// what else a patch says.
fn is_passed_over(kind: OpKind, path: &PatchPath, value: &Value) -> bool {
    let AttrPath { schema, name, .. } = &path.attr;
    let is_named = |wanted| schema.is_none() && name.eq_ignore_ascii_case(wanted);
    let unsets = kind == OpKind::Remove || is_unassigned(value);
    is_named("password") || (unsets && is_named("active"))
}

fn syntax(detail: impl Into<String>) -> Error {
    Error::new(ScimType::InvalidSyntax, detail)
}

/// The object in `map` under `key`, made where there is none.
fn object_at<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let slot = map.entry(key).or_insert(Value::Null);
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().expect("it was made an object just above")
}
