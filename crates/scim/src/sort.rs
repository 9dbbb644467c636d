//! The order of a list: RFC 7644 section 3.4.2.3.

use std::cmp::Ordering;

use serde_json::Value;

use crate::value::get;
use crate::{AttrPath, Error, ScimType};

/// By what a list is sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The attribute.
    pub by: AttrPath,
    /// From the largest to the smallest.
    pub descending: bool,
}

/// What one resource is sorted by. Those that lack the attribute come last, and first where the
/// order is descending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A string, folded where case does not matter, or a boolean or a time as one.
    Text(String),
    /// Nothing to sort by.
    Absent,
}

impl Sort {
    /// Reads `sortBy` and `sortOrder`. An order without an attribute means nothing.
    ///
    /// # Errors
    /// `invalidPath` for what is no name of an attribute, `invalidValue` for another order.
    pub fn parse(by: Option<&str>, order: Option<&str>) -> Result<Option<Self>, Error> {
        let Some(by) = by.map(str::trim).filter(|by| !by.is_empty()) else { return Ok(None) };
        let path = AttrPath::parse(by).filter(|path| !path.is_schema()).ok_or_else(|| {
            let detail = format!("sortBy is {by:?}, which is not the name of an attribute");
            Error::new(ScimType::InvalidPath, detail)
        })?;
        let order = order.unwrap_or("ascending").trim();
        let descending = order.eq_ignore_ascii_case("descending");
        if !descending && !order.eq_ignore_ascii_case("ascending") && !order.is_empty() {
            let detail = format!("sortOrder is {order:?}: use ascending or descending");
            return Err(Error::new(ScimType::InvalidValue, detail));
        }
        Ok(Some(Self { by: path, descending }))
    }

    /// What a resource is sorted by: of a list its primary value, or else its first.
    pub fn key(&self, resource: &Value) -> SortKey {
        let holder = match &self.by.schema {
            None => resource.as_object(),
            Some(schema) => {
                resource.as_object().and_then(|map| get(map, schema)).and_then(Value::as_object)
            }
        };
        let found = holder.and_then(|map| get(map, &self.by.name)).map(preferred);
        let part = self.by.sub.as_deref().unwrap_or("value");
        let found = found.and_then(|value| match value {
            Value::Object(map) => get(map, part),
            value => self.by.sub.is_none().then_some(value),
        });
        match found {
            Some(Value::String(text)) if self.is_exact() => SortKey::Text(text.clone()),
            Some(Value::String(text)) => SortKey::Text(text.to_lowercase()),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => SortKey::Text(value.to_string()),
            _ => SortKey::Absent,
        }
    }

    /// Which of two keys comes first in this order.
    pub fn compare(&self, one: &SortKey, other: &SortKey) -> Ordering {
        let ascending = one.cmp(other);
        if self.descending { ascending.reverse() } else { ascending }
    }

    fn is_exact(&self) -> bool {
        let Some(attribute) = self.by.attribute() else { return false };
        let part = self.by.sub.as_deref().unwrap_or("value");
        attribute.sub(part).unwrap_or(attribute).case_exact
    }
}

fn preferred(value: &Value) -> &Value {
    let Value::Array(values) = value else { return value };
    let is_primary = |value: &&Value| {
        value.as_object().and_then(|map| get(map, "primary")) == Some(&Value::Bool(true))
    };
    values.iter().find(is_primary).or_else(|| values.first()).unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(by: &str, order: &str) -> Vec<i64> {
        let mut people = [
            json!({"n": 1, "userName": "bo", "emails": [{"value": "z@x"}, {"value": "b@x", "primary": true}]}),
            json!({"n": 2, "userName": "Al", "active": true, "emails": [{"value": "C@x"}]}),
            json!({"n": 3, "userName": "cy", "active": false, "name": {"familyName": "A"}}),
        ];
        let sort = Sort::parse(Some(by), Some(order)).unwrap().unwrap();
        people.sort_by(|one, other| sort.compare(&sort.key(one), &sort.key(other)));
        people.iter().filter_map(|person| person["n"].as_i64()).collect()
    }

    #[test]
    fn names_are_sorted_without_case_and_lists_by_their_preferred_value() {
        assert_eq!(order("username", "ascending"), [2, 1, 3]);
        assert_eq!(order("userName", "Descending"), [3, 1, 2]);
        assert_eq!(order("emails", ""), [1, 2, 3]);
        assert_eq!(order("emails.value", "descending"), [3, 2, 1]);
        assert_eq!(order("name.familyName", "ascending"), [3, 1, 2]);
        assert_eq!(order("active", "ascending"), [3, 2, 1]);
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let refused = |by, order| Sort::parse(Some(by), order).unwrap_err().scim_type;
        assert_eq!(refused("a b", None), Some(ScimType::InvalidPath));
        assert_eq!(refused("userName", Some("up")), Some(ScimType::InvalidValue));
        assert_eq!(Sort::parse(None, Some("descending")).unwrap(), None);
    }
}
