//! `/api/v1/logs`: the System Log. A query without `until` in ascending order polls: its answer
//! always has a `next` link, also when there is nothing new.

use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::filter::{Case, Expression};
use super::params::Params;
use super::reply::Listing;
use crate::Sim;
use crate::org::{Actor, ApiError, ApiResult, LogEvent, LogTarget, Request, okta_time};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;
const DEFAULT_REACH: SignedDuration = SignedDuration::from_hours(7 * 24);
const MAX_REACH: SignedDuration = SignedDuration::from_hours(180 * 24);

/// What is asked for.
struct Query {
    since: Timestamp,
    until: Option<Timestamp>,
    after: Option<u64>,
    filter: Option<Expression>,
    words: Vec<String>,
    limit: usize,
    ascending: bool,
}

pub(super) async fn list(State(sim): State<Sim>, params: Params) -> ApiResult<Listing> {
    let query = Query::read(&params, sim.now())?;
    let mut org = sim.org();
    org.settle_log();
    let mut events: Vec<&LogEvent> = org.log_events().filter(|event| query.fits(event)).collect();
    let polls = query.until.is_none() && query.ascending;
    if !query.ascending {
        events.reverse();
    }
    let more = events.len() > query.limit;
    let first = events.first().map_or(0, |event| event.number);
    events.truncate(query.limit);
    let mut links = vec![params.link_to(&org, params.get("after"), "self")];
    if more || polls {
        let here = match events.last() {
            Some(last) if more => last.number,
            // Nothing was asked for: go on in front of the first.
            None if more => query.after.unwrap_or(first.saturating_sub(1)),
            // All there is was looked at, whether it fitted or not.
            _ => org.log_events().next_back().map_or(0, |event| event.number),
        };
        links.push(params.link_to(&org, Some(&cursor(here)), "next"));
    }
    let view = |event: &&LogEvent| view(&org.id, event);
    Ok(Listing { items: events.iter().map(view).collect(), links })
}

impl Query {
    fn read(params: &Params, now: Timestamp) -> ApiResult<Self> {
        let until = params.get("until").map(|text| instant("until", text)).transpose()?;
        let after = params.get("after").map(read_cursor).transpose()?;
        let since = match params.get("since") {
            Some(text) => instant("since", text)?,
            // The cursor knows where to go on, however long ago that was.
            None if after.is_some() => Timestamp::MIN,
            None => until.unwrap_or(now) - DEFAULT_REACH,
        };
        if after.is_none() && now.duration_since(since) > MAX_REACH {
            let cause = "since: The since parameter is more than 180 days prior to now";
            return Err(ApiError::validation("since", cause));
        }
        let ascending = match params.get("sortOrder") {
            None | Some("ASCENDING") => true,
            Some("DESCENDING") => false,
            Some(_) => {
                let cause = "sortOrder: The value must be ASCENDING or DESCENDING";
                return Err(ApiError::validation("sortOrder", cause));
            }
        };
        let words = params.get("q").unwrap_or_default().to_lowercase();
        Ok(Self {
            since,
            until,
            after,
            filter: params.get("filter").map(Expression::parse).transpose()?,
            words: words.split_whitespace().map(ToOwned::to_owned).collect(),
            limit: limit(params)?,
            ascending,
        })
    }

    fn fits(&self, event: &LogEvent) -> bool {
        let on_this_side = self.after.is_none_or(|after| {
            if self.ascending { event.number > after } else { event.number < after }
        });
        let in_time =
            event.published >= self.since && self.until.is_none_or(|until| event.published < until);
        on_this_side
            && in_time
            && self.filter.as_ref().is_none_or(|wanted| {
                wanted.fits_any(Case::Matters, &|name| attributes(event, name))
            })
            && self.words.iter().all(|word| mentions(event, word))
    }
}

fn limit(params: &Params) -> ApiResult<usize> {
    match params.get("limit").map(str::parse::<usize>) {
        None => Ok(DEFAULT_LIMIT),
        Some(Ok(limit)) if limit <= MAX_LIMIT => Ok(limit),
        Some(_) => {
            let cause = "limit: The limit must be between 0 and 1000";
            Err(ApiError::validation("limit", cause))
        }
    }
}

