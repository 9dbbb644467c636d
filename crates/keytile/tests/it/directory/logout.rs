//! Universal Logout, from the directory and from an admin (C40): all sessions end, and nothing else.

use axum::body::Body;
use http::{Method, StatusCode, header};
use keytile::directories;
use model::secret::Secret;
use model::share::ItemRole;
use serde_json::{Value, json};

use super::{Issuer, sessions, with};
use crate::support::{Admin, Answer, Person, TestApp, User};

pub(super) const CLIENT_ID: &str = "0oa-keytile";
pub(super) const KIND: &str = "global-token-revocation+jwt";

/// People sign in at this issuer.
pub(super) async fn configure(test: &TestApp, issuer: &str) {
    let (app, issuer) = (test.app.clone(), issuer.to_owned());
    test.write(move |tx, by| {
        Box::pin(async move {
            let secret = Some(Secret::new("a-client-secret".to_owned()));
            directories::put_sign_in(&app, tx, by, issuer, CLIENT_ID.into(), secret).await
        })
    })
    .await;
}

pub(super) fn url(test: &TestApp) -> String {
    directories::logout::request_url(&test.app, test.directory)
}

/// What a true token says.
pub(super) fn claims(test: &TestApp, issuer: &Issuer, id: &str) -> Value {
    let now = test.now().as_second();
    json!({
        "iss": issuer.url, "sub": CLIENT_ID, "aud": url(test), "jti": id, "iat": now, "nbf": now - 300,
        "exp": now + 300,
    })
}

pub(super) async fn ask(test: &TestApp, token: &str, body: &Value) -> Answer {
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(format!("/universal-logout/{}", test.directory))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    test.client().send(request.unwrap()).await
}

pub(super) fn at_issuer(issuer: &Issuer, person: &Person) -> Value {
    json!({ "sub_id": { "format": "iss_sub", "iss": issuer.url, "sub": person.okta } })
}

#[tokio::test]
async fn the_directory_ends_all_sessions_and_nothing_else() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    let ben = test.member("Ben", User).in_okta().await;
    let account = test.account(&ada, "Contentzilla", "").await;
    test.share(account, &ben, ItemRole::Collaborator).await;
    let (mut one, mut two, mut his) =
        (test.client_as(&ada).await, test.client_as(&ada).await, test.client_as(&ben).await);
    let token = issuer.signed(KIND, &claims(&test, &issuer, "1"));
    let answer = ask(&test, &token, &at_issuer(&issuer, &ada)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.body, "");
    for browser in [&mut one, &mut two] {
        assert_eq!(browser.get("/accounts").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(his.get("/accounts").await.status, StatusCode::OK, "nobody else");
    assert_eq!(test.recorded("session.universal_logout").await, 1);
    // She signs in again, has what she had, and is told.
    let mut again = test.client_as(&ada).await;
    let page = again.get(&format!("/accounts/{account}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Okta ended all your sessions here"), "{}", page.body);
}

/// An address names somebody only where exactly one person of this directory has it.
#[tokio::test]
async fn an_address_must_be_one_persons_alone() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    let local = test.member("Lola", User).await;
    let ben = test.member("Ben", User).await;
    // Ben's login is Ada's address.
    let email = |address: &str| json!({ "sub_id": { "format": "email", "email": address } });
    let token = |id: &str| issuer.signed(KIND, &claims(&test, &issuer, id));
    test.client_as(&ada).await;
    let answer = ask(&test, &token("1"), &email(&ada.email.to_uppercase())).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(sessions(&test, &ada).await, 0);
    test.client_as(&local).await;
    let answer = ask(&test, &token("2"), &email(&local.email)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "she is not of the directory");
    assert_eq!(sessions(&test, &local).await, 1);
    let sql = "UPDATE identity SET user_name_key = 'elsewhere' WHERE member_id = $1";
    test.tamper(sql, keytile::values![ada.id].to_vec()).await;
    test.identify(ben.id, &ada.email, "00uben").await;
    test.client_as(&ada).await;
    let answer = ask(&test, &token("3"), &email(&ada.email)).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "two people have it");
    assert_eq!(sessions(&test, &ada).await, 1);
}

