//! Paging and projections: RFC 7644 sections 3.4.2.4, 3.4.3 and 3.9.

use scim::{Page, Projection, Query, ScimType};
use serde_json::{Value, json};

#[test]
fn paging_is_read_leniently_and_capped() {
    let cases = [
        (None, None, (1, 100)),
        (Some("0"), Some("5"), (1, 5)),
        (Some("-7"), Some("-1"), (1, 0)),
        (Some("3"), Some("0"), (3, 0)),
        (Some("11"), Some("5000"), (11, 100)),
        (Some("99999999999999999999"), Some("99999999999999999999"), (i64::MAX as u64, 100)),
        (Some("+2"), Some(" 2 "), (2, 2)),
    ];
    for (start, count, expected) in cases {
        let page = Page::parse(start, count, 100).unwrap();
        assert_eq!((page.start_index, page.count), expected);
        assert_eq!(page.offset(), page.start_index - 1);
    }
    for text in ["", "x", "1.5", "--1", "0x1"] {
        let refused = Page::parse(Some(text), None, 100).unwrap_err();
        assert_eq!(refused.scim_type, Some(ScimType::InvalidValue), "{text:?}");
    }
}

#[test]
fn a_search_in_a_body_is_one_in_a_url() {
    let body = json!({
        "schemas": [scim::urn::SEARCH_REQUEST],
        "filter": "title pr", "startIndex": 2, "count": 3, "attributes": ["userName", "title"],
    });
    let pairs = [
        ("filter", "title pr"),
        ("StartIndex", "2"),
        ("count", "3"),
        ("attributes", "userName,title"),
        ("aadOptscim062020", ""),
    ];
    let from_url = Query::from_pairs(pairs, 100).unwrap();
    assert_eq!(Query::from_search(&body, 100).unwrap(), from_url);
    assert!(Query::from_search(&json!([]), 100).is_err());
}

fn kim() -> Value {
    json!({
        "schemas": [scim::urn::USER],
        "id": "u1",
        "userName": "kim",
        "name": { "givenName": "Kim", "familyName": "Lee" },
        "emails": [{ "type": "work", "value": "a" }, { "type": "home", "value": "b" }],
        scim::urn::ENTERPRISE_USER: { "department": "Sales", "costCenter": "7" },
    })
}

fn shown(attributes: &str, excluded: &str) -> Value {
    let mut user = kim();
    let asked_for = Projection::parse(Some(attributes), Some(excluded));
    asked_for.expect("the attributes have names").apply(&mut user);
    let map = user.as_object_mut().expect("a user is an object");
    assert_eq!(map.remove("id"), Some("u1".into()));
    assert_eq!(map.remove("schemas"), Some(json!([scim::urn::USER])));
    user
}

#[test]
fn attributes_show_what_is_asked_for_and_no_more() {
    assert_eq!(shown("USERNAME", ""), json!({ "userName": "kim" }));
    assert_eq!(shown("name.givenName", ""), json!({ "name": { "givenName": "Kim" } }));
    assert_eq!(
        shown("emails.value", ""),
        json!({ "emails": [{ "value": "a" }, { "value": "b" }] })
    );
    assert_eq!(shown("id", ""), json!({}));
    let department = format!("{}:department", scim::urn::ENTERPRISE_USER);
    let expected = json!({ scim::urn::ENTERPRISE_USER: { "department": "Sales" } });
    assert_eq!(shown(&department, ""), expected);
    let both = json!({ "name": { "givenName": "Kim", "familyName": "Lee" } });
    assert_eq!(shown("name,name.givenName", "userName"), both);
}

#[test]
fn excluded_attributes_are_cut_but_for_those_always_shown() {
    let urn = scim::urn::ENTERPRISE_USER;
    let excluded = format!("id,SCHEMAS,emails,name.familyName,{urn}:costCenter");
    let expected = json!({
        "userName": "kim", "name": { "givenName": "Kim" }, urn: { "department": "Sales" },
    });
    assert_eq!(shown("", &excluded), expected);
    assert_eq!(shown("", urn).get(urn), None);
}

#[test]
fn a_server_learns_what_it_need_not_load() {
    let entra = Projection::parse(None, Some("members")).unwrap();
    assert!(!entra.wants("members") && entra.wants("displayName") && !entra.is_asked_for());
    let asked = Projection::parse(Some("displayName"), None).unwrap();
    assert!(!asked.wants("members") && asked.is_asked_for());
    assert!(Projection::default().wants("members"));
    let part = Projection::parse(None, Some("members.display")).unwrap();
    assert!(part.wants("members"));
    assert!(Projection::parse(Some("a b"), None).is_err());
}
