//! The body of "create an application" and "replace an application".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::org::{ApiError, ApiResult, AppKind, NewApp, Notes, OidcClient, Visibility};

/// What clients send. Fields that the system owns (`id`, `status`, `created`…) are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AppBody {
    label: Option<String>,
    name: Option<String>,
    sign_on_mode: Option<String>,
    accessibility: Option<Accessibility>,
    settings: Option<Settings>,
    visibility: Option<VisibilityBody>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Accessibility {
    self_service: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    app: Option<Map<String, Value>>,
    implicit_assignment: Option<bool>,
    notes: Option<NotesBody>,
    oauth_client: Option<OauthClient>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NotesBody {
    admin: Option<String>,
    enduser: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OauthClient {
    redirect_uris: Option<Vec<String>>,
    post_logout_redirect_uris: Option<Vec<String>>,
    initiate_login_uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VisibilityBody {
    auto_launch: Option<bool>,
    auto_submit_toolbar: Option<bool>,
    hide: Option<Hide>,
    app_links: Option<BTreeMap<String, bool>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Hide {
    #[serde(rename = "iOS")]
    ios: Option<bool>,
    web: Option<bool>,
}

impl AppBody {
    /// The app that the body describes. What it leaves out is at Okta's default, also when it
    /// replaces: there is no partial update.
    pub(super) fn into_new_app(self) -> ApiResult<NewApp> {
        let Some(label) = self.label else {
            return Err(ApiError::validation("label", "label: The field cannot be left blank"));
        };
        let settings = self.settings.unwrap_or_default();
        let visibility = self.visibility.unwrap_or_default();
        let hide = visibility.hide.unwrap_or_default();
        let notes = settings.notes.unwrap_or_default();
        let app = settings.app.unwrap_or_default();
        let client = settings.oauth_client.unwrap_or_default();
        Ok(NewApp {
            kind: kind(self.name, self.sign_on_mode, &label, app, client)?,
            label,
            visibility: Visibility {
                auto_launch: visibility.auto_launch.unwrap_or_default(),
                auto_submit_toolbar: visibility.auto_submit_toolbar.unwrap_or_default(),
                hide_ios: hide.ios.unwrap_or_default(),
                hide_web: hide.web.unwrap_or_default(),
                app_links: visibility.app_links.unwrap_or_default(),
            },
            self_service: self.accessibility.and_then(|a| a.self_service).unwrap_or_default(),
            implicit_assignment: settings.implicit_assignment.unwrap_or_default(),
            notes: Notes { admin: notes.admin, enduser: notes.enduser },
        })
    }
}

fn kind(
    name: Option<String>,
    sign_on_mode: Option<String>,
    label: &str,
    settings: Map<String, Value>,
    client: OauthClient,
) -> ApiResult<AppKind> {
    match (name.as_deref(), sign_on_mode.as_deref()) {
        (Some("bookmark"), None | Some("BOOKMARK")) => bookmark(&settings),
        (Some("bookmark"), Some(mode)) => {
            let cause = format!("signOnMode: '{mode}' is not supported by the app bookmark");
            Err(ApiError::validation("signOnMode", cause))
        }
        (Some("oidc_client"), _) => Ok(AppKind::Oidc(OidcClient {
            redirect_uris: client.redirect_uris.unwrap_or_default(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.unwrap_or_default(),
            initiate_login_uri: client.initiate_login_uri,
            ..OidcClient::default()
        })),
        (Some(name), _) => Ok(AppKind::Other { name: name.to_owned(), sign_on_mode, settings }),
        // Custom sign-on apps come without a name; Okta makes one from the label.
        (None, Some(mode)) if mode != "BOOKMARK" => {
            let name = format!("custom_{}_1", label.to_lowercase().replace(' ', ""));
            Ok(AppKind::Other { name, sign_on_mode, settings })
        }
        (None, _) => Err(ApiError::validation("name", "name: The field cannot be left blank")),
    }
}

fn bookmark(settings: &Map<String, Value>) -> ApiResult<AppKind> {
    let url = match settings.get("url") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(url)) => url.clone(),
        Some(_) => return Err(ApiError::malformed_body()),
    };
    let request_integration = match settings.get("requestIntegration") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => return Err(ApiError::malformed_body()),
    };
    Ok(AppKind::Bookmark { url, request_integration })
}
