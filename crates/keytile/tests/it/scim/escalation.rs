//! T5: no sequence of SCIM calls raises anybody's role, captures somebody who is more than a User, or reaches beyond
//! the directory.

use std::collections::BTreeMap;

use axum::body::Body;
use keytile::paging::Wanted;
use keytile::{members, values};
use model::workspace::{MemberStatus, WorkspaceRole};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{GROUP, PATCH, Scim, assert_error, ids_in, user};
use crate::support::{Admin, Guest, TestApp, User};

/// T5: the workspace's Owner, even one whom the directory knows.
#[tokio::test]
async fn the_owner_is_out_of_reach() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    test.identify(test.owner.id, &test.owner.email, "00u-owner").await;
    let list = scim.get("/Users").await.body;
    let path = format!("/Users/{}", list["Resources"][0]["id"].as_str().unwrap());
    let whole = scim.get(&path).await.body;
    for (field, value) in [
        ("active", json!(false)),
        ("externalId", json!("00u-thief")),
        ("userName", json!("thief@example.com")),
        ("emails", json!([{"value": "thief@example.com", "primary": true}])),
    ] {
        let mut changed = whole.clone();
        changed[field] = value.clone();
        assert_error(&scim.put(&path, &changed).await, 409, None);
        let operations = json!([{"op": "replace", "path": field, "value": value}]);
        assert_error(&scim.patch(&path, &operations).await, 409, None);
    }
    assert_error(&scim.delete(&path).await, 409, None);
    assert_eq!(scim.put(&path, &whole).await.body, whole);
    assert_eq!(test.actor(&test.owner).await.role, WorkspaceRole::Owner);
}

/// T5: an admin who is kept here for the day on which the directory is down, by whatever call, told clearly.
#[tokio::test]
async fn the_break_glass_admin_is_out_of_reach() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let bree = test.member("Bree", Admin).await;
    let taken = scim.post("/Users", &user("Bree")).await;
    assert_error(&taken, 409, Some("uniqueness"));
    let detail = taken.body["detail"].as_str().unwrap();
    assert!(detail.contains("somebody who was invited"), "{detail}");
    assert!(detail.contains("nobody is joined with a member by e-mail"), "{detail}");
    let path = format!("/Users/{}", bree.id);
    assert_error(&scim.delete(&path).await, 404, None);
    assert_error(&scim.put(&path, &user("Bree")).await, 404, None);
    let group = scim.group("Admins", &[&bree.id.to_string()]).await;
    assert!(scim.members_of(&group).await.is_empty());
    let actor = test.actor(&bree).await;
    assert_eq!((actor.role, actor.status), (Admin, MemberStatus::Active));
}

/// One call of a thief who holds the token.
#[derive(Debug, Clone)]
enum Call {
    Post { who: usize, external: usize, active: bool },
    Put { user: usize, who: usize, external: usize, active: bool },
    Activate { user: usize, active: bool },
    Rebind { user: usize, external: usize },
    Promote { user: usize, path: usize },
    Delete { user: usize },
    Group { name: usize, member: usize },
    Fill { group: usize, member: usize },
    Refill { group: usize, members: [usize; 2] },
    Empty { group: usize, member: usize },
    Rename { group: usize, name: usize },
    Disband { group: usize },
}

fn call() -> impl Strategy<Value = Call> {
    let (user, who, external) = (0..6_usize, 0..NAMES.len(), 0..4_usize);
    prop_oneof![
        (who.clone(), external.clone(), any::<bool>())
            .prop_map(|(who, external, active)| Call::Post { who, external, active }),
        (user.clone(), who, external.clone(), any::<bool>())
            .prop_map(|(user, who, external, active)| Call::Put { user, who, external, active }),
        (user.clone(), any::<bool>()).prop_map(|(user, active)| Call::Activate { user, active }),
        (user.clone(), external).prop_map(|(user, external)| Call::Rebind { user, external }),
        (user.clone(), 0..PATHS.len()).prop_map(|(user, path)| Call::Promote { user, path }),
        user.prop_map(|user| Call::Delete { user }),
        (0..3_usize, 0..12_usize).prop_map(|(name, member)| Call::Group { name, member }),
        (0..3_usize, 0..12_usize).prop_map(|(group, member)| Call::Fill { group, member }),
        (0..3_usize, [0..12_usize, 0..12_usize])
            .prop_map(|(group, members)| Call::Refill { group, members }),
        (0..3_usize, 0..12_usize).prop_map(|(group, member)| Call::Empty { group, member }),
        (0..3_usize, 0..3_usize).prop_map(|(group, name)| Call::Rename { group, name }),
        (0..3_usize).prop_map(|group| Call::Disband { group }),
    ]
}

