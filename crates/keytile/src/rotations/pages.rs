//! The page of what is to be rotated after somebody left, its marks, its rules, and the same as a file.

mod export;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use jiff::SignedDuration;
use model::access::{Action, On, Target, permit};
use model::{AccountId, DepartureId, MemberId, Timestamp};
use serde::Deserialize;
use url::form_urlencoded;

use super::{Filter, How, Mark, Rotation};
use crate::app::App;
use crate::departures;
use crate::error::{Error, Result};
use crate::http::page::{Page, again, html};
use crate::http::{Path, Signed, flash, router};
use crate::paging::Wanted;
use crate::ui::{Badge, Field, Shell, When};

pub(crate) use export::export;

/// How many stand on one page.
const ROWS: usize = 50;
/// What is due within this long is said to be due soon.
const SOON: SignedDuration = SignedDuration::from_hours(48);

/// What is to be rotated.
#[derive(Template)]
#[template(path = "rotations/list.html")]
pub struct RotationsPage {
    shell: Shell,
    rows: Vec<RotationRow>,
    is_done: bool,
    of: Option<String>,
    open_href: String,
    done_href: String,
    export_href: String,
    next: Option<String>,
    sought: Sought,
    sees_all: bool,
    rules: Option<RulesForm>,
}

/// When passwords are due.
struct RulesForm {
    used: Field,
    unused: Field,
}

struct RotationRow {
    path: String,
    name: String,
    href: Option<String>,
    member: String,
    member_href: String,
    left: When,
    via: String,
    used: Badge,
    used_at: Option<When>,
    due: Badge,
    due_at: When,
    sessions_ended: bool,
    done: Option<(When, String)>,
    may_reopen: bool,
}

/// Which part of the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    state: String,
    account: String,
    member: String,
    after: String,
}

impl Sought {
    /// What is no id finds what an id of nothing does.
    fn filter(&self) -> Filter {
        let nothing = uuid::Uuid::nil();
        Filter {
            is_done: self.state == "done",
            account: (!self.account.is_empty())
                .then(|| self.account.parse().unwrap_or(AccountId::from(nothing))),
            member: (!self.member.is_empty())
                .then(|| self.member.parse().unwrap_or(MemberId::from(nothing))),
        }
    }

