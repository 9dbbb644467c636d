//! S8-S11 by example, and what holds of labels whatever people type.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use unicode_normalization::is_nfc;

use super::*;

fn text_of(account: &str, app: &str, number: u32) -> String {
    label(account, Some(app), None, number).into()
}

/// Names tiles one after another.
fn name_all(accounts: &[(&str, &str)]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |&(account, app): &(&str, &str)| {
        let (label, _) = choose(account, Some(app), None, |key| taken.contains(key));
        assert!(taken.insert(label.key()));
        label.to_string()
    };
    accounts.iter().map(name).collect()
}

/// S8.
#[test]
fn a_label_is_the_account_a_hyphen_and_the_app() {
    assert_eq!(text_of("Contentzilla", "Instagram", 0), "Contentzilla - Instagram");
}

/// S9.
#[test]
fn duplicates_get_the_lowest_free_number() {
    let labels = name_all(&[("Contentzilla", "Instagram"); 3]);
    assert_eq!(
        labels,
        [
            "Contentzilla - Instagram",
            "Contentzilla - Instagram (1)",
            "Contentzilla - Instagram (2)"
        ]
    );
}

/// S9.
#[test]
fn a_freed_number_is_given_to_the_next() {
    let taken = ["zilla - instagram", "zilla - instagram (2)"];
    let (label, number) = choose("Zilla", Some("Instagram"), None, |key| taken.contains(&key));
    assert_eq!((label.as_str(), number), ("Zilla - Instagram (1)", 1));
}

/// S9, S21: another's removal, or a change of something else, renames nobody.
#[test]
fn a_number_stays_while_the_label_does() {
    let current = ("Zilla - Instagram (2)", 2);
    assert!(is_kept("Zilla", Some("Instagram"), None, current));
    assert!(!is_kept("Godzilla", Some("Instagram"), None, current));
}

/// S9: compared after trim, NFC and case folding.
#[test]
fn labels_that_look_alike_count_as_duplicates() {
    let labels = name_all(&[
        ("Café", "Insta"),
        ("CAFE\u{301}", "insta"),
        (" café ", "INSTA"),
        ("Straße", "App"),
        ("STRASSE", "App"),
    ]);
    assert_eq!(
        labels,
        [
            "Café - Insta",
            "CAFÉ - insta (1)",
            "café - INSTA (2)",
            "Straße - App",
            "STRASSE - App (1)"
        ]
    );
}

/// S10.
#[test]
fn without_an_app_the_domain_and_then_nothing_follows() {
    assert_eq!(label("Bank", None, Some("example.com"), 0).as_str(), "Bank - example.com");
    assert_eq!(
        label("Bank", Some("  "), Some("example.com"), 1).as_str(),
        "Bank - example.com (1)"
    );
    assert_eq!(label("Bank", None, None, 0).as_str(), "Bank");
    assert_eq!(label("Bank", None, None, 3).as_str(), "Bank (3)");
}

/// S11.
#[test]
fn hyphens_parentheses_emoji_and_rtl_letters_stay() {
    assert_eq!(text_of("a - b", "c (1)", 0), "a - b - c (1)");
    assert_eq!(text_of("👩‍👩‍👧 חשבון", "📷", 2), "👩‍👩‍👧 חשבון - 📷 (2)");
}

/// S11: an account may be named as another's numbered label.
#[test]
fn a_name_that_ends_like_a_number_takes_nobodys_label() {
    let bare = |accounts: &[&str]| {
        let mut taken = BTreeSet::new();
        for account in accounts {
            let (label, _) = choose(account, None, None, |key| taken.contains(key));
            assert!(taken.insert(label.key()));
        }
        taken
    };
    assert!(bare(&["X (1)", "X", "X"]).contains("x (2)"));
    assert!(bare(&["X", "X", "X (1)"]).contains("x (1) (1)"));
    assert_eq!(
        name_all(&[("X", "App (1)"), ("X", "App"), ("X", "App")]),
        ["X - App (1)", "X - App", "X - App (2)"]
    );
}

