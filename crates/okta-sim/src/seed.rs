//! A file that says who and what is in the org when it starts. People are named by login, groups
//! by name:
//!
//! ```json
//! {
//!   "users": [{ "login": "ada@example.com", "firstName": "Ada", "lastName": "Byron",
//!               "password": "ada", "status": "ACTIVE", "profile": { "department": "R&D" } }],
//!   "groups": [{ "name": "Finance", "description": "Money", "members": ["ada@example.com"] }],
//!   "apps": [{ "label": "Wiki", "url": "https://wiki.example.com", "users": ["ada@example.com"],
//!              "groups": ["Finance"] }],
//!   "clients": [{ "label": "Portal", "client_id": "portal", "client_secret": "secret",
//!                 "redirect_uris": ["http://127.0.0.1:3000/callback"], "groups": ["Finance"],
//!                 "scim": { "base_url": "http://127.0.0.1:3000/scim/v2", "bearer_token": "t" } }],
//!   "services": [{ "label": "Robot", "client_id": "robot", "scopes": ["okta.apps.manage"],
//!                  "keys": [{ "kty": "EC", "crv": "P-256", "x": "…", "y": "…" }] }]
//! }
//! ```

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use thiserror::Error;

use crate::org::{
    ApiError, AppKind, GroupType, NewApp, NewUser, OidcClient, Org, Permissions, Profile,
    ScimConnection, ServiceClient, User, UserStatus,
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    pub users: Vec<SeedUser>,
    pub groups: Vec<SeedGroup>,
    pub apps: Vec<SeedApp>,
    pub clients: Vec<SeedClient>,
    pub services: Vec<SeedService>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SeedUser {
    pub login: String,
    pub first_name: String,
    pub last_name: String,
    /// Nobody signs in without one; they stay `PROVISIONED`.
    pub password: Option<String>,
    /// `ACTIVE` when left out; also `STAGED`, `SUSPENDED`, `DEPROVISIONED`, `LOCKED_OUT`,
    /// `PASSWORD_EXPIRED` and `RECOVERY`.
    pub status: Option<String>,
    #[serde(default)]
    pub profile: Profile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedGroup {
    pub name: String,
    pub description: Option<String>,
    #[serde(default)]
    pub members: Vec<String>,
}

/// A bookmark app.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedApp {
    pub label: String,
    pub url: String,
    #[serde(default)]
    pub users: Vec<String>,
    #[serde(default)]
    pub groups: Vec<String>,
}

/// An OpenID Connect client, with SCIM provisioning where wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedClient {
    pub label: String,
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    pub initiate_login_uri: Option<String>,
    pub groups_claim: Option<String>,
    pub scim: Option<SeedScim>,
    #[serde(default)]
    pub users: Vec<String>,
    #[serde(default)]
    pub groups: Vec<String>,
}

/// A service app: a client of the management API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedService {
    pub label: String,
    pub client_id: String,
    /// Public keys (RFC 7517) that its assertions are signed with.
    pub keys: Vec<Jwk>,
    /// Scopes that are granted to it.
    pub scopes: Vec<String>,
    /// Whether it must prove possession of a key, as Okta wants of new service apps.
    #[serde(default = "yes")]
    pub requires_dpop: bool,
    /// Those of a super administrator when left out.
    #[serde(default)]
    pub permissions: Permissions,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedScim {
    pub base_url: String,
    pub bearer_token: String,
    #[serde(default)]
    pub catalogue_app: bool,
    /// Names of groups to push.
    #[serde(default)]
    pub pushed_groups: Vec<String>,
}

/// Why a seed does not fit.
#[derive(Debug, Error)]
pub enum SeedError {
    #[error("seed {what}: {summary} ({cause})")]
    Refused { what: String, summary: String, cause: String },
    #[error("seed {what}: there is no group named {group:?}; list it under \"groups\"")]
    UnknownGroup { what: String, group: String },
    #[error("seed user {login:?}: a person cannot start as {status:?}")]
    UnknownStatus { login: String, status: String },
}

fn refused(what: &str, error: ApiError) -> SeedError {
    let cause = error.causes.join("; ");
    SeedError::Refused { what: what.to_owned(), summary: error.summary, cause }
}

impl Seed {
    /// Puts everything into the org. On an error, what came before it stays.
    pub fn plant(self, org: &mut Org) -> Result<(), SeedError> {
        let statuses: Vec<(String, Option<String>)> =
            self.users.iter().map(|user| (user.login.clone(), user.status.clone())).collect();
        for user in self.users {
            plant_user(org, user)?;
        }
        for group in self.groups {
            plant_group(org, group)?;
        }
        for app in self.apps {
            let new = NewApp::bookmark(&app.label, &app.url);
            plant_app(org, new, &app.users, &app.groups)?;
        }
        for client in self.clients {
            plant_client(org, client)?;
        }
        for service in self.services {
            plant_service(org, service)?;
        }
        // Last, since suspended people keep what they were given and deprovisioned ones lose it.
        for (login, status) in statuses {
            settle(org, &login, status.as_deref())?;
        }
        Ok(())
    }
}

