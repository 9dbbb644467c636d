//! `attributes` and `excludedAttributes`: which part of a resource an answer shows (RFC 7644
//! section 3.9).

use serde_json::{Map, Value};

use crate::value::key_in;
use crate::{AttrPath, Error, ScimType};

/// Which attributes an answer shows. `id` and `schemas` are always shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Projection {
    /// All of them.
    #[default]
    Default,
    /// These only.
    Only(Vec<AttrPath>),
    /// All but these.
    Except(Vec<AttrPath>),
}

impl Projection {
    /// Reads the two parameters, each a list with commas. Where both are there `attributes` counts:
    /// RFC 7644 has them exclude each other.
    ///
    /// # Errors
    /// `invalidValue` for what is no name of an attribute.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, Error> {
        let attributes = paths(attributes.unwrap_or_default())?;
        if !attributes.is_empty() {
            return Ok(Self::Only(attributes));
        }
        let excluded = paths(excluded.unwrap_or_default())?;
        Ok(if excluded.is_empty() { Self::Default } else { Self::Except(excluded) })
    }

    /// Whether an attribute will be shown, so that a server need not load what it would only cut.
    pub fn wants(&self, name: &str) -> bool {
        let names = |path: &AttrPath| path.name.eq_ignore_ascii_case(name);
        match self {
            Self::Default => true,
            Self::Only(paths) => paths.iter().any(|path| path.is_schema() || names(path)),
            Self::Except(paths) => !paths.iter().any(|path| names(path) && path.sub.is_none()),
        }
    }

    /// Whether `attributes` was given. A PATCH must then answer 200 with the resource (RFC 7644
    /// section 3.5.2).
    pub fn is_asked_for(&self) -> bool {
        matches!(self, Self::Only(_))
    }

    /// Cuts a resource down to what is to be shown.
    pub fn apply(&self, resource: &mut Value) {
        let Value::Object(map) = resource else { return };
        match self {
            Self::Default => {}
            Self::Only(paths) => *map = only(map, paths),
            Self::Except(paths) => paths.iter().for_each(|path| cut(map, path)),
        }
    }
}

/// The names of a list with commas. A selection in brackets, which Microsoft's collection sends, is passed over: all values
/// of the attribute are shown.
fn paths(list: &str) -> Result<Vec<AttrPath>, Error> {
    let mut depth = 0_usize;
    let is_comma = |character: char| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    };
    let names: Vec<_> = list.split(is_comma).map(str::trim).collect();
    let path = |name: &str| {
        let found = match (name.split_once('['), name.rsplit_once(']')) {
            (Some((before, _)), Some((_, after))) => AttrPath::parse(&format!("{before}{after}")),
            _ => AttrPath::parse(name),
        };
        found.ok_or_else(|| {
            let detail = format!("{name:?} is not the name of an attribute");
            Error::new(ScimType::InvalidValue, detail)
        })
    };
    names.into_iter().filter(|name| !name.is_empty()).map(path).collect()
}

fn only(map: &Map<String, Value>, paths: &[AttrPath]) -> Map<String, Value> {
    let mut kept = Map::new();
    for (key, value) in map {
        let is_extension = key.starts_with("urn:");
        let shown = if is_always_shown(key) {
            Some(value.clone())
        } else if is_extension {
            extension(key, value, paths)
        } else if paths.iter().any(|path| path.schema.is_none() && path.is_schema()) {
            Some(value.clone())
        } else {
            attribute(key, value, paths.iter().filter(|path| path.schema.is_none()))
        };
        if let Some(shown) = shown {
            kept.insert(key.clone(), shown);
        }
    }
    kept
}

fn extension(key: &str, value: &Value, paths: &[AttrPath]) -> Option<Value> {
    let of_it = |path: &&AttrPath| {
        path.schema.as_ref().is_some_and(|schema| schema.eq_ignore_ascii_case(key))
    };
    let paths: Vec<_> = paths.iter().filter(of_it).collect();
    if paths.iter().any(|path| path.is_schema()) {
        return Some(value.clone());
    }
    let mut kept = Map::new();
    for (key, value) in value.as_object()? {
        if let Some(shown) = attribute(key, value, paths.iter().copied()) {
            kept.insert(key.clone(), shown);
        }
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}

/// The part of an attribute that the paths ask for: all of it, or some of its sub-attributes.
fn attribute<'a>(
    key: &str,
    value: &Value,
    paths: impl Iterator<Item = &'a AttrPath>,
) -> Option<Value> {
    let paths: Vec<_> = paths.filter(|path| path.name.eq_ignore_ascii_case(key)).collect();
    if paths.is_empty() {
        return None;
    }
    let subs: Option<Vec<&str>> = paths.iter().map(|path| path.sub.as_deref()).collect();
    let Some(subs) = subs else { return Some(value.clone()) };
    let part = |value: &Value| match value {
        Value::Object(map) => {
            let asked_for = |key: &str| subs.iter().any(|sub| sub.eq_ignore_ascii_case(key));
            let kept = map.iter().filter(|(key, _)| asked_for(key));
            Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        value => value.clone(),
    };
    Some(match value {
        Value::Array(values) => values.iter().map(part).collect(),
        value => part(value),
    })
}

fn cut(map: &mut Map<String, Value>, path: &AttrPath) {
    if let Some(schema) = &path.schema {
        let key = key_in(map, schema);
        if path.is_schema() {
            map.shift_remove(&key);
        } else if let Some(Value::Object(extension)) = map.get_mut(&key) {
            cut_attribute(extension, path);
        }
    } else if !is_always_shown(&path.name) {
        cut_attribute(map, path);
    }
}

fn cut_attribute(map: &mut Map<String, Value>, path: &AttrPath) {
    let key = key_in(map, &path.name);
    let Some(sub) = &path.sub else {
        map.shift_remove(&key);
        return;
    };
    let cut = |value: &mut Value| {
        if let Value::Object(map) = value {
            let key = key_in(map, sub);
            map.shift_remove(&key);
        }
    };
    match map.get_mut(&key) {
        Some(Value::Array(values)) => values.iter_mut().for_each(cut),
        Some(value) => cut(value),
        None => {}
    }
}

fn is_always_shown(name: &str) -> bool {
    crate::schema::find(None, name).is_some_and(|attribute| attribute.always_returned)
}
