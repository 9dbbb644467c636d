//! The page of accounts that nobody owns, and the form that gives them an Owner.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use http::HeaderMap;
use model::access::{Action, permit};
use model::share::ItemRole;
use model::{AccountId, MemberId};
use serde::Deserialize;

use super::{Ownerless, everywhere};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{FRAGMENT, Page, again, fragment, html};
use crate::http::{Signed, flash, router};
use crate::members;
use crate::paging::Wanted;
use crate::ui::picker::OFFERED;
use crate::ui::{Choices, Shell};

/// How many stand on one page.
const ROWS: usize = 100;

/// Accounts that nobody owns.
#[derive(Template)]
#[template(path = "accounts/ownerless/list.html")]
pub struct OwnerlessPage {
    shell: Shell,
    rows: Vec<OwnerlessRow>,
    next: Option<String>,
    may_assign: bool,
    choices: Choices,
    error: Option<String>,
}

struct OwnerlessRow {
    id: String,
    name: String,
    last_owner: Option<String>,
    people: usize,
    chosen: bool,
}

/// Which part of the list, and whom the picker looks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    q: String,
    after: String,
}

impl OwnerlessPage {
    async fn load(app: &App, signed: &Signed, sought: &Sought) -> Result<Self> {
        let actor = &signed.actor;
        let wanted = Wanted::after("", &sought.after, ROWS);
        let part = super::list(app, actor, &wanted).await?;
        let may_assign = permit(actor, Action::AssignOwner, everywhere(actor)).is_ok();
        Ok(Self {
            shell: signed.shell(app, "accounts").await?,
            rows: part.items.into_iter().map(OwnerlessRow::from).collect(),
            next: part.next.map(|next| format!("{}?after={next}", router::OWNERLESS)),
            may_assign,
            choices: if may_assign {
                choices(app, signed, &sought.q).await?
            } else {
                Choices::default()
            },
            error: None,
        })
    }
}

impl From<Ownerless> for OwnerlessRow {
    fn from(account: Ownerless) -> Self {
        let app = account.app.map(|app| format!(" · {app}")).unwrap_or_default();
        Self {
            id: account.id.to_string(),
            name: format!("{}{app}", account.name),
            last_owner: account.last_owner,
            people: account.people,
            chosen: false,
        }
    }
}

/// Who may own: active members whose role is User or above.
async fn choices(app: &App, signed: &Signed, search: &str) -> Result<Choices> {
    let wanted = Wanted::first(search, OFFERED);
    let nobody = BTreeSet::new();
    let found = members::candidates(app, &signed.actor, &wanted, &nobody).await?;
    let may_own = |person: &&members::Member| {
        model::access::may_receive(person.role, ItemRole::Owner).is_ok()
    };
    Ok(Choices {
        field: "member",
        search: wanted.search,
        chosen: String::new(),
        groups: vec![(
            "",
            found.items.iter().filter(may_own).map(members::Member::choice).collect(),
        )],
        more: found.next.is_some(),
    })
}

/// The page; the choices alone for the script that asks as one types.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Query(sought): Query<Sought>,
    headers: HeaderMap,
) -> Page {
    if headers.contains_key(FRAGMENT) {
        let _may = permit(&signed.actor, Action::AssignOwner, everywhere(&signed.actor))?;
        return fragment("member-choices", &choices(&app, &signed, &sought.q).await?);
    }
    html(&OwnerlessPage::load(&app, &signed, &sought).await?)
}

/// Gives accounts an Owner.
pub(crate) async fn assign(
    State(app): State<App>,
    signed: Signed,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let values = |name: &'static str| {
        fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    };
    let accounts: Vec<AccountId> = values("account").filter_map(|id| id.parse().ok()).collect();
    let member = values("member").find_map(|id| id.parse::<MemberId>().ok());
    let assigned = if let Some(member) = member {
        super::assign(&app, &signed.actor, signed.confirmed_at, accounts.clone(), member).await
    } else {
        // Whoever may not assign hears that, and not what is wrong with the form.
        let _may = permit(&signed.actor, Action::AssignOwner, everywhere(&signed.actor))?;
        Err(Error::invalid("member", "Choose a person."))
    };
    if let Err(error @ Error::Invalid { .. }) = &assigned {
        let mut page = OwnerlessPage::load(&app, &signed, &Sought::default()).await?;
        for row in &mut page.rows {
            row.chosen = accounts.iter().any(|id| id.to_string() == row.id);
        }
        page.choices.chosen = member.map(|id| id.to_string()).unwrap_or_default();
        page.error = Some(error.to_string());
        return again(&page);
    }
    flash::told(&app.config, router::OWNERLESS, assigned, |given| match given {
        0 => "All of them have an Owner by now. Nothing was changed.".into(),
        1 => "The account has an Owner again.".into(),
        given => format!("{given} accounts have an Owner again."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Choice;

    /// C49.
    #[test]
    fn the_page_names_what_nobody_owns_and_offers_an_owner_to_those_who_may_assign() {
        let choice = Choice { value: "mem_01".into(), label: "Bob (bob@acme.example)".into() };
        let mut page = OwnerlessPage {
            shell: Shell::sample("accounts"),
            rows: vec![OwnerlessRow {
                id: "acc_01".into(),
                name: "Content<zilla> · Instagram".into(),
                last_owner: Some("Ada Byron".into()),
                people: 2,
                chosen: true,
            }],
            next: Some("/accounts/ownerless?after=x".into()),
            may_assign: true,
            choices: Choices {
                field: "member",
                groups: vec![("", vec![choice])],
                ..Choices::default()
            },
            error: Some("Choose a person.".into()),
        };
        let text = page.render().unwrap();
        for words in [
            "Content&#60;zilla&#62;",
            "Ada Byron",
            "Make Owner",
            "Choose a person.",
            "bob@acme.example",
        ] {
            assert!(text.contains(words), "{words}");
        }
        page.may_assign = false;
        assert!(!page.render().unwrap().contains("Make Owner"));
        page.rows.clear();
        assert!(page.render().unwrap().contains("Every account has an Owner"));
    }
}