fn plant_user(org: &mut Org, user: SeedUser) -> Result<(), SeedError> {
    let what = format!("user {:?}", user.login);
    let mut new = NewUser::person(&user.login, &user.first_name, &user.last_name, "");
    new.password = user.password;
    new.profile.extend(user.profile);
    new.activate = user.status.as_deref() != Some(UserStatus::Staged.as_str());
    org.create_user(new).map_err(|error| refused(&what, error))?;
    Ok(())
}

fn plant_group(org: &mut Org, group: SeedGroup) -> Result<(), SeedError> {
    let what = format!("group {:?}", group.name);
    let id = org
        .create_group(GroupType::Okta, &group.name, group.description.as_deref())
        .map_err(|error| refused(&what, error))?;
    for login in &group.members {
        let user = id_of(org, &what, login)?;
        org.join(&id, &user);
    }
    Ok(())
}

fn plant_app(
    org: &mut Org,
    new: NewApp,
    users: &[String],
    groups: &[String],
) -> Result<String, SeedError> {
    let what = format!("app {:?}", new.label);
    let id = org.create_app(new, true).map_err(|error| refused(&what, error))?;
    for login in users {
        let user = id_of(org, &what, login)?;
        org.assign_user(&id, &user, None, None, None).map_err(|error| refused(&what, error))?;
    }
    for name in groups {
        let group = group_named(org, &what, name)?;
        org.assign_group(&id, &group, None, None).map_err(|error| refused(&what, error))?;
    }
    Ok(id)
}

fn plant_client(org: &mut Org, client: SeedClient) -> Result<(), SeedError> {
    let what = format!("client {:?}", client.label);
    let kind = AppKind::Oidc(OidcClient {
        client_id: client.client_id,
        client_secret: client.client_secret,
        redirect_uris: client.redirect_uris,
        post_logout_redirect_uris: client.post_logout_redirect_uris,
        initiate_login_uri: client.initiate_login_uri,
        groups_claim: client.groups_claim,
        service: None,
    });
    let new = NewApp::of_kind(&client.label, kind);
    let id = plant_app(org, new, &client.users, &client.groups)?;
    let Some(scim) = client.scim else { return Ok(()) };
    let connection = ScimConnection {
        base_url: scim.base_url,
        bearer_token: scim.bearer_token,
        catalogue_app: scim.catalogue_app,
        ..ScimConnection::default()
    };
    org.app_mut(&id).map_err(|error| refused(&what, error))?.scim = Some(connection);
    for name in &scim.pushed_groups {
        let group = group_named(org, &what, name)?;
        org.create_group_push(&id, &group, false, true).map_err(|error| refused(&what, error))?;
    }
    Ok(())
}

fn plant_service(org: &mut Org, service: SeedService) -> Result<(), SeedError> {
    let client = OidcClient {
        client_id: service.client_id,
        service: Some(ServiceClient {
            keys: service.keys,
            scopes: service.scopes.into_iter().collect(),
            requires_dpop: service.requires_dpop,
            permissions: service.permissions,
        }),
        ..OidcClient::default()
    };
    plant_app(org, NewApp::of_kind(&service.label, AppKind::Oidc(client)), &[], &[]).map(|_| ())
}

fn settle(org: &mut Org, login: &str, status: Option<&str>) -> Result<(), SeedError> {
    let what = format!("user {login:?}");
    let id = id_of(org, &what, login)?;
    match status {
        None | Some("ACTIVE" | "STAGED") => Ok(()),
        Some("SUSPENDED") => org.suspend_user(&id).map_err(|error| refused(&what, error)),
        Some("LOCKED_OUT") => org.lock_user(&id).map_err(|error| refused(&what, error)),
        Some("PASSWORD_EXPIRED") => org.expire_password(&id).map_err(|error| refused(&what, error)),
        Some("RECOVERY") => org.reset_password(&id).map_err(|error| refused(&what, error)),
        Some("DEPROVISIONED") => {
            org.deactivate_user(&id).map(|_| ()).map_err(|error| refused(&what, error))
        }
        Some(other) => {
            let (login, status) = (login.to_owned(), other.to_owned());
            Err(SeedError::UnknownStatus { login, status })
        }
    }
}

fn id_of(org: &Org, what: &str, login: &str) -> Result<String, SeedError> {
    let user: &User = org.find_user(login).map_err(|error| refused(what, error))?;
    Ok(user.id.clone())
}

fn group_named(org: &Org, what: &str, name: &str) -> Result<String, SeedError> {
    let found = org.groups.values().find(|group| group.name == name);
    found
        .map(|group| group.id.clone())
        .ok_or_else(|| SeedError::UnknownGroup { what: what.to_owned(), group: name.to_owned() })
}
