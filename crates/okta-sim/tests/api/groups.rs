//! Groups that a client keeps: their names, what they grant, and who may change them.

use serde_json::{Value, json};

use crate::common::TestOrg;

fn profile(name: &str, description: Value) -> Value {
    json!({ "profile": { "name": name, "description": description } })
}

#[tokio::test]
async fn a_description_is_kept_replaced_and_may_be_null() {
    let org = TestOrg::new();
    let made = org.post("/api/v1/groups", profile("Team", json!("Kept by a client"))).await;
    assert_eq!(made.body["profile"]["description"], "Kept by a client");
    let path = format!("/api/v1/groups/{}", made.body["id"].as_str().unwrap());
    let replaced = org.put(&path, profile("Team 2", Value::Null)).await;
    assert_eq!(replaced.body["profile"], json!({ "name": "Team 2", "description": null }));
    assert_eq!(org.get(&path).await.body["profile"], replaced.body["profile"]);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_and_the_cause_names_the_field() {
    let org = TestOrg::new();
    org.new_group("Team").await;
    let other = org.new_group("Other").await;
    let again = org.post("/api/v1/groups", profile("Team", Value::Null)).await;
    let renamed = org.put(&format!("/api/v1/groups/{other}"), profile("Team", Value::Null)).await;
    for answer in [again, renamed] {
        answer.refused(400, "E0000001");
        let cause = answer.body["errorCauses"][0]["errorSummary"].as_str().unwrap();
        assert!(cause.starts_with("name: An object with this field already exists"), "{cause}");
    }
}

#[tokio::test]
async fn groups_are_found_by_the_start_of_their_name() {
    let org = TestOrg::new();
    let (one, two) = (org.new_group("Keytile: One").await, org.new_group("Keytile: Two").await);
    org.new_group("Other").await;
    let starts = "/api/v1/groups?search=profile.name+sw+%22Keytile%3A%22";
    assert_eq!(org.get(starts).await.ids(), [one.as_str(), two.as_str()]);
    assert_eq!(org.get("/api/v1/groups?q=Keytile%3A+T").await.ids(), [two.as_str()]);
}

#[tokio::test]
async fn members_and_apps_of_a_group_are_paged() {
    let org = TestOrg::new();
    let group = org.new_group("Team").await;
    for name in ["ada", "bob", "eve"] {
        let user = org.new_user(name).await;
        org.join(&group, &user).await;
        let app = org.new_app(name).await;
        org.assign_group(&app, &group).await;
    }
    for list in ["users", "apps"] {
        let (mut found, mut next) = (0, Some(format!("/api/v1/groups/{group}/{list}?limit=2")));
        while let Some(path) = next {
            let answer = org.get(&path).await;
            found += answer.ids().len();
            next = answer.next();
        }
        assert_eq!(found, 3, "{list}");
    }
}

#[tokio::test]
async fn an_admin_role_of_a_group_shows_on_it_and_on_its_members() {
    let org = TestOrg::new();
    let (group, ada) = (org.new_group("Team").await, org.new_user("ada").await);
    org.join(&group, &ada).await;
    let (of_group, of_ada) =
        (format!("/api/v1/groups/{group}/roles"), format!("/api/v1/users/{ada}/roles"));
    assert_eq!(org.get(&of_group).await.body, json!([]));
    org.sim.org().grant_group_role(&group, "APP_ADMIN").unwrap();
    let roles = org.get(&of_group).await;
    assert_eq!(roles.body[0]["type"], "APP_ADMIN");
    assert_eq!(roles.body[0]["assignmentType"], "GROUP");
    assert_eq!(org.get(&of_ada).await.body[0]["label"], "Application Administrator");
    org.sim.org().revoke_group_role(&group, "APP_ADMIN").unwrap();
    assert_eq!(org.get(&of_ada).await.body, json!([]));
    org.get("/api/v1/groups/00g1/roles").await.refused(404, "E0000007");
}
