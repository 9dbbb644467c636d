//! Okta's System Log in pages: where a reader goes on, and what it never does.

use crate::script::{Answer, Scripted, answer, error, list, now};
use portal::{Error, LogFrom, LogKind, LogPage, Portal, Priority, TargetKind};
use serde_json::json;

async fn read(portal: &Scripted, from: LogFrom<'_>) -> Result<LogPage, Error> {
    portal.portal.log_page(from, Priority::Audit, &now).await
}

fn page(items: &[serde_json::Value], next: &str) -> Answer {
    let itself = "<https://org.example/api/v1/logs?since=x>; rel=\"self\"";
    list(items).with("link", itself).with("link", &format!("<{next}>; rel=\"next\""))
}

/// An empty page says where to go on, too.
#[tokio::test]
async fn a_reader_polls_from_where_it_stopped() {
    let deactivated = json!({
        "uuid": "e1", "published": "2027-01-15T08:00:00.000Z",
        "eventType": "application.lifecycle.deactivate", "outcome": { "result": "SUCCESS" },
        "actor": { "id": "00u9", "displayName": "Ada" },
        "target": [{ "id": "0oa1", "type": "AppInstance", "displayName": "A - B" }],
    });
    let portal = Scripted::with_token(vec![
        page(&[deactivated], "https://org.example/api/v1/logs?after=1_1&limit=1000"),
        page(&[], "https://org.example/api/v1/logs?after=1_2&limit=1000"),
    ]);
    let first = read(&portal, LogFrom::Since(now())).await.expect("a page");
    assert_eq!(first.events.len(), 1);
    assert_eq!(first.events[0].kind, LogKind::AppDeactivated);
    assert_eq!(first.events[0].targets(TargetKind::App).collect::<Vec<_>>(), ["0oa1"]);
    let second = read(&portal, LogFrom::Cursor(&first.next)).await.expect("a page");
    assert_eq!(second.events, []);
    assert_eq!(second.next, "/api/v1/logs?after=1_2&limit=1000");
    let sent = portal.sent();
    assert!(sent[0].contains("since=2027-01-15T08%3A00%3A00Z&sortOrder=ASCENDING"), "{}", sent[0]);
    assert!(!sent[0].contains("until"), "a poll has no end");
    assert_eq!(sent[1], "GET /api/v1/logs?after=1_1&limit=1000");
}

/// R19: a page that does not say where to go on would lose what follows.
#[tokio::test]
async fn a_page_without_a_way_on_is_no_page() {
    for (what, answer) in [
        ("no link", list(&[])),
        ("elsewhere", page(&[], "https://evil.example/api/v1/logs?after=1")),
        ("another list", page(&[], "https://org.example/api/v1/users?after=1")),
        ("no JSON", answer(200, "<html></html>")),
        ("an event without an id", page(&[json!({})], "https://org.example/api/v1/logs?after=1")),
    ] {
        let result = read(&Scripted::with_token(vec![answer]), LogFrom::Since(now())).await;
        assert!(matches!(result, Err(Error::Unavailable { .. })), "{what}: {result:?}");
    }
    let forbidden = error(403, "E0000006", "You do not have permission");
    let result = read(&Scripted::with_token(vec![forbidden]), LogFrom::Since(now())).await;
    assert!(matches!(result, Err(Error::Misconfigured { .. })), "{result:?}");
    let nothing = Scripted::with_token(vec![]);
    let result = read(&nothing, LogFrom::Cursor("https://evil.example/")).await;
    assert!(matches!(result, Err(Error::Refused { .. })), "{result:?}");
}
