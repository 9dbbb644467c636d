//! The timeline of a tile (C17): each thing that was done for it in the portal, for the group that shows it too, and what
//! people did that was the cause.

pub mod api;
pub mod pages;
mod store;

use std::collections::BTreeMap;

use model::access::{Action, Actor, permit};
use model::{AccountId, ActivityId, Timestamp};

use crate::activity;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::sharing::on_account;
use crate::sync::preview::store as names;

/// One line of a timeline.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id, by which pages go on.
    pub id: ActivityId,
    /// When it was on record.
    pub at: Timestamp,
    /// What it tells of.
    pub what: What,
}

/// What a line tells of.
#[derive(Debug, Clone)]
pub enum What {
    /// A person or a process changed something.
    Cause(Box<activity::Entry>),
    /// A step was taken in the portal.
    Step(Step),
}

/// A step as it was recorded.
#[derive(Debug, Clone)]
pub struct Step {
    /// It was about the group that shows the tile.
    pub is_of_group: bool,
    /// What was done.
    pub step: String,
    /// What came of it, a stable word.
    pub result: String,
    /// The portal's id of the request.
    pub request_id: Option<String>,
    /// What the portal said.
    pub detail: Option<String>,
}

/// A page of a timeline, newest first, and where the next one begins.
pub type Part = (Vec<Event>, Option<ActivityId>);

/// The timeline of an account's tiles, older than `before`, for its Owners (S39).
pub async fn list(
    app: &App,
    actor: &Actor,
    account: AccountId,
    before: Option<ActivityId>,
    limit: usize,
) -> Result<Part> {
    let mut tx = app.db.read().await?;
    let account =
        permit(actor, Action::ViewTile, on_account(&mut tx, actor, account).await?)?.account();
    let most = i64::try_from(limit).map_err(|_| Error::NotFound)? + 1;
    let mut known = BTreeMap::new();
    let mut events = store::of_tiles(&mut tx, actor.workspace, account, before, most).await?;
    events.extend(store::of_groups(&mut tx, actor.workspace, account, before, most).await?);
    let causes = activity::list_causes(&mut tx, actor, account, before, most).await?;
    events.extend(causes.into_iter().map(|entry| Event {
        id: entry.id,
        at: entry.at,
        what: What::Cause(Box::new(entry)),
    }));
    events.sort_by_key(|event| std::cmp::Reverse(event.id));
    let is_more = events.len() > limit;
    events.truncate(limit);
    for event in &mut events {
        if let What::Step(step) = &mut event.what {
            step.step = named(&mut tx, actor, &step.step, &mut known).await?;
        }
    }
    let next = events.last().filter(|_| is_more).map(|event| event.id);
    Ok((events, next))
}

/// The step with a name in place of the portal's id of a person or a group, as far as it is known.
async fn named(
    tx: &mut Tx,
    actor: &Actor,
    step: &str,
    known: &mut BTreeMap<String, Option<String>>,
) -> Result<String> {
    let words: Vec<&str> = step.split(' ').collect();
    let Some(at) = words.iter().position(|word| matches!(*word, "person" | "group")) else {
        return Ok(step.to_owned());
    };
    let Some(id) = words.get(at + 1).filter(|id| is_id(id)) else { return Ok(step.to_owned()) };
    if !known.contains_key(*id) {
        let name = match words[at] {
            "person" => names::person(tx, actor.workspace, id).await?,
            _ => names::group(tx, actor.workspace, id).await?,
        };
        known.insert((*id).to_owned(), name);
    }
    Ok(match known.get(*id).and_then(Option::as_ref) {
        Some(name) if words[at] == "person" => step.replacen(&format!("person {id}"), name, 1),
        Some(name) => step.replacen(*id, &format!("“{name}”"), 1),
        None => step.to_owned(),
    })
}

/// What a portal's id looks like: no word that a step may go on with.
fn is_id(word: &str) -> bool {
    word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
