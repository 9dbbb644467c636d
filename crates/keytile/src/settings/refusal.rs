//! What becomes of a connection that the portal refuses: a standby takes over where the credential itself is over; else
//! everything waits, and the admins are told (C6).

use model::PortalId;
use portal::okta::guard::Guard;
use portal::{Misconfigured, Priority};
use serde_json::json;
use url::Url;

use super::keeper::SOON;
use super::store::credential as store;
use crate::activity::{self, Event};
use crate::actor::By;
use crate::alerts::{self, Alert};
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::http::router;
use crate::sync::{self, PortalStatus, rank};

/// The word for a refusal that ends when the portal's admin widens a network zone.
pub(crate) const OUTSIDE_ZONE: &str = "outside_zone";

/// Why a connection cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable word.
    pub code: &'static str,
    /// What happened and what to do, for people.
    pub text: String,
    /// The credential is over; another one would be let in.
    pub is_end: bool,
}

impl Refusal {
    /// What an error of the portal at `domain` says of the connection as a whole.
    pub async fn of(app: &App, domain: &str, error: &portal::Error) -> Self {
        let portal::Error::Misconfigured { what, .. } = error else {
            return Self::unusable(said(error));
        };
        let mut text = what.to_string();
        if *what == Misconfigured::OutsideZone
            && let Some(from) = calls_from(app, domain).await
        {
            text = format!("{text} {from}");
        }
        Self { code: what.code(), text, is_end: what.is_end_of_credential() }
    }

    /// The stored connection cannot even be tried.
    pub fn unusable(text: String) -> Self {
        Self { code: "unusable", text, is_end: false }
    }
}

/// An error of a call that somebody waits for, and that nothing repeats.
pub(crate) fn said(error: &portal::Error) -> String {
    match error {
        portal::Error::Throttled { until } => {
            format!(
                "Okta asks us to slow down. Try again after {}.",
                until.strftime("%H:%M:%S UTC")
            )
        }
        portal::Error::Unavailable { .. } => {
            "There was no usable answer from Okta at this address. Check it, and try again.".into()
        }
        other => other.to_string(),
    }
}

/// Which address an admin has to allow, as far as this replica can know it.
async fn calls_from(app: &App, domain: &str) -> Option<String> {
    let address = app.guard.local_address(&Url::parse(domain).ok()?).await?;
    if Guard::is_public(address) {
        return Some(format!("The server that was refused calls from {address}."));
    }
    Some(format!(
        "The server that was refused calls from {address}, which is private: what Okta sees is the public address of \
         the gateway behind which it stands."
    ))
}

/// Notes that the portal refused the credential with this version. One that has been replaced by now is of no interest.
pub async fn refused(
    tx: &mut Tx,
    by: &mut By,
    portal: PortalId,
    token_version: i64,
    refusal: &Refusal,
) -> Result<()> {
    if refusal.is_end && store::promote(tx, by, portal, token_version, &refusal.text).await? {
        let event = Event::new("portal.standby_took_over").detail(json!({ "why": refusal.text }));
        activity::record(tx, by, event).await?;
        let alert = Alert {
            kind: "credential.standby_took_over",
            tone: "warn",
            message: format!(
                "The credential for Okta was refused, and the standby took over. Enter another standby. {}",
                refusal.text
            ),
            link: router::CREDENTIALS,
            detail: json!({ "reason": refusal.code }),
        };
        alerts::raise(tx, by, alert).await?;
        tx.signal(by.workspace);
        return Ok(());
    }
    let text = &refusal.text;
    let workspace = by.workspace;
    let is_news =
        sync::store::set_portal_trouble(tx, workspace, portal, token_version, (refusal.code, text))
            .await?;
    if !is_news {
        return Ok(());
    }
    tx.signal(workspace);
    if refusal.code == OUTSIDE_ZONE {
        store::look_at(tx, workspace, by.now + SOON).await?;
    }
    let event = Event::new("portal.refused").detail(json!({ "why": text }));
    activity::record(tx, by, event).await?;
    let alert = Alert {
        kind: "credential.refused",
        tone: "bad",
        message: format!("Syncing with Okta waits. {text}"),
        link: router::SETTINGS,
        detail: json!({ "reason": refusal.code }),
    };
    alerts::raise(tx, by, alert).await
}

/// What says that a credential is over.
const ENDS: [Misconfigured; 4] = [
    Misconfigured::TokenInvalid,
    Misconfigured::AppRefused,
    Misconfigured::ClientUnknown,
    Misconfigured::KeyNotRegistered,
];

/// Where the credential in use is over already and something stands by only now, it takes over now.
pub(super) async fn fall_back(tx: &mut Tx, by: &mut By) -> Result<()> {
    let found = store::in_use(tx, by.workspace).await?;
    let Some(row) = sync::store::portal(tx, by.workspace).await? else { return Ok(()) };
    let code = found.and_then(|found| found.status_code);
    let end = ENDS.iter().find(|end| code.as_deref() == Some(end.code()));
    let (PortalStatus::Update, Some(end)) = (row.status, end) else { return Ok(()) };
    let text = row.status_detail.unwrap_or_else(|| end.to_string());
    let refusal = Refusal { code: end.code(), text, is_end: true };
    refused(tx, by, row.id, row.token_version, &refusal).await
}

/// The connection is let in again with the credential that it has: all goes on, and the admins are told.
pub(super) async fn resume(tx: &mut Tx, by: &mut By) -> Result<bool> {
    if !store::resume(tx, by).await? {
        return Ok(false);
    }
    sync::store::mark_all(tx, by, rank(Priority::Change)).await?;
    tx.signal(by.workspace);
    activity::record(tx, by, Event::new("portal.resumed")).await?;
    let alert = Alert {
        kind: "credential.accepted",
        tone: "good",
        message: "Okta lets Keytile in again. Everything that waited goes on.".into(),
        link: router::SETTINGS,
        detail: json!({}),
    };
    alerts::raise(tx, by, alert).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_an_end_is_what_the_client_says() {
        assert!(ENDS.iter().all(Misconfigured::is_end_of_credential));
        assert!(!Misconfigured::OutsideZone.is_end_of_credential());
        assert_eq!(OUTSIDE_ZONE, Misconfigured::OutsideZone.code());
    }
}
