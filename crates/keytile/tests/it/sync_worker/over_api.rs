//! What admins decide on pages, decided by their programs (C58): the safety stop, what was changed in Okta, and the queue.

use http::{Method, StatusCode};
use okta_sim::org::AppStatus;
use serde_json::json;

use super::safety::Pushed;
use super::{World, answer, fault, only_app, shown};
use crate::support::{Admin, TestApp};

/// C15: by exactly what was read.
#[tokio::test]
async fn a_program_reads_a_safety_stop_and_decides_about_what_it_read() {
    let world = Pushed::synced(12, 1).await;
    world.push_out(&world.people).await;
    world.follow().await;
    let mut program = world.test.api_as(&world.test.owner).await;
    let path = "/api/v1/sync/stops";
    let stops = program.get(path).await.json();
    let stop = &stops["items"][0];
    assert_eq!((&stop["waiting"], &stop["bound"]), (&json!(12), &json!(10)));
    let path = format!("{path}/{}", stop["id"].as_str().unwrap());
    let read = program.get(&path).await.json();
    assert_eq!((&read["stop"]["id"], &read["people"]), (&stop["id"], &json!(12)));
    let removals = read["removals"].as_array().unwrap();
    let one = &removals[0];
    assert_eq!(
        (removals.len(), &one["kind"], &one["label"]),
        (12, &json!("person"), &json!("Account 0 - App"))
    );
    assert!(one["member_name"].as_str().unwrap().starts_with("Person"));
    let approve = format!("{path}/approve");
    let stale = program.json(Method::POST, &approve, &json!({ "fingerprint": "" })).await;
    assert_eq!((stale.status, world.seen_by()), (StatusCode::CONFLICT, vec![12]));
    let (dismiss, all) = (format!("{path}/dismiss"), json!({ "fingerprint": read["fingerprint"] }));
    let dismissed = program.json(Method::POST, &dismiss, &all).await;
    assert_eq!(dismissed.status, StatusCode::NO_CONTENT);
    world.follow().await;
    assert_eq!(world.seen_by(), [12]);
    for _ in 0..2 {
        // The second time is a program that got no answer.
        let approved = program.json(Method::POST, &approve, &all).await;
        assert_eq!(approved.status, StatusCode::ACCEPTED);
        world.follow().await;
    }
    assert_eq!(world.seen_by(), [0]);
    assert_eq!(world.test.recorded("safety_stop.approved").await, 1);
}

