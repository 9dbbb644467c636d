//! What a client reads about provisioning: the two apps, who has them, and which groups are pushed.

use okta_sim::org::{AppKind, NewApp, OidcClient, ScimConnection, Switches};
use serde_json::{Map, Value, json};

use crate::common::TestOrg;

impl TestOrg {
    /// The app that people sign in through, as the wizard makes it: it cannot provision.
    fn sign_in_app(&self) -> String {
        let client = OidcClient { client_id: "0oaclient".to_owned(), ..OidcClient::default() };
        let app = NewApp::of_kind("Keytile sign-in", AppKind::Oidc(client));
        self.sim.org().create_app(app, true).unwrap()
    }

    fn scim_app(&self) -> String {
        let kind = AppKind::Other {
            name: "scim20_headerauth".to_owned(),
            sign_on_mode: None,
            settings: Map::new(),
        };
        let mut org = self.sim.org();
        let app = org.create_app(NewApp::of_kind("Keytile", kind), true).unwrap();
        org.app_mut(&app).unwrap().scim = Some(ScimConnection::default());
        app
    }
}

#[tokio::test]
async fn signing_in_and_provisioning_are_two_apps_with_assignments_of_their_own() {
    let org = TestOrg::new();
    let (sign_in, scim) = (org.sign_in_app(), org.scim_app());
    let (ada, group) = (org.new_user("ada").await, org.new_group("Keytile people").await);
    org.assign(&sign_in, &ada).await;
    org.assign_group(&scim, &group).await;
    let clients = org.get("/api/v1/apps?filter=name+eq+%22oidc_client%22").await;
    assert_eq!(clients.ids(), [sign_in.as_str()]);
    assert_eq!(clients.body[0]["credentials"]["oauthClient"]["client_id"], "0oaclient");
    assert_eq!(clients.body[0]["features"], json!([]));
    assert_eq!(clients.body[0]["universalLogout"]["status"], "DISABLED");
    // Null is what Okta prints here, which its own description does not allow.
    let app = org.send("GET", &format!("/api/v1/apps/{scim}"), "", "").await;
    assert!(app.body["features"].as_array().unwrap().contains(&json!("GROUP_PUSH")));

    let people = |app: &str| format!("/api/v1/apps/{app}/users");
    assert_eq!(org.get(&people(&sign_in)).await.ids(), [ada.as_str()]);
    assert!(org.get(&people(&scim)).await.ids().is_empty());
    let groups = |app: &str| format!("/api/v1/apps/{app}/groups");
    assert_eq!(org.get(&groups(&scim)).await.ids(), [group.as_str()]);
    assert!(org.get(&groups(&sign_in)).await.ids().is_empty());

    let switches = Switches { deactivate_users: false, ..Switches::default() };
    org.sim.org().configure_provisioning(&scim, |scim| scim.switches = switches).unwrap();
    let app = org.send("GET", &format!("/api/v1/apps/{scim}"), "", "").await;
    assert!(!app.body["features"].as_array().unwrap().contains(&json!("PUSH_USER_DEACTIVATION")));
}

#[tokio::test]
async fn a_group_push_mapping_is_made_paused_and_deleted() {
    let org = TestOrg::new();
    let (scim, group) = (org.scim_app(), org.new_group("Finance").await);
    let all = format!("/api/v1/apps/{scim}/group-push/mappings");
    let new = json!({ "sourceGroupId": group, "targetGroupName": "Finance", "status": "ACTIVE" });
    let made = org.post(&all, new.clone()).await;
    assert_eq!((made.status.as_u16(), &made.body["status"]), (200, &json!("ACTIVE")));
    assert_eq!(made.body["created"], "2026-01-01T00:00:00Z");
    org.post(&all, new).await.refused(400, "E0000001");
    org.post(&all, json!({ "sourceGroupId": group })).await.refused(400, "E0000001");

    let one = format!("{all}/{}", made.body["id"].as_str().unwrap());
    assert_eq!(org.get(&one).await.body, made.body);
    org.delete(&one).await.refused(400, "E0000001");
    let off = org.call("PATCH", &one, Some(json!({ "status": "INACTIVE" }))).await;
    assert_eq!(off.body["status"], "INACTIVE");
    assert!(org.get(&format!("{all}?status=ACTIVE")).await.ids().is_empty());
    let by_group = org.get(&format!("{all}?sourceGroupId={group}")).await;
    assert_eq!(by_group.body[0]["id"], made.body["id"]);
    let gone = org.delete(&format!("{one}?deleteTargetGroup=false")).await;
    assert_eq!((gone.status.as_u16(), gone.body), (200, Value::Null));
    org.get(&one).await.refused(404, "E0000007");
}

#[tokio::test]
async fn mappings_come_in_pages_and_an_app_that_does_not_provision_has_none() {
    let org = TestOrg::new();
    let (scim, sign_in) = (org.scim_app(), org.sign_in_app());
    for name in ["A", "B", "C"] {
        let group = org.new_group(name).await;
        org.sim.org().create_group_push(&scim, &group, false, true).unwrap();
    }
    let first = org.get(&format!("/api/v1/apps/{scim}/group-push/mappings?limit=2")).await;
    assert_eq!(first.ids().len(), 2);
    assert_eq!(org.get(&first.next().unwrap()).await.ids().len(), 1);
    let none = format!("/api/v1/apps/{sign_in}/group-push/mappings");
    assert!(org.get(&none).await.ids().is_empty());
    let group = org.new_group("D").await;
    let new = json!({ "sourceGroupId": group, "targetGroupName": "D" });
    org.post(&none, new).await.refused(400, "E0000001");
}
