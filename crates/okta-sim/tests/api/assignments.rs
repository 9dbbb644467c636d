//! Who has an app: directly, by groups, and both.

use jiff::SignedDuration;
use okta_sim::Change;
use serde_json::json;

use crate::common::{START, TestOrg};

#[tokio::test]
async fn a_group_gives_the_app_to_its_members_and_takes_it_away_again() {
    let org = TestOrg::new();
    let (app, ada, grp) =
        (org.new_app("Wiki").await, org.new_user("ada").await, org.new_group("Finance").await);
    org.join(&grp, &ada).await;
    assert_eq!(org.assign_group(&app, &grp).await.body["priority"], 0);
    let row = org.get(&format!("/api/v1/apps/{app}/users/{ada}")).await;
    assert_eq!(row.body["scope"], "GROUP");
    assert_eq!(org.links(&ada).await, ["Wiki"]);
    org.delete(&format!("/api/v1/groups/{grp}/users/{ada}")).await;
    assert!(org.links(&ada).await.is_empty());
    org.join(&grp, &ada).await;
    org.delete(&format!("/api/v1/apps/{app}/groups/{grp}")).await;
    assert!(org.links(&ada).await.is_empty());
}

#[tokio::test]
async fn a_direct_assignment_cannot_be_deleted_while_a_group_grants_it() {
    let org = TestOrg::new();
    let (app, ada, grp) =
        (org.new_app("Wiki").await, org.new_user("ada").await, org.new_group("Finance").await);
    org.join(&grp, &ada).await;
    org.assign_group(&app, &grp).await;
    assert_eq!(org.assign(&app, &ada).await.body["scope"], "USER");
    let row = format!("/api/v1/apps/{app}/users/{ada}");
    org.delete(&row).await.refused(403, "E0000046");
    // The way out: hand the row over to the group.
    let body = json!({ "scope": "GROUP" });
    let answer = org.send("POST", &row, "application/json", body.to_string()).await;
    assert_eq!((answer.status.as_u16(), &answer.body["scope"]), (200, &json!("GROUP")));
    org.delete(&format!("/api/v1/groups/{grp}/users/{ada}")).await;
    org.get(&row).await.refused(404, "E0000007");
}

#[tokio::test]
async fn a_direct_assignment_outlives_the_group() {
    let org = TestOrg::new();
    let (app, ada, grp) =
        (org.new_app("Wiki").await, org.new_user("ada").await, org.new_group("Finance").await);
    org.assign(&app, &ada).await;
    org.join(&grp, &ada).await;
    org.assign_group(&app, &grp).await;
    org.delete(&format!("/api/v1/groups/{grp}")).await;
    assert_eq!(org.links(&ada).await, ["Wiki"]);
    assert_eq!(org.delete(&format!("/api/v1/apps/{app}/users/{ada}")).await.status, 204);
    org.delete(&format!("/api/v1/apps/{app}/users/{ada}")).await.refused(404, "E0000007");
}

#[tokio::test]
async fn assigning_twice_is_answered_as_the_org_is_set_up() {
    for (conflicts, status) in [(false, 200), (true, 409)] {
        let org = TestOrg::with(|config| config.settings.reassign_conflicts = conflicts);
        let (app, ada) = (org.new_app("Wiki").await, org.new_user("ada").await);
        assert_eq!(org.assign(&app, &ada).await.status, 200);
        let again = org.assign(&app, &ada).await;
        assert_eq!(again.status, status);
        assert_eq!(again.error_code(), if conflicts { "E0000062" } else { "" });
    }
}

#[tokio::test]
async fn a_deactivated_person_loses_every_app_and_only_group_grants_come_back() {
    let org = TestOrg::new();
    let (ada, grp) = (org.new_user("ada").await, org.new_group("Finance").await);
    let (direct, by_group) = (org.new_app("Direct").await, org.new_app("By group").await);
    org.join(&grp, &ada).await;
    org.assign(&direct, &ada).await;
    org.assign_group(&by_group, &grp).await;
    let step = |name: &str| format!("/api/v1/users/{ada}/lifecycle/{name}");
    org.call("POST", &step("suspend"), None).await;
    assert_eq!(org.links(&ada).await, ["Direct", "By group"], "a suspension keeps all");
    org.call("POST", &step("deactivate"), None).await;
    assert!(org.links(&ada).await.is_empty());
    org.assign(&direct, &ada).await.refused(403, "E0000038");
    org.call("POST", &step("activate"), None).await;
    assert_eq!(org.links(&ada).await, ["By group"]);
}

#[tokio::test]
async fn an_inactive_app_is_on_no_dashboard_and_cannot_be_assigned() {
    let org = TestOrg::new();
    let (app, ada, grp) =
        (org.new_app("Wiki").await, org.new_user("ada").await, org.new_group("Finance").await);
    org.assign(&app, &ada).await;
    org.call("POST", &format!("/api/v1/apps/{app}/lifecycle/deactivate"), None).await;
    assert!(org.links(&ada).await.is_empty());
    org.assign_group(&app, &grp).await.refused(404, "E0000007");
    org.call("POST", &format!("/api/v1/apps/{app}/lifecycle/activate"), None).await;
    assert_eq!(org.links(&ada).await, ["Wiki"], "assignments outlive a deactivation");
}

#[tokio::test]
async fn assigning_a_group_again_moves_only_its_priority() {
    let org = TestOrg::new();
    let app = org.new_app("Wiki").await;
    let (one, two) = (org.new_group("One").await, org.new_group("Two").await);
    org.assign_group(&app, &one).await;
    assert_eq!(org.assign_group(&app, &two).await.body["priority"], 1);
    let moved =
        org.put(&format!("/api/v1/apps/{app}/groups/{one}"), json!({ "priority": 5 })).await;
    assert_eq!(moved.body["priority"], 5);
    let list = org.get(&format!("/api/v1/apps/{app}/groups")).await;
    assert_eq!(list.ids(), [two, one]);
}

#[tokio::test]
async fn those_who_listen_hear_of_each_assignment_that_a_group_brings() {
    let org = TestOrg::new();
    let (app, ada, group) =
        (org.new_app("Wiki").await, org.new_user("ada").await, org.new_group("Finance").await);
    org.assign_group(&app, &group).await;
    let mut changes = org.sim.subscribe();
    org.join(&group, &ada).await;
    let (user, member) = (ada.clone(), ada);
    assert_eq!(changes.try_recv().unwrap(), Change::MemberAdded { group, user: member });
    assert_eq!(changes.try_recv().unwrap(), Change::AppUserAdded { app, user });
    assert!(changes.try_recv().is_err());
}

#[tokio::test]
async fn a_list_of_people_may_lag_and_a_read_by_ids_does_not() {
    let org = TestOrg::with(|config| config.settings.assignment_lag = SignedDuration::from_mins(1));
    let (app, ada) = (org.new_app("Wiki").await, org.new_user("ada").await);
    org.assign(&app, &ada).await;
    let list = format!("/api/v1/apps/{app}/users");
    assert_eq!(org.get(&list).await.body, json!([]));
    assert_eq!(org.get(&format!("{list}/{ada}")).await.status, 200);
    org.set_clock(START + 60);
    assert_eq!(org.get(&list).await.body.as_array().unwrap().len(), 1);
}