#[tokio::test]
async fn whom_nobody_knows_and_what_nobody_can_read_have_answers_of_their_own() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    test.client_as(&ada).await;
    let token = |id: &str| issuer.signed(KIND, &claims(&test, &issuer, id));
    let elsewhere = json!({ "sub_id": { "format": "iss_sub", "iss": "https://evil.okta.com", "sub": ada.okta } });
    let nobody =
        json!({ "sub_id": { "format": "iss_sub", "iss": issuer.url, "sub": "00unobody" } });
    for (number, body) in [elsewhere, nobody].iter().enumerate() {
        let answer = ask(&test, &token(&format!("n{number}")), body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{body}");
    }
    for (number, body) in [
        json!(null),
        json!({}),
        json!({ "sub_id": {} }),
        json!({ "sub_id": { "format": "opaque", "id": "1" } }),
        json!({ "sub_id": [at_issuer(&issuer, &ada)] }),
    ]
    .iter()
    .enumerate()
    {
        let answer = ask(&test, &token(&format!("m{number}")), body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(sessions(&test, &ada).await, 1);
    let unknown = "/universal-logout/dir_00000000000000000000000000";
    assert_eq!(test.client().call(Method::POST, unknown).await.status, StatusCode::NOT_FOUND);
}

/// The key was changed at the issuer since we read it: it is read again, and an unknown one is refused.
#[tokio::test]
async fn a_new_key_of_the_issuer_is_read() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    *issuer.published.lock().unwrap() = vec!["kid-0"];
    let token = issuer.signed(KIND, &claims(&test, &issuer, "1"));
    let body = at_issuer(&issuer, &ada);
    // One router, so that what it knows of the issuer stays.
    let mut client = test.client();
    let path = format!("/universal-logout/{}", test.directory);
    let mut ask = async |token: &str| {
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(&path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body.to_string()));
        client.send(request.unwrap()).await.status
    };
    assert_eq!(ask(&token).await, StatusCode::UNAUTHORIZED);
    *issuer.published.lock().unwrap() = vec!["kid-0", "kid-1"];
    assert_eq!(ask(&token).await, StatusCode::UNAUTHORIZED, "not more than once a minute");
    test.advance(61);
    assert_eq!(ask(&token).await, StatusCode::NO_CONTENT);
}

/// C40: from us.
#[tokio::test]
async fn an_admin_ends_all_sessions_of_a_member() {
    let test = TestApp::start().await;
    let (ada, anna) = (test.member("Ada", User).await, test.member("Anna", Admin).await);
    let mut hers = test.client_as(&ada).await;
    test.client_as(&ada).await;
    let mut program = test.api_as(&ada).await;
    assert_eq!(program.get("/api/v1/me").await.status, StatusCode::OK);
    let mut browser = test.client_as(&anna).await;
    let page = browser.get(&format!("/members/{}", ada.id)).await;
    assert!(page.body.contains("End all sessions"));
    let answer = browser.post(&format!("/members/{}/end-sessions", ada.id), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(sessions(&test, &ada).await, 0);
    assert_eq!(hers.get("/accounts").await.status, StatusCode::SEE_OTHER);
    assert_eq!(program.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(test.recorded("api_key.revoked").await, 1);
    assert_eq!(test.recorded("session.all_ended").await, 1);
    let mut again = test.client_as(&ada).await;
    assert!(again.get("/accounts").await.body.contains("An admin ended all your sessions"));
    let told = browser.get("/activity").await.body;
    assert!(told.contains("ended the API key of"), "{told}");
    // Nobody signs the Owner out, and a User nobody.
    let owner = format!("/members/{}/end-sessions", test.owner.id);
    assert_eq!(browser.post(&owner, &[]).await.status, StatusCode::FORBIDDEN);
    let path = format!("/members/{}/end-sessions", anna.id);
    assert_eq!(again.post(&path, &[]).await.status, StatusCode::FORBIDDEN);

    // By the API as well.
    let mut api = test.api_as(&anna).await;
    let path = format!("/api/v1/members/{}/end-sessions", ada.id);
    let ended = api.json(Method::POST, &path, &json!({})).await;
    assert_eq!((ended.status, ended.json()), (StatusCode::OK, json!({ "ended": 1 })));
    assert_eq!(again.get("/accounts").await.status, StatusCode::SEE_OTHER);
}

/// One issuer signs for all its apps: what it signs for another one is not for us.
#[tokio::test]
async fn another_apps_logout_is_not_ours() {
    let test = TestApp::start().await;
    let issuer = Issuer::start().await;
    configure(&test, &issuer.url).await;
    let ada = test.member("Ada", User).in_okta().await;
    test.client_as(&ada).await;
    for sub in [json!("0oa-other"), json!(null), json!(ada.okta), json!([CLIENT_ID])] {
        let forged = with(claims(&test, &issuer, &sub.to_string()), "sub", sub.clone());
        let answer = ask(&test, &issuer.signed(KIND, &forged), &at_issuer(&issuer, &ada)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{sub}");
    }
    assert_eq!(sessions(&test, &ada).await, 1);
}
