//! The queue as a page: live counts, the forecast, the limits, and lists of tiles a page at a time.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::sse::{Event, Sse};
use futures_util::Stream;
use model::access::Actor;
use model::{TileId, Timestamp};
use portal::Priority;
use serde::Deserialize;

use super::{InLine, Place, Queue, Troubled};
use crate::api::{decode_cursor, encode_cursor};
use crate::app::App;
use crate::http::page::{Failure, Page, html, render};
use crate::http::router;
use crate::http::session::Signed;
use crate::sync::live::{self, Sight};
use crate::sync::{PortalStatus, from_rank};
use crate::ui::{Shell, When};

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

/// What the live part shows.
#[derive(Debug, Clone)]
pub struct QueueView {
    pub(crate) state: QueueState,
    pub(crate) tiles: i64,
    pub(crate) groups: i64,
    pub(crate) calls: i64,
    pub(crate) done_at: Option<String>,
    pub(crate) waiting: Vec<WaitingRow>,
    pub(crate) limits: Vec<LimitRow>,
    pub(crate) limits_at: Option<When>,
    pub(crate) notes: Vec<String>,
    pub(crate) paused: i64,
    pub(crate) failing: i64,
    pub(crate) troubled: Vec<TileRow>,
    pub(crate) next_up: Vec<TileRow>,
}

/// Whether anything goes on.
#[derive(Debug, Clone)]
pub enum QueueState {
    /// No portal was ever connected.
    Missing,
    /// Extending is off: only removals go on.
    Off,
    /// It goes on.
    On,
    /// An admin must act first.
    Update(String),
}

/// Tiles of one urgency.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) due: i64,
    pub(crate) later: i64,
}

/// Calls that share a limit.
#[derive(Debug, Clone)]
pub struct LimitRow {
    pub(crate) name: &'static str,
    pub(crate) limit: Option<u32>,
    pub(crate) left: u32,
    pub(crate) until: Option<When>,
}

/// A tile in a list.
#[derive(Debug, Clone)]
pub struct TileRow {
    pub(crate) label: String,
    pub(crate) href: Option<String>,
    pub(crate) text: String,
    pub(crate) at: Option<When>,
    pub(crate) request_id: Option<String>,
    pub(crate) is_paused: bool,
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
            ("Tiles that wait", in_line(&app, &signed.actor, place(after), TILES).await?)
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
    let mut found = super::in_line(app, actor, after, most(size)).await?;
    let is_more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| is_more).map(|last| {
        let place = last.place;
        let key = format!("{} {}", place.rank, place.due_at.as_millisecond());
        format!("{}/tiles?after={}", router::QUEUE, encode_cursor(&key, place.tile))
    });
    let mut rows = Vec::with_capacity(found.len());
    for tile in found {
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
    let mut found = super::troubled(app, actor, after, most(size)).await?;
    let is_more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| is_more);
    let next = next.map(|last| format!("{}/tiles?show=trouble&after={}", router::QUEUE, last.tile));
    let mut rows = Vec::with_capacity(found.len());
    for tile in found {
        let may_open = super::opens(app, actor, tile.account).await?;
        rows.push(TileRow::troubled(tile, may_open));
    }
    Ok((rows, next))
}

/// One more than a page holds tells that there is another.
fn most(size: usize) -> i64 {
    i64::try_from(size).expect("a page is small") + 1
}

fn place(cursor: &str) -> Option<Place> {
    let (key, tile): (String, TileId) = decode_cursor(cursor)?;
    let (rank, due_at) = key.split_once(' ')?;
    let due_at = Timestamp::from_millisecond(due_at.parse().ok()?).ok()?;
    Some(Place { rank: rank.parse().ok()?, due_at, tile })
}

impl QueueView {
    async fn load(app: &App, actor: &Actor) -> Result<Self, Failure> {
        let Some(queue) = super::look(app, actor).await? else { return Ok(Self::missing()) };
        let (troubled, _) = troubled(app, actor, None, FIRST).await?;
        let (next_up, _) = in_line(app, actor, None, FIRST).await?;
        Ok(Self::of(queue, troubled, next_up, app.now()))
    }

    fn missing() -> Self {
        Self {
            state: QueueState::Missing,
            tiles: 0,
            groups: 0,
            calls: 0,
            done_at: None,
            waiting: Vec::new(),
            limits: Vec::new(),
            limits_at: None,
            notes: Vec::new(),
            paused: 0,
            failing: 0,
            troubled: Vec::new(),
            next_up: Vec::new(),
        }
    }

