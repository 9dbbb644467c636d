//! The groups of the org and who is in them.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::page::{html, refused};
use super::{Admin, Frame, done, unknown_step};
use crate::org::{App, Group, GroupType};

#[derive(Template)]
#[template(path = "people/admin/groups.html")]
struct GroupsPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    kind: &'static str,
    members: usize,
    apps: usize,
}

pub async fn list(State(people): Shared, _: Admin) -> Response {
    let org = people.sim.org();
    let row = |group: &Group| Row {
        id: group.id.clone(),
        name: group.name.clone(),
        kind: group.group_type.as_str(),
        members: group.members.len(),
        apps: org.apps_of_group(&group.id).count(),
    };
    let rows = org.groups.values().map(row).collect();
    html(&GroupsPage { frame: Frame::new(&org, "groups"), rows })
}

#[derive(Deserialize)]
pub struct NewGroup {
    name: String,
}

pub async fn create(State(people): Shared, admin: Admin, Form(new): Form<NewGroup>) -> Response {
    let mut org = people.sim.org_as(admin.actor);
    let created = org.create_group(GroupType::Okta, new.name.trim(), None);
    done(created.map(|_| ()), "/admin/groups")
}

#[derive(Template)]
#[template(path = "people/admin/group.html")]
struct GroupPage {
    frame: Frame,
    id: String,
    name: String,
    kind: &'static str,
    can_change: bool,
    members: Vec<Someone>,
    others: Vec<Someone>,
}

/// A group or an app as menus name it.
pub struct Named {
    pub id: String,
    pub name: String,
}

impl Named {
    pub fn group(group: &Group) -> Self {
        Self { id: group.id.clone(), name: group.name.clone() }
    }

    pub fn app(app: &App) -> Self {
        Self { id: app.id.clone(), name: app.label.clone() }
    }
}

/// A person as lists and menus name them.
pub struct Someone {
    pub id: String,
    pub name: String,
    pub login: String,
}

pub async fn show(State(people): Shared, _: Admin, Path(group): Path<String>) -> Response {
    let org = people.sim.org();
    let group = match org.group(&group) {
        Ok(group) => group,
        Err(error) => return refused(&error),
    };
    let (members, others) = org
        .users
        .values()
        .map(|user| Someone {
            id: user.id.clone(),
            name: user.display_name(),
            login: user.login().to_owned(),
        })
        .partition(|someone| group.members.contains(&someone.id));
    html(&GroupPage {
        frame: Frame::new(&org, "groups"),
        id: group.id.clone(),
        name: group.name.clone(),
        kind: group.group_type.as_str(),
        can_change: group.group_type == GroupType::Okta,
        members,
        others,
    })
}

#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    user: String,
    #[serde(default)]
    name: String,
}

pub async fn change(
    State(people): Shared,
    admin: Admin,
    Path((group, step)): Path<(String, String)>,
    Form(change): Form<Change>,
) -> Response {
    let mut org = people.sim.org_as(admin.actor);
    let here = format!("/admin/groups/{group}");
    match step.as_str() {
        "add" => done(org.add_member(&group, &change.user), &here),
        "remove" => done(org.remove_member(&group, &change.user), &here),
        "rename" => {
            let description = org.group(&group).ok().and_then(|it| it.description.clone());
            done(org.update_group(&group, change.name.trim(), description.as_deref()), &here)
        }
        "delete" => done(org.delete_group(&group), "/admin/groups"),
        _ => unknown_step(),
    }
}
