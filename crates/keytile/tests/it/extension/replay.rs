//! T20: a ticket or a grant that is replayed, forged, late, another's or bound to something else gives nothing.

use http::Method;
use seal::grant::KemKind;
use serde_json::json;

use super::World;
use super::browser::{Browser, code};

#[tokio::test]
async fn a_ticket_is_good_once_and_for_half_a_minute() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let ticket = browser.launch_ticket(world.account).await;
    assert_eq!(browser.redeem(&ticket).await.status, 200);
    assert_eq!(code(&browser.redeem(&ticket).await), (410, "ticket_over".into()), "again");

    let late = browser.launch_ticket(world.account).await;
    world.app.advance(30);
    assert_eq!(code(&browser.redeem(&late).await), (410, "ticket_over".into()), "too late");
    for forged in ["", "ktt_0", &ticket.replace("ktt", "kts"), &"x".repeat(5_000)] {
        assert_eq!(code(&browser.redeem(forged).await), (410, "ticket_over".into()), "{forged}");
    }
    let connect = browser.connect_ticket().await;
    assert_eq!(
        code(&browser.redeem(&connect).await),
        (410, "ticket_over".into()),
        "for another use"
    );
    let launch = browser.launch_ticket(world.account).await;
    let connected = browser.post("session", &json!({ "ticket": launch })).await;
    assert_eq!(code(&connected), (410, "ticket_over".into()), "for another use");
    assert_eq!(world.app.recorded("account.login_granted").await, 1);
}

/// A device of somebody else gets nothing for a ticket, and leaves it to whose it is.
#[tokio::test]
async fn a_ticket_is_of_no_use_to_another_persons_device() {
    let world = World::new().await;
    let mut ours = Browser::enrolled(&world.app, &world.ben).await;
    let mut theirs = Browser::enrolled(&world.app, &world.ada).await;
    let ticket = ours.launch_ticket(world.account).await;
    assert_eq!(code(&theirs.redeem(&ticket).await), (401, "unknown_device".into()));
    let connect = ours.connect_ticket().await;
    let bound = theirs.post("session", &json!({ "ticket": connect })).await;
    assert_eq!(code(&bound), (401, "unknown_device".into()));
    assert_eq!(ours.redeem(&ticket).await.status, 200);
    assert_eq!(ours.post("session", &json!({ "ticket": connect })).await.status, 200);
}

/// What was given to one device opens in no other, and no other may go on with it.
#[tokio::test]
async fn a_grant_is_bound_to_its_device() {
    let world = World::new().await;
    let mut ours = Browser::enrolled(&world.app, &world.ben).await;
    let mut other = Browser::enrolled(&world.app, &world.ben).await;
    let ticket = ours.launch_ticket(world.account).await;
    let sealed = ours.redeem(&ticket).await.json();
    assert!(ours.open("login-grant/v1", &sealed).is_some());
    assert!(other.open("login-grant/v1", &sealed).is_none());
    assert!(ours.open("login-code/v1", &sealed).is_none(), "nor does it pass for a code");
    let context = sealed["context"].as_str().unwrap();
    for (from, to) in [
        ("https://login.example.com", "https://login.evil.example"),
        (&*world.account.to_string(), "acc_00000000000000000000000000"),
        ("\"expires_at\":1", "\"expires_at\":2"),
        (&*world.app.app.config.origin(), "https://keytile.evil.example"),
    ] {
        assert!(context.contains(from), "{from} in {context}");
        let mut bound = sealed.clone();
        bound["context"] = context.replace(from, to).into();
        assert!(ours.open("login-grant/v1", &bound).is_none(), "{to}");
    }
    let grant = sealed["grant"].as_str().unwrap();
    for (what, body) in [
        ("progress", json!({ "step": "fill" })),
        ("code", json!({})),
        ("resume", json!({})),
        ("outcome", json!({ "outcome": "cancelled", "origin": null, "duration_ms": 1 })),
    ] {
        let answer = other.post(&format!("grants/{grant}/{what}"), &body).await;
        assert_eq!(code(&answer), (404, "not_found".into()), "{what}");
    }
    assert_eq!(ours.post(&format!("grants/{grant}/code"), &json!({})).await.status, 200);
}

/// A minute, and two where the login goes on.
#[tokio::test]
async fn a_grant_ends_by_itself() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (id, _) = browser.log_in(world.account).await;
    let progress = format!("grants/{id}/progress");
    let step = json!({ "step": "fill" });
    let began = world.app.now().as_millisecond();
    for (after, expires) in [(50, 110), (45, 120)] {
        world.app.advance(after);
        let told = browser.post(&progress, &step).await.json();
        assert_eq!(told["expires_at"], began + expires * 1_000);
    }
    world.app.advance(25);
    for path in [progress, format!("grants/{id}/code")] {
        assert_eq!(code(&browser.post(&path, &step).await), (410, "grant_over".into()), "{path}");
    }
    let (id, _) = browser.log_in(world.account).await;
    for _ in 0..5 {
        assert_eq!(browser.post(&format!("grants/{id}/code"), &json!({})).await.status, 200);
    }
    let sixth = browser.post(&format!("grants/{id}/code"), &json!({})).await;
    assert_eq!(code(&sixth), (410, "grant_over".into()));
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_the_time() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    for minutes in [-10, 10] {
        browser.clock = minutes * 60_000;
        let answer = browser.get("status").await;
        assert_eq!(code(&answer), (401, "clock_off".into()));
        // What the extension then does.
        let told = answer.json()["server_time"].as_i64().unwrap();
        browser.clock = told - world.app.now().as_millisecond();
        assert_eq!(browser.get("status").await.status, 200);
    }
    let mut late = Browser::of(&world.app, &world.ben, KemKind::X25519).await;
    late.clock = 10 * 60_000;
    let ticket = late.connect_ticket().await;
    assert_eq!(code(&late.enrol(&ticket).await), (401, "clock_off".into()));
    late.clock = 0;
    assert_eq!(late.enrol(&ticket).await.status, 201, "the ticket was not used");
    world.app.advance(61);
}

