//! The admins' page of how the portal stands, and the report of what was changed there.

mod drift;
mod words;

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State as Given;
use model::access::{Action, On, Target, permit};
use model::{AccountId, TileId};

use super::{Behind, Choice, Filter, Kind, Overview, StrayRow};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{Page, html};
use crate::http::{Path, Signed, flash, router};
use crate::sharing::on_account;
use crate::sync::safety::{self, StopRow};
use crate::ui::{Badge, Shell, When};

use drift::FoundRow;
pub(crate) use drift::drift;

/// Differences on the page itself.
const NEWEST: i64 = 5;

/// How the portal stands.
#[derive(Template)]
#[template(path = "sync/audit/sync.html")]
pub struct SyncPage {
    shell: Shell,
    is_on: bool,
    may_decide: bool,
    stops: Vec<StopLine>,
    audit: AuditView,
    late: i64,
    behind: Vec<BehindRow>,
    open: i64,
    found: Vec<FoundRow>,
    strays: Vec<StrayView>,
}

struct StopLine {
    href: String,
    opened: When,
    is_open: bool,
    waiting: i64,
    badge: Badge,
    decided: Option<String>,
}

struct AuditView {
    last: Option<When>,
    next: Option<When>,
    asked: bool,
    apps: i64,
    looks: i64,
    problem: Option<String>,
}

struct BehindRow {
    id: String,
    label: String,
    href: Option<String>,
    since: When,
    problem: Option<String>,
    paused: bool,
}

struct StrayView {
    id: String,
    label: String,
    url: String,
    kind: &'static str,
    found: When,
    next: String,
    problem: Option<String>,
    kept: bool,
}

/// How the portal stands.
pub(crate) async fn show(Given(app): Given<App>, signed: Signed) -> Page {
    let overview = super::overview(&app, &signed.actor).await?;
    let stops = safety::list(&app, &signed.actor).await?;
    let found = super::found(&app, &signed.actor, &Filter::default(), NEWEST).await?;
    let accounts = found.iter().filter_map(|found| found.account);
    let accounts = accounts.chain(overview.behind.iter().map(|tile| tile.account)).collect();
    let openable = openable(&app, &signed, &accounts).await?;
    let Overview { is_on, state, late, behind, open, strays } = overview;
    html(&SyncPage {
        shell: signed.shell(&app, "sync").await?,
        is_on,
        may_decide: may_decide(&signed),
        stops: stops.into_iter().map(StopLine::from).collect(),
        audit: AuditView {
            last: state.last_at.map(When::from),
            next: state.due_at.map(When::from),
            asked: state.asked_at.is_some(),
            apps: state.apps,
            looks: state.looks,
            problem: state.problem,
        },
        late,
        behind: behind.into_iter().map(|tile| BehindRow::of(tile, &openable)).collect(),
        open,
        found: found.into_iter().map(|found| FoundRow::of(found, &openable)).collect(),
        strays: strays.into_iter().map(StrayView::from).collect(),
    })
}

/// Asks for an audit.
pub(crate) async fn check(Given(app): Given<App>, signed: Signed) -> Page {
    let asked = super::check_now(&app, &signed.actor).await;
    flash::told(&app.config, router::SYNC, asked, |()| {
        "Okta is being checked. What differs appears here.".into()
    })
}

/// Puts a paused tile back.
pub(crate) async fn restore(
    Given(app): Given<App>,
    signed: Signed,
    Path(id): Path<TileId>,
) -> Page {
    let chosen = super::choose(&app, &signed.actor, id, Choice::Restore).await;
    flash::told(&app.config, router::SYNC, chosen, |()| "The tile is being put back.".into())
}

/// Gives a paused tile up.
pub(crate) async fn stop(Given(app): Given<App>, signed: Signed, Path(id): Path<TileId>) -> Page {
    let chosen = super::choose(&app, &signed.actor, id, Choice::StopExtending).await;
    flash::told(&app.config, router::SYNC, chosen, |()| {
        "The account is no longer extended to Okta.".into()
    })
}

