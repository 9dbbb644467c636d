//! People who leave, return, or whose userName somebody else gets.

use http::StatusCode;
use keytile::{members, values};
use model::share::ItemRole;
use model::workspace::{MemberStatus, WorkspaceRole};
use serde_json::json;

use super::{Scim, alive, assert_error, found, user};
use crate::support::{MARKS, TestApp, User};

/// The teams that somebody is in, whether or not they are here.
const PLACES: &str =
    "SELECT COUNT(*) AS n FROM team_membership WHERE member_id = $1 AND ended_at IS NULL";

#[tokio::test]
async fn a_leaver_loses_everything_with_the_answer_however_the_news_comes() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.turn_on().await;
    let tile = test.extend(&test.owner, account).await;
    let inactive = |id: &str| {
        let mut body = user("X");
        body["id"] = id.into();
        body["active"] = json!(false);
        body
    };
    let mut checked = 0;
    for (number, name) in ["Put", "Okta", "Entra", "Path", "Delete"].into_iter().enumerate() {
        let id = scim.user(name).await;
        let path = format!("/Users/{id}");
        scim.group(&format!("Group {number}"), &[&id]).await;
        let person = scim.person(name).await;
        test.share(account, &person, ItemRole::Collaborator).await;
        let mut browser = test.client_as(&person).await;
        let mut program = test.api_as(&person).await;
        assert_eq!(program.get("/api/v1/me").await.status, StatusCode::OK);
        assert_eq!(alive(&test, person.id).await, [1, 1, 1, 1]);
        let before = test.count_of(MARKS, values![tile]).await;

        let answer = match name {
            "Put" => {
                let mut body = inactive(&id);
                for field in ["userName", "externalId", "emails"] {
                    body[field] = user(name)[field].clone();
                }
                scim.put(&path, &body).await
            }
            "Okta" => {
                scim.patch(&path, &json!([{"op": "replace", "value": {"active": false}}])).await
            }
            "Entra" => {
                let operations = json!([{"op": "Replace", "path": "active", "value": "False"}]);
                scim.patch(&path, &operations).await
            }
            "Path" => {
                let operations = json!([{"op": "add", "path": "active", "value": false}]);
                scim.patch(&path, &operations).await
            }
            _ => scim.delete(&path).await,
        };
        assert!(answer.status.is_success(), "{name}: {}", answer.body);
        assert_eq!(alive(&test, person.id).await, [0; 4], "{name}");
        assert_eq!(test.actor(&person).await.status, MemberStatus::Removed);
        assert_eq!(program.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
        assert!(browser.get("/profile").await.location().starts_with("/sign-in"));
        assert!(test.count_of(MARKS, values![tile]).await > before, "{name}: the tile follows");
        if name == "Delete" {
            assert_error(&scim.get(&path).await, 404, None);
            assert_error(&scim.delete(&path).await, 404, None);
        } else {
            // An inactive user stays findable.
            let filter = format!(r#"userName eq "{}""#, person.email);
            assert_eq!(found(&scim, &filter).await, std::slice::from_ref(&id));
            assert_eq!(scim.get(&path).await.body["active"], false);
        }
        checked += 1;
    }
    assert_eq!(test.recorded("member.removed").await, checked);
}

/// Who is here, the directory says; who may not come in, the admin.
#[tokio::test]
async fn an_admins_suspension_outlives_a_departure_and_a_return_that_the_directory_reports() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let eve = scim.person("Eve").await;
    let owner = test.actor(&test.owner).await;
    let says = async |active: bool| {
        let operations = json!([{"op": "replace", "value": {"active": active}}]);
        assert_eq!(scim.patch(&path, &operations).await.body["active"], active);
    };
    members::suspend(&test.app, &owner, eve.id).await.unwrap();
    says(false).await;
    assert_eq!(test.actor(&eve).await.status, MemberStatus::Removed, "gone while she is gone");
    says(true).await;
    assert_eq!(test.actor(&eve).await.status, MemberStatus::Suspended, "an admin's to lift");
    members::resume(&test.app, &owner, eve.id).await.unwrap();
    says(false).await;
    says(true).await;
    assert_eq!(test.actor(&eve).await.status, MemberStatus::Active, "and once lifted it is over");
}

/// C32, C33: a group may name somebody whom an admin has removed. Once the directory does not know them, its teams do not either,
/// whoever brings them back.
#[tokio::test]
async fn whom_a_directory_forgets_is_in_none_of_its_teams_when_an_admin_brings_them_back() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let owner = test.actor(&test.owner).await;
    for name in ["Deleted", "Another"] {
        let id = scim.user(name).await;
        let (path, person) = (format!("/Users/{id}"), scim.person(name).await);
        members::remove(&test.app, &owner, person.id).await.unwrap();
        scim.group(&format!("Group of {name}"), &[&id]).await;
        assert_eq!(test.count_of(PLACES, values![person.id]).await, 1, "{name} is named");
        if name == "Deleted" {
            assert_eq!(scim.delete(&path).await.status, StatusCode::NO_CONTENT);
            members::bring_back(&test.app, &owner, person.id).await.unwrap();
        } else {
            let mut rehired = user(name);
            rehired["externalId"] = "00u-rehired".into();
            assert_eq!(scim.put(&path, &rehired).await.status, StatusCode::OK);
        }
        assert_eq!(test.count_of(PLACES, values![person.id]).await, 0, "{name}");
    }
}

