//! Whom an admin allows to use passkeys although a directory signs them in (C24): for when its identity provider is down.
//! What a passkey may be used for is decided in `signin`.

use model::MemberId;
use model::access::{Action, Actor};

use super::{Member, find_live, present, store};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::router;
use crate::notifications;
use crate::signin::{self, passkey};

/// An admin allows a member of a directory to make and use passkeys. They are told. Doing it twice changes nothing.
pub async fn approve_passkeys(app: &App, actor: &Actor, id: MemberId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let member = permitted(tx, &actor, id).await?;
                if member.passkeys.is_some() {
                    return Ok(());
                }
                if passkey::standing(tx, actor.workspace, id).await? == passkey::Standing::Free {
                    return Err(Error::Conflict(format!(
                        "{} needs no approval: no directory signs them in, so a passkey is their way in.",
                        member.name
                    )));
                }
                store::approve_passkeys(tx, &by, id).await?;
                let event = Event::new("passkey.approved").member(id);
                activity::record(tx, &mut by, event).await?;
                let text = "An admin allows you to sign in with a passkey as well. Add one now: you need it when Okta is down.";
                notifications::tell(tx, &mut by, id, "info", text, router::PROFILE).await
            })
        })
        .await
}

/// An admin takes that back: the member's passkeys are refused, and their sessions end, since any of them may have been
/// opened with one. Doing it twice changes nothing.
pub async fn withdraw_passkeys(app: &App, actor: &Actor, id: MemberId) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                if permitted(tx, &actor, id).await?.passkeys.is_none() {
                    return Ok(());
                }
                store::withdraw_passkeys(tx, &by, id).await?;
                let event = Event::new("passkey.withdrawn").member(id);
                activity::record(tx, &mut by, event).await?;
                signin::end_all(tx, &mut by, id).await?;
                let text = "An admin does not allow you to sign in with a passkey any more, and ended all your sessions.";
                notifications::tell(tx, &mut by, id, "info", text, router::PROFILE).await
            })
        })
        .await
}

/// The member, if the actor may say this of them now.
async fn permitted(tx: &mut Tx, actor: &Actor, id: MemberId) -> Result<Member> {
    let actor = present(tx, actor).await?;
    find_live(tx, &actor, Action::ApprovePasskeys, id).await
}
