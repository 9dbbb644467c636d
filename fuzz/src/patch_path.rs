//! Any path in any operation is applied whole or refused whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim::{PatchOp, active_in_patch, group_changes, patch};
use serde_json::json;

fuzz_target!(|text: &str| {
    let (path, value) = text.split_once('\n').unwrap_or((text, ""));
    let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    for op in ["add", "replace", "remove"] {
        let body = json!({"Operations": [{"op": op, "path": path, "value": value}]});
        let Ok(patch) = PatchOp::parse(&body) else { continue };
        let before = json!({
            "userName": "kim", "active": true, "name": {"givenName": "Kim"},
            "emails": [{"type": "work", "value": "kim@x.test", "primary": true}, {"value": "k@x.test"}],
            "members": [{"value": "a"}, {"value": "b"}],
        });
        let mut after = before.clone();
        if patch::apply(&mut after, &patch).is_err() {
            assert_eq!(after, before);
        }
        let _ = (active_in_patch(&patch), group_changes(&patch));
    }
});
