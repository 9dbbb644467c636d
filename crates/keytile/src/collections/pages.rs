//! The pages of collections: the tree, one collection, and the forms that change it. Sharing one is `sharing`'s.

mod show;
mod tree;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use http::HeaderMap;
use model::access::{Action, Level, On, Target, permit};
use model::{AccountId, CollectionId};
use serde::Deserialize;

use super::Collection;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{FRAGMENT, Page, again, check_number, fragment, html};
use crate::http::{Path, Signed, flash, router};
use crate::sharing::pages::Confirmed;
use crate::ui::picker::Sought;
use crate::ui::{Choice, Field, Shell};

use show::AccountPicker;
pub use show::CollectionPage;
pub(crate) use show::show;
pub use tree::TreeRow;

/// The collections that a person reaches.
#[derive(Template)]
#[template(path = "collections/list.html")]
pub struct CollectionsPage {
    shell: Shell,
    rows: Vec<TreeRow>,
    may_add: bool,
    form: CollectionForm,
}

/// A new collection, being entered.
#[derive(Default)]
struct CollectionForm {
    name: Field,
    parent: Field,
    parents: Vec<Choice>,
    open: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct New {
    name: String,
    parent: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Renamed {
    #[serde(rename = "new-name")]
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    account: String,
}

impl CollectionForm {
    /// Offers the collections that the person owns and that are not six deep.
    fn of(all: &[Collection]) -> Self {
        let deepest = i64::try_from(model::collection::MAX_DEPTH).expect("a small number") - 1;
        let parents = all
            .iter()
            .filter(|c| c.level == Level::Own && c.depth < deepest)
            .map(|c| Choice { value: c.id.to_string(), label: tree::path_in_words(all, c) })
            .collect();
        Self { parents, ..Self::default() }
    }

    fn refused(&mut self, new: &New, error: &Error) {
        self.name = Field::of(&new.name);
        self.parent = Field::of(&new.parent);
        self.open = true;
        let at = match error {
            Error::Invalid { field: "parent", .. } => &mut self.parent,
            _ => &mut self.name,
        };
        at.error = Some(error.to_string());
    }
}

/// The tree of collections.
pub(crate) async fn list(State(app): State<App>, signed: Signed) -> Page {
    html(&CollectionsPage::load(&app, &signed).await?)
}

/// Makes a collection.
pub(crate) async fn create(State(app): State<App>, signed: Signed, Form(new): Form<New>) -> Page {
    match try_create(&app, &signed, &new).await {
        Ok(id) => {
            let said = flash::good(format!("{} is ready. You own it.", new.name.trim()));
            Ok(flash::redirect(&app.config, &router::collection(id), &said))
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_))) => {
            let mut page = CollectionsPage::load(&app, &signed).await?;
            page.form.refused(&new, &error);
            again(&page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn try_create(app: &App, signed: &Signed, new: &New) -> Result<CollectionId> {
    let parent = match new.parent.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| {
            Error::invalid("parent", "Choose one of the collections that you own.")
        })?),
    };
    super::create(app, &signed.actor, &new.name, parent).await
}

/// Renames a collection.
pub(crate) async fn rename(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
    Form(renamed): Form<Renamed>,
) -> Page {
    match super::rename(&app, &signed.actor, id, &renamed.name).await {
        Err(error @ Error::Invalid { .. }) => {
            let mut page = CollectionPage::load(&app, &signed, id).await?;
            page.refuse_name(&renamed.name, &error);
            again(&page)
        }
        result => flash::told(&app.config, &router::collection(id), result, |()| {
            format!("The collection is called {} now.", renamed.name.trim())
        }),
    }
}

/// Which accounts can be put into a collection: the choices alone for the script that asks as one types.
pub(crate) async fn choose_account(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
    Query(sought): Query<Sought>,
    headers: HeaderMap,
) -> Page {
    let (_, may_edit) = super::find(&app, &signed.actor, id).await?;
    if !may_edit {
        return Err(Error::Forbidden("Only Owners change a collection.".into()).into());
    }
    let choices = show::choices(&app, &signed.actor, id, &sought.q).await?;
    if headers.contains_key(FRAGMENT) {
        return fragment("account-choices", &choices);
    }
    let page = CollectionPage::load(&app, &signed, id).await?;
    html(&page.adding(AccountPicker { choices, error: None, open: true }))
}

/// Puts an account into a collection.
pub(crate) async fn add_account(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
    Form(chosen): Form<Chosen>,
) -> Page {
    let added = match chosen.account.parse::<AccountId>() {
        Ok(account) => super::add_account(&app, &signed.actor, id, account).await,
        Err(_) => Err(Error::invalid("account", "Choose an account that you own.")),
    };
    match added {
        Err(error @ Error::Invalid { .. }) => {
            let choices = show::choices(&app, &signed.actor, id, "").await?;
            let adding = AccountPicker { choices, error: Some(error.to_string()), open: true };
            again(&CollectionPage::load(&app, &signed, id).await?.adding(adding))
        }
        result => flash::told(&app.config, &router::collection(id), result, |()| {
            "Whoever reaches this collection can use the account now.".into()
        }),
    }
}

/// Takes an account out of a collection.
pub(crate) async fn remove_account(
    State(app): State<App>,
    signed: Signed,
    Path((id, account)): Path<(CollectionId, AccountId)>,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    let removed = match check_people(&app, &signed, id, &confirmed).await {
        Ok(()) => super::remove_account(&app, &signed.actor, id, account).await,
        Err(error) => Err(error),
    };
    flash::told(&app.config, &router::collection(id), removed, |()| {
        "The account is no longer in this collection.".into()
    })
}

/// Deletes a collection.
pub(crate) async fn delete(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<CollectionId>,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    let (collection, _) = super::find(&app, &signed.actor, id).await?;
    let deleted = match check_people(&app, &signed, id, &confirmed).await {
        Ok(()) => super::delete(&app, &signed.actor, id).await,
        Err(error) => Err(error),
    };
    let to = match deleted {
        Ok(()) => router::COLLECTIONS.to_owned(),
        Err(_) => router::collection(id),
    };
    flash::told(&app.config, &to, deleted, |()| {
        format!("{} is deleted. Its accounts are still there.", collection.name)
    })
}

/// U6: a change for more than ten people is confirmed by their number.
async fn check_people(
    app: &App,
    signed: &Signed,
    id: CollectionId,
    confirmed: &Confirmed,
) -> Result<()> {
    let people = super::count_people(app, &signed.actor, id).await?;
    check_number(people, &confirmed.confirm)
}

fn may_add(signed: &Signed) -> bool {
    let everywhere = On { workspace: signed.actor.workspace, target: Target::Workspace };
    permit(&signed.actor, Action::CreateCollection, everywhere).is_ok()
}

impl CollectionsPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let all = super::list(app, &signed.actor).await?;
        Ok(Self {
            shell: signed.shell(app, "collections").await?,
            may_add: may_add(signed),
            form: CollectionForm::of(&all),
            rows: tree::rows(&all),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_renders_with_collections_and_without() {
        let page = |rows| CollectionsPage {
            shell: Shell::sample("collections"),
            rows,
            may_add: true,
            form: CollectionForm {
                name: Field::of("Social"),
                parent: Field::refused("col_01", "That would be seven levels."),
                parents: vec![Choice { value: "col_01".into(), label: "Work › Social".into() }],
                open: true,
            },
        };
        assert!(page(Vec::new()).render().unwrap().contains("No collections yet"));
        let text = page(tree::samples()).render().unwrap();
        assert!(text.contains("Work › Social") && text.contains("seven levels"));
        let nested = text.matches("<ul class=\"tree\">").count();
        assert_eq!(nested, 3, "the outermost list and one in each of the two that hold others");
        let main =
            text.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap();
        assert_eq!(main.matches("<ul").count(), main.matches("</ul>").count());
        assert_eq!(main.matches("<li").count(), main.matches("</li>").count());
    }
}
