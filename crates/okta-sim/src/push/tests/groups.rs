use super::*;

#[tokio::test]
async fn a_private_app_puts_whole_groups() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    assert_eq!(world.lines().await, Vec::<String>::new(), "the group is not pushed yet");

    world.provisioner.push_group(&group).await.unwrap();
    let calls = world.service.take();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let created = json!({"schemas": schemas, "displayName": "Finance", "members": []});
    assert_eq!(calls[0], ("POST /Groups".to_owned(), created));
    let member = json!({"value": "1", "display": "eve@example.com"});
    let filled =
        json!({"schemas": schemas, "id": "2", "displayName": "Finance", "members": [member]});
    assert_eq!(calls[1], ("PUT /Groups/2".to_owned(), filled));
    assert_eq!(calls.len(), 2);

    world.sim.org().update_group(&group, "Money", None).unwrap();
    let calls = world.calls().await;
    assert_eq!(
        (calls[0].0.as_str(), &calls[0].1["displayName"]),
        ("PUT /Groups/2", &json!("Money"))
    );
    world.sim.org().remove_member(&group, &world.eve).unwrap();
    let calls = world.calls().await;
    assert_eq!((calls[0].0.as_str(), &calls[0].1["members"]), ("PUT /Groups/2", &json!([])));
    world.sim.org().delete_group(&group).unwrap();
    assert_eq!(world.lines().await, ["DELETE /Groups/2"]);
}

#[tokio::test]
async fn a_catalogue_app_patches_groups() {
    let world = World::with_eve(Dialect::Catalogue).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    let calls = world.service.take();
    assert_eq!((calls[0].0.as_str(), &calls[0].1["members"]), ("POST /Groups", &json!([])));
    assert_eq!(calls[1].0, "PATCH /Groups/2");
    let name = |name: &str| json!({"op": "replace", "value": {"id": "2", "displayName": name}});
    let add = json!({
        "op": "add", "path": "members", "value": [{"value": "1", "display": "eve@example.com"}],
    });
    assert_eq!(calls[1].1["Operations"], json!([name("Finance"), add]));

    world.sim.org().update_group(&group, "Money", None).unwrap();
    assert_eq!(world.calls().await[0].1["Operations"], json!([name("Money")]));

    world.sim.org().remove_member(&group, &world.eve).unwrap();
    let remove = json!({"op": "remove", "path": "members[value eq \"1\"]"});
    assert_eq!(world.calls().await[0].1["Operations"], json!([name("Money"), remove]));

    world.provisioner.unlink_group(&group, true).await.unwrap();
    assert_eq!(world.service.lines(), ["DELETE /Groups/2"]);
}

#[tokio::test]
async fn only_people_of_the_app_are_pushed_as_members() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    let other = NewUser::person("bob@example.com", "Bob", "Other", "right");
    let bob = world.sim.org().create_user(other).unwrap();
    world.sim.org().add_member(&group, &bob).unwrap();
    world.provisioner.push_group(&group).await.unwrap();
    let calls = world.service.take();
    assert_eq!(calls[1].1["members"].as_array().unwrap().len(), 1, "Bob does not have the app");

    world.assign(&bob);
    let calls = world.calls().await;
    let lines: Vec<&str> = calls.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines[1..], ["POST /Users", "PUT /Groups/2"]);
    assert_eq!(calls[2].1["members"].as_array().unwrap().len(), 2);

    world.sim.org().deactivate_user(&bob).unwrap();
    let calls = world.calls().await;
    assert_eq!(calls.last().unwrap().0, "PUT /Groups/2");
    assert_eq!(calls.last().unwrap().1["members"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn unlinking_a_group_may_leave_it_at_the_service() {
    let world = World::with_eve(Dialect::Private).await;
    let group = world.group_of_eve();
    world.provisioner.push_group(&group).await.unwrap();
    world.service.take();
    world.provisioner.unlink_group(&group, false).await.unwrap();
    world.sim.org().update_group(&group, "Money", None).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
}
