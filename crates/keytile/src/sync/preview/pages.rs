//! The dry run as a page: one account, a collection, or all that a person owns.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use model::access::{Action, Actor, Level, permit};
use model::{AccountId, CollectionId, MemberId};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::{Batch, Intent, Preview, Totals};
use crate::api::{decode_cursor, encode_cursor};
use crate::app::App;
use crate::error::Error;
use crate::http::page::{Failure, Page, html};
use crate::http::session::Signed;
use crate::http::{Path, router};
use crate::sharing::on_collection;
use crate::sync::pages::HiddenPerson;
use crate::ui::{Link, Shell};
use crate::{accounts, collections};

/// Accounts on one page.
pub(crate) const ACCOUNTS: usize = 25;
/// People named in one line before the rest is only counted.
const NAMED: usize = 12;
/// Skipped people who are named.
const SKIPPED: usize = 50;

/// What will happen in Okta.
#[derive(Template)]
#[template(path = "sync/preview/plan.html")]
pub struct PlanPage {
    shell: Shell,
    title: String,
    back: Link,
    plan: PlanView,
    next: Option<String>,
}

/// What will happen, account by account.
#[derive(Debug, Clone)]
pub struct PlanView {
    pub(crate) totals: Vec<(&'static str, usize)>,
    pub(crate) items: Vec<PlanItem>,
    pub(crate) hidden: Vec<HiddenPerson>,
    pub(crate) hidden_total: usize,
    pub(crate) is_part: bool,
}

/// What will happen for one account.
#[derive(Debug, Clone)]
pub struct PlanItem {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) lines: Vec<PlanLine>,
    pub(crate) notes: Vec<String>,
    pub(crate) problem: Option<String>,
    pub(crate) is_empty: bool,
}

/// Steps that are alike.
#[derive(Debug, Clone)]
pub struct PlanLine {
    pub(crate) text: String,
    pub(crate) people: String,
    pub(crate) more: usize,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    after: Option<String>,
}

/// For one account.
pub(crate) async fn of_account(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
) -> Page {
    let preview = super::of_account(&app, &signed.actor, id, Intent::Extend).await?;
    let mut totals = Totals::default();
    totals.add(&preview.lines);
    let back = Link { text: preview.name.clone(), href: router::account(id) };
    html(&PlanPage {
        title: "What will happen in Okta".into(),
        back,
        plan: PlanView::new(vec![preview], totals, false),
        next: None,
        shell: signed.shell(&app, "accounts").await?,
    })
}

/// For the accounts that the person owns, as far as they match a search.
pub(crate) async fn of_all(
    State(app): State<App>,
    signed: Signed,
    Query(asked): Query<Asked>,
) -> Page {
    let after = asked.after.as_deref().and_then(decode_cursor);
    let after = after.map(|(key, id)| accounts::Cursor { key, id });
    let limit = i64::try_from(ACCOUNTS).expect("a small number") + 1;
    let mut found = accounts::list(&app, &signed.actor, &asked.q, after.as_ref(), limit).await?;
    let is_more = found.len() > ACCOUNTS;
    found.truncate(ACCOUNTS);
    let q: String = byte_serialize(asked.q.as_bytes()).collect();
    let next = found.last().filter(|_| is_more).map(|last| {
        let cursor = accounts::Cursor::after(last);
        format!("{}/plan?q={q}&after={}", router::ACCOUNTS, encode_cursor(&cursor.key, cursor.id))
    });
    let owned = found.into_iter().filter(|account| account.level == Level::Own).map(|a| a.id);
    let plan = PlanView::load(&app, &signed.actor, owned, Intent::Extend).await?;
    let title = if asked.q.is_empty() {
        "What extending your accounts would do".into()
    } else {
        format!("What extending your accounts with “{}” would do", asked.q)
    };
    let is_part = next.is_some() || asked.after.is_some();
    html(&PlanPage {
        title,
        back: Link { text: "Accounts".into(), href: format!("{}?q={q}", router::ACCOUNTS) },
        plan: PlanView { is_part, ..plan },
        next,
        shell: signed.shell(&app, "accounts").await?,
    })
}

