//! One account: its details, who has access, and its tile.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use model::access::{Action, On, Path as AccessPath, Target, permit};
use model::share::{ItemRole, ShareItem};
use model::{AccountId, MemberId};

use super::{letter, role_title};
use crate::accounts::{self, Account};
use crate::app::App;
use crate::http::page::{Failure, Page, html};
use crate::http::session::Signed;
use crate::http::{Path, router};
use crate::rotations;
use crate::sharing::pages::SharingView;
use crate::sharing::{self, PersonPath};
use crate::sync::pages::{TilePreview, TileState, TileView};
use crate::ui::{self, Badge, Link, Shell, When};

/// One account.
#[derive(Template)]
#[template(path = "accounts/show.html")]
pub struct AccountPage {
    shell: Shell,
    account: AccountView,
    role: String,
    may: AccountMay,
    pub(crate) sharing: SharingView,
    people: Vec<AccessRow>,
    tile: TileView,
    preview: Option<TilePreview>,
    open: bool,
    to_rotate: Option<Link>,
    rejected: Option<When>,
}

struct AccountView {
    id: String,
    name: String,
    username: String,
    letter: String,
    app: Option<String>,
    login_url: Option<String>,
    notes: Option<String>,
    hue: u8,
    has_password: bool,
    has_totp: bool,
    launch: Option<String>,
    step_up: Option<String>,
    added: When,
    added_by: String,
}

#[expect(clippy::struct_excessive_bools, reason = "each is one button of the page")]
struct AccountMay {
    reveal: bool,
    edit: bool,
    share: bool,
    delete: bool,
}

struct AccessRow {
    name: String,
    role: String,
    initials: String,
    hue: u8,
    you: bool,
    paths: Vec<String>,
    tile: Option<Badge>,
}

/// The page of an account.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<AccountId>,
) -> Page {
    html(&AccountPage::load(&app, &signed, id).await?)
}

impl AccountPage {
    /// Everything that the page shows this person.
    pub(crate) async fn load(app: &App, signed: &Signed, id: AccountId) -> Result<Self, Failure> {
        let (account, notes) = accounts::find_with_notes(app, &signed.actor, id).await?;
        let added_by = accounts::added_by(app, &signed.actor, id).await?;
        let may = AccountMay::of(signed, &account);
        let may_edit = may.edit;
        let paths =
            if may.share { sharing::people_of(app, &signed.actor, id).await? } else { Vec::new() };
        let tile = TileView::load(app, &signed.actor, id, account.level).await?;
        // Also where it is extended: once it is removed, which is followed on the page, it can be extended again (S38).
        let preview = match tile.state {
            TileState::Off { .. }
            | TileState::OwnersOnly
            | TileState::NotExtended { refused: Some(_) } => None,
            _ => Some(TilePreview::load(app, &signed.actor, id).await?),
        };
        let to_rotate = if may.edit { to_rotate(app, signed, id).await? } else { None };
        Ok(Self {
            shell: signed.shell(app, "accounts").await?,
            role: role_title(account.level).into(),
            may,
            sharing: SharingView::load(app, signed, ShareItem::Account(id)).await?,
            people: access_rows(paths, signed.actor.member),
            open: tile.extended.is_some() || tile.state.is_awaited(),
            tile,
            preview,
            to_rotate,
            rejected: account.password_rejected_at.filter(|_| may_edit).map(When::from),
            account: AccountView::new(account, notes, added_by),
        })
    }
}

/// Who has left and could use it, where its password has not been changed since (C51).
async fn to_rotate(app: &App, signed: &Signed, id: AccountId) -> Result<Option<Link>, Failure> {
    let workspace = signed.actor.workspace;
    let open = rotations::count_of_account(&mut app.db.read().await?, workspace, id).await?;
    let text = match open {
        0 => return Ok(None),
        1 => "Somebody who could use this account has left.".to_owned(),
        many => format!("{many} people who could use this account have left."),
    };
    Ok(Some(Link { text, href: router::rotations_of_account(id) }))
}

