//! Groups: teams that the directory fills.

use http::StatusCode;
use keytile::directories::store::identities::{self, Record};
use keytile::{teams, values};
use model::TeamId;
use model::share::ItemRole;
use serde_json::{Value, json};

use super::{Scim, alive, assert_error, ids_in};
use crate::support::{MARKS, TestApp, User};

async fn team(test: &TestApp, id: &str) -> (teams::Team, Vec<String>) {
    let id: TeamId = id.parse().expect("a group's id is its team's");
    let owner = test.actor(&test.owner).await;
    let (team, may_change) = teams::find(&test.app, &owner, id).await.expect("a team");
    let people = test.people_in(id).await;
    assert!(!may_change, "a directory's team is read-only here");
    (team, people.into_iter().map(|person| person.email).collect())
}

/// C32, S19.
#[tokio::test]
async fn a_group_is_a_team_that_only_the_directory_changes() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let (eve, ada) = (scim.user("Eve").await, scim.user("Ada").await);
    // Okta creates it empty, and fills it afterwards.
    let id = scim.group("Finance", &[]).await;
    let filled = scim
        .patch(
            &format!("/Groups/{id}"),
            &json!([
                {"op": "replace", "value": {"id": id, "displayName": "Finance"}},
                {"op": "add", "path": "members", "value": [{"value": eve, "display": "eve"}, {"value": ada}]},
            ]),
        )
        .await;
    assert_eq!(filled.status, StatusCode::OK, "{}", filled.body);
    let base = format!("{}/scim/v2", test.app.config.origin());
    assert_eq!(
        filled.body["members"][0],
        json!({"value": eve, "$ref": format!("{base}/Users/{eve}"), "display": "eve", "type": "User"})
    );
    let (finance, people) = team(&test, &id).await;
    assert_eq!(finance.name, "Finance");
    assert_eq!(people, ["ada@example.com", "eve@example.com"]);

    let changed = scim
        .patch(
            &format!("/Groups/{id}"),
            &json!([
                {"op": "replace", "value": {"id": id, "displayName": "Money"}},
                {"op": "remove", "path": format!("members[value eq \"{eve}\"]")},
            ]),
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let (money, people) = team(&test, &id).await;
    assert_eq!(
        (money.name.as_str(), people.as_slice()),
        ("Money", &["ada@example.com".to_owned()][..])
    );
    assert_eq!(test.recorded("team.renamed").await, 1);

    assert_eq!(scim.delete(&format!("/Groups/{id}")).await.status, StatusCode::NO_CONTENT);
    assert_error(&scim.get(&format!("/Groups/{id}")).await, 404, None);
    assert_eq!(test.recorded("team.deleted").await, 1);
}

/// Okta's private apps put the whole group each time.
#[tokio::test]
async fn a_put_writes_the_difference_only() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let (eve, ada, ida) = (scim.user("Eve").await, scim.user("Ada").await, scim.user("Ida").await);
    let id = scim.group("Finance", &[&eve, &ada]).await;
    let path = format!("/Groups/{id}");
    let written = test.count("SELECT COUNT(*) AS n FROM team_membership").await;
    let whole =
        json!({"id": id, "displayName": "Finance", "members": [{"value": ada}, {"value": ida}]});
    let put = scim.put(&path, &whole).await;
    assert_eq!(put.status, StatusCode::OK);
    assert_eq!(scim.members_of(&id).await, [ada, ida]);
    assert_eq!(test.count("SELECT COUNT(*) AS n FROM team_membership").await, written + 1);
    test.advance(60);
    assert_eq!(scim.put(&path, &whole).await.body, put.body, "repeated, it changes nothing");
}

/// The forms in which clients change members, each repeated: adding whom there is and removing whom there is not is
/// nothing.
#[tokio::test]
async fn members_are_changed_in_every_clients_way() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let (eve, ada) = (scim.user("Eve").await, scim.user("Ada").await);
    let id = scim.group("Finance", &[]).await;
    let steps: [(Value, Vec<&String>); 6] = [
        (
            json!([{"op": "Add", "path": "members", "value": [{"value": eve}, {"value": ada}]}]),
            vec![&eve, &ada],
        ),
        // Without the value, all would be gone.
        (json!([{"op": "Remove", "path": "members", "value": [{"value": eve}]}]), vec![&ada]),
        (json!([{"op": "add", "value": {"members": [{"value": eve}]}}]), vec![&eve, &ada]),
        (json!([{"op": "remove", "path": format!("members[value eq \"{ada}\"]")}]), vec![&eve]),
        (json!([{"op": "replace", "path": "members", "value": [{"value": ada}]}]), vec![&ada]),
        (json!([{"op": "remove", "path": "members"}]), vec![]),
    ];
    for (operations, members) in steps {
        for _ in 0..2 {
            let answer = scim.patch(&format!("/Groups/{id}"), &operations).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert_eq!(
                scim.members_of(&id).await.iter().collect::<Vec<_>>(),
                members,
                "{operations}"
            );
        }
    }
}

