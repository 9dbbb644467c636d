//! Looks at those of whom the directory told: what it told is no reason to believe it. They are guarded as a comparison is:
//! another org, or an app that is gone or switched off, says nothing about anybody.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use model::Timestamp;
use portal::{AppId, Portal, Priority};
use rand::RngCore as _;

use super::apps::believed;
use super::deed::apply;
use super::gather::Gather;
use super::plan::{Before, Known, Round, plan};
use super::run::{AGAIN, Run, Stop, Watched, begin, note};
use super::{Cause, Tally, Watch, store};
use crate::actor::By;
use crate::app::App;
use crate::error::{Error, Result};

/// After a look that came to nothing.
const SOON: SignedDuration = SignedDuration::from_mins(1);

/// What looks at some people share.
struct Looking {
    scim_app: Option<AppId>,
    round: Round,
    before: Before,
    gather: Gather,
    tally: Tally,
}

/// Looks at each of them by themselves; beside each stands how often they were asked for.
pub(super) async fn look_at<P: Portal>(
    app: &App,
    watch: &Watch,
    portal: &P,
    signalled: Vec<(String, i64)>,
    run: &mut Run,
) -> Result<Watched> {
    let id = begin(app, watch, Cause::Hook).await?;
    let mut tx = app.db.read().await?;
    let before = store::before(&mut tx, watch.directory, app.now()).await?;
    // A comparison asks anew; a look at one person knows no better than the one that asked.
    let before = Before { is_asking: watch.held_at.is_some(), ..before };
    let people = store::people(&mut tx, watch.directory).await?;
    drop(tx);
    let round = Round { people, ..Round::default() };
    let (gather, tally) = (Gather::default(), Tally::default());
    let mut looking = Looking { scim_app: None, round, before, gather, tally };
    let (mut rests_until, mut problem) = (None, None);
    match look_at_all(app, watch, portal, signalled, &mut looking).await {
        Ok(()) => run.end_silence(),
        Err((Stop::Wait(until), _)) => rests_until = Some(until),
        Err((Stop::Silent(why), _)) => {
            look_later(app, watch, app.now() + run.silence(app.rng().next_u32())).await?;
            problem = Some(why);
        }
        Err((Stop::Problem(why), after)) => {
            run.end_silence();
            look_later(app, watch, app.now() + after).await?;
            problem = Some(why);
        }
        Err((Stop::Failed(error), _)) => return Err(error),
    }
    looking.tally.calls = looking.gather.calls;
    note(app, watch, id, looking.tally, Some(app.now()), problem).await?;
    Ok(rests_until.map_or(Watched::Did, |until| Watched::Rests(Some(until))))
}

/// Beside what stops it stands when to come again.
async fn look_at_all<P: Portal>(
    app: &App,
    watch: &Watch,
    portal: &P,
    signalled: Vec<(String, i64)>,
    looking: &mut Looking,
) -> std::result::Result<(), (Stop, SignedDuration)> {
    // What an admin has to put right is looked at no more often than a comparison would.
    believe(app, watch, portal, looking).await.map_err(|stop| (stop, AGAIN))?;
    for (person, asked) in signalled {
        let done = look_at_one(app, watch, portal, (&person, asked), looking).await;
        done.map_err(|stop| (stop, SOON))?;
    }
    Ok(())
}

/// The org must be the one that we know, and so must the app, where one is known: it is not looked for here.
async fn believe<P: Portal>(
    app: &App,
    watch: &Watch,
    portal: &P,
    looking: &mut Looking,
) -> std::result::Result<(), Stop> {
    portal.org(app.now()).await?;
    if let Some(id) = watch.scim_app.clone().map(AppId) {
        let (directory, gather) = (portal.directory(), &mut looking.gather);
        let found = believed(app, watch, directory, id, Priority::Leaver, gather).await?;
        looking.scim_app = Some(found);
    }
    Ok(())
}

async fn look_at_one<P: Portal>(
    app: &App,
    watch: &Watch,
    portal: &P,
    (person, asked): (&str, i64),
    looking: &mut Looking,
) -> std::result::Result<(), Stop> {
    let now_fn = || app.now();
    let (directory, scim_app) = (portal.directory(), looking.scim_app.as_ref());
    let looked_at = app.now();
    let look = looking.gather.look(directory, scim_app, person, Priority::Leaver, &now_fn).await?;
    looking.tally.looks += 1;
    let looks = BTreeMap::from([(person.to_owned(), look)]);
    let known = store::known_by_id(&mut app.db.read().await?, watch.directory, person).await?;
    let settles_at = known.as_ref().map(Known::settles_at).filter(|at| app.now() < *at);
    let known: Vec<_> = known.into_iter().collect();
    let plan = plan(&known, &looks, &looking.round, &looking.before, app.now());
    let missing = looking.tally.missing;
    apply(app, watch, "hook", &plan, looked_at, &mut looking.tally).await?;
    let removed = usize::try_from(looking.tally.missing - missing).unwrap_or(0);
    looking.before.recent += removed;
    looking.round.people = looking.round.people.saturating_sub(removed);
    let (directory, workspace, person) = (watch.directory, watch.workspace, person.to_owned());
    let by = By::process(app, workspace, "hook");
    app.db
        .write::<_, Error, _>(workspace, move |tx| {
            Box::pin(async move {
                if let Some(at) = settles_at.filter(|_| plan.suspects.contains_key(&person)) {
                    store::looks::look_again(tx, directory, &person, at).await?;
                    return Ok(());
                }
                store::looks::looked(tx, directory, &person, asked).await?;
                if !plan.suspects.is_empty() {
                    // The next comparison looks once more, and at everybody.
                    store::put_suspects(tx, &by, directory, &plan.suspects, false).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}

async fn look_later(app: &App, watch: &Watch, at: Timestamp) -> Result<()> {
    let (directory, now) = (watch.directory, app.now());
    app.db
        .write(watch.workspace, move |tx| {
            Box::pin(async move { Ok(store::looks::look_later(tx, directory, now, at).await?) })
        })
        .await
}