/// The Owner's own, an admin's of the directory, a local member's, a guest's, others', and the break-glass admin's.
const NAMES: [&str; 7] = ["olga.owner", "Ann", "Lola", "Gus", "Eve", "Zoe", "Bree"];
const GROUPS: [&str; 3] = ["Admins", "Owners", "Everyone"];
const PATHS: [&str; 4] = [
    "roles",
    "role",
    "userType",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:role",
];

fn somebody(who: usize, external: usize, active: bool) -> Value {
    let mut body = user(NAMES[who]);
    body["externalId"] = format!("00u-{external}").into();
    body["active"] = active.into();
    body["roles"] = json!([{"value": "owner", "primary": true}]);
    body["role"] = json!("owner");
    body["userType"] = json!("super_admin");
    body
}

/// Role, state, address and external id of everybody.
type People = BTreeMap<model::MemberId, (WorkspaceRole, MemberStatus, String, Option<String>)>;

async fn people(test: &TestApp) -> People {
    let owner = test.actor(&test.owner).await;
    let everybody = Wanted::first("", 200);
    let all = members::list(&test.app, &owner, &everybody).await.expect("the members");
    all.items.into_iter().map(|m| (m.id, (m.role, m.status, m.email, m.external_id))).collect()
}

async fn ids(scim: &Scim<'_>, path: &str) -> Vec<String> {
    ids_in(&scim.get(path).await.body)
}

