//! What a PUT or PATCH means for the member behind a user. A leaver's news comes first, so that nothing else in the
//! same request can hold it up.

use model::MemberId;
use model::workspace::{MemberStatus, WorkspaceRole};
use portal::Priority;
use scim::User;
use serde_json::{Map, Value};

use super::{email_taken, join, person};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::db::Tx;
use crate::directories::store::identities;
use crate::error::Error;
use crate::members;
use crate::members::store::key;
use crate::scim::store::people::{self as store, Identity};
use crate::scim::{Client, Failure, IdentityId, Result};
use crate::sync::{Touched, mark, mark_returned};
use crate::teams;

/// What a client wants a user to be.
pub struct Wanted {
    /// All but `active`.
    pub user: User,
    /// `None`: as it is.
    pub active: Option<bool>,
}

/// Makes the user what the client wants, with as little change as that takes: none at all for what is so already.
pub async fn apply(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    present: &Identity,
    wanted: Wanted,
) -> Result<()> {
    let active = wanted.active.unwrap_or(present.is_active());
    let user = User { active, ..wanted.user };
    let before = present.user();
    if user == before {
        return Ok(());
    }
    if present.role == WorkspaceRole::Owner {
        let why =
            "The workspace's Owner cannot be changed by SCIM. Leave them out of provisioning.";
        return Err(Error::Conflict(why.into()).into());
    }
    if !active {
        return leave(tx, by, client, present, &before, user).await;
    }
    person::check(&user)?;
    if present.is_another(client, user.external_id.as_deref()) {
        return become_somebody_else(tx, by, client, present, &user).await;
    }
    if is_name_taken(tx, client, &before, &user).await? {
        return Err(Failure::taken(format!("userName {} is taken", user.user_name)));
    }
    let external_id = match &present.external_id {
        Some(known) => Some(known.clone()),
        None => bind(tx, by, client, present, &user).await?,
    };
    set_profile(tx, by, present, &user).await?;
    let record = person::record(&user, external_id);
    identities::update(tx, by, client.directory, present.id, &record).await?;
    if present.status == MemberStatus::Removed {
        members::reactivate(tx, by, present.member).await?;
    }
    self::record(tx, by, present, &before, &user).await
}

/// Whoever is not active leaves, or stays away, whatever else the request says: what is wrong with it would undo their
/// leaving. So the rest is taken as far as it fits.
async fn leave(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    present: &Identity,
    before: &User,
    mut user: User,
) -> Result<()> {
    members::deactivate(tx, by, present.member).await?;
    if person::check(&user).is_err() {
        return Ok(());
    }
    if present.is_another(client, user.external_id.as_deref()) {
        // Okta puts a re-hire in a leaver's place before it says that they are active.
        return match obstacle(tx, by, client, present, &user).await? {
            Some(_) => Ok(()),
            None => put_in_their_place(tx, by, client, present, &user).await,
        };
    }
    if is_name_taken(tx, client, before, &user).await? {
        user.user_name = before.user_name.clone();
    }
    set_profile(tx, by, present, &user).await?;
    let record = person::record(&user, present.external_id.clone());
    identities::update(tx, by, client.directory, present.id, &record).await?;
    self::record(tx, by, present, before, &user).await
}

async fn is_name_taken(tx: &mut Tx, client: &Client, before: &User, user: &User) -> Result<bool> {
    let is_new = key(&user.user_name) != key(&before.user_name);
    Ok(is_new && store::find_by_user_name(tx, client, &user.user_name).await?.is_some())
}

/// The client tells an external id for the first time: from now on the person can sign in, and sees their tiles.
async fn bind(
    tx: &mut Tx,
    by: &By,
    client: &Client,
    present: &Identity,
    user: &User,
) -> Result<Option<String>> {
    let Some(external_id) = &user.external_id else { return Ok(None) };
    if let Some(other) = store::find_by_external_id(tx, client, external_id).await? {
        if client.dialect.external_id_is_the_person() {
            return Err(taken(external_id, &other));
        }
        return Ok(None);
    }
    if present.role > WorkspaceRole::User {
        // Whoever this external id belongs to would sign in with more rights than SCIM may give (T5).
        return Err(Error::Conflict(format!(
            "{} is more than a User of this workspace, so SCIM cannot say who they are. Make them a User first.",
            present.name
        ))
        .into());
    }
    mark(tx, by, Touched::Member(present.member), Priority::Change).await?;
    meet(tx, by, user, Some(external_id)).await?;
    Ok(Some(external_id.clone()))
}

