//! Applying a patch to a resource: all of it or nothing.

use serde_json::{Map, Value};

use super::element::{add_all, described_by, keep_one_primary, remove_named, set, set_key};
use super::{OpKind, Operation, PatchOp, PatchPath, object_at};
use crate::filter::element_matches;
use crate::schema::Attribute;
use crate::value::{elements, is_unassigned, key_in};
use crate::{Error, ScimType};

/// Whether a patch made a difference. Where it made none, `meta.lastModified` must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The resource is another now.
    Yes,
    /// The resource is as it was.
    No,
}

/// Applies a patch to a resource. After an error the resource is as it was.
///
/// # Errors
/// `noTarget`, `mutability` or `invalidValue`.
pub fn apply(resource: &mut Value, patch: &PatchOp) -> Result<Changed, Error> {
    let mut draft = resource.clone();
    let Value::Object(root) = &mut draft else {
        return Err(Error::new(ScimType::InvalidSyntax, "the resource is not an object"));
    };
    for operation in &patch.operations {
        step(root, operation)?;
    }
    if draft == *resource {
        return Ok(Changed::No);
    }
    *resource = draft;
    Ok(Changed::Yes)
}

fn step(root: &mut Map<String, Value>, operation: &Operation) -> Result<(), Error> {
    let Operation { kind, path, value } = operation;
    let unsets = *kind == OpKind::Remove
        || (*kind == OpKind::Replace && path.filter.is_none() && is_unassigned(value));
    let required = path.attr.attribute().is_some_and(|attribute| attribute.required);
    if unsets && required && path.sub.is_none() {
        let detail = format!("{} is required: it can be changed, but not removed", path.attr);
        return Err(Error::new(ScimType::Mutability, detail));
    }

    let schema = path.attr.schema.as_ref().map(|schema| key_in(root, schema));
    if *kind == OpKind::Remove {
        match schema {
            None => remove(root, path, value),
            Some(schema) if path.attr.is_schema() => drop(root.shift_remove(&schema)),
            Some(schema) => {
                if let Some(Value::Object(holder)) = root.get_mut(&schema) {
                    remove(holder, path, value);
                }
                drop_if_unassigned(root, &schema);
            }
        }
        return Ok(());
    }
    match schema {
        None => put(root, *kind, path, value.clone()),
        Some(schema) => {
            put(object_at(root, &schema), *kind, path, value.clone())?;
            drop_if_unassigned(root, &schema);
            Ok(())
        }
    }
}

/// Adds or replaces.
fn put(
    holder: &mut Map<String, Value>,
    kind: OpKind,
    path: &PatchPath,
    value: Value,
) -> Result<(), Error> {
    let attribute = path.attr.attribute();
    let key = key_in(holder, &path.attr.name);
    if path.filter.is_some() {
        put_selected(list_at(holder, &key), path, attribute, value)?;
    } else if is_list(attribute, holder.get(&key), &value) {
        put_list(list_at(holder, &key), kind, path.sub.as_deref(), attribute, value)?;
    } else if let Some(sub) = &path.sub {
        set_key(object_at(holder, &key), sub, value);
    } else {
        put_single(holder, &key, kind, value);
    }
    drop_if_unassigned(holder, &key);
    Ok(())
}

/// Objects are merged by add and by replace alike (RFC 7644 section 3.5.2.3).
fn put_single(holder: &mut Map<String, Value>, key: &str, kind: OpKind, value: Value) {
    match (holder.get_mut(key), value) {
        (Some(present @ Value::Object(_)), value @ Value::Object(_)) => set(present, None, value),
        (_, Value::Null) if kind == OpKind::Add => {}
        (_, Value::Object(changes)) => {
            let mut made = Value::Object(Map::new());
            set(&mut made, None, Value::Object(changes));
            holder.insert(key.to_owned(), made);
        }
        (_, value) => {
            holder.insert(key.to_owned(), value);
        }
    }
}

