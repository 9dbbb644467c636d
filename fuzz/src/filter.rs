//! Any text is a filter or refused; one that is read can be run, and its parts that an index could answer are parts of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim::filter::{implied_equalities, matches, mentions};
use scim::{Filter, Query};
use serde_json::json;

/// Bytes of a filter that is read.
const LONGEST: usize = 4096;

fuzz_target!(|text: &str| {
    let user = json!({
        "id": "u1", "userName": "kim", "active": true, "title": null,
        "name": {"givenName": "Kim"}, "emails": [{"type": "work", "value": "kim@x.test", "primary": true}],
        "meta": {"created": "2026-01-02T03:04:05Z"},
    });
    if let Ok(filter) = Filter::parse(text) {
        let _ = mentions(&filter, "emails");
        let holds = matches(&filter, &user);
        for (path, value) in implied_equalities(&filter) {
            // Written out anew, a text of control characters is up to six times as long.
            let written = format!("{path} eq {}", json!(value));
            if written.len() > LONGEST {
                continue;
            }
            let part = Filter::parse(&written).expect("a filter");
            assert!(!holds || matches(&part, &user), "{part:?}");
        }
    }
    let pairs = [("filter", text), ("sortBy", text), ("attributes", text), ("cursor", text), ("count", text)];
    for pair in pairs {
        let _ = Query::from_pairs([pair], 100);
    }
});
