//! The page of what people want extended: what waits, the two answers, and the rules.

use askama::Template;
use axum::Form;
use axum::extract::State;
use model::TileRequestId;
use serde::Deserialize;

use super::{Request, Rules};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{Page, again, html};
use crate::http::{Path, Signed, flash, router};
use crate::ui::{Field, Shell, When};

/// As many wishes as the page shows: the others come up as these are answered.
const SHOWN: i64 = 200;

/// What waits for an admin.
#[derive(Template)]
#[template(path = "sync/requests/list.html")]
pub struct RequestsPage {
    shell: Shell,
    requests: Vec<RequestRow>,
    asks: bool,
    quota: Field,
}

struct RequestRow {
    id: String,
    account: String,
    by: String,
    at: When,
    tiles: i64,
    reason: Field,
}

/// The rules, as an admin entered them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredRules {
    asks: Option<String>,
    quota: String,
}

/// Why not.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredReason {
    reason: String,
}

impl RequestsPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let requests = super::open(app, &signed.actor, None, SHOWN).await?;
        let Rules { asks, quota } = super::rules(app, &signed.actor).await?;
        Ok(Self {
            shell: signed.shell(app, "sync").await?,
            requests: requests.into_iter().map(RequestRow::from).collect(),
            asks,
            quota: Field::of(quota.map(|quota| quota.to_string()).unwrap_or_default()),
        })
    }
}

impl From<Request> for RequestRow {
    fn from(request: Request) -> Self {
        Self {
            id: request.id.to_string(),
            account: request.name,
            by: request.by,
            at: request.asked_at.into(),
            tiles: request.tiles,
            reason: Field::default(),
        }
    }
}

/// The page.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    html(&RequestsPage::load(&app, &signed).await?)
}

/// Sets the rules.
pub(crate) async fn set_rules(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredRules>,
) -> Page {
    let asks = entered.asks.is_some();
    let set = super::set_rules(&app, &signed.actor, asks, &entered.quota).await;
    if let Err(error @ Error::Invalid { .. }) = &set {
        let mut page = RequestsPage::load(&app, &signed).await?;
        (page.asks, page.quota) = (asks, Field::refused(&entered.quota, error.to_string()));
        return again(&page);
    }
    flash::told(&app.config, router::REQUESTS, set, |()| "Saved.".into())
}

/// Lets an account become a tile.
pub(crate) async fn approve(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<TileRequestId>,
) -> Page {
    let approved = super::approve(&app, &signed.actor, id).await;
    flash::told(&app.config, router::REQUESTS, approved, |()| {
        "Approved. It goes to Okta now, in their name.".into()
    })
}

/// Says no.
pub(crate) async fn decline(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<TileRequestId>,
    Form(entered): Form<EnteredReason>,
) -> Page {
    let declined = super::decline(&app, &signed.actor, id, &entered.reason).await;
    if let Err(error @ Error::Invalid { .. }) = &declined {
        let mut page = RequestsPage::load(&app, &signed).await?;
        let id = id.to_string();
        for row in page.requests.iter_mut().filter(|row| row.id == id) {
            row.reason = Field::refused(&entered.reason, error.to_string());
        }
        return again(&page);
    }
    flash::told(&app.config, router::REQUESTS, declined, |()| "Declined. They are told.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_waits_and_the_rules() {
        let mut page = RequestsPage {
            shell: Shell::sample("sync"),
            requests: vec![RequestRow {
                id: "trq_01".into(),
                account: "Contentzilla".into(),
                by: "Ada Byron".into(),
                at: model::Timestamp::UNIX_EPOCH.into(),
                tiles: 3,
                reason: Field::refused("", "Say why."),
            }],
            asks: true,
            quota: Field::of("20"),
        };
        let text = page.render().unwrap();
        for words in
            ["Contentzilla", "Ada Byron", "has 3 tiles", "Approve", "Say why.", "value=\"20\""]
        {
            assert!(text.contains(words), "{words}");
        }
        page.requests.clear();
        assert!(page.render().unwrap().contains("Nothing waits"));
    }
}
