//! The lifecycle of users, and groups' own rules.

use serde_json::json;

use crate::common::TestOrg;

impl TestOrg {
    async fn step(&self, user: &str, step: &str) -> crate::common::Answer {
        self.call("POST", &format!("/api/v1/users/{user}/lifecycle/{step}"), None).await
    }

    async fn status(&self, user: &str) -> String {
        let answer = self.get(&format!("/api/v1/users/{user}")).await;
        answer.body["status"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_user_goes_through_the_whole_lifecycle() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    assert_eq!(org.status(&ada).await, "ACTIVE");
    org.step(&ada, "activate").await.refused(403, "E0000016");
    assert_eq!(org.step(&ada, "suspend").await.body, json!({}));
    assert_eq!(org.status(&ada).await, "SUSPENDED");
    org.step(&ada, "suspend").await.refused(400, "E0000001");
    org.step(&ada, "unsuspend").await;
    org.step(&ada, "unsuspend").await.refused(400, "E0000001");
    org.step(&ada, "deactivate").await;
    assert_eq!(org.status(&ada).await, "DEPROVISIONED");
    org.step(&ada, "reactivate").await.refused(403, "E0000038");
    org.step(&ada, "activate").await;
    assert_eq!(org.status(&ada).await, "ACTIVE");
}

#[tokio::test]
async fn deleting_twice_deactivates_and_then_deletes() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    let path = format!("/api/v1/users/{ada}");
    assert_eq!(org.delete(&path).await.status, 204);
    assert_eq!(org.status(&ada).await, "DEPROVISIONED");
    assert_eq!(org.delete(&path).await.status, 204);
    org.get(&path).await.refused(404, "E0000007");
}

#[tokio::test]
async fn a_user_is_found_by_id_login_short_login_and_me() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    for key in [ada.as_str(), "ada@example.com", "ADA@EXAMPLE.COM", "ada"] {
        assert_eq!(org.get(&format!("/api/v1/users/{key}")).await.body["id"], ada.as_str());
    }
    let me = org.get("/api/v1/users/me").await;
    assert_eq!(me.body["profile"]["login"], "admin@example.com");
}

#[tokio::test]
async fn an_update_merges_and_a_replacement_forgets() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    let path = format!("/api/v1/users/{ada}");
    org.post(&path, json!({ "profile": { "department": "R&D" } })).await;
    let updated = org.post(&path, json!({ "profile": { "title": "Countess" } })).await;
    assert_eq!(updated.body["profile"]["department"], "R&D");
    let profile = json!({ "login": "ada@example.com", "email": "ada@example.com",
                          "firstName": "Ada", "lastName": "King" });
    let replaced = org.put(&path, json!({ "profile": profile })).await;
    assert!(replaced.body["profile"].get("department").is_none());
    assert_eq!(replaced.body["profile"]["lastName"], "King");
}

#[tokio::test]
async fn a_profile_that_okta_would_refuse_is_refused() {
    let org = TestOrg::new();
    org.new_user("ada").await;
    let profile = |change: &str, value: &str| {
        let mut profile = json!({ "login": "new@example.com", "email": "new@example.com",
                                  "firstName": "New", "lastName": "One" });
        profile[change] = value.into();
        json!({ "profile": profile })
    };
    for (name, value, cause) in [
        ("login", "ADA@example.com", "login: An object with this field already exists"),
        ("login", "ada", "login: Username must be in the form of an email address"),
        ("lastName", "", "lastName: The field cannot be left blank"),
        ("shoeSize", "38", "Property name 'shoeSize' is not defined in profile"),
    ] {
        let answer = org.post("/api/v1/users", profile(name, value)).await;
        answer.refused(400, "E0000001");
        let said = answer.body["errorCauses"][0]["errorSummary"].as_str().unwrap();
        assert!(said.starts_with(cause), "{said}");
    }
}

#[tokio::test]
async fn somebody_without_a_password_waits_as_provisioned() {
    let org = TestOrg::new();
    let profile = json!({ "login": "new@example.com", "email": "new@example.com",
                          "firstName": "New", "lastName": "One" });
    let answer = org.post("/api/v1/users", json!({ "profile": profile })).await;
    assert_eq!(answer.body["status"], "PROVISIONED");
    let user = answer.body["id"].as_str().unwrap();
    let password = json!({ "credentials": { "password": { "value": "Password150kta" } } });
    let answer = org.post(&format!("/api/v1/users/{user}"), password).await;
    assert_eq!(answer.body["status"], "ACTIVE");
    assert!(org.sim.org().sign_in("new@example.com", "Password150kta").is_ok());
}

