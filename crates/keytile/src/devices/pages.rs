//! The pages of devices: a person's own, and everybody's with what is asked of them, for admins.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State as Shared};
use model::access::Actor;
use model::{DeviceId, SessionId};
use serde::Deserialize;

use super::rules::{self, Rules, Version};
use super::{Listed, State, Wanted};
use crate::app::App;
use crate::error::Result;
use crate::http::page::{Page, again, html};
use crate::http::{Path, Signed, flash, router};
use crate::ui::{self, Field, Shell, When};

/// A person's own devices.
#[derive(Template)]
#[template(path = "devices/own.html")]
pub struct OwnDevicesPage {
    shell: Shell,
    devices: Vec<DeviceRow>,
}

/// Everybody's devices, and what is asked of them.
#[derive(Template)]
#[template(path = "devices/all.html")]
pub struct DevicesPage {
    shell: Shell,
    devices: Vec<DeviceRow>,
    search: String,
    waiting: bool,
    more: bool,
    rules: RulesView,
}

struct DeviceRow {
    id: String,
    name: String,
    version: String,
    person: String,
    initials: String,
    hue: u8,
    href: String,
    enrolled: When,
    used: When,
    waits: bool,
    this: bool,
}

struct RulesView {
    approval: bool,
    minimum: Field,
    refused: Field,
}

/// Which devices are looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    q: String,
    state: String,
}

/// The rules, as an admin entered them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredRules {
    approval: Option<String>,
    minimum: String,
    refused: String,
}

impl DeviceRow {
    /// What an admin does to it, as they call it.
    fn verb(&self) -> &'static str {
        if self.waits { "Refuse" } else { "Remove" }
    }

    fn of(device: Listed, session: SessionId) -> Self {
        Self {
            id: device.id.to_string(),
            initials: ui::initials(&device.person),
            hue: ui::hue(&device.person),
            href: router::member(device.member),
            name: device.name,
            version: device.version,
            person: device.person,
            enrolled: device.created_at.into(),
            used: device.last_used_at.into(),
            waits: device.state == State::Waiting,
            this: device.session == session,
        }
    }
}

impl From<Rules> for RulesView {
    fn from(rules: Rules) -> Self {
        let refused: Vec<String> = rules.refused.iter().map(ToString::to_string).collect();
        Self {
            approval: rules.approval,
            minimum: Field::of(
                rules.minimum.map(|version| version.to_string()).unwrap_or_default(),
            ),
            refused: Field::of(refused.join(", ")),
        }
    }
}

impl EnteredRules {
    fn read(&self) -> std::result::Result<Rules, RulesView> {
        let minimum = match self.minimum.trim() {
            "" => Ok(None),
            text => text.parse::<Version>().map(Some),
        };
        let listed = self.refused.split([',', ' ', '\n', '\r']).filter(|text| !text.is_empty());
        let refused: Result<Vec<Version>> = listed.map(str::parse).collect();
        let approval = self.approval.is_some();
        match (minimum, refused) {
            (Ok(minimum), Ok(refused)) => Ok(Rules { approval, minimum, refused }),
            (minimum, refused) => {
                let error = |error: Option<crate::error::Error>| error.map(|e| e.to_string());
                Err(RulesView {
                    approval,
                    minimum: Field { value: self.minimum.clone(), error: error(minimum.err()) },
                    refused: Field { value: self.refused.clone(), error: error(refused.err()) },
                })
            }
        }
    }
}

impl DevicesPage {
    async fn load(app: &App, signed: &Signed, search: Search) -> Result<Self> {
        let actor: &Actor = &signed.actor;
        let wanted = Wanted { search: search.q, waiting: search.state == "waiting" };
        let rules = rules::find(app, actor).await?.into();
        let (devices, more) = super::search(app, actor, &wanted).await?;
        Ok(Self {
            shell: signed.shell(app, "settings").await?,
            devices: devices.into_iter().map(|d| DeviceRow::of(d, signed.session)).collect(),
            search: wanted.search,
            waiting: wanted.waiting,
            more,
            rules,
        })
    }
}

/// The person's own devices.
pub(crate) async fn own(Shared(app): Shared<App>, signed: Signed) -> Page {
    let devices = super::list_own(&app, &signed.actor).await?;
    html(&OwnDevicesPage {
        shell: signed.shell(&app, "").await?,
        devices: devices.into_iter().map(|d| DeviceRow::of(d, signed.session)).collect(),
    })
}

