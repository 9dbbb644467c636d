//! A browser with the extension, as the protocol sees it: two keys, signed requests, and opening what was sealed to it.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{DhP256HkdfSha256, X25519HkdfSha256};
use hpke::{Deserializable as _, Kem, OpModeR, Serializable as _, setup_receiver};
use http::{Method, Request};
use model::AccountId;
use rand::RngCore as _;
use seal::grant::{KemKind, SigningKey, verify};
use seal::token;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Person, TestApp};

/// One browser profile.
pub(super) struct Browser<'t> {
    test: &'t TestApp,
    /// Where its person is signed in.
    pub pages: Client,
    client: Client,
    signing: SigningKey,
    kem: KemKind,
    private: Vec<u8>,
    public: Vec<u8>,
    /// Its id, once it is enrolled.
    pub device: Option<String>,
    /// By which it checks the server.
    pub server_key: Vec<u8>,
    /// The version of its extension.
    pub version: &'static str,
    /// How far its clock is off, in milliseconds.
    pub clock: i64,
}

/// A grant, opened as the extension opens it.
#[derive(Debug)]
pub(super) struct Opened {
    pub context: Value,
    pub secrets: Value,
}

impl<'t> Browser<'t> {
    /// A browser in which this person is signed in, and whose extension has keys of this kind.
    pub(super) async fn of(test: &'t TestApp, person: &Person, kem: KemKind) -> Self {
        let mut rng = test.app.rng();
        let mut material = [0; 32];
        rng.fill_bytes(&mut material);
        let (private, public) = match kem {
            KemKind::X25519 => pair::<X25519HkdfSha256>(&material),
            KemKind::P256 => pair::<DhP256HkdfSha256>(&material),
        };
        let signing = SigningKey::from_scalar(&*SigningKey::generate(&mut rng)).expect("a key");
        Self {
            test,
            pages: test.client_as(person).await,
            client: test.client(),
            signing,
            kem,
            private,
            public,
            device: None,
            server_key: Vec::new(),
            version: "0.1.0",
            clock: 0,
        }
    }

    /// As [`Browser::of`], enrolled.
    pub(super) async fn enrolled(test: &'t TestApp, person: &Person) -> Self {
        let mut browser = Self::of(test, person, KemKind::X25519).await;
        let ticket = browser.connect_ticket().await;
        assert_eq!(browser.enrol(&ticket).await.status, 201);
        browser
    }

    /// The ticket of a page.
    pub(super) async fn ticket_at(&mut self, path: &str) -> String {
        let page = self.pages.get(path).await;
        ticket(&page.body).unwrap_or_else(|| panic!("{} {}", page.status, page.body))
    }

    pub(super) async fn connect_ticket(&mut self) -> String {
        self.ticket_at("/extension/connect").await
    }

    pub(super) async fn launch_ticket(&mut self, account: AccountId) -> String {
        self.ticket_at(&format!("/accounts/{account}/launch")).await
    }

    pub(super) async fn enrol(&mut self, ticket: &str) -> Answer {
        let body = json!({
            "ticket": ticket,
            "name": "Chrome on Linux",
            "signing_key": URL_SAFE_NO_PAD.encode(self.signing.public()),
            "sealing_key": { "kem": self.kem.code(), "key": URL_SAFE_NO_PAD.encode(&self.public) },
        });
        let answer = self.post("devices", &body).await;
        if answer.status == 201 {
            let told = answer.json();
            self.device = Some(told["device"].as_str().expect("an id").to_owned());
            self.server_key = bytes(&told["server_key"]);
        }
        answer
    }

    /// Redeems the ticket of a launch.
    pub(super) async fn redeem(&mut self, ticket: &str) -> Answer {
        self.post("grants", &json!({ "ticket": ticket })).await
    }

    /// From a click to an opened grant.
    pub(super) async fn log_in(&mut self, account: AccountId) -> (String, Opened) {
        let ticket = self.launch_ticket(account).await;
        let answer = self.redeem(&ticket).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let sealed = answer.json();
        let id = sealed["grant"].as_str().expect("an id").to_owned();
        (id, self.open("login-grant/v1", &sealed).expect("it opens here"))
    }

