//! Looking at a person: whether Okta has deactivated them. That takes every app from them and cannot be undone ("cannot be
//! recovered", Users API, `deactivateUser`), while a suspension takes nothing (`suspendUser`).

use super::client::{OktaPortal, checked_id};
use super::http::Call;
use super::wire::or_default;
use crate::{Clock, Error, PersonState, Priority};
use serde::Deserialize;

#[derive(Deserialize)]
struct WirePerson {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
}

impl OktaPortal {
    pub(super) async fn state_of(
        &self,
        id: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<PersonState, Error> {
        let call = Call::get(format!("/api/v1/users/{}", checked_id(id)?), "read users");
        let person: WirePerson = match self.send(&call, priority, now_fn).await {
            // Deleted, which only the deactivated can be.
            Err(Error::Refused { code, .. }) if code == "E0000007" => return Ok(PersonState::Away),
            other => other?.json(&call)?,
        };
        // Okta finds people by a login as well.
        if person.id != id {
            return Err(Error::Unavailable {
                detail: format!("GET {}: Okta answered with another person", call.path),
                unknown_outcome: false,
            });
        }
        Ok(if person.status == "DEPROVISIONED" { PersonState::Away } else { PersonState::Here })
    }
}
