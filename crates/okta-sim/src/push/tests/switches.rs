use super::*;
use crate::org::Switches;

impl World {
    fn switch(&self, switches: Switches) {
        let app = self.provisioner.app_id();
        self.sim.org().configure_provisioning(app, |scim| scim.switches = switches).unwrap();
    }
}

#[tokio::test]
async fn what_is_switched_off_is_not_told() {
    let world = World::new(Dialect::Private).await;
    world.switch(Switches { create_users: false, ..Switches::default() });
    world.assign(&world.eve);
    assert_eq!(world.lines().await, Vec::<String>::new());

    let world = World::with_eve(Dialect::Private).await;
    world.switch(Switches { update_attributes: false, ..Switches::default() });
    let profile = serde_json::Map::from_iter([("lastName".to_owned(), "Changed".into())]);
    world.sim.org().update_user(&world.eve, profile, None, false).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
    world.switch(Switches { deactivate_users: false, ..Switches::default() });
    world.sim.org().deactivate_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_password_goes_along_where_it_is_wanted() {
    for dialect in [Dialect::Private, Dialect::Catalogue] {
        let world = World::with_eve(dialect).await;
        // The clock stands still: her password is newer than what was told because it was never told.
        world.switch(Switches {
            sync_password: true,
            update_attributes: false,
            ..Switches::default()
        });
        let changed = jiff::SignedDuration::from_secs(1);
        world.sim.org().users.get_mut(&world.eve).unwrap().password_changed =
            Some(world.sim.now() + changed);
        let profile = serde_json::Map::new();
        world.sim.org().update_user(&world.eve, profile, None, false).unwrap();
        let calls = world.calls().await;
        let sent = match dialect {
            Dialect::Private => &calls[1].1["password"],
            Dialect::Catalogue => &calls[0].1["Operations"][0]["value"]["password"],
        };
        assert!(sent.as_str().is_some_and(|password| password.len() == 16), "{calls:?}");
    }
}

#[tokio::test]
async fn a_paused_group_is_left_alone_and_then_pushed_whole() {
    let world = World::with_eve(Dialect::Catalogue).await;
    let (group, app) = (world.group_of_eve(), world.provisioner.app_id().to_owned());
    world.provisioner.push_group(&group).await.unwrap();
    world.service.take();
    let id = world.sim.org().connection(&app).unwrap().pushes[0].id.clone();
    world.sim.org().set_group_push_active(&app, &id, false).unwrap();
    world.sim.org().remove_member(&group, &world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());

    world.sim.org().set_group_push_active(&app, &id, true).unwrap();
    let calls = world.calls().await;
    assert_eq!(calls.len(), 1);
    let all = json!({"op": "replace", "path": "members", "value": []});
    assert_eq!(calls[0].1["Operations"][1], all);

    world.sim.org().set_group_push_active(&app, &id, false).unwrap();
    world.sim.org().delete_group_push(&app, &id, false).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new(), "it stays at the service");
}

#[tokio::test]
async fn a_group_that_the_service_has_is_linked_by_its_name() {
    let world = World::with_eve(Dialect::Private).await;
    let (group, app) = (world.group_of_eve(), world.provisioner.app_id().to_owned());
    world.service.inner.lock().unwrap().existing = Some(json!({"id": "88"}));
    world.sim.org().create_group_push(&app, &group, true, true).unwrap();
    let lookup = "GET /Groups?filter=displayName%20eq%20%22Finance%22&startIndex=1&count=100";
    assert_eq!(world.lines().await, [lookup, "PUT /Groups/88"]);
}

#[tokio::test]
async fn a_group_is_pushed_whole_when_an_admin_says_now() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    world.service.take();
    world.provisioner.push_group_now(&group).await;
    assert_eq!(world.service.lines(), ["PUT /Groups/2"]);
}
