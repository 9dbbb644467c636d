//! A tile's timeline on the account's page, a part at a time: what was the cause, what was done in Okta, and what came of it.

use askama::Template;
use axum::extract::{Query, State};
use http::HeaderMap;
use jiff::SignedDuration;
use model::access::Actor;
use model::{AccountId, ActivityId, Timestamp};
use serde::Deserialize;

use super::{Event, Step, What};
use crate::app::App;
use crate::http::page::{FRAGMENT, Failure, Page, fragment, html};
use crate::http::session::Signed;
use crate::http::{Path, router};
use crate::ui::{Link, Shell, When};
use crate::{accounts, activity};

/// Events of one part.
const EVENTS: usize = 40;

/// The timeline as a page of its own, for older parts and without a script.
#[derive(Template)]
#[template(path = "sync/timeline/page.html")]
pub struct TimelinePage {
    shell: Shell,
    account: Link,
    timeline: TimelineView,
}

/// The timeline as a part of the account's page.
#[derive(Template)]
#[template(path = "sync/timeline/runs.html")]
pub struct TimelineFragment {
    timeline: TimelineView,
}

/// What happened, newest first.
#[derive(Debug, Clone)]
pub struct TimelineView {
    pub(crate) runs: Vec<Run>,
    pub(crate) next: Option<String>,
}

/// A cause and what was done for it.
#[derive(Debug, Clone)]
pub struct Run {
    pub(crate) at: When,
    pub(crate) cause: String,
    pub(crate) took: Option<String>,
    pub(crate) steps: Vec<StepView>,
}

/// A step in the portal.
#[derive(Debug, Clone)]
pub struct StepView {
    pub(crate) at: When,
    pub(crate) text: String,
    pub(crate) result: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) request_id: Option<String>,
    pub(crate) detail: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    before: Option<ActivityId>,
}

/// The timeline of an account's tile: the fragment where the script asked for it, else the page.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<AccountId>,
    Query(asked): Query<Asked>,
) -> Page {
    let timeline = TimelineView::load(&app, &signed.actor, id, asked.before).await?;
    if headers.contains_key(FRAGMENT) {
        return fragment("timeline", &TimelineFragment { timeline });
    }
    let account = accounts::find(&app, &signed.actor, id).await?;
    html(&TimelinePage {
        account: Link { text: account.name, href: router::account(id) },
        timeline,
        shell: signed.shell(&app, "accounts").await?,
    })
}

impl TimelineView {
    /// A part of the timeline, for an Owner of the account.
    pub(crate) async fn load(
        app: &App,
        actor: &Actor,
        account: AccountId,
        before: Option<ActivityId>,
    ) -> Result<Self, Failure> {
        let (events, next) = super::list(app, actor, account, before, EVENTS).await?;
        let next = next.map(|id| format!("{}/tile/timeline?before={id}", router::account(account)));
        Ok(Self { runs: runs(actor, events), next })
    }
}

/// Events, newest first, as causes with their steps; a run's steps are in the order in which they were done.
fn runs(actor: &Actor, events: Vec<Event>) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut steps: Vec<(Timestamp, Step)> = Vec::new();
    for event in events {
        match event.what {
            What::Step(step) => steps.push((event.at, step)),
            What::Cause(entry) => {
                let cause = activity::pages::sentence(actor, &entry);
                runs.push(run(Some((event.at, cause)), std::mem::take(&mut steps)));
            }
        }
    }
    if !steps.is_empty() {
        runs.push(run(None, steps));
    }
    runs
}

fn run(cause: Option<(Timestamp, String)>, mut steps: Vec<(Timestamp, Step)>) -> Run {
    steps.reverse();
    let last = steps.last().map(|(at, _)| *at);
    let began = cause.as_ref().map(|(at, _)| *at).or_else(|| steps.first().map(|(at, _)| *at));
    let took = began.zip(last).map(|(began, last)| last.duration_since(began));
    Run {
        at: began.unwrap_or(Timestamp::UNIX_EPOCH).into(),
        took: took.filter(|_| cause.is_some()).map(duration),
        cause: cause.map_or_else(|| "Keytile kept it up to date".into(), |(_, text)| text),
        steps: steps.into_iter().map(|(at, step)| StepView::new(at, step)).collect(),
    }
}

impl StepView {
    fn new(at: Timestamp, step: Step) -> Self {
        let (result, tone) = words(&step.result);
        let mut text = step.step;
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            at: at.into(),
            text: if step.is_of_group { format!("{text} (its group)") } else { text },
            result,
            tone,
            request_id: step.request_id,
            detail: step.detail,
        }
    }
}

/// What came of a step, for people, and how good that is.
fn words(result: &str) -> (&'static str, &'static str) {
    match result {
        "done" => ("Done", "good"),
        "adopted" => ("Found and taken over", "good"),
        "not there" => ("It was not there", "warn"),
        "left alone" => ("Left alone", "warn"),
        "name taken" => ("Another group has this name", "warn"),
        "none free" => ("None is free", "warn"),
        "paused" => ("Waits for a decision", "warn"),
        "throttled" => ("Okta asked to wait", "warn"),
        "unknown" => ("No answer: it is looked up", "warn"),
        "unavailable" => ("Okta did not answer", "warn"),
        "refused" => ("Okta refused it", "bad"),
        "misconfigured" => ("The connection needs an admin", "bad"),
        "foreign_app" => ("The app is not ours", "bad"),
        "foreign_group" => ("The group is not ours", "bad"),
        "instance_cap" => ("Okta holds as many apps as it may", "bad"),
        _ => ("Noted", ""),
    }
}

/// How long something took, in the largest units that say it.
fn duration(took: SignedDuration) -> String {
    let seconds = took.as_secs();
    match seconds {
        ..1 => "under a second".into(),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str, result: &str) -> Step {
        Step {
            is_of_group: false,
            step: text.into(),
            result: result.into(),
            request_id: Some("reqAbc".into()),
            detail: None,
        }
    }

    #[test]
    fn a_cause_stands_above_its_steps_in_their_order() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let steps =
            vec![(at(75), step("assign person 00u1", "refused")), (at(2), step("create", "done"))];
        let run = run(Some((at(0), "Ada extended to Okta Contentzilla".into())), steps);
        assert_eq!(run.took.as_deref(), Some("1 min 15 s"));
        let told: Vec<_> = run.steps.iter().map(|s| (s.text.as_str(), s.tone)).collect();
        assert_eq!(told, [("Create", "good"), ("Assign person 00u1", "bad")]);
        let page = TimelinePage {
            shell: Shell::sample("accounts"),
            account: Link { text: "Contentzilla".into(), href: "/accounts/acc_01".into() },
            timeline: TimelineView { runs: vec![run], next: Some("/next".into()) },
        };
        let text = page.render().unwrap();
        assert!(text.contains("Okta refused it") && text.contains("reqAbc"), "{text}");
        let empty = TimelineFragment { timeline: TimelineView { runs: Vec::new(), next: None } };
        assert!(empty.render().unwrap().contains("Nothing yet"));
    }

    #[test]
    fn durations_are_told_in_the_largest_units() {
        let told = [0, 59, 61, 7_300].map(|s| duration(SignedDuration::from_secs(s)));
        assert_eq!(told, ["under a second", "59 s", "1 min 1 s", "2 h 1 min"]);
    }
}
