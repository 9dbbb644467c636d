//! Event hooks on the wire (Okta, "Event hooks"): one GET that asks for a value back, and then
//! POSTs with events. There is no signature, only the header that the hook was registered with.

use http::Method;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::call::{self, Answer};
use crate::Sim;
use crate::api::event_view;
use crate::org::{ApiError, ApiResult, Delivery, DeliveryKind, EventHook, LogEvent, okta_time};

/// The first attempt and the one retry.
const ATTEMPTS: u8 = 2;

/// The one-time verification: the address must answer with the value of a header.
pub(super) async fn verify(sim: &Sim, id: &str) -> ApiResult<()> {
    let (hook, challenge) = {
        let mut org = sim.org();
        let hook = org.hook(id)?.clone();
        (hook, org.random_text(40))
    };
    let mut problem = String::new();
    for attempt in 1..=ATTEMPTS {
        let request = request(sim, Method::GET, &hook);
        let request = request.header("x-okta-verification-challenge", &challenge);
        let answer = call::send(request).await;
        let said = serde_json::from_str::<Value>(&answer.text).unwrap_or_default();
        let proved = answer.is_success() && said["verification"] == challenge.as_str();
        let about = "x-okta-verification-challenge".to_owned();
        note(sim, &hook, DeliveryKind::HookVerification, about, String::new(), attempt, &answer);
        if proved {
            return sim.org().verify_hook(id);
        }
        problem = match answer.status {
            Some(status) if answer.is_success() => {
                format!("the answer {status} does not carry the challenge as \"verification\"")
            }
            Some(status) => format!("the endpoint answered {status}"),
            None => answer.text,
        };
    }
    Err(ApiError::validation("eventHook", format!("Event hook verification failed: {problem}")))
}

/// Tells a hook what happened, as well as luck has it.
pub(super) async fn tell(sim: &Sim, id: &str, events: Vec<LogEvent>) {
    let hook = match sim.org().hook(id) {
        Ok(hook) if hook.is_active && hook.is_verified => hook.clone(),
        // It was switched off in the meantime.
        _ => return,
    };
    let luck = sim.delivery_luck();
    if luck.lost {
        let lost = Answer { status: None, text: "lost on the way, by mischief".to_owned() };
        note(sim, &hook, DeliveryKind::HookEvents, names(&events), String::new(), 1, &lost);
        return;
    }
    let batches: Vec<&[LogEvent]> =
        if luck.reordered { events.chunks(1).rev().collect() } else { vec![events.as_slice()] };
    for batch in batches {
        for _ in 0..=u8::from(luck.duplicated) {
            post(sim, &hook, batch).await;
        }
    }
}

async fn post(sim: &Sim, hook: &EventHook, events: &[LogEvent]) {
    let body = body(sim, hook, events).to_string();
    for attempt in 1..=ATTEMPTS {
        let request = request(sim, Method::POST, hook)
            .header("content-type", "application/json")
            .body(body.clone());
        let answer = call::send(request).await;
        let (kind, about) = (DeliveryKind::HookEvents, names(events));
        note(sim, hook, kind, about, body.clone(), attempt, &answer);
        if !answer.may_change() {
            return;
        }
    }
}

fn body(sim: &Sim, hook: &EventHook, events: &[LogEvent]) -> Value {
    let org = sim.org();
    json!({
        "eventType": "com.okta.event_hook",
        "eventTypeVersion": "1.0",
        "cloudEventsVersion": "0.1",
        "source": format!("{}/api/v1/eventHooks/{}", org.base_url, hook.id),
        "eventId": event_id(hook, events),
        "data": { "events": events.iter().map(|event| event_view(&org.id, event)).collect::<Value>() },
        "eventTime": okta_time(sim.now()),
        "contentType": "application/json",
    })
}

/// The same for a repeat, and for nothing else.
fn event_id(hook: &EventHook, events: &[LogEvent]) -> String {
    let numbers: Vec<String> = events.iter().map(|event| event.id.to_string()).collect();
    let hash = Sha256::digest(format!("{}:{}", hook.id, numbers.join(",")));
    let number = hash.iter().take(16).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    let hex = format!("{number:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn request(sim: &Sim, method: Method, hook: &EventHook) -> RequestBuilder {
    let request =
        sim.http().request(method, &hook.channel.uri).header("accept", "application/json");
    let own = hook.channel.auth.iter().chain(&hook.channel.headers);
    own.fold(request, |request, header| request.header(&header.key, &header.value))
}

fn names(events: &[LogEvent]) -> String {
    let of = |event: &LogEvent| {
        let whom = event.targets.iter().find(|target| target.kind == "User");
        match whom {
            Some(person) => format!("{} {}", event.event_type, person.alternate_id),
            None => event.event_type.to_owned(),
        }
    };
    events.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn note(
    sim: &Sim,
    hook: &EventHook,
    kind: DeliveryKind,
    about: String,
    request: String,
    attempt: u8,
    answer: &Answer,
) {
    let at = sim.now();
    sim.org().note_delivery(Delivery {
        at,
        kind,
        to: hook.id.clone(),
        address: hook.channel.uri.clone(),
        about,
        request,
        attempt,
        status: answer.status,
        detail: answer.shown(),
    });
}
