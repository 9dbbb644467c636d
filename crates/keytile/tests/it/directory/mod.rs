//! The ways in besides SCIM: comparing with the directory itself, its event hooks, and its wish to sign somebody out.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail as the tests do")]

mod apps;
mod compare;
mod forged;
mod guarded;
mod health;
mod hooks;
mod lag;
mod logout;
mod many;
mod pages;
mod stream;
mod told;

use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use keytile::directories::watch::{self, Run, Watched};
use keytile::{settings, sync, values};
use model::workspace::MemberStatus;
use okta_sim::org::{AppKind, NewApp, ScimConnection};
use portal::okta::OktaPortal;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, User, rsa};

/// Keytile, an Okta that provisions it by an app, and a worker's memory of its comparisons.
struct World {
    test: TestApp,
    app: String,
    portal: OktaPortal,
    run: Run,
}

impl World {
    async fn new() -> Self {
        Self::with(okta_sim::Limits::None).await
    }

    async fn with(limits: okta_sim::Limits) -> Self {
        let test = TestApp::start_with(limits).await;
        test.turn_on().await;
        let app = provisioning_app(&test, "Keytile SCIM");
        let portal = portal(&test).await;
        let this = Self { test, app, portal, run: Run::default() };
        this.choose(&this.app).await;
        this
    }

    /// The app that tells us of people is this one.
    async fn choose(&self, app: &str) {
        let (sql, app) =
            ("UPDATE directory SET scim_app_id = $1, scim_app_label = 'Keytile SCIM'", app);
        self.test.tamper(sql, values![app].to_vec()).await;
    }

    /// Somebody whom Okta has pushed here, long ago.
    async fn person(&self, name: &str) -> Person {
        let person = self.newcomer(name).await;
        let sql = "UPDATE identity SET started_at = 0 WHERE member_id = $1";
        self.test.tamper(sql, values![person.id].to_vec()).await;
        person
    }

    /// Somebody whom Okta has pushed here just now.
    async fn newcomer(&self, name: &str) -> Person {
        let person = self.test.member(name, User).in_okta().await;
        let external = person.okta.as_deref().unwrap();
        self.test.okta.sim.org().assign_user(&self.app, external, None, None, None).unwrap();
        person
    }

    async fn people(&self, count: usize) -> Vec<Person> {
        let mut people = Vec::new();
        for number in 0..count {
            people.push(self.person(&format!("Person {number}")).await);
        }
        people
    }

    /// They lose the app in Okta, and Okta does not say so.
    fn unassign(&self, person: &Person) {
        let external = person.okta.as_deref().unwrap();
        self.test.okta.sim.org().unassign_user(&self.app, external).unwrap();
    }

    /// A comparison is due now; takes turns until there is nothing left to do without waiting.
    async fn compare(&mut self) {
        // Of two comparisons in one instant nobody could say which was the newer.
        self.test.advance_millis(1);
        self.test.tamper("UPDATE directory SET check_due_at = 0", Vec::new()).await;
        self.turns().await;
    }

    /// Takes turns until there is nothing left to do without waiting.
    async fn turns(&mut self) -> Option<model::Timestamp> {
        for _ in 0..100 {
            let (app, workspace) = (&self.test.app, self.test.workspace);
            let turn = watch::turn(app, workspace, &self.portal, &mut self.run).await.unwrap();
            if let Watched::Rests(until) = turn {
                return until;
            }
        }
        panic!("the watch never rests");
    }

    async fn status(&self, person: &Person) -> MemberStatus {
        self.test.actor(person).await.status
    }

    /// How many of these are here.
    async fn here(&self, people: &[Person]) -> usize {
        let mut here = 0;
        for person in people {
            here += usize::from(self.status(person).await == MemberStatus::Active);
        }
        here
    }

    /// One number of the newest comparison.
    async fn last(&self, number: &'static str) -> i64 {
        let sql = match number {
            "calls" => {
                "SELECT calls AS n FROM directory_run ORDER BY begun_at DESC, id DESC LIMIT 1"
            }
            "looks" => {
                "SELECT looks AS n FROM directory_run ORDER BY begun_at DESC, id DESC LIMIT 1"
            }
            "removed" => {
                "SELECT removed AS n FROM directory_run ORDER BY begun_at DESC, id DESC LIMIT 1"
            }
            "waiting" => {
                "SELECT waiting AS n FROM directory_run ORDER BY begun_at DESC, id DESC LIMIT 1"
            }
            other => panic!("{other}"),
        };
        self.test.count(sql).await
    }

    /// Why the newest comparison came to nothing.
    async fn problem(&self) -> Option<String> {
        let mut tx = self.test.app.db.read().await.unwrap();
        let sql = "SELECT problem FROM directory_run ORDER BY begun_at DESC, id DESC LIMIT 1";
        tx.one(sql, &[]).await.unwrap().opt_text("problem").unwrap()
    }
}

/// An app of the simulated Okta that provisions people.
fn provisioning_app(test: &TestApp, label: &str) -> String {
    let kind = AppKind::Other {
        name: "scim2headerauth".into(),
        sign_on_mode: Some("AUTO_LOGIN".into()),
        settings: serde_json::Map::new(),
    };
    let mut org = test.okta.sim.org();
    let id = org.create_app(NewApp::of_kind(label, kind), true).unwrap();
    org.apps.get_mut(&id).unwrap().scim = Some(ScimConnection::default());
    id
}

async fn portal(test: &TestApp) -> OktaPortal {
    let mut tx = test.app.db.read().await.unwrap();
    let row = sync::store::portal(&mut tx, test.workspace).await.unwrap().unwrap();
    let portal = settings::open_portal(&test.app, &mut tx, &row).await.unwrap();
    portal.with_recorder(sync::worker::recorder())
}

/// An issuer that signs whatever a test asks for.
struct Issuer {
    url: String,
    key: EncodingKey,
    other_key: EncodingKey,
    /// Key ids that it publishes.
    published: Arc<Mutex<Vec<&'static str>>>,
}

impl Issuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let key = rsa();
        let public = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        let published = Arc::new(Mutex::new(vec!["kid-1"]));
        let keys = {
            let published = Arc::clone(&published);
            move || async move {
                let keys: Vec<Jwk> = published
                    .lock()
                    .unwrap()
                    .iter()
                    .map(|kid| {
                        let mut public = public.clone();
                        public.common.key_id = Some((*kid).to_owned());
                        public
                    })
                    .collect();
                Json(json!({ "keys": keys }))
            }
        };
        let metadata = json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(|| async { Json(metadata) }))
            .route("/keys", get(keys));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, key, other_key: rsa(), published }
    }

    fn signed(&self, kind: &str, claims: &Value) -> String {
        signed_by(&self.key, kind, claims)
    }
}

fn signed_by(key: &EncodingKey, kind: &str, claims: &Value) -> String {
    let header = Header {
        kid: Some("kid-1".into()),
        typ: Some(kind.to_owned()),
        ..Header::new(Algorithm::RS256)
    };
    encode(&header, claims, key).unwrap()
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// How many sessions of this person are alive.
async fn sessions(test: &TestApp, person: &Person) -> i64 {
    let sql = "SELECT COUNT(*) AS n FROM session WHERE member_id = $1 AND ended_at IS NULL";
    test.count_of(sql, values![person.id]).await
}
