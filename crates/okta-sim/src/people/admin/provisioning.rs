//! How one app is provisioned: its switches, pushed groups, failed pushes, and every request.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::Shared;
use super::super::page::{found, html, message, refused};
use super::deliveries::{outcome, pretty};
use super::form::Fields;
use super::groups::Named;
use super::tasks::Task;
use super::{Admin, Frame, done, unknown_step};
use crate::org::{ApiResult, App, Group, GroupPush, GroupType, Org, PushCall, Switches, okta_time};
use crate::push::Provisioner;

/// How many requests the page shows.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "people/admin/provisioning.html")]
struct ProvisioningPage {
    frame: Frame,
    id: String,
    label: String,
    kind: &'static str,
    base_url: String,
    switches: Switches,
    tasks: Vec<Task>,
    pushes: Vec<Pushed>,
    others: Vec<Named>,
    calls: Vec<Call>,
}

/// A group that is pushed.
struct Pushed {
    group: String,
    name: String,
    status: &'static str,
    tone: &'static str,
    error: Option<String>,
    last_push: String,
    /// What can be done: where it posts to, what it says, whether it is dangerous.
    steps: Vec<(&'static str, &'static str, bool)>,
}

struct Call {
    at: String,
    method: String,
    path: String,
    request: String,
    status: String,
    tone: &'static str,
    answer: String,
}

pub async fn show(State(people): Shared, _: Admin, Path(app): Path<String>) -> Response {
    let org = people.sim.org();
    let page = page(&org, &app);
    match page {
        Ok(page) => html(&page),
        Err(error) => refused(&error),
    }
}

fn page(org: &Org, app: &str) -> ApiResult<ProvisioningPage> {
    let (app, scim) = (org.app(app)?, org.connection(app)?);
    let can_push = |group: &&Group| {
        group.group_type == GroupType::Okta && scim.pushes.iter().all(|it| it.group != group.id)
    };
    Ok(ProvisioningPage {
        frame: Frame::new(org, "apps"),
        id: app.id.clone(),
        label: app.label.clone(),
        kind: if scim.catalogue_app {
            "SCIM 2.0, as an app of the catalogue: PATCH"
        } else {
            "SCIM 2.0, as a private app: PUT for everything"
        },
        base_url: scim.base_url.clone(),
        switches: scim.switches,
        tasks: Task::of_app(app),
        pushes: scim.pushes.iter().map(|push| pushed(org, push)).collect(),
        others: org.groups.values().filter(can_push).map(Named::group).collect(),
        calls: calls(app),
    })
}

fn pushed(org: &Org, push: &GroupPush) -> Pushed {
    let (unlink, delete) =
        (("unlink", "Unlink", false), ("unlink-delete", "Unlink and delete there", true));
    let steps = if push.is_active {
        vec![("push-now", "Push now", false), ("pause", "Pause", false), unlink, delete]
    } else {
        vec![("resume", "Resume", false), unlink, delete]
    };
    Pushed {
        group: push.group.clone(),
        name: org.group(&push.group).map_or_else(|_| push.group.clone(), |it| it.name.clone()),
        status: push.status(),
        tone: match push.status() {
            "ACTIVE" => "good",
            "ERROR" => "bad",
            _ => "warn",
        },
        error: push.error.clone(),
        last_push: push.last_push.map_or_else(|| "never".to_owned(), okta_time),
        steps,
    }
}

fn calls(app: &App) -> Vec<Call> {
    let call = |call: &PushCall| {
        let (tone, status) = outcome(call.status);
        Call {
            at: okta_time(call.at),
            method: call.method.clone(),
            path: call.path.clone(),
            request: pretty(&call.request),
            status,
            tone,
            answer: pretty(&call.answer),
        }
    };
    app.pushed.calls.iter().rev().take(SHOWN).map(call).collect()
}

/// What leads to requests is answered once they have been made.
pub async fn change(
    State(people): Shared,
    admin: Admin,
    Path((app, step)): Path<(String, String)>,
    fields: Fields,
) -> Response {
    let here = format!("/admin/apps/{app}/provisioning");
    if step == "switches" {
        let switches = Switches {
            create_users: fields.has("create"),
            update_attributes: fields.has("update"),
            deactivate_users: fields.has("deactivate"),
            sync_password: fields.has("password"),
        };
        let mut org = people.sim.org_as(admin.actor);
        return done(org.configure_provisioning(&app, |scim| scim.switches = switches), &here);
    }
    let group = fields.get("group");
    if let "pause" | "resume" = step.as_str() {
        let mut org = people.sim.org_as(admin.actor);
        let id = mapping(&org, &app, group);
        return done(
            id.and_then(|id| org.set_group_push_active(&app, &id, step == "resume")),
            &here,
        );
    }
    let Some(provisioner) = people.provisioners.iter().find(|it| it.app_id() == app) else {
        let text = "Nothing in this process pushes for this application.";
        return message(StatusCode::CONFLICT, "Not provisioned from here", text, None);
    };
    match step.as_str() {
        "push" => done(provisioner.push_group(group).await, &here),
        "push-now" => {
            provisioner.push_group_now(group).await;
            found(&here)
        }
        "unlink" => done(provisioner.unlink_group(group, false).await, &here),
        "unlink-delete" => done(provisioner.unlink_group(group, true).await, &here),
        "retry" => {
            let tasks: Vec<u64> = fields.all("task").filter_map(|id| id.parse().ok()).collect();
            provisioner.retry(&tasks).await;
            found(&here)
        }
        "sync" => {
            provisioner.push_everything().await;
            found(&here)
        }
        "test" => test(provisioner, &here).await,
        _ => unknown_step(),
    }
}

async fn test(provisioner: &Provisioner, here: &str) -> Response {
    match provisioner.test_connection().await {
        Ok(()) => found(here),
        Err(failure) => {
            let (_, status) = outcome(failure.status);
            let detail = format!("{}: {status}: {}", failure.call, failure.detail);
            let text = "The service did not answer as a SCIM service does.";
            message(StatusCode::BAD_GATEWAY, "The connection does not work", text, Some(&detail))
        }
    }
}

fn mapping(org: &Org, app: &str, group: &str) -> ApiResult<String> {
    let found = org.connection(app)?.pushes.iter().find(|push| push.group == group);
    found.map_or_else(|| org.group_push(app, group).map(|it| it.id.clone()), |it| Ok(it.id.clone()))
}
