//! Apps of the org: bookmarks above all, and the few other kinds that a client meets in a list.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    ApiError, ApiResult, AppGroup, AppUser, Change, Org, PushRecord, Resource, ScimConnection,
    ServiceClient, UniversalLogout,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppStatus {
    Active,
    Inactive,
}

impl AppStatus {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// What an app is, and the settings that only its kind has.
#[derive(Debug, Clone)]
pub enum AppKind {
    /// A chiclet that opens a URL.
    Bookmark { url: String, request_integration: bool },
    /// An OpenID Connect client, for the simulated sign-in.
    Oidc(OidcClient),
    /// Anything else of the catalogue. `sign_on_mode` is null for provisioning-only apps.
    Other { name: String, sign_on_mode: Option<String>, settings: Map<String, Value> },
}

impl AppKind {
    /// The catalogue name, `name` in the API.
    pub fn name(&self) -> &str {
        match self {
            Self::Bookmark { .. } => "bookmark",
            Self::Oidc(_) => "oidc_client",
            Self::Other { name, .. } => name,
        }
    }

    /// The word in the API.
    pub fn sign_on_mode(&self) -> Option<&str> {
        match self {
            Self::Bookmark { .. } => Some("BOOKMARK"),
            Self::Oidc(_) => Some("OPENID_CONNECT"),
            Self::Other { sign_on_mode, .. } => sign_on_mode.as_deref(),
        }
    }
}

/// The registration of an OpenID Connect client at this org.
#[derive(Debug, Clone, Default)]
pub struct OidcClient {
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    /// Where a click on the app's tile starts the sign-in.
    pub initiate_login_uri: Option<String>,
    /// Name of the groups claim in the ID token, where an admin configured one.
    pub groups_claim: Option<String>,
    /// For a service app: a client of the management API instead of people.
    pub service: Option<ServiceClient>,
}

/// Notes that admins and people read beside the app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    pub admin: Option<String>,
    pub enduser: Option<String>,
}

/// Where the app's tile shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the four switches of Okta's own object")]
pub struct Visibility {
    pub auto_launch: bool,
    pub auto_submit_toolbar: bool,
    pub hide_ios: bool,
    pub hide_web: bool,
    /// Switches of the single links; a bookmark has one, `login`.
    pub app_links: BTreeMap<String, bool>,
}

/// What a client may say about an app: the body of create and replace.
#[derive(Debug, Clone)]
pub struct NewApp {
    pub label: String,
    pub kind: AppKind,
    pub visibility: Visibility,
    pub self_service: bool,
    /// Gives the app to everybody ("implicit assignment").
    pub implicit_assignment: bool,
    pub notes: Notes,
}

impl NewApp {
    /// A bookmark with Okta's defaults.
    pub fn bookmark(label: &str, url: &str) -> Self {
        let kind = AppKind::Bookmark { url: url.to_owned(), request_integration: false };
        Self::of_kind(label, kind)
    }

