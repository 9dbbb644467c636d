//! SCIM over HTTP: its table of routes, who calls, what a request says, and an answer that is SCIM even where
//! something fails.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use scim::{Limits, Projection, Query, ScimType, urn};
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;
use url::form_urlencoded;

use super::{Client, Failure, LONGEST_LIST, Result, authenticate, base, groups, users};
use crate::app::App;

/// Where SCIM begins, below the public URL.
pub const PATH: &str = "/scim/v2";
/// A push of a whole group of 50,000 people fits.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// Every SCIM route, below [`PATH`]. Nothing here is answered without a valid token.
pub fn routes(app: App) -> Router<App> {
    let user = get(read_user).put(replace_user).patch(update_user).delete(delete_user);
    let group = get(read_group).put(replace_group).patch(update_group).delete(delete_group);
    Router::new()
        .route("/Users", get(list_users).post(create_user))
        .route("/Users/{id}", user)
        .route("/Groups", get(list_groups).post(create_group))
        .route("/Groups/{id}", group)
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
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(app, require_token))
        .layer(CatchPanicLayer::custom(|_| {
            let detail = "Something went wrong on our side. Nothing was changed; try again.";
            Failure::from(scim::Error::plain(500, detail)).into_response()
        }))
}

async fn list_users(State(app): State<App>, client: Client, asked: Asked) -> Result<Reply> {
    Ok(Reply::ok(users::list(&app, &client, &asked.0).await?))
}

async fn read_user(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply> {
    Ok(asked.show(users::read(&app, &client, &id).await?))
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
    body: Body,
) -> Result<Reply> {
    Ok(asked.show(users::replace(&app, &client, &id, &body.0).await?))
}

async fn update_user(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    body: Body,
) -> Result<Reply> {
    Ok(asked.show(users::update(&app, &client, &id, &body.0).await?))
}

async fn delete_user(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    users::delete(&app, &client, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_groups(State(app): State<App>, client: Client, asked: Asked) -> Result<Reply> {
    Ok(Reply::ok(groups::list(&app, &client, &asked.0).await?))
}

async fn read_group(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Reply> {
    Ok(asked.show(groups::read(&app, &client, &id, asked.projection()).await?))
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
    body: Body,
) -> Result<Reply> {
    let replaced = groups::replace(&app, &client, &id, &body.0, asked.projection()).await?;
    Ok(asked.show(replaced))
}

async fn update_group(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
    asked: Asked,
    body: Body,
) -> Result<Response> {
    let updated = groups::update(&app, &client, &id, &body.0, asked.projection()).await?;
    Ok(updated
        .map_or(StatusCode::NO_CONTENT.into_response(), |group| asked.show(group).into_response()))
}

async fn delete_group(
    State(app): State<App>,
    client: Client,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    groups::delete(&app, &client, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn config(State(app): State<App>, _unfiltered: Unfiltered) -> Reply {
    let limits = Limits { results: LONGEST_LIST, etag: false, bulk: None };
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

async fn require_token(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let token = bearer(request.headers()).unwrap_or_default();
    match authenticate(&app, token).await {
        Ok(Some(client)) => {
            request.extensions_mut().insert(client);
            next.run(request).await
        }
        Ok(None) => {
            let detail = "The SCIM token is missing or not valid (any more): make one in Keytile under Settings.";
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            (challenge, Failure::from(scim::Error::plain(401, detail))).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

/// An error in SCIM's own words, for what surrounds these routes.
pub fn refused(status: u16, detail: String) -> Response {
    Failure::from(scim::Error::plain(status, detail)).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whom [`require_token`] let through.
impl FromRequestParts<App> for Client {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App,
    ) -> std::result::Result<Self, Response> {
        let Extension(client) =
            Extension::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        Ok(client)
    }
}

/// What the URL asks for.
struct Asked(Query);

impl Asked {
    fn projection(&self) -> &Projection {
        &self.0.projection
    }

    /// The part of a resource that is to be shown.
    fn show(&self, mut resource: Value) -> Reply {
        let location = resource["meta"]["location"].as_str().map(str::to_owned);
        self.0.projection.apply(&mut resource);
        Reply { status: StatusCode::OK, location, body: resource }
    }
}

impl FromRequestParts<App> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let pairs: Vec<_> =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect();
        let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
        Ok(Self(Query::from_pairs(pairs, LONGEST_LIST)?))
    }
}

/// RFC 7644 section 4: what a server can do is not searched.
struct Unfiltered;

impl FromRequestParts<App> for Unfiltered {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        if names.any(|name| name.eq_ignore_ascii_case("filter")) {
            return Err(scim::Error::plain(403, "This cannot be filtered: ask for all.").into());
        }
        Ok(Self)
    }
}

/// A JSON body, under whichever of the media types that clients use for it.
struct Body(Value);

impl FromRequest<App> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).map(header::HeaderValue::as_bytes);
        if !kind.is_none_or(is_json) {
            let detail = format!("Send JSON, as {}.", urn::MEDIA_TYPE);
            return Err(scim::Error::plain(415, detail).into());
        }
        let bytes = Bytes::from_request(request, app).await.map_err(unread)?;
        let body = serde_json::from_slice(&bytes).map_err(|error| {
            scim::Error::new(ScimType::InvalidSyntax, format!("The body is not JSON: {error}."))
        })?;
        Ok(Self(body))
    }
}

/// With or without a charset, which JSON does not have.
fn is_json(kind: &[u8]) -> bool {
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    ["application/scim+json", "application/json"]
        .iter()
        .any(|json| kind.eq_ignore_ascii_case(json.as_bytes()))
}

fn unread(rejection: BytesRejection) -> scim::Error {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail =
                format!("At most {LARGEST_BODY} bytes can be sent at once. Nothing was changed.");
            scim::Error::plain(413, detail)
        }
        status => scim::Error::plain(status.as_u16(), rejection.body_text()),
    }
}

/// An answer with a resource, or a list of them.
struct Reply {
    status: StatusCode,
    location: Option<String>,
    body: Value,
}

impl Reply {
    fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, location: None, body }
    }

    fn created(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = json(self.status, &self.body);
        if let Some(location) = self.location.and_then(|url| url.parse().ok()) {
            let name = match self.status {
                StatusCode::CREATED => header::LOCATION,
                _ => header::CONTENT_LOCATION,
            };
            response.headers_mut().insert(name, location);
        }
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = self.into_answer();
        let status =
            StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        json(status, &error.to_json())
    }
}

fn json(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, urn::MEDIA_TYPE)], body.to_string()).into_response()
}
