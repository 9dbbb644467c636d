//! Okta's System Log as pages of events.
//!
//! A request without an end and in ascending order is a poll: Okta filters it by when events were
//! stored, so none is passed over, and always tells where to go on (behaviour.md, section 8).

use super::client::OktaPortal;
use super::http::Call;
use super::wire::{lenient_time, or_default};
use crate::log::TargetKind;
use crate::{Clock, Error, LogActor, LogEvent, LogFrom, LogKind, LogPage, LogTarget, Priority};
use jiff::Timestamp;
use serde::Deserialize;
use url::{Url, form_urlencoded};

const PATH: &str = "/api/v1/logs";

/// Okta's names of what we have a word for.
#[rustfmt::skip]
pub(super) const TYPES: [(&str, LogKind); 25] = [
    ("application.lifecycle.create", LogKind::AppCreated),
    ("application.lifecycle.update", LogKind::AppUpdated),
    ("application.lifecycle.activate", LogKind::AppActivated),
    ("application.lifecycle.deactivate", LogKind::AppDeactivated),
    ("application.lifecycle.delete", LogKind::AppDeleted),
    ("application.user_membership.add", LogKind::AssignmentAdded),
    ("application.user_membership.update", LogKind::AssignmentUpdated),
    ("application.user_membership.remove", LogKind::AssignmentRemoved),
    ("group.application_assignment.add", LogKind::GroupAssigned),
    ("group.application_assignment.update", LogKind::GroupAssignmentUpdated),
    ("group.application_assignment.remove", LogKind::GroupUnassigned),
    ("user.lifecycle.create", LogKind::PersonCreated),
    ("user.lifecycle.activate", LogKind::PersonActivated),
    ("user.lifecycle.reactivate", LogKind::PersonActivated),
    ("user.lifecycle.deactivate", LogKind::PersonDeactivated),
    ("user.lifecycle.suspend", LogKind::PersonSuspended),
    ("user.lifecycle.unsuspend", LogKind::PersonUnsuspended),
    ("user.lifecycle.delete.initiated", LogKind::PersonDeleted),
    ("user.lifecycle.delete.completed", LogKind::PersonDeleted),
    ("user.account.update_profile", LogKind::PersonUpdated),
    ("group.user_membership.add", LogKind::MemberAdded),
    ("group.user_membership.remove", LogKind::MemberRemoved),
    ("group.lifecycle.create", LogKind::GroupCreated),
    ("group.profile.update", LogKind::GroupUpdated),
    ("group.lifecycle.delete", LogKind::GroupDeleted),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireEvent {
    uuid: String,
    #[serde(default, deserialize_with = "lenient_time")]
    published: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    event_type: String,
    #[serde(default, deserialize_with = "or_default")]
    outcome: Outcome,
    #[serde(default, deserialize_with = "or_default")]
    actor: WireThing,
    #[serde(default, deserialize_with = "or_default")]
    target: Vec<WireThing>,
    #[serde(default, deserialize_with = "or_default")]
    transaction: Transaction,
}

#[derive(Default, Deserialize)]
struct Outcome {
    #[serde(default, deserialize_with = "or_default")]
    result: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireThing {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    display_name: String,
}

#[derive(Default, Deserialize)]
struct Transaction {
    #[serde(default, deserialize_with = "or_default")]
    detail: Detail,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    request_api_token_id: Option<String>,
}

impl OktaPortal {
    pub(super) async fn read_log(
        &self,
        from: LogFrom<'_>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<LogPage, Error> {
        let path = match from {
            LogFrom::Since(instant) => first_page(instant),
            LogFrom::Cursor(cursor) => checked_cursor(cursor)?.to_owned(),
        };
        let call = Call::get(path, "read the System Log");
        let answer = self.send(&call, priority, now_fn).await?;
        let events: Vec<WireEvent> = answer.json(&call)?;
        let next = answer.next.as_deref().and_then(|link| cursor_of(link, self.http.domain()));
        let next = next.ok_or_else(|| Error::Unavailable {
            detail: format!("GET {PATH}: a page of the log does not say where to go on"),
            unknown_outcome: false,
        })?;
        let now = now_fn();
        Ok(LogPage { events: events.into_iter().map(|event| event.read(now)).collect(), next })
    }
}

impl WireEvent {
    /// An event without a time is one of now: it is news all the same.
    pub(super) fn read(self, now: Timestamp) -> LogEvent {
        LogEvent {
            published: self.published.unwrap_or(now),
            kind: kind_of(&self.event_type),
            is_success: self.outcome.result != "FAILURE" && self.outcome.result != "DENY",
            actor: LogActor { id: self.actor.id, name: self.actor.display_name },
            token_id: self.transaction.detail.request_api_token_id,
            targets: self.target.into_iter().map(WireThing::into_target).collect(),
            id: self.uuid,
        }
    }
}

impl WireThing {
    fn into_target(self) -> LogTarget {
        let kind = match self.kind.as_str() {
            "AppInstance" => TargetKind::App,
            "User" => TargetKind::Person,
            "AppUser" => TargetKind::Assignment,
            "UserGroup" => TargetKind::Group,
            _ => TargetKind::Other,
        };
        LogTarget { kind, id: self.id, name: self.display_name }
    }
}

fn kind_of(event_type: &str) -> LogKind {
    let known = TYPES.iter().find(|(name, _)| *name == event_type);
    known.map_or_else(|| LogKind::Other(event_type.to_owned()), |(_, kind)| kind.clone())
}

/// Sign-ins by the thousand are of no use to us, so only what we have words for is asked for.
fn first_page(since: Timestamp) -> String {
    let types: Vec<String> =
        TYPES.iter().map(|(name, _)| format!("eventType eq \"{name}\"")).collect();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("since", &since.to_string())
        .append_pair("sortOrder", "ASCENDING")
        .append_pair("limit", "1000")
        .append_pair("filter", &types.join(" or "));
    format!("{PATH}?{}", query.finish())
}

/// A kept cursor that is none of ours is not sent anywhere.
fn checked_cursor(cursor: &str) -> Result<&str, Error> {
    let is_one = cursor.strip_prefix(PATH).is_some_and(|rest| {
        rest.starts_with('?') && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
    });
    if is_one {
        return Ok(cursor);
    }
    Err(Error::Refused {
        code: "bad_cursor".to_owned(),
        reason: "The place in Okta's log that was kept is damaged.".to_owned(),
        request_id: None,
    })
}

fn cursor_of(link: &str, domain: &Url) -> Option<String> {
    let url = domain.join(link).ok()?;
    let is_the_log = url.origin() == domain.origin() && url.path() == PATH;
    is_the_log.then(|| url.query().map(|query| format!("{PATH}?{query}"))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_read_with_who_did_what_to_what() {
        let event = json!({
            "uuid": "e1", "published": "2026-01-02T03:04:05.000Z", "outcome": { "result": "SUCCESS" },
            "eventType": "application.user_membership.remove", "severity": "INFO", "client": null,
            "actor": { "id": "00u9", "type": "User", "displayName": "Ada", "alternateId": "a@x" },
            "transaction": { "type": "WEB", "detail": { "requestApiTokenId": "00T1" } },
            "target": [
                { "id": "0ua1", "type": "AppUser", "displayName": "Ben" },
                { "id": "0oa1", "type": "AppInstance", "displayName": "A - B" },
                { "id": "00u1", "type": "User", "displayName": null },
            ],
        });
        let event: WireEvent = serde_json::from_value(event).expect("an event");
        let event = event.read(Timestamp::UNIX_EPOCH);
        assert_eq!((event.kind.clone(), event.is_success), (LogKind::AssignmentRemoved, true));
        assert_eq!(event.targets(TargetKind::App).collect::<Vec<_>>(), ["0oa1"]);
        assert_eq!(event.targets(TargetKind::Person).collect::<Vec<_>>(), ["00u1"]);
        assert_eq!(event.actor.name, "Ada");
        for (ours, is_ours) in [("00T1", true), ("00u9", true), ("00T2", false)] {
            assert_eq!(event.is_by(&[ours.to_owned()].into()), is_ours, "{ours}");
        }
    }

    #[test]
    fn an_event_of_nulls_and_unknown_words_is_kept() {
        let event = json!({ "uuid": "e1", "eventType": "x.y", "actor": null, "target": null,
            "outcome": null, "transaction": { "detail": null } });
        let event: WireEvent = serde_json::from_value(event).expect("an event");
        let event = event.read(Timestamp::UNIX_EPOCH);
        assert_eq!(event.kind, LogKind::Other("x.y".to_owned()));
        assert!(!event.is_by(&["00T1".to_owned()].into()));
    }

    /// T1: a damaged cursor leads nowhere else.
    #[test]
    fn a_cursor_stays_within_the_log() {
        for bad in
            ["", "/api/v1/logs", "/api/v1/apps?x", "https://x/api/v1/logs?a", "/api/v1/logs?a b"]
        {
            assert!(checked_cursor(bad).is_err(), "{bad}");
        }
        let domain = Url::parse("https://o.example").expect("a URL");
        assert!(cursor_of("https://evil.example/api/v1/logs?after=1", &domain).is_none());
        assert!(cursor_of("https://o.example/api/v1/apps?after=1", &domain).is_none());
        let next = cursor_of("https://o.example/api/v1/logs?after=1_2", &domain).expect("a cursor");
        assert_eq!(checked_cursor(&next).expect("a cursor"), "/api/v1/logs?after=1_2");
    }
}
