//! The people of the org: their status, and the steps that change it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::super::Shared;
use super::super::page::html;
use super::{Admin, Frame, done, unknown_step};
use crate::org::{Org, User, UserStatus};

#[derive(Template)]
#[template(path = "people/admin/people.html")]
struct PeoplePage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    login: String,
    status: &'static str,
    tone: &'static str,
    apps: usize,
    steps: &'static [Step],
}

/// A button: where it posts to, and what it says.
struct Step {
    name: &'static str,
    label: &'static str,
    danger: bool,
}

const ACTIVATE: Step = Step { name: "activate", label: "Activate", danger: false };
const DEACTIVATE: Step = Step { name: "deactivate", label: "Deactivate", danger: true };
const SUSPEND: Step = Step { name: "suspend", label: "Suspend", danger: false };
const UNLOCK: Step = Step { name: "unlock", label: "Unlock", danger: false };
const UNSUSPEND: Step = Step { name: "unsuspend", label: "Unsuspend", danger: false };

pub async fn list(State(people): Shared, _: Admin) -> Response {
    let org = people.sim.org();
    let rows = org.users.values().map(|user| row(&org, user)).collect();
    html(&PeoplePage { frame: Frame::new(&org, "people"), rows })
}

pub async fn change(
    State(people): Shared,
    admin: Admin,
    Path((user, step)): Path<(String, String)>,
) -> Response {
    let mut org = people.sim.org_as(admin.actor);
    let result = match step.as_str() {
        "activate" => org.activate_user(&user),
        "deactivate" => org.deactivate_user(&user).map(|_| ()),
        "suspend" => org.suspend_user(&user),
        "unsuspend" => org.unsuspend_user(&user),
        "unlock" => org.unlock_user(&user),
        _ => return unknown_step(),
    };
    done(result, "/admin/people")
}

fn row(org: &Org, user: &User) -> Row {
    let (tone, steps) = look(user.status);
    Row {
        id: user.id.clone(),
        name: user.display_name(),
        login: user.login().to_owned(),
        status: user.status.as_str(),
        tone,
        apps: org.links_of_user(&user.id).map_or(0, |links| links.len()),
        steps,
    }
}

fn look(status: UserStatus) -> (&'static str, &'static [Step]) {
    match status {
        UserStatus::Active => ("good", &[SUSPEND, DEACTIVATE]),
        UserStatus::Staged => ("", &[ACTIVATE, DEACTIVATE]),
        UserStatus::Provisioned | UserStatus::Recovery | UserStatus::PasswordExpired => {
            ("", &[DEACTIVATE])
        }
        UserStatus::LockedOut => ("warn", &[UNLOCK, DEACTIVATE]),
        UserStatus::Suspended => ("warn", &[UNSUSPEND, DEACTIVATE]),
        UserStatus::Deprovisioned => ("bad", &[ACTIVATE]),
    }
}
