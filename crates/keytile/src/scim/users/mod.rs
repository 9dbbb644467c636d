//! Users: each is a person of the directory and a member of the workspace. SCIM makes plain Users only, never touches
//! the Owner, and never joins a person with a member by their e-mail address (T5).

mod change;
mod person;
mod search;

use model::workspace::{MemberStatus, WorkspaceRole};
use scim::{PatchOp, Preconditions, User, active_in_body, active_in_patch, patch};
use serde_json::Value;

use super::store::people::{self as store, Identity};
use super::{Client, Failure, IdentityId, Result};
use crate::Error;
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::directories::store::identities;
use crate::members::{self, NewMember};
use crate::teams;

use change::Wanted;

pub use search::{find as find_all, list};

/// One user.
pub async fn read(app: &App, client: &Client, id: &str) -> Result<Value> {
    let mut tx = app.db.read().await?;
    let identity = find(&mut tx, client, parse(id)?).await?;
    search::resource(&mut tx, client, identity).await
}

/// A POST: somebody joins.
pub async fn create(app: &App, client: &Client, body: &Value) -> Result<Value> {
    let user = User::parse(body)?;
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let id = add(tx, &mut by, &client, user).await?;
                let identity = find(tx, &client, id).await?;
                search::resource(tx, &client, identity).await
            })
        })
        .await
}

/// A PUT. What it does not say of `active` and `externalId` stays (RFC 7644 section 3.5.1).
pub async fn replace(
    app: &App,
    client: &Client,
    id: &str,
    only_if: &Preconditions,
    body: &Value,
) -> Result<Value> {
    let id = parse(id)?;
    let user = User::parse(body)?;
    let active = active_in_body(body)?;
    let (client, only_if, mut by) = (client.clone(), only_if.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = unchanged(tx, &client, id, &only_if).await?;
                let told = user.external_id.clone().or_else(|| present.told_external_id.clone());
                let wanted = Wanted { user: User { external_id: told, ..user }, active };
                change::apply(tx, &mut by, &client, &present, wanted).await?;
                let identity = find(tx, &client, id).await?;
                search::resource(tx, &client, identity).await
            })
        })
        .await
}

/// A PATCH.
pub async fn update(
    app: &App,
    client: &Client,
    id: &str,
    only_if: &Preconditions,
    body: &Value,
) -> Result<Value> {
    let id = parse(id)?;
    let patch = PatchOp::parse(body)?;
    let active = active_in_patch(&patch);
    let (client, only_if, mut by) = (client.clone(), only_if.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = unchanged(tx, &client, id, &only_if).await?;
                let mut resource = present.to_json(&client, &[]);
                patch::apply(&mut resource, &patch)?;
                let user = User::parse(&resource)?;
                change::apply(tx, &mut by, &client, &present, Wanted { user, active }).await?;
                let identity = find(tx, &client, id).await?;
                search::resource(tx, &client, identity).await
            })
        })
        .await
}

/// A DELETE: the person leaves, and the client no longer knows them.
pub async fn delete(app: &App, client: &Client, id: &str, only_if: &Preconditions) -> Result<()> {
    let id = parse(id)?;
    let (client, only_if, mut by) = (client.clone(), only_if.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = unchanged(tx, &client, id, &only_if).await?;
                members::deactivate(tx, &mut by, present.member).await?;
                teams::end_all_in_directory(tx, &by, present.member, client.directory).await?;
                Ok(identities::end(tx, &by, id).await?)
            })
        })
        .await
}

/// Makes the member, or lets a removed one return whom the external id names.
async fn add(tx: &mut Tx, by: &mut By, client: &Client, user: User) -> Result<IdentityId> {
    person::check(&user)?;
    let told = user.external_id.as_deref();
    if let Some(present) = store::find_by_user_name(tx, client, &user.user_name).await? {
        if !present.is_somebody_else_now(told) {
            let detail =
                format!("userName {} is taken: look the user up instead", present.user_name);
            return Err(Failure::taken(detail));
        }
        // Re-hired under a userName that a removed person had: a new person.
        teams::end_all_in_directory(tx, by, present.member, client.directory).await?;
        identities::end(tx, by, present.id).await?;
    }
    let mut external_id = user.external_id.clone();
    if let Some(known) = told
        && let Some(present) = store::find_by_external_id(tx, client, known).await?
    {
        if !client.dialect.external_id_is_the_person() {
            // A label that two users share says who neither of them is, but for the first.
            external_id = None;
        } else if present.status == MemberStatus::Removed {
            let (id, active) = (present.id, Some(user.active));
            change::apply(tx, by, client, &present, Wanted { user, active }).await?;
            return Ok(id);
        } else {
            let detail = format!("externalId {known} is the one of {}", present.user_name);
            return Err(Failure::taken(detail));
        }
    }
    let former = change::find_former(tx, client, external_id.as_ref()).await?;
    let member = match former {
        Some(member) => member,
        None => join(tx, by, client, &user).await?,
    };
    change::meet(tx, by, &user, external_id.as_ref()).await?;
    let record = person::record(&user, external_id);
    let id = identities::insert(tx, by, client.directory, member, &record).await?;
    if former.is_some() {
        change::come_back(tx, by, client, id, &user).await?;
    } else if !user.active {
        members::stage(tx, by, member).await?;
    }
    Ok(id)
}

/// A new member, with the least that a member can be.
async fn join(tx: &mut Tx, by: &mut By, client: &Client, user: &User) -> Result<model::MemberId> {
    let email = person::email(user).unwrap_or_default();
    let new = NewMember {
        email: email.clone(),
        name: person::name(user),
        role: WorkspaceRole::User,
        directory: Some(client.directory),
    };
    members::add(tx, by, new).await.map_err(|error| match error {
        Error::Conflict(_) => email_taken(&email),
        error => error.into(),
    })
}

fn email_taken(email: &str) -> Failure {
    Failure::taken(format!(
        "{email} is the address of somebody who was invited to this workspace, and nobody is joined with a member by \
         e-mail: remove that member or change their address first"
    ))
}

async fn find(tx: &mut Tx, client: &Client, id: IdentityId) -> Result<Identity> {
    store::find(tx, client, id).await?.ok_or_else(Failure::not_found)
}

/// The user, who is still as the client read them.
async fn unchanged(
    tx: &mut Tx,
    client: &Client,
    id: IdentityId,
    only_if: &Preconditions,
) -> Result<Identity> {
    let present = find(tx, client, id).await?;
    if *only_if != Preconditions::default() {
        let resource = present.to_json(client, &[]);
        only_if.check(resource["meta"]["version"].as_str().unwrap_or_default())?;
    }
    Ok(present)
}

fn parse(id: &str) -> Result<IdentityId> {
    id.parse().map_err(|_| Failure::not_found())
}
