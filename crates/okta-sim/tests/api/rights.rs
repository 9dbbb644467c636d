//! What a token may do, by the rights of its owner.

use okta_sim::org::{Permissions, Rights};
use serde_json::json;

use super::bookmark;
use crate::common::{START, TestOrg};

impl TestOrg {
    fn restrict(&self, rights: Rights) {
        let token = self.token();
        self.sim.org().token_mut(&token).unwrap().permissions = Permissions::Granted(rights);
    }
}

/// R7.
#[tokio::test]
async fn an_application_administrator_cannot_write_groups() {
    let org = TestOrg::new();
    let (group, ada) = (org.new_group("Team").await, org.new_user("ada").await);
    org.restrict(Rights::application_administrator());
    let app = org.new_app("Wiki").await;
    assert_eq!(org.assign(&app, &ada).await.status, 200);
    assert_eq!(org.assign_group(&app, &group).await.status, 200);
    assert_eq!(org.get(&format!("/api/v1/groups/{group}")).await.status, 200);
    let profile = json!({ "profile": { "name": "Mine" } });
    org.post("/api/v1/groups", profile.clone()).await.refused(403, "E0000006");
    org.put(&format!("/api/v1/groups/{group}"), profile).await.refused(403, "E0000006");
    let member = format!("/api/v1/groups/{group}/users/{ada}");
    org.call("PUT", &member, None).await.refused(403, "E0000006");
    org.get("/api/v1/logs").await.refused(403, "E0000006");
    org.get(&format!("/api/v1/groups/{group}/roles")).await.refused(403, "E0000006");
    assert_eq!(org.get("/api/v1/users/me/roles").await.status, 200);
}

#[tokio::test]
async fn a_pool_of_groups_opens_their_membership_alone() {
    let org = TestOrg::new();
    let (pooled, other) = (org.new_group("Pooled").await, org.new_group("Other").await);
    let ada = org.new_user("ada").await;
    org.restrict(Rights::with_group_pool([pooled.clone()]));
    org.join(&pooled, &ada).await;
    let foreign = format!("/api/v1/groups/{other}/users/{ada}");
    org.call("PUT", &foreign, None).await.refused(403, "E0000006");
    org.delete(&format!("/api/v1/groups/{pooled}")).await.refused(403, "E0000006");
    // The group became one for administrators: hands off.
    org.sim.org().grant_group_role(&pooled, "SUPER_ADMIN").unwrap();
    let member = format!("/api/v1/groups/{pooled}/users/{ada}");
    org.delete(&member).await.refused(403, "E0000006");
}

#[tokio::test]
async fn a_token_outside_of_its_network_zone_is_refused_and_says_so() {
    let org = TestOrg::new();
    let token = org.token();
    org.sim.org().token_mut(&token).unwrap().outside_of_its_zone = true;
    let answer = org.post("/api/v1/apps", bookmark("Wiki")).await;
    answer.refused(403, "E0000006");
    let cause = answer.body["errorCauses"][0]["errorSummary"].as_str().unwrap();
    assert!(cause.contains("permitted network zones"), "{cause}");
}

#[tokio::test]
async fn a_token_that_nobody_uses_ends_after_thirty_days_where_the_org_is_set_up_so() {
    const DAY: i64 = 24 * 3600;
    let org = TestOrg::with(|config| config.settings.idle_tokens_end = true);
    for day in [20, 40, 69] {
        org.set_clock(START + day * DAY);
        assert_eq!(org.get("/api/v1/apps").await.status, 200, "day {day}");
    }
    org.set_clock(START + 99 * DAY);
    org.get("/api/v1/apps").await.refused(401, "E0000011");
}
