//! Workspaces: made once by the operator, with their first Owner.

mod store;

use model::workspace::WorkspaceRole;
use model::{MemberId, WorkspaceId, WorkspaceName};
use portal::Priority;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::directories;
use crate::error::{Error, Result};
use crate::members::{self, NewMember};
use crate::sync::{Touched, mark};

pub use store::count;

/// Makes a workspace and its Owner, who does not sign in through Okta: so there is a way in when Okta is down.
pub async fn create(
    app: &App,
    name: &str,
    owner_name: &str,
    owner_email: &str,
) -> Result<(WorkspaceId, MemberId)> {
    let name = WorkspaceName::parse(name).map_err(|e| Error::invalid("name", e))?;
    let workspace = WorkspaceId::new(app.now(), &mut app.rng());
    let mut by = By::process(app, workspace, "cli");
    let new = NewMember {
        email: owner_email.into(),
        name: owner_name.into(),
        role: WorkspaceRole::Owner,
        directory: None,
    };
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                store::insert(tx, &by, name.as_str()).await?;
                activity::record(tx, &mut by, Event::new("workspace.created")).await?;
                let owner = members::add(tx, &mut by, new).await?;
                Ok((workspace, owner))
            })
        })
        .await
}

/// Tells who the Owner is in the directory, so that they can also sign in through it and see tiles. Only the operator
/// may vouch for that: provisioning never binds the Owner, or its token could make anybody the Owner (T5).
pub async fn identify_owner(
    app: &App,
    workspace: WorkspaceId,
    owner: MemberId,
    external_id: &str,
    user_name: &str,
) -> Result<()> {
    let mut by = By::process(app, workspace, "cli");
    let (external_id, user_name) = (external_id.to_owned(), user_name.to_owned());
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                let directory = directories::ensure(tx, &mut by).await?.id;
                store::identify(tx, &mut by, directory, owner, &external_id, &user_name).await?;
                mark(tx, &by, Touched::Member(owner), Priority::Change).await?;
                Ok(activity::record(tx, &mut by, Event::new("owner.identified").member(owner))
                    .await?)
            })
        })
        .await
}
