//! What `shares.html` and `dialogs.html` show: a row for each share, and the form for a new one.

use std::collections::{BTreeMap, BTreeSet};

use model::access::{Action, Actor, On, Target, permit};
use model::share::{Grantee, ItemRole, ShareItem};
use model::team::TeamOrigin;
use model::workspace::WorkspaceRole;
use model::{MemberId, ShareId};

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::{Signed, router};
use crate::paging::Wanted;
use crate::sharing::{self, Granted, PersonPath, on_account, on_collection};
use crate::ui::picker::OFFERED;
use crate::ui::{self, Choice, Choices, Link};
use crate::{members, teams};

/// Who has access to an item.
pub struct SharingView {
    pub(crate) base: String,
    pub(crate) word: &'static str,
    pub(crate) may_share: bool,
    pub(crate) rows: Vec<ShareRow>,
    pub(crate) form: ShareForm,
}

/// One share.
pub struct ShareRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) detail: String,
    pub(crate) role: String,
    pub(crate) role_code: &'static str,
    pub(crate) initials: String,
    pub(crate) consequence: String,
    pub(crate) hue: u8,
    pub(crate) is_team: bool,
    pub(crate) you: bool,
    pub(crate) may_own: bool,
    pub(crate) via: Option<Link>,
    pub(crate) people: usize,
}

/// The form for a new share.
#[derive(Default)]
pub struct ShareForm {
    pub(crate) choices: Choices,
    pub(crate) error: Option<String>,
    pub(crate) role: String,
    pub(crate) open: bool,
}

impl ShareForm {
    /// The form with whom `search` finds, for who may share the item.
    pub(crate) async fn find(
        app: &App,
        actor: &Actor,
        item: ShareItem,
        search: &str,
    ) -> Result<Self> {
        let mut tx = app.db.read().await?;
        let (on, action) = match item {
            ShareItem::Account(id) => (on_account(&mut tx, actor, id).await?, Action::ShareAccount),
            ShareItem::Collection(id) => {
                (on_collection(&mut tx, actor, id).await?, Action::ShareCollection)
            }
        };
        let _may = permit(actor, action, on)?;
        let granted = sharing::granted(&mut tx, actor.workspace, item).await?;
        drop(tx);
        Self::load(app, actor, &granted, item, search).await
    }

    async fn load(
        app: &App,
        actor: &Actor,
        granted: &[Granted],
        item: ShareItem,
        search: &str,
    ) -> Result<Self> {
        let (mut people_held, mut teams_held) = (BTreeSet::new(), BTreeSet::new());
        for held in granted.iter().filter(|g| g.share.item == item) {
            match held.share.grantee {
                Grantee::Member(id) => drop(people_held.insert(id)),
                Grantee::Team(id) => drop(teams_held.insert(id)),
            }
        }
        let wanted = Wanted::first(search, OFFERED);
        let people = members::candidates(app, actor, &wanted, &people_held).await?;
        let wanted = Wanted::first(search, OFFERED);
        let teams = teams::candidates(app, actor, &wanted, &teams_held).await?;
        let more = people.next.is_some() || teams.next.is_some();
        let (people, limited): (Vec<_>, Vec<_>) =
            people.items.into_iter().partition(|member| member.role >= WorkspaceRole::User);
        let (pushed, own): (Vec<_>, Vec<_>) =
            teams.items.into_iter().partition(|team| team.origin == TeamOrigin::Directory);
        let team = |team: teams::Team| Choice { value: team.id.to_string(), label: team.name };
        let choices = Choices {
            field: "with",
            search: wanted.search,
            chosen: String::new(),
            groups: vec![
                ("People", people.iter().map(members::Member::choice).collect()),
                (
                    "Guests and Login-only members: Collaborators only",
                    limited.iter().map(members::Member::choice).collect(),
                ),
                // The two kinds may have the same name.
                ("Teams", own.into_iter().map(team).collect()),
                ("Teams from Okta", pushed.into_iter().map(team).collect()),
            ],
            more,
        };
        Ok(Self { choices, ..Self::default() })
    }
}

