//! What Okta delivers to an event hook: some events of its log, in no order, and perhaps again.
//!
//! A delivery carries no signature, so it is only a reason to look (behaviour.md, section 7).

use super::log::WireEvent;
use crate::LogEvent;
use jiff::Timestamp;
use serde::Deserialize;

/// The header in which Okta asks once whether the address is ours.
pub const CHALLENGE: &str = "x-okta-verification-challenge";

/// More events than any delivery has.
const MOST: usize = 5_000;

#[derive(Deserialize)]
struct Delivery {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    events: Vec<WireEvent>,
}

/// The events of a delivery, the earliest first. `None` for what is no delivery.
pub fn read(body: &[u8], now: Timestamp) -> Option<Vec<LogEvent>> {
    let delivery: Delivery = serde_json::from_slice(body).ok()?;
    if delivery.data.events.len() > MOST {
        return None;
    }
    let mut events: Vec<LogEvent> =
        delivery.data.events.into_iter().map(|event| event.read(now)).collect();
    events.sort_by_key(|event| event.published);
    Some(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LogKind, TargetKind};
    use serde_json::json;

    fn event(id: &str, published: &str) -> serde_json::Value {
        json!({ "uuid": id, "published": published, "eventType": "user.lifecycle.suspend",
                "outcome": { "result": "SUCCESS" }, "target": [{ "id": "00u1", "type": "User" }] })
    }

    #[test]
    fn events_are_read_in_the_order_in_which_they_happened() {
        let body = json!({
            "eventType": "com.okta.event_hook", "eventId": "x", "source": "y",
            "data": { "events": [event("b", "2026-01-02T00:00:02Z"), event("a", "2026-01-02T00:00:01Z")] },
        });
        let events = read(body.to_string().as_bytes(), Timestamp::UNIX_EPOCH).expect("a delivery");
        let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(events[0].kind, LogKind::PersonSuspended);
        assert_eq!(events[0].targets(TargetKind::Person).collect::<Vec<_>>(), ["00u1"]);
    }

    #[test]
    fn what_is_no_delivery_is_none() {
        let now = Timestamp::UNIX_EPOCH;
        for body in [&b""[..], b"[]", b"{}", b"{\"data\":{\"events\":{}}}", b"\xff\xfe", b"null"] {
            assert_eq!(read(body, now), None);
        }
        let many = vec![event("a", "2026-01-02T00:00:01Z"); MOST + 1];
        let body = json!({ "data": { "events": many } });
        assert_eq!(read(body.to_string().as_bytes(), now), None);
        let none = json!({ "data": { "events": [] } });
        assert_eq!(read(none.to_string().as_bytes(), now), Some(Vec::new()));
    }
}
