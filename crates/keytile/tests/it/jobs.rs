//! Many accounts at once: a job is looked at, begun, done account by account, and may be killed anywhere.

use http::{Method, StatusCode};
use keytile::sync::jobs::{self, Chosen, Counts, Kind};
use keytile::values;
use model::access::Actor;
use model::share::ItemRole::{Collaborator, Owner};
use model::{AccountId, JobId};
use serde_json::json;

use crate::support::{TestApp, User};

async fn begun(app: &TestApp, actor: &Actor, kind: Kind, accounts: &[AccountId]) -> JobId {
    let chosen = Chosen::These(accounts.iter().copied().collect());
    let job = jobs::prepare(&app.app, actor, kind, chosen).await.unwrap();
    jobs::start(&app.app, actor, job).await.unwrap();
    job
}

async fn run(app: &TestApp) {
    while jobs::turn(&app.app).await.unwrap() {}
}

async fn counts(app: &TestApp, actor: &Actor, job: JobId) -> Counts {
    jobs::counts(&app.app, actor, job).await.unwrap()
}

/// The worker has done what the rows ask for.
async fn settle(app: &TestApp) {
    let settle = "UPDATE tile SET settled = marked, due_at = NULL, phase = CASE WHEN ended_at IS NULL THEN 'live' ELSE 'gone' END,
                         gone_at = ended_at";
    app.tamper(settle, Vec::new()).await;
}

/// U4, U7: and one notification at the end, not one for each account.
#[tokio::test]
async fn a_job_extends_what_it_may_and_says_why_it_may_not() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let actor = app.actor(&ada).await;
    let own = app.account(&ada, "Own", "App").await;
    let other = app.account(&app.owner, "Other", "App").await;
    app.share(other, &ada, Collaborator).await;
    let hidden = app.account(&app.owner, "Hidden", "App").await;
    let job = begun(&app, &actor, Kind::Extend, &[own, other, hidden]).await;
    run(&app).await;
    let counted = counts(&app, &actor, job).await;
    assert_eq!(
        counted,
        Counts { asked: 1, failed: 1, ..Counts::default() },
        "the hidden one is no part"
    );
    let items = jobs::items(&app.app, &actor, job, None, None, 10).await.unwrap();
    let refused = items.iter().find(|item| item.account == other).unwrap();
    assert!(refused.problem.as_ref().is_some_and(|why| why.contains("Owner")), "{refused:?}");
    let told = "SELECT COUNT(*) AS n FROM notification";
    assert_eq!(app.count(told).await, 0, "the portal has not followed yet");
    settle(&app).await;
    run(&app).await;
    assert!(jobs::find(&app.app, &actor, job).await.unwrap().done_at.is_some());
    assert_eq!(app.count(told).await, 1);
    let waits = "SELECT COUNT(*) AS n FROM tile WHERE notify_member_id IS NOT NULL";
    assert_eq!(app.count(waits).await, 0);
    // What failed is tried again once it may be done.
    app.share(other, &ada, Owner).await;
    assert_eq!(jobs::retry(&app.app, &actor, job).await.unwrap(), 1);
    run(&app).await;
    assert_eq!(counts(&app, &actor, job).await, Counts { asked: 1, done: 1, ..Counts::default() });
}

/// U4: what went wrong before is no answer to what is asked now.
#[tokio::test]
async fn a_tile_that_had_a_problem_has_its_turn_before_a_job_judges_it() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let actor = app.actor(&app.owner).await;
    let account = app.account(&app.owner, "Own", "App").await;
    app.extend(&app.owner, account).await;
    let fail = "UPDATE tile SET problem = 'refused', problem_detail = 'Okta said no', due_at = due_at + 60000";
    app.tamper(fail, Vec::new()).await;
    let job = begun(&app, &actor, Kind::Sync, &[account]).await;
    run(&app).await;
    assert_eq!(counts(&app, &actor, job).await, Counts { asked: 1, ..Counts::default() });
    // It failed again.
    app.tamper("UPDATE tile SET due_at = due_at + 60000", Vec::new()).await;
    run(&app).await;
    let items = jobs::items(&app.app, &actor, job, None, None, 10).await.unwrap();
    assert_eq!(items[0].problem.as_deref(), Some("Okta said no"));
}

