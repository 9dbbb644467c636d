//! Tells the admins of somebody who collects what accounts hold (T23): each login, copy and look is in order by itself.

use jiff::SignedDuration;
use model::MemberId;
use serde_json::json;

use super::store;
use crate::actor::By;
use crate::alerts::{self, Alert};
use crate::db::Tx;
use crate::error::Result;
use crate::http::router;
use crate::members;

/// So many logins, copies and passwords seen by one person within an hour are told: people log in some dozen times a day.
pub const UNUSUAL: i64 = 60;
const WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// Counts what the person has come by within the hour, this one included, however they did: with a browser that is a device, on a
/// page, or with their API key. Told once in that hour.
pub async fn watch(tx: &mut Tx, by: &mut By, member: MemberId) -> Result<()> {
    let since = by.now - WITHIN;
    let given = store::count_since(tx, member, since, UNUSUAL).await?;
    let seen = store::count_copies_since(tx, member, since, UNUSUAL).await?;
    if given + seen < UNUSUAL || store::was_told_since(tx, member, since).await? {
        return Ok(());
    }
    store::set_told(tx, by, member).await?;
    let name = members::store::find(tx, by.workspace, member).await?.map(|member| member.name);
    let message = format!(
        "{} has logged in to accounts or copied from them {UNUSUAL} times within an hour, passwords that they looked at included. \
         Ask whether that was them; their browsers and their API key can be removed.",
        name.unwrap_or_default()
    );
    let detail = json!({ "member_id": member, "grants": UNUSUAL, "within_minutes": 60 });
    let alert =
        Alert { kind: "logins.unusual", tone: "warn", message, link: router::ACTIVITY, detail };
    alerts::raise(tx, by, alert).await
}
