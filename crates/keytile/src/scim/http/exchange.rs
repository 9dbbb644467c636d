//! Who calls, what a request says, and an answer that is SCIM even where something fails.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use scim::{Preconditions, Projection, Query, ScimType, urn};
use serde_json::Value;
use url::form_urlencoded;

use super::note::Refusal;
use crate::app::App;
use crate::scim::{Client, Failure, LONGEST_LIST, Result, authenticate};

/// A push of a whole group of 50,000 people fits.
pub const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// Lets nobody through without a valid token.
pub async fn require_token(State(app): State<App>, mut request: Request, next: Next) -> Response {
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
pub struct Asked(pub Query);

impl Asked {
    /// Which part of each resource.
    pub fn projection(&self) -> &Projection {
        &self.0.projection
    }

    /// The part of a resource that is to be shown.
    pub fn show(&self, mut resource: Value) -> Reply {
        let said = |name| resource["meta"][name].as_str().map(str::to_owned);
        let (location, version) = (said("location"), said("version"));
        self.0.projection.apply(&mut resource);
        Reply { status: StatusCode::OK, location, version, body: resource }
    }

    /// The same, or 204 where there is nothing to show.
    pub fn show_or_not(&self, resource: Option<Value>) -> Response {
        match resource {
            Some(resource) => self.show(resource).into_response(),
            None => StatusCode::NO_CONTENT.into_response(),
        }
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

/// What the request makes its effect depend on.
pub struct OnlyIf(pub Preconditions);

impl OnlyIf {
    /// The resource, or 304 where the client has this version of it.
    pub fn unless_known(&self, reply: Reply) -> Response {
        match &reply.version {
            Some(version) if self.0.is_known(version) => {
                (StatusCode::NOT_MODIFIED, [(header::ETAG, version.clone())]).into_response()
            }
            _ => reply.into_response(),
        }
    }
}

impl FromRequestParts<App> for OnlyIf {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let value = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        Ok(Self(Preconditions::parse(value(header::IF_MATCH), value(header::IF_NONE_MATCH))))
    }
}

/// RFC 7644 section 4: what a server can do is not searched.
pub struct Unfiltered;

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
pub struct Body(pub Value);

impl Body {
    /// The body of a POST to `.search`.
    pub fn query(&self) -> Result<Query> {
        Ok(Query::from_search(&self.0, LONGEST_LIST)?)
    }
}

impl FromRequest<App> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).map(header::HeaderValue::as_bytes);
        if !kind.is_none_or(is_json) {
            let detail = format!("Send JSON, as {}.", urn::MEDIA_TYPE);
            return Err(scim::Error::plain(415, detail).into());
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|refused| {
            scim::Error::plain(refused.status().as_u16(), refused.body_text())
        })?;
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

/// An answer with a resource, or a list of them.
pub struct Reply {
    status: StatusCode,
    location: Option<String>,
    version: Option<String>,
    body: Value,
}

impl Reply {
    /// 200 with something that is no resource.
    pub fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, location: None, version: None, body }
    }

    /// The same as 201.
    pub fn created(self) -> Self {
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
        if let Some(version) = self.version.and_then(|version| version.parse().ok()) {
            response.headers_mut().insert(header::ETAG, version);
        }
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = self.into_answer();
        let status =
            StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, &error.to_json());
        response.extensions_mut().insert(Refusal(error.detail));
        response
    }
}

fn json(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, urn::MEDIA_TYPE)], body.to_string()).into_response()
}
