//! SCIM over HTTP: its table of routes and what each of them does.

mod exchange;
mod note;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use scim::Limits;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;

use self::exchange::{Asked, Body, LARGEST_BODY, OnlyIf, Reply, Unfiltered, require_token};
use super::{
    Client, Failure, LONGEST_LIST, Result, base, bulk, cursors, everything, groups, users,
};
use crate::app::App;

/// Where SCIM begins, below the public URL.
pub const PATH: &str = "/scim/v2";

/// Every SCIM route, below [`PATH`]. Nothing here is answered without a valid token.
pub fn routes(app: App) -> Router<App> {
    let mut router = Router::new();
    // Microsoft's collection calls them in lower case, and with a slash at the end.
    for path in ["/Users", "/users"] {
        let all = || get(list_users).post(create_user);
        let one = get(read_user).put(replace_user).patch(update_user).delete(delete_user);
        router = router
            .route(path, all())
            .route(&format!("{path}/"), all())
            .route(&format!("{path}/.search"), post(search_users))
            .route(&format!("{path}/{{id}}"), one);
    }
    for path in ["/Groups", "/groups"] {
        let all = || get(list_groups).post(create_group);
        let one = get(read_group).put(replace_group).patch(update_group).delete(delete_group);
        router = router
            .route(path, all())
            .route(&format!("{path}/"), all())
            .route(&format!("{path}/.search"), post(search_groups))
            .route(&format!("{path}/{{id}}"), one);
    }
    router
        .route("/.search", post(search_all))
        .route("/Bulk", post(carry_out))
        .route("/Me", any(me))
        .route("/ServiceProviderConfig", get(config))
        // What some of Microsoft's clients ask for.
        .route("/serviceConfiguration", get(config))
        .route("/ResourceTypes", get(resource_types))
        .route("/ResourceTypes/{id}", get(resource_type))
        .route("/Schemas", get(schemas))
        .route("/Schemas/{id}", get(schema))
        .fallback(|| async { Failure::not_found() })
        .method_not_allowed_fallback(|| async {
            Failure::from(scim::Error::plain(405, "This method does nothing here."))
        })
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(app.clone(), note::request))
        .layer(middleware::from_fn_with_state(app, require_token))
        .layer(CatchPanicLayer::custom(|_| {
            let detail = "Something went wrong on our side. Nothing was changed; try again.";
            Failure::from(scim::Error::plain(500, detail)).into_response()
        }))
}

async fn list_users(State(app): State<App>, client: Client, asked: Asked) -> Result<Reply> {
    Ok(Reply::ok(users::list(&app, &client, &asked.0).await?))
}

async fn search_users(State(app): State<App>, client: Client, body: Body) -> Result<Reply> {
    Ok(Reply::ok(users::list(&app, &client, &body.query()?).await?))
}

async fn read_user(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    only_if: OnlyIf,
) -> Result<Response> {
    Ok(only_if.unless_known(asked.show(users::read(&app, &client, &id).await?)))
}

async fn create_user(
    State(app): State<App>,
    client: Client,
    asked: Asked,
    body: Body,
) -> Result<Reply> {
    Ok(asked.show(users::create(&app, &client, &body.0).await?).created())
}

async fn replace_user(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    only_if: OnlyIf,
    body: Body,
) -> Result<Reply> {
    Ok(asked.show(users::replace(&app, &client, &id, &only_if.0, &body.0).await?))
}

async fn update_user(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    only_if: OnlyIf,
    body: Body,
) -> Result<Response> {
    let user = users::update(&app, &client, &id, &only_if.0, &body.0).await?;
    let is_silent = client.dialect.patches_in_silence() && !asked.projection().is_asked_for();
    Ok(asked.show_or_not(Some(user).filter(|_| !is_silent)))
}

