//! The values of a list, one by one: finding the same one again, merging into it, making one from a
//! filter, and keeping at most one primary.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::filter::{Filter, Op};
use crate::schema::Attribute;
use crate::value::{coerce, get, is_unassigned, key_in};
use crate::{Error, ScimType};

/// Adds to a list what it does not have yet. What it has is merged into, so adding twice is adding
/// once.
pub(super) fn add_all(list: &mut Vec<Value>, added: Vec<Value>) {
    // By key, and not by comparing each with each: a list may be as long as a request allows.
    let mut places: HashMap<Key, usize> = HashMap::with_capacity(list.len() + added.len());
    for (at, present) in list.iter().enumerate() {
        places.entry(key_of(present)).or_insert(at);
    }
    let mut touched = Vec::with_capacity(added.len());
    for value in added {
        let at = *places.entry(key_of(&value)).or_insert(list.len());
        match list.get_mut(at) {
            Some(present) => set(present, None, value),
            None => list.push(value),
        }
        touched.push(at);
    }
    keep_one_primary(list, &touched);
}

/// Sets a sub-attribute of an element, or merges a whole element into it. What the patch does not
/// name stays, so that replacing an address does not lose its type.
pub(super) fn set(element: &mut Value, sub: Option<&str>, value: Value) {
    match (element, sub, value) {
        (Value::Object(map), Some(sub), value) => set_key(map, sub, value),
        (Value::Object(map), None, Value::Object(changes)) => {
            for (key, value) in changes {
                set_key(map, &key, value);
            }
        }
        (element, Some(sub), value) => {
            let mut map = Map::new();
            set_key(&mut map, sub, value);
            *element = Value::Object(map);
        }
        (element, None, value) => *element = value,
    }
}

/// Sets a key, whatever the case it is there in. Null unsets it (RFC 7643 section 2.5).
pub(super) fn set_key(map: &mut Map<String, Value>, name: &str, value: Value) {
    let key = key_in(map, name);
    if value.is_null() {
        map.shift_remove(&key);
    } else {
        map.insert(key, value);
    }
}

/// The element that a filter of equalities describes: `type eq "work"` is `{"type": "work"}`.
///
/// RFC 7644 section 3.5.2.3 answers noTarget where a filter selects nothing. Entra patches a new
/// user's first e-mail that way and does not recover from the error, so we make the element.
///
/// # Errors
/// `noTarget` for filters that do not describe one element.
pub(super) fn described_by(
    filter: &Filter,
    attribute: Option<&'static Attribute>,
) -> Result<Value, Error> {
    let mut map = Map::new();
    describe(filter, attribute, &mut map)?;
    Ok(Value::Object(map))
}

fn describe(
    filter: &Filter,
    attribute: Option<&'static Attribute>,
    into: &mut Map<String, Value>,
) -> Result<(), Error> {
    match filter {
        Filter::And(all) => all.iter().try_for_each(|filter| describe(filter, attribute, into)),
        Filter::Compare(path, Op::Equal, literal) if path.sub.is_none() => {
            let sub = attribute.and_then(|attribute| attribute.sub(&path.name));
            let name = sub.map_or(path.name.as_str(), |sub| sub.name);
            into.insert(name.to_owned(), coerce(sub, literal.to_value())?);
            Ok(())
        }
        _ => {
            let detail = "the path's filter selects nothing, and describes nothing to be made: \
                          use eq and and only";
            Err(Error::new(ScimType::NoTarget, detail))
        }
    }
}

/// At most one value of a list is primary (RFC 7643 section 2.4): the one that was touched last.
pub(super) fn keep_one_primary(list: &mut [Value], touched: &[usize]) {
    let is_primary = |value: &Value| {
        value.as_object().and_then(|map| get(map, "primary")) == Some(&Value::Bool(true))
    };
    let Some(kept) = touched.iter().rev().copied().find(|at| is_primary(&list[*at])) else {
        return;
    };
    for (at, value) in list.iter_mut().enumerate() {
        if at != kept && is_primary(value) {
            set(value, Some("primary"), Value::Bool(false));
        }
    }
}

/// Takes from a list what a remove names: by its `value`, in whatever form.
pub(super) fn remove_named(list: &mut Vec<Value>, named: &[Value]) {
    let named: HashSet<String> = named.iter().map(|name| simple(name).to_string()).collect();
    list.retain(|element| !named.contains(&simple(element).to_string()));
}

/// What tells the values of a list apart.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    /// Its `value` and `type`, in any case.
    Value(String, String),
    /// All of it, for one that has no `value`.
    Whole(Vec<(String, String)>),
}

fn key_of(element: &Value) -> Key {
    let Value::Object(map) = element else {
        return Key::Whole(vec![(String::new(), element.to_string())]);
    };
    let folded = |value: &Value| value.to_string().to_lowercase();
    if let Some(value) = get(map, "value").filter(|value| !is_unassigned(value)) {
        let kind = get(map, "type").filter(|kind| !is_unassigned(kind));
        return Key::Value(folded(value), kind.map(folded).unwrap_or_default());
    }
    let parts = map.iter().map(|(name, value)| (name.to_lowercase(), value.to_string()));
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    Key::Whole(parts)
}

fn simple(value: &Value) -> &Value {
    value.as_object().and_then(|map| get(map, "value")).unwrap_or(value)
}