impl AccountView {
    fn new(account: Account, notes: Option<String>, added_by: String) -> Self {
        let app = account.app();
        let launch = account.login_url.as_ref().map(|_| router::launch_account(account.id));
        Self {
            id: account.id.to_string(),
            letter: letter(&account.name),
            hue: ui::hue(app.as_deref().unwrap_or(&account.name)),
            name: account.name,
            username: account.username,
            app,
            login_url: account.login_url,
            notes,
            has_password: account.has_password,
            has_totp: account.has_totp,
            launch,
            step_up: account.step_up.in_words(),
            added: account.created_at.into(),
            added_by,
        }
    }
}

impl AccountMay {
    fn of(signed: &Signed, account: &Account) -> Self {
        let on = On {
            workspace: signed.actor.workspace,
            target: Target::Account { id: account.id, level: account.level },
        };
        let may = |action| permit(&signed.actor, action, on).is_ok();
        Self {
            reveal: may(Action::RevealPassword),
            edit: may(Action::EditAccount),
            share: may(Action::ShareAccount),
            delete: may(Action::DeleteAccount),
        }
    }
}

/// One row for each person, with every path by which they come (C44).
fn access_rows(paths: Vec<PersonPath>, you: MemberId) -> Vec<AccessRow> {
    let mut rows: BTreeMap<(String, MemberId), (ItemRole, AccessRow)> = BTreeMap::new();
    for path in paths {
        let words = path_in_words(&path);
        let entry = rows.entry((path.name.clone(), path.member)).or_insert_with(|| {
            let hidden = crate::sync::desired::why_hidden(&path);
            let tile = match hidden {
                None => Badge { text: "Sees the tile".into(), kind: "good", icon: "tile" },
                Some(why) => {
                    Badge { text: format!("No tile: {}", why.reason()), kind: "", icon: "" }
                }
            };
            let row = AccessRow {
                initials: ui::initials(&path.name),
                hue: ui::hue(&path.name),
                name: path.name.clone(),
                role: String::new(),
                you: path.member == you,
                paths: Vec::new(),
                tile: Some(tile),
            };
            (path.role, row)
        });
        entry.0 = entry.0.max(path.role);
        entry.1.paths.push(words);
    }
    rows.into_values()
        .map(|(role, mut row)| {
            row.role = role.title().into();
            row
        })
        .collect()
}

fn path_in_words(path: &PersonPath) -> String {
    match path.path {
        AccessPath::Direct { .. } => "direct share".into(),
        AccessPath::Team { .. } => format!("team {}", path.through),
        AccessPath::Collection { .. } => format!("collection {}", path.through),
        AccessPath::TeamCollection { .. } => format!("team and collection {}", path.through),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::pages::samples;

    impl AccountPage {
        fn sample(state: TileState) -> Self {
            Self {
                shell: Shell::sample("accounts"),
                account: AccountView {
                    id: "acc_01".into(),
                    name: "Contentzilla".into(),
                    username: "social@contentzilla.example".into(),
                    letter: "C".into(),
                    app: Some("Instagram".into()),
                    login_url: Some("https://www.instagram.com/accounts/login".into()),
                    notes: Some("Ask Ada before posting".into()),
                    hue: 2,
                    has_password: true,
                    has_totp: true,
                    launch: Some("/accounts/acc_01/launch".into()),
                    step_up: Some("At most 15 minutes old".into()),
                    added: jiff::Timestamp::UNIX_EPOCH.into(),
                    added_by: "Ada Byron".into(),
                },
                role: "Owner".into(),
                may: AccountMay { reveal: true, edit: true, share: true, delete: true },
                sharing: SharingView::sample(),
                people: Vec::new(),
                tile: samples::tile(state),
                preview: Some(samples::preview()),
                open: true,
                to_rotate: None,
                rejected: Some(jiff::Timestamp::UNIX_EPOCH.into()),
            }
        }
    }

    #[test]
    fn the_page_renders_in_every_state_of_its_tile() {
        for state in samples::states() {
            let text = AccountPage::sample(state).render().unwrap();
            for words in [
                "Connected services and apps",
                "Extended account access for Okta",
                "Extend your account to Okta?",
                "href=\"/accounts/acc_01/launch\"",
                "The site refused the password",
                "/accounts/acc_01/launches",
            ] {
                assert!(text.contains(words), "{words}");
            }
            assert!(!text.contains("password\":"));
        }
    }
}