#[tokio::test]
async fn only_active_people_with_the_right_password_sign_in() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    let sign_in = |password: &str| org.sim.org().sign_in("ada@example.com", password);
    assert_eq!(sign_in("Password150kta").unwrap(), ada);
    assert_eq!(sign_in("password").unwrap_err().code, "E0000004");
    org.step(&ada, "suspend").await;
    assert_eq!(sign_in("Password150kta").unwrap_err().code, "E0000004");
}

#[tokio::test]
async fn group_names_are_unique_and_built_in_groups_stay_as_they_are() {
    let org = TestOrg::new();
    let finance = org.new_group("Finance").await;
    let again = json!({ "profile": { "name": "Finance" } });
    org.post("/api/v1/groups", again.clone()).await.refused(400, "E0000001");
    assert_eq!(org.put(&format!("/api/v1/groups/{finance}"), again).await.status, 200);
    let everyone = org.sim.org().everyone.clone();
    org.delete(&format!("/api/v1/groups/{everyone}")).await.refused(403, "E0000006");
    let ada = org.new_user("ada").await;
    org.delete(&format!("/api/v1/groups/{everyone}/users/{ada}")).await.refused(403, "E0000006");
}

#[tokio::test]
async fn the_org_says_who_it_is_without_a_token() {
    let mut org = TestOrg::new();
    org.authorization = String::new();
    let answer = org.get("/.well-known/okta-organization").await;
    assert_eq!((answer.status.as_u16(), &answer.body["pipeline"]), (200, &json!("idx")));
    org.get("/api/v1/org").await.refused(401, "E0000011");
}

#[tokio::test]
async fn trouble_with_a_password_is_a_status_of_its_own_and_takes_nothing_away() {
    let org = TestOrg::new();
    let (ada, app) = (org.new_user("ada").await, org.new_app("Wiki").await);
    org.assign(&app, &ada).await;
    org.step(&ada, "unlock").await.refused(403, "E0000032");
    for _ in 0..10 {
        assert!(org.sim.org().sign_in("ada@example.com", "wrong").is_err());
    }
    assert_eq!(org.status(&ada).await, "LOCKED_OUT");
    assert!(org.sim.org().sign_in("ada@example.com", "Password150kta").is_err());
    assert_eq!(org.step(&ada, "unlock").await.body, json!({}));
    assert_eq!(org.step(&ada, "expire_password").await.body["status"], "PASSWORD_EXPIRED");
    let mailed = org.step(&ada, "reset_password").await;
    assert_eq!((mailed.body, org.status(&ada).await.as_str()), (json!({}), "RECOVERY"));
    assert_eq!(org.links(&ada).await, ["Wiki"]);
    let password = json!({ "credentials": { "password": { "value": "Password250kta" } } });
    org.post(&format!("/api/v1/users/{ada}"), password).await;
    assert_eq!(org.status(&ada).await, "ACTIVE");
}

#[tokio::test]
async fn every_status_can_be_asked_for() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    for (step, status) in [("expire_password", "PASSWORD_EXPIRED"), ("reset_password", "RECOVERY")]
    {
        org.step(&ada, step).await;
        let filter = format!("/api/v1/users?filter=status+eq+%22{status}%22");
        assert_eq!(org.get(&filter).await.ids(), [ada.as_str()]);
    }
    let since = "/api/v1/users?filter=lastUpdated+gt+%222025-01-01T00:00:00.000Z%22";
    assert_eq!(org.get(since).await.ids().len(), 2, "the admin and Ada");
}

#[tokio::test]
async fn clearing_sessions_has_an_event() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    assert_eq!(org.delete(&format!("/api/v1/users/{ada}/sessions")).await.status, 204);
    let log = org.get("/api/v1/logs?filter=eventType+eq+%22user.session.clear%22").await;
    assert_eq!(log.body[0]["target"][0]["id"], ada.as_str());
    assert_eq!(log.body[0]["actor"]["alternateId"], "admin@example.com");
}
