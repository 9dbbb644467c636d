//! Input that nobody should send: it is read or refused, never a panic.

use proptest::prelude::*;
use scim::{
    AttrPath, Filter, Group, PatchOp, Query, User, active_in_body, active_in_patch, filter,
    group_changes, patch,
};
use serde_json::{Map, Value, json};

/// Text made of the pieces that filters and paths are made of.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "userName",
            "emails",
            "members",
            "value",
            "type",
            ".",
            "[",
            "]",
            "(",
            ")",
            " ",
            "and",
            "or",
            "not",
            "eq",
            "pr",
            "gt",
            "\"",
            "\\",
            "\"x\"",
            "true",
            "null",
            "7",
            "urn:",
            "2.0",
            ":",
            "é",
            "\u{0}",
            "active",
            "password",
            "$ref",
            "-1",
            "urn:a:2.0:B:",
        ])
        .prop_map(str::to_owned),
        ".{0,3}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        pieces().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            prop::sample::select(vec![
                "op",
                "path",
                "value",
                "userName",
                "emails",
                "members",
                "active",
                "name",
                "primary",
                "displayName",
                scim::urn::USER,
                scim::urn::ENTERPRISE_USER,
                "manager",
                "",
            ])
            .prop_map(str::to_owned),
            pieces(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn operations() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "Replace", "REMOVE", "move"]);
    let path = prop_oneof![
        pieces().prop_map(Value::from),
        Just(Value::Null),
        prop::sample::select(vec![
            "userName",
            "emails",
            "emails.value",
            "emails[type eq \"work\"].value",
            "members",
            "members[value eq \"a\"]",
            "name",
            "name.givenName",
            "active",
            scim::urn::USER,
            scim::urn::ENTERPRISE_USER,
            "roles[primary eq \"True\"]",
        ])
        .prop_map(Value::from),
    ];
    let operation = (op, path, values())
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }));
    prop::collection::vec(operation, 0..5).prop_map(|all| json!({ "Operations": all }))
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_refused(text in pieces(), resource in values()) {
        let _ = AttrPath::parse(&text);
        if let Ok(parsed) = Filter::parse(&text) {
            let _ = filter::as_equality(&parsed);
            // Whoever fulfils it is found by each part that an index may be asked for.
            if filter::matches(&parsed, &resource) {
                for (path, value) in filter::implied_equalities(&parsed) {
                    let part = format!("{path} eq {}", Value::from(value));
                    let part = Filter::parse(&part).unwrap();
                    prop_assert!(filter::matches(&part, &resource), "{text}: {part:?}");
                }
            }
        }
    }

    #[test]
    fn any_body_is_a_resource_or_refused(body in values()) {
        if let Ok(user) = User::parse(&body) {
            prop_assert!(!user.extra.keys().any(|key| key.eq_ignore_ascii_case("password")));
            let active = active_in_body(&body).unwrap();
            prop_assert_eq!(active.unwrap_or(true), user.active);
        }
        let _ = Group::parse(&body);
        let _ = Query::from_search(&body, 100);
    }

    #[test]
    fn any_patch_is_applied_whole_or_refused_whole(before in values(), patch in operations()) {
        let Ok(patch) = PatchOp::parse(&patch) else { return Ok(()) };
        let mut after = before.clone();
        match patch::apply(&mut after, &patch) {
            Ok(patch::Changed::Yes) => prop_assert_ne!(&after, &before),
            Ok(patch::Changed::No) | Err(_) => prop_assert_eq!(&after, &before),
        }
        let _ = active_in_patch(&patch);
        if let Ok(changes) = group_changes(&patch) {
            prop_assert!(!changes.add.iter().any(|id| changes.remove.contains(id)));
            let replaced = changes.replace_members.is_some();
            prop_assert!(!replaced || (changes.add.is_empty() && changes.remove.is_empty()));
        }
    }

    /// The two appliers agree about members, whatever is added, removed and replaced.
    #[test]
    fn the_change_of_a_group_is_what_the_patch_does(
        before in prop::collection::btree_set("[a-f]", 0..5),
        steps in prop::collection::vec((0..5_u8, prop::collection::vec("[a-f]", 1..4)), 1..6),
    ) {
        let members = |ids: &[String]| -> Value {
            ids.iter().map(|id| json!({ "value": id })).collect()
        };
        let operations: Vec<Value> = steps.iter().map(|(kind, ids)| match kind {
            0 => json!({ "op": "add", "path": "members", "value": members(ids) }),
            1 => json!({ "op": "remove", "path": "members", "value": members(ids) }),
            2 => json!({ "op": "replace", "path": "members", "value": members(ids) }),
            3 => json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[0]) }),
            _ => json!({ "op": "add", "value": { "members": members(ids) } }),
        }).collect();
        let patch = PatchOp::parse(&json!({ "Operations": operations })).unwrap();
        let ids: Vec<String> = before.iter().cloned().collect();
        let mut group = json!({ "displayName": "g", "members": members(&ids) });
        patch::apply(&mut group, &patch).unwrap();
        let mut applied: Vec<String> = Group::parse(&group).unwrap()
            .members.into_iter().map(|member| member.value).collect();
        applied.sort();

        let changes = group_changes(&patch).unwrap();
        let mut net = changes.replace_members.map_or(before, |ids| ids.into_iter().collect());
        net.extend(changes.add);
        net.retain(|id| !changes.remove.contains(id));
        prop_assert_eq!(applied, net.into_iter().collect::<Vec<_>>());
    }
}
