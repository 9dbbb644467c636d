//! Which app tells us of people: found by the ids that it has of ours, or chosen by an admin.

use http::StatusCode;
use keytile::values;

use super::{World, provisioning_app};
use crate::support::{Admin, TestApp};

async fn chosen(test: &TestApp) -> Option<String> {
    let mut tx = test.app.db.read().await.unwrap();
    let sql = "SELECT scim_app_id FROM directory WHERE workspace_id = $1";
    let row = tx.one(sql, values![test.workspace]).await.unwrap();
    row.opt_text("scim_app_id").unwrap()
}

async fn forget(world: &World) {
    world.test.tamper("UPDATE directory SET scim_app_id = NULL", Vec::new()).await;
}

/// Two apps of a promising name, and only one of them knows our people by our ids.
#[tokio::test]
async fn our_app_is_found_by_the_ids_that_it_has_of_ours() {
    let mut world = World::new().await;
    let people = world.people(3).await;
    forget(&world).await;
    let other = provisioning_app(&world.test, "Keytile (staging)");
    let mut ids = Vec::new();
    for person in &people {
        let mut tx = world.test.app.db.read().await.unwrap();
        let row = tx.one("SELECT id FROM identity WHERE member_id = $1", values![person.id]).await;
        ids.push(row.unwrap().id::<model::MembershipId>("id").unwrap().to_string());
    }
    {
        let mut org = world.test.okta.sim.org();
        for (person, id) in people.iter().zip(ids) {
            let external = person.okta.as_deref().unwrap();
            org.assign_user(&other, external, None, None, None).unwrap();
            let theirs = org.apps.get_mut(&other).unwrap().users.get_mut(external).unwrap();
            theirs.external_id = Some("msh_00000000000000000000000000".into());
            let ours = org.apps.get_mut(&world.app).unwrap().users.get_mut(external).unwrap();
            ours.external_id = Some(id);
        }
    }
    world.unassign(&people[0]);
    world.compare().await;
    assert_eq!(chosen(&world.test).await.as_deref(), Some(world.app.as_str()));
    assert_eq!(world.here(&people).await, 2, "and it was believed at once");
}

/// Nobody is unassigned from an app that nobody knows; the deprovisioned are found all the same.
#[tokio::test]
async fn without_a_known_app_only_the_deprovisioned_leave() {
    let mut world = World::new().await;
    let people = world.people(3).await;
    forget(&world).await;
    world.unassign(&people[0]);
    world.test.okta.sim.org().deactivate_user(people[1].okta.as_deref().unwrap()).unwrap();
    world.compare().await;
    assert_eq!(chosen(&world.test).await, None);
    assert_eq!(world.here(&people).await, 2);
    assert_eq!(world.problem().await, None);
}

/// Product 2.4: whoever is not assigned to that app is out, Super Admins too.
#[tokio::test]
async fn an_admin_reads_which_app_it_is_and_chooses_none() {
    let world = World::new().await;
    forget(&world).await;
    let anna = world.test.member("Anna", Admin).await;
    let mut browser = world.test.client_as(&anna).await;
    let page = browser.get("/settings/directory").await.body;
    assert!(
        page.contains("Only the workspace’s Owner can choose")
            && !page.contains("settings/directory/apps")
    );
    let refused = browser.post("/settings/directory/apps", &[("scim", &world.app)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(chosen(&world.test).await, None);
}

#[tokio::test]
async fn the_owner_finds_and_chooses_the_app() {
    let world = World::new().await;
    forget(&world).await;
    let mut browser = world.test.client_as(&world.test.owner).await;
    let page = browser.get("/settings/directory?q=Keytile").await;
    assert!(page.body.contains("Keytile SCIM") && page.body.contains("provisions people"));
    let page = browser.get("/settings/directory?q=Nothing").await;
    assert!(page.body.contains("No app of this name"));
    let page = browser.get("/settings/directory?q=+").await;
    assert_eq!(page.status, StatusCode::OK);
    for bad in ["0oanone", "../apps", "0oa1?x=y", "00u1/lifecycle"] {
        browser.post("/settings/directory/apps", &[("scim", bad)]).await;
        assert_eq!(chosen(&world.test).await, None, "{bad}");
    }
    browser.post("/settings/directory/apps", &[("scim", &world.app)]).await;
    assert_eq!(chosen(&world.test).await.as_deref(), Some(world.app.as_str()));
    assert_eq!(world.test.recorded("directory.apps_chosen").await, 1);
    // C41: not on an unlocked screen of an hour ago.
    world.test.advance(10 * 60);
    browser.post("/settings/directory/apps", &[("scim", "")]).await;
    assert_eq!(chosen(&world.test).await.as_deref(), Some(world.app.as_str()));
}

/// The first push begins the hourly comparison.
#[tokio::test]
async fn the_first_push_begins_the_hourly_comparison() {
    let test = TestApp::start().await;
    let due = "SELECT COUNT(*) AS n FROM directory WHERE check_due_at IS NOT NULL";
    assert_eq!(test.count(due).await, 0);
    let (workspace, now) = (test.workspace, test.now());
    test.write(move |tx, by| {
        Box::pin(async move {
            keytile::directories::add_scim_token(tx, by).await?;
            let token = model::ApiKeyId::new(by.now, &mut by.rng);
            Ok(keytile::directories::store::touch_scim_token(tx, workspace, token, now).await?)
        })
    })
    .await;
    assert_eq!(test.count(due).await, 1);
}