/// A request as a client sends it.
type Request = (&'static str, String, Value);

async fn request(scim: &Scim<'_>, call: &Call, strangers: &[String]) -> Request {
    let users = ids(scim, "/Users").await;
    let groups = ids(scim, "/Groups").await;
    let pick = |from: &[String], number: usize| {
        from.get(number % from.len().max(1)).cloned().unwrap_or_else(|| "none".into())
    };
    let user = |number: usize| format!("/Users/{}", pick(&users, number));
    let group = |number: usize| format!("/Groups/{}", pick(&groups, number));
    let anybody: Vec<String> = users.iter().chain(strangers).cloned().collect();
    let patch = |operation: Value| json!({"schemas": [PATCH], "Operations": [operation]});
    match *call {
        Call::Post { who, external, active } => {
            ("POST", "/Users".into(), somebody(who, external, active))
        }
        Call::Put { user: number, who, external, active } => {
            ("PUT", user(number), somebody(who, external, active))
        }
        Call::Activate { user: number, active } => {
            let value = json!({"active": active, "role": "owner"});
            ("PATCH", user(number), patch(json!({"op": "replace", "value": value})))
        }
        Call::Rebind { user: number, external } => {
            let value = format!("00u-{external}");
            let operation = json!({"op": "replace", "path": "externalId", "value": value});
            ("PATCH", user(number), patch(operation))
        }
        Call::Promote { user: number, path } => {
            let operation = json!({"op": "add", "path": PATHS[path], "value": "owner"});
            ("PATCH", user(number), patch(operation))
        }
        Call::Delete { user: number } => ("DELETE", user(number), Value::Null),
        Call::Group { name, member } => {
            let members = json!([{"value": pick(&anybody, member)}]);
            let body = json!({"schemas": [GROUP], "displayName": GROUPS[name], "members": members});
            ("POST", "/Groups".into(), body)
        }
        Call::Refill { group: number, members } => {
            let name = scim.get(&group(number)).await.body["displayName"].clone();
            let members = members.map(|member| json!({"value": pick(&anybody, member)}));
            let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
            ("PUT", group(number), body)
        }
        Call::Empty { group: number, member } => {
            let path = format!("members[value eq \"{}\"]", pick(&anybody, member));
            ("PATCH", group(number), patch(json!({"op": "remove", "path": path})))
        }
        Call::Rename { group: number, name } => {
            let operation = json!({"op": "replace", "path": "displayName", "value": GROUPS[name]});
            ("PATCH", group(number), patch(operation))
        }
        Call::Disband { group: number } => ("DELETE", group(number), Value::Null),
        Call::Fill { group: number, member } => {
            let value = json!([{"value": pick(&anybody, member)}]);
            let operation = json!({"op": "add", "path": "members", "value": value});
            ("PATCH", group(number), patch(operation))
        }
    }
}

/// Sends it for itself, or as one of many in a bulk request.
async fn send(scim: &Scim<'_>, (method, path, body): Request, in_bulk: bool) -> super::Answer {
    if in_bulk {
        let mut operation = json!({"method": method, "path": path, "data": body});
        if method == "POST" {
            operation["bulkId"] = json!("one");
        }
        let body = json!({"schemas": [scim::urn::BULK_REQUEST], "Operations": [operation]});
        return scim.post("/Bulk", &body).await;
    }
    let method = method.parse::<http::Method>().expect("a method");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    scim.send(method, &path, body).await
}

/// The id by which another directory's client knows somebody of its own.
async fn person_of_another_connection(test: &TestApp) -> String {
    let there = test.elsewhere().await;
    let mut by = keytile::actor::By::process(&test.app, there.workspace, "system");
    let token = test.app.db.write(there.workspace, move |tx| {
        Box::pin(async move { keytile::directories::add_scim_token(tx, &mut by).await })
    });
    let token = token.await.expect("a token").expose().clone();
    let router = keytile::http::router::router(test.app.clone());
    let other = Scim { test, router, token };
    other.created("/Users", &user("Stranger")).await
}

async fn play(calls: Vec<(Call, bool)>) {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    // An admin whom the directory knows, and one whom it has not told an external id.
    scim.user("Ann").await;
    let mut unbound = user("Una");
    unbound.as_object_mut().expect("an object").remove("externalId");
    scim.created("/Users", &unbound).await;
    let owner = test.actor(&test.owner).await;
    for name in ["Ann", "Una"] {
        let admin = scim.person(name).await;
        members::change_role(&test.app, &owner, admin.id, Admin).await.expect("a promotion");
    }
    let (lola, gus) = (test.member("Lola", User).await, test.member("Gus", Guest).await);
    let bree = test.member("Bree", Admin).await;
    let locals = [lola.id, gus.id, bree.id, test.owner.id];
    let mut strangers = locals.map(|id| id.to_string()).to_vec();
    strangers.push(person_of_another_connection(&test).await);
    let mut before = people(&test).await;
    for (call, in_bulk) in &calls {
        let request = request(&scim, call, &strangers).await;
        let answer = send(&scim, request, *in_bulk).await;
        assert!(!answer.status.is_server_error(), "{call:?}: {}", answer.body);
        let after = people(&test).await;
        for (id, (role, status, email, external)) in &after {
            let Some((had, was, address, known)) = before.get(id) else {
                assert_eq!(*role, WorkspaceRole::User, "{call:?} made more than a User");
                continue;
            };
            // Whoever leaves is more than a User no longer; nothing else changes a role.
            let has_left = *status == MemberStatus::Removed && *was != MemberStatus::Removed;
            let wanted = if has_left { (*had).min(WorkspaceRole::User) } else { *had };
            assert_eq!(*role, wanted, "{call:?} changed a role");
            let is_captured =
                *role > WorkspaceRole::User && external.is_some() && external != known;
            assert!(!is_captured, "{call:?} bound {email} to {external:?}");
            if locals.contains(id) {
                assert_eq!((email, external), (address, known), "{call:?} touched a local member");
                let active =
                    "SELECT COUNT(*) AS n FROM member WHERE id = $1 AND removed_at IS NULL";
                assert_eq!(test.count_of(active, values![*id]).await, 1, "{call:?}");
            }
        }
        before = after;
        let outside =
            "SELECT COUNT(*) AS n FROM team_membership t JOIN member m ON m.id = t.member_id
             JOIN team g ON g.id = t.team_id
             WHERE t.ended_at IS NULL AND (m.directory_id IS NULL OR m.directory_id <> g.directory_id)";
        assert_eq!(test.count(outside).await, 0, "{call:?} put a stranger into a group");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// T5.
    #[test]
    fn no_sequence_of_calls_raises_a_role_or_captures_anybody(
        calls in prop::collection::vec((call(), any::<bool>()), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(calls));
    }
}
