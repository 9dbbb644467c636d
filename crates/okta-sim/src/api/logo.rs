//! An app's picture: uploaded as a form, served under the address that `_links.logo` names.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
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
        .ok_or_else(|| ApiError::validation("file", "file: The form has no file"))?;
    if picture.len() >= MAX_BYTES {
        let cause = "file: The file must be smaller than 1 MB";
        return Err(ApiError::validation("file", cause));
    }
    if media_type(picture).is_none() {
        let cause = "file: The file must be a PNG, JPG, SVG or GIF";
        return Err(ApiError::validation("file", cause));
    }
    org.set_app_logo(&app, picture.to_vec())?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn download(State(sim): State<Sim>, Path(app): Path<String>) -> Response {
    let logo = sim.org().app(&app).ok().and_then(|app| app.logo.clone());
    match logo {
        Some(picture) => {
            let kind = media_type(&picture).unwrap_or("application/octet-stream");
            // A drawing may hold a script; it does not run where it is opened by itself either.
            let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
            let headers = [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, policy)];
            (headers, picture).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The content of the part `file` of a `multipart/form-data` body (RFC 7578).
fn file_of_form<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<&'a [u8]> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (kind, boundary) = content_type.split_once("boundary=")?;
    if !kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
        return None;
    }
    let boundary = boundary.split(';').next().unwrap_or_default().trim().trim_matches('"');
    let boundary = format!("--{boundary}");
    let mut rest = &body[position(body, boundary.as_bytes())? + boundary.len()..];
    loop {
        let content = position(rest, b"\r\n\r\n")? + 4;
        let end = content + position(&rest[content..], format!("\r\n{boundary}").as_bytes())?;
        if position(&rest[..content], b"name=\"file\"").is_some() {
            return Some(&rest[content..end]);
        }
        rest = &rest[end + 2 + boundary.len()..];
    }
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// By the first bytes; what the client says about the file is not asked. That Okta looks into the
/// file is not verified, that it takes these four kinds is documented.
fn media_type(picture: &[u8]) -> Option<&'static str> {
    match picture {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', ..] => Some("image/gif"),
        _ => is_drawing(picture).then_some("image/svg+xml"),
    }
}

fn is_drawing(picture: &[u8]) -> bool {
    let text = std::str::from_utf8(picture).unwrap_or_default().trim_start_matches('\u{feff}');
    let text = text.trim_start();
    let opens = text.starts_with("<svg") || text.starts_with("<?xml") || text.starts_with("<!--");
    opens && text.contains("<svg") && text.contains("</svg>")
}