/// C11, C12, C16.
#[tokio::test]
async fn a_program_has_okta_checked_and_decides_about_what_was_found() {
    let world = World::synced().await;
    let (app, tile) = (only_app(&world.test), world.tile().await.id);
    let (old, kept) = (world.stray("Old", &world.launch(7)), world.stray("Kept", &world.launch(8)));
    world.test.okta.sim.org().deactivate_app(&app).unwrap();
    let adam = world.test.member("Adam", Admin).await;
    let mut program = world.test.api_as(&adam).await;
    for _ in 0..2 {
        let asked = program.call(Method::POST, "/api/v1/sync/check").await;
        assert_eq!(asked.status, StatusCode::ACCEPTED);
    }
    assert_eq!(world.test.recorded("audit.requested").await, 1, "asking twice is asking once");
    assert!(program.get("/api/v1/sync").await.json()["audit"]["asked_at"].is_string());
    world.follow().await;
    let stands = program.get("/api/v1/sync").await.json();
    assert_eq!((&stands["is_on"], &stands["open_differences"]), (&json!(true), &json!(3)));
    assert!(stands["audit"]["last_at"].is_string());
    let behind = &stands["behind"][0];
    assert_eq!(
        (&behind["tile_id"], &behind["is_paused"]),
        (&json!(tile.to_string()), &json!(true))
    );
    assert_eq!(stands["strays"].as_array().unwrap().len(), 2);
    for (stray, answer, status) in
        [(&old, "remove", StatusCode::ACCEPTED), (&kept, "keep", StatusCode::NO_CONTENT)]
    {
        let path = format!("/api/v1/sync/strays/{stray}/{answer}");
        assert_eq!(program.call(Method::POST, &path).await.status, status);
    }
    let restore = format!("/api/v1/sync/tiles/{tile}/restore");
    assert_eq!(program.call(Method::POST, &restore).await.status, StatusCode::ACCEPTED);
    world.follow().await;
    let tile_of =
        || shown(&world.test).into_iter().find(|tile| tile.0 == "Contentzilla - Instagram");
    assert_eq!(tile_of().map(|tile| (tile.1, tile.2.len())), Some((true, 2)));
    assert!(!world.test.okta.sim.org().apps.contains_key(&old));
    assert_eq!(world.test.okta.sim.org().apps[&kept].status, AppStatus::Active);
    let again = program.call(Method::POST, &restore).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "it was decided already");
    // The report, a page at a time, and a part of it.
    let (mut kinds, mut next) = (Vec::new(), String::new());
    loop {
        let page = program.get(&format!("/api/v1/sync/drift?limit=2{next}")).await.json();
        for item in page["items"].as_array().unwrap() {
            kinds.push(item["kind"].as_str().unwrap().to_owned());
        }
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    kinds.sort();
    assert_eq!(kinds, ["hidden", "orphan", "orphan"]);
    let over = program.get("/api/v1/sync/drift?kind=hidden&state=over").await.json();
    assert_eq!(over["items"][0]["ended_how"], "restored");
    for wrong in ["kind=colour", "state=shut", "account_id=nobody", "after=nonsense"] {
        let refused = program.get(&format!("/api/v1/sync/drift?{wrong}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    // The other answer.
    world.test.okta.sim.org().deactivate_app(&app).unwrap();
    program.call(Method::POST, "/api/v1/sync/check").await;
    world.follow().await;
    let stop = program.call(Method::POST, &format!("/api/v1/sync/tiles/{tile}/stop")).await;
    assert_eq!(stop.status, StatusCode::ACCEPTED);
    world.follow().await;
    let left: Vec<String> = shown(&world.test).into_iter().map(|tile| tile.0).collect();
    assert_eq!(left, ["Kept"]);
}

/// U5: in the order of the turns, and what does not go on by itself.
#[tokio::test]
async fn a_program_reads_the_queue() {
    let world = World::synced().await;
    let test = &world.test;
    let mut program = test.api_as(&test.owner).await;
    let path = "/api/v1/sync/queue";
    assert_eq!(program.get(path).await.json()["tiles"], 0);
    for n in 0..3 {
        let account = test.account(&test.owner, &format!("Account {n}"), "App").await;
        test.extend(&test.owner, account).await;
        test.advance_millis(1);
    }
    let queue = program.get(path).await.json();
    assert_eq!((&queue["status"], &queue["tiles"]), (&json!("on"), &json!(3)));
    let person = json!({ "priority": "person", "due": 3, "later": 0 });
    assert!(queue["waiting"].as_array().unwrap().contains(&person), "{queue}");
    let (mut labels, mut next) = (Vec::new(), String::new());
    loop {
        let page = program.get(&format!("{path}/waiting?limit=2{next}")).await.json();
        for item in page["items"].as_array().unwrap() {
            labels.push(item["label"].as_str().unwrap().to_owned());
        }
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    assert_eq!(labels, ["Account 0 - App", "Account 1 - App", "Account 2 - App"]);
    fault(test, "POST", "/api/v1/apps", answer(503, "text/html", "<html/>"));
    world.worker.turn().await.unwrap();
    let trouble = program.get(&format!("{path}/trouble")).await.json();
    assert_eq!(trouble["items"][0]["label"], "Account 0 - App");
    assert!(trouble["items"][0]["retry_at"].is_string());
    let limits = program.get(path).await.json()["limits"].clone();
    assert!(limits.as_array().unwrap().iter().any(|limit| limit["bucket"] == "apps"), "{limits}");
}

#[tokio::test]
async fn a_program_is_told_that_nothing_is_connected() {
    let test = TestApp::start().await;
    let mut program = test.api_as(&test.owner).await;
    assert_eq!(program.get("/api/v1/sync").await.json()["is_on"], false);
    for path in ["", "/waiting", "/trouble"] {
        let refused = program.get(&format!("/api/v1/sync/queue{path}")).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert_eq!(refused.json()["error"]["code"], "feature_off");
    }
}
