//! The pages of departures: waves of them and the rule for returns, one wave, and the returns that wait.

use askama::Template;
use axum::Form;
use axum::extract::State;
use model::share::ShareItem;
use model::workspace::MemberStatus;
use model::{DepartureId, ShareId, WaveId};
use serde::Deserialize;

use super::{Closed, Gone, Kind, Waiting, Wave};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{Page, again, html};
use crate::http::{Path, Signed, flash, router};
use crate::ui::{Badge, Field, Shell, When};

/// How much of what can come back is named, of one person.
const NAMED: usize = 50;

/// Waves of departures, and the rule for returns.
#[derive(Template)]
#[template(path = "departures/list.html")]
pub struct DeparturesPage {
    shell: Shell,
    waves: Vec<WaveRow>,
    waiting: usize,
    restore_days: Field,
}

struct WaveRow {
    href: String,
    began: When,
    last: When,
    people: i64,
    back: i64,
}

/// One wave.
#[derive(Template)]
#[template(path = "departures/wave.html")]
pub struct WavePage {
    shell: Shell,
    id: String,
    wave: WaveRow,
    people: Vec<GoneRow>,
}

struct GoneRow {
    name: String,
    href: String,
    left: When,
    status: Badge,
    restorable: i64,
    decision: Option<String>,
}

/// The returns that wait for somebody's word.
#[derive(Template)]
#[template(path = "departures/restorations.html")]
pub struct RestorationsPage {
    shell: Shell,
    returns: Vec<ReturnView>,
}

struct ReturnView {
    id: String,
    name: String,
    href: String,
    left: When,
    back: When,
    may_decide: bool,
    total: usize,
    closed: Vec<ClosedRow>,
}

struct ClosedRow {
    id: String,
    name: String,
    what: String,
    may_decide: bool,
}

/// The rule, as an admin entered it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredRule {
    restore_days: String,
}

impl DeparturesPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let rules = super::rules(app, &signed.actor).await?;
        let waves = super::waves(app, &signed.actor).await?;
        Ok(Self {
            shell: signed.shell(app, "members").await?,
            waves: waves.iter().map(WaveRow::from).collect(),
            waiting: super::count_waiting(app, &signed.actor).await?,
            restore_days: Field::of(
                rules.restore_days.map(|days| days.to_string()).unwrap_or_default(),
            ),
        })
    }
}

impl From<&Wave> for WaveRow {
    fn from(wave: &Wave) -> Self {
        Self {
            href: router::wave(wave.id),
            began: wave.began_at.into(),
            last: wave.last_at.into(),
            people: wave.people,
            back: wave.waiting,
        }
    }
}

impl From<Gone> for GoneRow {
    fn from(gone: Gone) -> Self {
        let kind = match gone.status {
            MemberStatus::Active => "good",
            MemberStatus::Suspended => "warn",
            MemberStatus::Removed => "",
        };
        let text = match gone.status {
            MemberStatus::Active => "Active again",
            MemberStatus::Suspended => "Suspended",
            MemberStatus::Removed => "Gone",
        };
        Self {
            name: gone.departure.name,
            href: router::member(gone.departure.member),
            left: gone.departure.at.into(),
            status: Badge { text: text.into(), kind, icon: "" },
            restorable: gone.restorable,
            decision: gone.decision,
        }
    }
}

impl From<Waiting> for ReturnView {
    fn from(waiting: Waiting) -> Self {
        let total = waiting.closed.len();
        let departure = waiting.departure;
        Self {
            id: departure.id.to_string(),
            href: router::member(departure.member),
            left: departure.at.into(),
            back: departure.asked_at.unwrap_or(departure.at).into(),
            name: departure.name,
            may_decide: waiting.may_decide,
            total,
            closed: waiting.closed.into_iter().take(NAMED).map(ClosedRow::from).collect(),
        }
    }
}

impl From<Closed> for ClosedRow {
    fn from(closed: Closed) -> Self {
        let (what, is_share) = match closed.kind {
            Kind::Share(ShareItem::Account(_), role) => {
                (format!("Account, as {}", role.title()), true)
            }
            Kind::Share(ShareItem::Collection(_), role) => {
                (format!("Collection, as {}", role.title()), true)
            }
            Kind::Membership(..) => ("Team".to_owned(), false),
        };
        Self {
            id: ShareId::from(closed.id).to_string(),
            name: closed.name,
            what,
            may_decide: is_share && closed.is_own,
        }
    }
}

/// Waves, and the rule.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    html(&DeparturesPage::load(&app, &signed).await?)
}

/// Sets within how many days a return may bring back what somebody had.
pub(crate) async fn set_rule(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredRule>,
) -> Page {
    let set = super::set_restore_days(&app, &signed.actor, &entered.restore_days).await;
    if let Err(error @ Error::Invalid { .. }) = &set {
        let mut page = DeparturesPage::load(&app, &signed).await?;
        page.restore_days = Field::refused(&entered.restore_days, error.to_string());
        return again(&page);
    }
    flash::told(&app.config, router::DEPARTURES, set, |()| "Saved.".into())
}

/// One wave.
pub(crate) async fn show_wave(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<WaveId>,
) -> Page {
    let (wave, people) = super::wave(&app, &signed.actor, id).await?;
    html(&WavePage {
        shell: signed.shell(&app, "members").await?,
        id: id.to_string(),
        wave: WaveRow::from(&wave),
        people: people.into_iter().map(GoneRow::from).collect(),
    })
}

