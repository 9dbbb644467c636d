//! Event hooks: a handshake, a secret, and a reason to look. Nothing that is delivered is believed.

use axum::body::Body;
use http::{Method, StatusCode, header};
use keytile::{directories, values};
use model::workspace::MemberStatus::{Active, Removed, Suspended};
use serde_json::{Value, json};

use super::World;
use crate::support::{Admin, Answer, Client, Person, TestApp};

/// A hook, and the secret that its deliveries carry.
pub(super) struct Hook {
    pub(super) path: String,
    pub(super) secret: String,
}

pub(super) async fn hook(test: &TestApp) -> Hook {
    let secret = test.write(|tx, by| Box::pin(directories::hooks::put_secret(tx, by))).await;
    let mut tx = test.app.db.read().await.unwrap();
    let row = tx.one("SELECT id FROM directory_hook", &[]).await.unwrap();
    let id: model::HookId = row.id("id").unwrap();
    Hook { path: format!("/hooks/okta/{id}"), secret: secret.expose().clone() }
}

pub(super) async fn deliver(test: &TestApp, hook: &Hook, secret: &str, body: String) -> Answer {
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(&hook.path)
        .header(header::AUTHORIZATION, secret)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body));
    test.client().send(request.unwrap()).await
}

/// As Okta posts it.
pub(super) fn delivery(events: &[Value]) -> String {
    json!({
        "eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1",
        "source": "https://acme.okta.com/api/v1/eventHooks/who1", "eventId": "x",
        "data": { "events": events }, "eventTime": "2026-03-02T09:00:00.000Z", "contentType": "application/json",
    })
    .to_string()
}

pub(super) fn event(id: &str, kind: &str, person: &Person) -> Value {
    json!({
        "uuid": id, "published": "2026-03-02T09:00:00.000Z", "eventType": kind,
        "outcome": { "result": "SUCCESS" }, "actor": { "id": "00uadmin", "type": "User" },
        "target": [{ "id": person.okta, "type": "User", "displayName": person.name }],
    })
}

pub(super) async fn looks(test: &TestApp) -> i64 {
    test.count("SELECT COUNT(*) AS n FROM directory_look").await
}

