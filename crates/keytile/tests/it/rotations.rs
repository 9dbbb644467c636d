//! Rotations: what a leaver could use is listed with the reason, what they used comes first, and who may act on it (C51).

use http::StatusCode;
use keytile::paging::Wanted;
use keytile::rotations::{self, Filter, How, Mark, Rotation};
use keytile::{accounts, collections, members, values};
use model::AccountId;
use model::access::Actor;
use model::share::ItemRole::{Collaborator, Owner};

use crate::support::{Admin, Guest, Person, TestApp, User};

const DAY: i64 = 24 * 60 * 60;

async fn leave(app: &TestApp, person: &Person) {
    let id = person.id;
    app.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
}

async fn listed(app: &TestApp, actor: &Actor, filter: Filter) -> Vec<Rotation> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        // Two at a time: every page is one of several.
        let wanted = Wanted::after("", &after, 2);
        let part = rotations::list(&app.app, actor, filter, &wanted).await.unwrap();
        all.extend(part.items);
        let Some(next) = part.next else { return all };
        after = next;
    }
}

fn names(rotations: &[Rotation]) -> Vec<&str> {
    rotations.iter().map(|rotation| rotation.name.as_str()).collect()
}

async fn extended(app: &TestApp, name: &str) -> (AccountId, String) {
    let account = app.account(&app.owner, name, "App").await;
    let launch = app.launch_of(&app.owner, account).await;
    (account, launch)
}

/// C51: the vendor's list once left out what came by a collection.
#[tokio::test]
async fn direct_team_and_collection_shares_are_listed_each_with_its_reason_and_used_ones_first() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let team = app.team("Marketing", &[&ada]).await;
    let (social, ads) =
        (app.collection(&app.owner, "Social").await, app.collection(&app.owner, "Ads").await);
    let owner = app.actor(&app.owner).await;
    let mut all = Vec::new();
    for name in ["Direct", "By team", "By collection", "By both", "Not theirs"] {
        all.push(extended(&app, name).await);
    }
    app.share(all[0].0, &ada, Owner).await;
    app.share(all[1].0, team, Collaborator).await;
    app.share(social, &ada, Collaborator).await;
    app.share(ads, team, Collaborator).await;
    collections::add_account(&app.app, &owner, social, all[2].0).await.unwrap();
    collections::add_account(&app.app, &owner, ads, all[3].0).await.unwrap();
    // She launched one, and saw the password of another.
    app.client_as(&ada).await.get(&all[2].1).await;
    let actor = app.actor(&ada).await;
    app.advance(60);
    accounts::reveal(&app.app, &actor, all[0].0).await.unwrap();
    app.advance(60);
    leave(&app, &ada).await;

    let open = listed(&app, &owner, Filter::default()).await;
    let told: Vec<_> = open
        .iter()
        .map(|r| {
            let days = r.due_at.duration_since(app.now()).as_secs() / DAY;
            (
                r.name.as_str(),
                r.via.as_str(),
                r.launched_at.is_some(),
                r.revealed_at.is_some(),
                days,
            )
        })
        .collect();
    let mut wanted = [
        ("Direct", "shared with them", false, true, 7),
        ("By collection", "collection Social", true, false, 7),
        ("By team", "team Marketing", false, false, 30),
        ("By both", "team Marketing, collection Ads", false, false, 30),
    ];
    assert_eq!(told[..2].iter().map(|t| t.4).collect::<Vec<_>>(), [7, 7], "used ones come first");
    let mut sorted = told.clone();
    sorted.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(sorted, wanted);
    assert!(open.iter().all(|r| r.member_name == "Ada"));
}

/// Okta takes somebody out of their groups, and then says that they have left.
#[tokio::test]
async fn a_team_that_somebody_left_on_the_same_day_counts_and_an_earlier_one_does_not() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let (earlier, lately) = (app.team("Earlier", &[&ada]).await, app.team("Lately", &[&ada]).await);
    for (name, team) in [("Earlier", earlier), ("Lately", lately)] {
        let account = app.account(&app.owner, name, "App").await;
        app.share(account, team, Collaborator).await;
    }
    app.leave(earlier, &ada).await;
    app.advance(2 * DAY);
    app.leave(lately, &ada).await;
    app.advance(60);
    leave(&app, &ada).await;
    let owner = app.actor(&app.owner).await;
    assert_eq!(names(&listed(&app, &owner, Filter::default()).await), ["Lately"]);
}

