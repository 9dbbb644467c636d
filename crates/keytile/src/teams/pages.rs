//! The pages of teams: the list, one team, and the forms that change it.

mod people;

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use model::access::{Action, On, Target, permit};
use model::team::{TeamOrigin, TeamRole};
use model::{MemberId, TeamId};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::{Team, TeamMember, store};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{Page, again, check_number, html};
use crate::http::{Path, Signed, flash, router};
use crate::paging::{Part, Wanted};
use crate::sharing::pages::{Confirmed, Reached};
use crate::ui::{self, Choices, Field, Shell};

use people::choices;
pub(crate) use people::{add_member, choose_member, remove_member};

const TEAMS: usize = 100;
const PEOPLE: usize = 100;

/// The list of teams.
#[derive(Template)]
#[template(path = "teams/list.html")]
pub struct TeamsPage {
    shell: Shell,
    teams: Vec<TeamRow>,
    query: String,
    next: Option<String>,
    may_add: bool,
    form: TeamForm,
}

struct TeamRow {
    id: String,
    name: String,
    initials: String,
    hue: u8,
    from_okta: bool,
    members: i64,
    accounts: i64,
    yours: bool,
}

/// A team's name, being entered.
#[derive(Default)]
struct TeamForm {
    name: Field,
    open: bool,
}

/// One team.
#[derive(Template)]
#[template(path = "teams/show.html")]
pub struct TeamPage {
    shell: Shell,
    team: TeamView,
    may: TeamMay,
    members: Vec<TeamMemberRow>,
    accounts: Vec<Reached>,
    people: i64,
    query: String,
    next: Option<String>,
    form: TeamForm,
    adding: MemberPicker,
}

/// A person, being added.
#[derive(Default)]
struct MemberPicker {
    choices: Choices,
    error: Option<String>,
    open: bool,
}

struct TeamView {
    id: String,
    name: String,
    from_okta: bool,
}

struct TeamMay {
    manage: bool,
}

struct TeamMemberRow {
    id: String,
    name: String,
    email: String,
    initials: String,
    hue: u8,
    you: bool,
    admin: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Turn {
    q: String,
    after: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    member: String,
}

impl TeamForm {
    fn refused(name: &str, error: &Error) -> Self {
        Self { name: Field::refused(name, error.to_string()), open: true }
    }
}

/// The teams that the person may see.
pub(crate) async fn list(State(app): State<App>, signed: Signed, Query(turn): Query<Turn>) -> Page {
    html(&TeamsPage::load(&app, &signed, &turn).await?)
}

/// Makes a team.
pub(crate) async fn create(
    State(app): State<App>,
    signed: Signed,
    Form(named): Form<Named>,
) -> Page {
    match super::create(&app, &signed.actor, &named.name).await {
        Ok(id) => {
            let said = flash::good(format!("{} is ready. Add its people.", named.name.trim()));
            Ok(flash::redirect(&app.config, &router::team(id), &said))
        }
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_))) => {
            let mut page = TeamsPage::load(&app, &signed, &Turn::default()).await?;
            page.form = TeamForm::refused(&named.name, &error);
            again(&page)
        }
        Err(error) => Err(error.into()),
    }
}

/// One team.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<TeamId>,
    Query(turn): Query<Turn>,
) -> Page {
    html(&TeamPage::load(&app, &signed, id, &turn).await?)
}

/// Renames a team.
pub(crate) async fn rename(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<TeamId>,
    Form(named): Form<Named>,
) -> Page {
    match super::rename(&app, &signed.actor, id, &named.name).await {
        Err(error @ (Error::Invalid { .. } | Error::Conflict(_))) => {
            let mut page = TeamPage::load(&app, &signed, id, &Turn::default()).await?;
            page.form = TeamForm::refused(&named.name, &error);
            again(&page)
        }
        result => flash::told(&app.config, &router::team(id), result, |()| {
            format!("The team is called {} now.", named.name.trim())
        }),
    }
}

/// Deletes a team.
pub(crate) async fn delete(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<TeamId>,
    Form(confirmed): Form<Confirmed>,
) -> Page {
    let (team, _) = super::find(&app, &signed.actor, id).await?;
    let people = usize::try_from(team.members).unwrap_or(0);
    if let Err(error) = check_number(people, &confirmed.confirm) {
        let said = flash::bad(error.to_string());
        return Ok(flash::redirect(&app.config, &router::team(id), &said));
    }
    let deleted = super::delete(&app, &signed.actor, id).await;
    flash::told(&app.config, router::TEAMS, deleted, |()| format!("{} is deleted.", team.name))
}

