//! Audiences: the people of one or more tiles, kept together as a group in the portal (docs/decisions/0008). An audience is
//! known by its sources, the members and teams that hold the accounts, so that a change of a team touches its
//! audiences and none of their tiles. Keeping the group itself is the worker's.

use std::collections::BTreeSet;

use model::share::Grantee;
use model::{AccountId, AudienceId};
use portal::audience::{audience_name, tag_of};
use sha2::{Digest as _, Sha256};

use super::store::{self, Tile};
use crate::actor::By;
use crate::db::{Result, Tx};
use crate::sharing;

/// The members and teams that hold an account, by whatever path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources(BTreeSet<Grantee>);

impl Sources {
    /// Those of an account, as its shares are now.
    pub async fn of(tx: &mut Tx, tile: &Tile) -> Result<Self> {
        Self::of_account(tx, tile, tile.account).await
    }

    async fn of_account(tx: &mut Tx, tile: &Tile, account: AccountId) -> Result<Self> {
        Ok(Self(sharing::grantees(tx, tile.workspace, account).await?.into_iter().collect()))
    }

    /// Whether a group is worth its calls: one person is assigned with a single call, and stays one person
    /// whatever happens to any team.
    pub fn want_a_group(&self) -> bool {
        wants_a_group(&self.0)
    }

    /// The same for the same sources, whoever is in the teams.
    pub fn hash(&self) -> Vec<u8> {
        let digest = self.0.iter().fold(Sha256::new(), |digest, source| match source {
            Grantee::Member(id) => digest.chain_update(b"m").chain_update(id.uuid().as_bytes()),
            Grantee::Team(id) => digest.chain_update(b"t").chain_update(id.uuid().as_bytes()),
        });
        digest.finalize().to_vec()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Grantee> {
        self.0.iter()
    }
}

/// As [`Sources::want_a_group`], for sources that were read for many tiles at once.
pub fn wants_a_group(sources: &BTreeSet<Grantee>) -> bool {
    sources.len() > 1 || sources.iter().any(|source| matches!(source, Grantee::Team(_)))
}

/// Puts the tile into the audience of its sources as they are now, making that where it is new, and answers whether
/// anything changed. The audience that it leaves is looked at again: it may be needed no more.
pub async fn join(tx: &mut Tx, by: &mut By, tile: &Tile, in_groups: bool) -> Result<bool> {
    let sources = Sources::of(tx, tile).await?;
    let wants = in_groups && tile.ended_at.is_none() && sources.want_a_group();
    let next = if wants { Some(find_or_make(tx, by, tile, &sources).await?) } else { None };
    if next == tile.audience {
        return Ok(false);
    }
    store::set_audience(tx, tile.workspace, tile.id, next).await?;
    if let Some(joined) = next {
        store::end_idleness(tx, by, joined, tile.priority).await?;
    }
    if let Some(left) = tile.audience {
        store::note_idle(tx, left, by.now).await?;
        store::mark_audience(tx, by, left, tile.priority).await?;
    }
    Ok(true)
}

async fn find_or_make(
    tx: &mut Tx,
    by: &mut By,
    tile: &Tile,
    sources: &Sources,
) -> Result<AudienceId> {
    let hash = sources.hash();
    if let Some(found) = store::find_audience(tx, tile.portal, &hash).await? {
        return Ok(found);
    }
    // Nobody else needs the tile's own audience: it becomes the new one, and the portal is told the difference.
    let own = own(tx, tile).await?;
    let name = name(tx, tile, sources, own.as_ref()).await?;
    if let Some(own) = own {
        store::set_sources(tx, by, own.id, &hash, &name, sources).await?;
        store::mark_audience(tx, by, own.id, tile.priority).await?;
        return Ok(own.id);
    }
    store::insert_audience(tx, by, tile, &hash, &name, sources).await
}

/// An audience that may become another one.
pub(in crate::sync) struct Own {
    pub(in crate::sync) id: AudienceId,
    name: String,
}

/// The audience of the tile, where it may become that of other sources.
pub(in crate::sync) async fn own(tx: &mut Tx, tile: &Tile) -> Result<Option<Own>> {
    let Some(id) = tile.audience else { return Ok(None) };
    Ok(store::name_if_free(tx, id, tile.id).await?.map(|name| Own { id, name }))
}

/// For admins of the portal: one of the sources, and a tag that keeps names apart. A group keeps its name as long as that
/// names one of them, so that one more or less is one call. Names of other audiences are passed over: theirs may be
/// what the tag of these sources was given to before.
pub(in crate::sync) async fn name(
    tx: &mut Tx,
    tile: &Tile,
    sources: &Sources,
    own: Option<&Own>,
) -> Result<String> {
    let names = store::source_names(tx, tile.workspace, sources).await?;
    let kept = own.and_then(|own| Some((own.name.as_str(), tag_of(&own.name)?)));
    if let Some((own, tag)) = kept
        && names.iter().any(|name| audience_name(name, tag) == own)
    {
        return Ok(own.to_owned());
    }
    let first = names.first().map_or("Nobody", String::as_str);
    let tag = kept.map_or_else(|| tag(&sources.hash()), |(_, tag)| tag.to_owned());
    let mut name = audience_name(first, &tag);
    while store::is_name_taken(tx, tile.portal, &name).await? {
        name = another_name(&name);
    }
    Ok(name)
}

/// The same name with another tag.
pub(in crate::sync) fn another_name(name: &str) -> String {
    let start = name.rsplit_once(" · ").map_or(name, |(start, _)| start);
    format!("{start} · {}", tag(&Sha256::digest(name.as_bytes())))
}

fn tag(hash: &[u8]) -> String {
    let number = hash.iter().take(4).fold(0_u32, |tag, byte| (tag << 8) | u32::from(*byte));
    format!("{number:08X}")
}
