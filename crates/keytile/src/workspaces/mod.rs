//! Workspaces: made once by the operator, with their first Owner.

mod store;

use model::access::Actor;
use model::workspace::WorkspaceRole;
use model::{MemberId, WorkspaceId, WorkspaceName};
use portal::Priority;
use serde_json::json;

use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::directories;
use crate::directories::store::identities::{self, Record};
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
/// may vouch for that: provisioning never binds the Owner, or its token could make anybody the Owner (T5). An identity
/// that they had before ends.
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
                if let Some((member, name)) =
                    store::identified(tx, &by, directory, &external_id, &user_name).await?
                    && member != owner
                {
                    return Err(Error::Conflict(format!(
                        "{external_id} ({user_name}) is provisioned as the member {name}. Remove that member first: in \
                         the directory, unassign them from Keytile's provisioning, then deactivate them here."
                    )));
                }
                if let Some(before) = store::identity(tx, &by, owner).await? {
                    identities::end(tx, &by, before).await?;
                }
                let addresses = members::store::find(tx, workspace, owner).await?;
                let addresses = addresses.into_iter().map(|owner| owner.email).collect();
                let known = Record { addresses, ..Record::known(&external_id, &user_name) };
                identities::insert(tx, &mut by, directory, owner, &known).await?;
                mark(tx, &by, Touched::Member(owner), Priority::Change).await?;
                let event = Event::new("owner.identified")
                    .member(owner)
                    .detail(json!({ "external_id": external_id }));
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// The Owner who has this address, in whatever workspace.
///
/// # Errors
/// [`Error::Invalid`] of the field `email`, where nobody, somebody else, or more than one person has it.
pub async fn owner_by_email(app: &App, email: &str) -> Result<Actor> {
    let found = members::store::actors_by_email(&mut app.db.read().await?, email).await?;
    let owners: Vec<&Actor> = found.iter().filter(|a| a.role == WorkspaceRole::Owner).collect();
    match (found.as_slice(), owners.as_slice()) {
        (_, [owner]) => Ok(**owner),
        ([], _) => {
            Err(Error::invalid("email", format!("No active member has the address {email}.")))
        }
        (_, []) => Err(Error::invalid(
            "email",
            format!(
                "{email} is not the Owner. Provisioning tells who everybody else is in the directory."
            ),
        )),
        (_, _) => Err(Error::invalid(
            "email",
            format!(
                "{email} owns several workspaces of this server; give each its own Owner's address."
            ),
        )),
    }
}
