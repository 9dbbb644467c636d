//! What a person should hear of, wherever they are by then (S31). Who is told of what is left to the slices.

mod store;

use model::access::Actor;
use model::{MemberId, WorkspaceId};

use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::ui::Message;

/// What the person has not seen yet, oldest first; it counts as seen from now on.
pub async fn take(app: &App, actor: &Actor) -> Result<Vec<Message>> {
    let (actor, now) = (*actor, app.now());
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move { Ok(store::take(tx, &actor, now).await?) })
        })
        .await
}

/// Leaves a message for a member, who sees it on their next page.
pub async fn tell(
    tx: &mut Tx,
    by: &mut By,
    member: MemberId,
    kind: &str,
    message: &str,
    link: &str,
) -> Result<()> {
    store::insert(tx, by, member, kind, message, link).await?;
    tx.signal(member.uuid());
    Ok(())
}

/// Leaves a message for everybody who may put the connection right.
pub async fn tell_admins(
    tx: &mut Tx,
    by: &mut By,
    kind: &str,
    message: &str,
    link: &str,
) -> Result<()> {
    for admin in admins(tx, by.workspace).await? {
        tell(tx, by, admin.id, kind, message, link).await?;
    }
    Ok(())
}

/// Somebody who may put the connection right.
#[derive(Debug, Clone)]
pub struct Admin {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their mail address; nothing where they have none.
    pub email: String,
}

/// Everybody who may put the connection right: the active members with a role that configures the portal.
pub async fn admins(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Admin>> {
    Ok(store::admins(tx, workspace).await?)
}