impl TeamsPage {
    async fn load(app: &App, signed: &Signed, turn: &Turn) -> Result<Self> {
        let everywhere = On { workspace: signed.actor.workspace, target: Target::Workspace };
        let _opened = permit(&signed.actor, Action::ViewTeams, everywhere)?;
        let wanted = Wanted::after(&turn.q, &turn.after, TEAMS);
        let Part { items: teams, next } = super::page(app, &signed.actor, &wanted).await?;
        let mut tx = app.db.read().await?;
        let own = store::list(&mut tx, signed.actor.workspace, Some(signed.actor.member)).await?;
        let own: BTreeSet<TeamId> = own.into_iter().map(|team| team.id).collect();
        let accounts = store::count_accounts(&mut tx, signed.actor.workspace).await?;
        drop(tx);
        let row = |team: Team| TeamRow {
            accounts: accounts.get(&team.id).copied().unwrap_or(0),
            yours: own.contains(&team.id),
            ..TeamRow::from(team)
        };
        Ok(Self {
            shell: signed.shell(app, "teams").await?,
            teams: teams.into_iter().map(row).collect(),
            next: next.map(|next| next_page(router::TEAMS, &turn.q, &next)),
            query: wanted.search,
            may_add: permit(&signed.actor, Action::CreateTeam, everywhere).is_ok(),
            form: TeamForm::default(),
        })
    }
}

impl From<Team> for TeamRow {
    fn from(team: Team) -> Self {
        Self {
            id: team.id.to_string(),
            initials: ui::initials(&team.name),
            hue: ui::hue(&team.name),
            from_okta: team.origin == TeamOrigin::Directory,
            members: team.members,
            accounts: 0,
            yours: false,
            name: team.name,
        }
    }
}

impl TeamPage {
    async fn load(app: &App, signed: &Signed, id: TeamId, turn: &Turn) -> Result<Self> {
        let (team, manage) = super::find(app, &signed.actor, id).await?;
        let choices = if manage { choices(app, signed, id, "").await? } else { Choices::default() };
        let wanted = Wanted::after(&turn.q, &turn.after, PEOPLE);
        let Part { items, next } = super::people(app, &signed.actor, id, &wanted).await?;
        let row = |person| TeamMemberRow::new(person, signed.actor.member);
        Ok(Self {
            shell: signed.shell(app, "teams").await?,
            may: TeamMay { manage },
            members: items.into_iter().map(row).collect(),
            people: team.members,
            next: next.map(|next| next_page(&router::team(id), &turn.q, &next)),
            query: wanted.search,
            accounts: Reached::by_team(app, &signed.actor, id).await?,
            form: TeamForm { name: Field::of(&team.name), open: false },
            adding: MemberPicker { choices, ..MemberPicker::default() },
            team: TeamView {
                id: id.to_string(),
                from_okta: team.origin == TeamOrigin::Directory,
                name: team.name,
            },
        })
    }
}

fn next_page(page: &str, search: &str, after: &str) -> String {
    let q: String = byte_serialize(search.as_bytes()).collect();
    format!("{page}?q={q}&after={after}")
}

impl TeamMemberRow {
    fn new(person: TeamMember, you: MemberId) -> Self {
        Self {
            id: person.member.to_string(),
            initials: ui::initials(&person.name),
            hue: ui::hue(&person.name),
            you: person.member == you,
            admin: person.role == TeamRole::Admin,
            name: person.name,
            email: person.email,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl TeamsPage {
        fn sample(teams: usize) -> Self {
            let row = |_| TeamRow {
                id: "team_01".into(),
                name: "Marketing".into(),
                initials: "M".into(),
                hue: 3,
                from_okta: true,
                members: 1,
                accounts: 7,
                yours: true,
            };
            Self {
                shell: Shell::sample("teams"),
                teams: (0..teams).map(row).collect(),
                query: String::new(),
                next: Some("/teams?after=team_01".into()),
                may_add: true,
                form: TeamForm { name: Field::refused("x", "Choose another name."), open: true },
            }
        }
    }

    impl TeamPage {
        fn sample(people: usize) -> Self {
            let row = |_| TeamMemberRow {
                id: "mem_01".into(),
                name: "Ada Byron".into(),
                email: "ada@acme.example".into(),
                initials: "AB".into(),
                hue: 1,
                you: true,
                admin: true,
            };
            Self {
                shell: Shell::sample("teams"),
                team: TeamView { id: "team_01".into(), name: "Sales".into(), from_okta: false },
                may: TeamMay { manage: true },
                members: (0..people).map(row).collect(),
                accounts: vec![Reached::sample()],
                people: i64::try_from(people).unwrap(),
                query: String::new(),
                next: None,
                form: TeamForm::default(),
                adding: MemberPicker {
                    error: Some("They have left.".into()),
                    open: true,
                    ..MemberPicker::default()
                },
            }
        }
    }

    #[test]
    fn the_list_renders_with_teams_and_without() {
        let (none, some) = (TeamsPage::sample(0).render(), TeamsPage::sample(2).render());
        assert!(none.unwrap().contains("No teams yet"));
        let some = some.unwrap();
        assert!(some.contains("1 member ") && some.contains("7 accounts"));
        assert!(some.contains("Choose another name."), "what was wrong with the new one's name");
    }

    /// U6.
    #[test]
    fn a_team_of_more_than_ten_asks_for_their_number_before_it_is_deleted() {
        let asks = |people| TeamPage::sample(people).render().unwrap().contains("to confirm");
        assert!(!asks(10) && asks(11));
    }
}
