//! Each way to fall through is found, and nobody else is named.

use super::*;

fn person(id: &str) -> Listed {
    Listed { id: id.into(), name: format!("{id}@example.com"), ..Listed::default() }
}

fn ours(id: &str) -> Ours {
    Ours { external_id: Some(id.into()), name: id.to_uppercase(), is_owner: false }
}

/// Ada is as she should be.
fn healthy() -> Seen {
    Seen {
        sign_in: Some(vec![person("ada")]),
        provisioned: Some(vec![person("ada")]),
        ours: vec![ours("ada")],
        ..Seen::default()
    }
}

fn told(seen: &Seen) -> Vec<(Kind, String, String)> {
    findings(seen).into_iter().map(|f| (f.kind, f.external_id, f.detail)).collect()
}

#[test]
fn a_person_with_both_apps_is_not_named() {
    assert_eq!(findings(&healthy()), []);
}

#[test]
fn each_way_to_fall_through_has_its_own_name() {
    let mut seen = healthy();
    seen.sign_in = Some(vec![person("ada"), person("ben")]);
    assert_eq!(told(&seen), [(Kind::OnlySignIn, "ben".into(), String::new())]);

    let mut seen = healthy();
    seen.provisioned = Some(vec![person("ada"), person("ben")]);
    seen.ours.push(ours("ben"));
    assert_eq!(told(&seen), [(Kind::OnlyProvisioning, "ben".into(), String::new())]);

    let mut seen = healthy();
    seen.ours.clear();
    assert_eq!(told(&seen), [(Kind::NotPushed, "ada".into(), String::new())]);
    seen.staged = ["ada".to_owned()].into();
    assert_eq!(told(&seen), [(Kind::Staged, "ada".into(), String::new())]);

    let mut seen = healthy();
    seen.suspended = ["ada".to_owned(), "elsewhere".to_owned()].into();
    assert_eq!(told(&seen), [(Kind::Suspended, "ada".into(), String::new())]);

    let mut seen = healthy();
    seen.ours.push(Ours { external_id: None, name: "Cleo".into(), is_owner: false });
    assert_eq!(told(&seen), [(Kind::NoExternalId, String::new(), String::new())]);

    let mut seen = healthy();
    seen.ours.push(Ours { is_owner: true, ..ours("olga") });
    assert_eq!(told(&seen), [(Kind::OwnerUnassigned, "olga".into(), String::new())]);
}

/// Bug 17 of product.md, 2.8, and a member whom Okta leaves out.
#[test]
fn groups_that_make_people_fall_are_named() {
    let mut seen = healthy();
    let failed = Listed { problem: Some("Timeout.".into()), ..person("00g2") };
    seen.pushed = vec![Listed { name: String::new(), ..person("00g1") }, failed];
    seen.assigning = ["00g1".to_owned()].into();
    seen.group_names = [("00g1".to_owned(), "Finance".to_owned())].into();
    seen.in_groups = [("00g1".to_owned(), vec![person("ada"), person("dan")])].into();
    let found = findings(&seen);
    let lines: Vec<String> =
        found.iter().map(|f| format!("{} {} {}", f.kind.code(), f.name, f.detail)).collect();
    assert_eq!(
        lines,
        [
            "group_without_app dan@example.com Finance",
            "group_for_both Finance ",
            "push_failed 00g2 Timeout.",
        ]
    );
}

/// What could not be read accuses nobody.
#[test]
fn an_unread_list_says_nothing_about_anybody() {
    let mut seen = healthy();
    seen.in_groups = [("00g1".to_owned(), vec![person("dan")])].into();
    seen.ours.push(Ours { is_owner: true, ..ours("olga") });
    seen.provisioned = None;
    assert_eq!(findings(&seen), []);
    seen.sign_in = None;
    seen.provisioned = Some(vec![person("ada"), person("olga"), person("dan")]);
    seen.ours.push(ours("dan"));
    assert_eq!(findings(&seen), []);
}

#[test]
fn every_kind_has_words_and_a_code_of_its_own() {
    let codes: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(Kind::from_code(kind.code()), Some(kind));
        let Told { title, why, todo } = kind.told();
        for words in [title, why, todo] {
            assert!(!words.is_empty());
        }
    }
}
