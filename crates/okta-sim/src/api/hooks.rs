//! `/api/v1/eventHooks`: register, verify, switch on and off, delete (recordings 41 and 42).

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Acting;
use super::reply::JsonBody;
use crate::Sim;
use crate::deliver::Courier;
use crate::org::{
    ApiError, ApiResult, EventHook, HookChannel, HookHeader, NewHook, Org, okta_time,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HookBody {
    name: String,
    description: Option<String>,
    events: Events,
    channel: Channel,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Events {
    items: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Channel {
    config: Config,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    uri: String,
    headers: Option<Vec<Header>>,
    auth_scheme: Option<Header>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Header {
    key: String,
    value: String,
}

impl From<Header> for HookHeader {
    fn from(header: Header) -> Self {
        Self { key: header.key, value: header.value }
    }
}

impl From<HookBody> for NewHook {
    fn from(body: HookBody) -> Self {
        let config = body.channel.config;
        let headers = config.headers.unwrap_or_default().into_iter().map(Into::into).collect();
        let auth = config.auth_scheme.map(Into::into);
        Self {
            name: body.name,
            description: body.description,
            events: body.events.items,
            channel: HookChannel { uri: config.uri, auth, headers },
        }
    }
}

pub(super) async fn list(State(sim): State<Sim>) -> Json<Value> {
    let org = sim.org();
    Json(org.event_hooks.values().map(|hook| view(&org, hook)).collect())
}

// 200, not 201: recordings 41 and 42.
pub(super) async fn create(
    acting: Acting,
    JsonBody(body): JsonBody<HookBody>,
) -> ApiResult<Json<Value>> {
    let mut org = acting.org();
    // A service app is nobody: its id stands for it.
    let user = &acting.caller.user_id;
    let by = if user.is_empty() { &acting.caller.token_id } else { user };
    let id = org.create_hook(body.into(), by)?;
    Ok(Json(view(&org, org.hook(&id)?)))
}

pub(super) async fn read(
    State(sim): State<Sim>,
    Path(hook): Path<String>,
) -> ApiResult<Json<Value>> {
    let org = sim.org();
    Ok(Json(view(&org, org.hook(&hook)?)))
}

pub(super) async fn replace(
    acting: Acting,
    Path(hook): Path<String>,
    JsonBody(body): JsonBody<HookBody>,
) -> ApiResult<Json<Value>> {
    let mut org = acting.org();
    org.hook(&hook)?;
    org.replace_hook(&hook, body.into())?;
    Ok(Json(view(&org, org.hook(&hook)?)))
}

pub(super) async fn remove(acting: Acting, Path(hook): Path<String>) -> ApiResult<StatusCode> {
    acting.org().delete_hook(&hook)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers a verification once the other side has answered, or did not.
pub(super) async fn lifecycle(
    acting: Acting,
    Path((hook, step)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    match step.as_str() {
        "activate" => acting.org().set_hook_active(&hook, true)?,
        "deactivate" => acting.org().set_hook_active(&hook, false)?,
        "verify" => Courier::new(acting.sim.clone()).verify_hook(&hook).await?,
        _ => return Err(ApiError::unsupported_method()),
    }
    let org = acting.org();
    Ok(Json(view(&org, org.hook(&hook)?)))
}

/// A hook as Okta prints it: without the value of its secret.
fn view(org: &Org, hook: &EventHook) -> Value {
    let own = format!("{}/api/v1/eventHooks/{}", org.base_url, hook.id);
    let link = |href: String, method: &str| json!({ "href": href, "hints": { "allow": [method] } });
    let step = |name: &str| link(format!("{own}/lifecycle/{name}"), "POST");
    let mut links = json!({ "self": { "href": own } });
    if hook.is_active {
        links["verify"] = step("verify");
        links["deactivate"] = step("deactivate");
    } else {
        links["activate"] = step("activate");
        links["delete"] = link(own.clone(), "DELETE");
    }
    let header = |header: &HookHeader| json!({ "key": header.key, "value": header.value });
    let mut config = json!({
        "uri": hook.channel.uri,
        "headers": hook.channel.headers.iter().map(header).collect::<Value>(),
        "method": "POST",
    });
    if let Some(auth) = &hook.channel.auth {
        config["authScheme"] = json!({ "type": "HEADER", "key": auth.key });
    }
    json!({
        "id": hook.id,
        "status": if hook.is_active { "ACTIVE" } else { "INACTIVE" },
        "verificationStatus": if hook.is_verified { "VERIFIED" } else { "UNVERIFIED" },
        "name": hook.name,
        "description": hook.description,
        "created": okta_time(hook.created),
        "createdBy": hook.created_by,
        "lastUpdated": okta_time(hook.last_updated),
        "events": { "type": "EVENT_TYPE", "items": hook.events, "filter": null },
        "channel": { "type": "HTTP", "version": "1.0.0", "config": config },
        "_links": links,
    })
}
