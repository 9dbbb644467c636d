//! What broke between other servers and the large identity providers, by its number in the project's
//! list of interoperability failures. Those that are about storage or HTTP are tested in the server.

use scim::{Filter, GroupChanges, User, active_in_body, filter, group_changes};
use serde_json::json;

use crate::{active_after, changes_of_group, patch_of, patched};

const ENTERPRISE: &str = scim::urn::ENTERPRISE_USER;

#[test]
fn interop_01_active_as_a_string_is_a_boolean_everywhere() {
    for sent in ["False", "false", "FALSE"] {
        let body = json!({ "userName": "kim", "active": sent });
        assert_eq!(active_in_body(&body).unwrap(), Some(false));
        for operation in [
            json!({ "op": "Replace", "path": "active", "value": sent }),
            json!({ "op": "Add", "path": "active", "value": sent }),
            json!({ "op": "replace", "value": { "active": sent } }),
            json!({ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active",
                    "value": sent }),
        ] {
            assert_eq!(active_after(json!([operation])), Some(false), "{operation}");
            let user = patched(json!({ "userName": "kim", "active": true }), json!([operation]));
            assert_eq!(user["active"], false, "{operation}");
        }
        let inactive = Filter::parse(&format!("active eq \"{sent}\"")).unwrap();
        assert!(filter::matches(&inactive, &json!({ "active": false })));
        assert!(!filter::matches(&inactive, &json!({ "active": true })));
    }
    let refused = patch_of(json!([{ "op": "replace", "path": "active", "value": "maybe" }]));
    assert_eq!(refused.unwrap_err().scim_type, Some(scim::ScimType::InvalidValue));
}

#[test]
fn interop_02_an_operation_may_be_in_any_case() {
    for op in ["Replace", "REPLACE", "replace"] {
        let operations = json!([{ "op": op, "path": "userName", "value": "lee" }]);
        assert_eq!(patched(json!({ "userName": "kim" }), operations)["userName"], "lee");
    }
    let body = json!({ "operations": [{ "OP": "Add", "Path": "title", "Value": "Dr" }] });
    assert_eq!(scim::PatchOp::parse(&body).unwrap().operations.len(), 1);
}

#[test]
fn interop_03_a_filtered_path_that_matches_nothing_creates_the_element() {
    for op in ["add", "replace"] {
        let operations = json!([
            { "op": op, "path": "emails[type eq \"work\"].value", "value": "kim@example.com" },
        ]);
        assert_eq!(
            patched(json!({ "userName": "kim" }), operations)["emails"],
            json!([{ "type": "work", "value": "kim@example.com" }])
        );
    }
}

#[test]
fn interop_04_filtered_adds_find_what_earlier_operations_made() {
    let operations = json!([
        { "op": "add", "path": "addresses[type eq \"work\"].locality", "value": "Bonn" },
        { "op": "add", "path": "addresses[type eq \"work\"].country", "value": "DE" },
        { "op": "add", "path": "addresses[type eq \"home\"].country", "value": "NL" },
    ]);
    assert_eq!(
        patched(json!({}), operations)["addresses"],
        json!([
            { "type": "work", "locality": "Bonn", "country": "DE" },
            { "type": "home", "country": "NL" },
        ])
    );
}

#[test]
fn interop_05_a_filtered_replace_leaves_siblings_alone() {
    let user = json!({ "emails": [
        { "type": "work", "value": "old@example.com", "primary": true },
        { "type": "home", "value": "home@example.com" },
    ] });
    let expected = json!([
        { "type": "work", "value": "new@example.com", "primary": true },
        { "type": "home", "value": "home@example.com" },
    ]);
    let by_sub = json!([
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@example.com" },
    ]);
    let by_element = json!([
        { "op": "replace", "path": "emails[type eq \"work\"]",
          "value": { "value": "new@example.com" } },
    ]);
    assert_eq!(patched(user.clone(), by_sub)["emails"], expected);
    assert_eq!(patched(user, by_element)["emails"], expected);
}

