//! Who is in a team: the picker of newcomers, and the forms that add and remove a person.

use axum::Form;
use axum::extract::{Query, State};
use http::HeaderMap;
use model::team::TeamRole;
use model::{MemberId, TeamId};

use super::{Chosen, MemberPicker, TeamPage, Turn};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{FRAGMENT, Page, again, fragment, html};
use crate::http::{Path, Signed, flash, router};
use crate::members;
use crate::paging::Wanted;
use crate::teams;
use crate::ui::Choices;
use crate::ui::picker::OFFERED;

/// Who can be added to a team: the choices alone for the script that asks as one types.
pub(crate) async fn choose_member(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<TeamId>,
    Query(turn): Query<Turn>,
    headers: HeaderMap,
) -> Page {
    let choices = choices(&app, &signed, id, &turn.q).await?;
    if headers.contains_key(FRAGMENT) {
        return fragment("member-choices", &choices);
    }
    let mut page = TeamPage::load(&app, &signed, id, &Turn::default()).await?;
    page.adding = MemberPicker { choices, error: None, open: true };
    html(&page)
}

/// Adds a person to a team.
pub(crate) async fn add_member(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<TeamId>,
    Form(chosen): Form<Chosen>,
) -> Page {
    let added = match chosen.member.parse::<MemberId>() {
        Ok(member) => teams::add_member(&app, &signed.actor, id, member, TeamRole::Member).await,
        Err(_) => Err(Error::invalid("member", "Choose a person.")),
    };
    match added {
        Err(error @ Error::Invalid { .. }) => {
            let mut page = TeamPage::load(&app, &signed, id, &Turn::default()).await?;
            page.adding.choices.chosen = chosen.member;
            page.adding.error = Some(error.to_string());
            page.adding.open = true;
            again(&page)
        }
        result => flash::told(&app.config, &router::team(id), result, |()| {
            "They are in the team, and can use what it reaches.".into()
        }),
    }
}

/// Takes a person out of a team.
pub(crate) async fn remove_member(
    State(app): State<App>,
    signed: Signed,
    Path((id, member)): Path<(TeamId, MemberId)>,
) -> Page {
    let removed = teams::remove_member(&app, &signed.actor, id, member).await;
    // Who leaves a team does not see it any more, unless they are an admin.
    let stays = teams::find(&app, &signed.actor, id).await.is_ok();
    let to = if stays { router::team(id) } else { router::TEAMS.to_owned() };
    flash::told(&app.config, &to, removed, |()| "They are no longer in the team.".into())
}

/// Who could be added, as far as `search` finds them.
pub(super) async fn choices(
    app: &App,
    signed: &Signed,
    id: TeamId,
    search: &str,
) -> Result<Choices> {
    let wanted = Wanted::first(search, OFFERED);
    let found = teams::newcomers(app, &signed.actor, id, &wanted).await?;
    Ok(Choices {
        field: "member",
        search: wanted.search,
        chosen: String::new(),
        groups: vec![("", found.items.iter().map(members::Member::choice).collect())],
        more: found.next.is_some(),
    })
}
