//! The page of the directory: how our people are compared with it, which of its apps they come by, and what it tells us
//! by itself.

mod view;

use askama::Template;
use axum::extract::{Form, Query, State};
use model::access::{Action, permit};
use model::clock::from_millis;
use serde::Deserialize;

use super::hooks;
use super::watch;
use super::{everywhere, health, logout};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::page::{Page, html};
use crate::http::{Signed, flash, router};
use crate::sync;
use crate::ui::{Field, Shell, When};

use view::{AppsView, CheckView, FoundApp, HookView, LogoutView, StreamView, people};

pub(crate) use super::health::pages::show as show_health;

/// How people come from the directory, and what it tells.
#[expect(clippy::struct_excessive_bools, reason = "each is one part of the page")]
#[derive(Template)]
#[template(path = "directories/directory.html")]
pub struct DirectoryPage {
    shell: Shell,
    may_change: bool,
    may_choose: bool,
    confirmed: bool,
    confirm: String,
    is_set_up: bool,
    is_connected: bool,
    findings: i64,
    looked: Option<When>,
    check: CheckView,
    apps: AppsView,
    hook: Option<HookView>,
    new_secret: Option<String>,
    logout: LogoutView,
    stream: StreamView,
}

/// How an app's name begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    q: Option<String>,
}

/// Which apps an admin chose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    scim: String,
    sign_in: String,
}

impl DirectoryPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self> {
        let actor = &signed.actor;
        let overview = watch::overview(app, actor).await?;
        let hook = hooks::find(app, actor).await?;
        let counts = health::counts(app, actor).await?;
        let last = logout::last(app, actor).await?;
        let is_connected = sync::portal(app, actor).await?.is_some();
        let (at, name) = last.logout.unzip();
        let directory = overview.as_ref().map(|overview| overview.watch.directory);
        let url = |of: fn(&App, model::DirectoryId) -> String| {
            directory.map(|id| of(app, id)).unwrap_or_default()
        };
        Ok(Self {
            shell: signed.shell(app, "settings").await?,
            may_change: permit(actor, Action::ConfigurePortal, everywhere(actor)).is_ok(),
            may_choose: permit(actor, Action::ConfigureDirectory, everywhere(actor)).is_ok(),
            confirmed: signed.require_confirmed(app.now()).is_ok(),
            confirm: router::confirm(router::DIRECTORY),
            is_set_up: overview.is_some(),
            is_connected,
            findings: counts.values().sum(),
            looked: overview.as_ref().and_then(|o| o.watch.health_at).map(When::from),
            hook: hook.map(|hook| HookView::of(app, hook)),
            new_secret: None,
            logout: LogoutView {
                url: url(logout::request_url),
                last: at.map(When::from),
                name: name.unwrap_or_default(),
            },
            stream: StreamView {
                url: url(logout::stream_url),
                last: last.stream_at.map(When::from),
            },
            apps: AppsView::of(app, overview.as_ref()),
            check: CheckView::of(overview),
        })
    }
}

/// The page; with a name to search for, the apps of the directory that begin so.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Page {
    let mut page = DirectoryPage::load(&app, &signed).await?;
    if let Some(q) = search.q {
        page.apps.has_searched = true;
        page.apps.search = Field::of(&q);
        match watch::find_apps(&app, &signed.actor, &q).await {
            Ok(found) => page.apps.found = found.into_iter().map(FoundApp::from).collect(),
            Err(error @ (Error::Invalid { .. } | Error::Portal(_) | Error::FeatureOff)) => {
                page.apps.search = Field::refused(&q, error.to_string());
            }
            Err(error) => return Err(error.into()),
        }
    }
    html(&page)
}

/// Asks for a comparison.
pub(crate) async fn check(State(app): State<App>, signed: Signed) -> Page {
    let asked = watch::check_now(&app, &signed.actor).await;
    flash::told(&app.config, router::DIRECTORY, asked, |()| {
        "Okta is being read. What comes of it appears here.".into()
    })
}

/// Chooses the apps.
pub(crate) async fn choose(
    State(app): State<App>,
    signed: Signed,
    Form(chosen): Form<Chosen>,
) -> Page {
    let Chosen { scim, sign_in } = chosen;
    let done = watch::choose_apps(&app, &signed.actor, signed.confirmed_at, &scim, &sign_in).await;
    flash::told(&app.config, router::DIRECTORY, done, |()| {
        "Saved. Okta is being compared now.".into()
    })
}

/// Whom the page has shown: those who were found until then.
#[derive(Deserialize)]
pub(crate) struct Shown {
    /// Milliseconds since 1970; without it nobody was shown.
    #[serde(default)]
    found_until: i64,
}

/// Lets those go who seem to have left with many others.
pub(crate) async fn approve(
    State(app): State<App>,
    signed: Signed,
    Form(shown): Form<Shown>,
) -> Page {
    let until = from_millis(shown.found_until)
        .ok_or_else(|| Error::invalid("found_until", "Load the page again, then decide."))?;
    let done = watch::approve(&app, &signed.actor, signed.confirmed_at, until).await;
    flash::told(&app.config, router::DIRECTORY, done, |count| {
        format!(
            "{} are looked at once more, and removed where Okta still says so.",
            people(i64::try_from(count).unwrap_or(i64::MAX))
        )
    })
}

