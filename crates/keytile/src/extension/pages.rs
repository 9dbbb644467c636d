//! The page that explains the extension and offers it, and the packages themselves.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use extension_package::{ALL, CHROMIUM, CHROMIUM_ID, FIREFOX, FIREFOX_ID, MANAGED_SCHEMA, VERSION};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::Value;

use super::{Snippet, snippets};
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
    chromium_id: &'static str,
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

/// One thing that can be set from outside.
struct SettingRow {
    name: String,
    title: String,
    about: String,
}

impl ExtensionPage {
    fn new(shell: Shell, origin: &str) -> Self {
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
            chromium_id: CHROMIUM_ID,
            firefox_id: FIREFOX_ID,
            snippets: snippets(origin),
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
    html(&ExtensionPage::new(signed.shell(&app, "").await?, &app.config.origin()))
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

    #[test]
    fn the_page_offers_both_packages_and_a_text_for_each_browser() {
        let page = ExtensionPage::new(Shell::sample(""), "https://keytile.example");
        let text = page.render().unwrap();
        for package in ALL {
            assert!(text.contains(&format!("/extension/{}", package.name)));
            assert!(text.contains(package.sha256));
        }
        for words in [CHROMIUM_ID, "https://keytile.example", "serverUrl", "data-copy=\"#firefox\""]
        {
            assert!(text.contains(words), "{words}");
        }
        assert_eq!(page.settings.len(), 4);
    }
}
