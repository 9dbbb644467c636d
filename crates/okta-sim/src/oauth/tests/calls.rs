use super::*;

#[tokio::test]
async fn a_bearer_token_does_what_its_scopes_and_roles_allow() {
    let world = World::new(false);
    let bearer = format!("Bearer {}", world.token("okta.users.read").await);
    assert_eq!(world.call("GET", "/api/v1/users", &bearer).await.status, StatusCode::OK);
    let refused = world.call("GET", "/api/v1/apps", &bearer).await;
    assert_eq!(refused.body["errorCode"], "E0000006");
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
    // The scope is there, the role is not.
    let user = world.sim.admin().to_owned();
    let manage = format!("Bearer {}", world.token("okta.apps.manage").await);
    let path = format!("/api/v1/users/{user}/lifecycle/suspend");
    assert_eq!(world.call("POST", &path, &manage).await.status, StatusCode::FORBIDDEN);
    let last = world.sim.traffic().pop().unwrap();
    assert_eq!(last.token_id.as_ref(), Some(&world.app));
}

#[tokio::test]
async fn a_token_ends_with_its_hour_and_with_its_app() {
    let world = World::new(false);
    let bearer = format!("Bearer {}", world.token("okta.apps.manage").await);
    world.seconds.fetch_add(3599, Ordering::SeqCst);
    assert_eq!(world.call("GET", "/api/v1/apps", &bearer).await.status, StatusCode::OK);
    world.seconds.fetch_add(1, Ordering::SeqCst);
    let expired = world.call("GET", "/api/v1/apps", &bearer).await;
    assert_eq!(expired.body["errorCode"], "E0000011");
    let bearer = format!("Bearer {}", world.token("okta.apps.manage").await);
    world.sim.org().deactivate_app(&world.app).unwrap();
    let gone = world.call("GET", "/api/v1/apps", &bearer).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bound_token_needs_a_proof_of_exactly_this_request() {
    let world = World::new(true);
    let token = world.bound_token().await;
    let dpop = format!("DPoP {token}");
    let ath = json!({ "ath": digest(&token) });
    let good = || world.proof("GET", "/api/v1/apps", ath.clone());
    let answer = world.call_with("GET", "/api/v1/apps?limit=1", &dpop, Some(good())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);

    let used = good();
    let twice = Some(used.clone());
    world.call_with("GET", "/api/v1/apps", &dpop, Some(used)).await;
    let mut stale = ath.clone();
    stale["iat"] = json!(START - 301);
    for (what, proof) in [
        ("none", None),
        ("another method", Some(world.proof("POST", "/api/v1/apps", ath.clone()))),
        ("another address", Some(world.proof("GET", "/api/v1/users", ath.clone()))),
        ("another token", Some(world.proof("GET", "/api/v1/apps", json!({ "ath": "x" })))),
        ("no token", Some(world.proof("GET", "/api/v1/apps", json!({})))),
        ("an old one", Some(world.proof("GET", "/api/v1/apps", stale))),
        ("a used one", twice),
    ] {
        let answer = world.call_with("GET", "/api/v1/apps", &dpop, proof).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("invalid_dpop_proof"), "{what}: {challenge}");
    }
    let as_bearer = world.call("GET", "/api/v1/apps", &format!("Bearer {token}")).await;
    assert_eq!(as_bearer.status, StatusCode::UNAUTHORIZED, "a stolen token opens nothing");
}

#[tokio::test]
async fn the_log_names_the_service_app() {
    let world = World::new(false);
    let bearer = format!("Bearer {}", world.token("okta.apps.manage").await);
    let path = format!("/api/v1/apps/{}/lifecycle/deactivate", world.app);
    assert_eq!(world.call("POST", &path, &bearer).await.status, StatusCode::OK);
    let org = world.sim.org();
    let event = org.log_events().next_back().unwrap();
    assert_eq!(event.actor_name.kind, "PublicClientApp");
    assert_eq!(event.actor_name.id, "service");
}
