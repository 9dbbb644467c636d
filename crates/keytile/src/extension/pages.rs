//! The page that explains the extension and offers it, and the packages themselves.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use extension_package::{ALL, CHROMIUM, FIREFOX, FIREFOX_ID, MANAGED_SCHEMA, VERSION};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::Value;

use super::signing::{self, Published};
use super::{Snippet, snippets, updates};
use crate::app::App;
use crate::http::page::{Failure, Page, html};
use crate::http::{Path, Signed};
use crate::ui::Shell;

/// How to get the extension.
#[derive(Template)]
#[template(path = "extension/page.html")]
pub struct ExtensionPage {
    shell: Shell,
    origin: String,
    version: &'static str,
    packages: Vec<PackageRow>,
    signed: SignedRow,
    firefox_id: &'static str,
    snippets: Vec<Snippet>,
    settings: Vec<SettingRow>,
    schema: &'static str,
}

struct PackageRow {
    browser: &'static str,
    name: &'static str,
    sha256: &'static str,
    kilobytes: usize,
}

/// The package as Chromium's browsers install it by policy.
struct SignedRow {
    id: String,
    name: String,
    href: String,
    updates: String,
    sha256: String,
    kilobytes: usize,
    fingerprint: String,
    is_offered: bool,
    /// True where the operator had it signed elsewhere.
    is_foreign: bool,
}

impl SignedRow {
    fn new(published: &Published, origin: &str, is_foreign: bool) -> Self {
        let id = &published.id;
        Self {
            id: id.clone(),
            name: updates::file_name(),
            href: updates::file_address(origin, id),
            updates: updates::address(origin, id),
            sha256: published.sha256.clone(),
            kilobytes: published.file.len().div_ceil(1000),
            fingerprint: published.fingerprint(),
            is_offered: published.is_offered,
            is_foreign,
        }
    }
}

/// One thing that can be set from outside.
struct SettingRow {
    name: String,
    title: String,
    about: String,
}

impl ExtensionPage {
    fn new(shell: Shell, origin: &str, signed: SignedRow) -> Self {
        let row = |browser, package: extension_package::Package| PackageRow {
            browser,
            name: package.name,
            sha256: package.sha256,
            kilobytes: package.bytes.len().div_ceil(1000),
        };
        Self {
            shell,
            origin: origin.to_owned(),
            version: VERSION,
            packages: vec![
                row("Chrome, Edge and other browsers of Chromium", CHROMIUM),
                row("Firefox", FIREFOX),
            ],
            firefox_id: FIREFOX_ID,
            snippets: snippets(origin, &signed.id),
            signed,
            settings: settings(),
            schema: MANAGED_SCHEMA,
        }
    }
}

fn settings() -> Vec<SettingRow> {
    let schema: Value =
        serde_json::from_str(MANAGED_SCHEMA).expect("a test of the package reads the schema");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, about)| SettingRow {
            name: name.clone(),
            title: text(&about["title"]),
            about: text(&about["description"]),
        })
        .collect()
}

/// The page.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    let origin = app.config.origin();
    let published = signing::own(&app, &signed.actor).await?;
    let row = SignedRow::new(&published, &origin, app.extension.foreign().is_some());
    html(&ExtensionPage::new(signed.shell(&app, "").await?, &origin, row))
}

/// A package. It is the same for everybody, and tools that install software have no session.
pub(crate) async fn download(Path(file): Path<String>) -> Result<Response, Failure> {
    let package = ALL.into_iter().find(|package| package.name == file);
    let package = package.ok_or_else(Failure::not_found)?;
    let headers = [
        (CONTENT_TYPE, "application/zip".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", package.name)),
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    Ok((headers, package.bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(is_offered: bool, is_foreign: bool) -> ExtensionPage {
        let id = "abcdefghijklmnopabcdefghijklmnop".to_owned();
        let published = Published { is_offered, ..Published::new(id, vec![1], vec![2; 1500]) };
        let origin = "https://keytile.example";
        let row = SignedRow::new(&published, origin, is_foreign);
        ExtensionPage::new(Shell::sample(""), origin, row)
    }

    #[test]
    fn the_page_offers_both_packages_and_a_text_for_each_browser() {
        let page = sample(true, false);
        let text = page.render().unwrap();
        for package in ALL {
            assert!(text.contains(&format!("/extension/{}", package.name)));
            assert!(text.contains(package.sha256));
        }
        let row = &page.signed;
        for words in [
            row.id.as_str(),
            row.updates.as_str(),
            row.href.as_str(),
            row.sha256.as_str(),
            row.fingerprint.as_str(),
            "2 kB",
            "serverUrl",
            "data-copy=\"#firefox\"",
            "a key of this server",
        ] {
            assert!(text.contains(words), "{words}");
        }
        assert_eq!(page.settings.len(), 4);
    }

    #[test]
    fn it_says_who_signed_and_when_nothing_is_given_out() {
        let text = sample(true, true).render().unwrap();
        assert!(text.contains("keeps elsewhere") && !text.contains("a key of this server"));
        let row = sample(false, false);
        let text = row.render().unwrap();
        assert!(text.contains("is not accepted here") && !text.contains(&row.signed.href));
    }
}
