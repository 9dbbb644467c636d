//! Nothing that gave access is deleted: who could use an account between two dates, and by which path, stays known.

use keytile::{collections, members, sharing};
use model::share::ItemRole::{self, Collaborator, Owner};
use model::{AccountId, CollectionId, TeamId, Timestamp};

use crate::support::{TestApp, User};

const HOUR: i64 = 3_600;

/// Name, role, team, collection, from and until in hours since the beginning.
type Told = (String, ItemRole, Option<TeamId>, Option<CollectionId>, i64, Option<i64>);

async fn uses(app: &TestApp, account: AccountId, began: Timestamp, hours: (i64, i64)) -> Vec<Told> {
    let at = |hour: i64| began + jiff::SignedDuration::from_hours(hour);
    let hour = |at: Timestamp| (at.as_second() - began.as_second()) / HOUR;
    let mut tx = app.app.db.read().await.unwrap();
    let uses = sharing::uses_between(&mut tx, app.workspace, account, at(hours.0), at(hours.1));
    let mut told: Vec<Told> = uses
        .await
        .unwrap()
        .into_iter()
        .filter(|u| u.member != app.owner.id)
        .map(|u| (u.name, u.role, u.team, u.collection, hour(u.from), u.until.map(hour)))
        .collect();
    told.sort_by_key(|t| (t.4, t.0.clone()));
    told
}

#[tokio::test]
async fn a_closed_share_and_a_changed_role_stay_askable() {
    let app = TestApp::start().await;
    let began = app.now();
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.advance(HOUR);
    app.share(account, &ada, Collaborator).await;
    app.advance(HOUR);
    let share = app.share(account, &ada, Owner).await;
    app.advance(HOUR);
    let owner = app.actor(&app.owner).await;
    sharing::unshare(&app.app, &owner, share).await.unwrap();

    let ada = |role, from, until| ("Ada".to_owned(), role, None, None, from, Some(until));
    assert_eq!(
        uses(&app, account, began, (0, 9)).await,
        [ada(Collaborator, 1, 2), ada(Owner, 2, 3)]
    );
    assert_eq!(uses(&app, account, began, (2, 3)).await, [ada(Owner, 2, 3)]);
    assert_eq!(uses(&app, account, began, (3, 9)).await, []);
    assert_eq!(uses(&app, account, began, (0, 1)).await, []);
}

#[tokio::test]
async fn a_team_gives_access_only_while_somebody_is_in_it() {
    let app = TestApp::start().await;
    let began = app.now();
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let team = app.team("Marketing", &[&ada]).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.advance(HOUR);
    app.share(account, team, Collaborator).await;
    app.advance(HOUR);
    app.join(team, &bob).await;
    app.advance(HOUR);
    app.leave(team, &ada).await;
    app.advance(HOUR);
    app.join(team, &ada).await;
    app.advance(HOUR);
    let owner = app.actor(&app.owner).await;
    keytile::teams::delete(&app.app, &owner, team).await.unwrap();

    let told = |name: &str, from, until| {
        (name.to_owned(), Collaborator, Some(team), None, from, Some(until))
    };
    assert_eq!(
        uses(&app, account, began, (0, 9)).await,
        [told("Ada", 1, 3), told("Bob", 2, 5), told("Ada", 4, 5)]
    );
    assert_eq!(uses(&app, account, began, (3, 4)).await, [told("Bob", 2, 5)]);
}

#[tokio::test]
async fn a_moved_collection_gave_access_until_the_move() {
    let app = TestApp::start().await;
    let began = app.now();
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let (marketing, sales) =
        (app.collection(&app.owner, "Marketing").await, app.collection(&app.owner, "Sales").await);
    let social = app.collection_in(marketing, &app.owner, "Social").await;
    app.share(marketing, &ada, Collaborator).await;
    app.share(sales, &bob, Owner).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    app.advance(HOUR);
    collections::add_account(&app.app, &owner, social, account).await.unwrap();
    app.advance(HOUR);
    collections::move_to(&app.app, &owner, social, Some(sales)).await.unwrap();
    app.advance(HOUR);
    collections::remove_account(&app.app, &owner, social, account).await.unwrap();

    assert_eq!(
        uses(&app, account, began, (0, 9)).await,
        [
            ("Ada".into(), Collaborator, None, Some(marketing), 1, Some(2)),
            ("Bob".into(), Owner, None, Some(sales), 2, Some(3)),
        ]
    );
}

#[tokio::test]
async fn a_leaver_stays_in_the_history_and_only_there() {
    let app = TestApp::start().await;
    let began = app.now();
    let ada = app.member("Ada", User).await;
    let team = app.team("Marketing", &[&ada]).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    app.share(account, team, Owner).await;
    app.advance(HOUR);
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    app.advance(HOUR);

    assert_eq!(uses(&app, account, began, (1, 9)).await, []);
    let before = uses(&app, account, began, (0, 1)).await;
    assert_eq!(before.len(), 2);
    assert!(before.iter().all(|told| told.0 == "Ada" && told.5 == Some(1)));
    let people = sharing::people_of(&app.app, &owner, account).await.unwrap();
    assert!(people.iter().all(|path| path.member != ada.id));
}
