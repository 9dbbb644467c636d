//! The page of one question: exactly what would go, and the two answers (C15, U6).

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::State as Given;
use model::StopId;
use model::access::{Action, permit};
use serde::Deserialize;

use super::{Decision, Question, everywhere};
use crate::app::App;
use crate::error::Result;
use crate::http::page::{Page, again, check_number, html};
use crate::http::{Path, Signed, flash, router};
use crate::sync::audit::pages::openable;
use crate::ui::{Shell, When};

/// One question.
#[derive(Template)]
#[template(path = "sync/safety/stop.html")]
pub struct StopPage {
    shell: Shell,
    stop_id: String,
    opened: When,
    bound: i64,
    state: State,
    may_decide: bool,
    seen: String,
    assignments: usize,
    people: usize,
    apps: usize,
    leaving: bool,
    tiles: Vec<TileRow>,
    error: Option<String>,
}

enum State {
    Open,
    Kept { by: String, at: When },
    Over { how: &'static str },
}

#[derive(Default)]
struct TileRow {
    label: String,
    href: Option<String>,
    app: bool,
    people: Vec<PersonRow>,
}

struct PersonRow {
    name: String,
    has_left: bool,
    is_suspended: bool,
}

/// What an answer sends along.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    seen: String,
    confirm: String,
}

/// What would go.
pub(crate) async fn show(Given(app): Given<App>, signed: Signed, Path(id): Path<StopId>) -> Page {
    html(&StopPage::load(&app, &signed, id).await?)
}

/// Lets it go.
pub(crate) async fn approve(
    Given(app): Given<App>,
    signed: Signed,
    Path(id): Path<StopId>,
    Form(answer): Form<Answer>,
) -> Page {
    let question = super::find(&app, &signed.actor, id).await?;
    let people = question.people();
    if let Err(error) = check_number(people, &answer.confirm) {
        may_decide(&signed)?;
        let mut page = StopPage::load(&app, &signed, id).await?;
        page.error = Some(error.to_string());
        return again(&page);
    }
    let decided = decide(&app, &signed, id, Decision::Approve, &answer).await;
    flash::told(&app.config, router::SYNC, decided, |()| {
        "They are being taken away from Okta.".into()
    })
}

/// Leaves it in the portal.
pub(crate) async fn dismiss(
    Given(app): Given<App>,
    signed: Signed,
    Path(id): Path<StopId>,
    Form(answer): Form<Answer>,
) -> Page {
    let decided = decide(&app, &signed, id, Decision::Dismiss, &answer).await;
    flash::told(&app.config, router::SYNC, decided, |()| "They stay in Okta for now.".into())
}

async fn decide(
    app: &App,
    signed: &Signed,
    id: StopId,
    decision: Decision,
    answer: &Answer,
) -> Result<()> {
    super::decide(app, &signed.actor, id, decision, answer.seen.clone()).await
}

fn may_decide(signed: &Signed) -> Result<()> {
    let _decides = permit(&signed.actor, Action::DecideSync, everywhere(&signed.actor))?;
    Ok(())
}

impl StopPage {
    async fn load(app: &App, signed: &Signed, id: StopId) -> Result<Self> {
        let question = super::find(app, &signed.actor, id).await?;
        let accounts = question.items.iter().filter_map(|item| item.account).collect();
        let openable = openable(app, signed, &accounts).await?;
        let (people, apps) = (question.people(), question.apps());
        let total = question.items.len();
        let stop = &question.stop;
        let state = match (stop.decision.as_deref(), stop.decided_at) {
            (Some("dismissed"), Some(at)) if stop.waiting > 0 => {
                State::Kept { by: stop.decided_by.clone().unwrap_or_default(), at: at.into() }
            }
            (Some("approved"), _) => State::Over { how: "An admin let these go." },
            (Some("withdrawn"), _) => {
                State::Over { how: "The people got their access back before anybody decided." }
            }
            (Some(_), _) => State::Over { how: "Nothing of this is in Okta any more." },
            (None, _) => State::Open,
        };
        let may_decide = may_decide(signed).is_ok() && stop.decision.as_deref() != Some("approved");
        Ok(Self {
            shell: signed.shell(app, "sync").await?,
            stop_id: id.to_string(),
            opened: stop.opened_at.into(),
            bound: stop.bound,
            state,
            may_decide,
            seen: question.fingerprint(),
            assignments: total - apps,
            people,
            apps,
            leaving: total > apps
                && question.items.iter().all(|item| item.has_left || item.is_suspended),
            tiles: rows(question, |account| {
                openable.contains(&account).then(|| router::account(account))
            }),
            error: None,
        })
    }
}

/// By tile, in the order of their labels.
fn rows(question: Question, open: impl Fn(model::AccountId) -> Option<String>) -> Vec<TileRow> {
    let mut tiles: BTreeMap<(String, String), TileRow> = BTreeMap::new();
    for item in question.items {
        let account = item.account.map(|account| account.to_string()).unwrap_or_default();
        let row = tiles.entry((item.label.clone(), account)).or_default();
        row.label = item.label;
        row.href = item.account.and_then(&open);
        match item.kind.as_str() {
            "app" => row.app = true,
            "group" => {
                let name = format!("Everybody in the Okta group {}", item.external_id);
                row.people.push(PersonRow { name, has_left: false, is_suspended: false });
            }
            _ => row.people.push(PersonRow {
                name: match item.member {
                    Some((_, name)) => name,
                    None => format!("{} in Okta, nobody’s here", item.external_id),
                },
                has_left: item.has_left,
                is_suspended: item.is_suspended,
            }),
        }
    }
    tiles.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(state: State, people: usize) -> StopPage {
        let person =
            |n| PersonRow { name: format!("<Person {n}>"), has_left: n == 0, is_suspended: n == 1 };
        let tile = TileRow {
            label: "Contentzilla - Instagram".into(),
            href: Some("/accounts/acc_01".into()),
            app: false,
            people: (0..people).map(person).collect(),
        };
        StopPage {
            shell: Shell::sample("sync"),
            stop_id: "stop_01".into(),
            opened: model::Timestamp::UNIX_EPOCH.into(),
            bound: 10,
            state,
            may_decide: true,
            seen: "0123456789abcdef".into(),
            assignments: people,
            people,
            apps: 0,
            leaving: false,
            tiles: if people == 0 { Vec::new() } else { vec![tile] },
            error: None,
        }
    }

    /// C15, U6.
    #[test]
    fn the_page_names_everybody_and_asks_for_their_number() {
        let text = sample(State::Open, 12).render().unwrap();
        assert!(text.contains("12 tiles of 12 people would go at once."));
        assert!(text.contains("&#60;Person 11&#62;") && text.contains("Type 12 to confirm"));
        assert!(text.contains("action=\"/sync/stops/stop_01/approve\""));
        assert!(!sample(State::Open, 10).render().unwrap().contains("to confirm"));
    }

    #[test]
    fn what_was_decided_says_by_whom_and_what_is_over_says_so() {
        let kept = State::Kept { by: "Olga".into(), at: model::Timestamp::UNIX_EPOCH.into() };
        let text = sample(kept, 3).render().unwrap();
        assert!(text.contains("Olga decided") && !text.contains("commandfor=\"dismiss\""));
        let text = sample(State::Over { how: "An admin let these go." }, 0).render().unwrap();
        assert!(text.contains("Nothing waits here any more"));
    }
}