/// S11.
#[test]
fn the_account_name_is_cut_and_never_the_tail() {
    let long = "a".repeat(255);
    assert_eq!(text_of(&long, "Instagram", 0), format!("{} - Instagram", "a".repeat(88)));
    assert_eq!(text_of(&long, "Instagram", 12), format!("{} - Instagram (12)", "a".repeat(83)));
    let app = "b".repeat(96);
    assert_eq!(text_of(&long, &app, 0), format!("a - {app}"));
}

/// S11: accounts that differ only where they are cut are told apart by their numbers.
#[test]
fn labels_that_are_equal_once_cut_are_numbered() {
    let (one, two) = (format!("{}1", "a".repeat(150)), format!("{}2", "a".repeat(150)));
    let labels = name_all(&[(&one, "App"), (&two, "App")]);
    assert_eq!(labels[0], format!("{} - App", "a".repeat(94)));
    assert_eq!(labels[1], format!("{} - App (1)", "a".repeat(90)));
}

#[test]
fn an_app_name_that_fills_the_label_leaves_room_for_the_account() {
    let app = "b".repeat(255);
    assert_eq!(text_of("Zilla", &app, 0), format!("Zilla - {}", "b".repeat(92)));
    assert_eq!(text_of("Zilla", &app, 1), format!("Zilla - {} (1)", "b".repeat(88)));
    let both = text_of(&"a".repeat(255), &app, 0);
    assert_eq!(both, format!("{} - {}", "a".repeat(20), "b".repeat(77)));
}

/// S11.
#[test]
fn a_cut_tears_nothing_apart() {
    let room = LABEL_MAX - " - App".len();
    let before = |cluster: &str, kept: usize| {
        let name = format!("{}{cluster}end", "a".repeat(kept));
        text_of(&name, "App", 0)
    };
    // A letter with two marks, of which only the first would fit; n̈̃ has no composed form.
    assert_eq!(before("q\u{308}\u{303}", room - 2), format!("{} - App", "a".repeat(room - 2)));
    assert_eq!(before("👩‍👧", room - 2), format!("{} - App", "a".repeat(room - 2)));
    assert_eq!(before("👍🏽", room - 1), format!("{} - App", "a".repeat(room - 1)));
    assert_eq!(before("🇩🇪🇫🇷", room - 3), format!("{}🇩🇪 - App", "a".repeat(room - 3)));
    // No blank is left where a word was cut.
    assert_eq!(before(" ", room - 1), format!("{} - App", "a".repeat(room - 1)));
    // Nothing but marks: better torn than gone.
    let zalgo = format!("q{}", "\u{308}".repeat(300));
    assert_eq!(length(&text_of(&zalgo, "App", 0)), LABEL_MAX);
}

/// T16.
#[test]
fn control_and_bidi_characters_do_not_reach_a_portal() {
    assert_eq!(text_of("a\u{202E}b\nc\0", "A\u{200F}pp\u{2028}", 0), "abc - App");
    assert_eq!(text_of("\u{202E}\n", "App", 0), "Account - App");
    // A character held apart from its mark composes once nothing is between them.
    assert_eq!(text_of("e\u{200E}\u{301}", "App", 0), "é - App");
}

/// Text of all kinds: plain, hostile, long, and short enough to collide.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aAbé (1)-]{0,4}",
        "[a-z]{80,120}",
        "\\PC{0,120}",
        ".{0,40}",
        "[e\u{301}\u{308}👩🏽\u{200D}🇩🇪\u{202E} ]{0,130}",
    ]
}

