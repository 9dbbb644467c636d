//! When the API token ends (T27): thirty days without use, or with its creator's account.

use super::super::client::OktaPortal;
use super::super::wire::{lenient_time, or_default};
use super::{get, optional};
use crate::Verdict;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// With so little time left somebody should look.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireToken {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    user_id: String,
    #[serde(default, deserialize_with = "lenient_time")]
    expires_at: Option<Timestamp>,
}

/// Okta does not say which of a person's tokens asks, so the one that ends first counts.
pub(super) async fn age(portal: &OktaPortal, user: &str, now: Timestamp) -> Verdict {
    let tokens = get::<Vec<WireToken>>(portal, "/api/v1/api-tokens", "read API tokens", now).await;
    let tokens = match tokens {
        Ok(tokens) => tokens,
        Err(error) => {
            return optional(
                error,
                "Not told to us. A token ends after 30 days without use, so we use it every day.",
            );
        }
    };
    let own = tokens.into_iter().filter(|token| token.user_id == user);
    let dated = own.filter_map(|token| Some((token.expires_at?, token.name)));
    match dated.min() {
        None => Verdict::Optional("Okta names no end of the token.".to_owned()),
        Some((ends_at, name)) if ends_at < now + SOON => Verdict::Warning(format!(
            "The token “{name}” of this creator ends on {}. Create a new one and save it here.",
            day(ends_at)
        )),
        Some((ends_at, _)) => {
            Verdict::Passed(format!("Good until {}, and longer when it is used.", day(ends_at)))
        }
    }
}

fn day(instant: Timestamp) -> String {
    instant.strftime("%-d %B %Y").to_string()
}