    /// The page in this state, or after this place, with the same filter.
    fn href(&self, path: &str, state: &str, after: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("state", state),
            ("account", &self.account),
            ("member", &self.member),
            ("after", after),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// When passwords are due, as an admin entered it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredRules {
    used_days: String,
    unused_days: String,
}

impl RotationsPage {
    async fn load(app: &App, signed: &Signed, sought: Sought) -> Result<Self> {
        let actor = &signed.actor;
        let filter = sought.filter();
        let wanted = Wanted::after("", &sought.after, ROWS);
        let part = super::list(app, actor, filter, &wanted).await?;
        let on = On { workspace: actor.workspace, target: Target::Workspace };
        let sees_all = permit(actor, Action::ViewAllRotations, on).is_ok();
        let rules = match departures::rules(app, actor).await {
            Ok(rules) => Some(RulesForm {
                used: Field::of(rules.used_days.to_string()),
                unused: Field::of(rules.unused_days.to_string()),
            }),
            Err(Error::Forbidden(_)) => None,
            Err(error) => return Err(error),
        };
        let of = match (part.items.first(), filter.member, filter.account) {
            (_, None, None) => None,
            (Some(first), Some(_), _) => Some(first.member_name.clone()),
            (Some(first), None, Some(_)) => Some(first.name.clone()),
            (None, _, _) => Some("this filter".into()),
        };
        let now = app.now();
        let state = if filter.is_done { "done" } else { "" };
        Ok(Self {
            shell: signed.shell(app, "rotations").await?,
            rows: part.items.into_iter().map(|r| RotationRow::of(r, now, !sees_all)).collect(),
            is_done: filter.is_done,
            of,
            open_href: sought.href(router::ROTATIONS, "", ""),
            done_href: sought.href(router::ROTATIONS, "done", ""),
            export_href: sought.href(router::ROTATIONS_EXPORT, state, ""),
            next: part.next.map(|next| sought.href(router::ROTATIONS, state, &next)),
            sought,
            sees_all,
            rules,
        })
    }
}

impl RotationRow {
    /// `owns`: whoever looks reaches every account on the list.
    fn of(rotation: Rotation, now: Timestamp, owns: bool) -> Self {
        let used = |text: &str, kind| Badge { text: text.into(), kind, icon: "" };
        let (badge, used_at) = match (rotation.revealed_at, rotation.launched_at) {
            (Some(at), _) => (used("Saw the password", "bad"), Some(at)),
            (None, Some(at)) => (used("Used it", "warn"), Some(at)),
            (None, None) => (used("Could use it", ""), None),
        };
        let due = match rotation.due_at.duration_since(now) {
            late if late < SignedDuration::ZERO => used("Overdue", "bad"),
            soon if soon < SOON => used("Due soon", "warn"),
            _ => used("Due", ""),
        };
        let may_reopen = rotation.done.as_ref().is_some_and(|done| done.how == How::Marked);
        let app = rotation.app.map(|app| format!(" · {app}")).unwrap_or_default();
        let gone = if rotation.is_deleted { " (deleted here)" } else { "" };
        Self {
            path: router::rotation(rotation.departure, rotation.account),
            href: (owns && !rotation.is_deleted).then(|| router::account(rotation.account)),
            name: format!("{}{app}{gone}", rotation.name),
            member: rotation.member_name,
            member_href: router::member(rotation.member),
            left: rotation.opened_at.into(),
            via: rotation.via,
            used: badge,
            used_at: used_at.map(When::from),
            due,
            due_at: rotation.due_at.into(),
            sessions_ended: rotation.sessions_ended_at.is_some(),
            done: rotation.done.map(|done| {
                let by = done.by.map(|name| format!(" by {name}")).unwrap_or_default();
                let text = match done.how {
                    How::Marked => format!("Marked as rotated{by}"),
                    How::Changed => format!("Password changed{by}"),
                    How::Returned => "They are back, and have it again".into(),
                };
                (done.at.into(), text)
            }),
            may_reopen,
        }
    }
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Query(sought): Query<Sought>,
) -> Page {
    html(&RotationsPage::load(&app, &signed, sought).await?)
}

/// The password was changed at the site.
pub(crate) async fn mark_rotated(
    State(app): State<App>,
    signed: Signed,
    Path((departure, account)): Path<(DepartureId, AccountId)>,
    Form(sought): Form<Sought>,
) -> Page {
    let noted = super::note(&app, &signed.actor, departure, account, Mark::Rotated).await;
    told(&app, &sought, noted, "Marked as rotated.")
}

/// The sessions at the site are ended.
pub(crate) async fn mark_sessions_ended(
    State(app): State<App>,
    signed: Signed,
    Path((departure, account)): Path<(DepartureId, AccountId)>,
    Form(sought): Form<Sought>,
) -> Page {
    let noted = super::note(&app, &signed.actor, departure, account, Mark::SessionsEnded).await;
    told(&app, &sought, noted, "Noted: the sessions at the site are ended.")
}

/// It was marked by mistake.
pub(crate) async fn reopen(
    State(app): State<App>,
    signed: Signed,
    Path((departure, account)): Path<(DepartureId, AccountId)>,
    Form(sought): Form<Sought>,
) -> Page {
    let noted = super::note(&app, &signed.actor, departure, account, Mark::Reopened).await;
    told(&app, &sought, noted, "It is open again.")
}

fn told(app: &App, sought: &Sought, noted: Result<()>, words: &str) -> Page {
    let back = sought.href(router::ROTATIONS, &sought.state, &sought.after);
    flash::told(&app.config, &back, noted, |()| words.into())
}

/// Sets when passwords are due.
pub(crate) async fn set_rules(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredRules>,
) -> Page {
    let EnteredRules { used_days, unused_days } = &entered;
    let set = departures::set_rotation_days(&app, &signed.actor, used_days, unused_days).await;
    if let Err(error @ Error::Invalid { field, .. }) = &set {
        let mut page = RotationsPage::load(&app, &signed, Sought::default()).await?;
        let mut rules = RulesForm { used: Field::of(used_days), unused: Field::of(unused_days) };
        let wrong = if *field == "used_days" { &mut rules.used } else { &mut rules.unused };
        wrong.error = Some(error.to_string());
        page.rules = Some(rules);
        return again(&page);
    }
    flash::told(&app.config, router::ROTATIONS, set, |()| {
        "Saved. It counts for whoever leaves from now on.".into()
    })
}

#[cfg(test)]
mod tests {
    use model::share::ItemRole;

