//! Who has left, as far as it can be told now: a look at whoever the lists do not explain, and what comes of it at once.
//! A look that is older than a wait is no ground to remove anybody, so whoever has to wait for the directory's limits
//! first carries out what was seen, and looks at the others afterwards.

use std::collections::{BTreeMap, BTreeSet};

use model::Timestamp;
use portal::{AppId, Directory, Error as PortalError, ListOf, PersonStatus, Priority};

use super::deed::{apply, remember};
use super::gather::Gather;
use super::plan::{Deed, Known, Lists, Look, Reason, Round, is_doubtful, judge, plan};
use super::run::{Begun, Stop};
use super::{Watch, store};
use crate::app::App;

/// So many people are looked at one by one in a comparison; the others have their turn in the next. Not counted is whoever is
/// listed as deprovisioned: such a look is one call, in a wide limit, and a leaver.
pub(super) const LOOKS: usize = 200;

/// Looks at those of whom the lists raise a doubt, and does what comes of it. Told to wait, it goes on with those who
/// were not looked at in this comparison.
pub(super) async fn decide<D: Directory>(
    app: &App,
    watch: &Watch,
    directory: &D,
    scim_app: Option<&AppId>,
    begun: &mut Begun,
) -> std::result::Result<(), Stop> {
    let lists = lists(app, directory, scim_app, &mut begun.gather).await?;
    let mut tx = app.db.read().await?;
    let mut known = store::known(&mut tx, watch.directory).await?;
    // Of an id that is none of the directory's no list says anything; the health page names whoever has one.
    known.retain(|one| directory.is_person_id(&one.external_id));
    let before = store::before(&mut tx, watch.directory, app.now()).await?;
    drop(tx);
    begun.tally.people = i64::try_from(known.len()).unwrap_or(i64::MAX);
    let mut doubts: Vec<&Known> = known.iter().filter(|one| is_doubtful(one, &lists)).collect();
    // A few looks are all taken, so their order is nothing to read a list for.
    let gone = match scim_app {
        Some(_) if doubts.len() > LOOKS => gone(app, directory, &mut begun.gather).await?,
        Some(_) => BTreeSet::new(),
        None => lists.deprovisioned.clone(),
    };
    let is_missing = |id: &str| lists.assigned.as_ref().is_some_and(|all| !all.contains(id));
    let is_told = |id: &str| !is_missing(id) || gone.contains(id) || lists.suspended.contains(id);
    // First those of whom a list says how they stand, so that nobody who is only missing, and is asked about, keeps them
    // in. Of the others, whoever was not looked at for longest.
    doubts.sort_by_key(|one| {
        let id = &one.external_id;
        let since = before.suspects.get(id).copied().unwrap_or(Timestamp::MAX);
        (!is_told(id), !before.approved.contains(id), begun.looked_at.get(id).copied(), since)
    });
    let ids: BTreeSet<&str> = doubts.iter().map(|one| one.external_id.as_str()).collect();
    begun.looked_at.retain(|id, _| ids.contains(id.as_str()));
    let since = app.now();
    let (looks, waits) = look(app, directory, scim_app, &doubts, &gone, begun).await?;
    if let Some(until) = waits.filter(|_| looks.is_empty()) {
        return Err(Stop::Wait(until));
    }
    // Whoever is listed as gone and was not looked at will be in this comparison, and is no question for an admin.
    let is_to_come = |id: &str| gone.contains(id) && !begun.looked.contains_key(id);
    let unlooked = doubts.iter().map(|one| one.external_id.as_str());
    let unlooked = unlooked.filter(|person| !is_to_come(person)).filter_map(|person| {
        let reason = match begun.looked.get(person) {
            Some(seen) => *seen,
            None => is_missing(person).then_some(Reason::Unassigned),
        };
        let reason = reason.filter(|_| !looks.contains_key(person))?;
        Some((person.to_owned(), reason))
    });
    let round = Round {
        is_list_empty: lists.assigned.as_ref().is_some_and(BTreeSet::is_empty),
        unlooked: unlooked.collect(),
        people: known.iter().filter(|one| !one.is_owner).count(),
    };
    let plan = plan(&known, &looks, &round, &before, app.now());
    apply(app, watch, "reconciliation", &plan, since, &mut begun.tally).await?;
    remember(app, watch, plan, known.len()).await?;
    waits.map_or(Ok(()), |until| Err(Stop::Wait(until)))
}

/// Looks at people one by one, until there is no room for more: then it says until when to wait.
async fn look<D: Directory>(
    app: &App,
    directory: &D,
    scim_app: Option<&AppId>,
    doubts: &[&Known],
    gone: &BTreeSet<String>,
    begun: &mut Begun,
) -> std::result::Result<(BTreeMap<String, Look>, Option<Timestamp>), Stop> {
    let now_fn = || app.now();
    let mut looks = BTreeMap::new();
    for one in doubts {
        let person = &one.external_id;
        let counts = !gone.contains(person);
        if begun.looked.contains_key(person) || (counts && begun.counted >= LOOKS) {
            continue;
        }
        let look =
            match begun.gather.look(directory, scim_app, person, Priority::Audit, &now_fn).await {
                Err(PortalError::Throttled { until }) => return Ok((looks, Some(until))),
                other => other?,
            };
        begun.tally.looks += 1;
        begun.counted += usize::from(counts);
        begun.looked_at.insert(person.clone(), app.now());
        begun.looked.insert(person.clone(), missing(one, look));
        looks.insert(person.clone(), look);
    }
    Ok((looks, None))
}

/// Why they are not there any more, where a look says so, and not that they are deprovisioned.
fn missing(known: &Known, look: Look) -> Option<Reason> {
    match judge(known, look) {
        Some(Deed::Remove(reason @ (Reason::Deleted | Reason::Unassigned))) => Some(reason),
        Some(Deed::Remove(Reason::Deprovisioned) | Deed::Suspend | Deed::Resume) | None => None,
    }
}

async fn lists<D: Directory>(
    app: &App,
    directory: &D,
    scim_app: Option<&AppId>,
    gather: &mut Gather,
) -> std::result::Result<Lists, Stop> {
    let now_fn = || app.now();
    let in_state = ListOf::PeopleInState;
    let suspended = gather.ids(directory, &in_state(PersonStatus::Suspended), &now_fn).await?;
    let Some(app_id) = scim_app else {
        let deprovisioned = gone(app, directory, gather).await?;
        return Ok(Lists { assigned: None, suspended, deprovisioned });
    };
    let people = ListOf::PeopleOfApp(app_id.clone());
    let assigned = gather.ids(directory, &people, &now_fn).await?;
    Ok(Lists { assigned: Some(assigned), suspended, deprovisioned: BTreeSet::new() })
}

async fn gone<D: Directory>(
    app: &App,
    directory: &D,
    gather: &mut Gather,
) -> std::result::Result<BTreeSet<String>, Stop> {
    let list = ListOf::PeopleInState(PersonStatus::Deprovisioned);
    Ok(gather.ids(directory, &list, &|| app.now()).await?)
}
