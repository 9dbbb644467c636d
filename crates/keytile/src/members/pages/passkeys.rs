//! A member's passkey sign-in, on their page: whether an admin allows it, and the buttons for that.

use axum::extract::State;
use model::MemberId;
use model::access::{Action, permit};

use super::show::on;
use crate::app::App;
use crate::error::Result;
use crate::http::page::Page;
use crate::http::{Path, Signed, flash, router};
use crate::members::{self, Member};
use crate::signin::passkey::{self, Standing};
use crate::ui::When;

/// How a member of a directory stands to passkeys.
pub(super) struct PasskeyView {
    /// Since when an admin allows them, and who that was where it is known.
    pub(super) allowed: Option<(When, Option<String>)>,
    /// The reader may allow it, or take it back.
    pub(super) may: bool,
    /// The reader proved just now that it is them (C41); else allowing leads to `confirm` first.
    pub(super) confirmed: bool,
    pub(super) confirm: String,
}

impl PasskeyView {
    /// For admins, of those who need the approval.
    pub(super) async fn load(app: &App, signed: &Signed, member: &Member) -> Result<Option<Self>> {
        let actor = &signed.actor;
        if member.removed_at.is_some() || !members::sees_external_ids(actor) {
            return Ok(None);
        }
        let mut tx = app.db.read().await?;
        match passkey::standing(&mut tx, actor.workspace, member.id).await? {
            Standing::Free => return Ok(None),
            Standing::Approved | Standing::Unapproved => {}
        }
        let allowed = match member.passkeys {
            Some(approval) => {
                let by = match approval.by {
                    Some(by) => members::store::find(&mut tx, actor.workspace, by).await?,
                    None => None,
                };
                Some((approval.at.into(), by.map(|admin| admin.name)))
            }
            None => None,
        };
        Ok(Some(Self {
            allowed,
            may: permit(actor, Action::ApprovePasskeys, on(signed, member)).is_ok(),
            confirmed: signed.require_confirmed(app.now()).is_ok(),
            confirm: router::confirm(&router::member(member.id)),
        }))
    }
}

/// Allows a member of a directory to use passkeys as well.
pub(crate) async fn allow_passkeys(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
) -> Page {
    // Who may not do it at all is told so, and not asked to prove who they are.
    let member = members::find(&app, &signed.actor, id).await?;
    let _permitted = permit(&signed.actor, Action::ApprovePasskeys, on(&signed, &member))?;
    signed.require_confirmed(app.now())?;
    let allowed = members::approve_passkeys(&app, &signed.actor, id).await;
    flash::told(&app.config, &router::member(id), allowed, |()| {
        "They may add a passkey on their profile, and sign in with it.".into()
    })
}

/// Takes that back.
pub(crate) async fn withdraw_passkeys(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
) -> Page {
    let withdrawn = members::withdraw_passkeys(&app, &signed.actor, id).await;
    flash::told(&app.config, &router::member(id), withdrawn, |()| {
        "Their passkeys are refused from now on, and they are signed out everywhere.".into()
    })
}
