//! What every SCIM answer has in common: who may ask, errors, media types, locations, and what the server can do.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use keytile::{directories, values};
use serde_json::{Value, json};

use super::{Answer, Scim, assert_error, token, user};
use crate::support::TestApp;

async fn with_authorization(scim: &Scim<'_>, value: Option<&str>) -> Answer {
    let mut request = Request::builder().uri("/scim/v2/Users?count=1");
    if let Some(value) = value {
        request = request.header(header::AUTHORIZATION, value);
    }
    scim.finish(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn without_a_valid_token_everything_is_a_scim_401() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let owner = test.owner.id;
    let key = test.write(move |tx, by| Box::pin(keytile::apikeys::add(tx, by, owner))).await;
    let api_key = format!("Bearer {}", key.expose());
    for value in [None, Some("non-token"), Some("Bearer"), Some("Bearer scim_x"), Some(&api_key)] {
        let answer = with_authorization(&scim, value).await;
        assert_error(&answer, 401, None);
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
    }
    let accepted = with_authorization(&scim, Some(&format!("bearer {}", scim.token))).await;
    assert_eq!(accepted.status, StatusCode::OK);
}

/// C36: two tokens are valid at a time, and the oldest ends at once.
#[tokio::test]
async fn a_token_is_replaced_without_a_gap() {
    let test = TestApp::start().await;
    let mut scim = Scim::of(&test).await;
    test.advance(1);
    let (first, second) = (scim.token.clone(), token(&test).await);
    for valid in [&first, &second] {
        scim.token.clone_from(valid);
        assert_eq!(scim.get("/Users").await.status, StatusCode::OK);
    }
    test.advance(1);
    let third = token(&test).await;
    for (token, status) in [(&first, 401), (&second, 200), (&third, 200)] {
        scim.token.clone_from(token);
        assert_eq!(scim.get("/Users").await.status.as_u16(), status);
    }
}

/// C36.
#[tokio::test]
async fn the_last_use_of_a_token_is_told() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let hash = seal::token::hash(&scim.token);
    let mut tx = test.app.db.read().await.unwrap();
    let found = directories::find_by_scim_token(&mut tx, &hash).await.unwrap();
    drop(tx);
    let (directory, valid) = found.expect("the token is valid");
    test.write(move |tx, by| {
        Box::pin(async move {
            let workspace = directory.workspace;
            directories::store::touch_scim_token(tx, workspace, valid.id, by.now).await?;
            Ok(())
        })
    })
    .await;
    let owner = test.actor(&test.owner).await;
    let tokens = directories::scim_tokens(&test.app, &owner).await.unwrap();
    assert_eq!(tokens[0].last_used_at, Some(test.now()));
}

#[tokio::test]
async fn every_failure_is_a_scim_error() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    assert_error(&scim.get("/Nothing").await, 404, None);
    assert_error(&scim.get("").await, 404, None);
    for path in ["/Users/0100", "/Users/msh_00000000000000000000000000", "/Groups/x"] {
        assert_error(&scim.get(path).await, 404, None);
        assert_error(&scim.delete(path).await, 404, None);
        assert_error(
            &scim.put(path, &json!({"userName": "x", "displayName": "x"})).await,
            404,
            None,
        );
        let operations = json!([{"op": "replace", "value": {"displayName": "x"}}]);
        assert_error(&scim.patch(path, &operations).await, 404, None);
    }
    let wrong_methods =
        [(Method::DELETE, "/Users"), (Method::POST, "/Schemas"), (Method::PUT, "/Groups")];
    for (method, path) in wrong_methods {
        assert_error(&scim.send(method, path, Body::from("{}")).await, 405, None);
    }
    for text in ["", "{", "[]", "\"x\"", "{\"userName\": \"\\ud800\"}"] {
        let answer = scim.send(Method::POST, "/Users", Body::from(text)).await;
        assert_error(&answer, 400, Some("invalidSyntax"));
    }
    assert_error(&scim.post("/Users", &json!({"userName": ""})).await, 400, Some("invalidValue"));
    assert_error(&scim.post("/Groups", &json!({"members": []})).await, 400, Some("invalidValue"));
    assert_error(&scim.get("/Users?filter=userName%20like%201").await, 400, Some("invalidFilter"));
    assert_error(&scim.get("/Users?count=many").await, 400, Some("invalidValue"));
    let nothing = scim.patch(&format!("/Users/{eve}"), &json!([])).await;
    assert_error(&nothing, 400, Some("invalidSyntax"));
    let large = Body::from(vec![b' '; 9 * 1024 * 1024]);
    assert_error(&scim.send(Method::POST, "/Groups", large).await, 413, None);
    let mut heavy = user("Heavy");
    heavy["nickName"] = "x".repeat(100_000).into();
    assert_error(&scim.post("/Users", &heavy).await, 413, None);
}