/// Removes an app that no account explains.
pub(crate) async fn remove_stray(
    Given(app): Given<App>,
    signed: Signed,
    Path(id): Path<String>,
) -> Page {
    let decided = super::decide_stray(&app, &signed.actor, id, true).await;
    flash::told(&app.config, router::SYNC, decided, |()| {
        "The app is being removed from Okta.".into()
    })
}

/// Keeps an app that no account explains.
pub(crate) async fn keep_stray(
    Given(app): Given<App>,
    signed: Signed,
    Path(id): Path<String>,
) -> Page {
    let decided = super::decide_stray(&app, &signed.actor, id, false).await;
    flash::told(&app.config, router::SYNC, decided, |()| "The app stays in Okta.".into())
}

/// Which of the accounts the person may open: the others are named without a link that leads nowhere.
pub(in crate::sync) async fn openable(
    app: &App,
    signed: &Signed,
    accounts: &BTreeSet<AccountId>,
) -> Result<BTreeSet<AccountId>> {
    let mut tx = app.db.read().await?;
    let mut openable = BTreeSet::new();
    for id in accounts {
        match on_account(&mut tx, &signed.actor, *id).await {
            Ok(on) if permit(&signed.actor, Action::ViewAccount, on).is_ok() => {
                openable.insert(*id);
            }
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(openable)
}

fn may_decide(signed: &Signed) -> bool {
    let on = On { workspace: signed.actor.workspace, target: Target::Workspace };
    permit(&signed.actor, Action::DecideSync, on).is_ok()
}

impl From<StopRow> for StopLine {
    fn from(stop: StopRow) -> Self {
        let (kind, text) = match stop.decision.as_deref() {
            None => ("warn", format!("{} waiting", stop.waiting)),
            Some("dismissed") if stop.waiting > 0 => ("info", format!("{} kept", stop.waiting)),
            Some("approved") if stop.waiting > 0 => ("info", format!("{} going", stop.waiting)),
            Some("withdrawn") => ("", "Withdrawn".into()),
            Some(_) => ("good", "Done".into()),
        };
        let decided = match (stop.decision.as_deref(), stop.decided_by) {
            (Some("approved"), Some(by)) => Some(format!("{by} let them go")),
            (Some("dismissed"), Some(by)) => Some(format!("{by} left them in Okta")),
            (Some("withdrawn"), _) => Some("The people got their access back".into()),
            _ => None,
        };
        Self {
            href: router::stop(stop.id),
            opened: stop.opened_at.into(),
            is_open: stop.decision.is_none(),
            waiting: stop.waiting,
            badge: Badge { text, kind, icon: "" },
            decided,
        }
    }
}

impl BehindRow {
    fn of(tile: Behind, openable: &BTreeSet<AccountId>) -> Self {
        Self {
            id: tile.tile.to_string(),
            href: openable.contains(&tile.account).then(|| router::account(tile.account)),
            label: tile.label,
            since: tile.since.into(),
            problem: tile.problem,
            paused: tile.is_paused,
        }
    }
}

impl From<StrayRow> for StrayView {
    fn from(stray: StrayRow) -> Self {
        let next = match (stray.due_at, stray.hidden_at) {
            _ if stray.is_asked_for => "It is being removed.".into(),
            (None, _) => "It stays.".into(),
            (Some(at), None) => format!("It is hidden from {}.", When::from(at).text),
            (Some(at), Some(_)) => {
                format!("It is hidden, and deleted from {}.", When::from(at).text)
            }
        };
        Self {
            id: stray.app_id,
            label: stray.label,
            url: stray.url,
            kind: match stray.kind {
                Kind::Ghost => "Its tile was removed, and the app has come back.",
                Kind::Double => "It is a second app for one tile.",
                _ => "No account has this address.",
            },
            found: stray.found_at.into(),
            next,
            kept: stray.due_at.is_none() && stray.problem.is_none(),
            problem: stray.problem,
        }
    }
}

#[cfg(test)]
mod tests;