#[tokio::test]
async fn owners_see_and_act_on_theirs_admins_on_all_and_others_on_none() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (
        app.member("Ada", User).await,
        app.member("Bob", User).await,
        app.member("Eve", User).await,
    );
    let (adam, gus) = (app.member("Adam", Admin).await, app.member("Gus", Guest).await);
    let (bobs, other) =
        (app.account(&bob, "Bob's", "App").await, app.account(&app.owner, "Other", "App").await);
    app.share(bobs, &eve, Collaborator).await;
    for account in [bobs, other] {
        app.share(account, &ada, Collaborator).await;
    }
    leave(&app, &ada).await;
    let [adam, bob, eve, gus] = [
        app.actor(&adam).await,
        app.actor(&bob).await,
        app.actor(&eve).await,
        app.actor(&gus).await,
    ];
    let all = listed(&app, &adam, Filter::default()).await;
    assert_eq!(all.len(), 2);
    assert_eq!(names(&listed(&app, &bob, Filter::default()).await), ["Bob's"]);
    assert!(listed(&app, &eve, Filter::default()).await.is_empty());
    let refused = rotations::list(&app.app, &gus, Filter::default(), &Wanted::first("", 5)).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");

    let departure = all[0].departure;
    let mark = |actor: Actor, account| {
        let app = app.app.clone();
        async move { rotations::note(&app, &actor, departure, account, Mark::Rotated).await }
    };
    assert_eq!(mark(eve, bobs).await.unwrap_err().code(), "forbidden");
    assert_eq!(mark(eve, other).await.unwrap_err().code(), "not_found");
    assert_eq!(mark(bob, other).await.unwrap_err().code(), "not_found");
    mark(bob, bobs).await.unwrap();
    mark(bob, bobs).await.unwrap();
    mark(adam, other).await.unwrap();
    assert_eq!(app.recorded("rotation.marked").await, 2, "a second mark does nothing");
    assert!(listed(&app, &adam, Filter::default()).await.is_empty());
    let done = listed(&app, &adam, Filter { is_done: true, ..Filter::default() }).await;
    assert!(done.iter().all(|r| r.done.as_ref().is_some_and(|done| done.how == How::Marked)));
    assert_eq!(done.len(), 2);
}

#[tokio::test]
async fn a_changed_password_is_done_and_cannot_be_taken_back_and_a_changed_name_is_not() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    leave(&app, &ada).await;
    let owner = app.actor(&app.owner).await;
    let rename = accounts::Change { name: Some("Renamed".into()), ..accounts::Change::default() };
    accounts::update(&app.app, &owner, account, rename).await.unwrap();
    let open = listed(&app, &owner, Filter::default()).await;
    assert_eq!(names(&open), ["Renamed"]);
    let departure = open[0].departure;
    let sessions = Mark::SessionsEnded;
    rotations::note(&app.app, &owner, departure, account, sessions).await.unwrap();
    let open = listed(&app, &owner, Filter::default()).await;
    assert!(open[0].sessions_ended_at.is_some() && open[0].done.is_none());

    let password = Some(model::secret::Secret::new("hunter3".to_owned()));
    let change = accounts::Change { password, ..accounts::Change::default() };
    accounts::update(&app.app, &owner, account, change).await.unwrap();
    rotations::note(&app.app, &owner, departure, account, Mark::Reopened).await.unwrap();
    assert!(listed(&app, &owner, Filter::default()).await.is_empty());
    let done = listed(&app, &owner, Filter { is_done: true, ..Filter::default() }).await;
    let how = done[0].done.as_ref().unwrap();
    assert_eq!((how.how, how.by.as_deref()), (How::Changed, Some("Olga Owner")));
}

