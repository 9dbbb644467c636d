use model::Timestamp;

use super::*;

fn page() -> SyncPage {
    SyncPage {
        shell: Shell::sample("sync"),
        is_on: true,
        may_decide: true,
        stops: Vec::new(),
        audit: AuditView { last: None, next: None, asked: false, apps: 0, looks: 0, problem: None },
        late: 0,
        behind: Vec::new(),
        open: 0,
        found: Vec::new(),
        strays: Vec::new(),
    }
}

/// U8: every section says what it is for before it has anything to show.
#[test]
fn a_page_without_anything_to_show_teaches() {
    let text = page().render().unwrap();
    for lesson in
        ["All in time", "Check Okta now", "Within six hours", "None so far", "Nothing was changed"]
    {
        assert!(text.contains(lesson), "{lesson}");
    }
    let off = SyncPage { is_on: false, ..page() }.render().unwrap();
    assert!(off.contains("is off") && !off.contains("Check Okta now"));
}

#[test]
fn what_waits_for_an_admin_is_offered_to_those_who_may_decide() {
    let at = || When::from(Timestamp::UNIX_EPOCH);
    let full = |may_decide| {
        let behind = BehindRow {
            id: "tile_01".into(),
            label: "Payroll".into(),
            href: None,
            since: at(),
            problem: Some("An Okta admin deleted this app.".into()),
            paused: true,
        };
        let stray = StrayView {
            id: "0oa1".into(),
            label: "Old".into(),
            url: "https://keytile.example/launch/0".into(),
            kind: "No account has this address.",
            found: at(),
            next: "It stays.".into(),
            problem: None,
            kept: false,
        };
        let badge = Badge { text: "500 waiting".into(), kind: "warn", icon: "" };
        let stop = StopLine {
            href: "/sync/stops/stop_01".into(),
            opened: at(),
            is_open: true,
            waiting: 500,
            badge,
            decided: None,
        };
        let (late, behind, strays, stops) = (1, vec![behind], vec![stray], vec![stop]);
        SyncPage { may_decide, stops, late, behind, strays, ..page() }.render().unwrap()
    };
    let text = full(true);
    assert!(
        text.contains("stopped before taking 500 things away") && text.contains("Stop extending")
    );
    assert!(
        text.contains("Remove this app from Okta?") && text.contains("1 for more than 15 minutes")
    );
    let text = full(false);
    assert!(!text.contains("Stop extending") && !text.contains("Remove now"));
}
