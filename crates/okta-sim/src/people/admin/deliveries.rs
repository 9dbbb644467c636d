//! Calls of the org to others, as pages list them.

use crate::org::{Delivery, DeliveryKind, Org, okta_time};

/// How many calls a page shows.
const SHOWN: usize = 100;
/// As much of a body as a page shows.
const LONGEST: usize = 6000;

pub struct Row {
    pub at: String,
    pub kind: &'static str,
    pub about: String,
    pub address: String,
    pub request: String,
    pub attempt: u8,
    pub status: String,
    pub tone: &'static str,
    pub detail: String,
}

/// The latest calls of these kinds, newest first.
pub fn rows(org: &Org, kinds: &[DeliveryKind]) -> Vec<Row> {
    let wanted = org.deliveries().rev().filter(|delivery| kinds.contains(&delivery.kind));
    wanted.take(SHOWN).map(row).collect()
}

fn row(delivery: &Delivery) -> Row {
    let (tone, status) = outcome(delivery.status);
    Row {
        at: okta_time(delivery.at),
        kind: delivery.kind.title(),
        about: delivery.about.clone(),
        address: delivery.address.clone(),
        request: pretty(&delivery.request),
        attempt: delivery.attempt,
        status,
        tone,
        detail: delivery.detail.clone(),
    }
}

/// The colour and the words of an answer.
pub fn outcome(status: Option<u16>) -> (&'static str, String) {
    match status {
        Some(status @ 200..=299) => ("good", status.to_string()),
        Some(429) => ("warn", "429".to_owned()),
        Some(status) => ("bad", status.to_string()),
        None => ("bad", "no answer".to_owned()),
    }
}

/// JSON with a line for each field; anything else as it is.
pub fn pretty(text: &str) -> String {
    let parsed = serde_json::from_str::<serde_json::Value>(text);
    let pretty = parsed.ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| text.to_owned()).chars().take(LONGEST).collect()
}
