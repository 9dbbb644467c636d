//! What the parts of the page show.

use model::clock::to_millis;

use crate::app::App;
use crate::directories::hooks::Hook;
use crate::directories::watch::{Cause, Overview, Ran};
use crate::http::router;
use crate::scim;
use crate::ui::{Badge, Field, When};

pub(super) struct CheckView {
    pub(super) asked: bool,
    pub(super) running: Option<i64>,
    pub(super) next: Option<When>,
    pub(super) held: Option<When>,
    pub(super) suspects: i64,
    pub(super) found_until: i64,
    pub(super) suspect_names: Vec<String>,
    pub(super) more_suspects: bool,
    pub(super) runs: Vec<RunRow>,
}

pub(super) struct RunRow {
    pub(super) at: When,
    pub(super) cause: &'static str,
    pub(super) text: String,
    pub(super) badge: Badge,
    pub(super) problem: Option<String>,
}

pub(super) struct AppsView {
    pub(super) client_id: Option<String>,
    pub(super) sign_in: Field,
    pub(super) scim: Field,
    pub(super) scim_label: Option<String>,
    pub(super) base_url: String,
    pub(super) search: Field,
    pub(super) found: Vec<FoundApp>,
    pub(super) has_searched: bool,
}

pub(super) struct FoundApp {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) provisions: bool,
    pub(super) active: bool,
}

pub(super) struct HookView {
    pub(super) url: String,
    pub(super) verified: Option<When>,
    pub(super) heard: Option<When>,
    pub(super) kind: Option<String>,
    pub(super) events: i64,
    pub(super) old_until: Option<When>,
}

pub(super) struct LogoutView {
    pub(super) url: String,
    pub(super) last: Option<When>,
    pub(super) name: String,
}

pub(super) struct StreamView {
    pub(super) url: String,
    pub(super) last: Option<When>,
}

impl CheckView {
    pub(super) fn of(overview: Option<Overview>) -> Self {
        let Some(Overview { watch, runs, suspects }) = overview else {
            return Self {
                asked: false,
                running: None,
                next: None,
                held: None,
                suspects: 0,
                found_until: 0,
                suspect_names: Vec::new(),
                more_suspects: false,
                runs: Vec::new(),
            };
        };
        let running = runs.iter().find(|run| run.ended_at.is_none() && run.cause != Cause::Hook);
        Self {
            asked: watch.asked_at.is_some(),
            running: running.map(|run| run.tally.calls),
            next: watch.due_at.map(When::from),
            held: watch.held_at.map(When::from),
            more_suspects: usize::try_from(suspects.count)
                .is_ok_and(|all| all > suspects.names.len()),
            suspects: suspects.count,
            found_until: suspects.found_until.map_or(0, to_millis),
            suspect_names: suspects.names,
            runs: runs.into_iter().map(RunRow::from).collect(),
        }
    }
}

impl From<Ran> for RunRow {
    fn from(run: Ran) -> Self {
        let tally = &run.tally;
        let mut done = Vec::new();
        for (count, one, many) in [
            (tally.removed, "person left", "people left"),
            (tally.suspended, "was suspended", "were suspended"),
            (tally.resumed, "is back", "are back"),
            (tally.waiting, "waits for a second look", "wait for a second look"),
        ] {
            if count > 0 {
                done.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        }
        let (kind, words) = match (run.ended_at, &run.problem) {
            (None, _) => ("info", "Under way"),
            (Some(_), Some(_)) => ("warn", "Came to nothing"),
            (Some(_), None) if tally.waiting > 0 => ("warn", "Waits"),
            (Some(_), None) => ("good", "Done"),
        };
        let done = if done.is_empty() { "nothing to do".to_owned() } else { done.join(", ") };
        let text = format!(
            "{} compared, {} looked at one by one, {} calls: {done}.",
            people(tally.people),
            tally.looks,
            tally.calls
        );
        Self {
            at: run.begun_at.into(),
            cause: match run.cause {
                Cause::Hourly => "Hourly",
                Cause::Asked => "Asked for",
                Cause::Hook => "After an event",
            },
            text,
            badge: Badge { text: words.into(), kind, icon: "" },
            problem: run.problem,
        }
    }
}

pub(super) fn people(count: i64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

impl AppsView {
    pub(super) fn of(app: &App, overview: Option<&Overview>) -> Self {
        let watch = overview.map(|overview| &overview.watch);
        let text = |value: Option<&String>| Field::of(value.cloned().unwrap_or_default());
        Self {
            client_id: watch.and_then(|watch| watch.client_id.clone()),
            sign_in: text(watch.and_then(|watch| watch.sign_in_app.as_ref())),
            scim: text(watch.and_then(|watch| watch.scim_app.as_ref())),
            scim_label: watch.and_then(|watch| watch.scim_app_label.clone()),
            base_url: format!("{}{}", app.config.origin(), scim::http::PATH),
            search: Field::of("Keytile"),
            found: Vec::new(),
            has_searched: false,
        }
    }
}

impl HookView {
    pub(super) fn of(app: &App, hook: Hook) -> Self {
        Self {
            url: format!("{}{}", app.config.origin(), router::hook(hook.id)),
            verified: hook.verified_at.map(When::from),
            heard: hook.heard_at.map(When::from),
            kind: hook.heard_kind.map(|kind| kind.replace('_', " ")),
            events: hook.events,
            old_until: hook.old_until.map(When::from),
        }
    }
}

impl From<portal::DirectoryApp> for FoundApp {
    fn from(app: portal::DirectoryApp) -> Self {
        Self { id: app.id.0, label: app.label, provisions: app.provisions, active: app.is_active }
    }
}