async fn delete_user(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    only_if: OnlyIf,
) -> Result<StatusCode> {
    users::delete(&app, &client, &id, &only_if.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_groups(State(app): State<App>, client: Client, asked: Asked) -> Result<Reply> {
    Ok(Reply::ok(groups::list(&app, &client, &asked.0).await?))
}

async fn search_groups(State(app): State<App>, client: Client, body: Body) -> Result<Reply> {
    Ok(Reply::ok(groups::list(&app, &client, &body.query()?).await?))
}

async fn read_group(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    only_if: OnlyIf,
) -> Result<Response> {
    let group = groups::read(&app, &client, &id, asked.projection()).await?;
    Ok(only_if.unless_known(asked.show(group)))
}

async fn create_group(
    State(app): State<App>,
    client: Client,
    asked: Asked,
    body: Body,
) -> Result<Reply> {
    let made = groups::create(&app, &client, &body.0, asked.projection()).await?;
    Ok(asked.show(made).created())
}

async fn replace_group(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    only_if: OnlyIf,
    body: Body,
) -> Result<Reply> {
    let shows = asked.projection();
    let replaced = groups::replace(&app, &client, &id, &only_if.0, &body.0, shows).await?;
    Ok(asked.show(replaced))
}

async fn update_group(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    only_if: OnlyIf,
    body: Body,
) -> Result<Response> {
    let shows = asked.projection();
    let updated = groups::update(&app, &client, &id, &only_if.0, &body.0, shows).await?;
    Ok(asked.show_or_not(updated))
}

async fn delete_group(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    only_if: OnlyIf,
) -> Result<StatusCode> {
    groups::delete(&app, &client, &id, &only_if.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Users first, then groups.
async fn search_all(State(app): State<App>, client: Client, body: Body) -> Result<Reply> {
    Ok(Reply::ok(everything::list(&app, &client, &body.query()?).await?))
}

async fn carry_out(State(app): State<App>, client: Client, body: Body) -> Result<Reply> {
    Ok(Reply::ok(bulk::carry_out(&app, &client, &body.0).await?))
}

/// RFC 7644 section 3.11: a token is a client's, and no user's.
async fn me() -> Failure {
    let detail = "A SCIM token is not a person, so there is no Me: ask for /Users/<id>.";
    scim::Error::plain(501, detail).into()
}

async fn config(State(app): State<App>, _unfiltered: Unfiltered) -> Reply {
    let limits = Limits {
        results: LONGEST_LIST,
        etag: true,
        bulk: Some((bulk::MOST, LARGEST_BODY as u64)),
        cursor_timeout: cursors::TIMEOUT,
    };
    Reply::ok(scim::service_provider_config(&base(&app), limits))
}

async fn resource_types(State(app): State<App>, _unfiltered: Unfiltered) -> Reply {
    all(scim::resource_types(&base(&app)))
}

async fn resource_type(
    State(app): State<App>,
    Path(id): Path<String>,
    _unfiltered: Unfiltered,
) -> Result<Reply> {
    one(scim::resource_types(&base(&app)), &id)
}

async fn schemas(State(app): State<App>, _unfiltered: Unfiltered) -> Reply {
    all(scim::schemas(&base(&app)))
}

async fn schema(
    State(app): State<App>,
    Path(id): Path<String>,
    _unfiltered: Unfiltered,
) -> Result<Reply> {
    one(scim::schemas(&base(&app)), &id)
}

fn all(documents: Vec<Value>) -> Reply {
    let total = documents.len() as u64;
    let page = scim::Page { start_index: 1, count: total };
    Reply::ok(scim::list_response(total, page, documents))
}

fn one(documents: Vec<Value>, id: &str) -> Result<Reply> {
    let found = documents.into_iter().find(|document| document["id"] == id);
    found.map(Reply::ok).ok_or_else(Failure::not_found)
}

/// An error in SCIM's own words, for what surrounds these routes.
pub fn refused(status: u16, detail: String) -> Response {
    Failure::from(scim::Error::plain(status, detail)).into_response()
}