#[test]
fn interop_06_dotted_and_urn_keys_are_paths() {
    let operations = json!([{ "op": "replace", "value": {
        "name.givenName": "Kim",
        "name.familyName": "Lee",
        "emails[type eq \"work\"].value": "kim@example.com",
        (format!("{ENTERPRISE}:department")): "Sales",
        (format!("{ENTERPRISE}:manager.value")): "42",
    } }]);
    assert_eq!(
        patched(json!({ "name": { "givenName": "K", "middleName": "Q" } }), operations),
        json!({
            "name": { "givenName": "Kim", "middleName": "Q", "familyName": "Lee" },
            "emails": [{ "type": "work", "value": "kim@example.com" }],
            ENTERPRISE: { "department": "Sales", "manager": { "value": "42" } },
        })
    );
}

#[test]
fn interop_07_a_remove_with_a_value_array_removes_only_those() {
    for value in [json!([{ "value": "b" }]), json!({ "value": "b" }), json!(["b"]), json!("b")] {
        let operations = json!([{ "op": "Remove", "path": "members", "value": value }]);
        let changes = changes_of_group(operations.clone());
        assert_eq!((changes.remove, changes.replace_members), (vec!["b".to_owned()], None));
        let group = json!({ "members": [{ "value": "a" }, { "value": "b" }, { "value": "c" }] });
        let left = json!([{ "value": "a" }, { "value": "c" }]);
        assert_eq!(patched(group, operations)["members"], left);
    }
    let none = json!([{ "op": "remove", "path": "members", "value": [] }]);
    assert_eq!(changes_of_group(none), GroupChanges::default());
}

#[test]
fn interop_08_members_value_eq_remove_is_honoured() {
    let operations = json!([{ "op": "remove", "path": "members[value eq \"b\"]" }]);
    assert_eq!(changes_of_group(operations.clone()).remove, ["b"]);
    let group = json!({ "members": [{ "value": "a" }, { "value": "b" }] });
    assert_eq!(patched(group, operations)["members"], json!([{ "value": "a" }]));

    let two = json!([{ "op": "remove", "path": "members[value eq \"b\" or VALUE eq \"c\"]" }]);
    assert_eq!(changes_of_group(two).remove, ["b", "c"]);
    for unclear in ["display eq \"Kim\"", "value ne \"b\"", "not (value eq \"b\")"] {
        let path = format!("members[{unclear}]");
        let patch = patch_of(json!([{ "op": "remove", "path": path }])).unwrap();
        let refused = group_changes(&patch).unwrap_err();
        assert_eq!(refused.scim_type, Some(scim::ScimType::InvalidPath), "{unclear}");
    }
}

#[test]
fn interop_09_an_add_of_members_does_not_replace_the_list() {
    let operations = json!([{ "op": "add", "path": "members", "value": [{ "value": "b" }] }]);
    let changes = changes_of_group(operations.clone());
    assert_eq!((changes.add, changes.replace_members), (vec!["b".to_owned()], None));
    let group = patched(json!({ "members": [{ "value": "a" }] }), operations);
    assert_eq!(group["members"], json!([{ "value": "a" }, { "value": "b" }]));
    let without_path = json!([{ "op": "add", "value": { "members": [{ "value": "b" }] } }]);
    assert_eq!(changes_of_group(without_path).add, ["b"]);
}

/// The other half, ids that no user has, is the server's: here they are ids like all others.
#[test]
fn interop_10_a_member_without_an_id_does_not_lose_the_others() {
    let operations = json!([{ "op": "add", "path": "members", "value": [
        { "display": "nobody" },
        { "$ref": null, "value": "a" },
        { "$ref": "https://keytile.example/scim/v2/Users/b/" },
        null,
        { "value": "" },
    ] }]);
    assert_eq!(changes_of_group(operations).add, ["a", "b"]);
}

#[test]
fn interop_11_adding_a_member_twice_is_adding_once() {
    let add = json!({ "op": "add", "path": "members", "value": [{ "value": "a" }] });
    let group = patched(json!({ "members": [{ "value": "a" }] }), json!([add, add]));
    assert_eq!(group["members"], json!([{ "value": "a" }]));
    assert_eq!(changes_of_group(json!([add, add])).add, ["a"]);
    let absent = json!([{ "op": "remove", "path": "members[value eq \"z\"]" }]);
    assert_eq!(patched(json!({ "members": [{ "value": "a" }] }), absent), group);
}

