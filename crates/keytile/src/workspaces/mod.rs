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
use crate::members::store::key;
use crate::members::{self, NewMember};
use crate::sync::{Touched, mark};

use store::Owned;

pub use store::count;

/// The workspace of this name and its Owner of this address, who has never signed in: their first link may be renewed.
pub async fn begun(app: &App, name: &str, email: &str) -> Result<Option<(WorkspaceId, MemberId)>> {
    let name = WorkspaceName::parse(name).map_err(|e| Error::invalid("name", e))?;
    let all = store::owned(&mut app.db.read().await?).await?;
    let same = |owned: &&Owned| owned.is_called(&name) && owned.is_owned_by(email);
    Ok(all.iter().find(same).filter(|o| !o.has_signed_in).map(|o| (o.workspace, o.owner)))
}

/// Makes a workspace and its Owner, who does not sign in through Okta: so there is a way in when Okta is down.
///
/// # Errors
/// [`Error::Conflict`] where there is one of this name, or one that the Owner owns already: nobody, the sign-in page and the
/// command line included, could tell them apart.
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
                if let Some(taken) = store::owned(tx)
                    .await?
                    .iter()
                    .find_map(|owned| owned.refuses(&name, &new.email))
                {
                    return Err(Error::Conflict(taken));
                }
                store::insert(tx, &by, name.as_str()).await?;
                activity::record(tx, &mut by, Event::new("workspace.created")).await?;
                let owner = members::add(tx, &mut by, new).await?;
                Ok((workspace, owner))
            })
        })
        .await
}

impl Owned {
    fn is_called(&self, name: &WorkspaceName) -> bool {
        key(&self.name) == key(name.as_str())
    }

    fn is_owned_by(&self, email: &str) -> bool {
        key(&self.email) == key(email)
    }

    /// Why there cannot be another one of this name and Owner, where that is so.
    fn refuses(&self, name: &WorkspaceName, email: &str) -> Option<String> {
        let Self { name: known, email: owner, .. } = self;
        match (self.is_called(name), self.is_owned_by(email)) {
            (true, true) => Some(format!(
                "There is the workspace {known} already, and its Owner {owner} has signed in to it. Nothing was made: \
                 start the server with `keytile serve`, and sign in there."
            )),
            (true, false) => Some(format!(
                "There is the workspace {known} already; {owner} owns it. Nothing was made: give the new one another \
                 name, or name that Owner for another first link."
            )),
            (false, true) => Some(format!(
                "{owner} owns the workspace {known} already. Nothing was made: give the new one another Owner's \
                 address, or that workspace's name for another first link."
            )),
            (false, false) => None,
        }
    }
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