/// Gives back to all who are active again what they had.
pub(crate) async fn restore_wave(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<WaveId>,
) -> Page {
    let restored = super::restore_wave(&app, &signed.actor, id).await;
    flash::told(&app.config, &router::wave(id), restored, |people| match people {
        0 => "Nobody is active again yet. Activate them where they are managed first.".into(),
        1 => "One person has again what was shared with them.".into(),
        people => format!("{people} people have again what was shared with them."),
    })
}

/// The returns that wait.
pub(crate) async fn restorations(State(app): State<App>, signed: Signed) -> Page {
    let returns = super::waiting(&app, &signed.actor).await?;
    html(&RestorationsPage {
        shell: signed.shell(&app, "members").await?,
        returns: returns.into_iter().map(ReturnView::from).collect(),
    })
}

/// An admin gives somebody all of it back.
pub(crate) async fn restore(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<DepartureId>,
) -> Page {
    let restored = super::restore(&app, &signed.actor, id).await;
    flash::told(&app.config, router::RESTORATIONS, restored, |()| {
        "They have again what was shared with them. Their tiles return by themselves.".into()
    })
}

/// An admin says that nothing comes back.
pub(crate) async fn decline(
    State(app): State<App>,
    signed: Signed,
    Path(id): Path<DepartureId>,
) -> Page {
    let declined = super::decline(&app, &signed.actor, id).await;
    flash::told(&app.config, router::RESTORATIONS, declined, |()| {
        "Declined. What they need is shared with them anew.".into()
    })
}

/// An Owner gives one share back.
pub(crate) async fn approve_share(
    State(app): State<App>,
    signed: Signed,
    Path((id, share)): Path<(DepartureId, ShareId)>,
) -> Page {
    let approved = super::approve_share(&app, &signed.actor, id, share).await;
    flash::told(&app.config, router::RESTORATIONS, approved, |()| "Shared again.".into())
}

/// An Owner declines one share.
pub(crate) async fn decline_share(
    State(app): State<App>,
    signed: Signed,
    Path((id, share)): Path<(DepartureId, ShareId)>,
) -> Page {
    let declined = super::decline_share(&app, &signed.actor, id, share).await;
    flash::told(&app.config, router::RESTORATIONS, declined, |()| "Declined.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(back: i64) -> WaveRow {
        let at = || model::Timestamp::UNIX_EPOCH.into();
        WaveRow { href: "/departures/wave_01".into(), began: at(), last: at(), people: 12, back }
    }

    #[test]
    fn the_waves_and_the_rule_are_shown_and_none_teaches() {
        let mut page = DeparturesPage {
            shell: Shell::sample("members"),
            waves: vec![wave(3)],
            waiting: 2,
            restore_days: Field::refused("x", "Enter a number."),
        };
        let text = page.render().unwrap();
        for words in ["12 people", "3 are active again", "2 people are back", "Enter a number."] {
            assert!(text.contains(words), "{words}");
        }
        page.waves.clear();
        assert!(page.render().unwrap().contains("No wave of departures"));
    }

    #[test]
    fn a_wave_is_restored_in_one_step_once_somebody_is_active_again() {
        let row = |text: &str, decision: Option<&str>| GoneRow {
            name: "Ada <Byron>".into(),
            href: "/members/mem_01".into(),
            left: model::Timestamp::UNIX_EPOCH.into(),
            status: Badge { text: text.into(), kind: "", icon: "" },
            restorable: 4,
            decision: decision.map(Into::into),
        };
        let mut page = WavePage {
            shell: Shell::sample("members"),
            id: "wave_01".into(),
            wave: wave(1),
            people: vec![row("Active again", None), row("Gone", Some("restored"))],
        };
        let text = page.render().unwrap();
        for words in
            ["Restore all who are active again", "Ada &#60;Byron&#62;", "4 shares", "Restored"]
        {
            assert!(text.contains(words), "{words}");
        }
        page.wave.back = 0;
        assert!(page.render().unwrap().contains("Nobody of them is active again yet"));
    }

    /// C33.
    #[test]
    fn a_return_offers_all_to_an_admin_and_each_share_to_its_owner() {
        let closed = ClosedRow {
            id: "shr_01".into(),
            name: "Contentzilla".into(),
            what: "Account, as Owner".into(),
            may_decide: true,
        };
        let mut page = RestorationsPage {
            shell: Shell::sample("members"),
            returns: vec![ReturnView {
                id: "dep_01".into(),
                name: "Ada Byron".into(),
                href: "/members/mem_01".into(),
                left: model::Timestamp::UNIX_EPOCH.into(),
                back: model::Timestamp::UNIX_EPOCH.into(),
                may_decide: true,
                total: 3,
                closed: vec![closed],
            }],
        };
        let text = page.render().unwrap();
        for words in ["Ada Byron", "Restore all 3", "Contentzilla", "Share again", "and 2 more"] {
            assert!(text.contains(words), "{words}");
        }
        page.returns[0].may_decide = false;
        assert!(!page.render().unwrap().contains("Restore all 3"));
        page.returns.clear();
        assert!(page.render().unwrap().contains("Nobody waits"));
    }
}