#[test]
fn interop_12_primary_may_be_compared_to_a_string() {
    let user = json!({ "roles": [{ "value": "a", "primary": true }, { "value": "b" }] });
    let operations =
        json!([{ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "c" }]);
    assert_eq!(
        patched(user, operations.clone())["roles"],
        json!([{ "value": "c", "primary": true }, { "value": "b" }])
    );
    let made = patched(json!({}), operations);
    assert_eq!(made["roles"], json!([{ "primary": true, "value": "c" }]));
    let posted = json!({ "userName": "kim", "roles": [{ "value": "a", "primary": "True" }] });
    assert_eq!(User::parse(&posted).unwrap().extra["roles"][0]["primary"], true);
}

#[test]
fn interop_13_a_manager_may_come_as_a_string_and_is_an_object() {
    let path = format!("{ENTERPRISE}:manager");
    let set = json!([{ "op": "Add", "path": path, "value": "42" }]);
    let user = patched(json!({}), set);
    assert_eq!(user, json!({ ENTERPRISE: { "manager": { "value": "42" } } }));
    for empty in [json!(""), json!(null)] {
        let clear = json!([{ "op": "Replace", "path": path, "value": empty }]);
        assert_eq!(patched(user.clone(), clear), json!({}));
    }
    let posted = json!({ "userName": "kim", ENTERPRISE: { "manager": "42" } });
    let expected = json!({ "manager": { "value": "42" } });
    assert_eq!(User::parse(&posted).unwrap().extra[ENTERPRISE], expected);
    let posted = json!({ "userName": "kim", ENTERPRISE: { "manager": "" } });
    assert!(User::parse(&posted).unwrap().extra.is_empty());
}

#[test]
fn interop_14_a_user_name_is_found_in_any_case() {
    let found = Filter::parse("userName eq \"KIM@example.com\"").unwrap();
    assert!(filter::matches(&found, &json!({ "userName": "kim@Example.com" })));
    let exact = Filter::parse("externalId eq \"00U1\"").unwrap();
    assert!(!filter::matches(&exact, &json!({ "externalId": "00u1" })));
    let taken = scim::Error::new(scim::ScimType::Uniqueness, "this userName is taken");
    assert_eq!((taken.status, &taken.to_json()["scimType"]), (409, &json!("uniqueness")));
}

#[test]
fn interop_15_the_case_of_a_user_name_is_kept() {
    let user = User::parse(&json!({ "USERNAME": "Kim@Example.com" })).unwrap();
    assert_eq!(user.user_name, "Kim@Example.com");
    let operations = json!([{ "op": "replace", "path": "username", "value": "KiM" }]);
    assert_eq!(patched(json!({ "userName": "kim" }), operations)["userName"], "KiM");
}

/// What says nothing of itself, or names what nobody here knows, is read; what says that it is something else is not.
#[test]
fn a_body_that_says_it_is_something_else_is_refused() {
    let user = |schemas| User::parse(&json!({ "userName": "kim", "schemas": schemas }));
    let fine = [
        json!(null),
        json!([]),
        json!(["urn:scim:schemas:core:1.0"]),
        json!([ENTERPRISE, scim::urn::USER]),
        json!([scim::urn::GROUP, scim::urn::USER]),
        json!("urn:acme:User"),
    ];
    for schemas in fine {
        assert!(user(schemas.clone()).is_ok(), "{schemas}");
    }
    for other in [scim::urn::GROUP, scim::urn::PATCH_OP, scim::urn::LIST_RESPONSE] {
        let refused = user(json!([other])).unwrap_err();
        assert_eq!(refused.scim_type, Some(scim::ScimType::InvalidSyntax), "{other}");
    }
    let body =
        json!({ "schemas": [scim::urn::USER], "Operations": [{ "op": "add", "value": {} }] });
    assert!(scim::PatchOp::parse(&body).is_err());
    let body = json!({ "schemas": [scim::urn::USER], "displayName": "Tour" });
    assert!(scim::Group::parse(&body).is_err());
}

