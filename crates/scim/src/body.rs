//! The body of a POST or PUT, straightened out: names in the schema's spelling, values of the
//! schema's types, and nothing that a client may not say.

use serde_json::{Map, Value};

use crate::schema::Mutability;
use crate::value::{coerce, get, is_unassigned};
use crate::{AttrPath, Error, ScimType, urn};

/// Refuses a body that says it is something else, such as a group that is posted to the users. What says nothing, or names
/// schemas that nobody here knows, passes: some clients name those of SCIM 1, or their own.
pub(crate) fn expect_schema(body: &Value, own: &str) -> Result<(), Error> {
    const OTHERS: [&str; 7] = [
        urn::USER,
        urn::GROUP,
        urn::PATCH_OP,
        urn::BULK_REQUEST,
        urn::SEARCH_REQUEST,
        urn::LIST_RESPONSE,
        urn::ERROR,
    ];
    let named = body.as_object().and_then(|body| get(body, "schemas")).and_then(Value::as_array);
    let named: Vec<&str> = named.into_iter().flatten().filter_map(Value::as_str).collect();
    let is_named = |urn: &str| named.iter().any(|name| name.eq_ignore_ascii_case(urn));
    let other = OTHERS.into_iter().find(|other| is_named(other));
    match other {
        Some(other) if !is_named(own) => {
            let detail = format!("the body says that it is {other}: {own} is expected here");
            Err(Error::new(ScimType::InvalidSyntax, detail))
        }
        _ => Ok(()),
    }
}

/// The attributes of a body that count. Dropped are `password`, what only the server writes (`id`,
/// `meta`, `groups`), `schemas`, and what has no value: null, "" and [] are all unassigned
/// (RFC 7643 section 2.5).
pub(crate) fn read(body: &Value) -> Result<Map<String, Value>, Error> {
    let Value::Object(body) = body else {
        return Err(Error::new(ScimType::InvalidSyntax, "the body must be a JSON object"));
    };
    let mut read = Map::new();
    for (key, value) in body {
        let Some(path) = AttrPath::parse(key) else { continue };
        match (&path.schema, path.is_schema(), value) {
            (Some(schema), true, Value::Object(extension)) => {
                let extension = read_attributes(Some(schema), extension)?;
                if !extension.is_empty() {
                    read.insert(schema.clone(), Value::Object(extension));
                }
            }
            (None, true, Value::Object(core)) => read.extend(read_attributes(None, core)?),
            (None, false, value) => {
                let mut one = Map::new();
                one.insert(key.clone(), value.clone());
                read.extend(read_attributes(None, &one)?);
            }
            _ => {}
        }
    }
    Ok(read)
}

fn read_attributes(
    schema: Option<&str>,
    sent: &Map<String, Value>,
) -> Result<Map<String, Value>, Error> {
    let mut read = Map::new();
    for (key, value) in sent {
        let attribute = crate::schema::find(schema, key);
        let server_only =
            attribute.is_some_and(|a| a.mutability == Mutability::ReadOnly || a.name == "schemas");
        if server_only || (schema.is_none() && key.eq_ignore_ascii_case("password")) {
            continue;
        }
        let value = without_unassigned(coerce(attribute, value.clone())?);
        if !is_unassigned(&value) {
            read.insert(attribute.map_or(key.as_str(), |a| a.name).to_owned(), value);
        }
    }
    Ok(read)
}

/// The value without unassigned parts, two levels deep: that is as deep as SCIM goes.
fn without_unassigned(value: Value) -> Value {
    match value {
        Value::Array(values) => {
            let values = values.into_iter().map(assigned_parts);
            Value::Array(values.filter(|value| !is_unassigned(value)).collect())
        }
        value => assigned_parts(value),
    }
}

fn assigned_parts(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().filter(|(_, value)| !is_unassigned(value)).collect())
        }
        value => value,
    }
}

/// Takes a string out of a body.
pub(crate) fn take_text(map: &mut Map<String, Value>, name: &str) -> Option<String> {
    match map.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
