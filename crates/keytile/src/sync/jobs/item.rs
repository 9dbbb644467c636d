//! One account of a job: the ordinary use-case and the note of what became of it, in one transaction. A kill at any
//! instant leaves both or neither.

use model::AccountId;
use model::access::Actor;
use portal::Priority;

use super::{Job, Kind, State, store};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::members;
use crate::sync::{self, store as tiles};

/// Does what the job asks for one account, as whoever asked may now.
pub(super) async fn attend(app: &App, job: &Job, account: AccountId) -> Result<()> {
    let (job, mut by) = (job.clone(), by(app, job));
    app.db
        .write(job.workspace, move |tx| {
            Box::pin(async move {
                let (state, problem) = match ask(tx, &mut by, &job, account).await {
                    Ok(None) => (State::Asked, None),
                    Ok(Some(why)) => (State::Failed, Some(why)),
                    // What failed has written nothing yet: its reason is the result.
                    Err(error @ (Error::Database(_) | Error::Seal(_))) => return Err(error),
                    Err(Error::NotFound) => (State::Failed, Some(GONE.to_owned())),
                    Err(error) => (State::Failed, Some(error.to_string())),
                };
                let is_ours =
                    store::decide(tx, job.id, account, state, problem.as_deref(), by.now).await?;
                if !is_ours {
                    return Err(Error::Conflict(TWICE.into()));
                }
                tx.signal(job.id);
                Ok(())
            })
        })
        .await
        .or_else(|error| match error {
            // Another process was faster, and this one's doing was undone.
            Error::Conflict(text) if text == TWICE => Ok(()),
            error => Err(error),
        })
}

const GONE: &str = "You have no access to this account any more, or it was deleted.";
const TWICE: &str = "This account of the job has had its turn.";

fn by(app: &App, job: &Job) -> By {
    By { member: Some(job.member), ..By::process(app, job.workspace, "member") }
}

/// Answers why it is over here already, where it is.
async fn ask(tx: &mut Tx, by: &mut By, job: &Job, account: AccountId) -> Result<Option<String>> {
    let member =
        members::store::find(tx, job.workspace, job.member).await?.ok_or(Error::NotFound)?;
    let actor = Actor {
        workspace: job.workspace,
        member: job.member,
        role: member.role,
        status: member.status,
    };
    let present = tiles::find_live(tx, job.workspace, account).await?;
    let tile = match job.kind {
        Kind::Extend => match present {
            // It is there already and something stands in its way: look again instead.
            Some(tile) if tile.problem.is_some() => sync::sync_in(tx, by, &actor, account).await?,
            Some(_) | None => {
                match sync::extend_in(tx, by, &actor, account, Priority::FirstSync).await? {
                    sync::Extended::Tile(tile) => tile,
                    sync::Extended::Asked => return Ok(Some(sync::requests::ASKED.to_owned())),
                }
            }
        },
        Kind::Sync => sync::sync_in(tx, by, &actor, account).await?,
        Kind::Remove => {
            sync::remove_in(tx, by, &actor, account, Priority::FirstSync).await?;
            return Ok(None);
        }
    };
    // Whoever asked is told once, at the end of the job.
    tiles::ask_quietly(tx, by, tile).await?;
    Ok(None)
}
