//! How people come to see tiles: assigned one by one, or through groups that tiles share (decision 0008). What each
//! costs here is computed from the shares as they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::SignedDuration;
use model::access::{Action, Actor, permit};
use model::share::Grantee;
use model::{AccountId, TeamId, Timestamp};
use portal::okta::limits::Bucket;
use portal::okta::{Abilities, OktaPortal};
use portal::{Counts, Pace, Portal as _, Priority, Strategy, forecast_first_sync};
use serde_json::json;

use super::{everywhere, first_failure, open_portal, store};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::directories;
use crate::error::{Error, Result};
use crate::sync::{self, PortalStatus, rank, worker};

/// Half of what a workforce org usually allows in a minute, which is what an API token gets: until the org tells its own.
const USUAL: [(Bucket, u32); 3] = [(Bucket::Apps, 50), (Bucket::App, 250), (Bucket::Groups, 250)];

/// As long as Okta lets a group's name be.
const LONGEST_PREFIX: usize = 100;

/// What an admin chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// Each person is assigned.
    Individual,
    /// One group for each audience is assigned.
    Audience {
        /// With what the names of groups begin that an admin made for us. We make our own where there is none.
        pool: Option<String>,
    },
}

/// What a first sync of everything would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Calls in all.
    pub calls: u64,
    /// How long they take at best.
    pub minutes: i64,
}

/// What both choices cost this workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// How many tiles there are.
    pub tiles: u64,
    /// How many groups there would be.
    pub groups: u64,
    /// Each person is assigned.
    pub individual: Cost,
    /// One group for each audience is assigned.
    pub audience: Cost,
    /// The org has told its limits; else they are those that Okta usually sets.
    pub are_limits_known: bool,
}

/// How it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What was chosen.
    pub chosen: Chosen,
    /// Audiences for which the pool has no group left: their people are assigned one by one.
    pub groups_missing: i64,
    /// Tiles that are not as they should be yet.
    pub tiles_left: i64,
    /// Tiles get pictures.
    pub logos: bool,
}

/// What the connection may do about groups, as Okta answers now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupRights {
    /// It may make groups, fill and delete them: both choices are open.
    Manages,
    /// It may at most use groups that an admin made for us.
    PoolAlone,
    /// Okta did not say, and why.
    Unknown(String),
}

/// What each choice would cost, at the limits that the org has told or Okta usually sets.
pub async fn costs(app: &App, actor: &Actor) -> Result<Costs> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let grants = store::grants(&mut tx, workspace).await?;
    let sizes = store::team_sizes(&mut tx, workspace).await?;
    let portal = sync::store::portal(&mut tx, workspace).await?;
    let mut counts = count(&grants, &sizes);
    let mut told = BTreeMap::new();
    if let Some(portal) = portal {
        if portal.logos {
            counts.logos = counts.tiles;
        }
        let limits = worker::limits(&mut tx, &portal).await?;
        told.extend(limits.buckets.iter().filter_map(worker::Bucket::known));
    }
    Ok(costs_of(counts, told))
}

/// What was chosen, and how far it is.
pub async fn standing(app: &App, actor: &Actor) -> Result<Standing> {
    let _admin = permit(actor, Action::ConfigurePortal, everywhere(actor))?;
    let mut tx = app.db.read().await?;
    let portal = sync::store::portal(&mut tx, actor.workspace).await?.ok_or(Error::FeatureOff)?;
    let chosen = match portal.strategy {
        Strategy::Individual | Strategy::Existing => Chosen::Individual,
        Strategy::Audience => Chosen::Audience { pool: portal.pool_prefix },
    };
    let (groups_missing, tiles_left) = store::left_to_do(&mut tx, portal.id).await?;
    Ok(Standing { chosen, groups_missing, tiles_left, logos: portal.logos })
}

