//! The people of the org: their status, and the steps that change it.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::page::html;
use super::{Admin, Frame};
use crate::org::{Org, User, UserStatus};

#[derive(Template)]
#[template(path = "people/admin/people.html")]
struct PeoplePage {
    frame: Frame,
    rows: Vec<Row>,
    total: usize,
    q: String,
    status: String,
    statuses: [&'static str; 8],
}

struct Row {
    id: String,
    name: String,
    login: String,
    status: &'static str,
    tone: &'static str,
    apps: usize,
    steps: Vec<&'static Step>,
}

/// A button: where it posts to, and what it says.
pub struct Step {
    pub name: &'static str,
    pub label: &'static str,
    pub danger: bool,
    /// Stands in the list too, not only on the person's page.
    in_list: bool,
    /// May also log the person out of every app.
    pub everywhere: bool,
}

const fn step(name: &'static str, label: &'static str) -> Step {
    Step { name, label, danger: false, in_list: false, everywhere: false }
}

const ACTIVATE: Step = Step { in_list: true, ..step("activate", "Activate") };
const DEACTIVATE: Step =
    Step { danger: true, in_list: true, everywhere: true, ..step("deactivate", "Deactivate") };
const SUSPEND: Step = Step { in_list: true, everywhere: true, ..step("suspend", "Suspend") };
const UNSUSPEND: Step = Step { in_list: true, ..step("unsuspend", "Unsuspend") };
const UNLOCK: Step = Step { in_list: true, ..step("unlock", "Unlock") };
const LOCK: Step = step("lock", "Lock out");
const EXPIRE: Step = step("expire_password", "Expire password");
const RESET: Step = step("reset_password", "Reset password");
const DELETE: Step = Step { danger: true, ..step("delete", "Delete") };

/// The colour of a status, and what an admin may do from there.
pub fn look(status: UserStatus) -> (&'static str, &'static [Step]) {
    match status {
        UserStatus::Active => ("good", &[SUSPEND, DEACTIVATE, LOCK, EXPIRE, RESET]),
        UserStatus::Staged => ("", &[ACTIVATE, DEACTIVATE]),
        UserStatus::Provisioned | UserStatus::Recovery => ("", &[RESET, DEACTIVATE]),
        UserStatus::PasswordExpired => ("warn", &[RESET, DEACTIVATE]),
        UserStatus::LockedOut => ("warn", &[UNLOCK, RESET, DEACTIVATE]),
        UserStatus::Suspended => ("warn", &[UNSUSPEND, DEACTIVATE]),
        UserStatus::Deprovisioned => ("bad", &[ACTIVATE, DELETE]),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Searched {
    q: String,
    status: String,
}

pub async fn list(
    State(people): Shared,
    _: Admin,
    Query(Searched { q, status }): Query<Searched>,
) -> Response {
    let org = people.sim.org();
    let wanted = q.trim().to_lowercase();
    let fits = |user: &&User| {
        let named = [user.display_name(), user.login().to_owned()];
        named.iter().any(|text| text.to_lowercase().contains(&wanted))
            && (status.is_empty() || user.status.as_str() == status)
    };
    let rows = org.users.values().filter(fits).map(|user| row(&org, user)).collect();
    let statuses = UserStatus::ALL.map(UserStatus::as_str);
    let (frame, total) = (Frame::new(&org, "people"), org.users.len());
    html(&PeoplePage { frame, rows, total, q, status, statuses })
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
        steps: steps.iter().filter(|step| step.in_list).collect(),
    }
}
