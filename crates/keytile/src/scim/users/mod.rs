//! Users: each is a person of the directory and a member of the workspace. SCIM makes plain Users only, never touches
//! the Owner, and never joins a person with a member by their e-mail address (T5).

mod change;
mod person;

use model::workspace::{MemberStatus, WorkspaceRole};
use scim::{Filter, PatchOp, Query, ScimType, User, UserChange, filter, list_response, patch};
use serde_json::Value;
use uuid::Uuid;

use super::store::people::{self as store, Identity};
use super::{Client, Failure, IdentityId, Result, window};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::members::{self, NewMember};
use crate::{Error, db};

use change::Wanted;

/// The users that a query asks for.
pub async fn list(app: &App, client: &Client, query: &Query) -> Result<Value> {
    let mut tx = app.db.read().await?;
    let shown = |identity: &Identity| {
        let mut resource = identity.to_json(client);
        query.projection.apply(&mut resource);
        resource
    };
    let (total, users) = match &query.filter {
        None => {
            let users = store::page(&mut tx, client, query.page).await?;
            (store::count(&mut tx, client).await?, users.iter().map(shown).collect())
        }
        Some(filter) => match look_up(&mut tx, client, filter).await? {
            Some(found) => {
                let total = u64::from(found.is_some());
                let users = window(Vec::from_iter(found), query.page);
                (total, users.iter().map(shown).collect())
            }
            None => search(&mut tx, client, filter, query).await?,
        },
    };
    Ok(list_response(total, query.page, users))
}

/// One user.
pub async fn read(app: &App, client: &Client, id: &str) -> Result<Value> {
    let identity = find(&mut app.db.read().await?, client, parse(id)?).await?;
    Ok(identity.to_json(client))
}

/// A POST: somebody joins.
pub async fn create(app: &App, client: &Client, body: &Value) -> Result<Value> {
    let user = User::parse(body)?;
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let id = add(tx, &mut by, &client, user).await?;
                Ok(find(tx, &client, id).await?.to_json(&client))
            })
        })
        .await
}

/// A PUT. What it does not say of `active` and `externalId` stays (RFC 7644 section 3.5.1).
pub async fn replace(app: &App, client: &Client, id: &str, body: &Value) -> Result<Value> {
    let id = parse(id)?;
    let user = User::parse(body)?;
    let active = UserChange::from_body(body)?.active;
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = find(tx, &client, id).await?;
                let external_id = user.external_id.clone().or_else(|| present.external_id.clone());
                let wanted = Wanted { user: User { external_id, ..user }, active };
                change::apply(tx, &mut by, &client, &present, wanted).await?;
                Ok(find(tx, &client, id).await?.to_json(&client))
            })
        })
        .await
}

/// A PATCH.
pub async fn update(app: &App, client: &Client, id: &str, body: &Value) -> Result<Value> {
    let id = parse(id)?;
    let patch = PatchOp::parse(body)?;
    let active = UserChange::from_patch(&patch)?.active;
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = find(tx, &client, id).await?;
                let mut resource = present.to_json(&client);
                patch::apply(&mut resource, &patch)?;
                let user = User::parse(&resource)?;
                if present.external_id.is_some() && user.external_id.is_none() {
                    let detail = "externalId says who the person is: it cannot be removed";
                    return Err(scim::Error::new(ScimType::Mutability, detail).into());
                }
                change::apply(tx, &mut by, &client, &present, Wanted { user, active }).await?;
                Ok(find(tx, &client, id).await?.to_json(&client))
            })
        })
        .await
}

/// A DELETE: the person leaves, and the client no longer knows them.
pub async fn delete(app: &App, client: &Client, id: &str) -> Result<()> {
    let id = parse(id)?;
    let (client, mut by) = (client.clone(), client.by(app));
    app.db
        .write(client.workspace, move |tx| {
            Box::pin(async move {
                let present = find(tx, &client, id).await?;
                members::deactivate(tx, &mut by, present.member).await?;
                Ok(store::end(tx, &by, id).await?)
            })
        })
        .await
}

