//! The page that names each person who falls through, and why.

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::{Finding, Kind, Told};
use crate::app::App;
use crate::directories::watch::{self, Cause};
use crate::http::page::{Page, html};
use crate::http::{Signed, router};
use crate::ui::{Shell, When};

/// Who falls through between the directory and us.
#[derive(Template)]
#[template(path = "directories/health/health.html")]
pub struct HealthPage {
    shell: Shell,
    is_connected: bool,
    running: Option<i64>,
    asked: bool,
    looked: Option<When>,
    people: i64,
    note: Option<String>,
    denied: Option<When>,
    kinds: Vec<KindRow>,
    chosen: Option<ChosenKind>,
}

struct KindRow {
    code: &'static str,
    title: &'static str,
    count: i64,
    of_groups: bool,
    is_chosen: bool,
}

struct ChosenKind {
    title: &'static str,
    why: &'static str,
    todo: &'static str,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    name: String,
    id: String,
    detail: String,
}

/// Which findings are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    kind: String,
    after: i64,
}

/// The page: every kind with its number, and the people of one kind.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    Query(wanted): Query<Wanted>,
) -> Page {
    let actor = &signed.actor;
    let counts = super::counts(&app, actor).await?;
    let overview = watch::overview(&app, actor).await?;
    let first = Kind::ALL.into_iter().find(|kind| counts.contains_key(kind));
    let kind = Kind::from_code(&wanted.kind).or(first);
    let chosen = match kind {
        Some(kind) => {
            let (found, next) = super::list(&app, actor, kind, wanted.after).await?;
            Some(ChosenKind::of(kind, found, next))
        }
        None => None,
    };
    let rows = Kind::ALL.into_iter().filter_map(|of| {
        let count = *counts.get(&of)?;
        let (code, title, of_groups) = (of.code(), of.told().title, of.is_of_groups());
        Some(KindRow { code, title, count, of_groups, is_chosen: Some(of) == kind })
    });
    let watch = overview.as_ref().map(|overview| &overview.watch);
    let running = overview.as_ref().and_then(|overview| {
        overview.runs.iter().find(|run| run.ended_at.is_none() && run.cause != Cause::Hook)
    });
    html(&HealthPage {
        shell: signed.shell(&app, "settings").await?,
        is_connected: crate::sync::portal(&app, actor).await?.is_some(),
        running: running.map(|run| run.tally.calls),
        asked: watch.is_some_and(|watch| watch.asked_at.is_some()),
        looked: watch.and_then(|watch| watch.health_at).map(When::from),
        people: watch.map_or(0, |watch| watch.health_people),
        note: watch.and_then(|watch| watch.health_note.clone()),
        denied: watch.and_then(|watch| watch.denied_at).map(When::from),
        kinds: rows.collect(),
        chosen,
    })
}

impl ChosenKind {
    fn of(kind: Kind, found: Vec<Finding>, next: Option<i64>) -> Self {
        let Told { title, why, todo } = kind.told();
        let row =
            |found: Finding| Row { name: found.name, id: found.external_id, detail: found.detail };
        Self {
            title,
            why,
            todo,
            rows: found.into_iter().map(row).collect(),
            next: next
                .map(|after| format!("{}?kind={}&after={after}", router::HEALTH, kind.code())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(found: usize, looked: bool) -> HealthPage {
        let at: When = model::Timestamp::UNIX_EPOCH.into();
        let kind = |kind: Kind, is_chosen| KindRow {
            code: kind.code(),
            title: kind.told().title,
            count: 2,
            of_groups: kind.is_of_groups(),
            is_chosen,
        };
        let finding = |_| Finding {
            kind: Kind::GroupWithoutApp,
            external_id: "00u1".into(),
            name: "<ada>@example.com".into(),
            detail: "Finance".into(),
        };
        let rows = (0..found).map(finding).collect();
        HealthPage {
            shell: Shell::sample("settings"),
            is_connected: true,
            running: looked.then_some(12),
            asked: !looked,
            looked: looked.then(|| at.clone()),
            people: 40,
            note: looked.then(|| "Groups were not compared.".into()),
            denied: looked.then(|| at.clone()),
            kinds: if found > 0 {
                vec![kind(Kind::GroupWithoutApp, true), kind(Kind::GroupForBoth, false)]
            } else {
                Vec::new()
            },
            chosen: (found > 0).then(|| ChosenKind::of(Kind::GroupWithoutApp, rows, Some(100))),
        }
    }

    #[test]
    fn each_person_is_named_with_why_and_what_to_do() {
        let text = sample(2, true).render().unwrap();
        for words in [
            "&#60;ada&#62;@example.com",
            "Finance",
            "Assign the provisioning app to them.",
            "A group for both assignment and push",
            "Groups were not compared.",
            "kind=group_without_app&#38;after=100",
        ] {
            assert!(text.contains(words), "{words}");
        }
    }

    /// U11.
    #[test]
    fn nobody_found_and_nothing_read_are_two_things() {
        assert!(sample(0, true).render().unwrap().contains("Nobody falls through"));
        assert!(sample(0, false).render().unwrap().contains("has not been read yet"));
    }
}
