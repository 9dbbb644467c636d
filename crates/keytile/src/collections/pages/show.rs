//! One collection: what is in it, and who has access.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use model::access::{Action, Actor, Level, On, Target, permit};
use model::share::ShareItem;
use model::{AccountId, CollectionId};

use super::tree::{self, TreeRow};
use super::{CollectionForm, may_add};
use crate::accounts::{self, Account, Cursor};
use crate::app::App;
use crate::collections::{self, Collection};
use crate::error::{Error, Result};
use crate::http::page::{Page, html};
use crate::http::{Failure, Path, Signed};
use crate::sharing::pages::SharingView;
use crate::ui::picker::OFFERED;
use crate::ui::{self, Badge, Choice, Choices, Field, Link, Shell};

/// How many accounts are read at once, to find some that can be added.
const READ: i64 = 200;

/// One collection.
#[derive(Template)]
#[template(path = "collections/show.html")]
pub struct CollectionPage {
    shell: Shell,
    collection: CollectionView,
    path: Vec<Link>,
    may: CollectionMay,
    may_add: bool,
    form: CollectionForm,
    rename: Field,
    rename_open: bool,
    children: Vec<TreeRow>,
    accounts: Vec<CollectedAccount>,
    adding: AccountPicker,
    people: usize,
    pub(crate) sharing: SharingView,
}

/// An account, being added.
#[derive(Default)]
pub(super) struct AccountPicker {
    pub(super) choices: Choices,
    pub(super) error: Option<String>,
    pub(super) open: bool,
}

struct CollectionView {
    id: String,
    name: String,
}

struct CollectionMay {
    edit: bool,
    share: bool,
    delete: bool,
}

struct CollectedAccount {
    id: String,
    name: String,
    app: String,
    letter: String,
    hue: u8,
    tile: Option<Badge>,
}

/// The page of a collection.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
) -> Page {
    html(&CollectionPage::load(&app, &signed, id).await?)
}

impl CollectionPage {
    pub(crate) async fn load(
        app: &App,
        signed: &Signed,
        id: CollectionId,
    ) -> std::result::Result<Self, Failure> {
        let (collection, _) = collections::find(app, &signed.actor, id).await?;
        let all = collections::list(app, &signed.actor).await?;
        let may = CollectionMay::of(signed, &collection);
        let inside = collections::accounts_of(app, &signed.actor, id).await?;
        let mut held = Vec::with_capacity(inside.len());
        for account in inside {
            held.push(accounts::find(app, &signed.actor, account).await?);
        }
        held.sort_by_cached_key(|account| account.name.to_lowercase());
        let mut rows = Vec::with_capacity(held.len());
        for account in held {
            let tile = accounts::pages::tile_badge(app, signed, &account).await?;
            rows.push(CollectedAccount::new(account, tile));
        }
        let choices =
            if may.edit { choices(app, &signed.actor, id, "").await? } else { Choices::default() };
        let form = CollectionForm { parent: Field::of(id.to_string()), ..CollectionForm::of(&all) };
        let offered = form.parents.iter().any(|choice| choice.value == form.parent.value);
        Ok(Self {
            shell: signed.shell(app, "collections").await?,
            path: tree::path(&all, &collection),
            may_add: offered && may_add(signed),
            form,
            rename: Field::of(&collection.name),
            rename_open: false,
            children: all.iter().filter(|c| c.parent == Some(id)).map(TreeRow::from).collect(),
            accounts: rows,
            adding: AccountPicker { choices, ..AccountPicker::default() },
            people: collections::count_people(app, &signed.actor, id).await?,
            sharing: SharingView::load(app, signed, ShareItem::Collection(id)).await?,
            may,
            collection: CollectionView { id: id.to_string(), name: collection.name },
        })
    }

    pub(super) fn refuse_name(&mut self, name: &str, error: &Error) {
        self.rename = Field::refused(name, error.to_string());
        self.rename_open = true;
    }

    /// The dialog that adds an account is shown, with what was found or what is wrong.
    pub(super) fn adding(mut self, adding: AccountPicker) -> Self {
        self.adding = adding;
        self
    }
}

impl CollectionMay {
    fn of(signed: &Signed, collection: &Collection) -> Self {
        let target = Target::Collection { id: collection.id, level: collection.level };
        let on = On { workspace: signed.actor.workspace, target };
        let may = |action| permit(&signed.actor, action, on).is_ok();
        Self {
            edit: may(Action::EditCollection),
            share: may(Action::ShareCollection),
            delete: may(Action::DeleteCollection),
        }
    }
}

impl CollectedAccount {
    fn new(account: Account, tile: Option<Badge>) -> Self {
        let app = account.app().unwrap_or_default();
        Self {
            id: account.id.to_string(),
            letter: ui::initials(&account.name).chars().take(1).collect(),
            hue: ui::hue(if app.is_empty() { &account.name } else { &app }),
            app,
            name: account.name,
            tile,
        }
    }
}

/// The accounts that the person owns and that are not in the collection, as far as `search` finds them.
pub(super) async fn choices(
    app: &App,
    actor: &Actor,
    id: CollectionId,
    search: &str,
) -> Result<Choices> {
    let inside: BTreeSet<AccountId> =
        collections::accounts_of(app, actor, id).await?.into_iter().collect();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let read = accounts::list(app, actor, search, after.as_ref(), READ).await?;
        let is_last = i64::try_from(read.len()).is_ok_and(|n| n < READ);
        after = read.last().map(Cursor::after);
        let fits = |a: &Account| a.level == Level::Own && !inside.contains(&a.id);
        found.extend(read.into_iter().filter(fits));
        if is_last || found.len() > OFFERED {
            break;
        }
    }
    let more = found.len() > OFFERED;
    found.truncate(OFFERED);
    Ok(Choices {
        field: "account",
        search: search.trim().to_owned(),
        chosen: String::new(),
        groups: vec![("", found.into_iter().map(choice).collect())],
        more,
    })
}

fn choice(account: Account) -> Choice {
    Choice {
        label: match account.app() {
            Some(app) => format!("{} · {app}", account.name),
            None => account.name,
        },
        value: account.id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(people: usize) -> CollectionPage {
        CollectionPage {
            shell: Shell::sample("collections"),
            collection: CollectionView { id: "col_01".into(), name: "Social".into() },
            path: vec![Link { text: "Work".into(), href: "/collections/col_00".into() }],
            may: CollectionMay { edit: true, share: true, delete: true },
            may_add: true,
            form: CollectionForm::default(),
            rename: Field::of("Social"),
            rename_open: false,
            children: tree::samples(),
            accounts: vec![CollectedAccount {
                id: "acc_01".into(),
                name: "Contentzilla".into(),
                app: "Instagram".into(),
                letter: "C".into(),
                hue: 3,
                tile: None,
            }],
            adding: AccountPicker {
                choices: Choices::default(),
                error: Some("Choose an account that you own.".into()),
                open: true,
            },
            people,
            sharing: SharingView::sample(),
        }
    }

    #[test]
    fn the_page_shows_what_is_in_it_and_who_has_access() {
        let text = sample(3).render().unwrap();
        for words in ["Contentzilla", "Who has access", "Choose an account that you own.", "Work"] {
            assert!(text.contains(words), "{words}");
        }
    }

    /// U6.
    #[test]
    fn taking_an_account_from_more_than_ten_people_asks_for_their_number() {
        let asks = |people| sample(people).render().unwrap().contains("who reach this collection");
        assert!(!asks(10) && asks(11));
    }
}
