//! Webhooks: signed, sent to public servers alone, tried again from a stored queue, and known by one id each (T13).

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use keytile::webhooks;
use serde_json::Value;

use crate::support::{Admin, TestApp, User};

const PAGE: &str = "/settings/webhook";

/// What a receiver was sent: the headers and the body.
type Heard = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// Another system, which answers with these statuses in turn, and then well.
struct Receiver {
    url: String,
    heard: Heard,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Desk {
    heard: Heard,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = String::from_utf8(body.to_vec()).expect("text");
    desk.heard.lock().unwrap().push((headers, text));
    desk.answers.lock().unwrap().pop().unwrap_or(StatusCode::NO_CONTENT)
}

impl Receiver {
    async fn start(mut answers: Vec<StatusCode>) -> Self {
        answers.reverse();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = Heard::default();
        let desk = Desk { heard: Arc::clone(&heard), answers: Arc::new(Mutex::new(answers)) };
        let router = Router::new().route("/hook", post(take)).with_state(desk);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, heard, serving }
    }

    fn heard(&self) -> Vec<(HeaderMap, Value)> {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .map(|(headers, body)| (headers.clone(), serde_json::from_str(body).unwrap()))
            .collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Enters the address, and answers the secret that signs.
async fn set(app: &TestApp, url: &str) -> String {
    let owner = app.actor(&app.owner).await;
    let secret = webhooks::set(&app.app, &owner, app.now(), url).await.unwrap();
    secret.expect("the first address comes with a secret").expose().clone()
}

#[tokio::test]
async fn an_alert_is_sent_once_signed_and_says_what_happened() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(vec![]).await;
    app.raise_alert().await;
    let secret = set(&app, &receiver.url).await;
    app.raise_alert().await;
    for _ in 0..3 {
        webhooks::turn(&app.app).await.unwrap();
        app.advance(3_600);
    }
    let heard = receiver.heard();
    assert_eq!(heard.len(), 1, "what was before the webhook is not told");
    let (headers, message) = &heard[0];
    assert_eq!(message["kind"], "credential.refused");
    assert_eq!(message["link"], format!("{}/settings", app.app.config.origin()));
    assert_eq!(message["detail"]["reason"], "token_invalid");
    assert_eq!(message["workspace"]["id"], app.workspace.to_string());
    assert_eq!(headers["keytile-event-id"], message["id"].as_str().unwrap());
    let body = receiver.heard.lock().unwrap()[0].1.clone();
    let sent_at = app.now() - jiff::SignedDuration::from_hours(3);
    assert_eq!(headers["keytile-signature"], webhooks::sign(&secret, sent_at, &body));
    let dump = app.dump().await;
    assert!(!dump.windows(secret.len()).any(|part| part == secret.as_bytes()), "it is sealed");
}

/// Tried again later and later, by one id; a restart forgets nothing, and two replicas do not send twice.
#[tokio::test]
async fn what_is_not_heard_is_tried_again_under_the_same_id() {
    let app = TestApp::start().await;
    let down = StatusCode::INTERNAL_SERVER_ERROR;
    let receiver = Receiver::start(vec![down, StatusCode::FOUND, down]).await;
    set(&app, &receiver.url).await;
    app.raise_alert().await;
    let another = app.another().await;
    for _ in 0..6 {
        let (one, two) = tokio::join!(webhooks::turn(&app.app), webhooks::turn(&another));
        one.unwrap();
        two.unwrap();
        app.advance(5 * 60);
    }
    let heard = receiver.heard();
    assert_eq!(heard.len(), 4);
    assert!(heard.iter().all(|(_, message)| message["id"] == heard[0].1["id"]));
    let owner = app.actor(&app.owner).await;
    let found = webhooks::find(&app.app, &owner).await.unwrap().unwrap();
    assert_eq!((found.events.len(), found.events[0].attempts), (1, 4));
    assert!(found.events[0].delivered_at.is_some() && found.events[0].problem.is_none());
}

#[tokio::test]
async fn a_webhook_that_is_never_heard_is_given_up_told_of_once_and_can_be_sent_again() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(vec![StatusCode::BAD_GATEWAY; 20]).await;
    set(&app, &receiver.url).await;
    app.raise_alert().await;
    app.raise_alert().await;
    let unseen = "SELECT COUNT(*) AS n FROM notification WHERE message LIKE '%webhook%'";
    for _ in 0..60 {
        webhooks::turn(&app.app).await.unwrap();
        app.advance(3_600);
    }
    assert_eq!(receiver.heard().len(), 20);
    assert_eq!(app.count(unseen).await, 1);
    let owner = app.actor(&app.owner).await;
    let found = webhooks::find(&app.app, &owner).await.unwrap().unwrap();
    assert!(found.failing_since.is_some() && found.events.iter().all(|e| e.due_at.is_none()));
    let sent = webhooks::again(&app.app, &owner, found.events[0].id).await.unwrap();
    assert!(sent.delivered_at.is_some());
    let found = webhooks::find(&app.app, &owner).await.unwrap().unwrap();
    assert!(found.failing_since.is_none());
}

/// T13: only named servers on the public internet.
#[tokio::test]
async fn an_address_that_leads_inside_is_refused() {
    let app = TestApp::start().await;
    let mut owner = app.client_as(&app.owner).await;
    for bad in [
        "http://hooks.example.com/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://intranet/",
        "https://me:secret@hooks.example.com/",
        "ftp://hooks.example.com/",
        "",
    ] {
        let answer = owner.post(PAGE, &[("url", bad)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM webhook").await, 0);
    // A name that looks public and leads to this machine.
    set(&app, "https://localtest.invalid/").await;
    let page = {
        owner.post("/settings/webhook/test", &[]).await;
        owner.get(PAGE).await.body
    };
    assert!(page.contains("No connection") && page.contains("Given up"), "{page}");
}

#[tokio::test]
async fn an_admin_sets_it_up_on_a_page_and_sees_the_secret_once() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(vec![]).await;
    let adam = app.member("Adam", Admin).await;
    let mut admin = app.client_as(&adam).await;
    assert!(!admin.get(PAGE).await.body.contains("Send a test"));
    let made = admin.post(PAGE, &[("url", receiver.url.as_str())]).await.body;
    assert!(made.contains("whsec_"));
    assert!(!admin.get(PAGE).await.body.contains("whsec_"));
    admin.post("/settings/webhook/test", &[]).await;
    let page = admin.get(PAGE).await.body;
    assert!(page.contains("It was heard.") && page.contains("Heard"));
    assert_eq!(receiver.heard()[0].1["kind"], "test");
    let other = admin.post("/settings/webhook/secret", &[]).await.body;
    assert!(other.contains("whsec_") && !other.contains(made_secret(&made)));
    admin.post("/settings/webhook/remove", &[]).await;
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM delivery").await, 0);
    let ada = app.member("Ada", User).await;
    let answer = app.client_as(&ada).await.get(PAGE).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

fn made_secret(page: &str) -> &str {
    let begin = page.find("whsec_").expect("a secret");
    &page[begin..begin + 20]
}