/// A request is signed as a whole: method, path, query, time and body.
#[tokio::test]
async fn a_request_that_was_changed_on_the_way_is_of_nobody() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let body = json!({ "what": "password" }).to_string();
    let path = format!("accounts/{}/copy", world.account);
    let signed = || browser.signed(Method::POST, &path, &body);
    let mut changed = Vec::new();
    let mut request = signed();
    *request.body_mut() = json!({ "what": "code" }).to_string().into();
    changed.push(request);
    let mut request = signed();
    *request.uri_mut() = format!("/extension/v1/{path}?x=1").parse().unwrap();
    changed.push(request);
    let mut request = signed();
    *request.method_mut() = Method::PUT;
    *request.uri_mut() =
        format!("/extension/v1/accounts/{}/recipe", world.account).parse().unwrap();
    changed.push(request);
    let later = (world.app.now().as_millisecond() + 1).to_string();
    for (name, value) in [
        ("keytile-time", later.as_str()),
        ("keytile-signature", "AAAA"),
        ("keytile-device", "dev_00000000000000000000000000"),
        ("keytile-device", "nonsense"),
    ] {
        let mut request = signed();
        request.headers_mut().insert(name, value.parse().unwrap());
        changed.push(request);
    }
    for name in ["keytile-signature", "keytile-device"] {
        let mut request = signed();
        request.headers_mut().remove(name);
        changed.push(request);
    }
    let whole = signed();
    for request in changed {
        let told = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
        assert_eq!(code(&browser.send(request).await), (401, "unknown_device".into()), "{told}");
    }
    assert_eq!(code(&browser.send(whole).await), (403, "not_allowed".into()), "as a Collaborator");
}

/// What somebody recorded on the way is of no use within the minute for which its time is accepted.
#[tokio::test]
async fn a_signed_request_is_good_once() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ada).await;
    let body = json!({ "what": "password" }).to_string();
    let path = format!("accounts/{}/copy", world.account);
    let once = browser.signed(Method::POST, &path, &body);
    let mut again = browser.signed(Method::POST, &path, &body);
    *again.headers_mut() = once.headers().clone();
    assert_eq!(browser.send(once).await.status, 200);
    world.app.advance(30);
    assert_eq!(code(&browser.send(again).await), (400, "malformed".into()));
    assert_eq!(world.app.recorded("account.password_revealed").await, 1);
    let anew = browser.signed(Method::POST, &path, &body);
    assert_eq!(browser.send(anew).await.status, 200, "the same, signed anew, is another request");
}

#[tokio::test]
async fn what_is_not_as_described_is_refused_and_breaks_nothing() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let (id, _) = browser.log_in(world.account).await;
    for (path, body) in [
        ("grants".to_owned(), json!({})),
        (format!("grants/{id}/progress"), json!({ "step": "Fill in!" })),
        (format!("grants/{id}/progress"), json!([])),
        (
            format!("grants/{id}/outcome"),
            json!({ "outcome": "fine", "origin": null, "duration_ms": 1 }),
        ),
        (
            format!("grants/{id}/outcome"),
            json!({ "outcome": "logged_in", "origin": "javascript:1", "duration_ms": 1 }),
        ),
        (format!("accounts/{}/copy", world.account), json!({ "what": "notes" })),
    ] {
        assert_eq!(
            code(&browser.post(&path, &body).await),
            (400, "malformed".into()),
            "{path} {body}"
        );
    }
    let answer = browser.get("grants/nonsense/code").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(
        code(&browser.post("grants/nonsense/code", &json!({})).await),
        (404, "not_found".into())
    );
    assert_eq!(code(&browser.post("nothing", &json!({})).await), (404, "not_found".into()));
    browser.version = "latest";
    assert_eq!(code(&browser.get("status").await), (400, "malformed".into()));
}

/// Of what one address offers that fits no device there is only so much; whoever has one gets through.
#[tokio::test]
async fn a_flood_of_strangers_costs_only_themselves() {
    let world = World::new().await;
    let mut browser = Browser::enrolled(&world.app, &world.ben).await;
    let device = browser.device.replace("dev_00000000000000000000000000".into());
    let mut told = Vec::new();
    for _ in 0..62 {
        told.push(browser.get("status").await);
    }
    let last = told.last().unwrap();
    assert_eq!(code(last), (429, "too_many".into()));
    assert!(last.header("retry-after").is_some());
    browser.device = device;
    assert_eq!(browser.get("status").await.status, 200);
}