    /// An app of any kind with Okta's defaults.
    pub fn of_kind(label: &str, kind: AppKind) -> Self {
        Self {
            label: label.to_owned(),
            kind,
            visibility: Visibility::default(),
            self_service: false,
            implicit_assignment: false,
            notes: Notes::default(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct App {
    pub id: String,
    pub status: AppStatus,
    pub created: Timestamp,
    pub last_updated: Timestamp,
    pub label: String,
    pub kind: AppKind,
    pub visibility: Visibility,
    pub self_service: bool,
    pub implicit_assignment: bool,
    pub notes: Notes,
    /// The picture that was uploaded last.
    pub logo: Option<Vec<u8>>,
    pub scim: Option<ScimConnection>,
    /// What became of what was pushed by it.
    pub pushed: PushRecord,
    /// Where the app takes logouts. Bookmarks cannot.
    pub universal_logout: Option<UniversalLogout>,
    /// Who has the app, by user id: one row for each person whatever grants it.
    pub users: BTreeMap<String, AppUser>,
    /// Which groups have the app, by group id.
    pub groups: BTreeMap<String, AppGroup>,
}

impl App {
    pub fn is_active(&self) -> bool {
        self.status == AppStatus::Active
    }

    /// What a client may say about it, as it is: the start of an edit.
    pub fn description(&self) -> NewApp {
        NewApp {
            label: self.label.clone(),
            kind: self.kind.clone(),
            visibility: self.visibility.clone(),
            self_service: self.self_service,
            implicit_assignment: self.implicit_assignment,
            notes: self.notes.clone(),
        }
    }

    /// The OpenID Connect registration, where the app is a client.
    pub fn oidc(&self) -> Option<&OidcClient> {
        match &self.kind {
            AppKind::Oidc(client) => Some(client),
            AppKind::Bookmark { .. } | AppKind::Other { .. } => None,
        }
    }
}

impl Org {
    /// Creates an app. Labels may repeat; nothing makes the call safe to repeat.
    pub fn create_app(&mut self, new: NewApp, activate: bool) -> ApiResult<String> {
        check_app(&new)?;
        if self.settings.app_cap.is_some_and(|cap| self.apps.len() >= cap) {
            let cause =
                "Cannot create application instance. Maximum number of instances has been reached.";
            return Err(ApiError::validation("generalSettings", cause));
        }
        let now = self.now();
        let mut id = self.next_id("0oa");
        let mut kind = new.kind;
        if let AppKind::Oidc(client) = &mut kind {
            if client.client_id.is_empty() {
                client.client_id.clone_from(&id);
            } else if client.client_id.starts_with("0oa")
                && !self.apps.contains_key(&client.client_id)
            {
                // Okta gives an app and its client the same id, unless somebody chose another.
                id.clone_from(&client.client_id);
            }
        }
        let app = App {
            id: id.clone(),
            status: if activate { AppStatus::Active } else { AppStatus::Inactive },
            created: now,
            last_updated: now,
            label: new.label,
            kind,
            visibility: new.visibility,
            self_service: new.self_service,
            implicit_assignment: new.implicit_assignment,
            notes: new.notes,
            logo: None,
            scim: None,
            pushed: PushRecord::default(),
            universal_logout: None,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        self.apps.insert(id.clone(), app);
        self.record(Change::AppCreated { app: id.clone() });
        Ok(id)
    }

    /// The app with this id.
    pub fn app(&self, id: &str) -> ApiResult<&App> {
        self.apps.get(id).ok_or_else(|| ApiError::not_found(id, Resource::AppInstance))
    }

    /// The app with this id, to be changed from outside of the API: SCIM settings, for example.
    pub fn app_mut(&mut self, id: &str) -> ApiResult<&mut App> {
        self.apps.get_mut(id).ok_or_else(|| ApiError::not_found(id, Resource::AppInstance))
    }

    /// Replaces what a client may say about an app. Id, name, status and times stay as they are,
    /// and so do the people. Bookmarks can be replaced while inactive; other kinds answer
    /// E0000024.
    pub fn replace_app(&mut self, id: &str, new: NewApp) -> ApiResult<()> {
        let app = self.app(id)?;
        let is_bookmark = matches!(app.kind, AppKind::Bookmark { .. });
        if !app.is_active() && !is_bookmark {
            return Err(ApiError::app_metadata_unsupported());
        }
        check_app(&new)?;
        let now = self.now();
        let app = self.app_mut(id)?;
        app.label = new.label;
        app.visibility = new.visibility;
        app.self_service = new.self_service;
        app.implicit_assignment = new.implicit_assignment;
        app.notes = new.notes;
        app.last_updated = now;
        match (&app.kind, &new.kind) {
            (AppKind::Bookmark { .. }, AppKind::Bookmark { .. })
            | (AppKind::Other { .. }, AppKind::Other { .. }) => app.kind = new.kind,
            // The name of an app cannot change, and a client's registration is not set this way.
            _ => {}
        }
        self.record(Change::AppUpdated { app: id.to_owned() });
        Ok(())
    }

    /// Activates an app; harmless when it is active.
    pub fn activate_app(&mut self, id: &str) -> ApiResult<()> {
        self.set_app_status(id, AppStatus::Active)
    }

    /// Deactivates an app; harmless when it is inactive. Assignments stay.
    pub fn deactivate_app(&mut self, id: &str) -> ApiResult<()> {
        self.set_app_status(id, AppStatus::Inactive)
    }

    /// Deletes an inactive app together with its assignments.
    pub fn delete_app(&mut self, id: &str) -> ApiResult<()> {
        if self.app(id)?.is_active() {
            return Err(ApiError::app_still_active());
        }
        self.record(Change::AppDeleted { app: id.to_owned() });
        self.apps.remove(id);
        Ok(())
    }

    /// Keeps a picture for the app.
    pub fn set_app_logo(&mut self, id: &str, picture: Vec<u8>) -> ApiResult<()> {
        let now = self.now();
        let app = self.app_mut(id)?;
        app.logo = Some(picture);
        app.last_updated = now;
        self.record(Change::AppUpdated { app: id.to_owned() });
        Ok(())
    }

    fn set_app_status(&mut self, id: &str, status: AppStatus) -> ApiResult<()> {
        let now = self.now();
        let app = self.app_mut(id)?;
        if app.status == status {
            return Ok(());
        }
        app.status = status;
        app.last_updated = now;
        let event_type = match status {
            AppStatus::Active => "application.lifecycle.activate",
            AppStatus::Inactive => "application.lifecycle.deactivate",
        };
        self.record_as(event_type, Change::AppUpdated { app: id.to_owned() });
        Ok(())
    }
}

fn check_app(new: &NewApp) -> ApiResult<()> {
    if new.label.trim().is_empty() {
        return Err(ApiError::validation("label", "label: The field cannot be left blank"));
    }
    if new.label.chars().count() > 100 {
        let cause = "label: The field must be between 1 and 100 characters";
        return Err(ApiError::validation("label", cause));
    }
    if let AppKind::Bookmark { url, .. } = &new.kind {
        let is_web = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_empty() {
            return Err(ApiError::validation("url", "url: The field cannot be left blank"));
        }
        if !is_web {
            return Err(ApiError::validation("url", "url: The field must be a valid URL"));
        }
    }
    Ok(())
}