#[tokio::test]
async fn somebody_who_returns_is_the_same_person_without_their_grants() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let id = scim.user("Eve").await;
    let eve = scim.person("Eve").await;
    let account = test.account(&test.owner, "Contentzilla", "").await;
    test.share(account, &eve, ItemRole::Collaborator).await;
    let path = format!("/Users/{id}");
    for active in [json!(false), json!("True")] {
        scim.patch(&path, &json!([{"op": "replace", "value": {"active": active}}])).await;
    }
    assert_eq!(scim.get(&path).await.body["active"], true);
    assert_eq!(scim.person("Eve").await.id, eve.id);
    assert_eq!(alive(&test, eve.id).await, [0; 4]);
}

#[tokio::test]
async fn a_suspended_person_is_active_for_the_directory_and_stays_suspended() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let eve = scim.person("Eve").await;
    let owner = test.actor(&test.owner).await;
    keytile::members::suspend(&test.app, &owner, eve.id).await.unwrap();
    let mut whole = scim.get(&path).await.body;
    assert_eq!(whole["active"], true);
    whole["displayName"] = json!("Eve II");
    assert_eq!(scim.put(&path, &whole).await.status, StatusCode::OK);
    scim.patch(&path, &json!([{"op": "replace", "value": {"active": true}}])).await;
    assert_eq!(test.actor(&eve).await.status, MemberStatus::Suspended);
}

#[tokio::test]
async fn a_re_hire_under_a_reused_user_name_is_a_new_person() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let account = test.account(&test.owner, "Contentzilla", "").await;
    let first_id = scim.user("Eve").await;
    let first = scim.person("Eve").await;
    test.share(account, &first, ItemRole::Owner).await;
    scim.patch(
        &format!("/Users/{first_id}"),
        &json!([{"op": "replace", "value": {"active": false}}]),
    )
    .await;
    let mut rehired = user("Eve");
    rehired["externalId"] = json!("00u-second");
    let second_id = scim.created("/Users", &rehired).await;
    let second = scim.person("Eve").await;
    assert_ne!((&first_id, first.id), (&second_id, second.id));
    assert_error(&scim.get(&format!("/Users/{first_id}")).await, 404, None);

    // Okta finds the userName, and puts the new person where the old one was. Here the leaver's news was even lost.
    test.share(account, &second, ItemRole::Owner).await;
    rehired["externalId"] = json!("00u-third");
    let put = scim.put(&format!("/Users/{second_id}"), &rehired).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    assert_eq!((&put.body["id"], &put.body["active"]), (&json!(second_id), &json!(true)));
    let third = scim.person("Eve").await;
    assert_ne!(third.id, second.id);
    assert_eq!(test.actor(&second).await.status, MemberStatus::Removed);
    assert_eq!(alive(&test, third.id).await, [0; 4]);
    let past = "SELECT COUNT(*) AS n FROM identity WHERE member_id = $1 AND ended_at IS NOT NULL";
    assert_eq!(test.count_of(past, values![second.id]).await, 1);
}

#[tokio::test]
async fn a_removed_person_who_comes_under_a_new_user_name_is_the_same_person() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let id = scim.user("Eve").await;
    let eve = scim.person("Eve").await;
    scim.patch(&format!("/Users/{id}"), &json!([{"op": "replace", "value": {"active": false}}]))
        .await;
    let mut back = user("Eva");
    back["externalId"] = json!("00u-Eve");
    assert_eq!(scim.created("/Users", &back).await, id);
    assert_eq!(scim.person("Eva").await.id, eve.id);
}

#[tokio::test]
async fn somebody_who_is_not_active_yet_can_be_created_and_activated() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let mut staged = user("Eve");
    staged["active"] = json!(false);
    let id = scim.created("/Users", &staged).await;
    assert_eq!(scim.member("eve@example.com").await, None);
    let operations = json!([{"op": "replace", "value": {"active": true}}]);
    let activated = scim.patch(&format!("/Users/{id}"), &operations).await;
    assert_eq!(activated.body["active"], true);
    assert!(scim.member("eve@example.com").await.is_some());
}

