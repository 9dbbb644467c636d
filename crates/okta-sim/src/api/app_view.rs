//! Apps and assignments as Okta prints them, with the fields and links of real recordings.

use serde_json::{Map, Value, json};

use crate::org::{App, AppGroup, AppKind, AppUser, Org, PushSubject, okta_time};

/// An app in full.
pub(super) fn app(org: &Org, app: &App) -> Value {
    let name = app.kind.name();
    json!({
        "id": app.id,
        "orn": format!("orn:okta:idp:{}:apps:{name}:{}", org.id, app.id),
        "name": name,
        "label": app.label,
        "status": app.status.as_str(),
        "lastUpdated": okta_time(app.last_updated),
        "created": okta_time(app.created),
        "accessibility": {
            "selfService": app.self_service,
            "errorRedirectUrl": null,
            "loginRedirectUrl": null,
        },
        "visibility": visibility(app),
        "features": features(app),
        "signOnMode": app.kind.sign_on_mode(),
        "credentials": credentials(app),
        "universalLogout": universal_logout(app),
        "settings": settings(app),
        "_links": links(org, app),
    })
}

/// Null for kinds of apps that cannot have it (recording 01), else whether it is set up.
fn universal_logout(app: &App) -> Value {
    match (&app.kind, &app.universal_logout) {
        (AppKind::Bookmark { .. }, _) => Value::Null,
        (_, None) => json!({ "status": "DISABLED" }),
        (_, Some(_)) => json!({
            "status": "ENABLED",
            "supportType": "FULL",
            "identityStack": "NOT_SHARED",
            "protocol": "GLOBAL_TOKEN_REVOCATION",
        }),
    }
}

fn visibility(app: &App) -> Value {
    let mut app_links = Map::new();
    if matches!(app.kind, AppKind::Bookmark { .. }) {
        app_links.insert("login".to_owned(), true.into());
    }
    app_links.extend(app.visibility.app_links.iter().map(|(k, v)| (k.clone(), (*v).into())));
    json!({
        "autoLaunch": app.visibility.auto_launch,
        "autoSubmitToolbar": app.visibility.auto_submit_toolbar,
        "hide": { "iOS": app.visibility.hide_ios, "web": app.visibility.hide_web },
        "appLinks": app_links,
    })
}

/// What an admin switched on under "Provisioning to App".
fn features(app: &App) -> Vec<&'static str> {
    let Some(scim) = &app.scim else { return Vec::new() };
    let switches = [
        (scim.switches.create_users, "PUSH_NEW_USERS"),
        (scim.switches.update_attributes, "PUSH_PROFILE_UPDATES"),
        (scim.switches.deactivate_users, "PUSH_USER_DEACTIVATION"),
        (scim.switches.sync_password, "PUSH_PASSWORD_UPDATES"),
        (true, "GROUP_PUSH"),
    ];
    switches.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect()
}

fn credentials(app: &App) -> Value {
    let mut credentials = json!({
        "userNameTemplate": { "template": "${source.login}", "type": "BUILT_IN" },
        "signing": {},
    });
    if let Some(client) = app.oidc() {
        credentials["oauthClient"] = json!({
            "client_id": client.client_id,
            "token_endpoint_auth_method":
                if client.service.is_some() { "private_key_jwt" } else { "client_secret_basic" },
            "autoKeyRotation": true,
        });
    }
    credentials
}

fn settings(app: &App) -> Value {
    let own = match &app.kind {
        AppKind::Bookmark { url, request_integration } => {
            json!({ "requestIntegration": request_integration, "url": url })
        }
        AppKind::Oidc(_) => json!({}),
        AppKind::Other { settings, .. } => Value::Object(settings.clone()),
    };
    let mut settings = json!({
        "app": own,
        "notifications": {
            "vpn": { "network": { "connection": "DISABLED" }, "message": null, "helpUrl": null },
        },
        "manualProvisioning": false,
        "implicitAssignment": app.implicit_assignment,
        "emOptInStatus": "NONE",
        "notes": { "admin": app.notes.admin, "enduser": app.notes.enduser },
    });
    if let Some(client) = app.oidc() {
        let is_service = client.service.is_some();
        settings["oauthClient"] = json!({
            "redirect_uris": client.redirect_uris,
            "post_logout_redirect_uris": client.post_logout_redirect_uris,
            "response_types": [if is_service { "token" } else { "code" }],
            "grant_types": [if is_service { "client_credentials" } else { "authorization_code" }],
            "initiate_login_uri": client.initiate_login_uri,
            "application_type": if is_service { "service" } else { "web" },
        });
    }
    settings
}

fn links(org: &Org, app: &App) -> Value {
    let own = format!("{}/api/v1/apps/{}", org.base_url, app.id);
    let step = if app.is_active() { "deactivate" } else { "activate" };
    let mut links = json!({
        "uploadLogo": { "href": format!("{own}/logo"), "hints": { "allow": ["POST"] } },
        "appLinks": [{ "name": "login", "href": org.launch_url(app), "type": "text/html" }],
        "groups": { "href": format!("{own}/groups") },
        "logo": [{ "name": "medium", "href": org.logo_url(app), "type": "image/png" }],
        "users": { "href": format!("{own}/users") },
        step: { "href": format!("{own}/lifecycle/{step}") },
    });
    // Identity Engine attaches a default access policy to each app; Classic Engine has none.
    if org.settings.pipeline == "idx" {
        let policy = format!("{}/api/v1/policies/rst{}", org.base_url, &org.id[3..]);
        links["accessPolicy"] = json!({ "href": policy });
        links["policies"] =
            json!({ "href": format!("{own}/policies"), "hints": { "allow": ["PUT"] } });
    }
    links
}

/// A person's row in an app.
pub(super) fn app_user(org: &Org, app: &str, row: &AppUser) -> Value {
    let provisioned = row.external_id.is_some();
    let subject = PushSubject::User(row.user_id.clone());
    let failed = org.app(app).is_ok_and(|app| app.tasks_of(&subject).next().is_some());
    let sync_state = match (failed, provisioned) {
        (true, _) => "ERROR",
        (false, true) => "SYNCHRONIZED",
        (false, false) => "DISABLED",
    };
    json!({
        "id": row.user_id,
        "externalId": row.external_id,
        "created": okta_time(row.created),
        "lastUpdated": okta_time(row.last_updated),
        "scope": row.scope.as_str(),
        "status": if provisioned { "PROVISIONED" } else { "ACTIVE" },
        "statusChanged": okta_time(row.created),
        "passwordChanged": null,
        "syncState": sync_state,
        "credentials": { "userName": row.user_name },
        "profile": row.profile,
        "_links": {
            "app": { "href": format!("{}/api/v1/apps/{app}", org.base_url) },
            "user": { "href": format!("{}/api/v1/users/{}", org.base_url, row.user_id) },
        },
    })
}

/// A group's row in an app.
pub(super) fn app_group(org: &Org, app: &str, row: &AppGroup) -> Value {
    let own = format!("{}/api/v1/apps/{app}", org.base_url);
    json!({
        "id": row.group_id,
        "lastUpdated": okta_time(row.last_updated),
        "priority": row.priority,
        "profile": row.profile,
        "_links": {
            "app": { "href": own },
            "self": { "href": format!("{own}/groups/{}", row.group_id) },
            "group": { "href": format!("{}/api/v1/groups/{}", org.base_url, row.group_id) },
        },
    })
}
