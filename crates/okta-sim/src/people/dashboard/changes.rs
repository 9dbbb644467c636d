//! Tells an open dashboard to look again. An event carries no data: the page fetches its chiclets
//! and compares.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::super::session::Visitor;
use super::super::{People, Shared};
use super::tiles::{Apps, Tile};
use crate::Change;

pub async fn follow(State(people): Shared, visitor: Visitor) -> Response {
    let Some((session, _)) = visitor.0 else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    // Listen first and look second, or a change between the two is lost.
    let changes = people.sim.subscribe();
    let seen = people.seen_by(&session.id);
    let follower = Follower { people, session: session.id, changes, seen };
    Sse::new(events(follower)).keep_alive(KeepAlive::default()).into_response()
}

struct Follower {
    people: Arc<People>,
    session: String,
    changes: Receiver<Change>,
    /// What the person last saw; `None` when they are signed in no longer.
    seen: Option<Vec<Tile>>,
}

fn events(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(follower, async |mut follower| {
        // The last event told the page that the session is over.
        follower.seen.as_ref()?;
        loop {
            match follower.changes.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
            let seen = follower.people.seen_by(&follower.session);
            if seen != follower.seen {
                follower.seen = seen;
                // Browsers drop events whose data is empty (HTML, "Server-sent events").
                return Some((Ok(Event::default().event("change").data("look")), follower));
            }
        }
    })
}

impl People {
    /// The chiclets that the owner of a session sees now.
    fn seen_by(&self, session: &str) -> Option<Vec<Tile>> {
        let (_, person) = self.visitor(session)?;
        Some(Apps::of(&self.sim.org(), &person.id, "").shown)
    }
}
