//! The queue as a page: live counts, the forecast, the limits, and lists of tiles a page at a time.

mod view;

use std::convert::Infallible;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use model::TileId;
use model::access::Actor;
use serde::Deserialize;

use super::Place;
use crate::app::App;
use crate::http::page::{Failure, Page, html, render};
use crate::http::router;
use crate::http::session::Signed;
use crate::paging::{Part, one_more};
use crate::sync::live::{self, Sight};
use crate::ui::Shell;

pub use view::{LimitRow, QueueState, QueueView, TileRow, WaitingRow};

/// Tiles that the live page names.
const FIRST: usize = 8;
/// Tiles of one page of a list.
const TILES: usize = 50;

/// What waits for Okta.
#[derive(Template)]
#[template(path = "sync/queue/queue.html")]
pub struct QueuePage {
    shell: Shell,
    queue: QueueView,
}

/// The live part of the page.
#[derive(Template)]
#[template(path = "sync/queue/live.html")]
pub struct QueueFragment {
    queue: QueueView,
}

/// A list of tiles.
#[derive(Template)]
#[template(path = "sync/queue/tiles.html")]
pub struct TilesPage {
    shell: Shell,
    title: &'static str,
    tiles: Vec<TileRow>,
    next: Option<String>,
}

/// The page.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    let queue = QueueView::load(&app, &signed.actor).await?;
    html(&QueuePage { queue, shell: signed.shell(&app, "sync").await? })
}

/// Its live part.
pub(crate) async fn events(
    State(app): State<App>,
    signed: Signed,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    super::look(&app, &signed.actor).await?;
    let look: live::Look = Box::new(|app, actor| {
        Box::pin(async move {
            let queue = QueueView::load(app, actor).await.ok()?;
            let moves = queue.moves();
            Some(Sight { html: render(&QueueFragment { queue }).ok()?, moves })
        })
    });
    Ok(live::follow(app, &signed, look))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    show: List,
    after: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    #[default]
    Waiting,
    Trouble,
}

/// A list of tiles, a page at a time.
pub(crate) async fn tiles(
    State(app): State<App>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Page {
    let after = asked.after.as_deref().unwrap_or_default();
    let (title, (tiles, next)) = match asked.show {
        List::Waiting => {
            ("Tiles that wait", in_line(&app, &signed.actor, Place::parse(after), TILES).await?)
        }
        List::Trouble => (
            "Tiles that need a look",
            troubled(&app, &signed.actor, after.parse().ok(), TILES).await?,
        ),
    };
    html(&TilesPage { title, tiles, next, shell: signed.shell(&app, "sync").await? })
}

async fn in_line(
    app: &App,
    actor: &Actor,
    after: Option<Place>,
    size: usize,
) -> Result<(Vec<TileRow>, Option<String>), Failure> {
    let found = super::in_line(app, actor, after, one_more(size)).await?;
    let Part { items, next } = Part::cut_after(found, size, |last| last.place.cursor());
    let next = next.map(|after| format!("{}/tiles?after={after}", router::QUEUE));
    let mut rows = Vec::with_capacity(items.len());
    for tile in items {
        let may_open = super::opens(app, actor, tile.account).await?;
        rows.push(TileRow::in_line(tile, may_open, app.now()));
    }
    Ok((rows, next))
}

async fn troubled(
    app: &App,
    actor: &Actor,
    after: Option<TileId>,
    size: usize,
) -> Result<(Vec<TileRow>, Option<String>), Failure> {
    let found = super::troubled(app, actor, after, one_more(size)).await?;
    let Part { items, next } = Part::cut_after(found, size, |last| last.tile.to_string());
    let next = next.map(|after| format!("{}/tiles?show=trouble&after={after}", router::QUEUE));
    let mut rows = Vec::with_capacity(items.len());
    for tile in items {
        let may_open = super::opens(app, actor, tile.account).await?;
        rows.push(TileRow::troubled(tile, may_open));
    }
    Ok((rows, next))
}

impl QueueView {
    async fn load(app: &App, actor: &Actor) -> Result<Self, Failure> {
        let Some(queue) = super::look(app, actor).await? else { return Ok(Self::missing()) };
        let (troubled, _) = troubled(app, actor, None, FIRST).await?;
        let (next_up, _) = in_line(app, actor, None, FIRST).await?;
        Ok(Self::of(queue, troubled, next_up, app.now()))
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::view::calls;
    use super::*;

    fn row(is_paused: bool) -> TileRow {
        TileRow {
            label: "Contentzilla - Instagram".into(),
            href: Some("/accounts/acc_01".into()),
            text: "Okta did not answer.".into(),
            at: Some(Timestamp::UNIX_EPOCH.into()),
            request_id: Some("reqAbc".into()),
            is_paused,
        }
    }

    fn queue(state: QueueState) -> QueueView {
        QueueView {
            state,
            tiles: 10_000,
            groups: 3,
            calls: 24_000,
            done_at: Some("14:05 UTC".into()),
            waiting: vec![WaitingRow {
                title: "First sync",
                hint: "many at once",
                due: 9_990,
                later: 10,
            }],
            limits: vec![LimitRow { name: calls("apps"), limit: Some(100), left: 12, until: None }],
            limits_at: Some(Timestamp::UNIX_EPOCH.into()),
            notes: vec!["Okta does not answer.".into()],
            paused: 1,
            failing: 1,
            troubled: vec![row(true), row(false)],
            next_up: vec![row(false)],
        }
    }

    #[test]
    fn the_page_renders_in_every_state() {
        let states =
            [QueueState::Off, QueueState::On, QueueState::Update("The token is gone.".into())];
        for state in states {
            let page = QueuePage { shell: Shell::sample("sync"), queue: queue(state) };
            let text = page.render().unwrap();
            assert!(text.contains("done at about 14:05 UTC") && text.contains("10000"), "{text}");
        }
        let page = QueuePage { shell: Shell::sample("sync"), queue: QueueView::missing() };
        assert!(page.render().unwrap().contains("not connected"));
        let tiles = vec![row(true)];
        let list = TilesPage { shell: Shell::sample("sync"), title: "Tiles", tiles, next: None };
        assert!(list.render().unwrap().contains("waits for its owner"));
    }

    #[test]
    fn a_place_in_the_line_survives_its_address() {
        let wanted = Place {
            rank: 3,
            due_at: Timestamp::from_millisecond(1_700_000_000_123).unwrap(),
            tile: TileId::from(uuid::Uuid::max()),
        };
        assert_eq!(Place::parse(&wanted.cursor()), Some(wanted));
        assert_eq!(Place::parse("nonsense"), None);
    }
}
