//! When the API token ends (T27): thirty days without use, or with its creator's account.

use super::super::client::OktaPortal;
use super::super::http::Call;
use super::super::misconfigured::Misconfigured;
use super::super::wire::{WireId, lenient_time, or_default};
use super::{get, optional};
use crate::{Clock, Error, Priority, Verdict};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::collections::BTreeSet;

const TOKENS: &str = "/api/v1/api-tokens";

/// With so little time left somebody should look.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireToken {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    user_id: String,
    #[serde(default, deserialize_with = "lenient_time")]
    expires_at: Option<Timestamp>,
}

impl OktaPortal {
    /// What Okta's log names when we do something.
    pub(crate) async fn who_we_are(
        &self,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        if let Some(client) = self.http.client_id().await {
            return Ok([client].into());
        }
        let call = Call::get("/api/v1/users/me", "read its own user");
        let owner: WireId = self.send(&call, priority, now_fn).await?.json(&call)?;
        let call = Call::get(TOKENS, "read API tokens");
        let tokens: Vec<WireToken> = match self.send(&call, priority, now_fn).await {
            Ok(answer) => answer.json(&call)?,
            Err(Error::Misconfigured { what: Misconfigured::Forbidden { .. }, .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let own = tokens.into_iter().filter(|token| token.user_id == owner.id);
        let own: BTreeSet<String> = own.map(|token| token.id).collect();
        // Then what the token's owner does by hand counts as ours too.
        Ok(if own.is_empty() { [owner.id].into() } else { own })
    }
}

/// Okta does not say which of a person's tokens asks, so the one that ends first counts.
pub(super) async fn age(portal: &OktaPortal, user: &str, now: Timestamp) -> Verdict {
    let tokens = get::<Vec<WireToken>>(portal, TOKENS, "read API tokens", now).await;
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
