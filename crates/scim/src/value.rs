//! Reading JSON the way SCIM does: attribute names in any case (RFC 7643 section 2.1), booleans
//! that came as strings, and empty values that count as none (RFC 7643 section 2.5).

use serde_json::{Map, Value};

use crate::schema::{Attribute, Kind};
use crate::{Error, ScimType};

/// The value of an attribute, whatever the case of its name.
pub(crate) fn get<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| {
        map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

/// The key under which `map` has an attribute, or `name` where it has none yet.
pub(crate) fn key_in(map: &Map<String, Value>, name: &str) -> String {
    if map.contains_key(name) {
        return name.to_owned();
    }
    map.keys().find(|key| key.eq_ignore_ascii_case(name)).map_or(name, String::as_str).to_owned()
}

/// `true` and `false` in any case, as Entra sends them.
pub(crate) fn as_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether a value counts as unassigned: null, "", [] or {}.
pub(crate) fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The value as the attribute has it: names in the schema's spelling, strings made booleans, a bare
/// string made the object it stands for. What the schema does not know passes as it is.
pub(crate) fn coerce(attribute: Option<&Attribute>, value: Value) -> Result<Value, Error> {
    let Some(attribute) = attribute else { return Ok(value) };
    if attribute.multi_valued {
        return elements(attribute, value).map(Value::Array);
    }
    coerce_one(attribute, value)
}

/// The values of a multi-valued attribute, each as [`coerce_one`] has it. One that came without an
/// array around it is a list of one.
pub(crate) fn elements(attribute: &Attribute, value: Value) -> Result<Vec<Value>, Error> {
    let values = match value {
        Value::Array(values) => values,
        other => vec![other],
    };
    let assigned = values.into_iter().filter(|value| !value.is_null());
    assigned.map(|value| coerce_one(attribute, value)).collect()
}

/// As [`coerce`], for one value of an attribute that may have many.
pub(crate) fn coerce_one(attribute: &Attribute, value: Value) -> Result<Value, Error> {
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (Kind::Complex, Value::Object(map)) => coerce_object(attribute, map),
        (Kind::Complex, Value::String(text)) if attribute.sub("value").is_some() => {
            Ok(if text.is_empty() { Value::Null } else { wrapped(text) })
        }
        (Kind::Boolean, Value::Bool(flag)) => Ok(Value::Bool(flag)),
        (Kind::Boolean, Value::String(text)) => {
            as_bool(&text).map(Value::Bool).ok_or_else(|| wrong_type(attribute, "true or false"))
        }
        (Kind::Boolean, _) => Err(wrong_type(attribute, "true or false")),
        (Kind::Complex, _) => Err(wrong_type(attribute, "an object")),
        (_, Value::Object(_) | Value::Array(_)) => Err(wrong_type(attribute, "a string")),
        (_, Value::Number(number)) => Ok(Value::String(number.to_string())),
        (_, Value::Bool(flag)) => Ok(Value::String(flag.to_string())),
        (_, text @ Value::String(_)) => Ok(text),
    }
}

fn coerce_object(attribute: &Attribute, map: Map<String, Value>) -> Result<Value, Error> {
    let mut coerced = Map::new();
    for (key, value) in map {
        let sub = attribute.sub(&key);
        let name = sub.map_or(key, |sub| sub.name.to_owned());
        coerced.insert(name, coerce(sub, value)?);
    }
    Ok(Value::Object(coerced))
}

fn wrapped(text: String) -> Value {
    let mut map = Map::new();
    map.insert("value".into(), Value::String(text));
    Value::Object(map)
}

fn wrong_type(attribute: &Attribute, expected: &str) -> Error {
    let detail = format!("{} has a value of the wrong type: send {expected}", attribute.name);
    Error::new(ScimType::InvalidValue, detail)
}
