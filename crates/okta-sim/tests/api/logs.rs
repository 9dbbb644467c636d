//! The System Log: who did what, and following it without missing anything.

use serde_json::{Value, json};

use super::bookmark;
use crate::common::{Answer, START, TestOrg};

const POLL: &str = "/api/v1/logs?since=2025-12-31T00:00:00Z&sortOrder=ASCENDING";

fn types(answer: &Answer) -> Vec<&str> {
    let events = answer.body.as_array().unwrap().iter();
    events.map(|event| event["eventType"].as_str().unwrap()).collect()
}

fn target<'a>(event: &'a Value, kind: &str) -> &'a Value {
    event["target"].as_array().unwrap().iter().find(|target| target["type"] == kind).unwrap()
}

impl TestOrg {
    /// Everything that is in the log by now, and where it goes on.
    async fn end_of_log(&self) -> String {
        self.get(&format!("{POLL}&limit=1000")).await.next().unwrap()
    }
}

#[tokio::test]
async fn a_poll_has_a_next_link_also_when_nothing_happened() {
    let org = TestOrg::new();
    let end = org.end_of_log().await;
    let nothing = org.get(&end).await;
    assert_eq!(nothing.body, json!([]));
    let next = nothing.next().unwrap();
    assert!(!next.contains("since="), "since and after exclude each other: {next}");
    org.new_app("Wiki").await;
    assert_eq!(types(&org.get(&next).await), ["application.lifecycle.create"]);
}

#[tokio::test]
async fn following_next_meets_every_event_once_whatever_the_page() {
    let org = TestOrg::new();
    let end = org.end_of_log().await;
    for number in 0..5 {
        org.new_app(&format!("App {number}")).await;
    }
    let (mut next, mut met) = (format!("{end}&limit=2"), Vec::new());
    for _ in 0..5 {
        let answer = org.get(&next).await;
        met.extend(answer.body.as_array().unwrap().iter().map(|e| e["uuid"].clone()));
        next = answer.next().unwrap();
    }
    assert_eq!(met.len(), 5);
    met.dedup();
    assert_eq!(met.len(), 5);
}

#[tokio::test]
async fn an_event_names_the_token_behind_a_call_and_the_admin_behind_a_click() {
    let org = TestOrg::new();
    let (end, token) = (org.end_of_log().await, org.token());
    let created = org.post("/api/v1/apps", bookmark("Wiki")).await;
    let app = created.body["id"].as_str().unwrap();
    let actor = okta_sim::org::Actor::Admin { user: org.sim.admin().to_owned() };
    org.sim.org_as(actor).deactivate_app(app).unwrap();
    let log = org.get(&end).await;
    assert_eq!(types(&log), ["application.lifecycle.create", "application.lifecycle.deactivate"]);
    let (call, click) = (&log.body[0], &log.body[1]);
    for event in [call, click] {
        assert_eq!(event["actor"]["alternateId"], "admin@example.com");
        assert_eq!(target(event, "AppInstance")["id"], app);
    }
    assert_eq!(call["transaction"]["detail"]["requestApiTokenId"], token.as_str());
    assert_eq!(call["transaction"]["id"], created.header("x-okta-request-id"));
    assert_eq!(call["debugContext"]["debugData"]["requestUri"], "/api/v1/apps");
    assert!(click["transaction"]["detail"].get("requestApiTokenId").is_none());
}

#[tokio::test]
async fn assignments_members_and_people_have_their_events() {
    let org = TestOrg::new();
    let (ada, group, app) =
        (org.new_user("ada").await, org.new_group("Team").await, org.new_app("Wiki").await);
    let end = org.end_of_log().await;
    org.join(&group, &ada).await;
    org.assign_group(&app, &group).await;
    org.assign(&app, &ada).await;
    org.delete(&format!("/api/v1/groups/{group}")).await;
    org.call("POST", &format!("/api/v1/users/{ada}/lifecycle/suspend"), None).await;
    let log = org.get(&end).await;
    assert_eq!(
        types(&log),
        [
            "group.user_membership.add",
            "group.application_assignment.add",
            "application.user_membership.add",
            "application.user_membership.update",
            "group.application_assignment.remove",
            "group.lifecycle.delete",
            "user.lifecycle.suspend",
        ]
    );
    assert_eq!(target(&log.body[2], "User")["id"], ada.as_str());
    assert_eq!(target(&log.body[5], "UserGroup")["displayName"], "Team", "gone, and still named");
}

#[tokio::test]
async fn a_filter_knows_types_and_targets() {
    let org = TestOrg::new();
    let (one, _two) = (org.new_app("One").await, org.new_app("Two").await);
    let of = |filter: &str| format!("{POLL}&filter={filter}");
    let by_target = org.get(&of(&format!("target.id+eq+%22{one}%22"))).await;
    assert_eq!(types(&by_target), ["application.lifecycle.create"]);
    let by_type = of("eventType+eq+%22application.lifecycle.create%22+or+eventType+eq+%22x%22");
    assert_eq!(types(&org.get(&by_type).await).len(), 2);
    let own = of(&format!("transaction.detail.requestApiTokenId+eq+%22{}%22", org.token()));
    assert_eq!(types(&org.get(&own).await).len(), 2);
    // Nothing fitted, but everything was looked at.
    let none = org.get(&of("eventType+eq+%22x%22")).await;
    assert_eq!(types(&org.get(&none.next().unwrap()).await), Vec::<&str>::new());
}

#[tokio::test]
async fn a_bounded_query_ends_and_runs_in_either_direction() {
    let org = TestOrg::new();
    org.new_app("One").await;
    org.set_clock(START + 60);
    org.new_app("Two").await;
    let since = "/api/v1/logs?since=2026-01-01T00:00:00Z";
    let until = org.get(&format!("{since}&until=2026-01-01T00:00:30Z")).await;
    assert_eq!(until.next(), None);
    let labels = |answer: &Answer| -> Vec<String> {
        let apps = answer.body.as_array().unwrap().iter();
        let apps = apps.filter(|event| event["eventType"] == "application.lifecycle.create");
        apps.map(|e| target(e, "AppInstance")["displayName"].to_string()).collect()
    };
    assert_eq!(labels(&until), ["\"One\""]);
    let latest = org.get(&format!("{since}&sortOrder=DESCENDING&limit=1")).await;
    assert_eq!(labels(&latest), ["\"Two\""]);
    assert_eq!(labels(&org.get(&latest.next().unwrap()).await), ["\"One\""]);
}

#[tokio::test]
async fn a_log_query_that_makes_no_sense_is_refused() {
    let org = TestOrg::new();
    for query in ["since=yesterday", "since=2025-01-01T00:00:00Z", "limit=1001", "sortOrder=UP"] {
        org.get(&format!("/api/v1/logs?{query}")).await.refused(400, "E0000001");
    }
    org.get("/api/v1/logs?after=1").await.refused(400, "E0000029");
}