fn instant(name: &str, text: &str) -> ApiResult<Timestamp> {
    text.parse().map_err(|_| {
        ApiError::validation(name, format!("{name}: The value must be an ISO 8601 timestamp"))
    })
}

// Opaque to clients; the position in the log behind a word that nobody takes for an instant.
fn cursor(number: u64) -> String {
    format!("sim_{number}")
}

fn read_cursor(text: &str) -> ApiResult<u64> {
    let number = text.strip_prefix("sim_").and_then(|number| number.parse().ok());
    number.ok_or_else(ApiError::invalid_cursor)
}

/// An event has many targets: a filter on one of them fits when any does.
fn attributes(event: &LogEvent, name: &str) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    let of_targets = |get: &dyn Fn(&LogTarget) -> &str| {
        event.targets.iter().map(|target| get(target).to_owned()).collect()
    };
    match name {
        "eventType" => one(event.event_type),
        "uuid" => vec![uuid(event)],
        "actor.id" => one(&event.actor_name.id),
        "actor.type" => one(event.actor_name.kind),
        "actor.alternateId" => one(&event.actor_name.alternate_id),
        "target.id" => of_targets(&|target| &target.id),
        "target.type" => of_targets(&|target| target.kind),
        "target.displayName" => of_targets(&|target| &target.display_name),
        "outcome.result" => one("SUCCESS"),
        "severity" => one("INFO"),
        "transaction.id" => request(event).map(|it| it.id.clone()).into_iter().collect(),
        "transaction.detail.requestApiTokenId" => token(event).map(one).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn mentions(event: &LogEvent, word: &str) -> bool {
    let named = |it: &LogTarget| {
        [&it.display_name, &it.alternate_id, &it.id].iter().any(|t| t.to_lowercase().contains(word))
    };
    event.event_type.contains(word) || named(&event.actor_name) || event.targets.iter().any(named)
}

fn request(event: &LogEvent) -> Option<&Request> {
    match &event.actor {
        Actor::Token { request, .. } | Actor::Service { request, .. } => Some(request),
        Actor::Okta | Actor::Admin { .. } => None,
    }
}

fn token(event: &LogEvent) -> Option<&str> {
    match &event.actor {
        Actor::Token { token, .. } => Some(token),
        Actor::Okta | Actor::Admin { .. } | Actor::Service { .. } => None,
    }
}

/// Made of when the event was, and which: the same run has the same ids.
fn uuid(event: &LogEvent) -> String {
    let millis = event.published.as_millisecond().unsigned_abs() & 0xffff_ffff;
    format!("{millis:08x}-0000-11f0-8000-{:012x}", event.id)
}

/// An event as the System Log and event hooks print it.
pub(crate) fn view(org: &str, event: &LogEvent) -> Value {
    let request = request(event);
    let detail = token(event).map_or_else(|| json!({}), |it| json!({ "requestApiTokenId": it }));
    let uri = request.map(|it| it.uri.as_str());
    json!({
        "actor": party(&event.actor_name),
        "client": request.map_or_else(|| json!({}), client),
        "displayMessage": event.event_type.replace(['.', '_'], " "),
        "eventType": event.event_type,
        "outcome": { "result": "SUCCESS" },
        "published": okta_time(event.published),
        "severity": "INFO",
        "debugContext": { "debugData": { "requestUri": uri, "url": uri, "orgId": org } },
        "transaction": {
            "type": if request.is_some() { "WEB" } else { "JOB" },
            "id": request.map_or_else(|| uuid(event), |it| it.id.clone()),
            "detail": detail,
        },
        "uuid": uuid(event),
        "version": "0",
        "request": { "ipChain": [] },
        "target": event.targets.iter().map(party).collect::<Value>(),
    })
}

fn client(request: &Request) -> Value {
    let browser =
        json!({ "rawUserAgent": request.user_agent, "os": "Unknown", "browser": "UNKNOWN" });
    json!({ "userAgent": browser, "device": "Unknown", "ipAddress": "127.0.0.1" })
}

fn party(party: &LogTarget) -> Value {
    json!({
        "id": party.id,
        "type": party.kind,
        "alternateId": party.alternate_id,
        "displayName": party.display_name,
    })
}
