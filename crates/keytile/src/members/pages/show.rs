//! One member: their role and state, what they can use, and what an admin may change.

use askama::Template;
use axum::Form;
use axum::extract::State;
use model::MemberId;
use model::access::{Action, On, Target, permit};
use model::workspace::{MemberStatus, WorkspaceRole};
use serde::Deserialize;

use super::passkeys::PasskeyView;
use super::status_badge;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{Page, html};
use crate::http::{Path, Signed, flash, router};
use crate::members::{self, Member, SuspendedBy};
use crate::sharing::pages::Reached;
use crate::ui::{self, Badge, Choice, Link, Shell, When};
use crate::{departures, rotations, signin, teams};

/// How many accounts are named.
const REACHED: usize = 100;

/// One member.
#[derive(Template)]
#[template(path = "members/show.html")]
pub struct MemberPage {
    shell: Shell,
    member: MemberView,
    you: bool,
    sees_external_id: bool,
    may: MemberMay,
    passkey: Option<PasskeyView>,
    roles: Vec<Choice>,
    reaches: Vec<Reached>,
    reaches_total: usize,
    reaches_hidden: i64,
    teams: Vec<Link>,
    state: Option<String>,
    from_directory: bool,
    links: Vec<Link>,
}

struct MemberView {
    id: String,
    name: String,
    email: String,
    role: String,
    role_code: &'static str,
    initials: String,
    hue: u8,
    status: Badge,
    external_id: Option<String>,
    scim_active: bool,
    joined: When,
    seen: Option<When>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is one button of the page")]
struct MemberMay {
    set_role: bool,
    suspend: bool,
    deactivate: bool,
    reactivate: bool,
    sign_out: bool,
    why_not: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewRole {
    role: WorkspaceRole,
}

/// The page of a member.
pub(crate) async fn show(State(app): State<App>, signed: Signed, Path(id): Path<MemberId>) -> Page {
    html(&MemberPage::load(&app, &signed, id).await?)
}

/// Gives a member another role.
pub(crate) async fn set_role(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
    Form(new): Form<NewRole>,
) -> Page {
    let changed = members::change_role(&app, &signed.actor, id, new.role).await;
    flash::told(&app.config, &router::member(id), changed, |()| {
        format!("The role is {} now.", new.role.title())
    })
}

/// Takes a member out of the workspace.
pub(crate) async fn deactivate(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
) -> Page {
    let removed = members::remove(&app, &signed.actor, id).await;
    flash::told(&app.config, &router::member(id), removed, |()| {
        "They are signed out everywhere, and have lost all access. Their tiles go from Okta by themselves.".into()
    })
}

/// Suspends a member.
pub(crate) async fn suspend(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
) -> Page {
    let suspended = members::suspend(&app, &signed.actor, id).await;
    flash::told(&app.config, &router::member(id), suspended, |()| {
        "They are signed out everywhere. What is shared with them waits until they are back.".into()
    })
}

/// Ends a suspension, or brings back whom an admin has removed.
pub(crate) async fn reactivate(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
) -> Page {
    let actor = &signed.actor;
    let member = members::find(&app, actor, id).await?;
    let was_removed = member.status == MemberStatus::Removed;
    let back = match member.status {
        MemberStatus::Removed => members::bring_back(&app, actor, id).await,
        MemberStatus::Active | MemberStatus::Suspended => members::resume(&app, actor, id).await,
    };
    flash::told(&app.config, &router::member(id), back, |()| {
        if was_removed && member.suspended_by.is_some() {
            return "They are a member again, and still suspended. Reactivate them once more to let them in.".into();
        }
        "They are back.".into()
    })
}

/// Ends every session of a member (C40).
pub(crate) async fn end_sessions(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<MemberId>,
) -> Page {
    let ended = signin::sign_out_member(&app, &signed.actor, id).await;
    flash::told(&app.config, &router::member(id), ended, |count| match count {
        0 => "They were signed in nowhere. Their API key, if they had one, has ended.".into(),
        1 => "One session has ended, and their API key if they had one.".into(),
        count => format!("{count} sessions have ended, and their API key if they had one."),
    })
}

impl MemberPage {
    async fn load(app: &App, signed: &Signed, id: MemberId) -> Result<Self> {
        let actor = &signed.actor;
        let member = members::find(app, actor, id).await?;
        let sees_external_id = members::sees_external_ids(actor);
        let mut reaches = Reached::by_member(app, actor, id).await?;
        let reaches_total = reaches.len();
        reaches.truncate(REACHED);
        let teams = teams_of(app, signed, id).await?;
        let of_them = std::slice::from_ref(&member);
        let figures = members::figures(app, actor, "", of_them).await?;
        let reached = figures.get(&id).map_or(0, |figures| figures.accounts);
        let seen = i64::try_from(reaches_total).unwrap_or(i64::MAX);
        Ok(Self {
            shell: signed.shell(app, "members").await?,
            you: id == actor.member,
            sees_external_id,
            reaches_hidden: (reached - seen).max(0),
            state: state(&member),
            from_directory: member.from_directory,
            links: if sees_external_id { links(app, signed, id).await? } else { Vec::new() },
            may: MemberMay::of(signed, &member),
            passkey: PasskeyView::load(app, signed, &member).await?,
            roles: roles(signed, &member),
            reaches,
            reaches_total,
            teams,
            member: member.into(),
        })
    }
}

/// Why they are not here, in a sentence.
fn state(member: &Member) -> Option<String> {
    match (member.status, member.suspended_by) {
        (MemberStatus::Active, _) => None,
        (MemberStatus::Suspended, Some(SuspendedBy::Directory)) => Some(
            "They are suspended where they are managed. Once they are active there, they are back here."
                .into(),
        ),
        (MemberStatus::Suspended, Some(SuspendedBy::Admin) | None) => {
            Some("An admin has suspended them. What is shared with them waits.".into())
        }
        (MemberStatus::Removed, _) if member.from_directory && member.removed_by.is_some() => Some(
            "An admin has removed them: signed out everywhere, without keys and shares. Where Okta still has them assigned, \
             its next push brings them back, without shares. Unassign them in Okta too."
                .into(),
        ),
        (MemberStatus::Removed, _) => Some(
            "They have left: signed out everywhere, without keys and shares. Their name stays in the records."
                .into(),
        ),
    }
}

/// Where an admin goes on from here.
async fn links(app: &App, signed: &Signed, id: MemberId) -> Result<Vec<Link>> {
    let link = |text: String, href: String| Link { text, href };
    let mut links = vec![
        link("History".into(), format!("{}/history", router::member(id))),
        link("Logins".into(), router::launches_of(id)),
    ];
    let workspace = signed.actor.workspace;
    let mut tx = app.db.read().await?;
    let open = rotations::count_of_member(&mut tx, workspace, id).await?;
    if open > 0 {
        links.push(link(format!("{open} to rotate"), router::rotations_of(id)));
    }
    if departures::is_waiting(&mut tx, workspace, id).await? {
        links.push(link("Restore what they had".into(), router::RESTORATIONS.into()));
    }
    Ok(links)
}

/// The teams of a member that the person may see.
async fn teams_of(app: &App, signed: &Signed, id: MemberId) -> Result<Vec<Link>> {
    let seen = teams::list(app, &signed.actor).await?;
    let mut tx = app.db.read().await?;
    let theirs = teams::store::list(&mut tx, signed.actor.workspace, Some(id)).await?;
    Ok(theirs
        .into_iter()
        .filter(|team| seen.iter().any(|other| other.id == team.id))
        .map(|team| Link { text: team.name, href: router::team(team.id) })
        .collect())
}

pub(super) fn on(signed: &Signed, member: &Member) -> On {
    On {
        workspace: signed.actor.workspace,
        target: Target::Member { id: member.id, role: member.role },
    }
}

/// The roles that the person may give to this member.
fn roles(signed: &Signed, member: &Member) -> Vec<Choice> {
    let on = on(signed, member);
    WorkspaceRole::ALL
        .into_iter()
        .rev()
        .filter(|to| permit(&signed.actor, Action::ChangeMemberRole { to: *to }, on).is_ok())
        .map(|role| Choice { value: role.code().into(), label: role.title().into() })
        .collect()
}

impl MemberMay {
    fn of(signed: &Signed, member: &Member) -> Self {
        let on = on(signed, member);
        let may = |action| permit(&signed.actor, action, on).is_ok();
        let is_active = member.status == MemberStatus::Active;
        let is_suspended = member.status == MemberStatus::Suspended;
        let role = permit(&signed.actor, Action::ChangeMemberRole { to: WorkspaceRole::User }, on);
        let why_not = match role {
            // Who manages nobody need not be told so on every page.
            Err(denied) if may_manage(signed) => Some(Error::from(denied).to_string()),
            _ => None,
        };
        Self {
            set_role: why_not.is_none() && is_active && !roles(signed, member).is_empty(),
            suspend: is_active && may(Action::SuspendMember),
            deactivate: (is_active || is_suspended) && may(Action::RemoveMember),
            reactivate: is_suspended && may(Action::SuspendMember)
                || member.status == MemberStatus::Removed
                    && (!member.from_directory || member.removed_by.is_some())
                    && may(Action::RemoveMember),
            // One's own sessions are on one's own page.
            sign_out: is_active && member.id != signed.actor.member && may(Action::SignOutMember),
            why_not,
        }
    }
}

fn may_manage(signed: &Signed) -> bool {
    let everywhere = On { workspace: signed.actor.workspace, target: Target::Workspace };
    permit(&signed.actor, Action::ViewAllMembers, everywhere).is_ok()
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self {
            id: member.id.to_string(),
            role: member.role.title().into(),
            role_code: member.role.code(),
            initials: ui::initials(&member.name),
            hue: ui::hue(&member.name),
            status: status_badge(member.status),
            external_id: member.external_id,
            // As SCIM tells it: a suspension is ours alone.
            scim_active: member.status != MemberStatus::Removed,
            joined: member.created_at.into(),
            seen: member.last_seen_at.map(When::from),
            name: member.name,
            email: member.email,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(may: MemberMay, external_id: Option<&str>) -> MemberPage {
        let at = model::Timestamp::UNIX_EPOCH;
        MemberPage {
            shell: Shell::sample("members"),
            member: MemberView {
                id: "mem_01".into(),
                name: "Ada Byron".into(),
                email: "ada@acme.example".into(),
                role: "User".into(),
                role_code: "user",
                initials: "AB".into(),
                hue: 1,
                status: status_badge(MemberStatus::Active),
                external_id: external_id.map(Into::into),
                scim_active: false,
                joined: at.into(),
                seen: None,
            },
            you: false,
            sees_external_id: true,
            may,
            passkey: external_id.map(|_| PasskeyView {
                allowed: Some((at.into(), Some("Grace Hopper".into()))),
                may: true,
                confirmed: true,
                confirm: String::new(),
            }),
            roles: vec![Choice { value: "user".into(), label: "User".into() }],
            reaches: vec![Reached::sample()],
            reaches_total: 3,
            reaches_hidden: 4,
            state: Some("They have left.".into()),
            from_directory: external_id.is_some(),
            links: vec![Link {
                text: "3 to rotate".into(),
                href: "/rotations?member=mem_01".into(),
            }],
            teams: vec![Link { text: "Marketing".into(), href: "/teams/team_01".into() }],
        }
    }

    /// C5.
    #[test]
    fn the_page_shows_the_external_id_and_what_the_member_can_use() {
        let may = MemberMay {
            set_role: true,
            suspend: true,
            deactivate: true,
            reactivate: false,
            sign_out: true,
            why_not: None,
        };
        let text = sample(may, Some("00u1a2b3")).render().unwrap();
        for words in [
            "SCIM external ID",
            "00u1a2b3",
            "By team Marketing",
            "and 2 more",
            "Suspend",
            "4 more that you cannot see",
            "They have left.",
            "3 to rotate",
            "Inactive",
            "End all sessions",
            "by Grace Hopper",
            "Withdraw",
            "Unassign them in Okta too, or its next push brings them back",
        ] {
            assert!(text.contains(words), "{words}");
        }
    }

    #[test]
    fn a_role_that_cannot_be_changed_says_why() {
        let may = MemberMay {
            set_role: false,
            suspend: false,
            deactivate: false,
            reactivate: true,
            sign_out: false,
            why_not: Some("Nobody can change the workspace Owner. Choose another member.".into()),
        };
        let text = sample(may, None).render().unwrap();
        assert!(text.contains("Nobody can change the workspace Owner. Choose another member."));
        assert!(!text.contains("Save role") && text.contains("Reactivate"));
    }
}