#[tokio::test]
async fn a_leaver_whose_new_address_is_taken_leaves_all_the_same() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    test.member("Lola", User).await;
    let path = format!("/Users/{}", scim.user("Eve").await);
    let mut whole = scim.get(&path).await.body;
    whole["emails"][0]["value"] = json!("lola@example.com");
    whole["active"] = json!(false);
    assert_eq!(scim.put(&path, &whole).await.status, StatusCode::OK);
    assert_eq!(scim.member("eve@example.com").await, None);
    // Back with that address, they would be two.
    let operations = json!([{"op": "replace", "value": {"active": true}}]);
    assert_error(&scim.patch(&path, &operations).await, 409, None);
}

/// Whatever else is wrong with the request: answered with an error, the leaving would be undone, and Okta sends it once.
#[tokio::test]
async fn nothing_else_in_a_request_holds_up_a_leaver() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    scim.user("Bob").await;
    let mut heavy = user("Ann");
    heavy["nickName"] = "x".repeat(100_000).into();
    let mut named_bob = user("Cy");
    named_bob["userName"] = "bob@example.com".into();
    let mut named_twice = user("Dan");
    named_twice["externalId"] = "00u-Bob".into();
    for (name, mut whole) in [("Ann", heavy), ("Cy", named_bob), ("Dan", named_twice)] {
        let path = format!("/Users/{}", scim.user(name).await);
        let person = scim.person(name).await;
        test.session_of(&person).await;
        whole["active"] = false.into();
        let left = scim.put(&path, &whole).await;
        assert_eq!((left.status, &left.body["active"]), (StatusCode::OK, &json!(false)), "{name}");
        assert_eq!(alive(&test, person.id).await, [0; 4], "{name}");
    }
}

/// An admin of whom the directory has told no id, or one that is another's too, leaves like everybody.
#[tokio::test]
async fn an_admin_whom_scim_may_not_bind_can_leave() {
    for dialect in scim::Dialect::ALL {
        let test = TestApp::start().await;
        test.write(move |tx, by| Box::pin(keytile::directories::put_dialect(tx, by, dialect)))
            .await;
        let scim = Scim::of(&test).await;
        scim.user("Eve").await;
        let mut twin = user("Twin");
        if dialect.external_id_is_the_person() {
            twin.as_object_mut().unwrap().remove("externalId");
        } else {
            twin["externalId"] = "00u-Eve".into();
        }
        let path = format!("/Users/{}", scim.created("/Users", &twin).await);
        let (person, owner) = (scim.person("Twin").await, test.actor(&test.owner).await);
        let admin = model::workspace::WorkspaceRole::Admin;
        keytile::members::change_role(&test.app, &owner, person.id, admin).await.unwrap();
        test.session_of(&person).await;
        let title = json!([{"op": "replace", "path": "title", "value": "Dr"}]);
        assert_eq!(scim.patch(&path, &title).await.status.as_u16() / 100, 2, "{dialect:?}");
        let inactive = json!([{"op": "Replace", "path": "active", "value": "False"}]);
        assert_eq!(scim.patch(&path, &inactive).await.status.as_u16() / 100, 2, "{dialect:?}");
        assert_eq!(alive(&test, person.id).await, [0; 4], "{dialect:?}");
    }
}

/// T5, 0016: who had this external id is who has it, so a person does not come in anew past what an admin has decided.
#[tokio::test]
async fn whoever_is_deleted_and_added_again_is_who_they_were() {
    for is_rebound in [false, true] {
        let test = TestApp::start().await;
        let scim = Scim::of(&test).await;
        let id = scim.user("Eve").await;
        let eve = scim.person("Eve").await;
        let owner = test.actor(&test.owner).await;
        members::change_role(&test.app, &owner, eve.id, WorkspaceRole::LoginOnly).await.unwrap();
        members::suspend(&test.app, &owner, eve.id).await.unwrap();
        let path = format!("/Users/{id}");
        let mut told = scim.get(&path).await.body;
        let external = told["externalId"].clone();
        if is_rebound {
            // Somebody else stands in their place for a moment.
            told["externalId"] = json!("00usomebodyelse");
            assert_eq!(scim.put(&path, &told).await.status, StatusCode::OK);
            assert_ne!(scim.person("Eve").await.id, eve.id);
            told["externalId"] = external;
            assert_eq!(scim.put(&path, &told).await.status, StatusCode::OK);
        } else {
            assert_eq!(scim.delete(&path).await.status, StatusCode::NO_CONTENT);
            assert_eq!(scim.post("/Users", &told).await.status, StatusCode::CREATED);
        }
        let now = test.actor(&eve).await;
        let known = "SELECT COUNT(*) AS n FROM identity WHERE member_id = $1 AND external_id = $2 AND ended_at IS NULL";
        assert_eq!(test.count_of(known, values![eve.id, eve.okta.as_deref()]).await, 1);
        assert_eq!((now.status, now.role), (MemberStatus::Suspended, WorkspaceRole::LoginOnly));
    }
}
