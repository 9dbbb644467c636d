//! Serves the compiled-in files of `ui`. A URL that carries the present build may be kept for good.

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use tower_http::compression::CompressionLayer;

use super::Failure;
use crate::app::App;
use crate::ui;

/// The routes of assets, compressed where the browser accepts that.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/assets/{name}", get(serve))
        .route("/favicon.ico", get(icon))
        .layer(CompressionLayer::new())
}

async fn icon(headers: HeaderMap) -> Result<Response, Failure> {
    serve(Path("favicon.svg".into()), RawQuery(None), headers).await
}

async fn serve(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asset = ui::asset(&name).ok_or_else(Failure::not_found)?;
    let etag = format!("W/\"{}\"", ui::build());
    let is_current = query.as_deref().and_then(|q| q.strip_prefix("v=")) == Some(ui::build());
    let caching = if is_current { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [(header::CACHE_CONTROL, caching), (header::ETAG, etag.as_str())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    Ok((common, [(header::CONTENT_TYPE, asset.media_type)], asset.text).into_response())
}
