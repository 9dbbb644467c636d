//! What the state promises by itself; behaviour that clients see is tested through the API.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;

fn org(seed: u64) -> Org {
    let start = Timestamp::from_millisecond(1_767_225_600_123).unwrap();
    Org::new(
        "Example",
        "https://example.okta.com/",
        Arc::new(move || start),
        seed,
        OrgSettings::default(),
    )
}

#[test]
fn ids_have_twenty_characters_never_repeat_and_sort_by_age() {
    let mut org = org(1);
    let ids: Vec<String> = (0..2000).map(|_| org.next_id("0oa")).collect();
    assert!(ids.iter().all(|id| id.len() == 20 && id.starts_with("0oa")));
    assert!(ids.is_sorted());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn the_same_seed_makes_the_same_org() {
    assert_eq!(org(7).id, org(7).id);
    assert_ne!(org(7).id, org(8).id);
}

#[test]
fn instants_are_printed_as_okta_prints_them() {
    assert_eq!(okta_time(org(1).now()), "2026-01-01T00:00:00.000Z");
    assert_eq!(org(1).base_url, "https://example.okta.com");
}

#[test]
fn everybody_is_in_everyone_and_leaves_no_trace_when_deleted() {
    let mut org = org(1);
    let ada = org.create_user(NewUser::person("ada@example.com", "Ada", "B", "x")).unwrap();
    let app = org.create_app(NewApp::bookmark("Wiki", "https://example.com"), true).unwrap();
    let everyone = org.everyone.clone();
    org.assign_group(&app, &everyone, None, None).unwrap();
    assert_eq!(org.app_user(&app, &ada).unwrap().scope, Scope::Group);
    org.delete_user(&ada).unwrap();
    org.delete_user(&ada).unwrap();
    assert!(org.groups[&everyone].members.is_empty());
    assert!(org.apps[&app].users.is_empty());
}

#[test]
fn an_app_for_everybody_is_on_every_dashboard() {
    let mut org = org(1);
    let ada = org.create_user(NewUser::person("ada@example.com", "Ada", "B", "x")).unwrap();
    let mut everybody = NewApp::bookmark("Canteen", "https://example.com");
    everybody.implicit_assignment = true;
    org.create_app(everybody, true).unwrap();
    assert_eq!(org.links_of_user(&ada).unwrap().len(), 1);
}
