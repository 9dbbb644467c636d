//! Filters: the examples of RFC 7644 section 3.4.2.2 and the traps of its grammar.

use scim::filter::{DEEPEST, LONGEST, as_equality, matches};
use scim::{Filter, ScimType};
use serde_json::{Value, json};

fn kim() -> Value {
    json!({
        "schemas": [scim::urn::USER, scim::urn::ENTERPRISE_USER],
        "id": "Ab1",
        "externalId": "00u1",
        "userName": "Kim.Lee@example.com",
        "name": { "givenName": "Kim", "familyName": "O'Malley" },
        "title": "Engineer",
        "userType": "Employee",
        "nickName": "",
        "active": true,
        "logins": 7,
        "emails": [
            { "type": "work", "value": "kim@example.com", "primary": true },
            { "type": "home", "value": "kim@home.example.org" },
        ],
        scim::urn::ENTERPRISE_USER: { "department": "Sales", "manager": { "value": "M1" } },
        "meta": { "created": "2011-05-13T04:42:34Z", "lastModified": "2020-01-01T00:00:00.5Z" },
    })
}

#[track_caller]
fn holds(filter: &str) -> bool {
    matches(&Filter::parse(filter).expect(filter), &kim())
}

#[test]
fn the_examples_of_rfc_7644_hold_for_whom_they_should() {
    for filter in [
        r#"userName eq "kim.lee@EXAMPLE.com""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "K""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "k""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified ge "2020-01-01T01:00:00.500+01:00""#,
        r#"meta.created le "2011-05-13T04:42:34Z""#,
        r#"meta.created lt "2011-05-13T04:42:35-00:00""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Intern" and not (emails co "example.net")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]"#,
    ] {
        assert!(holds(filter), "{filter}");
    }
}

