//! The pages of accounts: cards, one account, and the form that adds or changes one.

mod form;
mod show;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Form, Json};
use model::AccountId;
use model::access::{Action, Level, On, Target, permit};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::{Account, Cursor};
use crate::api::{decode_cursor, encode_cursor};
use crate::app::App;
use crate::error::Error;
use crate::http::page::{Failure, Page, check_number, html};
use crate::http::session::Signed;
use crate::http::{Path, flash, router};
use crate::sharing::{self, pages::Confirmed};
use crate::sync::{self, Progress};
use crate::ui::{self, Badge, Shell};

pub use form::AccountFormPage;
pub(crate) use form::{create, edit, new, update};
pub use show::AccountPage;
pub(crate) use show::show;

/// Cards on one page.
const CARDS: i64 = 48;

/// Accounts as cards.
#[derive(Template)]
#[template(path = "accounts/list.html")]
pub struct AccountsPage {
    shell: Shell,
    cards: Vec<AccountCard>,
    next: Option<String>,
    may_add: bool,
    may_choose: bool,
    jobs: Vec<ui::Link>,
}

struct AccountCard {
    id: String,
    name: String,
    app: String,
    username: String,
    letter: String,
    role: String,
    hue: u8,
    tile: Option<Badge>,
    is_own: bool,
    rejected: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    after: Option<String>,
}

/// The accounts that the person reaches.
pub(crate) async fn list(
    State(app): State<App>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Page {
    let after = search.after.as_deref().and_then(decode_cursor).map(|(key, id)| Cursor { key, id });
    let mut accounts =
        super::list(&app, &signed.actor, &search.q, after.as_ref(), CARDS + 1).await?;
    let more = i64::try_from(accounts.len()).is_ok_and(|n| n > CARDS);
    if more {
        accounts.pop();
    }
    let next =
        accounts.last().filter(|_| more).map(|last| next_page(&search.q, &Cursor::after(last)));
    let mut cards = Vec::with_capacity(accounts.len());
    for account in accounts {
        let tile = tile_badge(&app, &signed, &account).await?;
        cards.push(AccountCard::new(account, tile));
    }
    let mut shell = signed.shell(&app, "accounts").await?;
    shell.query = search.q;
    let may_choose = cards.iter().filter(|card| card.is_own).count() > 1 || next.is_some();
    let jobs = under_way(&app, &signed).await?;
    html(&AccountsPage { shell, cards, next, may_add: may_add(&signed), may_choose, jobs })
}

/// What the person asked for many accounts, and is not done.
async fn under_way(app: &App, signed: &Signed) -> Result<Vec<ui::Link>, Failure> {
    let jobs = sync::jobs::under_way(app, &signed.actor).await?;
    let text = |job: &sync::jobs::Job| {
        let accounts = ui::counted(job.total, "account", "accounts");
        match job.kind {
            sync::jobs::Kind::Extend => format!("Extending {accounts} to Okta"),
            sync::jobs::Kind::Sync => format!("Syncing {accounts} with Okta"),
            sync::jobs::Kind::Remove => format!("Removing {accounts} from Okta"),
        }
    };
    Ok(jobs.iter().map(|job| ui::Link { text: text(job), href: router::job(job.id) }).collect())
}

fn next_page(search: &str, after: &Cursor) -> String {
    let q: String = byte_serialize(search.as_bytes()).collect();
    format!("{}?q={q}&after={}", router::ACCOUNTS, encode_cursor(&after.key, after.id))
}

fn may_add(signed: &Signed) -> bool {
    let everywhere = On { workspace: signed.actor.workspace, target: Target::Workspace };
    permit(&signed.actor, Action::CreateAccount, everywhere).is_ok()
}

/// Only an account's Owners see where its tile stands (S39).
pub(crate) async fn tile_badge(
    app: &App,
    signed: &Signed,
    account: &Account,
) -> Result<Option<Badge>, Failure> {
    if account.level < Level::Own {
        return Ok(None);
    }
    let Some(status) = sync::status(app, &signed.actor, account.id).await? else { return Ok(None) };
    let badge = |text: &str, kind, icon| Badge { text: text.into(), kind, icon };
    Ok(Some(match status.progress {
        Progress::Synced => badge("In Okta", "good", "check"),
        Progress::Syncing { .. } => badge("Syncing", "info", "sync"),
        Progress::Removing => badge("Removing", "", "trash"),
        Progress::Paused(_) => badge("Paused", "warn", "pause"),
        Progress::Failed(_) => badge("Needs a look", "bad", "bad"),
    }))
}

impl AccountCard {
    fn new(account: Account, tile: Option<Badge>) -> Self {
        let app = account.app().unwrap_or_default();
        Self {
            id: account.id.to_string(),
            letter: letter(&account.name),
            hue: ui::hue(if app.is_empty() { &account.name } else { &app }),
            app,
            username: account.username,
            role: role_title(account.level).into(),
            is_own: account.level == Level::Own,
            rejected: account.level == Level::Own && account.password_rejected_at.is_some(),
            name: account.name,
            tile,
        }
    }
}

fn role_title(level: Level) -> &'static str {
    if level == Level::Own { "Owner" } else { "Collaborator" }
}

fn letter(name: &str) -> String {
    ui::initials(name).chars().take(1).collect()
}

/// Deletes an account, and says so on the list.
pub(crate) async fn delete(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    let account = super::find(&app, &signed.actor, id).await?;
    let people = sharing::count_people(&app, &signed.actor, id).await?;
    if let Err(error) = check_number(people, &confirmed.confirm) {
        let said = flash::bad(error.to_string());
        return Ok(flash::redirect(&app.config, &router::account(id), &said));
    }
    super::delete(&app, &signed.actor, id).await?;
    let mut said =
        flash::good(format!("{} was deleted. Its tile goes from Okta by itself.", account.name));
    said.link = Some(ui::Link { text: "Deleted accounts".into(), href: router::DELETED.into() });
    Ok(flash::redirect(&app.config, router::ACCOUNTS, &said))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    field: String,
}

/// The password, to the one who owns the account and asks for it; on record before it leaves.
pub(crate) async fn reveal(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
    Form(asked): Form<Asked>,
) -> Result<Response, Failure> {
    if asked.field != "password" {
        return Err(Error::NotFound.into());
    }
    let revealed = super::reveal(&app, &signed.actor, id).await?;
    let value = revealed.password.map(|secret| secret.expose().clone());
    Ok(Json(serde_json::json!({ "value": value })).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_renders_with_cards_and_without() {
        for cards in [0, 3] {
            let text = AccountsPage::sample(cards).render().unwrap();
            assert_eq!(text.contains("Contentzilla"), cards > 0);
            assert_eq!(text.contains("Password refused"), cards > 0);
            assert_eq!(text.contains("No accounts yet"), cards == 0);
        }
    }

    impl AccountsPage {
        fn sample(cards: usize) -> Self {
            let card = |_| AccountCard {
                id: "acc_01".into(),
                name: "Contentzilla".into(),
                app: "Instagram".into(),
                username: "social@contentzilla.example".into(),
                letter: "C".into(),
                role: "Owner".into(),
                hue: 3,
                tile: Some(Badge { text: "In Okta".into(), kind: "good", icon: "check" }),
                is_own: true,
                rejected: true,
            };
            Self {
                shell: Shell::sample("accounts"),
                cards: (0..cards).map(card).collect(),
                next: None,
                may_add: true,
                may_choose: cards > 1,
                jobs: Vec::new(),
            }
        }
    }
}
