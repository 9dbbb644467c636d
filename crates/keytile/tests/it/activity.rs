//! The record of who did what (S50).

use keytile::accounts::{self, Change};
use keytile::activity::{self, Entry};
use keytile::{members, teams};
use model::ActivityId;
use model::share::ItemRole::Collaborator;

use crate::support::{Guest, LoginOnly, TestApp, User};

fn events(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.event.as_str()).collect()
}

fn ids(entries: &[Entry]) -> Vec<ActivityId> {
    entries.iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn records_are_told_newest_first_in_pages_with_present_names() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    app.advance(1);
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.advance(1);
    app.share(account, &ada, Collaborator).await;
    app.advance(1);
    let owner = app.actor(&app.owner).await;
    let team = teams::create(&app.app, &owner, "Marketing").await.unwrap();
    app.advance(1);
    teams::rename(&app.app, &owner, team, "Brand").await.unwrap();

    let mut tx = app.app.db.read().await.unwrap();
    let all = activity::list_all(&mut tx, &owner, None, 100).await.unwrap();
    assert_eq!(events(&all[..3]), ["team.renamed", "team.created", "share.added"]);
    assert_eq!(all[0].actor, Some((app.owner.id, "Olga Owner".into())));
    assert_eq!(all[1].team.as_deref(), Some("Brand"));
    assert_eq!(all[1].detail["name"], "Marketing", "the name as it was then");
    assert_eq!(all[2].account, Some((account, "Contentzilla".into())));
    assert_eq!((all[2].member.as_deref(), all[2].actor_kind.as_str()), (Some("Ada"), "system"));
    assert!(all[2].actor.is_none());

    let (mut paged, mut before): (Vec<Entry>, Option<ActivityId>) = (Vec::new(), None);
    loop {
        let page = activity::list_all(&mut tx, &owner, before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        paged.extend(page);
    }
    assert_eq!(events(&paged), events(&all));
}

#[tokio::test]
async fn a_person_sees_what_they_did_and_what_was_done_to_them() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    app.advance(1);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    app.advance(1);
    app.share(account, &bob, Collaborator).await;
    let (ada, bob) = (app.actor(&ada).await, app.actor(&bob).await);
    let mut tx = app.app.db.read().await.unwrap();
    let hers = activity::list_own(&mut tx, &ada, true, None, 100).await.unwrap();
    assert!(events(&hers).contains(&"account.created"));
    let his = activity::list_own(&mut tx, &bob, true, None, 100).await.unwrap();
    assert_eq!(events(&his), ["share.added", "member.added"]);
    let after = activity::list_own(&mut tx, &bob, true, Some(his[0].id), 100).await.unwrap();
    assert_eq!(events(&after), ["member.added"]);
}

#[tokio::test]
async fn what_people_did_to_an_account_is_found_among_what_was_done_to_others() {
    let app = TestApp::start().await;
    let (ours, other) = (
        app.account(&app.owner, "Contentzilla", "Instagram").await,
        app.account(&app.owner, "Contentzilla", "Pinterest").await,
    );
    let owner = app.actor(&app.owner).await;
    for nth in 0..3 {
        for account in [ours, other, ours] {
            app.advance(1);
            let change = Change { username: Some(format!("user-{nth}")), ..Change::default() };
            accounts::update(&app.app, &owner, account, change).await.unwrap();
        }
        // What nobody did, and what changes nothing, are no causes.
        app.share(ours, &app.member(&format!("Person {nth}"), User).await, Collaborator).await;
        accounts::reveal(&app.app, &owner, ours).await.unwrap();
    }

    let mut tx = app.app.db.read().await.unwrap();
    let all = activity::list_causes(&mut tx, &owner, ours, None, 100).await.unwrap();
    assert_eq!(events(&all[..6]), ["account.updated"; 6]);
    // Its creation, and the share of its Owner in the same instant.
    assert_eq!(all.len(), 8, "{:?}", events(&all));
    assert!(all.iter().all(|entry| entry.account == Some((ours, "Contentzilla".into()))));
    assert!(all.windows(2).all(|pair| pair[0].id > pair[1].id), "newest first");

    let newest = activity::list_causes(&mut tx, &owner, ours, None, 2).await.unwrap();
    assert_eq!(ids(&newest), ids(&all[..2]));
    let next = activity::list_causes(&mut tx, &owner, ours, Some(all[1].id), 3).await.unwrap();
    assert_eq!(ids(&next), ids(&all[2..5]));
    let none = activity::list_causes(&mut tx, &owner, ours, Some(all[7].id), 3).await.unwrap();
    assert!(none.is_empty());
}

/// T4.
#[tokio::test]
async fn another_workspaces_records_are_not_told() {
    let app = TestApp::start().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let stranger = app.elsewhere().await;
    let mut tx = app.app.db.read().await.unwrap();
    let all = activity::list_all(&mut tx, &stranger, None, 100).await.unwrap();
    assert_eq!(events(&all), ["member.added"], "only that of its own Owner");
    let of_account = activity::list_causes(&mut tx, &stranger, account, None, 9).await.unwrap();
    assert!(of_account.is_empty());
}

/// Product 2.4: what happens to an account is for its Owners, and a Guest or a Login-only member owns nothing.
#[tokio::test]
async fn whoever_was_made_a_guest_hears_no_more_of_accounts_that_they_owned() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let bob = app.member("Bob", User).await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    app.share(account, &bob, Collaborator).await;
    let mut browser = app.client_as(&ada).await;
    assert!(browser.get("/activity").await.body.contains("Bob"));
    let owner = app.actor(&app.owner).await;
    for role in [Guest, LoginOnly] {
        members::change_role(&app.app, &owner, ada.id, role).await.unwrap();
        let told = browser.get("/activity").await.body;
        assert!(!told.contains("Bob"), "{role:?} {told}");
    }
}
