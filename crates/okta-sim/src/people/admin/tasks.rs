//! Pushes that failed, of all apps. Each waits here until somebody retries it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Shared;
use super::super::page::{found, html};
use super::deliveries::outcome;
use super::form::Fields;
use super::{Admin, Frame};
use crate::org::{App, PushTask, okta_time};

#[derive(Template)]
#[template(path = "people/admin/tasks.html")]
struct TasksPage {
    frame: Frame,
    tasks: Vec<Task>,
    provisions: bool,
}

/// A failed push as pages list it.
pub struct Task {
    pub id: String,
    pub at: String,
    pub about: String,
    pub what: &'static str,
    /// Empty where the page is about one app.
    pub app: String,
    pub held_back: String,
    pub call: String,
    pub status: String,
    pub detail: String,
}

impl Task {
    /// Those of one app, newest first.
    pub fn of_app(app: &App) -> Vec<Self> {
        let id = |task: &PushTask| task.id.to_string();
        app.pushed.tasks.iter().rev().map(|task| Self::of(task, id(task), "")).collect()
    }

    fn of(task: &PushTask, id: String, app: &str) -> Self {
        Self {
            id,
            at: okta_time(task.at),
            about: task.about.clone(),
            what: task.what,
            app: app.to_owned(),
            held_back: task.held_back.join(", "),
            call: task.failure.call.clone(),
            status: outcome(task.failure.status).1,
            detail: task.failure.detail.clone(),
        }
    }
}

pub async fn list(State(people): Shared, _: Admin) -> Response {
    let org = people.sim.org();
    let all = org.apps.values().flat_map(|app| app.pushed.tasks.iter().map(move |it| (app, it)));
    let mut all: Vec<(&App, &PushTask)> = all.collect();
    all.sort_by_key(|(_, task)| std::cmp::Reverse(task.at));
    let task = |(app, task): (&App, &PushTask)| {
        Task::of(task, format!("{}:{}", app.id, task.id), &app.label)
    };
    let tasks = all.into_iter().map(task).collect();
    let provisions = org.apps.values().any(|app| app.scim.is_some());
    html(&TasksPage { frame: Frame::new(&org, "tasks"), tasks, provisions })
}

/// "Retry selected": answers once everything has been tried.
pub async fn retry(State(people): Shared, _: Admin, fields: Fields) -> Response {
    for provisioner in &people.provisioners {
        let own = fields.all("task").filter_map(|text| text.split_once(':'));
        let own = own.filter(|(app, _)| *app == provisioner.app_id());
        let ids: Vec<u64> = own.filter_map(|(_, id)| id.parse().ok()).collect();
        provisioner.retry(&ids).await;
    }
    found("/admin/tasks")
}
