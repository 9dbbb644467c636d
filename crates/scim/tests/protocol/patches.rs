//! Patches: the rules of RFC 7644 section 3.5.2.

use scim::patch::{self, Changed};
use scim::{GroupChanges, ScimType, group_changes};
use serde_json::{Value, json};

use crate::{changes_of_group, patch_of, patched};

#[track_caller]
fn refusal(resource: Value, operations: Value) -> Option<ScimType> {
    let mut after = resource.clone();
    let refused = patch_of(operations).and_then(|patch| patch::apply(&mut after, &patch));
    assert_eq!(after, resource, "a refused patch changes nothing");
    refused.expect_err("the patch is refused").scim_type
}

#[test]
fn a_refused_patch_leaves_everything_as_it_was() {
    let user = json!({ "userName": "kim", "emails": [{ "type": "work", "value": "a" }] });
    let operations = json!([
        { "op": "replace", "path": "userName", "value": "lee" },
        { "op": "replace", "path": "emails[type ne \"work\"].value", "value": "b" },
    ]);
    assert_eq!(refusal(user, operations), Some(ScimType::NoTarget));
}

#[test]
fn a_patch_that_changes_nothing_says_so() {
    let mut user = json!({ "userName": "kim", "emails": [{ "value": "a" }], "title": "Dr" });
    let same = json!([
        { "op": "replace", "path": "title", "value": "Dr" },
        { "op": "add", "path": "emails", "value": [{ "value": "a" }] },
        { "op": "remove", "path": "nickName" },
        { "op": "remove", "path": "emails[value eq \"z\"]" },
    ]);
    let answer = patch::apply(&mut user, &patch_of(same).unwrap());
    assert_eq!(answer, Ok(Changed::No));
    let other = patch_of(json!([{ "op": "replace", "path": "title", "value": "Prof" }])).unwrap();
    assert_eq!(patch::apply(&mut user, &other), Ok(Changed::Yes));
}

#[test]
fn refusals_say_what_is_wrong() {
    let user = || json!({ "userName": "kim" });
    let cases = [
        (json!([{ "op": "remove" }]), ScimType::NoTarget),
        (json!([{ "op": "remove", "path": "userName" }]), ScimType::Mutability),
        (json!([{ "op": "replace", "path": "userName", "value": null }]), ScimType::Mutability),
        (json!([{ "op": "replace", "path": "id", "value": "x" }]), ScimType::Mutability),
        (json!([{ "op": "add", "path": "meta.created", "value": "x" }]), ScimType::Mutability),
        (json!([{ "op": "add", "path": "emails[", "value": "x" }]), ScimType::InvalidPath),
        (json!([{ "op": "add", "path": "emails[value eq \"a\"]x" }]), ScimType::InvalidPath),
        (json!([{ "op": "add", "path": "a b", "value": "x" }]), ScimType::InvalidPath),
        (json!([{ "op": "add", "path": 7, "value": "x" }]), ScimType::InvalidPath),
        (json!([{ "op": "add", "path": "emails[value xx]", "value": 1 }]), ScimType::InvalidFilter),
        (json!([{ "op": "add", "value": "x" }]), ScimType::InvalidValue),
        (json!([{ "op": "add", "path": "name", "value": "Kim" }]), ScimType::InvalidValue),
        (json!([{ "op": "add", "path": "title", "value": {} }]), ScimType::InvalidValue),
        (json!([{ "op": "add", "path": "active", "value": 1 }]), ScimType::InvalidValue),
        (json!([{ "op": "move", "path": "title" }]), ScimType::InvalidSyntax),
        (json!([{ "path": "title" }]), ScimType::InvalidSyntax),
        (json!(["title"]), ScimType::InvalidSyntax),
        (json!([]), ScimType::InvalidSyntax),
        (json!({}), ScimType::InvalidSyntax),
    ];
    for (operations, expected) in cases {
        assert_eq!(refusal(user(), operations.clone()), Some(expected), "{operations}");
    }
}

#[test]
fn add_and_replace_merge_objects() {
    let user = json!({ "name": { "givenName": "Kim", "familyName": "Lee" } });
    for op in ["add", "replace"] {
        for operation in [
            json!({ "op": op, "path": "name", "value": { "familyName": "Park" } }),
            json!({ "op": op, "value": { "name": { "FAMILYNAME": "Park" } } }),
            json!({ "op": op, "path": "name.familyName", "value": "Park" }),
        ] {
            let expected = json!({ "name": { "givenName": "Kim", "familyName": "Park" } });
            assert_eq!(patched(user.clone(), json!([operation])), expected, "{operation}");
        }
    }
}

#[test]
fn a_list_grows_by_add_and_is_set_by_replace() {
    let user = json!({ "emails": [{ "value": "a" }] });
    let add = json!([{ "op": "add", "path": "emails", "value": [{ "value": "b" }] }]);
    assert_eq!(patched(user.clone(), add)["emails"], json!([{ "value": "a" }, { "value": "b" }]));
    let one = json!([{ "op": "add", "path": "emails", "value": { "value": "b" } }]);
    assert_eq!(patched(user.clone(), one)["emails"], json!([{ "value": "a" }, { "value": "b" }]));
    let replace = json!([{ "op": "replace", "path": "emails", "value": [{ "value": "b" }] }]);
    assert_eq!(patched(user.clone(), replace)["emails"], json!([{ "value": "b" }]));
    let empty = json!([{ "op": "replace", "path": "emails", "value": [] }]);
    assert_eq!(patched(user, empty), json!({}));
}