#[tokio::test]
async fn the_list_is_filtered_by_account_and_by_leaver() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let (one, two) =
        (app.account(&app.owner, "One", "App").await, app.account(&app.owner, "Two", "App").await);
    for (account, person) in [(one, &ada), (one, &bob), (two, &bob)] {
        app.share(account, person, Collaborator).await;
    }
    leave(&app, &ada).await;
    leave(&app, &bob).await;
    let owner = app.actor(&app.owner).await;
    let of = |account, member| Filter { account, member, is_done: false };
    assert_eq!(listed(&app, &owner, of(None, None)).await.len(), 3);
    assert_eq!(listed(&app, &owner, of(Some(one), None)).await.len(), 2);
    assert_eq!(names(&listed(&app, &owner, of(None, Some(ada.id))).await), ["One"]);
    assert!(listed(&app, &owner, of(Some(two), Some(ada.id))).await.is_empty());
}

#[tokio::test]
async fn a_person_marks_on_the_page_and_takes_a_file_along() {
    let app = TestApp::start().await;
    let ada = app.member("=Ada", User).await;
    let account = app.account(&app.owner, "@SUM(1+1)", "App").await;
    app.share(account, &ada, Collaborator).await;
    leave(&app, &ada).await;
    let mut browser = app.client_as(&app.owner).await;
    let about = browser.get(&format!("/accounts/{account}")).await;
    assert!(about.body.contains("Somebody who could use this account has left."));
    let page = browser.get("/rotations").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("@SUM(1+1)") && page.body.contains("Could use it"));
    let action = page.body.split("action=\"").find(|rest| rest.contains("/rotated\"")).unwrap();
    let action = action.split('"').next().unwrap().to_owned();

    let file = browser.get("/rotations/export").await;
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"rotations.csv\""));
    let row = file.body.lines().nth(1).unwrap();
    assert!(row.contains(",'@SUM(1+1),") && row.contains(",'=Ada,"), "{row}");

    browser.post(&action, &[("member", &ada.id.to_string())]).await;
    assert!(browser.get("/rotations").await.body.contains("Nothing to rotate"));
    let done = browser.get("/rotations?state=done").await;
    assert!(done.body.contains("Marked as rotated by Olga Owner"));
    browser.post(&action.replace("/rotated", "/reopen"), &[]).await;
    assert!(browser.get("/rotations").await.body.contains("Mark rotated"));
}

#[tokio::test]
async fn an_admin_sets_the_days_for_whoever_leaves_from_then_on() {
    let app = TestApp::start().await;
    let mut browser = app.client_as(&app.owner).await;
    let refused =
        browser.post("/rotations/rules", &[("used_days", "x"), ("unused_days", "9")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.post("/rotations/rules", &[("used_days", "1"), ("unused_days", "9")]).await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    app.share(account, &ada, Collaborator).await;
    leave(&app, &ada).await;
    let owner = app.actor(&app.owner).await;
    let open = listed(&app, &owner, Filter::default()).await;
    assert_eq!(open[0].due_at.duration_since(app.now()).as_secs(), 9 * DAY);
}

/// Programs read and mark it too.
#[tokio::test]
async fn the_api_lists_and_marks() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    app.share(account, &ada, Collaborator).await;
    leave(&app, &ada).await;
    let mut program = app.api_as(&app.owner).await;
    let list = program.get(&format!("/api/v1/rotations?member_id={}", ada.id)).await.json();
    let item = &list["items"][0];
    assert_eq!(
        (&item["account_name"], &item["reached_by"]),
        (&"Contentzilla".into(), &"shared with them".into())
    );
    let departure = item["departure_id"].as_str().unwrap();
    let path = format!("/api/v1/rotations/{departure}/{account}/rotated");
    assert_eq!(program.call(http::Method::POST, &path).await.status, StatusCode::NO_CONTENT);
    let done = program.get("/api/v1/rotations?state=done").await.json();
    assert_eq!(done["items"][0]["done_how"], "marked");
    assert_eq!(
        program.get("/api/v1/rotations?state=odd").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let open = "SELECT COUNT(*) AS n FROM rotation WHERE done_at IS NULL AND member_id = $1";
    assert_eq!(app.count_of(open, values![ada.id]).await, 0);
}