#[tokio::test]
async fn the_handshake_repeats_what_it_was_asked() {
    let world = World::new().await;
    let hook = hook(&world.test).await;
    let ask = |challenge: Option<&str>| {
        let mut request = http::Request::builder().method(Method::GET).uri(&hook.path);
        if let Some(challenge) = challenge {
            request = request.header("X-Okta-Verification-Challenge", challenge);
        }
        request.body(Body::empty()).unwrap()
    };
    let answer = world.test.client().send(ask(Some("a1<b>"))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json(), json!({ "verification": "a1<b>" }));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("content-type").unwrap().starts_with("application/json"));
    let verified = "SELECT COUNT(*) AS n FROM directory_hook WHERE verified_at IS NOT NULL";
    assert_eq!(world.test.count(verified).await, 1);
    let long = "x".repeat(513);
    for bad in [None, Some(""), Some(long.as_str())] {
        let answer = world.test.client().send(ask(bad)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
    let unknown = "/hooks/okta/hok_00000000000000000000000000";
    for path in [unknown, "/hooks/okta/nonsense"] {
        let answer = world.test.client().get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_delivery_makes_us_look_and_the_look_decides() {
    let mut world = World::new().await;
    let (ada, ben, cleo) =
        (world.person("Ada").await, world.person("Ben").await, world.person("Cleo").await);
    world.people(3).await;
    let hook = hook(&world.test).await;
    {
        let mut org = world.test.okta.sim.org();
        org.suspend_user(ada.okta.as_deref().unwrap()).unwrap();
        org.deactivate_user(ben.okta.as_deref().unwrap()).unwrap();
    }
    // Of Cleo it lies.
    let events = [
        event("1", "user.lifecycle.suspend", &ada),
        event("2", "user.lifecycle.deactivate", &ben),
        event("3", "user.lifecycle.deactivate", &cleo),
    ];
    let answer = deliver(&world.test, &hook, &hook.secret, delivery(&events)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(world.status(&ada).await, Active, "nothing is believed");
    assert_eq!(looks(&world.test).await, 3);
    world.turns().await;
    assert_eq!(world.status(&ada).await, Suspended);
    assert_eq!(world.status(&ben).await, Removed);
    assert_eq!(world.status(&cleo).await, Active);
    assert_eq!(looks(&world.test).await, 0);
    world.test.okta.sim.org().unsuspend_user(ada.okta.as_deref().unwrap()).unwrap();
    let events = [event("4", "user.lifecycle.unsuspend", &ada)];
    deliver(&world.test, &hook, &format!("Bearer {}", hook.secret), delivery(&events)).await;
    world.turns().await;
    assert_eq!(world.status(&ada).await, Active);
}

/// At least once, in no order: the same event again costs no call.
#[tokio::test]
async fn an_event_that_comes_again_is_heard_once() {
    let mut world = World::new().await;
    let ada = world.person("Ada").await;
    world.people(3).await;
    let hook = hook(&world.test).await;
    let body = delivery(&[event("1", "user.lifecycle.suspend", &ada)]);
    deliver(&world.test, &hook, &hook.secret, body.clone()).await;
    world.turns().await;
    world.test.okta.sim.clear_traffic();
    for _ in 0..3 {
        let answer = deliver(&world.test, &hook, &hook.secret, body.clone()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    world.turns().await;
    assert_eq!(world.test.okta.asked(), Vec::<String>::new());
}

/// Who is none of ours is not looked at, nor is what cannot let in or shut out.
#[tokio::test]
async fn strangers_and_idle_news_cost_nothing() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let hook = hook(&world.test).await;
    let stranger = Person { okta: Some("00ustranger".into()), ..ada.clone() };
    let events = [
        event("1", "user.lifecycle.suspend", &stranger),
        event("2", "user.account.update_profile", &ada),
        event("3", "user.session.start", &ada),
    ];
    let answer = deliver(&world.test, &hook, &hook.secret, delivery(&events)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(looks(&world.test).await, 0);
}

/// Whoever is told of again while they are looked at is looked at once more.
#[tokio::test]
async fn news_during_a_look_is_not_lost() {
    let mut world = World::new().await;
    let ada = world.person("Ada").await;
    world.people(3).await;
    let hook = hook(&world.test).await;
    let body = delivery(&[event("1", "user.lifecycle.suspend", &ada)]);
    deliver(&world.test, &hook, &hook.secret, body).await;
    world.test.tamper("UPDATE directory_look SET asked = asked + 1", Vec::new()).await;
    // What a look began before the second saying settles.
    let sql = "DELETE FROM directory_look WHERE asked = 1";
    assert_eq!(world.test.tamper(sql, Vec::new()).await, 0);
    world.turns().await;
    assert_eq!(looks(&world.test).await, 0);
}

#[tokio::test]
async fn what_is_no_delivery_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let ada = world.person("Ada").await;
    let hook = hook(&world.test).await;
    let good = delivery(&[event("1", "user.lifecycle.suspend", &ada)]);
    for secret in
        ["", "wrong", "Bearer wrong", &hook.secret[1..], hook.secret.to_uppercase().as_str()]
    {
        let answer = deliver(&world.test, &hook, secret, good.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{secret}");
    }
    for body in ["", "[]", "{}", "null", "{\"data\":{}}", "\u{1}"] {
        let answer = deliver(&world.test, &hook, &hook.secret, body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:?}");
    }
    let huge = " ".repeat(2 * 1024 * 1024);
    let answer = deliver(&world.test, &hook, &hook.secret, huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(looks(&world.test).await, 0);
}

/// A guesser is soon out of tries, and costs Okta's deliveries from elsewhere nothing.
#[tokio::test]
async fn guesses_of_the_secret_are_few() {
    let world = World::new().await;
    let hook = hook(&world.test).await;
    let mut client = world.test.client();
    let mut statuses = Vec::new();
    for _ in 0..70 {
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(&hook.path)
            .header(header::AUTHORIZATION, "guess")
            .body(Body::from("{}"));
        statuses.push(client.send(request.unwrap()).await.status);
    }
    assert_eq!(statuses[0], StatusCode::UNAUTHORIZED);
    assert_eq!(statuses[69], StatusCode::TOO_MANY_REQUESTS);
}

/// Whoever has the secret cannot flood us either; Okta is told when to come again, and the comparison goes on.
#[tokio::test]
async fn deliveries_are_bounded() {
    let world = World::new().await;
    let hook = hook(&world.test).await;
    let mut client = world.test.client();
    let mut deliver = async || {
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(&hook.path)
            .header(header::AUTHORIZATION, &hook.secret)
            .body(Body::from(delivery(&[])));
        client.send(request.unwrap()).await
    };
    for _ in 0..keytile::http::budget::DELIVERIES.get() {
        assert_eq!(deliver().await.status, StatusCode::NO_CONTENT);
    }
    let answer = deliver().await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").is_some());
}

/// C36: a secret is shown once, stored as a hash, and replaced without a gap.
#[tokio::test]
async fn an_admin_makes_and_replaces_the_secret() {
    let world = World::new().await;
    let anna = world.test.member("Anna", Admin).await;
    let mut browser = world.test.client_as(&anna).await;
    let first = shown(&browser.post("/settings/directory/hook", &[]).await);
    let dump = world.test.dump().await;
    let is_there =
        |secret: &str| dump.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(!is_there(&first), "only its hash is stored");
    assert!(!browser.get("/settings/directory").await.body.contains(&first));
    let second = shown(&browser.post("/settings/directory/hook", &[]).await);
    let path = {
        let mut tx = world.test.app.db.read().await.unwrap();
        let row = tx.one("SELECT id FROM directory_hook", &[]).await.unwrap();
        format!("/hooks/okta/{}", row.id::<model::HookId>("id").unwrap())
    };
    let hook = Hook { path, secret: second };
    let good = delivery(&[]);
    let status =
        async |secret: &str| deliver(&world.test, &hook, secret, good.clone()).await.status;
    assert_eq!(status(&first).await, StatusCode::NO_CONTENT);
    assert_eq!(status(&hook.secret).await, StatusCode::NO_CONTENT);
    world.test.advance(24 * 60 * 60);
    assert_eq!(status(&first).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&hook.secret).await, StatusCode::NO_CONTENT);
    let mut browser: Client = world.test.client_as(&anna).await;
    browser.post("/settings/directory/hook/remove", &[]).await;
    assert_eq!(status(&hook.secret).await, StatusCode::NOT_FOUND);
    assert_eq!(
        world
            .test
            .count_of(
                "SELECT COUNT(*) AS n FROM activity WHERE event = $1",
                values!["hook.removed"]
            )
            .await,
        1
    );
}

/// The secret in a page that shows it.
fn shown(page: &Answer) -> String {
    let begin = page.body.find("kth_").expect("a secret");
    page.body[begin..].split(['<', '"']).next().unwrap().to_owned()
}