/// Makes the member, or lets a removed one return whom the external id names.
async fn add(tx: &mut Tx, by: &mut By, client: &Client, user: User) -> Result<IdentityId> {
    person::check(&user)?;
    let external_id = user.external_id.as_deref();
    if let Some(present) = store::find_by_user_name(tx, client, &user.user_name).await? {
        if !present.is_somebody_else_now(external_id) {
            let detail =
                format!("userName {} is taken: look the user up instead", present.user_name);
            return Err(Failure::taken(detail));
        }
        // Re-hired under a userName that a removed person had: a new person.
        store::end(tx, by, present.id).await?;
    }
    if let Some(external_id) = external_id
        && let Some(present) = store::find_by_external_id(tx, client, external_id).await?
    {
        if present.status != MemberStatus::Removed {
            let detail = format!("externalId {external_id} is the one of {}", present.user_name);
            return Err(Failure::taken(detail));
        }
        let (id, active) = (present.id, Some(user.active));
        change::apply(tx, by, client, &present, Wanted { user, active }).await?;
        return Ok(id);
    }
    let member = join(tx, by, client, &user).await?;
    let id = store::insert(tx, by, client, member, &person::record(&user)).await?;
    if !user.active {
        members::deactivate(tx, by, member).await?;
    }
    Ok(id)
}

/// A new member, with the least that a member can be.
async fn join(tx: &mut Tx, by: &mut By, client: &Client, user: &User) -> Result<model::MemberId> {
    let email = person::email(user).ok_or_else(|| {
        let detail = "a user needs an e-mail address: map one to emails, or use it as userName";
        scim::Error::new(ScimType::InvalidValue, detail)
    })?;
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
        "{email} is the address of another member of this workspace, and nobody is joined with a member by e-mail: \
         remove that member or change their address first"
    ))
}

/// What an index answers: `Some` where it can tell all that the filter selects.
async fn look_up(
    tx: &mut Tx,
    client: &Client,
    filter: &Filter,
) -> db::Result<Option<Option<Identity>>> {
    let Some((attribute, value)) = filter::as_equality(filter) else { return Ok(None) };
    Ok(match attribute.as_str() {
        "id" => Some(match parse(&value) {
            Ok(id) => store::find(tx, client, id).await?,
            Err(_) => None,
        }),
        "userName" => Some(store::find_by_user_name(tx, client, &value).await?),
        "externalId" => Some(store::find_by_external_id(tx, client, &value).await?),
        // The index knows the address that we write to. Where nobody has it there, it may still be a second one.
        "emails.value" => store::find_by_email(tx, client, &value).await?.map(Some),
        _ => None,
    })
}

/// Goes through all users, a batch at a time.
async fn search(
    tx: &mut Tx,
    client: &Client,
    filter: &Filter,
    query: &Query,
) -> Result<(u64, Vec<Value>)> {
    let (mut total, mut users, mut last) = (0, Vec::new(), Uuid::nil());
    loop {
        let batch = store::after(tx, client, last).await?;
        let Some(end) = batch.last() else { return Ok((total, users)) };
        last = end.id.uuid();
        for identity in &batch {
            let mut resource = identity.to_json(client);
            if !filter::matches(filter, &resource) {
                continue;
            }
            let is_shown =
                total >= query.page.offset() && total - query.page.offset() < query.page.count;
            total += 1;
            if is_shown {
                query.projection.apply(&mut resource);
                users.push(resource);
            }
        }
    }
}

async fn find(tx: &mut Tx, client: &Client, id: IdentityId) -> Result<Identity> {
    store::find(tx, client, id).await?.ok_or_else(Failure::not_found)
}

fn parse(id: &str) -> Result<IdentityId> {
    id.parse().map_err(|_| Failure::not_found())
}