    pub(super) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        let request = self.signed(Method::POST, path, &body.to_string());
        self.client.send(request).await
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        let request = self.signed(Method::GET, path, "");
        self.client.send(request).await
    }

    pub(super) async fn put(&mut self, path: &str, body: &Value) -> Answer {
        let request = self.signed(Method::PUT, path, &body.to_string());
        self.client.send(request).await
    }

    /// Sends a request as it is.
    pub(super) async fn send(&mut self, request: Request<Body>) -> Answer {
        self.client.send(request).await
    }

    /// A request as the extension signs and a browser sends it: from an origin of its own, without cookies.
    pub(super) fn signed(&self, method: Method, path: &str, body: &str) -> Request<Body> {
        let path = format!("/extension/v1/{path}");
        let time = self.test.now().as_millisecond() + self.clock;
        let hash = URL_SAFE_NO_PAD.encode(token::sha256(body.as_bytes()));
        let origin = self.test.app.config.origin();
        let message = format!("keytile-request/v1\n{method}\n{origin}\n{path}\n{time}\n{hash}");
        let signature = URL_SAFE_NO_PAD.encode(self.signing.sign(message.as_bytes()));
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("origin", "chrome-extension://abcdefghijklmnopabcdefghijklmnop")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/json")
            .header("keytile-extension", self.version)
            .header("keytile-time", time.to_string())
            .header("keytile-signature", signature);
        if let Some(device) = &self.device {
            request = request.header("keytile-device", device);
        }
        request.body(Body::from(body.to_owned())).expect("a request")
    }

    /// Opens what was sealed to it; `None` where the signature, the keys or the context do not fit.
    pub(super) fn open(&self, purpose: &str, sealed: &Value) -> Option<Opened> {
        let text = |name: &str| sealed[name].as_str().expect("text").to_owned();
        let (encapsulated, ciphertext, context) =
            (text("encapsulated_key"), text("ciphertext"), text("context"));
        let signed = format!("{purpose}\n{encapsulated}\n{ciphertext}\n{context}");
        if !verify(&self.server_key, signed.as_bytes(), &bytes(&sealed["signature"])) {
            return None;
        }
        let (encapsulated, ciphertext) =
            (bytes(&sealed["encapsulated_key"]), bytes(&sealed["ciphertext"]));
        let opened = match self.kem {
            KemKind::X25519 => open::<X25519HkdfSha256>(
                &self.private,
                &encapsulated,
                &ciphertext,
                purpose,
                &context,
            ),
            KemKind::P256 => open::<DhP256HkdfSha256>(
                &self.private,
                &encapsulated,
                &ciphertext,
                purpose,
                &context,
            ),
        };
        Some(Opened {
            context: serde_json::from_str(&context).expect("JSON"),
            secrets: serde_json::from_slice(&opened?).expect("JSON"),
        })
    }
}

fn pair<K: Kem>(material: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (private, public) = K::derive_keypair(material);
    (private.to_bytes().to_vec(), public.to_bytes().to_vec())
}

fn open<K: Kem>(
    private: &[u8],
    encapsulated: &[u8],
    ciphertext: &[u8],
    purpose: &str,
    context: &str,
) -> Option<Vec<u8>> {
    let private = K::PrivateKey::from_bytes(private).ok()?;
    let encapsulated = K::EncappedKey::from_bytes(encapsulated).ok()?;
    let mode = OpModeR::Base;
    let mut receiver = setup_receiver::<AesGcm256, HkdfSha256, K>(
        &mode,
        &private,
        &encapsulated,
        purpose.as_bytes(),
    )
    .ok()?;
    receiver.open(ciphertext, context.as_bytes()).ok()
}

/// The ticket in a page.
pub(super) fn ticket(page: &str) -> Option<String> {
    let (_, after) = page.split_once("name=\"keytile-ticket\" content=\"")?;
    Some(after.split('"').next()?.to_owned())
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().expect("text")).expect("base64url")
}

/// The word of a refusal.
pub(super) fn code(answer: &Answer) -> (u16, String) {
    let told = answer.json();
    assert!(told["message"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    assert!(told["server_time"].is_i64(), "{told}");
    (answer.status.as_u16(), told["code"].as_str().unwrap_or_default().to_owned())
}