/// Ends one of the person's own devices.
pub(crate) async fn end_own(
    Shared(app): Shared<App>,
    signed: Signed,
    Path(id): Path<DeviceId>,
) -> Page {
    let ended = super::end(&app, &signed.actor, id).await;
    flash::told(&app.config, router::DEVICES, ended, |()| {
        "The browser is removed. It gets nothing from now on.".into()
    })
}

/// Everybody's devices.
pub(crate) async fn all(
    Shared(app): Shared<App>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Page {
    html(&DevicesPage::load(&app, &signed, search).await?)
}

/// Sets what is asked of devices.
pub(crate) async fn set_rules(
    Shared(app): Shared<App>,
    signed: Signed,
    Form(entered): Form<EnteredRules>,
) -> Page {
    match entered.read() {
        Ok(rules) => {
            let set = rules::set(&app, &signed.actor, rules).await;
            flash::told(&app.config, router::ALL_DEVICES, set, |()| {
                "Saved. It holds from the next request of each browser on.".into()
            })
        }
        Err(rules) => {
            let page = DevicesPage::load(&app, &signed, Search::default()).await?;
            again(&DevicesPage { rules, ..page })
        }
    }
}

/// Approves a device.
pub(crate) async fn approve(
    Shared(app): Shared<App>,
    signed: Signed,
    Path(id): Path<DeviceId>,
) -> Page {
    let approved = super::approve(&app, &signed.actor, id).await;
    flash::told(&app.config, router::ALL_DEVICES, approved, |()| {
        "The browser is approved, and its person was told.".into()
    })
}

/// Refuses a device that waits, or ends one.
pub(crate) async fn end(
    Shared(app): Shared<App>,
    signed: Signed,
    Path(id): Path<DeviceId>,
) -> Page {
    let ended = super::end(&app, &signed.actor, id).await;
    flash::told(&app.config, router::ALL_DEVICES, ended, |()| {
        "The browser is removed. It gets nothing from now on.".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(waits: bool, this: bool) -> DeviceRow {
        let at = || model::Timestamp::UNIX_EPOCH.into();
        DeviceRow {
            id: "dev_01".into(),
            name: "Chrome <on> Linux".into(),
            version: "0.1.0".into(),
            person: "Ada Byron".into(),
            initials: "AB".into(),
            hue: 1,
            href: "/members/mem_01".into(),
            enrolled: at(),
            used: at(),
            waits,
            this,
        }
    }

    #[test]
    fn a_person_sees_which_browsers_log_in_for_them_and_none_teaches() {
        let mut page = OwnDevicesPage {
            shell: Shell::sample(""),
            devices: vec![row(false, true), row(true, false)],
        };
        let text = page.render().unwrap();
        for words in [
            "Chrome &#60;on&#62; Linux",
            "This browser",
            "Waits for an admin",
            "Remove this browser?",
        ] {
            assert!(text.contains(words), "{words}");
        }
        page.devices.clear();
        assert!(page.render().unwrap().contains("/extension"));
    }

    #[test]
    fn admins_approve_refuse_and_end_what_waits_and_what_is_in_use() {
        let mut page = DevicesPage {
            shell: Shell::sample("settings"),
            devices: vec![row(true, false), row(false, false)],
            search: "ada".into(),
            waiting: false,
            more: true,
            rules: EnteredRules { approval: None, minimum: "x".into(), refused: "1.2, 1.3".into() }
                .read()
                .err()
                .unwrap(),
        };
        let text = page.render().unwrap();
        for words in
            ["Approve", "Refuse", "Ada Byron", "Write a version as", "1.2, 1.3", "Only the first"]
        {
            assert!(text.contains(words), "{words}");
        }
        page.devices.clear();
        assert!(page.render().unwrap().contains("No browser"));
    }

    #[test]
    fn versions_are_listed_in_whatever_way_one_writes_a_list() {
        let entered = EnteredRules {
            approval: Some("yes".into()),
            minimum: " 0.2 ".into(),
            refused: "0.3.1, 0.3.2\r\n0.4".into(),
        };
        let rules = entered.read().ok().unwrap();
        assert!(rules.approval && rules.minimum.is_some());
        assert_eq!(rules.refused.len(), 3);
        assert!(
            EnteredRules { refused: "0.3.1; 2".into(), ..EnteredRules::default() }.read().is_err()
        );
    }
}
