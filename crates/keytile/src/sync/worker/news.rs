//! What people are told when a tile has got somewhere: an activity record, and a notification to whoever waits.

use model::MemberId;
use serde_json::json;

use super::look::Seen;
use crate::activity::{self, Event};
use crate::actor::By;
use crate::db::Tx;
use crate::error::Result;
use crate::sync::notify;

/// News about one tile, told in the transaction that makes them true.
pub(super) struct News {
    record: Option<Event>,
    notice: Option<Notice>,
}

struct Notice {
    member: MemberId,
    kind: &'static str,
    message: String,
    link: String,
}

impl News {
    /// Of a tile that has become as it should be; the tile is not settled yet.
    pub(super) fn of_success(seen: &Seen) -> Self {
        let is_first = seen.tile.synced_at.is_none();
        let (label, people) = (&seen.tile.label, seen.viewers.len());
        let event =
            if seen.is_removal() { Some("tile.gone") } else { is_first.then_some("tile.synced") };
        let record = event.map(|name| {
            Event::new(name)
                .account(seen.tile.account)
                .detail(json!({ "label": label, "people": people }))
        });
        let message = match (is_first, people) {
            (true, 1) => format!("{label} is in Okta now. One person sees it."),
            (true, _) => format!("{label} is in Okta now. {people} people see it."),
            (false, _) => format!("{label} and Okta are in sync."),
        };
        let notice = seen.tile.notify.map(|member| notice(seen, member, "good", message));
        Self { record, notice }
    }

    /// Of a tile that cannot go on by itself.
    pub(super) fn of_problem(seen: &Seen, event: Option<&'static str>, sentence: &str) -> Self {
        let label = &seen.tile.label;
        let record = event.map(|name| {
            Event::new(name)
                .account(seen.tile.account)
                .detail(json!({ "label": label, "reason": sentence }))
        });
        let message = format!("{label}: {sentence}");
        let notice = seen.tile.notify.map(|member| notice(seen, member, "failed", message));
        Self { record, notice }
    }

    /// Of a question to the admins.
    pub(super) fn of_stop(removals: usize) -> Self {
        let event = Event::new("safety_stop.opened").detail(json!({ "removals": removals }));
        Self { record: Some(event), notice: None }
    }

    /// Tells. A notice is kept back where the tile has changed again: the one who waits is told at the end.
    pub(super) async fn tell(self, tx: &mut Tx, by: &mut By, is_current: bool) -> Result<()> {
        if let Some(event) = self.record {
            activity::record(tx, by, event).await?;
        }
        if let Some(n) = self.notice.filter(|_| is_current) {
            notify(tx, by, n.member, n.kind, &n.message, &n.link).await?;
        }
        Ok(())
    }
}

fn notice(seen: &Seen, member: MemberId, kind: &'static str, message: String) -> Notice {
    Notice { member, kind, message, link: format!("/accounts/{}", seen.tile.account) }
}
