//! The client over a wire without sockets: the seam that a simulation uses.

use http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use portal::okta::{Credential, NoAnswer, NoAnswerKind, OktaPortal, Reply, Sending, Wire};
use portal::{AppId, Applied, Error, Portal, Priority, Reserve, Step, TileRef};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const URL: &str = "https://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL";

/// An org of one app, in memory.
#[derive(Default)]
struct Org {
    seen: Mutex<Vec<Request<Vec<u8>>>>,
    is_down: bool,
}

impl Wire for Org {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        let status = StatusCode::OK;
        let body = json!({
            "id": "0oa1", "name": "bookmark", "label": "A", "status": "ACTIVE",
            "settings": { "app": { "url": URL } },
        });
        self.seen.lock().expect("no poison").push(request);
        let answer = if self.is_down {
            let detail = "the line is cut".to_owned();
            Err(NoAnswer { kind: NoAnswerKind::Other, was_sent: true, detail })
        } else {
            let body = Ok(body.to_string().into_bytes());
            Ok(Reply { status, headers: HeaderMap::new(), body })
        };
        Box::pin(std::future::ready(answer))
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a valid instant")
}

fn portal(org: &Arc<Org>) -> OktaPortal {
    let wire: Arc<dyn Wire> = Arc::<Org>::clone(org);
    let domain = "https://org.example".parse().expect("a URL");
    let token = Credential::Token("t0ken".to_owned().into());
    OktaPortal::over(wire, domain, token, None)
}

async fn create(portal: &OktaPortal) -> Result<Applied, Error> {
    let step = Step::Create { label: "A".to_owned(), url: URL.to_owned() };
    let Reserve::Now(ticket) = portal.reserve(&step, Priority::Person, now()) else {
        panic!("no room");
    };
    portal.apply(ticket, TileRef { app: None, url: URL }, &step, &now).await
}

#[tokio::test]
async fn a_step_is_one_request_on_the_wire_and_needs_no_socket() {
    let org = Arc::new(Org::default());
    let portal = portal(&org);
    assert!(matches!(create(&portal).await, Ok(Applied::Created(_))));
    let read = portal.read(&AppId("0oa1".to_owned()), Priority::Person, &now).await;
    assert_eq!(read.expect("an answer").expect("an app").url, URL);
    let seen = org.seen.lock().expect("no poison");
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].uri(), "https://org.example/api/v1/apps");
    assert_eq!(seen[0].headers()["authorization"], "SSWS t0ken");
    assert!(seen[0].headers()["authorization"].is_sensitive(), "T26");
    let sent: Value = serde_json::from_slice(seen[0].body()).expect("JSON");
    assert_eq!(sent["settings"]["app"]["url"], URL);
}

/// R2: the wire tells whether Okta may have seen it, and nothing is sent again.
#[tokio::test]
async fn a_cut_line_leaves_the_outcome_of_a_create_unknown() {
    let org = Arc::new(Org { is_down: true, ..Org::default() });
    let result = create(&portal(&org)).await;
    assert!(result.as_ref().is_err_and(Error::is_outcome_unknown), "{result:?}");
    assert_eq!(org.seen.lock().expect("no poison").len(), 1);
}
