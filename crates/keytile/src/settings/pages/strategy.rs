//! The page on which an admin chooses how people come to see tiles: what each choice means and costs here.

use askama::Template;
use axum::Form;
use axum::extract::State;
use http::HeaderMap;
use serde::Deserialize;

use super::extend::confirmed_admin;
use crate::app::App;
use crate::error::Error;
use crate::http::page::{FRAGMENT, Page, again, fragment, html};
use crate::http::{Signed, flash, router};
use crate::settings::strategy::{self, Chosen, Cost, Costs, GroupRights, Standing};
use crate::ui::{Field, Shell};

/// Both choices, and which one it is now.
#[derive(Template)]
#[template(path = "settings/strategy.html")]
pub struct StrategyPage {
    shell: Shell,
    costs: Costs,
    is_audience: bool,
    pool: Field,
    pool_marker: String,
    groups_missing: i64,
    tiles_left: i64,
    logos: bool,
    rights: Option<GroupRights>,
    refused: Option<String>,
}

/// What the connection may do about groups, alone.
#[derive(Template)]
#[template(path = "settings/rights.html")]
pub struct RightsFragment {
    rights: Option<GroupRights>,
}

/// Whether tiles get pictures.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredLogos {
    logos: Option<String>,
}

/// What was chosen in the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnteredStrategy {
    strategy: String,
    pool: String,
}

impl StrategyPage {
    async fn load(app: &App, signed: &Signed) -> Result<Self, Error> {
        let costs = strategy::costs(app, &signed.actor).await?;
        let Standing { chosen, groups_missing, tiles_left, logos } =
            strategy::standing(app, &signed.actor).await?;
        let (is_audience, pool) = match chosen {
            Chosen::Individual => (false, String::new()),
            Chosen::Audience { pool } => (true, pool.unwrap_or_default()),
        };
        Ok(Self {
            shell: signed.shell(app, "settings").await?,
            costs,
            is_audience,
            pool: Field::of(&pool),
            pool_marker: portal::audience::pool_marker(&app.config.origin()),
            groups_missing,
            tiles_left,
            logos,
            rights: None,
            refused: None,
        })
    }
}

/// The choice: behind the proof that it is really them.
pub(crate) async fn show(State(app): State<App>, signed: Signed) -> Page {
    confirmed_admin(&app, &signed)?;
    html(&StrategyPage::load(&app, &signed).await?)
}

/// What the connection may do, which the page asks for by itself: an Okta that is slow keeps nobody from the page.
pub(crate) async fn rights(State(app): State<App>, signed: Signed, headers: HeaderMap) -> Page {
    confirmed_admin(&app, &signed)?;
    let rights = Some(strategy::group_rights(&app, &signed.actor).await?);
    if headers.contains_key(FRAGMENT) {
        return fragment("rights", &RightsFragment { rights });
    }
    html(&StrategyPage { rights, ..StrategyPage::load(&app, &signed).await? })
}

/// Chooses.
pub(crate) async fn choose(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredStrategy>,
) -> Page {
    let chosen = match entered.strategy.as_str() {
        "audience" => Chosen::Audience { pool: Some(entered.pool.clone()) },
        _ => Chosen::Individual,
    };
    let is_audience = chosen != Chosen::Individual;
    let error = match strategy::set_strategy(&app, &signed.actor, signed.confirmed_at, chosen).await
    {
        Ok(()) => {
            let said = flash::good(if is_audience {
                "Tiles go over to groups now, one after the other."
            } else {
                "Tiles go over to single assignments now, one after the other."
            });
            return Ok(flash::redirect(&app.config, router::SETTINGS, &said));
        }
        Err(error @ (Error::Invalid { .. } | Error::Portal(_))) => error,
        Err(error) => return Err(error.into()),
    };
    let mut page = StrategyPage::load(&app, &signed).await?;
    page.is_audience = is_audience;
    page.pool = Field::of(&entered.pool);
    match &error {
        Error::Invalid { .. } => page.pool.error = Some(error.to_string()),
        _ => page.refused = Some(error.to_string()),
    }
    again(&page)
}

/// Chooses whether tiles get pictures.
pub(crate) async fn choose_logos(
    State(app): State<App>,
    signed: Signed,
    Form(entered): Form<EnteredLogos>,
) -> Page {
    let logos = entered.logos.is_some();
    let set = strategy::set_logos(&app, &signed.actor, signed.confirmed_at, logos).await;
    flash::told(&app.config, "/settings/okta/strategy", set, |()| {
        if logos {
            "Tiles get pictures now, one after the other, when nothing else is to be done.".into()
        } else {
            "No more pictures are made. Those that are there stay.".into()
        }
    })
}

/// "12 minutes", or "3 hours" where minutes mean nothing any more.
fn told(cost: &Cost) -> String {
    match cost.minutes {
        0 => "no time".into(),
        1 => "about a minute".into(),
        minutes @ 2..120 => format!("about {minutes} minutes"),
        minutes @ 120..2_880 => format!("about {} hours", (minutes + 30) / 60),
        minutes => format!("about {} days", (minutes + 720) / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(is_audience: bool) -> StrategyPage {
        let (individual, audience) =
            (Cost { calls: 26_000, minutes: 520 }, Cost { calls: 3_300, minutes: 39 });
        StrategyPage {
            shell: Shell::sample("settings"),
            costs: Costs { tiles: 1_000, groups: 50, individual, audience, are_limits_known: true },
            is_audience,
            pool: Field::of("Keytile pool"),
            pool_marker: "For Keytile (https://keytile.example).".into(),
            groups_missing: 3,
            tiles_left: 12,
            logos: true,
            rights: Some(GroupRights::PoolAlone),
            refused: Some("This connection may not manage groups in Okta.".into()),
        }
    }

    #[test]
    fn the_page_tells_what_each_choice_costs() {
        let text = sample(true).render().unwrap();
        for words in [
            "about 9 hours",
            "about 39 minutes",
            "26000 calls",
            "Nobody loses a tile",
            "3 more groups are needed",
            "may not manage groups in Okta",
            "only if an admin made these in Okta in advance",
            "For Keytile (https://keytile.example).",
            "name=\"logos\" value=\"yes\" checked",
        ] {
            assert!(text.contains(words), "{words}");
        }
        assert!(!sample(false).render().unwrap().contains("more groups are needed"));
    }

    #[test]
    fn a_time_is_told_as_people_tell_it() {
        let of = |minutes| told(&Cost { calls: 0, minutes });
        assert_eq!([of(0), of(1), of(119)], ["no time", "about a minute", "about 119 minutes"]);
        assert_eq!([of(120), of(4_320)], ["about 2 hours", "about 3 days"]);
    }
}