/// A kill between any two accounts loses nothing and does nothing twice, also with two runners.
#[tokio::test]
async fn a_job_goes_on_in_another_process_and_does_nothing_twice() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let actor = app.actor(&app.owner).await;
    let mut accounts = Vec::new();
    for n in 0..60 {
        accounts.push(app.account(&app.owner, &format!("Account {n}"), "App").await);
    }
    let job = begun(&app, &actor, Kind::Extend, &accounts).await;
    assert!(jobs::turn(&app.app).await.unwrap());
    let half = counts(&app, &actor, job).await;
    assert_eq!((half.asked, half.waiting), (50, 10));
    let another = app.another().await;
    let (one, two) = tokio::join!(jobs::turn(&app.app), jobs::turn(&another));
    assert!(one.unwrap() || two.unwrap());
    run(&app).await;
    assert_eq!(counts(&app, &actor, job).await.asked, 60);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM tile").await, 60);
    assert_eq!(app.recorded("tile.extended").await, 60);
    settle(&app).await;
    run(&app).await;
    // Removing is done once too: a second time would be refused, and tell so.
    let job = begun(&app, &actor, Kind::Remove, &accounts).await;
    let (one, two) = tokio::join!(jobs::turn(&app.app), jobs::turn(&another));
    one.unwrap();
    two.unwrap();
    run(&app).await;
    assert_eq!(counts(&app, &actor, job).await, Counts { asked: 60, ..Counts::default() });
}

/// T28: rights are those of the moment when an account has its turn.
#[tokio::test]
async fn who_lost_an_account_after_starting_gets_nothing_done() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let actor = app.actor(&ada).await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    let share = app.share(account, &ada, Owner).await;
    let job = begun(&app, &actor, Kind::Extend, &[account]).await;
    let owner = app.actor(&app.owner).await;
    keytile::sharing::unshare(&app.app, &owner, share).await.unwrap();
    run(&app).await;
    assert_eq!(counts(&app, &actor, job).await.failed, 1);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM tile").await, 0);
}

/// T4: nobody else sees a job, whatever their role.
#[tokio::test]
async fn a_job_is_its_makers_alone() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&ada, "Contentzilla", "App").await;
    let actor = app.actor(&ada).await;
    let job = begun(&app, &actor, Kind::Extend, &[account]).await;
    let owner = app.actor(&app.owner).await;
    assert_eq!(jobs::find(&app.app, &owner, job).await.unwrap_err().code(), "not_found");
    assert_eq!(jobs::retry(&app.app, &owner, job).await.unwrap_err().code(), "not_found");
}