    use super::super::Done;
    use super::*;

    fn rotation(done: Option<Done>) -> Rotation {
        let at = Timestamp::UNIX_EPOCH;
        Rotation {
            departure: uuid::Uuid::nil().into(),
            member: uuid::Uuid::nil().into(),
            member_name: "Ada Byron".into(),
            account: uuid::Uuid::nil().into(),
            name: "Contentzilla".into(),
            app: Some("Instagram".into()),
            is_deleted: false,
            role: ItemRole::Collaborator,
            via: "team Marketing, collection Social".into(),
            launched_at: Some(at),
            revealed_at: None,
            opened_at: at,
            due_at: at,
            sessions_ended_at: None,
            done,
            priority: 0,
        }
    }

    fn sample(rotations: Vec<Rotation>, is_done: bool) -> RotationsPage {
        let now = Timestamp::from_second(86_400).unwrap();
        RotationsPage {
            shell: Shell::sample("rotations"),
            rows: rotations.into_iter().map(|r| RotationRow::of(r, now, true)).collect(),
            is_done,
            of: Some("Ada <Byron>".into()),
            open_href: "/rotations?member=mem_01".into(),
            done_href: "/rotations?state=done&member=mem_01".into(),
            export_href: "/rotations/export".into(),
            next: Some("/rotations?after=x".into()),
            sought: Sought { member: "mem_01".into(), ..Sought::default() },
            sees_all: true,
            rules: Some(RulesForm {
                used: Field::of("7"),
                unused: Field::refused("x", "Enter days."),
            }),
        }
    }

    /// C51.
    #[test]
    fn the_page_says_who_could_use_what_why_and_until_when() {
        let text = sample(vec![rotation(None)], false).render().unwrap();
        for words in [
            "Contentzilla · Instagram",
            "Ada Byron",
            "team Marketing, collection Social",
            "Used it",
            "Overdue",
            "Mark rotated",
            "Sessions at the site ended",
            "Ada &#60;Byron&#62;",
            "Enter days.",
            "Show more",
        ] {
            assert!(text.contains(words), "{words}");
        }
    }

    #[test]
    fn what_is_done_says_how_and_only_a_mark_can_be_taken_back() {
        let done = |how| Done { at: Timestamp::UNIX_EPOCH, by: Some("Bob".into()), how };
        let text = sample(vec![rotation(Some(done(How::Marked)))], true).render().unwrap();
        assert!(text.contains("Marked as rotated by Bob") && text.contains("Open it again"));
        let text = sample(vec![rotation(Some(done(How::Changed)))], true).render().unwrap();
        assert!(text.contains("Password changed by Bob") && !text.contains("Open it again"));
    }

    #[test]
    fn an_empty_list_teaches() {
        assert!(sample(Vec::new(), false).render().unwrap().contains("Nothing to rotate"));
        assert!(sample(Vec::new(), true).render().unwrap().contains("Nothing is done yet"));
    }

    #[test]
    fn a_filter_that_is_no_id_finds_nothing_rather_than_everything() {
        let sought = Sought { account: "nonsense".into(), ..Sought::default() };
        assert_eq!(sought.filter().account, Some(uuid::Uuid::nil().into()));
        assert_eq!(sought.href("/x", "", ""), "/x?account=nonsense");
    }
}
