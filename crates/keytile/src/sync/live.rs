//! Pages that follow something: a part of the page that is sent anew when it has changed, until there is nothing to follow.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, StreamExt as _};
use futures_util::{Stream, future::BoxFuture};
use model::access::Actor;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::app::App;
use crate::http::session::Signed;
use crate::{members, notifications, signin};

/// However much changes, a page is not written more often than this.
const PACE: Duration = Duration::from_secs(1);
/// Whatever wake-up was missed, a page looks again after so long.
const LOOKS_EVERY: Duration = Duration::from_secs(10);

/// A part of a page, and whether it will still change by itself.
pub(crate) struct Sight {
    /// Its HTML.
    pub(crate) html: String,
    /// There is something to follow.
    pub(crate) moves: bool,
}

/// Looks at what a page shows; none where the reader may not see it any more.
pub(crate) type Look =
    Box<dyn for<'a> Fn(&'a App, &'a Actor) -> BoxFuture<'a, Option<Sight>> + Send + Sync>;

struct Follow {
    app: App,
    actor: Actor,
    session: model::SessionId,
    signals: Receiver<Uuid>,
    look: Look,
    last: Option<String>,
    is_over: bool,
}

/// The events of a page: `fragment` when it has changed, `toast` for news, `end` when nothing moves.
pub(crate) fn follow(
    app: App,
    signed: &Signed,
    look: Look,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let (actor, session, signals) = (signed.actor, signed.session, app.db.signals());
    let follow = Follow { app, actor, session, signals, look, last: None, is_over: false };
    let events =
        stream::unfold(follow, next).flat_map(|batch| stream::iter(batch.into_iter().map(Ok)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

async fn next(mut follow: Follow) -> Option<(Vec<Event>, Follow)> {
    if follow.is_over {
        return None;
    }
    if follow.last.is_some() {
        follow.changed().await?;
    }
    let events = follow.events().await?;
    Some((events, follow))
}

impl Follow {
    /// Waits until something was committed, or for so long that something may have been missed.
    async fn changed(&mut self) -> Option<()> {
        tokio::time::sleep(PACE).await;
        let woken = tokio::time::timeout(LOOKS_EVERY, self.signals.recv()).await;
        // All that came in the meantime is seen by the same look.
        self.signals = self.signals.resubscribe();
        match woken {
            Ok(Err(RecvError::Closed)) => None,
            Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => Some(()),
        }
    }

    async fn events(&mut self) -> Option<Vec<Event>> {
        // The person may have left while the page was open, or may do less than when they opened it.
        let mut tx = self.app.db.read().await.ok()?;
        self.actor = members::present(&mut tx, &self.actor).await.ok()?;
        drop(tx);
        let sessions = signin::session::list(&self.app, &self.actor).await.ok()?;
        sessions.iter().find(|session| session.id == self.session)?;
        let sight = (self.look)(&self.app, &self.actor).await?;
        let mut events = Vec::new();
        if self.last.as_ref() != Some(&sight.html) {
            events.push(Event::default().event("fragment").data(&sight.html));
            self.last = Some(sight.html);
        }
        if !sight.moves {
            let news = notifications::take(&self.app, &self.actor).await.unwrap_or_default();
            events.extend(news.into_iter().map(|message| {
                let toast = serde_json::json!({ "kind": message.kind, "text": message.text });
                Event::default().event("toast").data(toast.to_string())
            }));
            events.push(Event::default().event("end").data("rest"));
            self.is_over = true;
        }
        Some(events)
    }
}
