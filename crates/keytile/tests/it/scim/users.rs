//! Users: created, looked up, changed.

use http::StatusCode;
use model::workspace::WorkspaceRole;
use serde_json::{Value, json};

use super::{Scim, assert_error, found, user};
use crate::support::{Admin, Guest, TestApp, User};

/// C5, C32.
#[tokio::test]
async fn a_created_user_is_a_member_with_an_external_id() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let answer = scim.post("/Users", &user("Eve")).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let mut told = answer.body.clone();
    let meta = told["meta"].take();
    assert_eq!(meta["lastModified"], test.now().to_string());
    assert_eq!(
        told,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": told["id"],
            "externalId": "00u-Eve",
            "userName": "eve@example.com",
            "name": {"givenName": "Eve", "familyName": "Example"},
            "displayName": "Eve Example",
            "active": true,
            "emails": [{"value": "eve@example.com", "type": "work", "primary": true}],
            "locale": "en-US",
            "meta": null,
        })
    );
    assert_eq!(
        scim.get(&format!("/Users/{}", told["id"].as_str().unwrap())).await.body,
        answer.body
    );

    let eve = scim.person("Eve").await;
    let owner = test.actor(&test.owner).await;
    let member = keytile::members::find(&test.app, &owner, eve.id).await.unwrap();
    assert_eq!(member.name, "Eve Example");
    assert_eq!(member.role, WorkspaceRole::User);
    assert_eq!(member.external_id.as_deref(), Some("00u-Eve"));
    assert!(member.from_directory);
    let dump = test.dump().await;
    assert!(!dump.windows(13).any(|part| part == b"junk-password"), "the password is dropped");
    let by_scim =
        "SELECT COUNT(*) AS n FROM activity WHERE event = 'member.added' AND actor_kind = 'scim'";
    assert_eq!(test.count(by_scim).await, 1);
}

/// C32: "repeated create = 409, never wipes fields".
#[tokio::test]
async fn a_repeated_create_is_refused_in_any_case_and_wipes_nothing() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let id = scim.user("Eve").await;
    let before = scim.get(&format!("/Users/{id}")).await.body;
    for name in ["eve@example.com", "EVE@Example.com"] {
        for external_id in ["00u-Eve", "00u-other"] {
            let again = json!({"userName": name, "externalId": external_id});
            assert_error(&scim.post("/Users", &again).await, 409, Some("uniqueness"));
        }
    }
    let same_person = json!({"userName": "other@example.com", "externalId": "00u-Eve"});
    assert_error(&scim.post("/Users", &same_person).await, 409, Some("uniqueness"));
    assert_eq!(scim.get(&format!("/Users/{id}")).await.body, before);
}