/// What of both choices is open to the connection. Asks Okta.
pub async fn group_rights(app: &App, actor: &Actor) -> Result<GroupRights> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    let mut tx = app.db.read().await?;
    let row = sync::store::portal(&mut tx, workspace).await?;
    let row = row.filter(|row| row.status != PortalStatus::Off).ok_or(Error::FeatureOff)?;
    let okta = open_portal(app, &mut tx, &row).await?;
    drop(tx);
    Ok(rights_of(app, &okta).await)
}

/// Chooses how people come to see tiles. Every tile goes over by itself, one after the other, and nobody who keeps a
/// tile loses it on the way.
pub async fn set_strategy(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    chosen: Chosen,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let mut tx = app.db.read().await?;
    let row = sync::store::portal(&mut tx, workspace).await?;
    let row = row.filter(|row| row.status != PortalStatus::Off).ok_or(Error::FeatureOff)?;
    let (strategy, pool) = match chosen {
        Chosen::Individual => (Strategy::Individual, None),
        Chosen::Audience { pool } => {
            let pool = pool.map(|pool| pool.trim().to_owned()).filter(|pool| !pool.is_empty());
            let okta = open_portal(app, &mut tx, &row).await?;
            drop(tx);
            check_groups(app, &okta, pool.as_deref()).await?;
            (Strategy::Audience, pool)
        }
    };
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                sync::store::set_strategy(tx, &by, strategy, pool.as_deref()).await?;
                sync::store::mark_all_softly(tx, &by, rank(Priority::FirstSync)).await?;
                tx.signal(by.workspace);
                let detail =
                    json!({ "strategy": sync::store::strategy_code(strategy), "pool": pool });
                let event = Event::new("portal.strategy_chosen").detail(detail);
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

/// Whether tiles get pictures of their own. Those that have one keep it.
pub async fn set_logos(
    app: &App,
    actor: &Actor,
    confirmed_at: Timestamp,
    logos: bool,
) -> Result<()> {
    let workspace = permit(actor, Action::ConfigurePortal, everywhere(actor))?.workspace();
    directories::confirmed(app, confirmed_at)?;
    let mut by = By::member(app, actor);
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                sync::store::portal(tx, by.workspace).await?.ok_or(Error::FeatureOff)?;
                sync::store::set_logos(tx, &by, logos).await?;
                tx.signal(by.workspace);
                let event = Event::new("portal.logos_chosen").detail(json!({ "on": logos }));
                Ok(activity::record(tx, &mut by, event).await?)
            })
        })
        .await
}

async fn rights_of(app: &App, okta: &OktaPortal) -> GroupRights {
    let checks = okta.probe(app.now()).await;
    if let Some(error) = first_failure(&checks) {
        return GroupRights::Unknown(error.to_string());
    }
    if Abilities::of(&checks).may_manage_groups {
        GroupRights::Manages
    } else {
        GroupRights::PoolAlone
    }
}

/// Whether the connection may do with groups what the strategy needs.
async fn check_groups(app: &App, okta: &OktaPortal, pool: Option<&str>) -> Result<()> {
    let prefix = match (rights_of(app, okta).await, pool) {
        (GroupRights::Unknown(why), _) => return Err(Error::Portal(why)),
        (GroupRights::Manages, None) => return Ok(()),
        (GroupRights::PoolAlone, None) => {
            return Err(Error::Portal(
                "This connection may not manage groups in Okta. Give it the right to create and delete groups, to change \
                 who is in them (okta.groups.manage), and to read the admin roles of groups (okta.roles.read). Or let an \
                 admin make groups in advance, and enter how their names begin."
                    .into(),
            ));
        }
        (_, Some(prefix)) => prefix,
    };
    if prefix.chars().count() > LONGEST_PREFIX {
        let message = format!("Use at most {LONGEST_PREFIX} characters.");
        return Err(Error::invalid("pool", message));
    }
    let origin = app.config.origin();
    let now_fn = || app.now();
    let groups = okta.pool(prefix, &origin, Priority::Person, &now_fn).await;
    let groups = groups.map_err(|error| Error::Portal(error.to_string()))?;
    let Some(first) = groups.first() else {
        return Err(Error::invalid(
            "pool",
            format!(
                "Okta has no group whose name begins like this and whose description begins with “{}”. Make some there \
                 first.",
                portal::audience::pool_marker(&origin)
            ),
        ));
    };
    // Before somebody is put into a group it is looked at as a whole: that must be allowed too.
    let checked = okta.check_group(&first.id, &origin, Priority::Person, &now_fn).await;
    checked.map(drop).map_err(|error| Error::Portal(error.to_string()))
}

