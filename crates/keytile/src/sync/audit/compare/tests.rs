use portal::AppId;
use uuid::Uuid;

use super::*;

fn url(n: u128) -> String {
    format!("https://keytile.example/launch/{}", LaunchId::from_bytes(n.to_be_bytes()))
}

fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

fn app(n: u128) -> App {
    App {
        id: AppId(format!("0oa{n}")),
        label: format!("Account {n}"),
        url: url(n),
        status: AppStatus::Active,
        created: None,
        updated: at(100),
        self_service: false,
    }
}

fn row(n: u128) -> Row {
    Row {
        tile: TileId::from(Uuid::from_u128(n)),
        url: url(n),
        app_id: Some(format!("0oa{n}")),
        mirror: Some((format!("Account {n}"), url(n), AppStatus::Active)),
        self_service: false,
        updated_at: at(100),
        is_gone: false,
        is_paused: false,
        is_in_group: false,
        is_without: false,
    }
}

fn looks(app: &App, row: Row) -> Vec<Look> {
    let compared = compare(std::slice::from_ref(app), &[row], 0, &Heard::default());
    compared.looks.into_iter().map(|(_, look)| look).collect()
}

/// C12.
#[test]
fn what_is_as_it_was_is_looked_at_once_in_twenty_four_passes() {
    let (apps, rows): (Vec<App>, Vec<Row>) = (1..=240).map(|n| (app(n), row(n))).unzip();
    let mut seen = BTreeSet::new();
    for pass in 0..24 {
        let compared = compare(&apps, &rows, pass, &Heard::default());
        assert_eq!((compared.looks.len(), compared.strays.len()), (10, 0));
        seen.extend(compared.looks.iter().map(|(tile, _)| *tile));
        assert!(compared.looks.iter().all(|(_, look)| *look == Look::People));
    }
    assert_eq!(seen.len(), 240, "every tile once");
}

#[test]
fn what_differs_was_changed_or_is_missing_is_read_as_a_whole() {
    let as_it_was = app(1);
    assert_eq!(looks(&as_it_was, row(1)), []);
    for changed in [
        App { label: "Mine".into(), ..app(1) },
        App { url: format!("{}?x", url(1)), ..app(1) },
        App { status: AppStatus::Inactive, ..app(1) },
        App { self_service: true, ..app(1) },
        App { updated: at(101), ..app(1) },
        app(2),
    ] {
        assert_eq!(looks(&changed, row(1)), [Look::Whole], "{changed:?}");
    }
    let heard = Heard { apps: BTreeSet::from(["0oa1".to_owned()]), ..Heard::default() };
    let compared = compare(&[app(1)], &[row(1)], 0, &heard);
    assert_eq!(compared.looks, [(row(1).tile, Look::Whole)]);
}

#[test]
fn a_step_of_ours_is_no_change_and_its_time_is_learned() {
    let compared = compare(&[app(1)], &[Row { updated_at: None, ..row(1) }], 0, &Heard::default());
    assert_eq!(compared.looks, []);
    assert_eq!(compared.learned, [(row(1).tile, at(100).unwrap())]);
}

#[test]
fn a_paused_tile_is_left_to_whoever_decides_until_the_app_itself_changes() {
    let paused = || Row { is_paused: true, ..row(24) };
    assert_eq!(looks(&app(1), paused()), [], "it is missing, and that is what was asked about");
    assert_eq!(looks(&App { updated: at(300), ..app(24) }, paused()), []);
    let shown_again = App { status: AppStatus::Inactive, ..app(24) };
    assert_eq!(looks(&shown_again, paused()), [Look::Whole]);
}

/// security.md 3.3, 8.
#[test]
fn an_app_that_no_tile_explains_is_an_orphan_a_ghost_or_a_double() {
    let double = App { id: AppId("0oaX".into()), ..app(1) };
    let ghost = Row { is_gone: true, app_id: None, ..row(2) };
    let creating = Row { app_id: None, mirror: None, ..row(4) };
    let bookmark = App { url: "https://keytile.example/accounts".into(), ..app(5) };
    let without = Row { is_without: true, app_id: None, mirror: None, ..row(6) };
    let apps = [app(1), double, app(2), app(3), app(4), bookmark, app(6)];
    let rows = [row(1), ghost, creating, without];
    let compared = compare(&apps, &rows, 0, &Heard::default());
    let found: Vec<(String, Kind)> =
        compared.strays.into_iter().map(|stray| (stray.app.id.0, stray.kind)).collect();
    let expected = [
        ("0oaX", Kind::Double),
        ("0oa2", Kind::Ghost),
        ("0oa3", Kind::Orphan),
        ("0oa6", Kind::Double),
    ];
    assert_eq!(found, expected.map(|(id, kind)| (id.to_owned(), kind)));
}

/// A call of the narrow bucket for each such tile would tell nothing that its group and the log do not.
#[test]
fn a_tile_that_a_group_shows_is_looked_at_in_its_turn_only_where_the_log_is_closed() {
    let row = Row { is_in_group: true, ..row(24) };
    let look = |heard: &Heard| {
        let compared = compare(&[app(24)], std::slice::from_ref(&row), 0, heard);
        compared.looks.into_iter().map(|(_, look)| look).next()
    };
    let whole = Heard { is_whole: true, ..Heard::default() };
    assert_eq!(look(&whole), None);
    assert_eq!(look(&Heard::default()), Some(Look::Whole));
    let mentioned = Heard { apps: BTreeSet::from(["0oa24".to_owned()]), ..whole };
    assert_eq!(look(&mentioned), Some(Look::Whole));
}
