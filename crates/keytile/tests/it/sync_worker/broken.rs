//! Okta on a bad day: every broken answer ends in the world as desired, without a double and without a storm.

use jiff::SignedDuration;
use keytile::accounts;
use keytile::sync::store::PortalStatus;
use keytile::sync::worker::Turn;
use keytile::sync::{self, Progress};
use model::share::ItemRole::Collaborator;
use okta_sim::Outcome;

use super::{World, answer, calls, fault, follow, follow_for, only_app, progress, shown, worker};
use crate::support::{User, on_postgres};

/// What a proxy, a crash or a bad line makes of an answer. On PostgreSQL it is each third: what becomes of an answer does not
/// depend on the database.
pub(super) fn broken() -> Vec<Outcome> {
    let json = "application/json";
    let all = [
        answer(500, json, r#"{"errorCode":"E0000009","errorSummary":"Internal Server Error"}"#),
        answer(503, "text/html", "<html>Service Unavailable</html>"),
        answer(200, "text/html", "<html>Sign in to the hotel's network</html>"),
        answer(200, json, ""),
        answer(200, json, r#"{"id":"0oa"#),
        answer(429, json, r#"{"errorCode":"E0000047"}"#),
        Outcome::Drop,
        Outcome::CommitThenDrop,
        Outcome::CommitThenAnswer {
            status: 502,
            content_type: "text/html".into(),
            body: "<html/>".into(),
        },
    ];
    let (first, every) = if on_postgres() { (1, 3) } else { (0, 1) };
    all.into_iter().skip(first).step_by(every).collect()
}

#[tokio::test]
async fn a_broken_answer_to_any_call_of_an_extension_ends_in_one_tile() {
    for outcome in broken() {
        for (method, path) in [("POST", "/api/v1/apps"), ("POST", "/api/v1/apps/*/users")] {
            let world = World::start().await;
            fault(&world.test, method, path, outcome.clone());
            world.follow().await;
            assert_eq!(world.viewers(), ["ada", "bob"], "{method} {path} {outcome:?}");
            assert_eq!(world.test.okta.sim.pending_faults(), 0, "{method} {path} {outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_broken_answer_to_any_call_of_a_change_ends_as_desired() {
    let cases = [
        ("GET", "/api/v1/apps/*"),
        ("PUT", "/api/v1/apps/*"),
        ("DELETE", "/api/v1/apps/*/users/*"),
        ("GET", "/api/v1/apps/*/users"),
    ];
    for outcome in broken() {
        for (method, path) in cases {
            let world = World::synced().await;
            fault(&world.test, method, path, outcome.clone());
            let owner = world.owner().await;
            world
                .test
                .tamper(
                    "UPDATE tile SET label = 'New', label_key = 'new', marked = marked + 1",
                    vec![],
                )
                .await;
            let ada = world.ada.id;
            world
                .test
                .write(move |tx, by| Box::pin(keytile::members::deactivate(tx, by, ada)))
                .await;
            world.follow().await;
            // Reads the portal itself, people included.
            sync::sync_now(&world.test.app, &owner, world.account).await.unwrap();
            world.follow().await;
            assert_eq!(world.viewers(), ["bob"], "{method} {path} {outcome:?}");
            assert_eq!(world.label(), "New", "{method} {path} {outcome:?}");
            assert_eq!(world.test.okta.sim.pending_faults(), 0, "{method} {path} {outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_broken_answer_to_any_call_of_a_removal_leaves_nothing() {
    let cases = [
        ("GET", "/api/v1/apps/*"),
        ("POST", "/api/v1/apps/*/lifecycle/deactivate"),
        ("DELETE", "/api/v1/apps/*"),
    ];
    for outcome in broken() {
        for (method, path) in cases {
            let world = World::synced().await;
            fault(&world.test, method, path, outcome.clone());
            sync::remove(&world.test.app, &world.owner().await, world.account).await.unwrap();
            world.follow().await;
            // A lie about a deletion cannot be told from the truth. What it leaves is shown to nobody: the audit finds it.
            let is_lie = method == "DELETE" && outcome == answer(200, "application/json", "");
            let left = shown(&world.test);
            assert!(left.iter().all(|tile| !tile.1), "{method} {path} {outcome:?}");
            assert!(left.is_empty() || is_lie, "{method} {path} {outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_broken_answer_to_hiding_an_app_or_to_showing_it_again_ends_as_desired() {
    for outcome in broken() {
        for disabled in [true, false] {
            let world = World::synced().await;
            let (app, owner) = (only_app(&world.test), world.owner().await);
            let disable = async |disabled| {
                accounts::set_disabled(&world.test.app, &owner, world.account, disabled)
                    .await
                    .unwrap();
            };
            if !disabled {
                disable(true).await;
                world.follow().await;
            }
            fault(&world.test, "POST", "/api/v1/apps/*/lifecycle/*", outcome.clone());
            disable(disabled).await;
            world.follow().await;
            let said = format!("{disabled} {outcome:?}");
            assert_eq!(world.test.okta.sim.pending_faults(), 0, "{said}");
            assert_eq!(only_app(&world.test), app, "{said}");
            // Okta answers with an empty object. A lie cannot be told from it.
            let is_lie = outcome == answer(200, "application/json", "");
            let (_, is_shown, people) = shown(&world.test).remove(0);
            assert!(is_shown != disabled || is_lie, "{said}");
            assert_eq!(people.len(), 2, "{said}");
        }
    }
}

#[tokio::test]
async fn a_failure_is_shown_after_the_third_and_ends_by_itself() {
    let world = World::start().await;
    let down = || answer(503, "text/html", "<html/>");
    for _ in 0..3 {
        fault(&world.test, "POST", "/api/v1/apps/*/users", down());
    }
    let mut shown_as = Vec::new();
    for _ in 0..20 {
        if let Turn::Wait(Some(until)) = world.worker.turn().await.unwrap() {
            shown_as
                .push(matches!(progress(&world.test, world.account).await, Progress::Failed(_)));
            let left = until.duration_since(world.test.now()).as_millis();
            world.test.advance_millis(i64::try_from(left).unwrap());
        }
    }
    assert_eq!(shown_as, [false, false, true]);
    assert_eq!(progress(&world.test, world.account).await, Progress::Synced);
}

#[tokio::test]
async fn a_person_whom_okta_refuses_holds_nobody_else_up() {
    let world = World::synced().await;
    let (cleo, dan) = (
        world.test.member("Cleo", User).in_okta().await,
        world.test.member("Dan", User).in_okta().await,
    );
    let gone = cleo.okta.clone().unwrap();
    world.test.okta.sim.org().users.remove(&gone);
    world.test.share(world.account, &cleo, Collaborator).await;
    world.test.share(world.account, &dan, Collaborator).await;
    // R12.
    let end = follow_for(&world.test, &world.worker, SignedDuration::from_mins(10)).await;
    assert!(matches!(end, Turn::Wait(Some(_))), "{end:?}");
    assert_eq!(world.viewers(), ["ada", "bob", "dan"]);
    let Progress::Failed(problem) = progress(&world.test, world.account).await else {
        panic!("the refusal is shown")
    };
    assert!(problem.message.contains("does not know this person"), "{}", problem.message);
}

/// S33: an app that Okta does not take is told of, is asked for again in an hour, and nothing is tried without it.
#[tokio::test]
async fn an_app_that_okta_refuses_to_make_is_told_of_and_asked_for_again() {
    let refusal = r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: label"}"#;
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps", answer(400, "application/json", refusal));
    let end = follow_for(&world.test, &world.worker, SignedDuration::from_mins(50)).await;
    assert!(matches!(end, Turn::Wait(Some(_))), "{end:?}");
    assert_eq!(calls(&world.test), ["POST /apps"]);
    let Progress::Failed(problem) = progress(&world.test, world.account).await else {
        panic!("the refusal is shown")
    };
    assert_eq!(problem.code, "refused");
    assert!(problem.message.contains("Api validation failed: label"), "{}", problem.message);
    world.test.advance(3600);
    world.follow().await;
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

/// S33: whether an app was made is looked for over minutes, and whoever waits is not left with a bar that stands still.
#[tokio::test]
async fn a_create_without_an_answer_is_told_of_at_once_and_ends_by_itself() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps", answer(503, "text/html", "<html/>"));
    world.worker.turn().await.unwrap();
    let Progress::Failed(problem) = progress(&world.test, world.account).await else {
        panic!("it is told of")
    };
    assert_eq!(problem.code, "unavailable");
    world.follow().await;
    assert_eq!(progress(&world.test, world.account).await, Progress::Synced);
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

/// The same for a group.
#[tokio::test]
async fn a_group_that_okta_refuses_to_make_is_asked_for_again_and_nobody_is_put_into_it() {
    let refusal = r#"{"errorCode":"E0000001","errorSummary":"Api validation failed: name"}"#;
    let world = World::start().await;
    let strategy = portal::Strategy::Audience;
    world
        .test
        .write(move |tx, by| {
            Box::pin(async move { Ok(sync::store::set_strategy(tx, by, strategy, None).await?) })
        })
        .await;
    fault(&world.test, "POST", "/api/v1/groups", answer(400, "application/json", refusal));
    follow_for(&world.test, &world.worker, SignedDuration::from_mins(50)).await;
    let groups = calls(&world.test).into_iter().filter(|call| call.contains("/groups"));
    assert_eq!(groups.collect::<Vec<_>>(), ["POST /groups"]);
    let refused = "SELECT COUNT(*) AS n FROM audience WHERE problem = 'refused'";
    let steps = "SELECT COUNT(*) AS n FROM audience_event";
    assert_eq!((world.count(refused).await, world.count(steps).await), (1, 2));
    world.test.advance(3600);
    world.follow().await;
    assert_eq!(
        (world.count(refused).await, world.viewers()),
        (0, vec!["ada".into(), "bob".into()])
    );
}

#[tokio::test]
async fn a_revoked_token_pauses_after_one_call_and_a_new_one_resumes() {
    let world = World::start().await;
    world.worker.turn().await.unwrap();
    calls(&world.test);
    let values: Vec<String> = world.test.okta.sim.org().tokens.keys().cloned().collect();
    let kept = world.test.okta.sim.org().tokens.clone();
    for id in values {
        world.test.okta.sim.org().tokens.remove(&id);
    }
    // T27, C6, R7.
    assert_eq!(super::follow(&world.test, &world.worker).await, Turn::Wait(None));
    assert_eq!(super::follow(&world.test, &world.worker).await, Turn::Wait(None));
    assert_eq!(calls(&world.test).len(), 1);
    let owner = world.owner().await;
    let row = sync::portal(&world.test.app, &owner).await.unwrap().unwrap();
    assert_eq!(row.status, PortalStatus::Update);
    assert!(row.status_detail.unwrap().contains("API token"));
    world.test.okta.sim.org().tokens = kept;
    world.test.turn_on().await;
    let young = worker(&world.test).await;
    assert_eq!(super::follow(&world.test, &young).await, Turn::Idle);
    assert_eq!(world.viewers(), ["ada", "bob"]);
}

#[tokio::test]
async fn a_full_org_holds_creates_back_and_removals_go_on() {
    let world = World::synced().await;
    let apps = world.test.okta.sim.org().apps.len();
    world.test.okta.sim.org().settings.app_cap = Some(apps);
    let second = world.test.account(&world.test.owner, "Second", "Instagram").await;
    world.test.extend(&world.test.owner, second).await;
    world.worker.turn().await.unwrap();
    assert_eq!(shown(&world.test).len(), 1);
    let is_told = async || {
        let page = world.test.client_as(&world.test.owner).await.get("/accounts").await.body;
        page.contains("Okta takes no more apps")
    };
    // Pages are told every ten seconds.
    world.test.advance(10);
    world.worker.turn().await.unwrap();
    assert!(is_told().await);
    sync::remove(&world.test.app, &world.owner().await, world.account).await.unwrap();
    let before = world.test.now();
    world.follow().await;
    assert_eq!(shown(&world.test)[0].0, "Second - Instagram");
    assert!(world.test.now().duration_since(before).as_secs() >= 590);
    assert!(!is_told().await);
}

/// R2, R5: whether somebody was assigned is not known, and the next answer comes from a replica that has no such app yet.
#[tokio::test]
async fn an_assignment_with_a_lost_answer_is_not_forgotten_where_the_app_is_not_found_yet() {
    let world = World::start().await;
    fault(&world.test, "POST", "/api/v1/apps/*/users", Outcome::CommitThenDrop);
    let not_found = answer(404, "application/json", r#"{"errorCode":"E0000007"}"#);
    fault(&world.test, "GET", "/api/v1/apps/*", not_found);
    while world.test.okta.sim.pending_faults() > 1 {
        world.worker.turn().await.unwrap();
    }
    let owner = world.owner().await;
    for person in [&world.ada, &world.bob] {
        keytile::members::suspend(&world.test.app, &owner, person.id).await.unwrap();
    }
    world.follow().await;
    assert_eq!(world.test.okta.sim.pending_faults(), 0);
    assert_eq!(world.viewers(), [] as [&str; 0]);
}

/// R2: that a repetition came to nothing tells nothing of what became of the first try.
#[tokio::test]
async fn an_assignment_with_a_lost_answer_is_not_forgotten_where_its_repetition_comes_to_nothing() {
    for (status, code) in [(429, "E0000047"), (400, "E0000001"), (401, "E0000011")] {
        let world = World::start().await;
        fault(&world.test, "POST", "/api/v1/apps/*/users", Outcome::CommitThenDrop);
        let body = format!(r#"{{"errorCode":"{code}"}}"#);
        let nothing = answer(status, "application/json", &body);
        fault(&world.test, "POST", "/api/v1/apps/*/users", nothing);
        while world.test.okta.sim.pending_faults() > 0 {
            if let Turn::Wait(Some(until)) = world.worker.turn().await.unwrap() {
                let left = until.duration_since(world.test.now()).as_millis();
                world.test.advance_millis(i64::try_from(left).unwrap().max(1));
            }
        }
        let owner = world.owner().await;
        for person in [&world.ada, &world.bob] {
            keytile::members::suspend(&world.test.app, &owner, person.id).await.unwrap();
        }
        if status == 401 {
            world.test.turn_on().await;
        }
        let worker = worker(&world.test).await;
        assert_eq!(follow(&world.test, &worker).await, Turn::Idle, "{status}");
        assert_eq!(world.viewers(), [] as [&str; 0], "{status}");
    }
}
