//! Many requests in one: RFC 7644 section 3.7.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Scim, alive, assert_error, user};
use crate::support::TestApp;

async fn bulk(scim: &Scim<'_>, operations: Value) -> Vec<Value> {
    let body = json!({"schemas": [scim::urn::BULK_REQUEST], "Operations": operations});
    let answer = scim.post("/Bulk", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["schemas"], json!([scim::urn::BULK_RESPONSE]));
    answer.body["Operations"].as_array().unwrap().clone()
}

fn statuses(done: &[Value]) -> Vec<&str> {
    done.iter().map(|one| one["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn references_are_resolved_whatever_the_order() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let members = json!([{"value": "bulkId:ann"}, {"value": "bulkId:bob"}]);
    let done = bulk(
        &scim,
        json!([
            {"method": "POST", "path": "/Groups", "bulkId": "tour", "data": {"displayName": "Tour", "members": members}},
            {"method": "POST", "path": "/Users", "bulkId": "ann", "data": user("Ann")},
            {"method": "POST", "path": "/Users", "bulkId": "bob", "data": user("Bob")},
            {"method": "PATCH", "path": "/Users/bulkId:bob",
             "data": {"Operations": [{"op": "replace", "value": {"title": "Dr"}}]}},
        ]),
    )
    .await;
    assert_eq!(statuses(&done), ["201", "201", "201", "200"]);
    let group = done[0]["location"].as_str().unwrap().rsplit_once("/scim/v2").unwrap().1.to_owned();
    let group = scim.get(&group).await.body;
    assert_eq!(group["members"].as_array().unwrap().len(), 2);
    assert_eq!(group["meta"]["version"], done[0]["version"]);
    let bob = done[2]["location"].as_str().unwrap().rsplit_once("/scim/v2").unwrap().1.to_owned();
    assert_eq!(scim.get(&bob).await.body["title"], "Dr");
}

#[tokio::test]
async fn resources_that_refer_to_one_another_in_a_circle_are_made() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let enterprise = scim::urn::ENTERPRISE_USER;
    let managed = |name: &str, by: &str| {
        let mut user = user(name);
        user[enterprise] =
            json!({"manager": {"value": format!("bulkId:{by}")}, "department": "Tour"});
        user
    };
    let done = bulk(
        &scim,
        json!([
            {"method": "POST", "path": "/Users", "bulkId": "ann", "data": managed("Ann", "bob")},
            {"method": "POST", "path": "/Users", "bulkId": "bob", "data": managed("Bob", "ann")},
            {"method": "POST", "path": "/Users", "bulkId": "cy", "data": managed("Cy", "nobody")},
        ]),
    )
    .await;
    assert_eq!(statuses(&done), ["201", "201", "409"]);
    let list = scim.get("/Users?sortBy=userName").await.body;
    let [ann, bob] = [&list["Resources"][0], &list["Resources"][1]];
    assert_eq!(ann[enterprise]["manager"]["value"], bob["id"]);
    assert_eq!(bob[enterprise]["manager"]["value"], ann["id"]);
    assert_eq!(ann["meta"]["version"], done[0]["version"]);
}

/// Somebody who was made without what they were to refer to is not told as done.
#[tokio::test]
async fn a_circle_of_which_one_fails_says_so() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    scim.user("Bob").await;
    let enterprise = scim::urn::ENTERPRISE_USER;
    let managed = |name: &str, by: &str| {
        let mut user = user(name);
        user[enterprise] = json!({"manager": {"value": format!("bulkId:{by}")}});
        user
    };
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": "ann", "data": managed("Ann", "bob")},
        {"method": "POST", "path": "/Users", "bulkId": "bob", "data": managed("Bob", "ann")},
    ]);
    let done = bulk(&scim, operations).await;
    assert_eq!(statuses(&done), ["409", "409"]);
    let people = scim.get("/Users").await.body.to_string();
    assert!(!people.contains("bulkId"), "{people}");
    let none = json!({"failOnErrors": 0, "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "c", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "d", "data": user("Dan")},
    ]});
    let stopped = scim.post("/Bulk", &none).await.body;
    assert_eq!(statuses(stopped["Operations"].as_array().unwrap()), ["400"]);
}

#[tokio::test]
async fn one_failure_does_not_hold_up_the_rest_unless_it_is_to() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("Eve")},
        {"method": "PUT", "path": format!("/Users/{eve}"), "version": "W/\"0\"", "data": user("Eve")},
        {"method": "POST", "path": "/Nothing", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("Bob")},
        {"method": "DELETE", "path": format!("/Users/{eve}")},
    ]);
    let done = bulk(&scim, operations.clone()).await;
    assert_eq!(statuses(&done), ["409", "412", "400", "201", "204"]);
    assert_eq!(done[0]["response"]["scimType"], "uniqueness");
    assert_eq!(done[4]["method"], "DELETE");

    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let body = json!({"failOnErrors": 2, "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("Bob")},
        {"method": "POST", "path": "/Users", "bulkId": "c", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "d", "data": user("Dan")},
    ]});
    let stopped = scim.post("/Bulk", &body).await.body;
    assert_eq!(statuses(stopped["Operations"].as_array().unwrap()), ["400", "201", "400"]);
}

/// R11: whoever leaves in one of many operations is out with the answer.
#[tokio::test]
async fn a_leaver_among_many_loses_everything() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let (eve, bob) = (scim.user("Eve").await, scim.user("Bob").await);
    scim.group("Tour", &[&eve, &bob]).await;
    let (eve_there, bob_there) = (scim.person("Eve").await, scim.person("Bob").await);
    let inactive = json!({"Operations": [{"op": "Replace", "path": "active", "value": "False"}]});
    let done = bulk(
        &scim,
        json!([
            {"method": "patch", "path": format!("/Users/{eve}"), "data": inactive},
            {"method": "DELETE", "path": format!("/Users/{bob}")},
        ]),
    )
    .await;
    assert_eq!(statuses(&done), ["200", "204"]);
    for person in [eve_there, bob_there] {
        assert_eq!(alive(&test, person.id).await, [0; 4]);
    }
}

#[tokio::test]
async fn too_many_or_what_is_no_bulk_request_is_refused_whole() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let one = json!({"method": "POST", "path": "/Users", "data": user("Eve")});
    let many: Vec<_> = std::iter::repeat_n(one.clone(), 1_001).collect();
    assert_error(&scim.post("/Bulk", &json!({"Operations": many})).await, 413, None);
    let twice = json!({"Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("Eve")},
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("Bob")},
    ]});
    assert_error(&scim.post("/Bulk", &twice).await, 400, Some("invalidValue"));
    assert_error(&scim.post("/Bulk", &json!({"Operations": 1})).await, 400, Some("invalidSyntax"));
    assert_eq!(scim.get("/Users").await.body["totalResults"], 0);
}