fn put_list(
    list: &mut Vec<Value>,
    kind: OpKind,
    sub: Option<&str>,
    attribute: Option<&'static Attribute>,
    value: Value,
) -> Result<(), Error> {
    if let Some(sub) = sub {
        if list.is_empty() {
            list.push(Value::Object(Map::new()));
        }
        for element in list {
            set(element, Some(sub), value.clone());
        }
        return Ok(());
    }
    let values = match (attribute, value) {
        (Some(attribute), value) => elements(attribute, value)?,
        (None, Value::Array(values)) => values,
        (None, value) => vec![value],
    };
    if kind == OpKind::Replace {
        list.clear();
    }
    add_all(list, values);
    Ok(())
}

fn put_selected(
    list: &mut Vec<Value>,
    path: &PatchPath,
    attribute: Option<&'static Attribute>,
    value: Value,
) -> Result<(), Error> {
    let filter = path.filter.as_ref().expect("the caller has seen the filter");
    let sub = path.sub.as_deref();
    let mut touched = Vec::new();
    for (at, element) in list.iter_mut().enumerate() {
        if element_matches(filter, element, attribute) {
            set(element, sub, value.clone());
            touched.push(at);
        }
    }
    if touched.is_empty() && !is_unassigned(&value) {
        let mut made = described_by(filter, attribute)?;
        set(&mut made, sub, value);
        touched.push(list.len());
        list.push(made);
    }
    keep_one_primary(list, &touched);
    list.retain(|element| !is_unassigned(element));
    Ok(())
}

fn remove(holder: &mut Map<String, Value>, path: &PatchPath, value: &Value) {
    let attribute = path.attr.attribute();
    let key = key_in(holder, &path.attr.name);
    let Some(present) = holder.get_mut(&key) else { return };
    match (present, &path.filter, &path.sub) {
        (Value::Array(list), Some(filter), Some(sub)) => {
            for element in list.iter_mut().filter(|e| element_matches(filter, e, attribute)) {
                set(element, Some(sub), Value::Null);
            }
        }
        (Value::Array(list), Some(filter), None) => {
            list.retain(|element| !element_matches(filter, element, attribute));
        }
        (Value::Array(list), None, Some(sub)) => {
            for element in list {
                set(element, Some(sub), Value::Null);
            }
        }
        (Value::Object(map), None, Some(sub)) => set_key(map, sub, Value::Null),
        // Only a list can be selected from, and only an object has parts.
        (_, Some(_), _) | (_, None, Some(_)) => {}
        // Entra names the values to remove in the value instead of the path. Without this, one
        // leaver would empty the whole list.
        (Value::Array(list), None, None) if !value.is_null() => {
            let named = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            remove_named(list, named);
        }
        (present, None, None) => *present = Value::Null,
    }
    if let Some(Value::Array(list)) = holder.get_mut(&key) {
        list.retain(|element| !is_unassigned(element));
    }
    drop_if_unassigned(holder, &key);
}

fn is_list(attribute: Option<&Attribute>, present: Option<&Value>, value: &Value) -> bool {
    match attribute {
        Some(attribute) => attribute.multi_valued,
        None => present.is_some_and(Value::is_array) || value.is_array(),
    }
}

/// The list under `key`. A single value that is there becomes its first element.
fn list_at<'a>(holder: &'a mut Map<String, Value>, key: &str) -> &'a mut Vec<Value> {
    let slot = holder.entry(key).or_insert(Value::Null);
    if !slot.is_array() {
        let present = std::mem::take(slot);
        *slot = Value::Array(if present.is_null() { Vec::new() } else { vec![present] });
    }
    slot.as_array_mut().expect("it was made a list just above")
}

fn drop_if_unassigned(holder: &mut Map<String, Value>, key: &str) {
    if holder.get(key).is_some_and(is_unassigned) {
        holder.shift_remove(key);
    }
}
