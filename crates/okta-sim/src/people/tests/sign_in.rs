use super::*;

/// Reads an id token with the key set that the org publishes, as a client does.
async fn verified(world: &World, id_token: &str) -> Value {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
    let (_, keys) = json(world.get("/oauth2/v1/keys", "").await).await;
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    let kid = decode_header(id_token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[ORG]);
    rules.set_audience(&["keytile"]);
    // The world's clock is not the machine's.
    rules.validate_exp = false;
    decode::<Value>(id_token, &key, &rules).unwrap().claims
}

#[tokio::test]
async fn a_person_signs_in_at_a_client_by_the_code_flow() {
    let world = World::new();
    let (_, metadata) = json(world.get("/.well-known/openid-configuration", "").await).await;
    assert_eq!(metadata["issuer"], ORG);
    assert_eq!(metadata["code_challenge_methods_supported"][0], "S256");

    let to_login = location(&world.authorize("", &[("login_hint", "eve@example.com")]).await);
    assert!(to_login.starts_with("/login?"), "{to_login}");
    let page = text(world.get(&to_login, "").await).await;
    assert!(page.contains(r#"value="eve@example.com""#), "the hint fills the name in");

    let from = parameter(&to_login, "fromURI").unwrap();
    let form = [("username", "eve@example.com"), ("fromURI", &from)];
    let page = text(world.post("/login", "", &form).await).await;
    assert!(page.contains("Verify with your password"));
    let form = [("username", "eve@example.com"), ("password", "right"), ("fromURI", &from)];
    let answer = world.post("/login", "", &form).await;
    let cookie = cookie_of(&answer);
    assert_eq!(location(&answer), from);
    let signed_in_at = world.sim.now().as_second();
    world.wait(7);

    let back = location(&world.get(&from, &cookie).await);
    assert!(back.starts_with(CALLBACK), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));
    let code = parameter(&back, "code").unwrap();
    let (status, tokens) = world.redeem(&code, VERIFIER).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(tokens["token_type"], "Bearer");

    let claims = verified(&world, tokens["id_token"].as_str().unwrap()).await;
    let told = [
        ("iss", ORG.into()),
        ("aud", "keytile".into()),
        ("sub", world.eve.as_str().into()),
        ("nonce", "the-nonce".into()),
        ("auth_time", signed_in_at.into()),
        ("amr", serde_json::json!(["pwd"])),
        ("email", "eve@example.com".into()),
        ("preferred_username", "eve@example.com".into()),
        ("name", "Eve Example".into()),
    ];
    for (name, value) in told {
        assert_eq!(claims[name], value, "{name}");
    }

    let request = Request::get("/oauth2/v1/userinfo")
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tokens["access_token"].as_str().unwrap()),
        )
        .body(Body::empty());
    let (_, info) = json(world.send(request.unwrap()).await).await;
    assert_eq!(info["sub"], world.eve.as_str());
    assert_eq!(info["email"], "eve@example.com");
}

