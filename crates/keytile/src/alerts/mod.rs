//! What admins must hear of although nobody asked: told inside the product, wherever they
//! are by then, to another system where the workspace has a webhook (docs/decisions/0013-webhooks.md), and by mail where
//! the operator has a mail server for it (docs/decisions/0021-alerts-by-mail.md).

use serde_json::Value;

use crate::actor::By;
use crate::db::Tx;
use crate::error::Result;
use crate::{mail, notifications, webhooks};

/// One thing to tell.
#[derive(Debug, Clone)]
pub struct Alert {
    /// In words that never change, such as `credential.refused`.
    pub kind: &'static str,
    /// `good`, `warn` or `bad`.
    pub tone: &'static str,
    /// What happened and what to do.
    pub message: String,
    /// The page of ours that says more.
    pub link: &'static str,
    /// Names and numbers for programs; never a secret.
    pub detail: Value,
}

/// Tells the admins, in the transaction that makes it true.
pub async fn raise(tx: &mut Tx, by: &mut By, alert: Alert) -> Result<()> {
    if alert.tone == "good" {
        tracing::info!(kind = alert.kind, workspace.id = %by.workspace, "told the admins: {}", alert.message);
    } else {
        tracing::warn!(kind = alert.kind, workspace.id = %by.workspace, "told the admins: {}", alert.message);
    }
    notifications::tell_admins(tx, by, alert.tone, &alert.message, alert.link).await?;
    webhooks::enqueue(tx, by, &alert).await?;
    mail::enqueue(tx, by, &alert).await
}