#[test]
fn a_value_path_asks_one_value_for_all_of_it() {
    assert!(!holds(r#"emails[type eq "home" and value co "@example.com"]"#));
    assert!(holds(r#"emails.type eq "home" and emails.value co "@example.com""#));
    assert!(holds(r#"emails[type eq "work"].value eq "KIM@example.com""#));
    assert!(!holds(r#"emails[type eq "home"].value eq "kim@example.com""#));
}

#[test]
fn and_binds_tighter_than_or_and_not_tightest() {
    assert!(holds(r#"title eq "Engineer" or title eq "x" and title eq "y""#));
    assert!(!holds(r#"(title eq "Engineer" or title eq "x") and title eq "y""#));
    assert!(holds(r#"not (title eq "x") and title pr"#));
    assert!(!holds(r#"not (title eq "x" or title pr)"#));
}

#[test]
fn operators_names_and_words_may_be_in_any_case() {
    assert!(holds(
        r#"USERNAME Eq "kim.lee@example.com" AND NOT (Title EQ "x") Or ACTIVE eq FALSE"#
    ));
    assert!(holds(
        r#"URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:DEPARTMENT eq "sales""#
    ));
}

#[test]
fn case_matters_for_ids_and_not_for_names() {
    assert!(holds(r#"id eq "Ab1""#));
    assert!(!holds(r#"id eq "ab1""#));
    assert!(holds(r#"externalId sw "00u""#));
    assert!(!holds(r#"externalId sw "00U""#));
    assert!(holds(r#"title ew "GINEER""#));
}

#[test]
fn nothing_and_empty_are_unassigned() {
    assert!(holds("nickName eq null"));
    assert!(holds("shoeSize eq null"));
    assert!(holds("title ne null"));
    assert!(!holds("nickName pr"));
    assert!(!holds("shoeSize pr"));
    assert!(holds(r#"shoeSize ne "42""#), "ne is the opposite of eq");
    assert!(!holds(r#"emails.type ne "work""#), "one value is equal");
    assert!(!holds(r#"shoeSize gt "1""#));
}

/// Microsoft's collection sends these.
#[test]
fn literals_may_come_without_quotes() {
    assert!(holds("userName sw K"));
    assert!(holds(
        "userType eq Employee and (emails.Value co example.com or emails.Value co example.net)"
    ));
    assert!(holds("meta.Created gt 2010-10-10T14:38:21.8617979-07:00"));
    assert!(holds("logins eq 7 and logins ge 6.5 and logins lt 1e1"));
    assert!(holds(r#"logins eq "7""#));
}

#[test]
fn strings_are_json_strings() {
    let person = json!({ "displayName": "a \"b\" \\ é (c] and d" });
    let filter = r#"displayName eq "a \"b\" \\ \u00e9 (c] and d""#;
    assert!(matches(&Filter::parse(filter).unwrap(), &person));
}

#[test]
fn what_is_no_filter_is_refused_as_such() {
    for text in [
        "",
        "userName",
        "userName eq",
        r#"eq "x""#,
        r#"userName xx "x""#,
        r#"userName eq "x"#,
        r#"userName eq "x" and"#,
        r#"(userName eq "x""#,
        r#"userName eq "x")"#,
        "not title pr",
        r#"userName eq "x" title pr"#,
        "emails[",
        r#"emails[type eq "x""#,
        "emails[]",
        "a.b.c pr",
        r#"emails[type[value eq "x"]]"#,
        r#"name.x[value eq "x"]"#,
        "active gt true",
        "title co null",
        r#"title eq "\x""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User eq "x""#,
        "é pr",
        "] pr",
        r#"emails[type eq "work"].value"#,
        r#"emails[type eq "work"].urn:acme:1.0:Badge eq "x""#,
    ] {
        let refused = Filter::parse(text).expect_err(text);
        assert_eq!((refused.status, refused.scim_type), (400, Some(ScimType::InvalidFilter)));
    }
}

#[test]
fn length_and_depth_have_caps() {
    let nested = |depth| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(holds(&nested(DEEPEST)));
    let refused = Filter::parse(&nested(DEEPEST + 1)).unwrap_err();
    assert!(refused.detail.contains("deeper than 32"), "{refused}");
    assert!(Filter::parse(&nested(LONGEST / 2 - 10)).is_err());
    assert!(Filter::parse(&"not (".repeat(LONGEST / 5)).is_err());

    let many = vec!["title pr"; 300].join(" or ");
    assert!(holds(&many), "a long list is not a deep one");
    let long = format!("title eq \"{}\"", "x".repeat(LONGEST));
    assert!(Filter::parse(&long).unwrap_err().detail.contains("4096"));
}

#[test]
fn an_equality_can_use_an_index() {
    let cases = [
        (r#"userName eq "x""#, Some(("userName", "x"))),
        (r#"USERNAME EQ "x""#, Some(("userName", "x"))),
        ("userName eq 12", Some(("userName", "12"))),
        (r#"(externalId eq "00u1")"#, Some(("externalId", "00u1"))),
        (r#"emails eq "x""#, Some(("emails.value", "x"))),
        (r#"emails.VALUE eq "x""#, Some(("emails.value", "x"))),
        (r#"emails[VALUE eq "x"]"#, Some(("emails.value", "x"))),
        (r#"members eq "u1""#, Some(("members.value", "u1"))),
        (r#"emails[urn:acme:1.0:Badge:value eq "x"]"#, None),
        (r#"emails[type eq "work" and value eq "x"]"#, None),
        (r#"userName eq "x" and active eq true"#, None),
        (r#"userName sw "x""#, None),
        (r#"not (userName eq "x")"#, None),
        ("active eq true", None),
        ("title eq null", None),
        ("title pr", None),
    ];
    for (text, expected) in cases {
        let found = as_equality(&Filter::parse(text).unwrap());
        let found = found.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_part_of_a_filter_can_use_an_index() {
    let cases = [
        ("userName eq \"x\" and active eq true", vec![("userName", "x")]),
        (
            "emails[type eq \"work\"].value eq \"k@x\"",
            vec![("emails.type", "work"), ("emails.value", "k@x")],
        ),
        ("active eq true and (externalId eq \"7\" and title pr)", vec![("externalId", "7")]),
        ("userName eq \"x\" or userName eq \"y\"", vec![]),
        ("not (userName eq \"x\")", vec![]),
        ("emails[not (value eq \"x\")]", vec![]),
    ];
    for (text, expected) in cases {
        let found = scim::filter::implied_equalities(&Filter::parse(text).unwrap());
        let found: Vec<_> = found.iter().map(|(a, v)| (a.as_str(), v.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
}
