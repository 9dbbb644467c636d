//! People and groups as a directory pushes them (C32): which change of which member or team a SCIM request means.
//! The protocol itself is the `scim` crate's; what a leaver loses is `members::deactivate`'s.

mod failure;
mod groups;
pub mod http;
mod store;
mod users;

use jiff::SignedDuration;
use model::{DirectoryId, MembershipId, Timestamp, WorkspaceId};

use crate::actor::By;
use crate::app::App;
use crate::directories;
use crate::error::Error;

pub use failure::Failure;

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
    Ok(Some(Client { workspace, directory: directory.id, base: base(app) }))
}

fn is_stale(last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_used_at.is_none_or(|at| now.duration_since(at) >= USED_EVERY)
}

/// Only the configuration decides it: what a request says of its host may be forged.
fn base(app: &App) -> String {
    format!("{}{}", app.config.origin(), http::PATH)
}

/// The part of a list that a page shows.
fn window<T>(all: Vec<T>, page: scim::Page) -> Vec<T> {
    let places = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    all.into_iter().skip(places(page.offset())).take(places(page.count)).collect()
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

    #[test]
    fn a_page_beyond_the_end_is_empty() {
        let page = |start_index, count| scim::Page { start_index, count };
        assert_eq!(window(vec![1, 2, 3], page(2, 1)), [2]);
        assert_eq!(window(vec![1, 2, 3], page(4, 10)), [0; 0]);
        assert_eq!(window(vec![1, 2, 3], page(u64::MAX, u64::MAX)), [0; 0]);
    }
}
