//! An app's picture: uploaded as a form, served under the address that `_links.logo` names.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::caller::Acting;
use crate::Sim;
use crate::org::{ApiError, ApiResult};

/// Okta refuses pictures of 1 MB and more ("Upload an application logo").
const MAX_BYTES: usize = 1 << 20;

pub(super) async fn upload(
    acting: Acting,
    Path(app): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<StatusCode> {
    let mut org = acting.org();
    org.app(&app)?;
    let picture = file_of_form(&headers, &body)
        .ok_or_else(|| ApiError::validation("file", "The form has no file"))?;
    if picture.len() >= MAX_BYTES {
        return Err(ApiError::validation("file", "The file must be smaller than 1 MB"));
    }
    org.set_app_logo(&app, picture.to_vec())?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn download(State(sim): State<Sim>, Path(app): Path<String>) -> Response {
    let logo = sim.org().app(&app).ok().and_then(|app| app.logo.clone());
    match logo {
        Some(picture) => ([(CONTENT_TYPE, media_type(&picture))], picture).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The content of the first part of a `multipart/form-data` body (RFC 7578).
fn file_of_form<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<&'a [u8]> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let boundary = content_type.split_once("boundary=")?.1.trim_matches('"');
    let start = position(body, b"\r\n\r\n")? + 4;
    let end = position(&body[start..], format!("\r\n--{boundary}").as_bytes())?;
    Some(&body[start..start + end])
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn media_type(picture: &[u8]) -> &'static str {
    match picture {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, ..] => "image/jpeg",
        [b'G', b'I', b'F', ..] => "image/gif",
        _ => "image/svg+xml",
    }
}
