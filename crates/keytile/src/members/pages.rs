//! The pages of members: the list, one member, and one's own profile.

mod profile;
mod show;

use askama::Template;
use axum::extract::{Query, State};
use model::workspace::MemberStatus;
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::Member;
use crate::app::App;
use crate::http::page::{Page, html};
use crate::http::{Signed, router};
use crate::paging::{Part, Wanted};
use crate::ui::{self, Badge, Shell, When};

pub use profile::ProfilePage;
pub(crate) use profile::{create_api_key, profile, revoke_api_key, sync_all};
pub use show::MemberPage;
pub(crate) use show::{deactivate, reactivate, set_role, show, suspend};

const MEMBERS: usize = 100;

/// The list of members.
#[derive(Template)]
#[template(path = "members/list.html")]
pub struct MembersPage {
    shell: Shell,
    query: String,
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
    seen: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    q: String,
    after: String,
}

/// The members whom the person may see.
pub(crate) async fn list(
    State(app): State<App>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Page {
    let wanted = Wanted::after(&search.q, &search.after, MEMBERS);
    let Part { items: members, next } = super::list(&app, &signed.actor, &wanted).await?;
    let q: String = byte_serialize(search.q.as_bytes()).collect();
    html(&MembersPage {
        shell: signed.shell(&app, "members").await?,
        query: search.q,
        members: members.into_iter().map(MemberRow::from).collect(),
        next: next.map(|next| format!("{}?q={q}&after={next}", router::MEMBERS)),
    })
}

impl From<Member> for MemberRow {
    fn from(member: Member) -> Self {
        Self {
            id: member.id.to_string(),
            role: member.role.title().into(),
            initials: ui::initials(&member.name),
            hue: ui::hue(&member.name),
            status: status_badge(member.status),
            in_okta: member.external_id.is_some() || member.status == MemberStatus::Removed,
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
            seen: Some(model::Timestamp::UNIX_EPOCH.into()),
        };
        MembersPage {
            shell: Shell::sample("members"),
            query: query.into(),
            members: (0..members).map(row).collect(),
            next: Some("/members?q=&after=mem_01".into()),
        }
    }

    #[test]
    fn the_list_tells_nobody_yet_from_nobody_found() {
        assert!(sample("", 0).render().unwrap().contains("Nobody yet"));
        assert!(sample("<zed>", 0).render().unwrap().contains("contains “&#60;zed&#62;”"));
    }

    /// C5.
    #[test]
    fn who_has_no_id_from_okta_is_marked() {
        let text = sample("", 2).render().unwrap();
        assert!(text.contains("Not in Okta") && text.contains("Suspended"));
        assert!(text.contains("Show more members"));
    }
}