impl SharingView {
    /// Who has access, as far as the person may know: who does not own the item sees their own access only.
    pub(crate) async fn load(app: &App, signed: &Signed, item: ShareItem) -> Result<Self> {
        let actor = &signed.actor;
        let mut tx = app.db.read().await?;
        let (on, share, base, word) = match item {
            ShareItem::Account(id) => {
                let on = on_account(&mut tx, actor, id).await?;
                (on, Action::ShareAccount, router::account(id), "account")
            }
            ShareItem::Collection(id) => {
                let on = on_collection(&mut tx, actor, id).await?;
                (on, Action::ShareCollection, router::collection(id), "collection")
            }
        };
        let may_share = permit(actor, share, on).is_ok();
        if !may_share {
            let rows = vec![ShareRow::own(signed, &on)];
            return Ok(Self { base, word, may_share, rows, form: ShareForm::default() });
        }
        let granted = sharing::granted(&mut tx, actor.workspace, item).await?;
        let paths = match item {
            ShareItem::Account(id) => sharing::people(&mut tx, actor.workspace, id).await?,
            ShareItem::Collection(_) => Vec::new(),
        };
        drop(tx);
        let form = ShareForm::load(app, actor, &granted, item, "").await?;
        let paths = by_person(paths);
        let (own, inherited): (Vec<_>, Vec<_>) =
            granted.into_iter().partition(|granted| granted.share.item == item);
        let rows = own
            .into_iter()
            .chain(inherited)
            .map(|granted| ShareRow::of(granted, item, &paths, actor.member))
            .collect();
        Ok(Self { base, word, may_share, rows, form })
    }

    /// The dialog is shown again, with what was chosen and what is wrong.
    pub(crate) fn refuse(&mut self, with: &str, role: &str, error: &Error) {
        with.clone_into(&mut self.form.choices.chosen);
        self.form.error = Some(error.to_string());
        role.clone_into(&mut self.form.role);
        self.form.open = true;
    }

    /// How many people lose access where this share ends.
    pub(crate) fn people_of(&self, id: ShareId) -> usize {
        let id = id.to_string();
        self.rows.iter().find(|row| row.id == id).map_or(0, |row| row.people)
    }
}

/// Every path of every person who reaches an account.
type Paths = BTreeMap<MemberId, Vec<PersonPath>>;

fn by_person(paths: Vec<PersonPath>) -> Paths {
    let mut people = Paths::new();
    for path in paths {
        people.entry(path.member).or_default().push(path);
    }
    people
}

impl ShareRow {
    fn of(granted: Granted, item: ShareItem, paths: &Paths, you: MemberId) -> Self {
        let Granted { share, email, workspace_role, members, from_directory, collection } = granted;
        let via = match share.item {
            ShareItem::Collection(id) if share.item != item => Some(Link {
                text: format!("collection {}", collection.unwrap_or_default()),
                href: router::collection(id),
            }),
            ShareItem::Account(_) | ShareItem::Collection(_) => None,
        };
        let is_team = matches!(share.grantee, Grantee::Team(_));
        let members = usize::try_from(members).unwrap_or(0);
        let people = match (item, is_team) {
            (ShareItem::Account(_), _) => losing(paths, share.id),
            (ShareItem::Collection(_), true) => members,
            (ShareItem::Collection(_), false) => 1,
        };
        Self {
            consequence: consequence(&share.grantee_name, item, is_team, people),
            id: share.id.to_string(),
            detail: match email {
                Some(email) => email,
                None => team_of(members, from_directory),
            },
            role: share.role.title().into(),
            role_code: share.role.code(),
            initials: ui::initials(&share.grantee_name),
            hue: ui::hue(&share.grantee_name),
            you: share.grantee == Grantee::Member(you),
            may_own: workspace_role.is_none_or(|role| role >= WorkspaceRole::User),
            name: share.grantee_name,
            is_team,
            via,
            people,
        }
    }

