//! Passkeys, made and used by an authenticator written out here (WebAuthn level 3, sections 5.8.1, 6.1, 6.5).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use keytile::clock::Chance;
use keytile::{App, signin};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Answer, Client, Person, TestApp, User, client};

/// An authenticator with one key, which always verifies its user.
pub struct Authenticator {
    key: EcdsaKeyPair,
    origin: String,
    user: String,
    counter: u32,
}

impl Authenticator {
    pub fn new(app: &App) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { key, origin: app.config.origin(), user: String::new(), counter: 0 }
    }

    const ID: [u8; 16] = [7; 16];

    fn client_data(&self, kind: &str, challenge: &Value) -> String {
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    /// User present, user verified, and with `attested` the new key (section 6.1).
    fn data(&mut self, attested: bool) -> Vec<u8> {
        self.counter += 1;
        let mut data = Sha256::digest("localhost").to_vec();
        data.push(if attested { 0x45 } else { 0x05 });
        data.extend(self.counter.to_be_bytes());
        if attested {
            data.extend([0; 16]);
            data.extend([0, 16]);
            data.extend(Self::ID);
            let point = self.key.public_key().as_ref();
            // COSE_Key: EC2, ES256, P-256, x, y (RFC 9053, section 7.1).
            data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
            data.extend(&point[1..33]);
            data.extend([0x22, 0x58, 0x20]);
            data.extend(&point[33..65]);
        }
        data
    }

    pub fn create(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let data = self.data(true);
        let mut object = vec![0xa3];
        object
            .extend([&[0x63][..], b"fmt", &[0x64], b"none", &[0x67], b"attStmt", &[0xa0]].concat());
        object.extend(
            [&[0x68][..], b"authData", &[0x58, u8::try_from(data.len()).unwrap()], &data].concat(),
        );
        let said = self.client_data("webauthn.create", &options["challenge"]);
        Self::credential(
            &json!({ "attestationObject": text(&object), "clientDataJSON": text(said.as_bytes()) }),
        )
    }

    pub fn get(&mut self, options: &Value) -> Value {
        let said = self.client_data("webauthn.get", &options["publicKey"]["challenge"]);
        let data = self.data(false);
        let signed = [&data[..], &Sha256::digest(&said)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        Self::credential(&json!({
            "authenticatorData": text(&data), "clientDataJSON": text(said.as_bytes()),
            "signature": text(signature.as_ref()), "userHandle": self.user,
        }))
    }

    fn credential(response: &Value) -> Value {
        let id = text(&Self::ID);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Keytile at a host name: browsers make no passkeys for an address.
pub async fn at_localhost(app: &TestApp) -> App {
    let mut config = app.app.config.clone();
    config.public_url.set_host(Some("localhost")).unwrap();
    App::open(config, app.app.clock.clone(), Chance::seeded(77)).await.unwrap()
}

pub async fn post(browser: &mut Client, path: &str, body: &Value) -> Answer {
    browser.json(Method::POST, path, body).await
}

pub async fn invite(app: &App, person: &Person, test: &TestApp) -> String {
    let token = signin::invite(app, test.workspace, person.id).await.unwrap();
    format!("/set-up/{}", token.expose())
}

/// The first Owner's way: a one-time link, a passkey, and from then on the passkey alone.
#[tokio::test]
async fn a_one_time_link_makes_a_passkey_that_signs_in() {
    let test = TestApp::start().await;
    let app = at_localhost(&test).await;
    let link = invite(&app, &test.owner, &test).await;
    let mut browser = client(&app);
    let mut key = Authenticator::new(&app);
    assert!(browser.get(&link).await.body.contains("Create a passkey"));

    let options = post(&mut browser, &format!("{link}/start"), &json!({})).await.json();
    let made = key.create(&options);
    let done = post(&mut browser, &format!("{link}/finish"), &made).await;
    assert_eq!(
        (done.status, done.json()["location"].as_str()),
        (StatusCode::OK, Some("/")),
        "{}",
        done.body
    );
    assert_eq!(browser.get("/confirm").await.status, StatusCode::OK);

    assert_eq!(browser.get(&link).await.status, StatusCode::NOT_FOUND, "the link works once");
    let again = post(&mut browser, &format!("{link}/start"), &json!({})).await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    let mut another = client(&app);
    let options = post(&mut another, "/sign-in/passkey/start", &json!({})).await.json();
    let used = key.get(&options);
    let mut thief = client(&app);
    let stolen = post(&mut thief, "/sign-in/passkey/finish", &used).await;
    assert_eq!(stolen.status, StatusCode::CONFLICT, "another browser's ceremony");
    let inside = post(&mut another, "/sign-in/passkey/finish?return_to=/teams", &used).await;
    assert_eq!(inside.json()["location"], "/teams", "{}", inside.body);
    assert_eq!(another.get("/confirm").await.status, StatusCode::OK);
    let replayed = post(&mut another, "/sign-in/passkey/finish", &used).await;
    assert_eq!(replayed.status, StatusCode::CONFLICT, "an answer works once");
    assert_eq!(test.recorded("session.opened").await, 2);
}

#[tokio::test]
async fn a_one_time_link_lasts_a_day_and_a_guess_opens_nothing() {
    let test = TestApp::start().await;
    let link = invite(&test.app, &test.owner, &test).await;
    assert_eq!(test.client().get("/set-up/kti_000000000000_0").await.status, StatusCode::NOT_FOUND);
    test.advance(24 * 60 * 60);
    let page = test.client().get(&link).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("This link cannot be used"), "{}", page.body);
}

/// C41 with a passkey; and the only way in cannot be removed.
#[tokio::test]
async fn a_passkey_confirms_and_the_last_one_stays() {
    let test = TestApp::start().await;
    let app = at_localhost(&test).await;
    let link = invite(&app, &test.owner, &test).await;
    let (mut browser, mut key) = (client(&app), Authenticator::new(&app));
    let options = post(&mut browser, &format!("{link}/start"), &json!({})).await.json();
    let made = key.create(&options);
    post(&mut browser, &format!("{link}/finish"), &made).await;

    test.advance(301);
    let actor = test.actor(&test.owner).await;
    let id = signin::passkey::list(&app, &actor).await.unwrap()[0].id;
    let remove = format!("/profile/passkeys/{id}/remove");
    assert_eq!(browser.post(&remove, &[]).await.location(), "/confirm");

    let options = post(&mut browser, "/confirm/passkey/start", &json!({})).await.json();
    let used = key.get(&options);
    let done = post(&mut browser, "/confirm/passkey/finish?return_to=/profile", &used).await;
    assert_eq!(done.json()["location"], "/profile", "{}", done.body);
    let refused = browser.post(&remove, &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("your only way to sign in"), "{}", refused.body);
}

#[tokio::test]
async fn a_passkey_of_somebody_who_was_suspended_opens_nothing() {
    let test = TestApp::start().await;
    let app = at_localhost(&test).await;
    let ada = test.member("Ada", User).await;
    let link = invite(&app, &ada, &test).await;
    let (mut browser, mut key) = (client(&app), Authenticator::new(&app));
    let options = post(&mut browser, &format!("{link}/start"), &json!({})).await.json();
    let made = key.create(&options);
    post(&mut browser, &format!("{link}/finish"), &made).await;
    let owner = test.actor(&test.owner).await;
    keytile::members::suspend(&app, &owner, ada.id).await.unwrap();

    let options = post(&mut browser, "/sign-in/passkey/start", &json!({})).await.json();
    let used = key.get(&options);
    let refused = post(&mut browser, "/sign-in/passkey/finish", &used).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert_eq!(browser.get("/confirm").await.status, StatusCode::SEE_OTHER);
}
