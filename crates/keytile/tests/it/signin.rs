//! Signing in through Okta: who comes in, who does not, and what a session is worth afterwards.

#![expect(clippy::unwrap_used, reason = "what a test itself arranges must stand")]

mod approval;
mod forged;
pub mod passkeys;
mod sessions;

use std::collections::HashMap;

use http::StatusCode;
use keytile::directories;
use model::secret::Secret;
use okta_sim::org::{AppKind, NewApp, OidcClient};
use url::Url;

use crate::support::{Answer, Client, Person, TestApp, User};

const CLIENT_ID: &str = "0oa-keytile";
const CLIENT_SECRET: &str = "a-client-secret";

/// People sign in at this issuer.
pub async fn configure(app: &TestApp, issuer: &str) {
    let (keytile, issuer) = (app.app.clone(), issuer.to_owned());
    app.write(move |tx, by| {
        Box::pin(async move {
            let secret = Some(Secret::new(CLIENT_SECRET.to_owned()));
            directories::put_sign_in(&keytile, tx, by, issuer, CLIENT_ID.into(), secret).await
        })
    })
    .await;
}

/// Keytile is an OIDC app of the simulated Okta, and these people are assigned to it.
pub async fn connect(app: &TestApp, people: &[&Person]) {
    configure(app, &app.okta.url).await;
    let client = OidcClient {
        client_id: CLIENT_ID.into(),
        client_secret: CLIENT_SECRET.into(),
        redirect_uris: vec![format!("{}/sign-in/callback", app.app.config.origin())],
        ..OidcClient::default()
    };
    let mut org = app.okta.sim.org();
    let id = org.create_app(NewApp::of_kind("Keytile", AppKind::Oidc(client)), true).unwrap();
    for person in people {
        org.assign_user(&id, person.okta.as_deref().unwrap(), None, None, None).unwrap();
    }
}

/// The same browser at Okta.
pub struct AtOkta {
    http: reqwest::Client,
    cookie: String,
}

impl AtOkta {
    pub fn new(app: &TestApp) -> Self {
        Self { http: app.app.guard.client(), cookie: String::new() }
    }

    /// Follows a link until Okta sends the browser back to Keytile, or asks who it is.
    pub async fn follow(&self, url: &str) -> Url {
        let mut url = Url::parse(url).unwrap();
        let okta = url.origin();
        loop {
            let request = self.http.get(url.clone()).header("cookie", &self.cookie);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 302, "{url}");
            url = url.join(answer.headers()["location"].to_str().unwrap()).unwrap();
            if url.origin() != okta || ["/login", "/login/verify"].contains(&url.path()) {
                return url;
            }
        }
    }

    /// Signs in where Okta asks who it is, and goes on.
    pub async fn sign_in(&mut self, asked: &Url, person: &Person) -> Url {
        assert_eq!(asked.path(), "/login", "Okta asks who it is");
        let from = query(asked).remove("fromURI").unwrap_or_default();
        let form = [
            ("username", person.email.as_str()),
            ("password", "correct horse"),
            ("fromURI", &from),
        ];
        let login = asked.join("/login").unwrap();
        let answer = self.http.post(login).form(&form).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().clone_into(&mut self.cookie);
        let next = asked.join(answer.headers()["location"].to_str().unwrap()).unwrap();
        self.follow(next.as_str()).await
    }

    /// Shows a second factor where Okta asks for it, and goes on.
    pub async fn verify(&self, asked: &Url) -> Url {
        assert_eq!(asked.path(), "/login/verify", "Okta asks for a second factor");
        let from = query(asked).remove("fromURI").unwrap_or_default();
        let request =
            self.http.post(asked.join("/login/verify").unwrap()).form(&[("fromURI", &from)]);
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        let next = asked.join(answer.headers()["location"].to_str().unwrap()).unwrap();
        self.follow(next.as_str()).await
    }
}

pub fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// Where signing in begins, as the sign-in page links to it.
pub fn begin(app: &TestApp, return_to: &str) -> String {
    keytile::http::router::sign_in_okta(app.workspace, return_to, false)
}

/// The whole way, as a person goes it.
pub async fn walk_in(
    app: &TestApp,
    browser: &mut Client,
    person: &Person,
    return_to: &str,
) -> Answer {
    let mut okta = AtOkta::new(app);
    let away = browser.get(&begin(app, return_to)).await;
    assert_eq!(away.status, StatusCode::SEE_OTHER, "{}", away.body);
    let asked = okta.follow(away.location()).await;
    let back = okta.sign_in(&asked, person).await;
    browser.get(path(&back)).await
}

pub fn path(url: &Url) -> &str {
    &url[url::Position::BeforePath..]
}

/// S40, C31: the person comes in as themselves, and where they wanted to go.
#[tokio::test]
async fn a_person_signs_in_through_okta_and_goes_on_where_they_wanted() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    connect(&app, &[&ada]).await;
    let mut browser = app.client();

    let stopped = browser.get("/accounts?q=insta&sort=name").await;
    assert_eq!(stopped.location(), "/sign-in?return_to=%2Faccounts%3Fq%3Dinsta%26sort%3Dname");
    let page = browser.get(stopped.location()).await;
    assert!(
        page.body.contains("Sign in with Okta") && page.body.contains("q%3Dinsta"),
        "{}",
        page.body
    );

    let inside = walk_in(&app, &mut browser, &ada, "/accounts?q=insta&sort=name").await;
    assert_eq!(
        (inside.status, inside.location()),
        (StatusCode::SEE_OTHER, "/accounts?q=insta&sort=name")
    );
    assert_eq!(app.recorded("session.opened").await, 1);
    assert_eq!(browser.get("/sign-in?return_to=/teams").await.location(), "/teams");
}

