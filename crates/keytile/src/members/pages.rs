//! The pages of members: the list, one member, what they have held, and one's own profile.

mod history;
mod passkeys;
mod profile;
mod show;

use askama::Template;
use axum::extract::{Query, State};
use model::Timestamp;
use model::access::{Action, On, Target, permit};
use model::workspace::MemberStatus;
use serde::Deserialize;
use url::form_urlencoded;

use super::{Figures, Member, Show};
use crate::app::App;
use crate::http::csv::{MOST_ROWS, csv};
use crate::http::page::{Page, html};
use crate::http::{Signed, router};
use crate::paging::{Part, Wanted};
use crate::ui::{self, Badge, Shell, When};

pub use history::HistoryPage;
pub(crate) use history::history;
pub(crate) use passkeys::{allow_passkeys, withdraw_passkeys};
pub use profile::ProfilePage;
pub(crate) use profile::{create_api_key, profile, revoke_api_key, sync_all};
pub use show::MemberPage;
pub(crate) use show::{deactivate, end_sessions, reactivate, set_role, show, suspend};

/// How many stand on one page.
const MEMBERS: usize = 50;
/// How many an export reads at once.
const BATCH: usize = 1_000;

/// The list of members.
#[derive(Template)]
#[template(path = "members/list.html")]
pub struct MembersPage {
    shell: Shell,
    query: String,
    show: &'static str,
    sees_all: bool,
    members: Vec<MemberRow>,
    next: Option<String>,
}

struct MemberRow {
    id: String,
    name: String,
    email: String,
    role: String,
    initials: String,
    hue: u8,
    status: Badge,
    in_okta: bool,
    external_id: Option<String>,
    figures: Option<Figures>,
    joined: When,
    seen: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    q: String,
    show: String,
    after: String,
}

impl Search {
    fn show(&self) -> (Show, &'static str) {
        match self.show.as_str() {
            "suspended" => (Show::Suspended, "suspended"),
            "removed" => (Show::Removed, "removed"),
            "all" => (Show::All, "all"),
            _ => (Show::Here, ""),
        }
    }
}

/// The members whom the person may see.
pub(crate) async fn list(
    State(app): State<App>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Page {
    let actor = &signed.actor;
    let wanted = Wanted::after(&search.q, &search.after, MEMBERS);
    let (which, show) = search.show();
    let Part { items: members, next } = super::list_of(&app, actor, &wanted, which).await?;
    let figures = super::figures(&app, actor, &search.q, &members).await?;
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let sees_all = permit(actor, Action::ViewAllMembers, everywhere).is_ok();
    let row = |member: Member| {
        let figures = figures.get(&member.id).copied();
        MemberRow::of(member, figures, sees_all)
    };
    html(&MembersPage {
        shell: signed.shell(&app, "members").await?,
        show,
        sees_all,
        members: members.into_iter().map(row).collect(),
        next: next.map(|next| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs([("q", search.q.as_str()), ("show", show), ("after", &next)]);
            format!("{}?{}", router::MEMBERS, query.finish())
        }),
        query: search.q,
    })
}

/// Everybody as a file; removed people come last.
pub(crate) async fn export(
    State(app): State<App>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Page {
    let actor = &signed.actor;
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let _all = permit(actor, Action::ViewAllMembers, everywhere)?;
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let wanted = Wanted::after(&search.q, &after, BATCH);
        let part = super::list(&app, actor, &wanted).await?;
        let figures = super::figures(&app, actor, &search.q, &part.items).await?;
        rows.extend(
            part.items
                .iter()
                .map(|member| cells(member, figures.get(&member.id).copied().unwrap_or_default())),
        );
        match part.next {
            Some(next) if rows.len() < MOST_ROWS => after = next,
            _ => break,
        }
    }
    csv("members", &HEADER, &rows)
}

