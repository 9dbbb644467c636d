//! Being let in: the headers that every call carries, and the token of a service app.

use super::answer::Answer;
use super::credential::{NotGranted, Scope, TOKEN_PATH, secret_header};
use super::http::{Body, Call, Http, LetIn};
use super::limits::{Bucket, Slot};
use super::misconfigured::Misconfigured;
use crate::{Clock, Error, Priority};
use http::header::{AUTHORIZATION, HeaderMap};
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use zeroize::Zeroizing;

impl Http {
    /// The headers that let `call` in. A service app signs in first, when it has to.
    pub(super) async fn authorize(
        &self,
        call: &Call,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        // The organisation's description is public: who only asks for it needs no token.
        if call.bucket() == Bucket::Public {
            return Ok(headers);
        }
        match self.let_in() {
            LetIn::Token(token) => {
                let text = Zeroizing::new(format!("SSWS {}", **token));
                headers.insert(AUTHORIZATION, secret_header(&text));
                Ok(headers)
            }
            LetIn::Session(session) => {
                // One at a time: whoever waits here finds the other's token.
                let mut session = session.lock().await;
                if !session.is_signed_in(now_fn()) {
                    self.sign_in(&mut session, priority, now_fn).await?;
                }
                let path = call.path.split('?').next().unwrap_or_default();
                session
                    .headers(call.method.as_str(), &self.url_of(path), now_fn())
                    .map_err(Error::misconfigured)
            }
        }
    }

    /// What to do about a 401: a service app's token may have been revoked, and the next is fine.
    pub(super) async fn distrust(&self) {
        if let LetIn::Session(session) = self.let_in() {
            session.lock().await.forget();
        }
    }

    /// The service app that asks; `None` for a token.
    pub(super) async fn client_id(&self) -> Option<String> {
        match self.let_in() {
            LetIn::Token(_) => None,
            LetIn::Session(session) => Some(session.lock().await.client_id().to_owned()),
        }
    }

    /// Whether a service app asks for this scope; a token has none.
    pub(super) async fn has_scope(&self, scope: Scope) -> bool {
        match self.let_in() {
            LetIn::Token(_) => false,
            LetIn::Session(session) => session.lock().await.has(scope),
        }
    }

    async fn sign_in(
        &self,
        session: &mut super::credential::Session,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<(), Error> {
        let endpoint = self.url_of(TOKEN_PATH);
        // Twice at most: the first answer may hand out the nonce that it wants to see.
        for _ in 0..2 {
            let form = session.form(&endpoint, now_fn()).map_err(Error::misconfigured)?;
            let told = json!({ "grant_type": "client_credentials", "scope": session.scope() });
            let call = Call {
                method: Method::POST,
                path: TOKEN_PATH.to_owned(),
                body: Body::Form { form, told },
                right: "sign in",
            };
            let proof = session.proof_headers(&endpoint, now_fn()).map_err(Error::misconfigured)?;
            let mut slot = self.room_for_token(priority, now_fn())?;
            let answer = self.exchange(&mut slot, &call, proof, now_fn).await;
            let answer = answer.map_err(|no_answer| nothing_done(no_answer.into_error(&call)))?;
            let nonce = answer.dpop_nonce.clone();
            let asks_for_nonce = session.learn_nonce(nonce);
            match judge(&answer, &call, &mut slot, session.is_dpop(), now_fn()) {
                Ok(()) => {
                    let granted = answer.json(&call).map_err(nothing_done)?;
                    session.learn_token(granted, now_fn());
                    return Ok(());
                }
                Err(Refusal::NonceWanted) if asks_for_nonce => {}
                Err(Refusal::NonceWanted) => break,
                Err(Refusal::Final(error)) => return Err(error),
            }
        }
        Err(refused("use_dpop_nonce", "Okta takes no proof of our key"))
    }

    fn room_for_token(&self, priority: Priority, now: Timestamp) -> Result<Slot, Error> {
        let slots = self.limits().take(&[Bucket::Token], priority, now);
        let slots = slots.map_err(|until| Error::Throttled { until })?;
        Ok(slots.into_iter().next().expect("one bucket gives one slot"))
    }
}

enum Refusal {
    NonceWanted,
    Final(Error),
}

fn judge(
    answer: &Answer,
    call: &Call,
    slot: &mut Slot,
    is_dpop: bool,
    now: Timestamp,
) -> Result<(), Refusal> {
    let status = answer.status;
    if status.is_success() {
        return Ok(());
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        let until = slot.throttled(answer.rate, now);
        return Err(Refusal::Final(Error::Throttled { until }));
    }
    let misconfigured = |what| {
        let request_id = answer.request_id.clone();
        Err(Refusal::Final(Error::Misconfigured { what, request_id }))
    };
    if status.is_redirection() {
        return misconfigured(Misconfigured::NotOkta);
    }
    let Ok(said) = answer.json::<NotGranted>(call) else {
        return Err(Refusal::Final(Error::Unavailable {
            detail: format!("POST {}: {status} without an OAuth error", call.path),
            unknown_outcome: false,
        }));
    };
    match said.error.as_str() {
        "use_dpop_nonce" => Err(Refusal::NonceWanted),
        "invalid_dpop_proof" if !is_dpop => misconfigured(Misconfigured::DpopRequired),
        "invalid_client" if is_about_key(&said.why) => {
            misconfigured(Misconfigured::KeyNotRegistered)
        }
        "invalid_client" | "unauthorized_client" => misconfigured(Misconfigured::ClientUnknown),
        "invalid_scope" | "access_denied" => misconfigured(Misconfigured::ScopeNotGranted),
        _ if status.is_server_error() => Err(Refusal::Final(Error::Unavailable {
            detail: format!("POST {}: {status} {}", call.path, said.error),
            unknown_outcome: false,
        })),
        code => Err(Refusal::Final(refused(code, &said.why))),
    }
}

/// Okta tells these apart by its words alone: the signature, the key's id, or no keys at all.
fn is_about_key(why: &str) -> bool {
    let why = why.to_ascii_lowercase();
    ["signature", "kid", "jwk", "key"].iter().any(|sign| why.contains(sign))
}

fn refused(code: &str, why: &str) -> Error {
    let why: String = why.chars().filter(|c| !c.is_control()).take(300).collect();
    let reason = format!("{}.", why.trim_end_matches('.'));
    Error::Refused { code: code.to_owned(), reason, request_id: None }
}

/// Whatever the call was for has not begun yet.
fn nothing_done(error: Error) -> Error {
    match error {
        Error::Unavailable { detail, .. } => Error::Unavailable { detail, unknown_outcome: false },
        other => other,
    }
}
