//! What a change is: all or nothing, alone, durable when it is answered, and unharmed by its neighbours.

use futures_util::future::join_all;
use keytile::activity::{self, Event};
use keytile::{Error, sharing, teams};
use model::share::{Grantee, ItemRole, ShareItem};

use crate::support::{TestApp, User};

#[tokio::test]
async fn a_change_that_fails_leaves_no_share_no_record_no_mark_and_no_wake_up() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.turn_on().await;
    app.extend(&app.owner, account).await;
    let before = state(&app).await;
    let mut signals = app.app.db.signals();

    let (item, grantee) = (ShareItem::Account(account), Grantee::Member(ada.id));
    let refused: Result<(), Error> = app
        .try_write(move |tx, by| {
            Box::pin(async move {
                sharing::put(tx, by, item, grantee, ItemRole::Owner).await?;
                activity::record(tx, by, Event::new("test.event")).await?;
                tx.signal(by.workspace);
                Err(Error::Conflict("changed my mind".into()))
            })
        })
        .await;

    assert!(matches!(refused, Err(Error::Conflict(_))));
    assert_eq!(state(&app).await, before);
    assert!(signals.try_recv().is_err(), "nobody is woken for what did not happen");
}

/// Shares, records and marks.
async fn state(app: &TestApp) -> (i64, i64, i64) {
    (
        app.count("SELECT COUNT(*) AS n FROM share").await,
        app.count("SELECT COUNT(*) AS n FROM activity").await,
        app.count("SELECT CAST(SUM(marked) AS BIGINT) AS n FROM tile").await,
    )
}

#[tokio::test]
async fn of_fifty_changes_at_once_each_is_stored_whole_or_refused_whole() {
    let app = TestApp::start().await;
    let changes = (0..50).map(|n| {
        app.try_write(move |tx, by| {
            Box::pin(async move {
                // Every seventh fails after its write, and every tenth meets a name that is taken.
                let name = if n % 10 == 9 { "Taken".into() } else { format!("Team {n}") };
                teams::insert(tx, by, &name, None).await?;
                if n % 7 == 3 { Err(Error::Conflict("no".into())) } else { Ok(n) }
            })
        })
    });
    let outcomes = join_all(changes).await;

    let failing = |n: i64| n % 7 == 3;
    let plain: Vec<i64> = (0..50).filter(|n| !failing(*n) && n % 10 != 9).collect();
    for n in &plain {
        let outcome = &outcomes[usize::try_from(*n).unwrap()];
        assert!(matches!(outcome, Ok(m) if m == n), "change {n}");
    }
    let taken = (0..50).filter(|n| n % 10 == 9).filter_map(|n| outcomes[n].as_ref().ok()).count();
    assert_eq!(taken, 1, "one of the five who wanted the same name got it");
    let stored = i64::try_from(plain.len()).unwrap() + 1;
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM team").await, stored);
    assert_eq!(app.recorded("team.created").await, stored);
}

#[tokio::test]
async fn an_answered_change_is_seen_by_another_process() {
    let app = TestApp::start().await;
    let other = app.another().await;
    let team = app.team("Marketing", &[]).await;
    let mut tx = other.db.read().await.unwrap();
    assert!(teams::store::find(&mut tx, app.workspace, team).await.unwrap().is_some());
}

#[tokio::test]
async fn a_change_that_panics_is_not_stored_and_the_next_ones_are() {
    let app = TestApp::start().await;
    let changes = (0..6).map(|n| {
        let (db, workspace, mut by) = (app.app.db.clone(), app.workspace, app.system());
        tokio::spawn(async move {
            db.write::<_, Error, _>(workspace, move |tx| {
                Box::pin(async move {
                    teams::insert(tx, &mut by, &format!("Team {n}"), None).await?;
                    assert_ne!(n, 3, "this change is meant to panic");
                    Ok(())
                })
            })
            .await
        })
    });
    // On PostgreSQL the asker's own task panics; on SQLite the writer's does, and tells the asker.
    let stored: Vec<bool> =
        join_all(changes).await.into_iter().map(|outcome| matches!(outcome, Ok(Ok(())))).collect();
    assert_eq!(stored, [true, true, true, false, true, true]);
    app.team("After", &[]).await;
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM team").await, 6);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM team WHERE name = 'Team 3'").await, 0);
}

#[tokio::test]
async fn an_asker_who_goes_away_does_not_hold_up_the_others() {
    let app = TestApp::start().await;
    {
        let gone = app.team("Gone", &[]);
        // Polled once, so that it is on its way, then dropped.
        let _ = futures_util::future::poll_immediate(gone).await;
    }
    app.team("Stayed", &[]).await;
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM team WHERE name = 'Stayed'").await, 1);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let app = TestApp::start().await;
    if app.app.db.is_postgres() {
        // A reader is a plain connection there; that no use-case writes on one is for the reviewer.
        return;
    }
    let mut tx = app.app.db.read().await.unwrap();
    assert!(tx.execute("UPDATE workspace SET name = 'x'", &[]).await.is_err());
}

#[tokio::test]
async fn a_wake_up_comes_once_for_each_topic_and_after_the_commit() {
    let app = TestApp::start().await;
    let mut signals = app.app.db.signals();
    let topic = app.workspace.uuid();
    app.write(move |tx, _| {
        Box::pin(async move {
            tx.signal(topic);
            tx.signal(topic);
            Ok(())
        })
    })
    .await;
    assert_eq!(signals.try_recv().unwrap(), topic);
    assert!(signals.try_recv().is_err());
}

#[tokio::test]
async fn a_closed_database_refuses_changes_with_an_error() {
    let app = TestApp::start().await;
    app.app.db.close().await;
    let refused = app.try_write(|_, _| Box::pin(async { Ok(()) })).await;
    assert!(matches!(refused, Err(Error::Database(_))));
}