const HEADER: [&str; 12] = [
    "member_id",
    "name",
    "email",
    "role",
    "status",
    "scim_external_id",
    "scim_active",
    "accounts",
    "teams",
    "joined_at",
    "last_activity_at",
    "removed_at",
];

fn cells(member: &Member, figures: Figures) -> Vec<String> {
    let at = |at: Option<Timestamp>| at.map(|at| When::from(at).iso).unwrap_or_default();
    let is_active = member.external_id.as_ref().map(|_| member.status != MemberStatus::Removed);
    vec![
        member.id.to_string(),
        member.name.clone(),
        member.email.clone(),
        member.role.code().into(),
        if figures.is_pending { "pending" } else { member.status.code() }.into(),
        member.external_id.clone().unwrap_or_default(),
        is_active.map(|active| active.to_string()).unwrap_or_default(),
        figures.accounts.to_string(),
        figures.teams.to_string(),
        at(Some(member.created_at)),
        at(member.last_seen_at),
        at(member.removed_at),
    ]
}

impl MemberRow {
    fn of(member: Member, figures: Option<Figures>, sees_all: bool) -> Self {
        let is_pending = figures.is_some_and(|figures| figures.is_pending);
        let status = match member.status {
            MemberStatus::Active if is_pending => {
                Badge { text: "Pending".into(), kind: "info", icon: "" }
            }
            status => status_badge(status),
        };
        Self {
            id: member.id.to_string(),
            role: member.role.title().into(),
            initials: ui::initials(&member.name),
            hue: ui::hue(&member.name),
            status,
            in_okta: member.external_id.is_some() || member.status == MemberStatus::Removed,
            external_id: member.external_id.filter(|_| sees_all),
            figures,
            joined: member.created_at.into(),
            seen: member.last_seen_at.map(When::from),
            name: member.name,
            email: member.email,
        }
    }
}

fn status_badge(status: MemberStatus) -> Badge {
    let kind = match status {
        MemberStatus::Active => "good",
        MemberStatus::Suspended => "warn",
        MemberStatus::Removed => "",
    };
    Badge { text: status.title().into(), kind, icon: "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(query: &str, members: usize) -> MembersPage {
        let row = |_| MemberRow {
            id: "mem_01".into(),
            name: "Ada Byron".into(),
            email: "ada@acme.example".into(),
            role: "User".into(),
            initials: "AB".into(),
            hue: 1,
            status: status_badge(MemberStatus::Suspended),
            in_okta: false,
            external_id: Some("00u<1>".into()),
            figures: Some(Figures { accounts: 12, teams: 1, is_pending: false }),
            joined: Timestamp::UNIX_EPOCH.into(),
            seen: Some(Timestamp::UNIX_EPOCH.into()),
        };
        MembersPage {
            shell: Shell::sample("members"),
            query: query.into(),
            show: "",
            sees_all: true,
            members: (0..members).map(row).collect(),
            next: Some("/members?q=&after=mem_01".into()),
        }
    }

    #[test]
    fn the_list_tells_nobody_yet_from_nobody_found() {
        assert!(sample("", 0).render().unwrap().contains("Nobody yet"));
        assert!(sample("<zed>", 0).render().unwrap().contains("contains “&#60;zed&#62;”"));
    }

    /// C5, C38.
    #[test]
    fn the_list_shows_what_admins_look_for() {
        let text = sample("", 2).render().unwrap();
        for words in [
            "Not in Okta",
            "Suspended",
            "12 accounts",
            "1 team",
            "00u&#60;1&#62;",
            "Last activity",
            "Export CSV",
            "Departures",
            "Show more members",
        ] {
            assert!(text.contains(words), "{words}");
        }
    }

    #[test]
    fn others_see_no_figures_and_no_tools() {
        let mut page = sample("", 1);
        page.sees_all = false;
        page.members[0].figures = None;
        page.members[0].external_id = None;
        let text = page.render().unwrap();
        assert!(!text.contains("accounts ·") && !text.contains("Export CSV"));
    }
}