/// C2.8 (the vendor's limit 8), T5: only people of this directory, and the others do not fail the push.
#[tokio::test]
async fn unknown_members_are_passed_over_and_the_known_are_applied() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let local = test.member("Lola", User).await;
    let (eve, gone) = (scim.user("Eve").await, scim.user("Gone").await);
    scim.delete(&format!("/Users/{gone}")).await;
    let strangers = ["x", &local.id.to_string(), &test.owner.id.to_string(), &gone, ""];
    let all: Vec<&str> = strangers.into_iter().chain([eve.as_str()]).collect();
    let id = scim.group("Finance", &all).await;
    assert_eq!(scim.members_of(&id).await, std::slice::from_ref(&eve));
    let members: Vec<Value> = all.iter().map(|id| json!({"value": id})).collect();
    let answer = scim
        .patch(
            &format!("/Groups/{id}"),
            &json!([{"op": "add", "path": "members", "value": members}]),
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    let whole = json!({"displayName": "Finance", "members": members});
    assert_eq!(scim.put(&format!("/Groups/{id}"), &whole).await.status, StatusCode::OK);
    assert_eq!(scim.members_of(&id).await, [eve]);
}

/// Who is in a group is the directory's to say. Being in one gives nothing to somebody who is not active, such as a person
/// whom Okta has staged; what the group gives is there once they are.
#[tokio::test]
async fn somebody_inactive_is_in_a_group_and_has_what_it_gives_once_active() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let person = scim.person("Eve").await;
    let set = |active: bool| json!([{"op": "replace", "value": {"active": active}}]);
    scim.patch(&format!("/Users/{eve}"), &set(false)).await;
    let group = scim.group("Finance", &[&eve]).await;
    assert_eq!(scim.members_of(&group).await, std::slice::from_ref(&eve));
    let account = test.account(&test.owner, "Books", "Ledger").await;
    let team: TeamId = group.parse().unwrap();
    test.share(account, team, ItemRole::Collaborator).await;
    assert_eq!(alive(&test, person.id).await, [0, 0, 0, 1], "in the team, and nothing else");
    scim.patch(&format!("/Users/{eve}"), &set(true)).await;
    let mut api = test.api_as(&person).await;
    let answer = api.call(http::Method::GET, &format!("/api/v1/accounts/{account}")).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn groups_are_found_by_name_and_listed_without_their_members() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let finance = scim.group("Finance", &[&eve]).await;
    test.advance(1);
    let legal = scim.group("Legal", &[]).await;
    test.team("Self-managed", &[]).await;
    let cases: [(&str, Vec<&String>); 5] = [
        ("displayName%20eq%20%22finance%22&startIndex=1&count=100", vec![&finance]),
        ("displayName%20eq%20%22Self-managed%22", vec![]),
        (&format!("id%20eq%20%22{legal}%22"), vec![&legal]),
        (&format!("members.value%20eq%20%22{eve}%22"), vec![&finance]),
        ("displayName%20pr", vec![&finance, &legal]),
    ];
    for (filter, ids) in cases {
        let list = scim.get(&format!("/Groups?filter={filter}")).await.body;
        assert_eq!(ids_in(&list).iter().collect::<Vec<_>>(), ids, "{filter}");
    }
    let bare = scim.get("/Groups?excludedAttributes=members&count=1").await.body;
    assert_eq!((&bare["totalResults"], &bare["itemsPerPage"]), (&json!(2), &json!(1)));
    assert_eq!(bare["Resources"][0]["members"], Value::Null);
    let one = scim.get(&format!("/Groups/{finance}?excludedAttributes=members")).await.body;
    assert_eq!((&one["displayName"], &one["members"]), (&json!("Finance"), &Value::Null));
}