/// For the accounts that are directly in a collection.
pub(crate) async fn of_collection(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
    Query(asked): Query<Asked>,
) -> Page {
    let mut tx = app.db.read().await.map_err(Error::from)?;
    let on = on_collection(&mut tx, &signed.actor, id).await?;
    let id = permit(&signed.actor, Action::EditCollection, on).map_err(Error::from)?.collection();
    drop(tx);
    let (collection, _) = collections::find(&app, &signed.actor, id).await?;
    let mut ids = collections::accounts_of(&app, &signed.actor, id).await?;
    ids.sort_unstable();
    let after = asked.after.as_deref().and_then(|text| text.parse::<AccountId>().ok());
    ids.retain(|id| after.is_none_or(|after| *id > after));
    let is_more = ids.len() > ACCOUNTS;
    ids.truncate(ACCOUNTS);
    let next = ids.last().filter(|_| is_more);
    let next = next.map(|last| format!("{}/plan?after={last}", router::collection(id)));
    let plan = PlanView::load(&app, &signed.actor, ids, Intent::Extend).await?;
    let is_part = next.is_some() || after.is_some();
    html(&PlanPage {
        title: format!("What extending {} would do", collection.name),
        back: Link { text: collection.name, href: router::collection(id) },
        plan: PlanView { is_part, ..plan },
        next,
        shell: signed.shell(&app, "collections").await?,
    })
}

impl PlanView {
    /// The plan for these accounts; those that the actor does not own are left out.
    pub(crate) async fn load(
        app: &App,
        actor: &Actor,
        accounts: impl IntoIterator<Item = AccountId>,
        intent: Intent,
    ) -> Result<Self, Failure> {
        let mut tx = app.db.read().await.map_err(Error::from)?;
        let (mut batch, mut previews) = (Batch::default(), Vec::new());
        for account in accounts {
            match batch.add(&mut tx, app, actor, account, intent).await {
                Ok(preview) => previews.push(preview),
                Err(Error::NotFound | Error::Forbidden(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self::new(previews, batch.totals, false))
    }

    fn new(previews: Vec<Preview>, totals: Totals, is_part: bool) -> Self {
        let mut hidden: BTreeMap<(String, MemberId), &'static str> = BTreeMap::new();
        for (viewer, why) in previews.iter().flat_map(|preview| &preview.skipped) {
            hidden.insert((viewer.name.clone(), viewer.member), why.reason());
        }
        Self {
            totals: totals.each().into_iter().map(|(deed, n)| (deed.word(), n)).collect(),
            items: previews.into_iter().map(PlanItem::new).collect(),
            hidden_total: hidden.len(),
            hidden: hidden
                .into_iter()
                .take(SKIPPED)
                .map(|((name, _), reason)| HiddenPerson { name, reason: reason.into() })
                .collect(),
            is_part,
        }
    }
}

impl PlanItem {
    fn new(preview: Preview) -> Self {
        let is_empty = preview.is_empty();
        let mut notes = Vec::new();
        if preview.looks_first {
            notes.push(
                "Keytile reads the app in Okta first. What it finds there may change this:".into(),
            );
        }
        let lines = preview.lines.into_iter().map(|line| PlanLine {
            text: line.text,
            more: line.people.len().saturating_sub(NAMED),
            people: line.people.into_iter().take(NAMED).collect::<Vec<_>>().join(", "),
        });
        Self {
            href: router::account(preview.account),
            name: preview.name,
            label: preview.label,
            lines: lines.collect(),
            notes,
            problem: preview.refused.or(preview.pause),
            is_empty,
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::{PlanItem, PlanLine, PlanView};

    /// A plan of one account.
    pub(crate) fn plan() -> PlanView {
        PlanView {
            totals: vec![("create", 1), ("assign", 14), ("unassign", 1)],
            items: vec![PlanItem {
                href: "/accounts/acc_01".into(),
                name: "Contentzilla".into(),
                label: "Contentzilla - Instagram".into(),
                lines: vec![PlanLine {
                    text: "Assign".into(),
                    people: "Ada Byron, Ben Bee".into(),
                    more: 12,
                }],
                notes: vec!["Keytile reads the app in Okta first.".into()],
                problem: None,
                is_empty: false,
            }],
            hidden: Vec::new(),
            hidden_total: 0,
            is_part: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_names_a_few_people_and_counts_the_rest() {
        let page = PlanPage {
            shell: Shell::sample("accounts"),
            title: "What will happen in Okta".into(),
            back: Link { text: "Contentzilla".into(), href: "/accounts/acc_01".into() },
            plan: samples::plan(),
            next: None,
        };
        let text = page.render().unwrap();
        assert!(text.contains("Assign Ada Byron, Ben Bee and 12 more"), "{text}");
        let empty = PlanView { items: Vec::new(), ..samples::plan() };
        assert!(PlanPage { plan: empty, ..page }.render().unwrap().contains("nothing to do"));
    }
}
