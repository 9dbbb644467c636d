//! What Chromium's browsers fetch by themselves where a policy names this server: which version there is, and the signed
//! file (<https://developer.chrome.com/docs/extensions/how-to/distribute/host-on-linux>). They have no session, and what
//! they get is the same for everybody.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use extension_package::VERSION;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};

use super::signing::{self, Published};
use crate::app::App;
use crate::http::page::Failure;
use crate::http::{Path, router};

/// What the signed file is called.
pub(super) fn file_name() -> String {
    format!("keytile-{VERSION}.crx")
}

/// Where browsers ask for updates of the extension with this id.
pub(super) fn address(origin: &str, id: &str) -> String {
    format!("{origin}{}/chromium/{id}/updates.xml", router::EXTENSION)
}

/// Where the signed file is.
pub(super) fn file_address(origin: &str, id: &str) -> String {
    format!("{origin}{}/chromium/{id}/{}", router::EXTENSION, file_name())
}

/// Which version there is.
pub(crate) async fn manifest(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let published = signing::find(&app, &id).await?.ok_or_else(Failure::not_found)?;
    let headers = [(CONTENT_TYPE, "text/xml; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, text(&app.config.origin(), &published)).into_response())
}

/// The signed file. As bytes of no type of their own: as an extension, a browser whose person clicks on it would refuse it
/// rather than save it.
pub(crate) async fn file(
    State(app): State<App>,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let found = if file == file_name() { signing::find(&app, &id).await? } else { None };
    let published = found.filter(|found| found.is_offered).ok_or_else(Failure::not_found)?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    Ok((headers, published.file).into_response())
}

/// An update manifest. Nothing in it has to be escaped: an origin, letters, digits.
fn text(origin: &str, published: &Published) -> String {
    let id = &published.id;
    let update = if published.is_offered {
        format!(
            "codebase=\"{}\" version=\"{VERSION}\" hash_sha256=\"{}\" size=\"{}\"",
            file_address(origin, id),
            published.sha256,
            published.file.len()
        )
    } else {
        "status=\"noupdate\"".to_owned()
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <gupdate xmlns=\"http://www.google.com/update2/response\" protocol=\"2.0\">\n  \
         <app appid=\"{id}\">\n    <updatecheck {update}/>\n  </app>\n</gupdate>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(is_offered: bool) -> Published {
        Published { is_offered, ..Published::new("abc".into(), vec![1], vec![2; 5]) }
    }

    #[test]
    fn an_update_manifest_says_where_the_file_is_and_what_it_hashes_to() {
        let text = text("https://keytile.example", &published(true));
        let version = format!("version=\"{VERSION}\"");
        let place = format!(
            "codebase=\"https://keytile.example/extension/chromium/abc/keytile-{VERSION}.crx\""
        );
        let hash = format!("hash_sha256=\"{}\" size=\"5\"", published(true).sha256);
        for part in ["<app appid=\"abc\">", "protocol=\"2.0\"", &version, &place, &hash] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    /// T24.
    #[test]
    fn a_version_that_is_refused_is_not_offered() {
        let text = text("https://keytile.example", &published(false));
        assert!(text.contains("<updatecheck status=\"noupdate\"/>"), "{text}");
        assert!(!text.contains("codebase"), "{text}");
    }
}
