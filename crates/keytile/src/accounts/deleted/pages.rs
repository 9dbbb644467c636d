//! The page of deleted accounts, and the form that brings one back.

use askama::Template;
use axum::extract::{Query, State};
use model::AccountId;
use model::access::Level;
use serde::Deserialize;

use super::Deleted;
use crate::accounts;
use crate::app::App;
use crate::error::Error;
use crate::http::page::{Page, html};
use crate::http::{Path, Signed, flash, router};
use crate::paging::Wanted;
use crate::ui::{Shell, When};

/// How many stand on one page.
const ROWS: usize = 100;

/// Deleted accounts, for those who own them.
#[derive(Template)]
#[template(path = "accounts/deleted/list.html")]
pub struct DeletedPage {
    shell: Shell,
    rows: Vec<DeletedRow>,
    next: Option<String>,
}

struct DeletedRow {
    id: String,
    name: String,
    about: Option<String>,
    at: When,
    by: Option<String>,
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    after: String,
}

/// What the person may bring back.
pub(crate) async fn list(
    State(app): State<App>,
    signed: Signed,
    Query(sought): Query<Sought>,
) -> Page {
    let part = super::list(&app, &signed.actor, &Wanted::after("", &sought.after, ROWS)).await?;
    html(&DeletedPage {
        shell: signed.shell(&app, "accounts").await?,
        rows: part.items.into_iter().map(DeletedRow::from).collect(),
        next: part.next.map(|next| format!("{}?after={next}", router::DELETED)),
    })
}

impl From<Deleted> for DeletedRow {
    fn from(account: Deleted) -> Self {
        let about: Vec<String> = account
            .app
            .into_iter()
            .chain(Some(account.username))
            .filter(|it| !it.is_empty())
            .collect();
        Self {
            id: account.id.to_string(),
            name: account.name,
            about: Some(about.join(" · ")).filter(|about| !about.is_empty()),
            at: account.at.into(),
            by: account.by,
        }
    }
}

/// Brings an account back, and shows it.
pub(crate) async fn restore(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
) -> Page {
    let restored = super::restore(&app, &signed.actor, id).await;
    let account = accounts::find(&app, &signed.actor, id).await;
    let said = match (restored, account) {
        (Ok(()), Ok(account)) => format!(
            "{} is back, for everyone whom it was shared with directly or by a team. It has no tile until it is extended again.",
            account.name
        ),
        // Somebody clicked twice, or another Owner was first.
        (Err(Error::NotFound), Ok(account)) if account.level == Level::Own => {
            format!("{} is back already.", account.name)
        }
        (Err(error), _) | (Ok(()), Err(error)) => return Err(error.into()),
    };
    Ok(flash::redirect(&app.config, &router::account(id), &flash::good(said)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_with_accounts_and_without() {
        let row = DeletedRow {
            id: "acc_01".into(),
            name: "Contentzilla".into(),
            about: Some("Instagram · social@contentzilla.example".into()),
            at: model::Timestamp::UNIX_EPOCH.into(),
            by: Some("Amara Okafor".into()),
        };
        for rows in [vec![], vec![row]] {
            let is_empty = rows.is_empty();
            let page = DeletedPage { shell: Shell::sample("accounts"), rows, next: None };
            let text = page.render().unwrap();
            assert_eq!(text.contains("Restore Contentzilla"), !is_empty);
            assert_eq!(text.contains("Nothing was deleted"), is_empty);
        }
    }
}
