//! Event hooks and what they were told; Universal Logout, security events and what those were told.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::super::Shared;
use super::super::page::html;
use super::deliveries::{self, Row};
use super::form::Fields;
use super::{Admin, Frame, done, unknown_step};
use crate::deliver::Courier;
use crate::org::{
    DeliveryKind, ELIGIBLE, EventHook, HookChannel, HookHeader, NewHook, SESSION_REVOKED,
    SubjectFormat,
};

#[derive(Template)]
#[template(path = "people/admin/hooks.html")]
struct HooksPage {
    frame: Frame,
    hooks: Vec<Hook>,
    offered: [&'static str; ELIGIBLE.len()],
    deliveries: Vec<Row>,
}

struct Hook {
    id: String,
    name: String,
    uri: String,
    is_active: bool,
    is_verified: bool,
    events: Vec<String>,
}

impl Hook {
    fn of(hook: &EventHook) -> Self {
        Self {
            id: hook.id.clone(),
            name: hook.name.clone(),
            uri: hook.channel.uri.clone(),
            is_active: hook.is_active,
            is_verified: hook.is_verified,
            events: hook.events.clone(),
        }
    }
}

pub async fn list(State(people): Shared, _: Admin) -> Response {
    let org = people.sim.org();
    html(&HooksPage {
        frame: Frame::new(&org, "hooks"),
        hooks: org.event_hooks.values().map(Hook::of).collect(),
        offered: ELIGIBLE,
        deliveries: deliveries::rows(
            &org,
            &[DeliveryKind::HookVerification, DeliveryKind::HookEvents],
        ),
    })
}

pub async fn create(State(people): Shared, admin: Admin, fields: Fields) -> Response {
    let auth = fields.optional("secret");
    let auth = auth.map(|value| HookHeader { key: "Authorization".to_owned(), value });
    let new = NewHook {
        name: fields.get("name").to_owned(),
        description: None,
        events: fields.all("event").map(ToOwned::to_owned).collect(),
        channel: HookChannel { uri: fields.get("uri").to_owned(), auth, headers: Vec::new() },
    };
    let by = people.sim.admin().to_owned();
    let created = people.sim.org_as(admin.actor).create_hook(new, &by);
    done(created.map(|_| ()), "/admin/hooks")
}

/// A verification is answered once the other side has answered, or did not.
pub async fn change(
    State(people): Shared,
    admin: Admin,
    Path((hook, step)): Path<(String, String)>,
) -> Response {
    let org = || people.sim.org_as(admin.actor.clone());
    let result = match step.as_str() {
        "verify" => Courier::new(people.sim.clone()).verify_hook(&hook).await,
        "activate" => org().set_hook_active(&hook, true),
        "deactivate" => org().set_hook_active(&hook, false),
        "delete" => org().delete_hook(&hook),
        _ => return unknown_step(),
    };
    done(result, "/admin/hooks")
}

#[derive(Template)]
#[template(path = "people/admin/logout.html")]
struct LogoutPage {
    frame: Frame,
    apps: Vec<Taking>,
    streams: Vec<Receiver>,
    deliveries: Vec<Row>,
}

/// An app that takes logouts.
struct Taking {
    id: String,
    label: String,
    endpoint: String,
    subject: &'static str,
}

struct Receiver {
    id: String,
    endpoint: String,
    events: Vec<String>,
}

pub async fn logouts(State(people): Shared, _: Admin) -> Response {
    let org = people.sim.org();
    let apps = org.apps.values().filter_map(|app| {
        let logout = app.universal_logout.as_ref()?;
        Some(Taking {
            id: app.id.clone(),
            label: app.label.clone(),
            endpoint: logout.endpoint.clone(),
            subject: match logout.subject {
                SubjectFormat::Email => "Email",
                SubjectFormat::IssuerAndSubject => "Issuer and subject",
            },
        })
    });
    let streams = org.streams.values().map(|stream| Receiver {
        id: stream.id.clone(),
        endpoint: stream.endpoint.clone(),
        events: stream.events.clone(),
    });
    html(&LogoutPage {
        frame: Frame::new(&org, "logout"),
        apps: apps.collect(),
        streams: streams.collect(),
        deliveries: deliveries::rows(&org, &[DeliveryKind::UniversalLogout, DeliveryKind::Signal]),
    })
}

pub async fn create_stream(State(people): Shared, admin: Admin, fields: Fields) -> Response {
    let events = vec![SESSION_REVOKED.to_owned()];
    let mut org = people.sim.org_as(admin.actor);
    let created = org.create_stream(fields.get("endpoint"), fields.optional("secret"), events);
    done(created.map(|_| ()), "/admin/logout")
}

pub async fn change_stream(
    State(people): Shared,
    admin: Admin,
    Path((stream, step)): Path<(String, String)>,
) -> Response {
    let mut org = people.sim.org_as(admin.actor);
    let result = match step.as_str() {
        "verify" => org.verify_stream(&stream, None),
        "delete" => org.delete_stream(&stream),
        _ => return unknown_step(),
    };
    done(result, "/admin/logout")
}