/// A user whose name is a number is still found and bound as text.
#[test]
fn a_string_sent_as_a_number_or_a_boolean_is_a_string() {
    let body = json!({ "userName": 12345, "externalId": 7, "displayName": true });
    let user = User::parse(&body).unwrap();
    assert_eq!((user.user_name.as_str(), user.external_id.as_deref()), ("12345", Some("7")));
    assert_eq!(user.display_name.as_deref(), Some("true"));
}

/// Ending sessions and grants is the server's; that all ways in say the same is ours.
#[test]
fn interop_18_every_way_to_deactivate_reads_the_same() {
    let put = active_in_body(&json!({ "userName": "kim", "active": false })).unwrap();
    let path = active_after(json!([{ "op": "replace", "path": "active", "value": false }]));
    let value = active_after(json!([{ "op": "replace", "value": { "active": false } }]));
    assert_eq!([put, path, value], [Some(false); 3]);
    let silent = active_in_body(&json!({ "userName": "kim" })).unwrap();
    assert_eq!(silent, None, "a PUT that does not say leaves it alone");
    let unset = json!([{ "op": "remove", "path": "active" }, { "op": "replace", "value": { "active": null } }]);
    assert_eq!(active_after(unset.clone()), None, "unsetting says nothing");
    patched(json!({ "userName": "kim", "active": true }), unset);
}

#[test]
fn interop_20_a_count_of_zero_asks_for_the_total_only() {
    let page = scim::Page::parse(None, Some("0"), 100).unwrap();
    let answer = scim::list_response(7, page, Vec::new());
    assert_eq!((&answer["totalResults"], &answer["itemsPerPage"]), (&json!(7), &json!(0)));
    assert_eq!(answer["Resources"], json!([]));
}

#[test]
fn interop_21_an_answer_has_no_nulls() {
    let body = json!({ "userName": "kim", "displayName": null, "title": null, "roles": [],
        "name": { "givenName": "Kim", "familyName": null }, "emails": [{ "value": null }] });
    let meta = scim::Meta {
        resource_type: "User",
        created: "2026-01-02T03:04:05Z".into(),
        last_modified: "2026-01-02T03:04:05Z".into(),
        location: "https://keytile.example/scim/v2/Users/u1".into(),
        version: None,
    };
    let answer = User::parse(&body).unwrap().to_json("u1", &meta, None);
    assert_eq!(
        answer,
        json!({
            "schemas": [scim::urn::USER],
            "id": "u1",
            "userName": "kim",
            "name": { "givenName": "Kim" },
            "active": true,
            "meta": {
                "resourceType": "User",
                "created": "2026-01-02T03:04:05Z",
                "lastModified": "2026-01-02T03:04:05Z",
                "location": "https://keytile.example/scim/v2/Users/u1",
            },
        })
    );
}

#[test]
fn interop_22_a_remove_with_a_stale_value_removes() {
    let user = json!({ "userName": "kim", "title": "Boss", "name": { "givenName": "Kim" } });
    let operations = json!([
        { "op": "Remove", "path": "title", "value": "Chief" },
        { "op": "Remove", "path": "name.givenName", "value": "Sam" },
    ]);
    assert_eq!(patched(user, operations), json!({ "userName": "kim" }));
}

#[test]
fn interop_23_odd_operations_do_not_lose_a_bundled_deactivation() {
    let operations = json!([
        { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "kim@example.com" },
        { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "" },
        { "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "a" },
        { "op": "Replace", "value": { "name.givenName": "Kim", "shoeSize": 42, "password": "x" } },
        { "op": "Replace", "path": "active", "value": "False" },
    ]);
    assert_eq!(active_after(operations.clone()), Some(false));
    let user = patched(json!({ "userName": "kim", "active": true }), operations);
    assert_eq!(user["active"], false);
    assert_eq!(user.get("password"), None);
}
