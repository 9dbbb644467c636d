//! The page of what happened: a sentence for each record.

mod words;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use model::access::{Action, Actor, On, Target, may_receive, permit};
use model::share::ItemRole;
use model::{AccountId, ActivityId};
use serde::Deserialize;

use self::words::About;
use super::{Entry, list_all, list_own};
use crate::app::App;
use crate::error::Result;
use crate::http::page::{Page, html};
use crate::http::{Signed, router};
use crate::sharing::on_account;
use crate::ui::{self, Link, Shell, When};

const EVENTS: i64 = 50;

/// What happened.
#[derive(Template)]
#[template(path = "activity/list.html")]
pub struct ActivityPage {
    shell: Shell,
    everyone: bool,
    events: Vec<ActivityRow>,
    next: Option<String>,
}

struct ActivityRow {
    at: When,
    actor: String,
    initials: String,
    hue: u8,
    text: String,
    subject: Option<Link>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Before {
    before: Option<ActivityId>,
}

/// What happened: to admins everything, to others what concerns them.
pub(crate) async fn list(
    State(app): State<App>,
    signed: Signed,
    Query(query): Query<Before>,
) -> Page {
    let everywhere = On { workspace: signed.actor.workspace, target: Target::Workspace };
    let may = |action| permit(&signed.actor, action, everywhere);
    let _opened = may(Action::ViewActivity)?;
    let everyone = may(Action::ViewAllActivity).is_ok();
    let mut tx = app.db.read().await?;
    let mut entries = if everyone {
        list_all(&mut tx, &signed.actor, query.before, EVENTS + 1).await?
    } else {
        // Somebody who owned an account may have a role by now that owns none.
        let owned = may_receive(signed.actor.role, ItemRole::Owner).is_ok();
        list_own(&mut tx, &signed.actor, owned, query.before, EVENTS + 1).await?
    };
    drop(tx);
    let more = i64::try_from(entries.len()).is_ok_and(|n| n > EVENTS);
    if more {
        entries.pop();
    }
    let next = entries.last().filter(|_| more).map(|last| last.id);
    let reader = Reader {
        reached: reached(&app, &signed, &entries).await?,
        sees_people: may(Action::ViewActivityPeople).is_ok(),
        sees_members: may(Action::ViewMembers).is_ok(),
        signed: &signed,
    };
    html(&ActivityPage {
        everyone,
        events: entries.into_iter().map(|entry| reader.row(entry)).collect(),
        next: next.map(|id| format!("{}?before={id}", router::ACTIVITY)),
        shell: signed.shell(&app, "activity").await?,
    })
}

/// Which of the accounts the person may open: the others are named without a link that leads nowhere.
async fn reached(
    app: &App,
    signed: &Signed,
    entries: &[Entry],
) -> Result<BTreeMap<AccountId, bool>> {
    let mut tx = app.db.read().await?;
    let mut reached = BTreeMap::new();
    for (id, _) in entries.iter().filter_map(|entry| entry.account.as_ref()) {
        if !reached.contains_key(id) {
            let may = match on_account(&mut tx, &signed.actor, *id).await {
                Ok(on) => permit(&signed.actor, Action::ViewAccount, on).is_ok(),
                Err(crate::Error::NotFound) => false,
                Err(error) => return Err(error),
            };
            reached.insert(*id, may);
        }
    }
    Ok(reached)
}

/// Who reads the page, and what they may open from it.
struct Reader<'a> {
    signed: &'a Signed,
    reached: BTreeMap<AccountId, bool>,
    sees_people: bool,
    sees_members: bool,
}