/// People are counted once for each source that they come by, so this is the most that it can be.
fn count(grants: &[(AccountId, Grantee)], sizes: &HashMap<TeamId, u64>) -> Counts {
    let mut counts = Counts::default();
    let mut sets: BTreeSet<BTreeSet<Grantee>> = BTreeSet::new();
    for account in grants.chunk_by(|one, other| one.0 == other.0) {
        let sources: BTreeSet<Grantee> = account.iter().map(|(_, source)| *source).collect();
        let people: u64 = sources
            .iter()
            .map(|source| match source {
                Grantee::Member(_) => 1,
                Grantee::Team(team) => sizes.get(team).copied().unwrap_or(0),
            })
            .sum();
        counts.tiles += 1;
        counts.people += people;
        counts.principals += u64::try_from(sources.len()).unwrap_or(u64::MAX);
        if sync::audience::wants_a_group(&sources) && sets.insert(sources) {
            counts.sets += 1;
            counts.members += people;
        }
    }
    counts
}

fn costs_of(counts: Counts, told: BTreeMap<Bucket, u32>) -> Costs {
    let are_limits_known = told.contains_key(&Bucket::Apps);
    let mut limits: BTreeMap<Bucket, u32> = USUAL.into();
    limits.extend(told);
    let cost = |strategy| {
        let forecast = forecast_first_sync(strategy, counts, &limits, Pace::default());
        let took = forecast.duration.unwrap_or(SignedDuration::ZERO);
        // Told in whole minutes, and never too short.
        Cost { calls: forecast.total(), minutes: (took.as_secs() + 59) / 60 }
    };
    Costs {
        tiles: counts.tiles,
        groups: counts.sets,
        individual: cost(Strategy::Individual),
        audience: cost(Strategy::Audience),
        are_limits_known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    /// Ten tiles of one team of 20, and one of a single person.
    #[test]
    fn tiles_with_the_same_sources_count_as_one_group() {
        let mut rng = StdRng::seed_from_u64(1);
        let now = Timestamp::UNIX_EPOCH;
        let team = TeamId::new(now, &mut rng);
        let mut grants: Vec<(AccountId, Grantee)> =
            (0..10).map(|_| (AccountId::new(now, &mut rng), Grantee::Team(team))).collect();
        let person = model::MemberId::new(now, &mut rng);
        grants.push((AccountId::new(now, &mut rng), Grantee::Member(person)));
        let counts = count(&grants, &[(team, 20)].into());
        assert_eq!((counts.tiles, counts.people), (11, 201));
        assert_eq!((counts.sets, counts.members), (1, 20));
        let costs = costs_of(counts, BTreeMap::new());
        assert_eq!(costs.individual.calls, 11 + 201);
        assert_eq!(costs.audience.calls, 11 + 11 + 1 + 20);
        assert!(costs.audience.minutes < costs.individual.minutes, "{costs:?}");
        assert!(!costs.are_limits_known);
        let told = costs_of(counts, [(Bucket::Apps, 106)].into());
        assert!(told.are_limits_known);
        assert_eq!((costs.individual.minutes, told.individual.minutes), (5, 2));
        assert_eq!(
            costs_of(Counts::default(), BTreeMap::new()).individual,
            Cost { calls: 0, minutes: 0 }
        );
    }
}
