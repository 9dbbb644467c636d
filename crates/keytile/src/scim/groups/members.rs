//! Who is in a group: people of the client's own directory and nobody else, whatever ids it sends (T5).

use std::collections::{BTreeMap, BTreeSet};

use model::{MemberId, TeamId};

use super::EVERYBODY;
use crate::actor::By;
use crate::db::Tx;
use crate::scim::store::groups as store;
use crate::scim::{Client, IdentityId, Result};
use crate::teams;

/// Adds those whom this directory knows, active or not: who is in a group is the directory's to say, and being in one gives
/// nothing to somebody who is not active. One unknown id must not lose the whole push: Okta does not repeat it.
pub async fn add(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    team: TeamId,
    ids: Vec<String>,
    mut displays: BTreeMap<String, String>,
) -> Result<()> {
    let known = known(tx, client, &ids).await?;
    let members: Vec<_> =
        known.iter().map(|(id, member)| (*member, displays.remove(&id.to_string()))).collect();
    teams::join_all(tx, by, team, &members).await?;
    let is_known = |id: &&String| id.parse().is_ok_and(|id: IdentityId| known.contains_key(&id));
    let mut unknown = ids.iter().filter(|id| !is_known(id));
    if let Some(first) = unknown.next() {
        let count = unknown.count() + 1;
        tracing::warn!(
            team.id = %team, first = %first.escape_debug(), count,
            "SCIM named members of a group who are no people of its directory; they were passed over"
        );
    }
    Ok(())
}

/// Takes out those whom this directory knows.
pub async fn remove(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    team: TeamId,
    ids: Vec<String>,
) -> Result<()> {
    let members: Vec<MemberId> = known(tx, client, &ids).await?.into_values().collect();
    Ok(teams::leave_all(tx, by, team, &members).await?)
}

/// Writes the difference only.
pub async fn replace(
    tx: &mut Tx,
    by: &mut By,
    client: &Client,
    team: TeamId,
    ids: Vec<String>,
    displays: BTreeMap<String, String>,
) -> Result<()> {
    let present = store::members(tx, client, team, EVERYBODY).await?;
    let mut wanted: BTreeSet<String> = ids.into_iter().collect();
    let gone = present.into_iter().filter(|member| !wanted.remove(&member.id.to_string()));
    let gone: Vec<MemberId> = gone.map(|member| member.member).collect();
    teams::leave_all(tx, by, team, &gone).await?;
    add(tx, by, client, team, wanted.into_iter().collect(), displays).await
}

async fn known(
    tx: &mut Tx,
    client: &Client,
    ids: &[String],
) -> Result<BTreeMap<IdentityId, MemberId>> {
    let ids: Vec<IdentityId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    Ok(store::known(tx, client, &ids).await?.into_iter().collect())
}
