//! The applications of the org, and what an admin who does not know the product may do to them.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::page::{html, refused};
use super::groups::{Named, Someone};
use super::{Admin, Frame, done, unknown_step};
use crate::org::{ApiResult, App, AppKind, Org, Scope, SubjectFormat, UniversalLogout, User};

#[derive(Template)]
#[template(path = "people/admin/apps.html")]
struct AppsPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    label: String,
    kind: String,
    url: Option<String>,
    active: bool,
    people: usize,
    groups: usize,
}

impl Row {
    fn of(app: &App) -> Self {
        let url = match &app.kind {
            AppKind::Bookmark { url, .. } => Some(url.clone()),
            AppKind::Oidc(client) => client.initiate_login_uri.clone(),
            AppKind::Other { .. } => app.scim.as_ref().map(|scim| scim.base_url.clone()),
        };
        Self {
            id: app.id.clone(),
            label: app.label.clone(),
            kind: app.kind.name().to_owned(),
            url,
            active: app.is_active(),
            people: app.users.len(),
            groups: app.groups.len(),
        }
    }
}

pub async fn list(State(people): Shared, _: Admin) -> Response {
    let org = people.sim.org();
    let rows = org.apps.values().map(Row::of).collect();
    html(&AppsPage { frame: Frame::new(&org, "apps"), rows })
}

#[derive(Template)]
#[template(path = "people/admin/app.html")]
struct AppPage {
    frame: Frame,
    app: Row,
    note: String,
    assigned: Vec<Assigned>,
    groups: Vec<Named>,
    other_groups: Vec<Named>,
    others: Vec<Someone>,
    is_provisioned: bool,
    /// `None` for kinds that cannot have it.
    logout: Option<Logout>,
}

struct Logout {
    endpoint: String,
    by_subject: bool,
}

impl Logout {
    fn of(app: &App) -> Option<Self> {
        if matches!(app.kind, AppKind::Bookmark { .. }) {
            return None;
        }
        let known = app.universal_logout.as_ref();
        Some(Self {
            endpoint: known.map_or_else(String::new, |known| known.endpoint.clone()),
            by_subject: known.is_some_and(|it| it.subject == SubjectFormat::IssuerAndSubject),
        })
    }
}

struct Assigned {
    someone: Someone,
    scope: &'static str,
    direct: bool,
}

pub async fn show(State(people): Shared, _: Admin, Path(app): Path<String>) -> Response {
    let org = people.sim.org();
    let app = match org.app(&app) {
        Ok(app) => app,
        Err(error) => return refused(&error),
    };
    let assigned = app.users.values().map(|row| Assigned {
        someone: someone(&org, &row.user_id),
        scope: row.scope.as_str(),
        direct: row.scope == Scope::User,
    });
    let others = org.users.keys().filter(|id| !app.users.contains_key(*id));
    let (groups, other_groups): (Vec<_>, Vec<_>) =
        org.groups.values().partition(|group| app.groups.contains_key(&group.id));
    html(&AppPage {
        frame: Frame::new(&org, "apps"),
        app: Row::of(app),
        note: app.notes.admin.clone().unwrap_or_default(),
        assigned: assigned.collect(),
        groups: groups.into_iter().map(Named::group).collect(),
        other_groups: other_groups.into_iter().map(Named::group).collect(),
        is_provisioned: app.scim.is_some(),
        logout: Logout::of(app),
        others: others.map(|id| someone(&org, id)).collect(),
    })
}

fn someone(org: &Org, id: &str) -> Someone {
    let user = org.users.get(id);
    Someone {
        id: id.to_owned(),
        name: user.map_or_else(|| id.to_owned(), User::display_name),
        login: user.map_or_else(String::new, |user| user.login().to_owned()),
    }
}

#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    user: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    endpoint: String,
    subject: Option<String>,
}

pub async fn change(
    State(people): Shared,
    admin: Admin,
    Path((app, step)): Path<(String, String)>,
    Form(change): Form<Change>,
) -> Response {
    let mut org = people.sim.org_as(admin.actor);
    let here = format!("/admin/apps/{app}");
    match step.as_str() {
        "activate" => done(org.activate_app(&app), &here),
        "deactivate" => done(org.deactivate_app(&app), &here),
        "delete" => done(org.delete_app(&app), "/admin/apps"),
        "rename" => done(rename(&mut org, &app, change.label.trim()), &here),
        "assign" => done(org.assign_user(&app, &change.user, None, None, None), &here),
        "unassign" => done(org.unassign_user(&app, &change.user), &here),
        "assign-group" => done(org.assign_group(&app, &change.group, None, None), &here),
        "unassign-group" => done(org.unassign_group(&app, &change.group), &here),
        "logout" => done(org.set_universal_logout(&app, change.logout()), &here),
        _ => unknown_step(),
    }
}

impl Change {
    /// None where the address was left empty.
    fn logout(&self) -> Option<UniversalLogout> {
        let endpoint = self.endpoint.trim().to_owned();
        let subject = match &self.subject {
            Some(_) => SubjectFormat::IssuerAndSubject,
            None => SubjectFormat::Email,
        };
        (!endpoint.is_empty()).then_some(UniversalLogout { endpoint, subject })
    }
}

fn rename(org: &mut Org, id: &str, label: &str) -> ApiResult<()> {
    let mut renamed = org.app(id)?.description();
    label.clone_into(&mut renamed.label);
    org.replace_app(id, renamed)
}
