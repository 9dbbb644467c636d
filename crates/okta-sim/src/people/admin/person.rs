//! One person: what their status means, their sessions, apps and groups, and what happened.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::super::Shared;
use super::super::page::{html, refused};
use super::super::session::Person;
use super::form::Fields;
use super::groups::Named;
use super::people::{Step, look};
use super::{Admin, Frame, done, unknown_step};
use crate::PersonStep;
use crate::org::{App, GroupType, LogEvent, Org, PushSubject, Scope, User, UserStatus, okta_time};

/// How many events the page shows.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "people/admin/person.html")]
struct PersonPage {
    frame: Frame,
    person: Card,
    steps: &'static [Step],
    sessions: usize,
    last_login: Option<String>,
    apps: Vec<Held>,
    other_apps: Vec<Named>,
    groups: Vec<Membership>,
    other_groups: Vec<Named>,
    events: Vec<Happened>,
}

struct Card {
    id: String,
    name: String,
    initials: String,
    login: String,
    status: &'static str,
    tone: &'static str,
    meaning: &'static str,
}

/// An app that the person has.
struct Held {
    id: String,
    label: String,
    kind: String,
    scope: &'static str,
    direct: bool,
    external_id: Option<String>,
    failed: bool,
}

struct Membership {
    id: String,
    name: String,
    can_leave: bool,
}

struct Happened {
    at: String,
    kind: &'static str,
    about: String,
    by: String,
}

pub async fn show(State(people): Shared, _: Admin, Path(user): Path<String>) -> Response {
    let org = people.sim.org();
    let user = match org.user(&user) {
        Ok(user) => user,
        Err(error) => return refused(&error),
    };
    let (tone, steps) = look(user.status);
    let has = |app: &&App| app.users.contains_key(&user.id);
    let can_have = |app: &&App| app.is_active() && !has(app);
    let (mine, others): (Vec<_>, Vec<_>) =
        org.groups.values().partition(|group| group.members.contains(&user.id));
    let events = org.log_events().rev();
    let events = events.filter(|event| event.targets.iter().any(|it| it.id == user.id));
    html(&PersonPage {
        frame: Frame::new(&org, "people"),
        person: card(&org, user, tone),
        steps,
        sessions: people.sessions.count(user, people.sim.now()),
        last_login: user.last_login.map(okta_time),
        apps: org.apps.values().filter(has).filter_map(|app| held(app, user)).collect(),
        other_apps: org.apps.values().filter(can_have).map(Named::app).collect(),
        groups: mine.into_iter().map(membership).collect(),
        other_groups: others
            .into_iter()
            .filter(|group| group.group_type == GroupType::Okta)
            .map(Named::group)
            .collect(),
        events: events.take(SHOWN).map(|event| happened(event, &user.id)).collect(),
    })
}

fn card(org: &Org, user: &User, tone: &'static str) -> Card {
    let person = Person::of(user, org);
    Card {
        id: person.id,
        name: person.name,
        initials: person.initials,
        login: person.login,
        status: user.status.as_str(),
        tone,
        meaning: meaning(user.status),
    }
}

fn meaning(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Staged => "Not activated yet.",
        UserStatus::Provisioned => "Activated, and has not chosen a password yet.",
        UserStatus::Active => "Signs in, and has what is assigned.",
        UserStatus::Recovery => "Sets a new password by a link. Keeps everything.",
        UserStatus::PasswordExpired => {
            "Has to choose a new password at the next sign-in. Keeps everything."
        }
        UserStatus::LockedOut => {
            "Too many wrong passwords: cannot sign in until unlocked. Keeps everything."
        }
        UserStatus::Suspended => {
            "Cannot sign in. Keeps applications and groups, and SCIM is told nothing."
        }
        UserStatus::Deprovisioned => {
            "Left. Every application was taken away, and SCIM is told to deactivate."
        }
    }
}

fn held(app: &App, user: &User) -> Option<Held> {
    let row = app.users.get(&user.id)?;
    let subject = PushSubject::User(user.id.clone());
    Some(Held {
        id: app.id.clone(),
        label: app.label.clone(),
        kind: app.kind.name().to_owned(),
        scope: row.scope.as_str(),
        direct: row.scope == Scope::User,
        external_id: row.external_id.clone(),
        failed: app.tasks_of(&subject).next().is_some(),
    })
}

fn membership(group: &crate::org::Group) -> Membership {
    Membership {
        id: group.id.clone(),
        name: group.name.clone(),
        can_leave: group.group_type == GroupType::Okta,
    }
}

fn happened(event: &LogEvent, user: &str) -> Happened {
    let others = event.targets.iter().filter(|target| target.id != user);
    let names: Vec<&str> = others.map(|target| target.display_name.as_str()).collect();
    Happened {
        at: okta_time(event.published),
        kind: event.event_type,
        about: names.join(", "),
        by: event.actor_name.display_name.clone(),
    }
}

/// A click on a button, here or in the list.
pub async fn change(
    State(people): Shared,
    admin: Admin,
    Path((user, step)): Path<(String, String)>,
    fields: Fields,
) -> Response {
    let mut org = people.sim.org_as(admin.actor);
    let result = match step.as_str() {
        "assign" => org.assign_user(fields.get("app"), &user, None, None, None),
        "unassign" => org.unassign_user(fields.get("app"), &user),
        "join" => org.add_member(fields.get("group"), &user),
        "leave" => org.remove_member(fields.get("group"), &user),
        step => {
            let Some(step) = PersonStep::named(step) else { return unknown_step() };
            // First, while it is known which applications the person has.
            let first = if fields.has("everywhere") {
                org.log_out_everywhere(&user).map(|_| ())
            } else {
                Ok(())
            };
            first.and_then(|()| step.take(&mut org, &user))
        }
    };
    let to_list = fields.get("from") == "list" || org.user(&user).is_err();
    let here = format!("/admin/people/{user}");
    done(result, if to_list { "/admin/people" } else { &here })
}
