//! The list of rotations as a file.

use axum::extract::{Query, State};
use model::Timestamp;

use super::Sought;
use crate::app::App;
use crate::http::Signed;
use crate::http::csv::{MOST_ROWS, csv};
use crate::http::page::Page;
use crate::paging::Wanted;
use crate::rotations::{self, Rotation};
use crate::ui::When;

/// How many are read at once.
const BATCH: usize = 1_000;

/// The list as a file.
pub(crate) async fn export(
    State(app): State<App>,
    signed: Signed,
    Query(sought): Query<Sought>,
) -> Page {
    let filter = sought.filter();
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let wanted = Wanted::after("", &after, BATCH);
        let part = rotations::list(&app, &signed.actor, filter, &wanted).await?;
        rows.extend(part.items.into_iter().map(cells));
        match part.next {
            Some(next) if rows.len() < MOST_ROWS => after = next,
            _ => break,
        }
    }
    csv("rotations", &HEADER, &rows)
}

const HEADER: [&str; 13] = [
    "account_id",
    "account",
    "app",
    "leaver_id",
    "leaver",
    "left_at",
    "reached_by",
    "role",
    "password_seen_at",
    "launched_at",
    "due_at",
    "sessions_ended_at",
    "done",
];

fn cells(rotation: Rotation) -> Vec<String> {
    let at = |at: Option<Timestamp>| at.map(|at| When::from(at).iso).unwrap_or_default();
    let done = rotation.done.map(|done| format!("{} {}", When::from(done.at).iso, done.how.code()));
    vec![
        rotation.account.to_string(),
        rotation.name,
        rotation.app.unwrap_or_default(),
        rotation.member.to_string(),
        rotation.member_name,
        at(Some(rotation.opened_at)),
        rotation.via,
        rotation.role.code().into(),
        at(rotation.revealed_at),
        at(rotation.launched_at),
        at(Some(rotation.due_at)),
        at(rotation.sessions_ended_at),
        done.unwrap_or_default(),
    ]
}
