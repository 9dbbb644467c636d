//! What a request changes, as far as a server acts on it without looking at the resource.

use serde_json::Value;

use crate::patch::{OpKind, PatchOp, PatchPath};
use crate::{Error, body};

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

/// What the body of a PUT says of whether the user may sign in; `None` where it says nothing, which
/// changes nothing (RFC 7644 section 3.5.1). One answer for a PUT and for a PATCH, so that one
/// routine deals with a leaver however the news came.
///
/// # Errors
/// `invalidSyntax` or `invalidValue`.
pub fn active_in_body(body: &Value) -> Result<Option<bool>, Error> {
    Ok(body::read(body)?.get("active").and_then(Value::as_bool))
}

/// The same for a patch: its last word counts, and unsetting says nothing.
pub fn active_in_patch(patch: &PatchOp) -> Option<bool> {
    let is_active = |path: &PatchPath| path.attr.schema.is_none() && path.attr.name == "active";
    let said = patch.operations.iter().filter(|operation| is_active(&operation.path));
    said.filter_map(|operation| operation.value.as_bool()).next_back()
}
