//! Every body that Okta sends, by the pages "SCIM protocol" and "Understanding SCIM" of its
//! developer documentation. OIN stands for apps of its catalogue, AIW for those of its wizard.

use scim::{Filter, Group, GroupChanges, Query, User, active_in_body, active_in_patch, filter};
use serde_json::{Value, json};

use crate::{active_after, changes_of_group, patch_of};

fn new_user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "kim.lee@example.com",
        "name": { "givenName": "Kim", "familyName": "Lee" },
        "emails": [{ "primary": true, "value": "kim.lee@example.com", "type": "work" }],
        "displayName": "Kim Lee",
        "locale": "en-US",
        "externalId": "00u1abcd",
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

#[test]
fn okta_tests_a_connection_with_a_page_of_two() {
    let query = Query::from_pairs([("startIndex", "1"), ("count", "2")], 100).unwrap();
    assert_eq!((query.page.start_index, query.page.count, query.filter), (1, 2, None));
}

#[test]
fn okta_looks_a_user_up_by_user_name_before_creating() {
    let pairs =
        [("filter", "userName eq \"kim@example.com\""), ("startIndex", "1"), ("count", "100")];
    let wanted = Query::from_pairs(pairs, 200).unwrap().filter.unwrap();
    let equality = filter::as_equality(&wanted).unwrap();
    assert_eq!(equality, ("userName".to_owned(), "kim@example.com".to_owned()));
    let none =
        scim::list_response(0, scim::Page::parse(Some("1"), Some("100"), 200).unwrap(), vec![]);
    for counter in ["totalResults", "startIndex", "itemsPerPage"] {
        assert!(none[counter].is_u64(), "{counter}");
    }
}

#[test]
fn okta_creates_a_user_and_its_placeholder_password_is_dropped() {
    let user = User::parse(&new_user()).unwrap();
    assert_eq!(user.user_name, "kim.lee@example.com");
    assert_eq!(user.external_id.as_deref(), Some("00u1abcd"));
    assert_eq!(user.name.given.as_deref(), Some("Kim"));
    assert_eq!(user.email(), Some("kim.lee@example.com"));
    assert!(user.active);
    assert_eq!(Value::Object(user.extra), json!({ "locale": "en-US" }));
}

#[test]
fn okta_updates_a_user_by_putting_back_the_whole_of_it() {
    let mut body = new_user();
    body["id"] = "another id".into();
    body["meta"] = json!({ "resourceType": "User" });
    body["groups"] = json!([{ "value": "g1", "display": "Sales" }]);
    body["name"]["familyName"] = "Park".into();
    assert_eq!(active_in_body(&body).unwrap(), Some(true));
    let user = User::parse(&body).unwrap();
    assert_eq!(user.name.family.as_deref(), Some("Park"));
    assert_eq!(user.extra.keys().collect::<Vec<_>>(), ["locale"]);
}

#[test]
fn okta_deactivates_a_user_of_an_oin_app_by_patch_without_a_path() {
    let operations = json!([{ "op": "replace", "value": { "active": false } }]);
    assert_eq!(active_after(operations), Some(false));
    let without_schemas =
        json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
    assert!(scim::PatchOp::parse(&without_schemas).is_ok());
}

#[test]
fn okta_deactivates_a_user_of_an_aiw_app_by_put() {
    let mut body = new_user();
    body["active"] = false.into();
    assert_eq!(active_in_body(&body).unwrap(), Some(false));
}

#[test]
fn okta_syncs_a_password_by_patch_and_nothing_is_changed() {
    let operations = json!([{ "op": "replace", "value": { "password": "t1meMa$heen" } }]);
    let patch = patch_of(operations).unwrap();
    assert!(patch.operations.is_empty());
    assert_eq!(active_in_patch(&patch), None);
    assert!(!format!("{patch:?}").contains("t1meMa$heen"));
}

#[test]
fn okta_pushes_a_group_without_members_first() {
    let body = json!({ "schemas": [scim::urn::GROUP], "displayName": "Sales", "members": [] });
    let group = Group::parse(&body).unwrap();
    assert_eq!((group.display_name.as_str(), group.members.len()), ("Sales", 0));
}

#[test]
fn okta_links_a_group_by_its_name() {
    let wanted = Filter::parse("displayName eq \"Sales\"").unwrap();
    let equality = filter::as_equality(&wanted).unwrap();
    assert_eq!(equality, ("displayName".to_owned(), "Sales".to_owned()));
}

#[test]
fn okta_changes_members_with_a_remove_and_an_add_in_one_patch() {
    let changes = changes_of_group(json!([
        { "op": "remove", "path": "members[value eq \"u1\"]" },
        { "op": "add", "path": "members", "value": [
            { "value": "u2", "display": "kim@example.com" },
            { "value": "u3", "display": "lee@example.com" },
        ] },
    ]));
    let expected = GroupChanges {
        add: vec!["u2".into(), "u3".into()],
        remove: vec!["u1".into()],
        displays: [("u2", "kim@example.com"), ("u3", "lee@example.com")]
            .map(|(id, name)| (id.into(), name.into()))
            .into(),
        ..GroupChanges::default()
    };
    assert_eq!(changes, expected);
}

#[test]
fn okta_pushes_all_members_by_replacing_the_list() {
    let operations = json!([{ "op": "replace", "path": "members",
        "value": [{ "value": "u2", "display": "kim@example.com" }] }]);
    let changes = changes_of_group(operations);
    assert_eq!(changes.replace_members, Some(vec!["u2".to_owned()]));
    assert_eq!((changes.add.len(), changes.remove.len()), (0, 0));
}

/// The id within the value is the group's own, and not a new one.
#[test]
fn okta_renames_a_group_with_its_id_inside_the_value() {
    let operations =
        json!([{ "op": "replace", "value": { "id": "g1", "displayName": "Sales EMEA" } }]);
    let expected =
        GroupChanges { display_name: Some("Sales EMEA".into()), ..GroupChanges::default() };
    assert_eq!(changes_of_group(operations), expected);
}

#[test]
fn okta_replaces_a_group_of_an_aiw_app_by_put() {
    let body = json!({
        "schemas": [scim::urn::GROUP],
        "id": "g1",
        "displayName": "Sales",
        "members": [{ "value": "u1", "display": "a" }, { "value": "u1" }, { "value": "u2" }],
        "meta": { "resourceType": "Group" },
    });
    let ids: Vec<_> = Group::parse(&body).unwrap().members.into_iter().map(|m| m.value).collect();
    assert_eq!(ids, ["u1", "u2"]);
}

#[test]
fn okta_reads_errors_with_a_detail_and_a_status_as_a_string() {
    let refused = scim::Error::plain(404, "there is no user with this id").to_json();
    assert_eq!(refused["schemas"], json!([scim::urn::ERROR]));
    assert_eq!(refused["status"], "404");
    assert!(refused["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
}
