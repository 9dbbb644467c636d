//! Floods from people and programs of whom nothing is known: they end in 429, leave few rows, and hold up nobody else.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, StatusCode, header};
use keytile::http::budget::{FAILURES, SIGN_INS};

use crate::support::{Answer, Client, TestApp, User};

const ATTEMPTS: &str = "SELECT COUNT(*) AS n FROM sign_in_attempt";

/// A workspace whose people sign in at the simulated Okta, and the path of a tile.
async fn with_sign_in() -> (TestApp, String) {
    let app = TestApp::start().await;
    let mut owner = app.client_as(&app.owner).await;
    let registration =
        [("issuer", app.okta.url.as_str()), ("client_id", "0oa1"), ("client_secret", "x")];
    assert_eq!(owner.post("/settings/signin", &registration).await.status, StatusCode::SEE_OTHER);
    (app, "/launch/AAAAAAAAAAAAAAAAAAAAAA".into())
}

/// How many of `calls` were let through; the others must say when to come again.
async fn flood(client: &mut Client, path: &str, calls: u32) -> u32 {
    let mut through = 0;
    for _ in 0..calls {
        let mut request = client.request(Method::GET, path).body(Body::empty()).unwrap();
        // As if typed: then it is also kept that the launch begins at once.
        let page = [
            ("sec-fetch-dest", "document"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-site", "none"),
        ];
        for (name, value) in page {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = client.send(request).await;
        if answer.status == StatusCode::SEE_OTHER {
            through += 1;
            continue;
        }
        assert_refused(&answer, "text/html");
    }
    through
}

fn assert_refused(answer: &Answer, kind: &str) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    let wait: u64 = answer.header("retry-after").expect("when to come again").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(answer.header("content-type").unwrap_or_default().starts_with(kind));
    assert!(answer.body.contains("Too many tries"), "{}", answer.body);
}

/// A program that comes from this address.
async fn from(client: &mut Client, peer: &str, path: &str, key: &str) -> Answer {
    let mut request = client
        .request(Method::GET, path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::empty())
        .unwrap();
    let peer: SocketAddr = format!("{peer}:40000").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    client.send(request).await
}

#[tokio::test]
async fn a_flood_of_clicks_on_a_tile_leaves_a_bounded_number_of_rows() {
    let (app, tile) = with_sign_in().await;
    let mut nobody = app.client();
    let calls = SIGN_INS.get() * 2;
    assert_eq!(flood(&mut nobody, &tile, calls).await, SIGN_INS.get());
    assert_eq!(app.count(ATTEMPTS).await, 2 * i64::from(SIGN_INS.get()), "two for each");
    let start = format!("/sign-in/okta?workspace={}", app.workspace);
    assert_eq!(flood(&mut nobody, &start, 3).await, 0, "it is one budget");
    let passkey = nobody.post("/sign-in/passkey/start", &[]).await;
    assert_refused(&passkey, "text/html");
    // Time gives the budget back, and takes the rows.
    app.advance(11 * 60);
    assert_eq!(flood(&mut nobody, &tile, 5).await, 5);
    assert_eq!(app.count(ATTEMPTS).await, 10);
}

#[tokio::test]
async fn a_valid_session_is_not_held_up_by_a_flood_from_the_same_address() {
    let (app, tile) = with_sign_in().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let mut nobody = app.client();
    flood(&mut nobody, &tile, SIGN_INS.get() + 1).await;
    let mut browser = nobody.clone();
    app.sign_in_here(&mut browser, &ada).await;
    for path in ["/accounts", &format!("/accounts/{account}")] {
        assert_eq!(browser.get(path).await.status, StatusCode::OK);
    }
    assert_eq!(browser.get(&tile).await.status, StatusCode::NOT_FOUND, "it is answered");
    let start = format!("/sign-in/okta?workspace={}", app.workspace);
    assert_eq!(browser.get(&start).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn keys_that_are_none_are_refused_sooner_and_valid_ones_never() {
    let app = TestApp::start().await;
    let (owner, mut client) = (app.owner.id, app.client());
    let key = app.write(move |tx, by| Box::pin(keytile::apikeys::add(tx, by, owner))).await;
    for (path, kind) in
        [("/api/v1/me", "application/json"), ("/scim/v2/Users", "application/scim+json")]
    {
        app.advance(60);
        for _ in 0..FAILURES.get() {
            let answer = from(&mut client, "192.0.2.1", path, "ktk_none").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
        assert_refused(&from(&mut client, "192.0.2.1", path, "ktk_none").await, kind);
        let other = from(&mut client, "192.0.2.2", path, "ktk_none").await;
        assert_eq!(other.status, StatusCode::UNAUTHORIZED, "another address has its own budget");
    }
    let valid = from(&mut client, "192.0.2.1", "/api/v1/me", key.expose()).await;
    assert_eq!(valid.status, StatusCode::OK);
}
