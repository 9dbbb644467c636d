//! Any bytes are a body or refused: as a user, a group, a patch, a search, and many of them in one.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use scim::{BulkRequest, Group, Meta, PatchOp, Query, User, active_in_body, group_changes, patch};
use serde_json::{Value, json};

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return };
    let meta = Meta {
        resource_type: "User",
        created: "2026-01-02T03:04:05Z".into(),
        last_modified: "2026-01-02T03:04:05Z".into(),
        location: "https://keytile.example/scim/v2/Users/u1".into(),
        version: None,
    };
    if let Ok(user) = User::parse(&body) {
        // What was read and shown reads the same again.
        let shown = user.to_json("u1", &meta, None);
        assert_eq!(User::parse(&shown), Ok(user));
    }
    let _ = Group::parse(&body).map(|group| group.to_json("g1", &meta));
    let _ = (active_in_body(&body), Query::from_search(&body, 100));
    if let Ok(patch) = PatchOp::parse(&body) {
        let mut user = json!({"userName": "kim", "emails": [{"value": "k@x.test"}]});
        let _ = (patch::apply(&mut user, &patch), group_changes(&patch));
    }
    if let Ok(bulk) = BulkRequest::parse(&body, 100) {
        for operation in bulk.operations {
            let names = operation.references();
            let ids: BTreeMap<_, _> = names.iter().map(|name| (name.clone(), "u1".into())).collect();
            assert!(operation.resolved(&ids).references().is_disjoint(&names) || names.contains("u1"));
            let _ = operation.without(&names);
        }
    }
});