#[test]
fn what_a_list_has_is_merged_into_and_not_added_again() {
    let user = json!({
        "emails": [{ "type": "work", "value": "a@example.com" }, { "value": "a@example.com" }],
        "addresses": [{ "type": "home", "country": "NL" }],
    });
    let operations = json!([
        { "op": "add", "path": "emails",
          "value": [{ "value": "A@Example.com", "type": "WORK", "display": "A" }] },
        { "op": "add", "path": "addresses", "value": { "country": "NL", "type": "home" } },
    ]);
    let after = patched(user, operations);
    let expected = json!([
        { "type": "WORK", "value": "A@Example.com", "display": "A" },
        { "value": "a@example.com" },
    ]);
    assert_eq!(after["emails"], expected);
    assert_eq!(after["addresses"], json!([{ "type": "home", "country": "NL" }]));
}

#[test]
fn one_value_of_a_list_is_primary_at_most() {
    let user = json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b" }] });
    let add = json!([
        { "op": "add", "path": "emails", "value": [{ "value": "c", "primary": "True" }] },
    ]);
    let set = json!([{ "op": "replace", "path": "emails[value eq \"b\"].primary", "value": true }]);
    for (operations, primary) in [(add, "c"), (set, "b")] {
        let after = patched(user.clone(), operations);
        let primaries: Vec<_> = after["emails"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|email| email["primary"] == true)
            .map(|email| &email["value"])
            .collect();
        assert_eq!(primaries, [primary]);
    }
}

#[test]
fn remove_takes_attributes_values_and_parts() {
    let user = json!({
        "userName": "kim", "title": "Dr", "name": { "givenName": "Kim" },
        "emails": [{ "type": "work", "value": "a" }, { "type": "home", "value": "b" }],
        scim::urn::ENTERPRISE_USER: { "department": "Sales" },
    });
    let operations = json!([
        { "op": "remove", "path": "TITLE" },
        { "op": "remove", "path": "name.givenName" },
        { "op": "remove", "path": "emails[type eq \"home\"]" },
        { "op": "remove", "path": "emails[type eq \"work\"].type" },
        { "op": "remove", "path": format!("{}:department", scim::urn::ENTERPRISE_USER) },
    ]);
    let expected = json!({ "userName": "kim", "emails": [{ "value": "a" }] });
    assert_eq!(patched(user.clone(), operations), expected);
    let extension = json!([{ "op": "remove", "path": scim::urn::ENTERPRISE_USER }]);
    assert_eq!(patched(user, extension).get(scim::urn::ENTERPRISE_USER), None);
}

#[test]
fn a_schema_may_be_the_path_or_a_key() {
    let urn = scim::urn::ENTERPRISE_USER;
    let expected = json!({ urn: { "department": "Sales", "manager": { "value": "m" } } });
    let value = json!({ "department": "Sales", "manager": "m" });
    let as_path = json!([{ "op": "add", "path": urn, "value": value }]);
    let as_key = json!([{ "op": "add", "value": { urn: value } }]);
    assert_eq!(patched(json!({}), as_path), expected);
    assert_eq!(patched(json!({}), as_key), expected);
}

#[test]
fn unknown_attributes_are_kept_as_they_came() {
    let operations = json!([
        { "op": "add", "path": "shoeSize", "value": 42 },
        { "op": "add", "path": "urn:acme:scim:1.0:Badge:colour", "value": "red" },
    ]);
    let expected = json!({ "shoeSize": 42, "urn:acme:scim:1.0:Badge": { "colour": "red" } });
    assert_eq!(patched(json!({}), operations), expected);
}

#[test]
fn member_operations_add_up_in_order() {
    let add = |id: &str| json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
    let remove =
        |id: &str| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
    let all = json!({ "op": "remove", "path": "members" });
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();

    let changes = changes_of_group(json!([add("a"), remove("a"), remove("b"), add("b")]));
    assert_eq!((changes.add, changes.remove), (ids(&["b"]), ids(&["a"])));

    let replaced = changes_of_group(json!([add("a"), all, add("b"), add("c"), remove("b")]));
    let expected = GroupChanges { replace_members: Some(ids(&["c"])), ..GroupChanges::default() };
    assert_eq!(replaced, expected);
    assert_eq!(changes_of_group(json!([all])).replace_members, Some(Vec::new()));
}

#[test]
fn a_group_keeps_a_name_and_a_member_is_not_changed_in_place() {
    let refusal = |operations: Value| group_changes(&patch_of(operations)?);
    for operations in [
        json!([{ "op": "remove", "path": "displayName" }]),
        json!([{ "op": "replace", "path": "members[value eq \"a\"].display", "value": "x" }]),
    ] {
        assert_eq!(refusal(operations).unwrap_err().scim_type, Some(ScimType::Mutability));
    }
    let empty = json!([{ "op": "replace", "path": "displayName", "value": " " }]);
    assert_eq!(refusal(empty).unwrap_err().scim_type, Some(ScimType::InvalidValue));
}