proptest! {
    /// S11, T16: the limits hold for any text.
    #[test]
    fn every_label_is_short_composed_and_clean(
        account in names(), app in prop::option::of(names()), number in 0..20_000_u32,
    ) {
        let label = label(&account, app.as_deref(), None, number);
        let shown = label.as_str();
        prop_assert!((1..=LABEL_MAX).contains(&length(shown)));
        prop_assert!(is_nfc(shown), "{shown:?}");
        prop_assert_eq!(shown.trim(), shown);
        prop_assert!(!shown.chars().any(|c| text::is_control(c) || text::is_bidi_control(c)));
    }

    /// S11: the tail is whole whenever it leaves the account one character.
    #[test]
    fn the_tail_is_kept(account in names(), app in names(), number in 0..20_000_u32) {
        let mark = if number == 0 { String::new() } else { format!(" ({number})") };
        let shown = text_of(&account, &app, number);
        prop_assert!(shown.ends_with(&mark), "{shown:?}");
        if let Some(app) = clean(&app) {
            let tail = format!(" - {app}{mark}");
            if length(&tail) < LABEL_MAX {
                prop_assert!(shown.ends_with(&tail) && shown.len() > tail.len(), "{shown:?}");
            }
        }
    }

    /// A label is its own name, and a key its own key.
    #[test]
    fn a_label_is_stable(account in names(), app in prop::option::of(names()), number in 0..99_u32) {
        let once = label(&account, app.as_deref(), None, number);
        prop_assert_eq!(&label(once.as_str(), None, None, 0), &once);
        prop_assert_eq!(key(&once.key()), once.key());
    }

    /// A different number is a different label, also after the cut.
    #[test]
    fn numbers_tell_labels_apart(account in names(), app in names(), one in 0..300_u32, two in 0..300_u32) {
        let (first, second) = (label(&account, Some(&app), None, one), label(&account, Some(&app), None, two));
        // A name that itself ends in "(n)" may meet a number; `choose` steps over it.
        prop_assume!(one != two && one > 0 && two > 0);
        prop_assert_ne!(first.key(), second.key());
    }

    /// S9, S11: through any history of extending, removing and renaming, no two tiles of a portal
    /// look alike, each got the lowest number free at that time, and nobody else is renamed.
    #[test]
    fn no_two_tiles_are_alike_through_any_history(
        steps in prop::collection::vec((0..3_u8, 0..8_usize, names(), "[aA(1) ]{0,3}"), 1..40),
    ) {
        let mut tiles: BTreeMap<usize, (String, String, Label, u32)> = BTreeMap::new();
        for (kind, tile, account, app) in steps {
            let before = tiles.clone();
            let others: BTreeSet<String> =
                tiles.iter().filter(|(id, _)| **id != tile).map(|(_, row)| row.2.key()).collect();
            let taken = |key: &str| others.contains(key);
            let app_name = Some(app.as_str());
            let new = match (kind, tiles.get(&tile)) {
                (0, _) => None,
                (1, Some((account, app, label, number))) => {
                    prop_assert!(is_kept(account, Some(app), None, (label.as_str(), *number)));
                    continue;
                }
                (_, Some((.., label, number)))
                    if is_kept(&account, app_name, None, (label.as_str(), *number)) =>
                {
                    Some((account, app, label.clone(), *number))
                }
                _ => {
                    let (label, number) = choose(&account, app_name, None, taken);
                    for lower in 0..number {
                        prop_assert!(taken(&super::label(&account, app_name, None, lower).key()));
                    }
                    Some((account, app, label, number))
                }
            };
            match new {
                Some(row) => { tiles.insert(tile, row); }
                None => { tiles.remove(&tile); }
            }
            let keys: BTreeSet<_> = tiles.values().map(|row| row.2.key()).collect();
            prop_assert_eq!(keys.len(), tiles.len());
            for (id, row) in before.iter().filter(|(id, _)| **id != tile) {
                prop_assert_eq!(&row.2, &tiles[id].2);
                // The stored number alone gives the label back.
                prop_assert_eq!(&row.2, &super::label(&row.0, Some(&row.1), None, row.3));
            }
        }
    }
}
