//! The protocol from the outside: JSON and strings in, JSON and changes out.

mod documents;
mod filters;
mod interop;
mod lists;
mod okta;
mod patches;
mod robust;
mod shared;

use scim::{Error, GroupChanges, PatchOp, active_in_patch, group_changes, patch};
use serde_json::{Value, json};

/// A patch of these operations.
fn patch_of(operations: Value) -> Result<PatchOp, Error> {
    PatchOp::parse(&json!({ "schemas": [scim::urn::PATCH_OP], "Operations": operations }))
}

/// The resource after a patch of these operations.
#[track_caller]
fn patched(mut resource: Value, operations: Value) -> Value {
    let patch = patch_of(operations).expect("the patch can be read");
    patch::apply(&mut resource, &patch).expect("the patch can be applied");
    resource
}

/// What a patch of these operations changes about a group.
#[track_caller]
fn changes_of_group(operations: Value) -> GroupChanges {
    group_changes(&patch_of(operations).expect("the patch can be read"))
        .expect("a group can be changed so")
}

/// What a patch of these operations says of whether a user may sign in.
#[track_caller]
fn active_after(operations: Value) -> Option<bool> {
    active_in_patch(&patch_of(operations).expect("the patch can be read"))
}