impl Reader<'_> {
    fn row(&self, entry: Entry) -> ActivityRow {
        let (text, about) = words::sentence(&entry, |id, name| self.person(id, name));
        let actor = match &entry.actor {
            Some((id, name)) => self.person(Some(*id), name),
            None => process(&entry.actor_kind).to_owned(),
        };
        let (name, href) = self.subject(&entry, about);
        let (text, subject) = match (name, href) {
            (None, _) => (text, None),
            (Some(name), None) => (format!("{text} {name}"), None),
            (Some(name), Some(href)) => (text, Some(Link { text: name, href })),
        };
        ActivityRow {
            at: entry.at.into(),
            initials: ui::initials(&actor),
            hue: ui::hue(&actor),
            actor,
            text,
            subject,
        }
    }

    /// Who may see events but not people reads "Unknown" (product.md 2.4), but for themselves.
    fn person(&self, id: Option<model::MemberId>, name: &str) -> String {
        let is_known = self.sees_people || id == Some(self.signed.actor.member);
        if is_known { name.to_owned() } else { "Unknown".into() }
    }

    /// What the sentence ends with, and where that leads.
    fn subject(&self, entry: &Entry, about: About) -> (Option<String>, Option<String>) {
        match about {
            About::Nothing => (None, None),
            About::Account => match &entry.account {
                Some((id, name)) => {
                    let open = self.reached.get(id).copied().unwrap_or(false);
                    (Some(name.clone()), open.then(|| router::account(*id)))
                }
                None => (None, None),
            },
            About::Collection => match &entry.collection {
                Some((id, name)) => (Some(name.clone()), Some(router::collection(*id))),
                None => (None, None),
            },
            About::Team => {
                let href = entry.team_id.filter(|_| self.sees_people).map(router::team);
                (entry.team.clone(), href)
            }
            About::Member => {
                let name = entry.member.as_deref().map(|name| self.person(entry.member_id, name));
                (name, entry.member_id.filter(|_| self.sees_members).map(router::member))
            }
        }
    }
}

/// A record as one sentence, for pages of one item: what it is about is named without a link.
pub(crate) fn sentence(actor: &Actor, entry: &Entry) -> String {
    let on = On { workspace: actor.workspace, target: Target::Workspace };
    let sees_people = permit(actor, Action::ViewActivityPeople, on).is_ok();
    let person = |id: Option<model::MemberId>, name: &str| {
        if sees_people || id == Some(actor.member) { name.to_owned() } else { "Somebody".into() }
    };
    let who = match &entry.actor {
        Some((id, name)) => person(Some(*id), name),
        None => process(&entry.actor_kind).to_owned(),
    };
    let (text, about) = words::sentence(entry, person);
    let subject = match about {
        About::Nothing => None,
        About::Account => entry.account.as_ref().map(|(_, name)| name.clone()),
        About::Collection => entry.collection.as_ref().map(|(_, name)| name.clone()),
        About::Team => entry.team.clone(),
        About::Member => entry.member.as_deref().map(|name| person(entry.member_id, name)),
    };
    [who, text].into_iter().chain(subject).collect::<Vec<_>>().join(" ")
}

/// What is not a person.
fn process(kind: &str) -> &'static str {
    match kind {
        "scim" | "hook" | "reconciliation" | "logout" => "Okta",
        "cli" => "An operator",
        "member" => "Somebody",
        _ => "Keytile",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_renders_with_events_and_without() {
        let row = |subject| ActivityRow {
            at: model::Timestamp::UNIX_EPOCH.into(),
            actor: "Ada Byron".into(),
            initials: "AB".into(),
            hue: 1,
            text: "extended to Okta:".into(),
            subject,
        };
        let link = Link { text: "Contentzilla".into(), href: "/accounts/acc_01".into() };
        let page = |events| ActivityPage {
            shell: Shell::sample("activity"),
            everyone: true,
            events,
            next: Some("/activity?before=act_01".into()),
        };
        assert!(page(Vec::new()).render().unwrap().contains("Nothing happened yet"));
        let text = page(vec![row(Some(link)), row(None)]).render().unwrap();
        assert!(text.contains(">Contentzilla</a>") && text.contains("Show older events"));
    }
}