#[tokio::test]
async fn a_body_is_json_under_any_of_its_media_types() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let kinds = [
        ("A", Some("application/json"), 201),
        ("B", Some("application/scim+json"), 201),
        ("C", Some("Application/SCIM+JSON;charset=UTF-8"), 201),
        ("D", None, 201),
        ("E", Some("text/xml"), 415),
    ];
    for (name, kind, status) in kinds {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/scim/v2/Users")
            .header(header::AUTHORIZATION, format!("Bearer {}", scim.token));
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let answer = scim.finish(request.body(Body::from(user(name).to_string())).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{kind:?}: {}", answer.body);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/scim+json");
    }
}

#[tokio::test]
async fn a_location_is_absolute_and_comes_from_the_configuration() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let base = format!("{}/scim/v2", test.app.config.origin());
    let answer = scim.post("/Users?attributes=userName", &user("Eve")).await;
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.headers[header::LOCATION], format!("{base}/Users/{id}"));
    let request = Request::builder()
        .uri(format!("/scim/v2/Users/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", scim.token))
        .header(header::HOST, "evil.example")
        .header("x-forwarded-host", "evil.example");
    let read = scim.finish(request.body(Body::empty()).unwrap()).await;
    assert_eq!(read.body["meta"]["location"], format!("{base}/Users/{id}"));
    assert_eq!(read.body["meta"]["resourceType"], "User");
    assert_eq!(read.body["meta"]["created"], test.now().to_string());
}

#[tokio::test]
async fn the_server_says_what_it_can_do() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    for path in ["/ServiceProviderConfig", "/serviceConfiguration"] {
        let config = scim.get(path).await;
        assert_eq!(config.status, StatusCode::OK);
        assert_eq!(config.body["patch"]["supported"], true);
        for able in ["bulk", "sort", "etag"] {
            assert_eq!(config.body[able]["supported"], true, "{able}");
        }
        assert_eq!(config.body["pagination"]["cursor"], true);
        assert_eq!(config.body["filter"], json!({"supported": true, "maxResults": 500}));
    }
    let schemas = scim.get("/Schemas").await.body;
    assert_eq!(schemas["totalResults"], 3);
    for schema in schemas["Resources"].as_array().unwrap() {
        let one = scim.get(&format!("/Schemas/{}", schema["id"].as_str().unwrap())).await;
        assert_eq!(&one.body, schema);
    }
    let types = scim.get("/ResourceTypes").await.body;
    assert_eq!(types["Resources"][0], scim.get("/ResourceTypes/User").await.body);
    assert_error(&scim.get("/Schemas/urn:nothing").await, 404, None);
    // RFC 7644 section 4.
    assert_error(&scim.get("/Schemas?filter=id%20eq%20%22x%22").await, 403, None);
}

/// Entra's base URL may carry a flag, and OneLogin's calls end with `&`.
#[tokio::test]
async fn unknown_parameters_are_passed_over() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    scim.user("Eve").await;
    for query in
        ["?aadOptscim062020", "?filter=userName+eq+%22eve%40example.com%22&", "?x=1&count=5"]
    {
        let found = scim.get(&format!("/Users{query}")).await;
        assert_eq!((found.status, &found.body["totalResults"]), (StatusCode::OK, &json!(1)));
    }
}

/// Another workspace's client sees nothing of ours, and nothing that it names is ours.
#[tokio::test]
async fn a_client_reaches_its_own_directory_only() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let group = scim.group("Finance", &[&eve]).await;

    let theirs = test.elsewhere().await;
    let mut by = keytile::actor::By::process(&test.app, theirs.workspace, "system");
    let minted: keytile::Result<_> = test
        .app
        .db
        .write(theirs.workspace, move |tx| {
            Box::pin(async move { directories::add_scim_token(tx, &mut by).await })
        })
        .await;
    let other =
        Scim { test: &test, router: scim.router.clone(), token: minted.unwrap().expose().clone() };
    assert_eq!(other.get("/Users").await.body["totalResults"], 0);
    assert_eq!(other.get("/Groups").await.body["totalResults"], 0);
    for path in [format!("/Users/{eve}"), format!("/Groups/{group}")] {
        assert_error(&other.get(&path).await, 404, None);
        assert_error(&other.delete(&path).await, 404, None);
    }
    let looked_up: Value = other.get("/Users?filter=externalId%20eq%20%2200u-Eve%22").await.body;
    assert_eq!(looked_up["totalResults"], 0);
    // Product limit 8 of the vendor: members of another workspace in a group.
    let stolen = other.group("Theirs", &[&eve]).await;
    assert_eq!(other.members_of(&stolen).await, [""; 0]);
    let present = "SELECT COUNT(*) AS n FROM team_membership WHERE workspace_id = $1";
    assert_eq!(test.count_of(present, values![theirs.workspace]).await, 0);
}
