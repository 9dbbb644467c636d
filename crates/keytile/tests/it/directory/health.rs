//! Who falls through between the two apps, named with why; and the sign-in page that explains a refusal by it.

use http::StatusCode;
use keytile::values;
use okta_sim::org::{GroupType, NewApp, NewUser, OidcClient};

use super::World;
use crate::support::{Admin, Person};

/// Keytile is an OIDC app of the simulated Okta too.
async fn sign_in_app(world: &World) -> String {
    let client = OidcClient { client_secret: "a-client-secret".into(), ..OidcClient::default() };
    let kind = okta_sim::org::AppKind::Oidc(client);
    let id = world.test.okta.sim.org().create_app(NewApp::of_kind("Keytile", kind), true).unwrap();
    super::logout::configure(&world.test, &world.test.okta.url).await;
    world.test.tamper("UPDATE directory SET client_id = $1", values![&id].to_vec()).await;
    id
}

fn assign(world: &World, app: &str, person: &Person) {
    let external = person.okta.as_deref().unwrap();
    world.test.okta.sim.org().assign_user(app, external, None, None, None).unwrap();
}

/// Everything is looked at, because an admin asks.
async fn look(world: &mut World) {
    world.test.advance_millis(1);
    let ask = "UPDATE directory SET check_due_at = 0, check_asked_at = 0";
    world.test.tamper(ask, Vec::new()).await;
    world.turns().await;
    assert_eq!(world.problem().await, None);
}

#[tokio::test]
async fn each_person_who_falls_through_is_named_with_why() {
    let mut world = World::new().await;
    let oidc = sign_in_app(&world).await;
    let (ada, ben) = (world.person("Ada").await, world.person("Ben").await);
    world.people(3).await;
    assign(&world, &oidc, &ada);
    let cleo = {
        let mut org = world.test.okta.sim.org();
        let new = NewUser::person("cleo@example.com", "Cleo", "Example", "correct horse");
        let cleo = org.create_user(new).unwrap();
        org.assign_user(&oidc, &cleo, None, None, None).unwrap();
        let new = NewUser::person("dan@example.com", "Dan", "Example", "correct horse");
        let dan = org.create_user(new).unwrap();
        org.assign_user(&world.app, &dan, None, None, None).unwrap();
        org.assign_user(&oidc, &dan, None, None, None).unwrap();
        cleo
    };
    world.test.okta.sim.org().suspend_user(ada.okta.as_deref().unwrap()).unwrap();
    look(&mut world).await;
    let anna = world.test.member("Anna", Admin).await;
    let mut browser = world.test.client_as(&anna).await;
    for (kind, named, absent) in [
        ("only_provisioning", "ben@example.com", "ada@example.com"),
        ("only_sign_in", cleo.as_str(), "ben@example.com"),
        ("not_pushed", "dan@example.com", "cleo@example.com"),
        ("suspended", "ada@example.com", "ben@example.com"),
    ] {
        let page = browser.get(&format!("/settings/directory/health?kind={kind}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(named), "{kind}: {named}");
        assert!(!page.body.contains(absent), "{kind}: {absent}");
    }
    // It was put right, and is looked at again.
    assign(&world, &oidc, &ben);
    look(&mut world).await;
    let page = browser.get("/settings/directory/health?kind=only_provisioning").await;
    assert!(!page.body.contains("ben@example.com"));
}

/// 1,100 people of whom nobody can sign in: counted, named a page at a time, and read a page at a time.
#[tokio::test]
async fn many_who_fall_through_are_named_page_by_page() {
    let mut world = World::new().await;
    sign_in_app(&world).await;
    {
        let mut org = world.test.okta.sim.org();
        for number in 0..1_100 {
            let login = format!("p{number:04}@example.com");
            let id = org.create_user(NewUser::person(&login, "P", "Q", "correct horse")).unwrap();
            org.assign_user(&world.app, &id, None, None, None).unwrap();
        }
    }
    look(&mut world).await;
    assert_eq!(world.last("looks").await, 0);
    let anna = world.test.member("Anna", Admin).await;
    let mut browser = world.test.client_as(&anna).await;
    let mut path = "/settings/directory/health?kind=not_pushed".to_owned();
    let (mut pages, mut named) = (0, 0);
    loop {
        let page = browser.get(&path).await;
        pages += 1;
        named += page.body.matches("<p class=\"strong\">p").count();
        let Some(begin) = page.body.find("health?kind=not_pushed&#38;after=") else { break };
        let rest = &page.body[begin..];
        let after = rest.split("after=").nth(1).unwrap().split('"').next().unwrap();
        path = format!("/settings/directory/health?kind=not_pushed&after={after}");
    }
    assert_eq!((pages, named), (11, 1_100));
}

/// What the connection may not read is said, and accuses nobody.
#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let mut world = World::new().await;
    world.people(3).await;
    super::logout::configure(&world.test, &world.test.okta.url).await;
    look(&mut world).await;
    let anna = world.test.member("Anna", Admin).await;
    let mut browser = world.test.client_as(&anna).await;
    let page = browser.get("/settings/directory/health").await;
    assert!(page.body.contains("sign-in app was not found"), "{}", page.body);
    assert!(!page.body.contains("only_provisioning"));
}

/// Only once the knowledge is there, and without anybody's name.
#[tokio::test]
async fn a_refusal_at_sign_in_is_explained_without_naming_anybody() {
    let mut world = World::new().await;
    let oidc = sign_in_app(&world).await;
    let (ada, _others) = (world.person("Ada").await, world.people(3).await);
    let denied = async |world: &World| {
        let mut browser = world.test.client();
        let begin = keytile::http::router::sign_in_okta(world.test.workspace, "/", false);
        let away = browser.get(&begin).await;
        let state = url::Url::parse(away.location()).unwrap();
        let state = state.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
        browser.get(&format!("/sign-in/callback?error=access_denied&state={state}")).await
    };
    let page = denied(&world).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("you are not assigned to Keytile there"));
    assert!(!page.body.contains("only one of them"));
    look(&mut world).await;
    let page = denied(&world).await;
    assert!(page.body.contains("some people are assigned to only one of them"));
    assert!(!page.body.contains(&ada.email) && !page.body.contains("Ada"));
    assign(&world, &oidc, &ada);
    let denied_at = "SELECT COUNT(*) AS n FROM directory WHERE denied_at IS NOT NULL";
    assert_eq!(world.test.count(denied_at).await, 1);
}