    fn of(queue: Queue, troubled: Vec<TileRow>, next_up: Vec<TileRow>, now: Timestamp) -> Self {
        let tiles = queue.tiles();
        let ahead = |at: &Timestamp| *at > now;
        let mut notes = Vec::new();
        if let Some(until) = queue.limits.rest_until.filter(ahead) {
            notes.push(format!("Okta does not answer. The next try is at {}.", clock(until)));
        }
        if let Some(until) = queue.limits.creates_rest_until.filter(ahead) {
            notes.push(format!(
                "Okta takes no more apps for now. New tiles wait until {}; everything else goes on.",
                clock(until)
            ));
        }
        let limits = queue.limits.buckets.into_iter().map(|bucket| {
            let is_over = bucket.until.is_none_or(|until| until <= now);
            LimitRow {
                name: calls(&bucket.name),
                left: if is_over { bucket.limit.unwrap_or(0) } else { bucket.left },
                limit: bucket.limit,
                until: bucket.until.filter(ahead).map(When::from),
            }
        });
        Self {
            state: match queue.portal.status {
                PortalStatus::Off => QueueState::Off,
                PortalStatus::On => QueueState::On,
                PortalStatus::Update => {
                    QueueState::Update(queue.portal.status_detail.unwrap_or_default())
                }
            },
            tiles,
            groups: queue.groups,
            calls: queue.progress.calls,
            done_at: queue.progress.done_at.filter(ahead).map(clock),
            waiting: queue.waiting.into_iter().map(WaitingRow::new).collect(),
            limits: limits.collect(),
            limits_at: queue.limits.at.map(When::from),
            notes,
            paused: queue.paused,
            failing: queue.failing,
            troubled,
            next_up,
        }
    }

    /// It is worth following while a portal is connected: anybody may change something at any time.
    pub(crate) fn moves(&self) -> bool {
        !matches!(self.state, QueueState::Missing)
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M UTC").to_string()
}

impl WaitingRow {
    fn new(waiting: super::Waiting) -> Self {
        let (title, hint) = match waiting.priority {
            Priority::Leaver => ("Somebody left", "goes ahead of everything"),
            Priority::Person => ("Somebody waits", "asked for by hand"),
            Priority::Change => ("Changes", "of access and names"),
            Priority::FirstSync => ("First sync", "many at once"),
            Priority::Audit => ("Routine", "audits and clean-ups"),
        };
        Self { title, hint, due: waiting.due, later: waiting.later }
    }
}

/// What shares a limit, as Okta's admin knows it.
fn calls(bucket: &str) -> &'static str {
    match bucket {
        "apps" => "/api/v1/apps, and assignments",
        "app" => "/api/v1/apps/{id}",
        "groups" => "/api/v1/groups, and their people",
        "group" => "/api/v1/groups/{id}",
        "users" => "/api/v1/users",
        "user" | "user_read" => "/api/v1/users/{id}",
        "logs" => "/api/v1/logs",
        "token" => "/oauth2/v1/token",
        "public" => "Public addresses",
        _ => "Other calls",
    }
}

impl TileRow {
    fn in_line(tile: InLine, may_open: bool, now: Timestamp) -> Self {
        let urgency = match from_rank(tile.place.rank) {
            Priority::Leaver => "somebody left",
            Priority::Person => "somebody waits",
            Priority::Change => "a change",
            Priority::FirstSync => "first sync",
            Priority::Audit => "routine",
        };
        let steps = match tile.steps_total {
            0 => String::new(),
            total => format!(", {} of {total} steps done", tile.steps_done),
        };
        let what = if tile.is_removal { "Goes from Okta: " } else { "" };
        let mut text = format!("{what}{urgency}{steps}");
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            label: tile.label,
            href: may_open.then(|| router::account(tile.account)),
            text,
            at: (tile.place.due_at > now).then(|| tile.place.due_at.into()),
            request_id: None,
            is_paused: false,
        }
    }

    fn troubled(tile: Troubled, may_open: bool) -> Self {
        Self {
            is_paused: tile.is_paused(),
            label: tile.label,
            href: may_open.then(|| router::account(tile.account)),
            text: tile.problem,
            at: tile.retry_at.map(When::from),
            request_id: tile.request_id,
        }
    }
}

#[cfg(test)]
mod tests {
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
        let key = format!("{} {}", wanted.rank, wanted.due_at.as_millisecond());
        assert_eq!(place(&encode_cursor(&key, wanted.tile)), Some(wanted));
        assert_eq!(place("nonsense"), None);
    }
}
