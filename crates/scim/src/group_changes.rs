//! What a patch changes about a group, without looking at the group: the cost is that of the patch,
//! however many members there are.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::filter::{Filter, Op};
use crate::patch::{OpKind, Operation, PatchOp};
use crate::value::get;
use crate::{Change, Error, ScimType, filter};

/// The net effect of a patch of a group. Adding a member who is one, and removing one who is none,
/// are meant to do nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChanges {
    /// The new name.
    pub display_name: Option<String>,
    /// What becomes of the client's name for the group.
    pub external_id: Change<String>,
    /// The whole list of members. Where it is `Some`, `add` and `remove` are empty.
    pub replace_members: Option<Vec<String>>,
    /// Ids of users to add, each once and none of them in `remove`.
    pub add: Vec<String>,
    /// Ids of users to remove, each once.
    pub remove: Vec<String>,
    /// What the client calls members, by their ids, where it says so.
    pub displays: BTreeMap<String, String>,
}

/// Reads a patch as a change of a group. Attributes that a group does not have are passed over.
///
/// # Errors
/// `mutability` for removing the name or changing a member in place, `invalidPath` for a selection
/// of members by anything but their ids: ignoring one would keep a leaver in the group.
pub fn group_changes(patch: &PatchOp) -> Result<GroupChanges, Error> {
    let mut changes = GroupChanges::default();
    let mut members = Members::default();
    for operation in &patch.operations {
        let path = &operation.path;
        match (&path.attr.schema, path.attr.name.as_str()) {
            (None, "displayName") => changes.display_name = Some(new_name(operation)?),
            (None, "externalId") => {
                changes.external_id = Change::of(operation.kind, &operation.value);
            }
            (None, "members") => members.apply(operation)?,
            _ => {}
        }
    }
    changes.displays = members.displays;
    let (present, absent): (Vec<_>, Vec<_>) = members.net.into_iter().partition(|(_, is)| *is);
    let ids = |members: Vec<(String, bool)>| members.into_iter().map(|(id, _)| id).collect();
    if members.replaced {
        changes.replace_members = Some(ids(present));
    } else {
        changes.add = ids(present);
        changes.remove = ids(absent);
    }
    Ok(changes)
}

/// The ids in a list of members, each once: `[{"value": "a"}]`, `{"value": "a"}`, `["a"]`, `"a"`.
/// A member with nothing but a `$ref` is the last part of that URL. One with neither is passed over.
pub(crate) fn member_ids(value: &Value) -> Vec<String> {
    let mut ids = BTreeMap::new();
    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    for (at, id) in values.iter().filter_map(member_id).enumerate() {
        ids.entry(id).or_insert(at);
    }
    let mut ordered: Vec<_> = ids.into_iter().collect();
    ordered.sort_by_key(|(_, at)| *at);
    ordered.into_iter().map(|(id, _)| id.to_owned()).collect()
}

/// What members are called in a list of them: by `display`, or by `displayName`, which Microsoft's collection sends.
pub(crate) fn member_displays(value: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    values.iter().filter_map(|member| {
        let map = member.as_object()?;
        let said = get(map, "display").or_else(|| get(map, "displayName"))?.as_str()?;
        Some((member_id(member)?.to_owned(), said.to_owned())).filter(|_| !said.is_empty())
    })
}

fn member_id(member: &Value) -> Option<&str> {
    let text = |name| match member {
        Value::Object(map) => get(map, name).and_then(Value::as_str),
        _ => None,
    };
    let last_part = |url: &'_ str| url.trim_end_matches('/').rfind('/').map(|at| at + 1);
    let from_ref = || {
        let url = text("$ref")?.trim_end_matches('/');
        Some(&url[last_part(url).unwrap_or(0)..])
    };
    member.as_str().or_else(|| text("value")).or_else(from_ref).filter(|id| !id.is_empty())
}

/// The members that the operations so far leave in (`true`) or out (`false`).
#[derive(Default)]
struct Members {
    replaced: bool,
    net: BTreeMap<String, bool>,
    displays: BTreeMap<String, String>,
}

impl Members {
    fn apply(&mut self, operation: &Operation) -> Result<(), Error> {
        let Operation { kind, path, value } = operation;
        if path.sub.as_deref().is_some_and(|sub| sub != "value") {
            let detail = "a member cannot be changed in place: remove it and add another";
            return Err(Error::new(ScimType::Mutability, detail));
        }
        if *kind != OpKind::Remove {
            self.displays.extend(member_displays(value));
        }
        let selected = path.filter.as_ref().map(selected_ids).transpose()?;
        match (kind, selected) {
            (OpKind::Remove, Some(ids)) => self.set(ids, false),
            // A filtered add or replace makes sure of the member that its filter describes.
            (OpKind::Add | OpKind::Replace, Some(ids)) => self.set(ids, true),
            (OpKind::Add, None) => self.set(member_ids(value), true),
            (OpKind::Replace, None) => self.replace(member_ids(value)),
            (OpKind::Remove, None) if value.is_null() => self.replace(Vec::new()),
            (OpKind::Remove, None) => self.set(member_ids(value), false),
        }
        Ok(())
    }

    fn set(&mut self, ids: Vec<String>, present: bool) {
        self.net.extend(ids.into_iter().map(|id| (id, present)));
    }

    fn replace(&mut self, ids: Vec<String>) {
        self.replaced = true;
        self.net.clear();
        self.set(ids, true);
    }
}

/// The ids that `value eq "a" or value eq "b"` selects.
fn selected_ids(filter: &Filter) -> Result<Vec<String>, Error> {
    let refuse = || {
        let detail = "members can be selected by value eq only: send members[value eq \"<id>\"]";
        Error::new(ScimType::InvalidPath, detail)
    };
    match filter {
        Filter::Or(any) => {
            let mut ids = Vec::new();
            for filter in any {
                ids.extend(selected_ids(filter)?);
            }
            Ok(ids)
        }
        Filter::Compare(path, Op::Equal, _) if path.name.eq_ignore_ascii_case("value") => {
            let (_, id) = filter::as_equality(filter).ok_or_else(refuse)?;
            Ok(vec![id])
        }
        _ => Err(refuse()),
    }
}

fn new_name(operation: &Operation) -> Result<String, Error> {
    match (operation.kind, &operation.value) {
        (OpKind::Remove, _) => {
            let detail = "displayName is required: it can be changed, but not removed";
            Err(Error::new(ScimType::Mutability, detail))
        }
        (_, Value::String(name)) if !name.trim().is_empty() => Ok(name.clone()),
        _ => Err(Error::new(ScimType::InvalidValue, "displayName needs a name: send a string")),
    }
}
