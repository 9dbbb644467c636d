//! The queue in words: what its page shows, from what is known.

use model::Timestamp;
use portal::Priority;

use crate::http::router;
use crate::sync::queue::{InLine, Queue, Troubled, Waiting};
use crate::sync::{PortalStatus, from_rank};
use crate::ui::When;

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

impl QueueView {
    pub(super) fn missing() -> Self {
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

    pub(super) fn of(
        queue: Queue,
        troubled: Vec<TileRow>,
        next_up: Vec<TileRow>,
        now: Timestamp,
    ) -> Self {
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
        let limits_at = queue.limits.at.map(When::from);
        let limits = queue.limits.current(now).map(|bucket| LimitRow {
            name: calls(&bucket.name),
            limit: bucket.limit,
            left: bucket.left,
            until: bucket.until.map(When::from),
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
            limits_at,
            notes,
            paused: queue.paused,
            failing: queue.failing,
            troubled,
            next_up,
        }
    }

    /// More need a look than are named.
    pub(crate) fn has_more_trouble(&self) -> bool {
        usize::try_from(self.paused + self.failing).is_ok_and(|n| n > self.troubled.len())
    }

    /// More wait than are named.
    pub(crate) fn has_more_in_line(&self) -> bool {
        usize::try_from(self.tiles).is_ok_and(|n| n > self.next_up.len())
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
    pub(super) fn new(waiting: Waiting) -> Self {
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
pub(super) fn calls(bucket: &str) -> &'static str {
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
    pub(super) fn in_line(tile: InLine, may_open: bool, now: Timestamp) -> Self {
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

    pub(super) fn troubled(tile: Troubled, may_open: bool) -> Self {
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