#[tokio::test]
async fn a_code_needs_its_verifier_its_address_and_its_client() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let code = world.code(&cookie).await;
    let wrong = "another-verifier-of-at-least-forty-three-chars";
    let (status, body) = world.redeem(&code, wrong).await;
    assert_eq!((status, &body["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()));
    let good = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "keytile"),
        ("client_secret", "s3cret"),
    ];
    let with = |name: &str, value: &'static str| {
        good.map(|(key, old)| (key, if key == name { value } else { old }))
    };
    let cases = [
        ("redirect_uri", "https://keytile.test/other", 400, "invalid_grant"),
        ("client_secret", "wrong", 401, "invalid_client"),
        ("client_id", "unknown", 401, "invalid_client"),
        ("grant_type", "password", 400, "unsupported_grant_type"),
        ("code", "unknown", 400, "invalid_grant"),
    ];
    for (name, value, wanted, error) in cases {
        let (status, body) = world.redeem_with(&with(name, value)).await;
        assert_eq!((status.as_u16(), body["error"].as_str()), (wanted, Some(error)), "{name}");
    }
    assert_eq!(world.redeem_with(&good).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_code_works_once_and_its_second_use_ends_the_token() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let code = world.code(&cookie).await;
    let (_, tokens) = world.redeem(&code, VERIFIER).await;
    let (status, body) = world.redeem(&code, VERIFIER).await;
    assert_eq!((status, &body["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()));
    let request = Request::get("/oauth2/v1/userinfo")
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", tokens["access_token"].as_str().unwrap()),
        )
        .body(Body::empty());
    assert_eq!(world.send(request.unwrap()).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_void_after_a_minute() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let code = world.code(&cookie).await;
    world.wait(61);
    assert_eq!(world.redeem(&code, VERIFIER).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn prompt_none_answers_without_asking() {
    let world = World::new();
    let back = location(&world.authorize("", &[("prompt", "none")]).await);
    assert!(back.starts_with(CALLBACK));
    assert_eq!(parameter(&back, "error").as_deref(), Some("login_required"));
    assert_eq!(parameter(&back, "state").as_deref(), Some("the-state"));

    let cookie = world.sign_in("eve@example.com").await;
    let back = location(&world.authorize(&cookie, &[("prompt", "none")]).await);
    assert!(parameter(&back, "code").is_some(), "{back}");
}

#[tokio::test]
async fn an_old_sign_in_is_not_enough_where_the_client_says_so() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    world.wait(100);
    let fits = location(&world.authorize(&cookie, &[("max_age", "100")]).await);
    assert!(parameter(&fits, "code").is_some());
    for extra in [("max_age", "99"), ("max_age", "0"), ("prompt", "login")] {
        let to_login = location(&world.authorize(&cookie, &[extra]).await);
        assert!(to_login.starts_with("/login?"), "{extra:?}: {to_login}");
        let resume = parameter(&to_login, "fromURI").unwrap();
        let again = location(&world.get(&resume, &cookie).await);
        assert!(again.starts_with("/login?"), "{extra:?}: the old session must not pass");
        let fresh = world.sign_in("eve@example.com").await;
        let back = location(&world.get(&resume, &fresh).await);
        assert!(parameter(&back, "code").is_some(), "{extra:?}: {back}");
    }
    let silent = [("prompt", "none"), ("max_age", "99")];
    let back = location(&world.authorize(&cookie, &silent).await);
    assert_eq!(parameter(&back, "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn somebody_who_is_not_assigned_to_the_client_is_denied() {
    let world = World::new();
    let cookie = world.sign_in("mallory@example.com").await;
    let back = location(&world.authorize(&cookie, &[]).await);
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "code"), None);
    let description = parameter(&back, "error_description").unwrap();
    assert_eq!(description, "User is not assigned to the client application.");

    world.sim.org().unassign_user(&world.client_app, &world.eve).unwrap();
    let cookie = world.sign_in("eve@example.com").await;
    let back = location(&world.authorize(&cookie, &[]).await);
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_malformed_request_is_told_to_the_client() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let cases = [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "profile"), "invalid_scope"),
        (("scope", "openid everything"), "invalid_scope"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("state", ""), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("max_age", "soon"), "invalid_request"),
    ];
    for (extra, error) in cases {
        let back = location(&world.authorize(&cookie, &[extra]).await);
        assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{extra:?}");
    }
}

#[tokio::test]
async fn an_unknown_client_or_address_is_never_redirected_to() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let wrong = [
        ("client_id", "unknown"),
        ("redirect_uri", "https://keytile.test/signin/callback/"),
        ("redirect_uri", "https://evil.test/"),
    ];
    for extra in wrong {
        let answer = world.authorize(&cookie, &[extra]).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{extra:?}");
        assert!(answer.headers().get(header::LOCATION).is_none());
    }
    let twice = format!("{}&client_id=keytile", authorize_uri(&[]));
    assert_eq!(world.get(&twice, &cookie).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn suspended_and_deactivated_people_are_out_at_once() {
    let world = World::new();
    for suspend in [true, false] {
        let cookie = world.sign_in("eve@example.com").await;
        let code = world.code(&cookie).await;
        if suspend {
            world.sim.org().suspend_user(&world.eve).unwrap();
        } else {
            world.sim.org().deactivate_user(&world.eve).unwrap();
        }
        assert_eq!(world.redeem(&code, VERIFIER).await.1["error"], "invalid_grant");
        let to_login = location(&world.get("/app/UserHome", &cookie).await);
        assert!(to_login.starts_with("/login?"));
        let form = [("username", "eve@example.com"), ("password", "right")];
        let page = text(world.post("/login", "", &form).await).await;
        assert!(page.contains("Unable to sign in"));
        if suspend {
            world.sim.org().unsuspend_user(&world.eve).unwrap();
            let still_out = location(&world.get("/app/UserHome", &cookie).await);
            assert!(still_out.starts_with("/login?"), "an old session does not come back");
        }
    }
}

#[tokio::test]
async fn a_client_signs_a_person_out() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let code = world.code(&cookie).await;
    let (_, tokens) = world.redeem(&code, VERIFIER).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let uri = |to: &str| {
        let pairs = [("id_token_hint", hint), ("post_logout_redirect_uri", to), ("state", "bye")];
        page::with_query("/oauth2/v1/logout", &pairs)
    };
    let elsewhere = world.get(&uri("https://evil.test/"), &cookie).await;
    assert_eq!(elsewhere.status(), StatusCode::BAD_REQUEST);
    let back = location(&world.get(&uri("https://keytile.test/"), &cookie).await);
    assert_eq!(back, "https://keytile.test/?state=bye");
    let back = location(&world.authorize(&cookie, &[("prompt", "none")]).await);
    assert_eq!(parameter(&back, "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn another_site_cannot_post_to_the_org_in_a_persons_name() {
    let world = World::new();
    let mut request = post("/login", "", &[("username", "eve@example.com"), ("password", "right")]);
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(world.send(request).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn cleared_sessions_are_over_and_a_lock_out_is_for_the_next_sign_in() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    world.sim.org().lock_user(&world.eve).unwrap();
    let page = world.get("/app/UserHome", &cookie).await;
    assert_eq!(page.status(), StatusCode::OK, "what she has goes on");
    world.sim.org().unlock_user(&world.eve).unwrap();
    let code = world.code(&cookie).await;
    let (_, tokens) = world.redeem(&code, VERIFIER).await;
    let userinfo = async || {
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let request = Request::get("/oauth2/v1/userinfo").header(header::AUTHORIZATION, bearer);
        world.send(request.body(Body::empty()).unwrap()).await.status()
    };
    world.sim.org().clear_sessions(&world.eve, false).unwrap();
    let to_login = location(&world.get("/app/UserHome", &cookie).await);
    assert!(to_login.starts_with("/login?"));
    assert_eq!(userinfo().await, StatusCode::OK, "tokens were not asked for");
    world.sim.org().clear_sessions(&world.eve, true).unwrap();
    assert_eq!(userinfo().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_client_can_ask_for_a_second_factor_and_is_told_that_it_was_shown() {
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let asks = [("acr_values", "urn:okta:loa:2fa:any")];

    let silent = location(&world.authorize(&cookie, &[asks[0], ("prompt", "none")]).await);
    assert_eq!(parameter(&silent, "error").as_deref(), Some("login_required"));

    let to_verify = location(&world.authorize(&cookie, &asks).await);
    assert!(to_verify.starts_with("/login/verify?"), "{to_verify}");
    assert!(text(world.get(&to_verify, &cookie).await).await.contains("Yes, it’s me"));
    world.wait(5);
    let from = parameter(&to_verify, "fromURI").unwrap();
    assert!(location(&world.get(&from, &cookie).await).starts_with("/login/verify?"), "not yet");
    let answer = world.post("/login/verify", &cookie, &[("fromURI", &from)]).await;
    assert_eq!(location(&answer), from);
    let verified_at = world.sim.now().as_second();
    let back = location(&world.get(&from, &cookie).await);
    let (_, tokens) = world.redeem(&parameter(&back, "code").unwrap(), VERIFIER).await;
    let claims = verified(&world, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["acr"], "urn:okta:loa:2fa:any");
    assert_eq!(claims["auth_time"], verified_at);
    assert_eq!(claims["amr"], serde_json::json!(["mfa", "otp", "pwd"]));

    // From now on the session is strong, and one that asks for less is told so.
    let again = location(&world.authorize(&cookie, &asks).await);
    assert!(again.starts_with(CALLBACK), "{again}");
    let less = location(&world.authorize(&cookie, &[("acr_values", "urn:okta:loa:1fa:any")]).await);
    let (_, tokens) = world.redeem(&parameter(&less, "code").unwrap(), VERIFIER).await;
    let claims = verified(&world, tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["acr"], "urn:okta:loa:1fa:any");

    let unknown = location(&world.authorize(&cookie, &[("acr_values", "gold")]).await);
    assert_eq!(parameter(&unknown, "error").as_deref(), Some("invalid_request"));
    let code = world.code(&cookie).await;
    let (_, tokens) = world.redeem(&code, VERIFIER).await;
    let claims = verified(&world, tokens["id_token"].as_str().unwrap()).await;
    assert!(claims.get("acr").is_none(), "nobody asked");
}