/// Another external id is another person, such as a re-hire under a userName that was in use before. They get a new
/// member under the same id, and nothing of what the one before had.
async fn become_somebody_else(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    present: &Identity,
    user: &User,
) -> Result<()> {
    members::deactivate(tx, by, present.member).await?;
    match obstacle(tx, by, client, present, user).await? {
        Some(refused) => Err(refused),
        None => put_in_their_place(tx, by, client, present, user).await,
    }
}

/// Why there cannot be such a person in the place of this one.
async fn obstacle(
    tx: &mut Tx,
    by: &By,
    client: &Client,
    present: &Identity,
    user: &User,
) -> Result<Option<Failure>> {
    let external_id = user.external_id.as_deref().unwrap_or_default();
    if let Some(other) = store::find_by_external_id(tx, client, external_id).await? {
        return Ok(Some(taken(external_id, &other)));
    }
    if let Some(other) = store::find_by_user_name(tx, client, &user.user_name).await?
        && other.id != present.id
    {
        return Ok(Some(Failure::taken(format!("userName {} is taken", user.user_name))));
    }
    let email = person::email(user).unwrap_or_default();
    let holder = members::store::find_invited(tx, by.workspace, &email).await?;
    Ok(holder.map(|_| email_taken(&email)))
}

async fn put_in_their_place(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    present: &Identity,
    user: &User,
) -> Result<()> {
    let former = find_former(tx, client, user.external_id.as_ref()).await?;
    let member = match former {
        Some(member) => member,
        None => join(tx, by, client, user).await?,
    };
    teams::end_all_in_directory(tx, by, present.member, client.directory).await?;
    store::rebind(tx, by, present.id, member).await?;
    let record = person::record(user, user.external_id.clone());
    identities::update(tx, by, client.directory, present.id, &record).await?;
    meet(tx, by, user, user.external_id.as_ref()).await?;
    match former {
        Some(_) => come_back(tx, by, client, present.id, user).await,
        None if user.active => Ok(()),
        None => Ok(members::stage(tx, by, member).await?),
    }
}

/// Who had this external id is who has it (decision 0016): no client lets a person in anew, past an admin's suspension or with
/// another role, by deleting and adding them.
pub(super) async fn find_former(
    tx: &mut Tx,
    client: &Client,
    external_id: Option<&String>,
) -> Result<Option<MemberId>> {
    let Some(external_id) = external_id else { return Ok(None) };
    Ok(store::find_former(tx, client, external_id).await?)
}

/// The client knows a removed member again, under this id.
pub(super) async fn come_back(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    id: IdentityId,
    user: &User,
) -> Result<()> {
    let present = store::find(tx, client, id).await?.ok_or_else(Failure::not_found)?;
    set_profile(tx, by, &present, user).await?;
    if user.active {
        members::reactivate(tx, by, present.member).await?;
    }
    Ok(())
}

/// Another member may have had this external id, and have left with all that they had: they are back.
pub(super) async fn meet(
    tx: &mut Tx,
    by: &By,
    user: &User,
    external_id: Option<&String>,
) -> Result<()> {
    if let Some(external_id) = external_id.filter(|_| user.active) {
        mark_returned(tx, by, external_id).await?;
    }
    Ok(())
}

fn taken(external_id: &str, other: &Identity) -> Failure {
    Failure::taken(format!("externalId {external_id} is the one of {}", other.user_name))
}

/// The name and the address; the person stays the same. A user without an address keeps the one that there is.
async fn set_profile(tx: &mut Tx, by: &By, present: &Identity, user: &User) -> Result<()> {
    let name = person::name(user);
    let email = person::email(user).unwrap_or_else(|| present.email.clone());
    if name == present.name && email == present.email {
        return Ok(());
    }
    // A removed person holds no address, so none can be taken from them; `reactivate` looks again.
    let holder = members::store::find_invited(tx, by.workspace, &email).await?;
    if user.active && holder.is_some_and(|holder| holder != present.member) {
        return Err(email_taken(&email));
    }
    Ok(members::store::set_profile(tx, by, present.member, &name, &email).await?)
}

/// Names what the client told anew, as far as people can see it.
async fn record(
    tx: &mut Tx,
    by: &mut By,
    present: &Identity,
    before: &User,
    after: &User,
) -> Result<()> {
    let address = |user| person::email(user).unwrap_or_default();
    let fields = [
        ("user_name", before.user_name.clone(), after.user_name.clone()),
        ("name", person::name(before), person::name(after)),
        ("email", address(before), address(after)),
        (
            "external_id",
            before.external_id.clone().unwrap_or_default(),
            after.external_id.clone().unwrap_or_default(),
        ),
    ];
    let changed: Map<String, Value> = fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, _, after)| (field.to_owned(), after.into()))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let event = Event::new("member.updated").member(present.member).detail(Value::Object(changed));
    Ok(activity::record(tx, by, event).await?)
}
