//! What will happen in the portal, before it happens (C14): for one account or many, extended or not, and without a write
//! anywhere. The steps are the worker's own; this module finds the tiles, checks who asks, and puts names to ids.

pub mod api;
pub mod pages;
pub(in crate::sync) mod store;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use model::access::{Action, Actor, permit};
use model::{AccountId, WorkspaceId};
use portal::Principal;

use super::worker::{self, GroupOutlook, Outlook};
use super::{Audience, Hidden, Portal, PortalStatus, Tile, Viewer, desired};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::sharing::on_account;

pub use words::{Deed, Line, Totals};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// What is left to do for a tile, or what extending the account would do.
    Extend,
    /// As [`Intent::Extend`], after reading the portal.
    Sync,
    /// What removing the tile would do.
    Remove,
}

/// What will happen for one account.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// What the tile is called, or would be.
    pub label: String,
    /// Each step in its order, as the timeline will tell it.
    pub steps: Vec<String>,
    /// The same for people: what is alike and follows one another is one line.
    pub lines: Vec<Line>,
    /// The portal is read first, and what is found there may change the rest.
    pub looks_first: bool,
    /// Nothing is done before a person decides, for this reason.
    pub pause: Option<String>,
    /// Who reaches the account and gets no tile, and why.
    pub skipped: Vec<(Viewer, Hidden)>,
    /// How many people see the tile in the end.
    pub sees: usize,
    /// Why this person may not have it done.
    pub refused: Option<String>,
}

impl Preview {
    /// Nothing is left to do, and nothing to decide.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.pause.is_none() && self.refused.is_none() && !self.looks_first
    }
}

/// Several previews: groups and labels that two of them share are told once.
#[derive(Default)]
pub struct Batch {
    groups: BTreeSet<Vec<u8>>,
    labels: BTreeSet<String>,
    names: BTreeMap<String, String>,
    /// What all of them come to.
    pub totals: Totals,
}

/// What will happen for one account that the actor owns.
pub async fn of_account(
    app: &App,
    actor: &Actor,
    account: AccountId,
    intent: Intent,
) -> Result<Preview> {
    let mut tx = app.db.read().await?;
    Batch::default().add(&mut tx, app, actor, account, intent).await
}

/// The accounts among which something is left to do for their tiles, in the whole workspace: for operators.
pub async fn outstanding(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: Option<model::TileId>,
    limit: i64,
) -> Result<Vec<Tile>> {
    Ok(store::outstanding(tx, workspace, after, limit).await?)
}

impl Batch {
    /// One more account; whoever asks must own it.
    pub async fn add(
        &mut self,
        tx: &mut Tx,
        app: &App,
        actor: &Actor,
        account: AccountId,
        intent: Intent,
    ) -> Result<Preview> {
        let on = on_account(tx, actor, account).await?;
        let account = permit(actor, Action::ViewTile, on)?.account();
        let refused =
            permit(actor, Action::ExtendAccount, on).err().map(|d| Error::from(d).to_string());
        let portal = super::store::portal(tx, actor.workspace).await?.ok_or(Error::FeatureOff)?;
        let tile = super::store::newest(tx, actor.workspace, account).await?;
        let is_off = portal.status == PortalStatus::Off;
        if is_off && (intent != Intent::Remove || tile.is_none()) {
            return Err(Error::FeatureOff);
        }
        let mut preview = match (tile, intent) {
            (Some(tile), Intent::Remove) => {
                self.of_tile(tx, app, &portal, ended(tile, app)).await?
            }
            (Some(tile), Intent::Sync) if tile.app_id.is_some() => {
                self.of_tile(tx, app, &portal, Tile { refresh: true, ..tile }).await?
            }
            (Some(tile), Intent::Extend | Intent::Sync) => {
                self.of_tile(tx, app, &portal, tile).await?
            }
            (None, Intent::Extend) => {
                let tile = self.unwritten(tx, app, &portal, account).await?;
                self.of_tile(tx, app, &portal, tile).await?
            }
            (None, Intent::Sync | Intent::Remove) => {
                let name = store::name(tx, actor.workspace, account).await?;
                nothing(account, name, "This account is not extended to Okta.")
            }
        };
        preview.refused = refused.or(preview.refused);
        Ok(preview)
    }

