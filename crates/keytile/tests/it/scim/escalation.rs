//! T5: no sequence of SCIM calls raises anybody's role, captures somebody who is more than a User, or reaches beyond
//! the directory.

use std::collections::BTreeMap;

use keytile::paging::Wanted;
use keytile::{members, values};
use model::workspace::WorkspaceRole;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Scim, assert_error, ids_in, user};
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
        (0..3_usize, 0..9_usize).prop_map(|(name, member)| Call::Group { name, member }),
        (0..3_usize, 0..9_usize).prop_map(|(group, member)| Call::Fill { group, member }),
    ]
}

/// The Owner's own, an admin's of the directory, a local member's, a guest's, and others.
const NAMES: [&str; 6] = ["olga.owner", "Ann", "Lola", "Gus", "Eve", "Zoe"];
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
type People = BTreeMap<model::MemberId, (WorkspaceRole, String, Option<String>)>;

async fn people(test: &TestApp) -> People {
    let owner = test.actor(&test.owner).await;
    let everybody = Wanted::first("", 200);
    let all = members::list(&test.app, &owner, &everybody).await.expect("the members");
    all.items.into_iter().map(|m| (m.id, (m.role, m.email, m.external_id))).collect()
}

async fn ids(scim: &Scim<'_>, path: &str) -> Vec<String> {
    ids_in(&scim.get(path).await.body)
}

async fn send(scim: &Scim<'_>, call: &Call, strangers: &[String]) -> super::Answer {
    let users = ids(scim, "/Users").await;
    let groups = ids(scim, "/Groups").await;
    let pick = |from: &[String], number: usize| {
        from.get(number % from.len().max(1)).cloned().unwrap_or_else(|| "none".into())
    };
    let user = |number: usize| format!("/Users/{}", pick(&users, number));
    let anybody: Vec<String> = users.iter().chain(strangers).cloned().collect();
    match *call {
        Call::Post { who, external, active } => {
            scim.post("/Users", &somebody(who, external, active)).await
        }
        Call::Put { user: number, who, external, active } => {
            scim.put(&user(number), &somebody(who, external, active)).await
        }
        Call::Activate { user: number, active } => {
            let operations =
                json!([{"op": "replace", "value": {"active": active, "role": "owner"}}]);
            scim.patch(&user(number), &operations).await
        }
        Call::Rebind { user: number, external } => {
            let value = format!("00u-{external}");
            let operations = json!([{"op": "replace", "path": "externalId", "value": value}]);
            scim.patch(&user(number), &operations).await
        }
        Call::Promote { user: number, path } => {
            let operations = json!([{"op": "add", "path": PATHS[path], "value": "owner"}]);
            scim.patch(&user(number), &operations).await
        }
        Call::Delete { user: number } => scim.delete(&user(number)).await,
        Call::Group { name, member } => {
            let members = json!([{"value": pick(&anybody, member)}]);
            let name = ["Admins", "Owners", "Everyone"][name];
            scim.post("/Groups", &json!({"displayName": name, "members": members})).await
        }
        Call::Fill { group, member } => {
            let value = json!([{"value": pick(&anybody, member)}]);
            let operations = json!([{"op": "add", "path": "members", "value": value}]);
            scim.patch(&format!("/Groups/{}", pick(&groups, group)), &operations).await
        }
    }
}

async fn play(calls: Vec<Call>) {
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
    let strangers = [lola.id.to_string(), gus.id.to_string(), test.owner.id.to_string()];
    let locals = [lola.id, gus.id, test.owner.id];
    let mut before = people(&test).await;
    for call in &calls {
        let answer = send(&scim, call, &strangers).await;
        assert!(!answer.status.is_server_error(), "{call:?}: {}", answer.body);
        let after = people(&test).await;
        for (id, (role, email, external)) in &after {
            let Some((had, address, known)) = before.get(id) else {
                assert_eq!(*role, WorkspaceRole::User, "{call:?} made more than a User");
                continue;
            };
            assert_eq!(role, had, "{call:?} changed a role");
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
             WHERE t.ended_at IS NULL AND m.directory_id IS NULL";
        assert_eq!(test.count(outside).await, 0, "{call:?} put a stranger into a group");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// T5.
    #[test]
    fn no_sequence_of_calls_raises_a_role_or_captures_anybody(
        calls in prop::collection::vec(call(), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(calls));
    }
}
