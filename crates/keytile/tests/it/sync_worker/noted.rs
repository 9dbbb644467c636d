//! Marks of many tiles wait together until the worker comes by: none is lost, and the most urgent counts.

use keytile::sync::{Progress, Touched, mark};
use model::share::ItemRole::Collaborator;
use portal::Priority;

use super::{follow, progress, shown, worker};
use crate::support::{TestApp, User};

#[tokio::test]
async fn noted_marks_are_put_on_their_tiles_by_the_worker() {
    let test = TestApp::start().await;
    test.turn_on().await;
    let ada = test.member("Ada", User).in_okta().await;
    let team = test.team("Marketing", &[&ada]).await;
    let mut accounts = Vec::new();
    for name in ["One", "Two", "Three"] {
        let account = test.account(&test.owner, name, "Instagram").await;
        test.share(account, team, Collaborator).await;
        test.extend(&test.owner, account).await;
        accounts.push(account);
    }
    let worker = worker(&test).await;
    follow(&test, &worker).await;
    let noted = async || test.count("SELECT COUNT(*) AS n FROM tile_mark").await;
    let mark_team = async |priority| {
        test.write(move |tx, by| {
            Box::pin(async move { Ok(mark(tx, by, Touched::Team(team), priority).await?) })
        })
        .await
    };
    assert_eq!((mark_team(Priority::Change).await, noted().await), (3, 3));
    assert_eq!((mark_team(Priority::Leaver).await, noted().await), (3, 3), "once for each tile");
    let urgent = "SELECT COUNT(*) AS n FROM tile_mark WHERE priority = 0 AND marks = 2";
    assert_eq!(test.count(urgent).await, 3);
    // A tile with a noted mark is not as it should be until it was looked at.
    assert_ne!(progress(&test, accounts[0]).await, Progress::Synced);
    follow(&test, &worker).await;
    assert_eq!(noted().await, 0);
    assert_eq!(progress(&test, accounts[0]).await, Progress::Synced);
    assert_eq!(shown(&test).len(), 3);
}

/// Many tiles lose a person, and the noted marks survive whoever was to put them on the tiles.
#[tokio::test]
async fn noted_marks_wait_for_the_next_worker() {
    let test = TestApp::start().await;
    test.turn_on().await;
    let ada = test.member("Ada", User).in_okta().await;
    let team = test.team("Marketing", &[&ada]).await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.share(account, team, Collaborator).await;
    test.extend(&test.owner, account).await;
    let first = worker(&test).await;
    follow(&test, &first).await;
    assert_eq!(shown(&test)[0].2, ["ada@example.com"]);
    test.leave(team, &ada).await;
    let second = worker(&test).await;
    assert_eq!(first.turn().await.unwrap(), keytile::sync::worker::Turn::Lost);
    follow(&test, &second).await;
    assert!(shown(&test)[0].2.is_empty());
}
