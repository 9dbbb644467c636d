//! What Okta's answers mean: done, later, no, or put right.

use super::http::Call;
use super::limits::{Rate, Slot};
use super::misconfigured::Misconfigured;
use super::wire::WireError;
use crate::Error;
use http::StatusCode;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// Where the next page of a list is.
    pub(crate) next: Option<String>,
    pub(crate) rate: Rate,
    pub(crate) request_id: Option<String>,
    /// What a proof of a service app's key has to repeat.
    pub(crate) dpop_nonce: Option<String>,
}

impl Answer {
    /// The body as JSON of this shape. A body that is not means that somebody else answered, or
    /// that it was cut off: a write may have been done.
    pub(crate) fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Unavailable {
            detail: format!(
                "{} {}: {} with an unusable body of {} bytes: {error} (request {})",
                call.method,
                call.path,
                self.status,
                self.body.len(),
                self.request_id.as_deref().unwrap_or("without id"),
            ),
            unknown_outcome: call.is_write(),
        })
    }

    /// For calls whose success says nothing: no body, or an object.
    pub(crate) fn nothing(&self, call: &Call) -> Result<(), Error> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        self.json::<serde_json::Map<String, serde_json::Value>>(call).map(|_| ())
    }
}

/// The answer if it is a success, and else what its failure means.
pub(crate) fn judge(
    answer: Answer,
    call: &Call,
    slot: &mut Slot,
    now: Timestamp,
) -> Result<Answer, Error> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::Throttled { until: slot.throttled(answer.rate, now) });
    }
    let request_id = answer.request_id.clone();
    let misconfigured = |what| Error::Misconfigured { what, request_id: request_id.clone() };
    // We follow no redirect: an org that has moved has to be connected anew.
    if status.is_redirection() {
        return Err(misconfigured(Misconfigured::NotOkta));
    }
    let Ok(error) = serde_json::from_slice::<WireError>(&answer.body) else {
        return Err(match status.as_u16() {
            401 => misconfigured(Misconfigured::TokenInvalid),
            404 => misconfigured(Misconfigured::NotOkta),
            _ => unavailable(&answer, call, "without Okta's error shape", call.is_write()),
        });
    };
    Err(match (status.as_u16(), error.code.as_str()) {
        // E0000015 is a 401 about a feature of the org, not about the token.
        (401, "E0000015") => refused(&error, request_id),
        (401 | 403, _) if is_about_place(&error) => misconfigured(Misconfigured::OutsideZone),
        (401, _) => misconfigured(Misconfigured::TokenInvalid),
        (403, "E0000006") => misconfigured(Misconfigured::Forbidden { missing: call.right }),
        (404, "E0000007") if is_about_principal(&error) => refused(&error, request_id),
        (404, _) => Error::NotThere,
        (400, "E0000001") if is_instance_cap(&error) => Error::InstanceCap,
        // Policies are being put in order; nothing was done.
        (423, _) => unavailable(&answer, call, &error.code, false),
        (status, code) if status >= 500 || code == "E0000009" => {
            unavailable(&answer, call, code, call.is_write())
        }
        _ => refused(&error, request_id),
    })
}

fn unavailable(answer: &Answer, call: &Call, what: &str, unknown_outcome: bool) -> Error {
    let request_id = answer.request_id.as_deref().unwrap_or("without id");
    let detail =
        format!("{} {}: {} {what} (request {request_id})", call.method, call.path, answer.status);
    Error::Unavailable { detail, unknown_outcome }
}

fn refused(error: &WireError, request_id: Option<String>) -> Error {
    let reason = match error.code.as_str() {
        "E0000015" => "Okta has not enabled this feature for your org.".to_owned(),
        "E0000038" => "Okta does not allow this in the person's current status.".to_owned(),
        "E0000046" => "The person still gets this app through a group in Okta, so Okta keeps the \
                       assignment. Remove the group's assignment or the person from the group."
            .to_owned(),
        "E0000007" => "Okta does not know this person or group any more.".to_owned(),
        _ => sentence(error),
    };
    Error::Refused { code: error.code.clone(), reason, request_id }
}

/// Okta's own words, as one short and harmless sentence.
fn sentence(error: &WireError) -> String {
    let causes = error.causes.iter().map(|cause| cause.summary.as_str());
    let words: Vec<&str> = std::iter::once(error.summary.as_str())
        .chain(causes)
        .map(|part| part.trim().trim_end_matches('.'))
        .filter(|part| !part.is_empty())
        .collect();
    let text: String = words.join(": ").chars().filter(|c| !c.is_control()).take(300).collect();
    if text.is_empty() { "Okta gave no reason.".to_owned() } else { format!("{text}.") }
}

/// A token can be bound to network zones; Okta says so in words alone.
fn is_about_place(error: &WireError) -> bool {
    let causes = error.causes.iter().map(|cause| cause.summary.as_str());
    std::iter::once(error.summary.as_str()).chain(causes).any(|text| {
        let text = text.to_ascii_lowercase();
        ["network zone", "ip address", "network restriction"].iter().any(|sign| text.contains(sign))
    })
}

fn is_instance_cap(error: &WireError) -> bool {
    error.causes.iter().any(|cause| cause.summary.contains("Maximum number of instances"))
}

/// `Not found: Resource not found: 00u1 (User)` rather than `0oa1 (AppInstance)`.
fn is_about_principal(error: &WireError) -> bool {
    ["(User)", "(UserGroup)", "(Group)", "(AppUser)", "(GroupAssignment)"]
        .iter()
        .any(|kind| error.summary.ends_with(kind))
}
