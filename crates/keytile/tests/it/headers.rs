//! What surrounds every answer: who may send what from where, and what browsers are told to refuse.

#![expect(clippy::unwrap_used, reason = "what a test itself arranges must stand")]

use axum::body::Body;
use http::{HeaderValue, Method, Request, StatusCode};
use keytile::App;
use keytile::clock::Chance;
use keytile::http::headers::POLICY;

use crate::support::{Answer, Client, TestApp, User, client};

/// ASVS 3.4: on pages, refusals and redirects alike.
#[tokio::test]
async fn every_answer_tells_browsers_what_to_refuse() {
    let app = TestApp::start().await;
    for path in ["/sign-in", "/accounts", "/nothing-here", "/healthz"] {
        let answer = app.client().get(path).await;
        assert_eq!(answer.header("content-security-policy"), Some(POLICY), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
    assert!(POLICY.contains("default-src 'none'") && POLICY.contains("frame-ancestors 'none'"));
    assert!(!POLICY.contains("unsafe"));
}

/// ASVS 3.4.1, 3.3.1: behind TLS, browsers are told to stay there, and cookies go nowhere else.
#[tokio::test]
async fn behind_tls_browsers_stay_there() {
    let app = TestApp::start().await;
    let mut config = app.app.config.clone();
    config.public_url = "https://keytile.example".parse().unwrap();
    let tls = App::open(config, app.app.clock.clone(), Chance::seeded(3)).await.unwrap();
    let page = client(&tls).get("/sign-in").await;
    assert_eq!(page.header("strict-transport-security"), Some("max-age=63072000"));
    assert_eq!(app.client().get("/sign-in").await.header("strict-transport-security"), None);
    let answer = client(&tls).post("/sign-out", &[]).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-keytile=;") && cookie.contains("; Secure"), "{cookie}");
}

/// A request as a browser would send it, with these two headers instead of its own.
fn from(
    browser: &Client,
    method: Method,
    path: &str,
    origin: Option<&str>,
    site: Option<&str>,
) -> Request<Body> {
    let mut request = browser.request(method, path).body(Body::empty()).unwrap();
    for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
        match value {
            Some(value) => {
                request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap())
            }
            None => request.headers_mut().remove(name),
        };
    }
    request
}

/// T12: what another site makes a browser send is refused, by whichever of the two headers the browser knows.
#[tokio::test]
async fn another_sites_requests_change_nothing() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut browser = app.client_as(&ada).await;
    let ours = app.app.config.origin();
    let evil = Some("https://evil.example");
    let refused = [
        ("a form of another site", evil, Some("cross-site")),
        ("a fetch of another site", Some("null"), Some("cross-site")),
        ("another host of the same site", Some("https://www.keytile.example"), Some("same-site")),
        ("an old browser, another site", evil, None),
        ("an old browser, a sandboxed frame", Some("null"), None),
        ("a browser that says only where from", None, Some("cross-site")),
        ("cookies, and nothing said", None, None),
    ];
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for (what, origin, site) in refused {
            let answer =
                browser.send(from(&browser, method.clone(), "/sign-out", origin, site)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {what}");
        }
    }
    assert_eq!(browser.get("/confirm").await.status, StatusCode::OK, "still signed in");
    assert_eq!(app.recorded("session.ended").await, 0);

    for (what, origin, site) in [
        ("our own form", Some(ours.as_str()), Some("same-origin")),
        ("our own form in an old browser", Some(ours.as_str()), None),
        ("a person's own doing", None, Some("none")),
    ] {
        let mut fresh = app.client_as(&ada).await;
        let answer = fresh.send(from(&fresh, Method::POST, "/sign-out", origin, site)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{what}");
    }
}

/// ASVS 3.5.3: what changes something cannot be asked for by a link.
#[tokio::test]
async fn a_link_signs_nobody_out() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut browser = app.client_as(&ada).await;
    for path in ["/sign-out", "/profile/sessions/end-all"] {
        assert_eq!(browser.get(path).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(browser.get("/confirm").await.status, StatusCode::OK);
}

#[tokio::test]
async fn programs_with_a_key_and_no_cookie_need_no_origin() {
    let app = TestApp::start().await;
    let mut program = app.api_as(&app.owner).await;
    let answer =
        program.call(Method::DELETE, "/api/v1/accounts/acc_00000000000000000000000000").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
}

/// U8: a page that is not there says so, and a script gets the same in JSON.
#[tokio::test]
async fn a_failure_is_a_page_for_people_and_json_for_scripts() {
    let app = TestApp::start().await;
    let mut browser = app.client();
    let page = browser.get("/nothing-here").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.body.contains("There is nothing here"), "{}", page.body);
    assert!(page.header("x-request-id").unwrap().starts_with("req_"));

    let said: Answer = browser
        .send(
            browser
                .request(Method::GET, "/accounts")
                .header("accept", "application/json")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(
        (said.status, said.json()["error"]["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("signed_out"))
    );
}

#[tokio::test]
async fn at_most_a_megabyte_is_read() {
    let app = TestApp::start().await;
    let mut browser = app.client();
    let body = serde_json::json!({ "id": "x".repeat(1024 * 1024) });
    let answer = browser.json(Method::POST, "/sign-in/passkey/finish", &body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_asset_of_the_present_build_is_kept_for_good() {
    let app = TestApp::start().await;
    let mut browser = app.client();
    let build = keytile::ui::build();
    let styles = browser.get(&format!("/assets/app.css?v={build}")).await;
    assert_eq!(styles.status, StatusCode::OK);
    assert_eq!(styles.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(
        browser.get("/assets/app.css?v=old").await.header("cache-control"),
        Some("no-cache")
    );
    let known = styles.header("etag").unwrap();
    let request = browser
        .request(Method::GET, "/assets/app.css")
        .header("if-none-match", known)
        .body(Body::empty());
    assert_eq!(browser.send(request.unwrap()).await.status, StatusCode::NOT_MODIFIED);
    let request = browser
        .request(Method::GET, "/assets/app.css")
        .header("accept-encoding", "gzip")
        .body(Body::empty());
    assert_eq!(browser.send(request.unwrap()).await.header("content-encoding"), Some("gzip"));
    assert_eq!(browser.get("/assets/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_says_whether_it_lives_and_can_work() {
    let app = TestApp::start().await;
    assert_eq!(app.client().get("/healthz").await.status, StatusCode::OK);
    assert_eq!(app.client().get("/readyz").await.status, StatusCode::OK);
}
