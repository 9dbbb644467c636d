//! What a member has held: shares, teams and roles, from when to when and by whom.

use askama::Template;
use axum::extract::{Query, State};
use model::share::ItemRole;
use model::team::TeamRole;
use model::workspace::WorkspaceRole;
use model::{MemberId, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::http::page::{Page, html};
use crate::http::{Path, Signed, router};
use crate::members::{self, Held, HeldKind};
use crate::paging::{decode_cursor, encode_cursor};
use crate::ui::{Shell, When};

/// How many stand on one page.
const ROWS: i64 = 100;

/// What a member has held.
#[derive(Template)]
#[template(path = "members/history.html")]
pub struct HistoryPage {
    shell: Shell,
    name: String,
    href: String,
    rows: Vec<HeldRow>,
    next: Option<String>,
}

struct HeldRow {
    name: String,
    what: String,
    from: When,
    from_by: Option<String>,
    until: Option<When>,
    until_by: Option<String>,
    by_departure: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Turn {
    after: String,
}

/// The page.
pub(crate) async fn history(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
    Query(turn): Query<Turn>,
) -> Page {
    let before = decode_cursor::<Uuid>(&turn.after)
        .and_then(|(at, id)| Some((Timestamp::from_millisecond(at.parse().ok()?).ok()?, id)));
    let member = members::find(&app, &signed.actor, id).await?;
    let mut held = members::history(&app, &signed.actor, id, before, ROWS + 1).await?;
    let more = i64::try_from(held.len()).is_ok_and(|n| n > ROWS);
    if more {
        held.pop();
    }
    let href = router::member(id);
    let next = held.last().filter(|_| more).map(|last| {
        let cursor = encode_cursor(&last.from.as_millisecond().to_string(), last.id);
        format!("{href}/history?after={cursor}")
    });
    html(&HistoryPage {
        shell: signed.shell(&app, "members").await?,
        name: member.name,
        href,
        rows: held.into_iter().map(HeldRow::from).collect(),
        next,
    })
}

impl From<Held> for HeldRow {
    fn from(held: Held) -> Self {
        let item = ItemRole::from_code(&held.role).map_or("", ItemRole::title);
        let (name, what) = match held.kind {
            HeldKind::Account => (held.name, format!("Account, as {item}")),
            HeldKind::Collection => (held.name, format!("Collection, as {item}")),
            HeldKind::Team => {
                let is_admin = TeamRole::from_code(&held.role) == Some(TeamRole::Admin);
                (held.name, if is_admin { "Team, as its admin" } else { "Team" }.to_owned())
            }
            HeldKind::Role => {
                let role = WorkspaceRole::from_code(&held.role).map_or("?", WorkspaceRole::title);
                (role.to_owned(), "Role in the workspace".to_owned())
            }
        };
        Self {
            name,
            what,
            from: held.from.into(),
            from_by: held.from_by,
            until: held.until.map(When::from),
            until_by: held.until_by,
            by_departure: held.by_departure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_was_held_from_when_to_when_and_by_whom() {
        let at = Timestamp::UNIX_EPOCH;
        let held = |kind, role: &str, until, by_departure| {
            HeldRow::from(Held {
                id: Uuid::nil(),
                kind,
                name: "Content<zilla>".into(),
                role: role.into(),
                from: at,
                from_by: Some("Olga".into()),
                until,
                until_by: Some("Adam".into()),
                by_departure,
            })
        };
        let mut page = HistoryPage {
            shell: Shell::sample("members"),
            name: "Ada Byron".into(),
            href: "/members/mem_01".into(),
            rows: vec![
                held(HeldKind::Account, "owner", None, false),
                held(HeldKind::Team, "admin", Some(at), true),
                held(HeldKind::Role, "super_admin", Some(at), false),
            ],
            next: Some("/members/mem_01/history?after=x".into()),
        };
        let text = page.render().unwrap();
        for words in [
            "Content&#60;zilla&#62;",
            "Account, as Owner",
            "by Olga",
            "Team, as its admin",
            "because they left",
            "Super Admin",
            "ended by Adam",
            "Show more",
        ] {
            assert!(text.contains(words), "{words}");
        }
        page.rows.clear();
        assert!(page.render().unwrap().contains("Nothing yet"));
    }
}
