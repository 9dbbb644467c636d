//! Event hooks, streams of security events and universal logout, as clients set them up.

use serde_json::{Value, json};

use crate::common::TestOrg;

fn hook(uri: &str) -> Value {
    json!({
        "name": "Keytile",
        "events": { "type": "EVENT_TYPE", "items": ["user.lifecycle.deactivate"] },
        "channel": {
            "type": "HTTP",
            "version": "1.0.0",
            "config": {
                "uri": uri,
                "authScheme": { "type": "HEADER", "key": "Authorization", "value": "s3cret" },
            },
        },
    })
}

#[tokio::test]
async fn a_hook_is_registered_changed_switched_off_and_deleted() {
    let org = TestOrg::new();
    let made = org.post("/api/v1/eventHooks", hook("https://keytile.example/hooks/okta/1")).await;
    assert_eq!(
        (&made.body["status"], &made.body["verificationStatus"]),
        (&json!("ACTIVE"), &json!("UNVERIFIED"))
    );
    assert_eq!(
        made.body["channel"]["config"]["authScheme"],
        json!({ "type": "HEADER", "key": "Authorization" })
    );
    let path = format!("/api/v1/eventHooks/{}", made.body["id"].as_str().unwrap());
    assert_eq!(org.get("/api/v1/eventHooks").await.body[0], made.body);
    org.delete(&path).await.refused(400, "E0000001");

    let id = made.body["id"].as_str().unwrap();
    org.sim.org().verify_hook(id).unwrap();
    let elsewhere = org.put(&path, hook("https://keytile.example/hooks/okta/2")).await;
    assert_eq!(elsewhere.body["verificationStatus"], "UNVERIFIED", "another address");

    let off = org.call("POST", &format!("{path}/lifecycle/deactivate"), None).await;
    assert_eq!(off.body["status"], "INACTIVE");
    assert_eq!(org.delete(&path).await.status, 204);
    org.get(&path).await.refused(404, "E0000007");
}

#[tokio::test]
async fn a_hook_that_makes_no_sense_is_refused() {
    let org = TestOrg::new();
    org.post("/api/v1/eventHooks", hook("http://keytile.example/")).await.refused(400, "E0000001");
    let mut unknown = hook("https://keytile.example/");
    unknown["events"]["items"] = json!(["user.lifecycle.delete.completed"]);
    org.post("/api/v1/eventHooks", unknown).await.refused(400, "E0000001");
    let nobody = org.post("/api/v1/eventHooks", hook("http://127.0.0.1:9/")).await;
    let path = format!("/api/v1/eventHooks/{}", nobody.body["id"].as_str().unwrap());
    let verify = format!("{path}/lifecycle/verify");
    org.call("POST", &verify, None).await.refused(400, "E0000001");
    let token = org.token();
    org.sim.org().token_mut(&token).unwrap().permissions =
        okta_sim::org::Permissions::Granted(okta_sim::org::Rights::application_administrator());
    org.get("/api/v1/eventHooks").await.refused(403, "E0000006");
}

#[tokio::test]
async fn a_stream_of_security_events_is_opened_described_and_closed() {
    let org = TestOrg::new();
    let body = json!({
        "events_requested": ["https://schemas.openid.net/secevent/caep/event-type/session-revoked"],
        "delivery": {
            "method": "urn:ietf:rfc:8935",
            "endpoint_url": "https://keytile.example/ssf/1",
            "authorization_header": "Bearer s3cret",
        },
    });
    let made = org.post("/api/v1/ssf/stream", body.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.body["aud"], "https://keytile.example/ssf/1");
    assert_eq!(made.body["events_delivered"], body["events_requested"]);
    assert!(!made.body.to_string().contains("s3cret"));
    assert_eq!(org.get("/api/v1/ssf/stream/status").await.body["status"], "enabled");
    let state = json!({ "state": "abc" });
    assert_eq!(org.post("/api/v1/ssf/stream/verification", state).await.status, 204);
    let about = org.get("/.well-known/ssf-configuration").await;
    assert_eq!(about.body["jwks_uri"], "https://test.okta.com/oauth2/v1/keys");
    assert_eq!(org.delete("/api/v1/ssf/stream").await.status, 204);
    assert_eq!(org.get("/api/v1/ssf/stream").await.body, json!([]));
}

#[tokio::test]
async fn a_client_has_somebody_logged_out_everywhere() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    let path = "/oauth2/v1/global-token-revocation";
    let by_id = json!({ "sub_id": { "format": "opaque", "id": ada } });
    assert_eq!(org.post(path, by_id).await.status, 204);
    let by_email = json!({ "sub_id": { "format": "email", "email": "ada@example.com" } });
    org.post(path, by_email).await.refused(400, "E0000001");
    let log =
        org.get("/api/v1/logs?filter=eventType+eq+%22user.authentication.universal_logout%22");
    assert_eq!(log.await.body[0]["target"][0]["id"], ada.as_str());
}