/// Bug 17 of product.md, 2.8: a group for both; and whom a pushed group has and the app has not.
#[tokio::test]
async fn groups_that_make_people_fall_are_named() {
    let mut world = World::new().await;
    sign_in_app(&world).await;
    let ada = world.person("Ada").await;
    world.people(2).await;
    let dan = {
        let mut org = world.test.okta.sim.org();
        let new = NewUser::person("dan@example.com", "Dan", "Example", "correct horse");
        let dan = org.create_user(new).unwrap();
        let both = org.create_group(GroupType::Okta, "Finance", None).unwrap();
        org.add_member(&both, ada.okta.as_deref().unwrap()).unwrap();
        org.assign_group(&world.app, &both, None, None).unwrap();
        let pushed = org.create_group(GroupType::Okta, "Sales", None).unwrap();
        org.add_member(&pushed, &dan).unwrap();
        for group in [&both, &pushed] {
            org.create_group_push(&world.app, group, false, true).unwrap();
        }
        dan
    };
    look(&mut world).await;
    let found = async |kind: &str| {
        let mut tx = world.test.app.db.read().await.unwrap();
        let sql = "SELECT external_id, name, detail FROM directory_finding WHERE kind = $1";
        let rows = tx.all(sql, values![kind]).await.unwrap();
        let text = |row: &keytile::db::Row, name| row.text(name).unwrap();
        rows.iter()
            .map(|row| [text(row, "external_id"), text(row, "name"), text(row, "detail")])
            .collect::<Vec<_>>()
    };
    assert_eq!(found("group_for_both").await[0][1], "Finance");
    assert_eq!(found("group_for_both").await.len(), 1);
    let without = found("group_without_app").await;
    assert_eq!(without, [[dan, "dan@example.com".to_owned(), "Sales".to_owned()]]);
}