/// Makes the hook, or another secret for it, and shows it this once.
pub(crate) async fn make_hook(State(app): State<App>, signed: Signed) -> Page {
    let secret = hooks::make_secret(&app, &signed.actor, signed.confirmed_at).await?;
    let mut page = DirectoryPage::load(&app, &signed).await?;
    page.new_secret = Some(secret.expose().clone());
    html(&page)
}

/// Hears nothing any more.
pub(crate) async fn remove_hook(State(app): State<App>, signed: Signed) -> Page {
    let removed = hooks::remove(&app, &signed.actor, signed.confirmed_at).await;
    flash::told(&app.config, router::DIRECTORY, removed, |()| "The hook is removed.".into())
}

#[cfg(test)]
mod tests {
    use super::view::RunRow;
    use super::*;
    use crate::ui::Badge;

    fn run(cause: &'static str, kind: &'static str, problem: Option<&str>) -> RunRow {
        RunRow {
            at: model::Timestamp::UNIX_EPOCH.into(),
            cause,
            text: "40 people compared, 2 looked at one by one, 5 calls: 1 person left.".into(),
            badge: Badge { text: "Done".into(), kind, icon: "" },
            problem: problem.map(Into::into),
        }
    }

    fn sample(is_set_up: bool, confirmed: bool) -> DirectoryPage {
        let at: When = model::Timestamp::UNIX_EPOCH.into();
        let overview = None;
        DirectoryPage {
            shell: Shell::sample("settings"),
            may_change: true,
            may_choose: true,
            confirmed,
            confirm: "/confirm?return_to=%2Fsettings%2Fdirectory".into(),
            is_set_up,
            is_connected: is_set_up,
            findings: if is_set_up { 3 } else { 0 },
            looked: is_set_up.then(|| at.clone()),
            check: CheckView {
                asked: false,
                running: is_set_up.then_some(7),
                next: is_set_up.then(|| at.clone()),
                held: is_set_up.then(|| at.clone()),
                suspects: if is_set_up { 40 } else { 0 },
                found_until: 0,
                suspect_names: if is_set_up { vec!["Ada Byron".into()] } else { Vec::new() },
                more_suspects: is_set_up,
                runs: if is_set_up {
                    vec![
                        run("Hourly", "good", None),
                        run("Asked for", "warn", Some("It broke off.")),
                    ]
                } else {
                    Vec::new()
                },
            },
            apps: AppsView {
                client_id: is_set_up.then(|| "0oa1".into()),
                sign_in: Field::default(),
                scim: Field::of("0oa2"),
                scim_label: is_set_up.then(|| "Keytile SCIM".into()),
                base_url: "https://keytile.example/scim/v2".into(),
                search: Field::of("Key"),
                found: if is_set_up {
                    vec![FoundApp {
                        id: "0oa3".into(),
                        label: "Keytile <2>".into(),
                        provisions: true,
                        active: false,
                    }]
                } else {
                    Vec::new()
                },
                has_searched: true,
            },
            hook: is_set_up.then(|| HookView {
                url: "https://keytile.example/hooks/okta/hok_01".into(),
                verified: Some(at.clone()),
                heard: Some(at.clone()),
                kind: Some("person suspended".into()),
                events: 12,
                old_until: Some(at.clone()),
            }),
            new_secret: is_set_up.then(|| "kth_once".into()),
            logout: LogoutView {
                url: "https://keytile.example/universal-logout/dir_01".into(),
                last: is_set_up.then(|| at.clone()),
                name: "Ada Byron".into(),
            },
            stream: StreamView { url: "https://keytile.example/ssf/dir_01".into(), last: overview },
        }
    }

    /// C35, C40.
    #[test]
    fn the_page_shows_what_is_compared_what_was_heard_and_what_waits() {
        let text = sample(true, true).render().unwrap();
        for words in [
            "Check now",
            "40 people seem to have left at once",
            "Ada Byron",
            "7 calls so far",
            "It broke off.",
            "kth_once",
            "/hooks/okta/hok_01",
            "/universal-logout/dir_01",
            "/ssf/dir_01",
            "Keytile &#60;2&#62;",
            "person suspended",
        ] {
            assert!(text.contains(words), "{words}");
        }
    }

    /// C41.
    #[test]
    fn who_has_not_confirmed_is_led_there_first() {
        let text = sample(true, false).render().unwrap();
        assert!(text.contains("Confirm that it is you"));
        assert!(!text.contains("action=\"/settings/directory/hook\""));
        assert!(!text.contains("action=\"/settings/directory/departures\""));
    }

    /// U11.
    #[test]
    fn an_empty_page_says_what_to_set_up_first() {
        let text = sample(false, true).render().unwrap();
        assert!(text.contains("Set up sign-in or provisioning first"));
        assert!(!text.contains("Check now"));
    }
}
