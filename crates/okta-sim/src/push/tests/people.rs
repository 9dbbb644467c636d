use super::*;

#[tokio::test]
async fn an_assigned_person_is_looked_up_and_created() {
    for dialect in [Dialect::Private, Dialect::Catalogue] {
        let world = World::new(dialect).await;
        world.assign(&world.eve);
        let calls = world.calls().await;
        assert_eq!(calls[0].0, LOOKUP);
        assert_eq!(calls[1].0, "POST /Users");
        let mut sent = calls[1].1.clone();
        let password = sent["password"].take();
        assert!(password.as_str().is_some_and(|it| it.len() == 16), "always a junk password");
        assert_eq!(
            sent,
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": "eve@example.com",
                "name": {"givenName": "Eve", "familyName": "Example"},
                "emails": [{"primary": true, "value": "eve@example.com", "type": "work"}],
                "displayName": "Eve Example",
                "locale": "en-US",
                "externalId": world.eve,
                "groups": [],
                "password": null,
                "active": true,
            })
        );
        assert_eq!(calls.len(), 2);
        let org = world.sim.org();
        let row = org.app_user(world.provisioner.app_id(), &world.eve).unwrap();
        assert_eq!(row.external_id.as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn calls_carry_oktas_headers() {
    let world = World::with_eve(Dialect::Private).await;
    let headers = world.service.inner.lock().unwrap().headers.clone();
    for sent in &headers {
        assert_eq!(sent[header::USER_AGENT], "Okta SCIM Client 1.0.0");
        assert_eq!(sent[header::AUTHORIZATION], "Bearer scim-token");
    }
    assert_eq!(headers[1][header::CONTENT_TYPE], "application/scim+json; charset=utf-8");
}

#[tokio::test]
async fn somebody_whom_the_service_knows_is_linked_and_updated() {
    let existing = json!({"id": "77", "userName": "EVE@example.com", "active": false, "x": 1});
    let world = World::new(Dialect::Private).await;
    world.service.inner.lock().unwrap().existing = Some(existing.clone());
    world.assign(&world.eve);
    let calls = world.calls().await;
    assert_eq!(calls[1].0, "PUT /Users/77");
    assert_eq!(calls[1].1["active"], true);
    assert_eq!(calls[1].1["externalId"], world.eve.as_str());
    assert_eq!(calls[1].1["x"], 1, "the whole object comes back");
    assert_eq!(calls.len(), 2);

    let world = World::new(Dialect::Catalogue).await;
    world.service.inner.lock().unwrap().existing = Some(existing);
    world.assign(&world.eve);
    let calls = world.calls().await;
    assert_eq!((calls[1].0.as_str(), &calls[1].1["active"]), ("PUT /Users/77", &json!(false)));
    assert_eq!(calls[2].0, "PATCH /Users/77");
    assert_eq!(calls[2].1["Operations"], json!([{"op": "replace", "value": {"active": true}}]));
}

#[tokio::test]
async fn a_changed_profile_is_read_and_put_whole() {
    for dialect in [Dialect::Private, Dialect::Catalogue] {
        let world = World::with_eve(dialect).await;
        let profile = serde_json::Map::from_iter([("lastName".to_owned(), "Changed".into())]);
        world.sim.org().update_user(&world.eve, profile, None, false).unwrap();
        let calls = world.calls().await;
        assert_eq!(calls[0].0, "GET /Users/1");
        assert_eq!(calls[1].0, "PUT /Users/1");
        assert_eq!(calls[1].1["name"]["familyName"], "Changed");
        assert_eq!(calls[1].1["externalId"], world.eve.as_str());
        assert_eq!(calls[1].1["active"], true);
        assert_eq!(calls.len(), 2);
    }
}

#[tokio::test]
async fn a_private_app_deactivates_with_put() {
    let world = World::with_eve(Dialect::Private).await;
    world.sim.org().deactivate_user(&world.eve).unwrap();
    let calls = world.calls().await;
    assert_eq!(calls[0].0, "GET /Users/1");
    assert_eq!((calls[1].0.as_str(), &calls[1].1["active"]), ("PUT /Users/1", &json!(false)));
    assert_eq!(calls.len(), 2);
}

#[tokio::test]
async fn a_catalogue_app_deactivates_with_a_patch_without_a_path() {
    let world = World::with_eve(Dialect::Catalogue).await;
    world.sim.org().unassign_user(world.provisioner.app_id(), &world.eve).unwrap();
    let calls = world.calls().await;
    assert_eq!(calls[0].0, "PATCH /Users/1");
    assert_eq!(calls[0].1["Operations"], json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(calls.len(), 1);
}

#[tokio::test]
async fn a_suspension_is_not_pushed() {
    let world = World::with_eve(Dialect::Private).await;
    world.sim.org().suspend_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
    world.sim.org().unsuspend_user(&world.eve).unwrap();
    assert_eq!(world.lines().await, Vec::<String>::new());
}
