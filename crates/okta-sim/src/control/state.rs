//! The clock, the org's settings, its tokens, and the traffic.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::given::{Given, Problem};
use crate::org::{ApiToken, OrgSettings, Permissions};
use crate::{Exchange, Sim, VirtualClock};

pub(super) async fn clock(State(sim): State<Sim>) -> Json<Value> {
    Json(json!({ "now": sim.now(), "virtual": sim.virtual_clock().is_some() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: u32,
}

pub(super) async fn advance_clock(
    state: State<Sim>,
    Given(given): Given<Advance>,
) -> Result<Json<Value>, Problem> {
    movable(&state.0)?.advance(SignedDuration::from_secs(given.seconds.into()));
    Ok(clock(state).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Jump {
    now: Timestamp,
}

pub(super) async fn set_clock(
    state: State<Sim>,
    Given(given): Given<Jump>,
) -> Result<Json<Value>, Problem> {
    movable(&state.0)?.set(given.now);
    Ok(clock(state).await)
}

fn movable(sim: &Sim) -> Result<&VirtualClock, Problem> {
    sim.virtual_clock().ok_or_else(|| {
        Problem::bad_request("the org runs on the machine's clock; start it with --virtual-clock")
    })
}

pub(super) async fn settings(State(sim): State<Sim>) -> Json<Value> {
    Json(shown(&sim.org().settings))
}

fn shown(settings: &OrgSettings) -> Value {
    json!({
        "app_cap": settings.app_cap,
        "reassign_conflicts": settings.reassign_conflicts,
        "inactive_apps_keep_people": settings.inactive_apps_keep_people,
        "idle_tokens_end": settings.idle_tokens_end,
        "assignment_lag_seconds": settings.assignment_lag.as_secs(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsGiven {
    #[serde(default)]
    app_cap: Cap,
    reassign_conflicts: Option<bool>,
    inactive_apps_keep_people: Option<bool>,
    idle_tokens_end: Option<bool>,
    assignment_lag_seconds: Option<u32>,
}

/// A cap of null is none; one that is left out stays as it was.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(from = "Option<usize>")]
enum Cap {
    #[default]
    Unchanged,
    None,
    Apps(usize),
}

impl From<Option<usize>> for Cap {
    fn from(cap: Option<usize>) -> Self {
        cap.map_or(Self::None, Self::Apps)
    }
}

pub(super) async fn change_settings(
    State(sim): State<Sim>,
    Given(given): Given<SettingsGiven>,
) -> Json<Value> {
    let mut org = sim.org();
    let settings = &mut org.settings;
    settings.app_cap = match given.app_cap {
        Cap::Unchanged => settings.app_cap,
        Cap::None => None,
        Cap::Apps(cap) => Some(cap),
    };
    settings.reassign_conflicts = given.reassign_conflicts.unwrap_or(settings.reassign_conflicts);
    settings.inactive_apps_keep_people =
        given.inactive_apps_keep_people.unwrap_or(settings.inactive_apps_keep_people);
    settings.idle_tokens_end = given.idle_tokens_end.unwrap_or(settings.idle_tokens_end);
    if let Some(seconds) = given.assignment_lag_seconds {
        settings.assignment_lag = SignedDuration::from_secs(seconds.into());
    }
    Json(shown(settings))
}

pub(super) async fn tokens(State(sim): State<Sim>) -> Json<Value> {
    Json(sim.org().tokens.values().map(token).collect())
}

fn token(token: &ApiToken) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "user": token.user_id,
        "permissions": token.permissions,
        "roles": token.roles,
        "outside_of_its_zone": token.outside_of_its_zone,
        "revoked": token.revoked,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenGiven {
    permissions: Option<Permissions>,
    roles: Option<Vec<String>>,
    outside_of_its_zone: Option<bool>,
}

pub(super) async fn change_token(
    State(sim): State<Sim>,
    Path(id): Path<String>,
    Given(given): Given<TokenGiven>,
) -> Result<Json<Value>, Problem> {
    let mut org = sim.org();
    let found = org.token_mut(&id)?;
    if let Some(permissions) = given.permissions {
        found.permissions = permissions;
    }
    if let Some(roles) = given.roles {
        found.roles = roles;
    }
    if let Some(outside) = given.outside_of_its_zone {
        found.outside_of_its_zone = outside;
    }
    Ok(Json(token(found)))
}

pub(super) async fn traffic(State(sim): State<Sim>) -> Json<Vec<Exchange>> {
    Json(sim.traffic())
}

pub(super) async fn forget_traffic(State(sim): State<Sim>) -> StatusCode {
    sim.clear_traffic();
    StatusCode::NO_CONTENT
}