/// U4, U6, without script: choose, look, type the number, begin.
#[tokio::test]
async fn removing_from_more_than_ten_people_asks_for_their_number() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = app.account(&app.owner, "Contentzilla", "App").await;
    for n in 0..11 {
        let person = app.member(&format!("Person {n}"), User).in_okta().await;
        app.share(account, &person, Collaborator).await;
    }
    app.extend(&app.owner, account).await;
    let mut browser = app.client_as(&app.owner.clone()).await;
    let chosen = account.to_string();
    let answer = browser.post("/jobs", &[("do", "remove"), ("chosen", &chosen)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = answer.location().to_owned();
    let shown = browser.get(&page).await;
    assert!(shown.body.contains("Type 11 to confirm") && shown.body.contains("Contentzilla"));
    let start = format!("{page}/start");
    assert_eq!(browser.post(&start, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM job WHERE started_at IS NOT NULL").await, 0);
    assert_eq!(browser.post(&start, &[("confirm", "11")]).await.status, StatusCode::SEE_OTHER);
    run(&app).await;
    let ended = "SELECT COUNT(*) AS n FROM tile WHERE ended_at IS NOT NULL";
    assert_eq!(app.count(ended).await, 1);
    assert!(browser.get(&page).await.body.contains("1 on its way"));
}

/// "Select all that match" is what the search finds and the person owns.
#[tokio::test]
async fn selecting_all_takes_what_matches_and_is_owned() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let actor = app.actor(&ada).await;
    for name in ["Crimson one", "Crimson two", "Blue"] {
        app.account(&ada, name, "App").await;
    }
    let others = app.account(&app.owner, "Crimson of others", "App").await;
    app.share(others, &ada, Collaborator).await;
    let chosen = Chosen::Matching("crimson".into());
    let job = jobs::prepare(&app.app, &actor, Kind::Sync, chosen).await.unwrap();
    assert_eq!(jobs::find(&app.app, &actor, job).await.unwrap().total, 2);
    app.advance(25 * 3_600);
    run(&app).await;
    let left = app.count_of("SELECT COUNT(*) AS n FROM job", values![]).await;
    assert_eq!(left, 0, "nobody has begun it for a day");
}

/// C58, U4: written down, looked at, begun, followed, and tried again by a program.
#[tokio::test]
async fn a_program_makes_a_job_starts_it_and_reads_what_became_of_each() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    let mut own = Vec::new();
    for n in 0..3 {
        own.push(app.account(&ada, &format!("Own {n}"), "App").await.to_string());
    }
    let other = app.account(&app.owner, "Other", "App").await;
    app.share(other, &ada, Collaborator).await;
    own.push(other.to_string());
    let mut program = app.api_as(&ada).await;
    let new = json!({ "kind": "extend", "accounts": own });
    let made = program.json(Method::POST, "/api/v1/jobs", &new).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    assert_eq!(
        (&made["total"], &made["waiting"], &made["people"]),
        (&json!(4), &json!(4), &json!(0))
    );
    assert!(made["started_at"].is_null());
    // Whoever heard no answer finds it again.
    assert_eq!(program.get("/api/v1/jobs").await.json()["items"], json!([made]));
    let path = format!("/api/v1/jobs/{}", made["id"].as_str().unwrap());
    run(&app).await;
    assert_eq!(
        program.get(&path).await.json()["waiting"],
        4,
        "nothing is done before it is started"
    );
    let start = format!("{path}/start");
    let wrong = json!({ "people": 1 });
    assert_eq!(program.json(Method::POST, &start, &wrong).await.status, StatusCode::CONFLICT);
    for _ in 0..2 {
        let started = program.json(Method::POST, &start, &json!({ "people": 0 })).await;
        assert_eq!(started.status, StatusCode::ACCEPTED);
    }
    assert!(program.get(&path).await.json()["people"].is_null());
    run(&app).await;
    let told = program.get(&path).await.json();
    assert_eq!((&told["asked"], &told["failed"]), (&json!(3), &json!(1)));
    // A page at a time, each once.
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = program.get(&format!("{path}/accounts?limit=3{next}")).await.json();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["account_id"].as_str().unwrap().to_owned()));
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    own.sort();
    assert_eq!(seen, own);
    let failed = program.get(&format!("{path}/accounts?state=failed")).await.json();
    assert!(failed["items"][0]["problem"].as_str().unwrap().contains("Owner"));
    app.share(other, &ada, Owner).await;
    program.call(Method::POST, &format!("{path}/retry")).await;
    run(&app).await;
    assert_eq!(program.get(&path).await.json()["failed"], 0);
    // What has begun stays; to others it does not exist.
    assert_eq!(program.call(Method::DELETE, &path).await.status, StatusCode::CONFLICT);
    let mut stranger = app.api_as(&app.owner).await;
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_program_lets_go_of_a_job_and_hears_what_is_wrong_with_one() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).await;
    app.account(&ada, "Crimson", "App").await;
    let mut program = app.api_as(&ada).await;
    let path = "/api/v1/jobs";
    let new = json!({ "kind": "remove", "search": "crim" });
    let made = program.json(Method::POST, path, &new).await.json();
    let job = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(program.call(Method::DELETE, &job).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get(&job).await.status, StatusCode::NOT_FOUND);
    for (wrong, field) in [
        (json!({ "kind": "sync" }), "accounts"),
        (json!({ "kind": "sync", "accounts": [], "search": "x" }), "accounts"),
        (json!({ "kind": "sync", "accounts": [] }), "accounts"),
        (json!({ "kind": "sync", "search": "nothing like it" }), "accounts"),
    ] {
        let refused = program.json(Method::POST, path, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(refused.json()["error"]["field"], field, "{wrong}");
    }
    let unknown = program.json(Method::POST, path, &json!({ "kind": "forget" })).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
}