#[tokio::test]
async fn two_groups_of_a_directory_do_not_share_a_name() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    test.team("Finance", &[]).await;
    scim.group("Finance", &[]).await;
    let again = json!({"displayName": "FINANCE", "members": []});
    assert_error(&scim.post("/Groups", &again).await, 409, Some("uniqueness"));
    let legal = format!("/Groups/{}", scim.group("Legal", &[]).await);
    assert_error(&scim.put(&legal, &again).await, 409, Some("uniqueness"));
    let rename = json!([{"op": "replace", "path": "displayName", "value": "finance"}]);
    assert_error(&scim.patch(&legal, &rename).await, 409, Some("uniqueness"));
    // Another spelling of its own name is free.
    let spelt = json!([{"op": "replace", "path": "displayName", "value": "LEGAL"}]);
    assert_eq!(scim.patch(&legal, &spelt).await.body["displayName"], "LEGAL");
}

#[tokio::test]
async fn a_self_managed_team_is_not_the_directorys_to_change() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let path = format!("/Groups/{}", test.team("Own", &[]).await);
    assert_error(&scim.get(&path).await, 404, None);
    assert_error(&scim.put(&path, &json!({"displayName": "x"})).await, 404, None);
    assert_error(&scim.delete(&path).await, 404, None);
}

/// S19.
#[tokio::test]
async fn a_change_of_members_marks_the_tiles_that_the_team_reaches() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let (eve, ada) = (scim.user("Eve").await, scim.user("Ada").await);
    let id = scim.group("Finance", &[&ada]).await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.share(account, id.parse::<TeamId>().unwrap(), ItemRole::Collaborator).await;
    test.turn_on().await;
    let tile = test.extend(&test.owner, account).await;
    let tile: &[_] = values![tile];
    let marked = || test.count_of(MARKS, tile);
    let path = format!("/Groups/{id}");
    let changes = [
        (json!([{"op": "add", "path": "members", "value": [{"value": eve}]}]), 1),
        (json!([{"op": "add", "path": "members", "value": [{"value": eve}]}]), 0),
        (json!([{"op": "replace", "value": {"id": id, "displayName": "Finance"}}]), 0),
        (json!([{"op": "remove", "path": format!("members[value eq \"{eve}\"]")}]), 1),
    ];
    for (operations, more) in changes {
        let before = marked().await;
        scim.patch(&path, &operations).await;
        assert_eq!(marked().await - before, more, "{operations}");
    }
    let before = marked().await;
    scim.delete(&path).await;
    assert!(marked().await > before);
    assert_eq!(
        test.count(
            "SELECT COUNT(*) AS n FROM share WHERE team_id IS NOT NULL AND ended_at IS NULL"
        )
        .await,
        0
    );
}

/// The answer to a patch costs as much as the change, not as the group.
#[tokio::test]
async fn a_patch_of_a_large_group_is_answered_without_the_group() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let id = scim.group("Everybody", &[]).await;
    let team: TeamId = id.parse().unwrap();
    let directory = test.directory;
    test.write(move |tx, by| {
        Box::pin(async move {
            for number in 0..1_001_u32 {
                let member = model::MemberId::new(by.now, &mut by.rng);
                let place = model::MembershipId::new(by.now, &mut by.rng);
                let name = format!("p{number}@example.com");
                tx.execute(
                    "INSERT INTO member (id, workspace_id, email, email_key, name, directory_id, created_at)
                     VALUES ($1, $2, $3, $3, $3, $4, $5)",
                    values![member, by.workspace, &name, directory, by.now],
                )
                .await?;
                let known = Record::known(&name, &name);
                identities::insert(tx, by, directory, member, &known).await?;
                tx.execute(
                    "INSERT INTO team_membership (id, workspace_id, team_id, member_id, role, started_at)
                     VALUES ($1, $2, $3, $4, 'member', $5)",
                    values![place, by.workspace, team, member, by.now],
                )
                .await?;
            }
            Ok(())
        })
    })
    .await;
    let add = json!([{"op": "add", "path": "members", "value": [{"value": eve}]}]);
    let path = format!("/Groups/{id}");
    assert_eq!(scim.patch(&path, &add).await.status, StatusCode::NO_CONTENT);
    let asked = scim.patch(&format!("{path}?attributes=displayName"), &add).await;
    assert_eq!((asked.status, &asked.body["displayName"]), (StatusCode::OK, &json!("Everybody")));
    assert_eq!(scim.members_of(&id).await.len(), 1_002);
}