    /// What somebody sees who may not see the others.
    fn own(signed: &Signed, on: &On) -> Self {
        let owns = matches!(
            on.target,
            Target::Account { level: model::access::Level::Own, .. }
                | Target::Collection { level: model::access::Level::Own, .. }
        );
        let role = if owns { ItemRole::Owner } else { ItemRole::Collaborator };
        Self {
            id: String::new(),
            name: signed.name.clone(),
            detail: "Only Owners see who else has access".into(),
            role: role.title().into(),
            role_code: role.code(),
            initials: ui::initials(&signed.name),
            hue: ui::hue(&signed.name),
            consequence: String::new(),
            is_team: false,
            you: true,
            may_own: false,
            via: None,
            people: 0,
        }
    }
}

fn team_of(members: usize, from_directory: bool) -> String {
    let team = if from_directory { "Team from Okta" } else { "Team" };
    match members {
        1 => format!("{team} of one person"),
        _ => format!("{team} of {members} people"),
    }
}

/// How many people have no other path than this share (S14).
fn losing(paths: &Paths, share: ShareId) -> usize {
    paths.values().filter(|paths| paths.iter().all(|path| path.path.share() == share)).count()
}

fn consequence(name: &str, item: ShareItem, is_team: bool, people: usize) -> String {
    match (item, is_team, people) {
        (ShareItem::Account(_), false, 0) => {
            format!("This share ends. {name} still has access by a team or a collection.")
        }
        (ShareItem::Account(_), false, _) => {
            format!("{name} loses this account at once, and its tile goes from their dashboard.")
        }
        (ShareItem::Account(_), true, 0) => {
            format!("This share ends. Everyone in {name} still has access in another way.")
        }
        (ShareItem::Account(_), true, 1) => {
            format!("One person has access only by {name}, and loses it at once.")
        }
        (ShareItem::Account(_), true, _) => {
            format!("{people} people have access only by {name}, and lose it at once.")
        }
        (ShareItem::Collection(_), false, _) => {
            format!("{name} loses at once what they reach only by this collection.")
        }
        (ShareItem::Collection(_), true, _) => {
            format!("The people in {name} lose at once what they reach only by this collection.")
        }
    }
}

#[cfg(test)]
impl SharingView {
    /// A view for tests of pages.
    pub(crate) fn sample() -> Self {
        let row = |id: &str, is_team, via| ShareRow {
            id: id.into(),
            name: if is_team { "Marketing".into() } else { "Ada Byron".into() },
            detail: "ada@acme.example".into(),
            role: "Owner".into(),
            role_code: "owner",
            initials: "AB".into(),
            consequence: "Marketing loses it.".into(),
            hue: 4,
            is_team,
            you: !is_team,
            may_own: true,
            via,
            people: if is_team { 12 } else { 1 },
        };
        let via = Link { text: "collection Social".into(), href: "/collections/col_01".into() };
        let choice = |value: &str, label: &str| Choice { value: value.into(), label: label.into() };
        Self {
            base: "/accounts/acc_01".into(),
            word: "account",
            may_share: true,
            rows: vec![
                row("shr_01", false, None),
                row("shr_02", true, None),
                row("shr_03", true, Some(via)),
            ],
            form: ShareForm {
                choices: Choices {
                    field: "with",
                    chosen: "team_02".into(),
                    groups: vec![
                        ("People", vec![choice("mem_02", "Bob (bob@acme.example)")]),
                        ("Teams", vec![choice("team_02", "Sales")]),
                    ],
                    ..Choices::default()
                },
                error: Some("This team does not exist any more.".into()),
                role: "owner".into(),
                open: false,
            },
        }
    }
}