#[tokio::test]
async fn users_are_found_by_what_clients_look_for() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let (eve, ada) = (scim.user("Eve").await, scim.user("Ada").await);
    let mut second = user("Ida");
    second["emails"] = json!([
        {"value": "ida@example.com", "primary": true, "type": "work"},
        {"value": "ida@home.example", "type": "home"},
    ]);
    let ida = scim.created("/Users", &second).await;
    let cases: [(&str, &[&str]); 14] = [
        (r#"userName eq "EVE@example.com""#, &[&eve]),
        (r#"username EQ "nobody@example.com""#, &[]),
        (r#"externalId eq "00u-Ada""#, &[&ada]),
        (r#"externalId eq "00U-ADA""#, &[]),
        (r#"emails.value eq "ada@example.com""#, &[&ada]),
        (r#"emails[type eq "work"].value eq "ada@example.com""#, &[&ada]),
        (r#"emails eq "IDA@home.example""#, &[&ida]),
        (r#"emails eq "nobody@home.example""#, &[]),
        (&format!(r#"id eq "{eve}""#), &[&eve]),
        (r#"id eq "x""#, &[]),
        (r#"userName sw "a" or userName sw "e""#, &[&eve, &ada]),
        (r#"active eq true and name.givenName eq "ada""#, &[&ada]),
        (r#"meta.created ge "2026-01-01T00:00:00Z""#, &[&eve, &ada, &ida]),
        (r"not (userName pr)", &[]),
    ];
    for (filter, ids) in cases {
        assert_eq!(found(&scim, filter).await, ids, "{filter}");
    }
}

#[tokio::test]
async fn a_list_is_paged_in_a_stable_order() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    assert_eq!(scim.get("/Users?startIndex=1&count=2").await.body["totalResults"], 0);
    let mut ids = Vec::new();
    for name in ["A", "B", "C", "D", "E"] {
        test.advance(1);
        ids.push(scim.user(name).await);
    }
    let cases: [(&str, &[String], u64); 7] = [
        ("startIndex=1&count=2", &ids[..2], 1),
        ("count=2&startIndex=3", &ids[2..4], 3),
        ("startIndex=5&count=100", &ids[4..], 5),
        ("startIndex=6&count=100", &[], 6),
        ("startIndex=0&count=-1", &[], 1),
        ("", &ids, 1),
        ("filter=userName%20pr&startIndex=4&count=1", &ids[3..4], 4),
    ];
    for (query, expected, start) in cases {
        let list = scim.get(&format!("/Users?{query}")).await.body;
        let shown: Vec<&str> = list["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["id"].as_str().unwrap())
            .collect();
        assert_eq!(shown, expected, "{query}");
        assert_eq!(list["totalResults"], 5, "{query}");
        assert_eq!(list["startIndex"], start, "{query}");
        assert_eq!(list["itemsPerPage"], expected.len(), "{query}");
    }
    let names = scim.get("/Users?attributes=userName&count=1").await.body;
    let first = names["Resources"][0].as_object().unwrap();
    assert_eq!(first.keys().collect::<Vec<_>>(), ["schemas", "id", "userName"]);
}

/// Every way to say that somebody left.
/// C33.
#[tokio::test]
async fn a_new_name_or_address_keeps_the_person() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let eve = scim.person("Eve").await;
    // Okta reads the whole and puts it back with what changed.
    let mut whole = scim.get(&path).await.body;
    whole["userName"] = json!("eve.new@example.com");
    whole["emails"][0]["value"] = json!("eve.new@example.com");
    whole["displayName"] = json!("Eve New");
    test.advance(60);
    let put = scim.put(&path, &whole).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    assert_eq!(put.body["meta"]["lastModified"], test.now().to_string());
    assert_eq!(scim.member("eve.new@example.com").await, Some(eve.id));
    let operations = json!([
        {"op": "replace", "value": {"name.familyName": "Newer", "displayName": "Eve Newer"}},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "eve@new.example"},
    ]);
    assert_eq!(scim.patch(&path, &operations).await.status, StatusCode::OK);
    let told = scim.get(&path).await.body;
    assert_eq!(told["name"], json!({"givenName": "Eve", "familyName": "Newer"}));
    assert_eq!(told["userName"], "eve.new@example.com");
    let owner = test.actor(&test.owner).await;
    let member = keytile::members::find(&test.app, &owner, eve.id).await.unwrap();
    assert_eq!((member.name.as_str(), member.email.as_str()), ("Eve Newer", "eve@new.example"));
    assert_eq!(test.recorded("member.updated").await, 2);
}

/// A profile push of Okta's repeats what is so already.
#[tokio::test]
async fn what_is_so_already_changes_nothing() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let whole = scim.get(&path).await.body;
    let written = test.count("SELECT COUNT(*) AS n FROM activity").await;
    test.advance(60);
    assert_eq!(scim.put(&path, &whole).await.body, whole);
    let active = json!([{"op": "replace", "value": {"active": true}}]);
    assert_eq!(scim.patch(&path, &active).await.body, whole);
    assert_eq!(test.count("SELECT COUNT(*) AS n FROM activity").await, written);
}

/// What a client does not know it cannot mean: a PUT without `active` or `externalId` changes neither.
#[tokio::test]
async fn a_put_that_does_not_say_keeps_the_external_id_and_the_state() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let bare = json!({"userName": "eve@example.com", "emails": [{"value": "eve@example.com"}]});
    let put = scim.put(&path, &bare).await.body;
    assert_eq!((&put["externalId"], &put["active"]), (&json!("00u-Eve"), &json!(true)));
    assert_eq!(put["displayName"], Value::Null);
    scim.patch(&path, &json!([{"op": "replace", "value": {"active": false}}])).await;
    assert_eq!(scim.put(&path, &bare).await.body["active"], false);
}

/// What the client calls somebody is its own affair; who they are stays, so that another id is still another person.
#[tokio::test]
async fn a_removed_external_id_does_not_make_room_for_somebody_else() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let eve = scim.person("Eve").await;
    let removed = scim.patch(&path, &json!([{"op": "remove", "path": "externalId"}])).await;
    assert_eq!((removed.status, &removed.body["externalId"]), (StatusCode::OK, &Value::Null));
    let told = |id: &str| json!([{"op": "add", "path": "externalId", "value": id}]);
    assert_eq!(scim.patch(&path, &told("00u-Eve")).await.body["externalId"], "00u-Eve");
    assert_eq!(scim.member(&eve.email).await, Some(eve.id));
    scim.patch(&path, &json!([{"op": "remove", "path": "externalId"}])).await;
    assert_eq!(scim.patch(&path, &told("00u-Other")).await.body["externalId"], "00u-Other");
    assert_ne!(scim.member(&eve.email).await, Some(eve.id));
}

/// People are told apart by their userNames: an address may be missing, or be that of two.
#[tokio::test]
async fn two_people_may_share_an_address_and_some_have_none() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let shared =
        json!([{"value": "desk@example.com", "type": "work"}, {"value": "Ann@home.example"}]);
    let ann = scim.created("/Users", &json!({"userName": "ann", "emails": shared})).await;
    let bob = scim
        .created("/Users", &json!({"userName": "bob", "emails": [{"value": "DESK@example.com"}]}))
        .await;
    let cy = scim.created("/Users", &json!({"userName": "cy"})).await;
    assert_eq!(found(&scim, "emails.value eq \"desk@example.com\"").await, [&*ann, &*bob]);
    let for_work = "emails[type eq \"work\"].value eq \"desk@example.com\"";
    assert_eq!(found(&scim, for_work).await, [&*ann]);
    assert_eq!(found(&scim, "emails eq \"ann@HOME.example\"").await, [&*ann]);
    assert_eq!(found(&scim, "userName eq \"cy\" and not (emails pr)").await, [&*cy]);
    let moved =
        json!([{"op": "replace", "path": "emails", "value": [{"value": "bob@example.com"}]}]);
    scim.patch(&format!("/Users/{bob}"), &moved).await;
    assert_eq!(found(&scim, "emails.value eq \"desk@example.com\"").await, [&*ann]);
}

/// T5: nobody is taken over by their e-mail address.
#[tokio::test]
async fn a_local_member_or_guest_is_never_joined_by_their_address() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    test.member("Lola", User).await;
    test.member("Gus", Guest).await;
    let eve = scim.user("Eve").await;
    for name in ["Lola", "Gus", "olga.owner"] {
        let refused = scim.post("/Users", &user(name)).await;
        assert_error(&refused, 409, Some("uniqueness"));
        let email = format!("{}@example.com", name.to_lowercase());
        assert!(refused.body["detail"].as_str().unwrap().contains(&email));
        let operations = json!([{"op": "replace", "path": "emails", "value": [{"value": email}]}]);
        let refused = scim.patch(&format!("/Users/{eve}"), &operations).await;
        assert_error(&refused, 409, Some("uniqueness"));
    }
    assert_eq!(scim.get("/Users").await.body["totalResults"], 1);
}

/// T5: more than SCIM may give cannot be bound to whom SCIM names.
#[tokio::test]
async fn an_admin_without_an_external_id_does_not_get_one_by_scim() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let mut unbound = user("Eve");
    unbound.as_object_mut().unwrap().remove("externalId");
    let path = format!("/Users/{}", scim.created("/Users", &unbound).await);
    let (eve, owner) = (scim.person("Eve").await, test.actor(&test.owner).await);
    keytile::members::change_role(&test.app, &owner, eve.id, Admin).await.unwrap();
    let bind = json!([{"op": "add", "path": "externalId", "value": "00u-mine"}]);
    assert_error(&scim.patch(&path, &bind).await, 409, None);
    keytile::members::change_role(&test.app, &owner, eve.id, User).await.unwrap();
    assert_eq!(scim.patch(&path, &bind).await.body["externalId"], "00u-mine");
}