/// What Okta is asked for: a code by PKCE, with a nonce and a state of their own (ASVS 10.2.1).
#[tokio::test]
async fn each_sign_in_has_its_own_state_nonce_and_challenge() {
    let app = TestApp::start().await;
    connect(&app, &[]).await;
    let mut browser = app.client();
    let first = Url::parse(browser.get(&begin(&app, "/")).await.location()).unwrap();
    let second = Url::parse(browser.get(&begin(&app, "/")).await.location()).unwrap();
    let (first, second) = (query(&first), query(&second));
    assert_eq!(first["response_type"], "code");
    assert_eq!(first["code_challenge_method"], "S256");
    assert_eq!(first["scope"], "openid profile");
    for own in ["state", "nonce", "code_challenge"] {
        assert_ne!(first[own], second[own], "{own}");
    }
}

/// T6: who has the victim's e-mail address at Okta, but another id, is nobody here; and it is on record.
#[tokio::test]
async fn an_email_address_alone_opens_nothing() {
    let app = TestApp::start().await;
    let victim = app.member("Ada", User).await;
    let mut impostor = victim.clone();
    let new = okta_sim::org::NewUser::person(&victim.email, "Ada", "Example", "correct horse");
    impostor.okta = Some(app.okta.sim.org().create_user(new).unwrap());
    connect(&app, &[&impostor]).await;
    let mut browser = app.client();

    let answer = walk_in(&app, &mut browser, &impostor, "/").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("You are not in this workspace yet"), "{}", answer.body);
    assert_eq!(app.recorded("sign_in.refused").await, 1);
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.cookie("keytile"), None);
}

#[tokio::test]
async fn who_is_not_assigned_in_okta_reads_what_to_do() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    connect(&app, &[]).await;
    let answer = walk_in(&app, &mut app.client(), &ada, "/").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("Ask an Okta admin to assign you"), "{}", answer.body);
}

/// T12, login CSRF: what one browser began, another cannot finish, and nobody can finish it twice or late.
#[tokio::test]
async fn a_sign_in_belongs_to_the_browser_that_began_it() {
    let app = TestApp::start().await;
    let mallory = app.member("Mallory", User).in_okta().await;
    connect(&app, &[&mallory]).await;
    let (mut hers, mut victims) = (app.client(), app.client());
    let mut okta = AtOkta::new(&app);
    let asked = okta.follow(hers.get(&begin(&app, "/")).await.location()).await;
    let back = okta.sign_in(&asked, &mallory).await;

    let answer = victims.get(path(&back)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(victims.cookie("keytile"), None);
    assert_eq!(hers.get(path(&back)).await.status, StatusCode::FORBIDDEN, "it is used up");

    let back = okta.follow(hers.get(&begin(&app, "/")).await.location()).await;
    app.advance(601);
    assert_eq!(hers.get(path(&back)).await.status, StatusCode::FORBIDDEN, "ten minutes are over");
    assert_eq!(app.recorded("session.opened").await, 0);
}

/// ASVS 3.7.2: only paths of ours, judged as browsers read them.
#[tokio::test]
async fn nobody_is_sent_to_another_site_afterwards() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut browser = app.client_as(&ada).await;
    let tries = [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/..//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/sign-out",
        "",
    ];
    for text in tries {
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let answer = browser.get(&format!("/sign-in?return_to={encoded}")).await;
        let base = Url::parse(&app.app.config.origin()).unwrap();
        let lands = base.join(answer.location()).unwrap();
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{text:?}");
        assert_eq!(lands.origin(), base.origin(), "{text:?} leads to {lands}");
        assert!(!lands.path().starts_with("//"), "{text:?} leads to {lands}");
    }
}

/// C24: what Okta says about itself is kept, so its going away is noticed by a look beside: nobody waits for that, and who
/// comes next reads the page that offers another way, until Okta is back.
#[tokio::test]
async fn an_okta_that_goes_down_is_noticed_and_nobody_waits_for_that() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    connect(&app, &[&ada]).await;
    let mut browser = app.client_as(&ada).await;
    assert_eq!(browser.get(&begin(&app, "/")).await.status, StatusCode::SEE_OTHER);

    app.okta.go_down();
    app.advance(59);
    assert_eq!(browser.get(&begin(&app, "/")).await.status, StatusCode::SEE_OTHER);
    app.advance(2);
    let mut answer = browser.get(&begin(&app, "/")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "the look is not waited for");
    for _ in 0..1_000 {
        if answer.status != StatusCode::SEE_OTHER {
            break;
        }
        // Until the look has come back.
        tokio::task::yield_now().await;
        answer = browser.get(&begin(&app, "/")).await;
    }
    for _ in 0..2 {
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert!(answer.body.contains("Okta could not be reached"), "{}", answer.body);
        assert!(answer.body.contains("with Okta</a>"), "they may try again: {}", answer.body);
        answer = browser.get(&keytile::http::router::confirm_with_okta("/")).await;
    }
    app.okta.come_back();
    let back = browser.get(&begin(&app, "/")).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
}

/// U8: Okta that is away is told in words, and by a status.
#[tokio::test]
async fn an_okta_that_is_away_is_told_in_words() {
    let app = TestApp::start().await;
    configure(&app, "http://127.0.0.1:9").await;
    let answer = app.client().get(&begin(&app, "/")).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.body.contains("Okta could not be reached"), "{}", answer.body);
}
