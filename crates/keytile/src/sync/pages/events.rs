//! Live progress of one tile, as server-sent events: `fragment` while it moves, `toast` for news, `end` when it rests.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::{self, StreamExt as _};
use model::access::{Actor, Level};
use model::{AccountId, TileId};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::{TileFragment, TileView, followed};
use crate::app::App;
use crate::db::ANYTHING;
use crate::http::Path;
use crate::http::page::{Failure, render};
use crate::http::session::Signed;
use crate::{accounts, notifications, signin};

/// What one reader follows.
struct Follow {
    app: App,
    actor: Actor,
    session: model::SessionId,
    account: AccountId,
    tile: Option<Uuid>,
    signals: Receiver<Uuid>,
    last: String,
    over: bool,
}

/// The events of a tile, for an Owner of its account.
pub(crate) async fn events(
    State(app): State<App>,
    signed: Signed,
    Path(account): Path<AccountId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    // Subscribe before looking, so that nothing between the two is missed.
    let signals = app.db.signals();
    super::super::status(&app, &signed.actor, account).await?;
    let tile = followed(&app, &signed.actor, account).await?.map(TileId::uuid);
    let follow = Follow {
        app,
        actor: signed.actor,
        session: signed.session,
        account,
        tile,
        signals,
        last: String::new(),
        over: false,
    };
    let events =
        stream::unfold(follow, next).flat_map(|batch| stream::iter(batch.into_iter().map(Ok)));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// The next batch of events, once something has changed.
async fn next(mut follow: Follow) -> Option<(Vec<Event>, Follow)> {
    if follow.over {
        return None;
    }
    if !follow.last.is_empty() {
        follow.changed().await?;
    }
    let events = follow.look().await?;
    Some((events, follow))
}

impl Follow {
    /// Waits for a signal about this tile or this person. A missed one only means: look again.
    async fn changed(&mut self) -> Option<()> {
        loop {
            match self.signals.recv().await {
                Ok(topic)
                    if Some(topic) == self.tile
                        || topic == self.actor.member.uuid()
                        || topic == ANYTHING =>
                {
                    return Some(());
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(()),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    async fn look(&mut self) -> Option<Vec<Event>> {
        // The person may have left, or lost the account, while the page was open.
        let sessions = signin::session::list(&self.app, &self.actor).await.ok()?;
        sessions.iter().find(|session| session.id == self.session)?;
        let level = accounts::find(&self.app, &self.actor, self.account).await.ok()?.level;
        if level < Level::Own {
            return None;
        }
        let tile = TileView::load(&self.app, &self.actor, self.account, level).await.ok()?;
        let moves = tile.state.moves();
        let text = render(&TileFragment { tile }).ok()?;
        let mut events = Vec::new();
        if text != self.last {
            events.push(Event::default().event("fragment").data(&text));
            self.last = text;
        }
        if !moves {
            events.extend(self.news().await);
            events.push(Event::default().event("end").data("rest"));
            self.over = true;
        }
        Some(events)
    }

    /// What the person would otherwise see as a toast on their next page (S31).
    async fn news(&self) -> Vec<Event> {
        let news = notifications::take(&self.app, &self.actor).await.unwrap_or_default();
        news.into_iter()
            .map(|message| {
                let toast = serde_json::json!({ "kind": message.kind, "text": message.text });
                Event::default().event("toast").data(toast.to_string())
            })
            .collect()
    }
}
