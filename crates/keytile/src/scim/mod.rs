//! People and groups as a directory pushes them (C32): which change of which member or team a SCIM request means.
//! The protocol itself is the `scim` crate's; what a leaver loses is `members::deactivate`'s.

mod bulk;
mod cursors;
mod everything;
mod failure;
mod groups;
pub mod http;
mod listing;
pub mod log;
pub mod pages;
mod store;
mod users;

use jiff::SignedDuration;
use model::{DirectoryId, MembershipId, Timestamp, WorkspaceId};
use scim::{Dialect, Query, cursor_response, list_response};
use serde_json::Value;

use crate::actor::By;
use crate::app::App;
use crate::directories::{self, Directory};
use crate::error::Error;

pub use failure::Failure;
use listing::Found;

/// What the use-cases here return.
type Result<T> = std::result::Result<T, Failure>;

/// The id by which a client knows a user: a person's membership in a directory. It is not the member's, so that a
/// re-hire whom the client takes for the leaver becomes a new member under the id that the client holds.
type IdentityId = MembershipId;

/// Longest list in an answer.
const LONGEST_LIST: u64 = 500;
/// How stale a token's "last used" may be: a write for every request would cost more than the request.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A directory's SCIM client, once its token is known to be valid.
#[derive(Debug, Clone)]
struct Client {
    workspace: WorkspaceId,
    directory: DirectoryId,
    dialect: Dialect,
    /// The hash of its token, of which only it knows what it is the hash of.
    token: [u8; 32],
    /// Where it reaches us, absolute, without a slash at its end.
    base: String,
}

impl Client {
    fn by(&self, app: &App) -> By {
        By::process(app, self.workspace, "scim")
    }
}

/// Whose token this is; `None` where it is not valid (any more).
async fn authenticate(app: &App, token: &str) -> Result<Option<Client>> {
    let hash = seal::token::hash(token);
    let found = directories::find_by_scim_token(&mut app.db.read().await?, &hash).await?;
    let Some((directory, token)) = found else { return Ok(None) };
    let (workspace, now) = (directory.workspace, app.now());
    if is_stale(token.last_used_at, now) {
        // Off the hot path: nobody waits for the "last used" of a token.
        let app = app.clone();
        tokio::spawn(async move {
            let touched = app.db.write(workspace, move |tx| {
                Box::pin(async move {
                    directories::store::touch_scim_token(tx, workspace, token.id, now).await?;
                    Ok::<_, Error>(())
                })
            });
            if let Err(error) = touched.await {
                tracing::warn!(%error, "could not note that a SCIM token was used");
            }
        });
    }
    let Directory { id: directory, dialect, .. } = directory;
    Ok(Some(Client { workspace, directory, dialect, token: hash, base: base(app) }))
}

fn is_stale(last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_used_at.is_none_or(|at| now.duration_since(at) >= USED_EVERY)
}

/// Only the configuration decides it: what a request says of its host may be forged.
fn base(app: &App) -> String {
    format!("{}{}", app.config.origin(), http::PATH)
}

/// A list as it is answered: each resource cut down to what was asked for.
fn answer(app: &App, client: &Client, kind: &str, query: &Query, found: Found) -> Value {
    let mut resources = found.resources;
    for resource in &mut resources {
        query.projection.apply(resource);
    }
    if query.cursor.is_none() {
        return list_response(found.total.unwrap_or_default(), query.page, resources);
    }
    let next = found.next.map(|place| cursors::make(client, kind, query, place, app.now()));
    cursor_response(found.total, next, resources)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C36: "last used" is told to the minute.
    #[test]
    fn a_token_is_noted_as_used_at_most_once_a_minute() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(is_stale(None, at(0)));
        assert!(!is_stale(Some(at(0)), at(59)));
        assert!(is_stale(Some(at(0)), at(60)));
    }
}