    /// One more tile, whoever asks.
    pub async fn of_tile(
        &mut self,
        tx: &mut Tx,
        app: &App,
        portal: &Portal,
        tile: Tile,
    ) -> Result<Preview> {
        let (workspace, account, label) = (tile.workspace, tile.account, tile.label.clone());
        let is_removal = tile.ended_at.is_some();
        let mirror_label = tile.mirror_label.clone();
        let audience = if is_removal {
            Audience::default()
        } else {
            desired::audience(tx, workspace, account).await?
        };
        let persons = audience.sees.iter().filter_map(|v| v.external_id.clone()).collect();
        let outlook = worker::foresee(tx, app, tile, portal, &persons).await?;
        self.learn_names(tx, workspace, &audience, &outlook).await?;
        let Outlook { mut group, steps, mut left, looks_first, pause, rests } = outlook;
        for other in [&mut group, &mut left] {
            // Another of the accounts has told it already.
            *other = other.take().filter(|found| self.groups.insert(found.key.clone()));
        }
        let lines =
            words::lines(group.as_ref(), &steps, left.as_ref(), mirror_label.as_deref(), |id| {
                self.name(id)
            });
        self.totals.add(&lines);
        let paused_group =
            group.as_ref().and_then(|g| g.pause).map(|p| words::group_pause(p).to_owned());
        let pause = match (pause, rests) {
            (Some(pause), _) => Some(words::pause(pause).to_owned()),
            (None, true) => Some(words::RESTS.to_owned()),
            (None, false) => paused_group.or_else(|| {
                group.as_ref().is_some_and(|g| g.rests).then(|| words::RESTS.to_owned())
            }),
        };
        Ok(Preview {
            account,
            name: store::name(tx, workspace, account).await?,
            label,
            steps: told(group.as_ref(), &steps, left.as_ref()),
            lines,
            looks_first,
            pause,
            sees: audience.sees.len(),
            skipped: audience.hidden,
            refused: None,
        })
    }

    async fn unwritten(
        &mut self,
        tx: &mut Tx,
        app: &App,
        portal: &Portal,
        account: AccountId,
    ) -> Result<Tile> {
        let named = super::store::account_names(tx, portal.workspace, account)
            .await?
            .ok_or(Error::NotFound)?;
        let label =
            super::naming::choose_label_beside(tx, portal, &named, None, &self.labels).await?;
        self.labels.insert(label.key);
        Ok(worker::unwritten(portal, account, label.text, app.now()))
    }

    /// The names of everybody whom the steps are about.
    async fn learn_names(
        &mut self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        audience: &Audience,
        outlook: &Outlook,
    ) -> Result<()> {
        let hidden = audience.hidden.iter().map(|(viewer, _)| viewer);
        for viewer in audience.sees.iter().chain(hidden) {
            if let Some(id) = &viewer.external_id {
                self.names.insert(id.clone(), viewer.name.clone());
            }
        }
        for (kind, id) in words::ids(outlook) {
            if self.names.contains_key(&id) {
                continue;
            }
            let name = match kind {
                words::Kind::Person => store::person(tx, workspace, &id).await?,
                words::Kind::Group => store::group(tx, workspace, &id).await?,
            };
            if let Some(name) = name {
                self.names.insert(id, name);
            }
        }
        Ok(())
    }

    fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

/// The steps as the timelines of the tile and its group will tell them.
fn told(
    group: Option<&GroupOutlook>,
    steps: &[portal::Step],
    left: Option<&GroupOutlook>,
) -> Vec<String> {
    let of_group = |group: Option<&GroupOutlook>| {
        group.map(|g| g.steps.iter().map(ToString::to_string).collect()).unwrap_or_default()
    };
    let mut told: Vec<String> = of_group(group);
    told.extend(steps.iter().map(ToString::to_string));
    told.extend(of_group(left));
    told
}

/// The tile as it would be after asking to remove it.
fn ended(tile: Tile, app: &App) -> Tile {
    Tile { ended_at: tile.ended_at.or_else(|| Some(app.now())), ..tile }
}

fn nothing(account: AccountId, name: String, why: &str) -> Preview {
    Preview {
        account,
        label: name.clone(),
        name,
        steps: Vec::new(),
        lines: Vec::new(),
        looks_first: false,
        pause: None,
        skipped: Vec::new(),
        sees: 0,
        refused: Some(why.into()),
    }
}

/// What a principal is, for looking up its name.
fn id_of(principal: &Principal) -> (words::Kind, String) {
    match principal {
        Principal::Person(id) => (words::Kind::Person, id.clone()),
        Principal::Group(id) => (words::Kind::Group, id.clone()),
    }
}
