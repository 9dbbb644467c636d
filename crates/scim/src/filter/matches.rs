//! Whether a resource fulfils a filter: a plain walk over both.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Filter, Literal, Op};
use crate::AttrPath;
use crate::schema::Attribute;
use crate::value::{as_bool, get, is_unassigned};

pub(super) fn matches(filter: &Filter, resource: &Value) -> bool {
    holds(filter, resource, None)
}

/// Whether one value of a multi-valued attribute fulfils the filter between its brackets.
pub(crate) fn element_matches(
    filter: &Filter,
    element: &Value,
    attribute: Option<&'static Attribute>,
) -> bool {
    holds(filter, element, attribute)
}

/// `parent` is the attribute whose brackets we are in.
fn holds(filter: &Filter, resource: &Value, parent: Option<&'static Attribute>) -> bool {
    match filter {
        Filter::And(all) => all.iter().all(|filter| holds(filter, resource, parent)),
        Filter::Or(any) => any.iter().any(|filter| holds(filter, resource, parent)),
        Filter::Not(inner) => !holds(inner, resource, parent),
        Filter::Present(path) | Filter::Compare(path, Op::NotEqual, Literal::Null) => {
            is_present(path, resource)
        }
        Filter::ValuePath(path, inner) => {
            let attribute = path.attribute();
            values(path, resource).into_iter().any(|value| holds(inner, value, attribute))
        }
        Filter::Compare(path, Op::Equal, Literal::Null) => !is_present(path, resource),
        Filter::Compare(path, op, literal) => {
            let exact = leaf(path, parent).is_some_and(|attribute| attribute.case_exact);
            let compare = |op| {
                values(path, resource)
                    .into_iter()
                    .any(|value| compares(simple(value), op, literal, exact))
            };
            if *op == Op::NotEqual { !compare(Op::Equal) } else { compare(*op) }
        }
    }
}

fn is_present(path: &AttrPath, resource: &Value) -> bool {
    values(path, resource).into_iter().any(|value| !is_unassigned(value))
}

/// The values at a path, those of a list one by one.
fn values<'a>(path: &AttrPath, resource: &'a Value) -> Vec<&'a Value> {
    let holder = match &path.schema {
        None => Some(resource),
        Some(schema) => resource.as_object().and_then(|map| get(map, schema)),
    };
    let found = holder.and_then(|holder| child(holder, &path.name));
    let found = found.into_iter().flat_map(flat);
    match &path.sub {
        None => found.collect(),
        Some(sub) => found.filter_map(|value| child(value, sub)).flat_map(flat).collect(),
    }
}

/// An attribute of an object. A value that is no object is its own `value`.
fn child<'a>(holder: &'a Value, name: &str) -> Option<&'a Value> {
    match holder {
        Value::Object(map) => get(map, name),
        Value::Null | Value::Array(_) => None,
        value => name.eq_ignore_ascii_case("value").then_some(value),
    }
}

fn flat(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(values) => values.iter(),
        value => std::slice::from_ref(value).iter(),
    }
}

/// `emails co "x"` speaks of each e-mail's `value` (RFC 7644 section 3.4.2.2).
fn simple(value: &Value) -> &Value {
    value.as_object().and_then(|map| get(map, "value")).unwrap_or(value)
}

fn leaf(path: &AttrPath, parent: Option<&'static Attribute>) -> Option<&'static Attribute> {
    let attribute = match parent {
        Some(parent) => parent.sub(&path.name),
        None => path.attribute(),
    }?;
    match &path.sub {
        Some(sub) => attribute.sub(sub),
        None => Some(attribute.sub("value").unwrap_or(attribute)),
    }
}

fn compares(value: &Value, op: Op, literal: &Literal, exact: bool) -> bool {
    let folded = |text: &str| if exact { text.to_owned() } else { text.to_lowercase() };
    match op {
        Op::Equal => equals(value, literal, exact),
        Op::NotEqual => !equals(value, literal, exact),
        Op::Contains | Op::StartsWith | Op::EndsWith => {
            let (Value::String(value), Literal::Text(part)) = (value, literal) else {
                return false;
            };
            let (value, part) = (folded(value), folded(part));
            match op {
                Op::StartsWith => value.starts_with(&part),
                Op::EndsWith => value.ends_with(&part),
                _ => value.contains(&part),
            }
        }
        Op::Greater => order(value, literal, exact) == Some(Ordering::Greater),
        Op::Less => order(value, literal, exact) == Some(Ordering::Less),
        Op::GreaterOrEqual => order(value, literal, exact).is_some_and(Ordering::is_ge),
        Op::LessOrEqual => order(value, literal, exact).is_some_and(Ordering::is_le),
    }
}

/// Equality across the types that clients mix up: `"True"` and true, `"7"` and 7.
fn equals(value: &Value, literal: &Literal, exact: bool) -> bool {
    match (value, literal) {
        (Value::Bool(flag), Literal::Bool(other)) => flag == other,
        (Value::Bool(flag), Literal::Text(text)) | (Value::String(text), Literal::Bool(flag)) => {
            as_bool(text) == Some(*flag)
        }
        (Value::String(text), Literal::Number(number))
        | (Value::Number(number), Literal::Text(text)) => *text == number.to_string(),
        _ => order(value, literal, exact) == Some(Ordering::Equal),
    }
}

/// Which of two comes first, where both have an order: numbers, times, strings.
fn order(value: &Value, literal: &Literal, exact: bool) -> Option<Ordering> {
    match (value, literal) {
        (Value::Number(number), Literal::Number(other)) => {
            number.as_f64()?.partial_cmp(&other.as_f64()?)
        }
        (Value::String(value), Literal::Text(text)) => {
            let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
            if let (Some(value), Some(text)) = (instant(value), instant(text)) {
                return Some(value.cmp(&text));
            }
            Some(if exact {
                value.cmp(text)
            } else {
                value.to_lowercase().cmp(&text.to_lowercase())
            })
        }
        _ => None,
    }
}
