//! What people enter and click at the same time, seen in Okta at the end.

use http::StatusCode;
use model::share::ItemRole::Owner;

use super::{World, follow, shown, worker};
use crate::support::{TestApp, User, account_form};

/// S11.
#[tokio::test]
async fn a_label_of_300_characters_is_cut_to_100_and_keeps_its_tail() {
    let test = TestApp::start().await;
    test.turn_on().await;
    let mut browser = test.client_as(&test.owner).await;
    let (app_name, tail) =
        ("Étagère, the shelf of all our pictures", " - Étagère, the shelf of all our pictures");
    let name = "ñ".repeat(255);
    let wanted = name.chars().count() + tail.chars().count();
    assert!((290..=300).contains(&wanted), "{wanted}");
    for _ in 0..2 {
        let fields = account_form(&name, app_name, "");
        let made = browser.post("/accounts", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let extended = browser.post(&format!("{}/tile", made.location()), &[]).await;
        assert!(extended.status.is_redirection(), "{}", extended.status);
    }
    follow(&test, &worker(&test).await).await;
    let labels: Vec<String> = shown(&test).into_iter().map(|(label, ..)| label).collect();
    assert_eq!(labels.len(), 2);
    assert_ne!(labels[0], labels[1], "never two alike");
    for label in &labels {
        assert!(label.chars().count() <= 100, "{label}");
        assert!(label.starts_with("ññ") && label.contains(tail), "{label}");
    }
    assert!(labels.iter().any(|label| label.ends_with(tail)));
    assert!(labels.iter().any(|label| label.ends_with(&format!("{tail} (1)"))));
}

/// S30.
#[tokio::test]
async fn two_owners_who_click_at_once_get_one_tile_and_no_error() {
    let world = World::start().await;
    let test = &world.test;
    let cleo = test.member("Cleo", User).await;
    let account = test.account(&cleo, "Launchpad", "Instagram").await;
    let dan = test.member("Dan", User).await;
    test.share(account, &dan, Owner).await;
    let (mut cleo, mut dan) = (test.api_as(&cleo).await, test.api_as(&dan).await);
    let path = format!("/api/v1/accounts/{account}/tile");
    let (first, second) = futures_util::future::join(
        cleo.call(http::Method::POST, &path),
        dan.call(http::Method::POST, &path),
    )
    .await;
    assert_eq!((first.status, second.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    assert_eq!(first.json()["id"], second.json()["id"], "the second gets the same job");
    world.follow().await;
    let made = shown(test).into_iter().filter(|(label, ..)| label.starts_with("Launchpad"));
    assert_eq!(made.count(), 1);
}
