//! What forms refuse, in words, with what was typed still there.

use http::StatusCode;

use crate::support::{OKTA_TOKEN, TestApp, account_form as account};

#[tokio::test]
async fn a_login_page_that_is_not_https_is_refused() {
    let app = TestApp::start().await;
    let mut browser = app.client_as(&app.owner).await;
    for url in
        ["http://login.example.com/", "javascript:alert(1)", "ftp://example.com/", "login.example"]
    {
        let answer = browser.post("/accounts", &account("Contentzilla", "", url)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert!(answer.body.contains("https://") && answer.body.contains(url), "{url}");
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM account").await, 0);
}

/// T16.
#[tokio::test]
async fn a_name_with_signs_that_reverse_or_command_is_refused() {
    let app = TestApp::start().await;
    let mut browser = app.client_as(&app.owner).await;
    for (name, app_name) in [
        ("Content\u{202e}zilla", "Instagram"),
        ("Contentzilla", "Insta\u{2066}gram"),
        ("Content\u{7}zilla", "Instagram"),
        ("Content\tzilla", "Instagram"),
    ] {
        let answer = browser.post("/accounts", &account(name, app_name, "")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
        let told =
            ["a hidden character that reverses text", "another control character. Remove it"];
        assert!(told.iter().any(|words| answer.body.contains(words)), "{name:?}");
        assert!(answer.body.contains("aria-invalid"), "the field is marked");
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM account").await, 0);
}

/// C2.
#[tokio::test]
async fn an_address_that_is_no_okta_org_is_refused_and_nothing_is_stored() {
    let mut app = TestApp::start().await;
    let not_okta = app.serve();
    let mut owner = app.client_as(&app.owner).await;
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for domain in [
        "",
        "acme",
        "acme.okta.com",
        "http://acme.okta.com",
        "https://acme.okta.com/admin",
        "https://acme-admin.okta.com",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://okta.com.example",
        &nobody,
        &not_okta,
    ] {
        let answer =
            owner.post("/settings/okta", &[("domain", domain), ("token", OKTA_TOKEN)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{domain}");
        assert!(!answer.body.contains(OKTA_TOKEN), "{domain}");
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM portal").await, 0);
    assert!(app.okta.asked().is_empty(), "the token went nowhere else");
}

/// C2.
#[tokio::test]
async fn a_token_without_the_needed_rights_is_refused_by_the_name_of_what_is_missing() {
    let app = TestApp::start().await;
    for token in app.okta.sim.org().tokens.values_mut() {
        token.permissions = okta_sim::org::Permissions::None;
    }
    let mut owner = app.client_as(&app.owner).await;
    let fields = [("domain", app.okta.url.as_str()), ("token", OKTA_TOKEN)];
    let answer = owner.post("/settings/okta", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("The connection was not saved"));
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM portal").await, 0);
}
