//! What a failure means for the tile, for its portal, and for the next try. The error carries the decision.

use jiff::SignedDuration;
use model::Timestamp;
use uuid::Uuid;

use portal::{Error, Misconfigured, Priority, Step};

use super::look::Seen;
use super::news::News;
use super::store::Entry;
use super::{Outcome, Stop, Turn, Worker};
use crate::actor::By;
use crate::clock::pause_after;
use crate::settings::refusal::{self, Refusal};
use crate::sync::rank;
use crate::sync::store::Phase;

/// A refusal is final until somebody changes something; we ask again rarely, in case that was in the portal.
pub(super) const ASK_AGAIN: SignedDuration = SignedDuration::from_hours(1);
const CREATES_REST: SignedDuration = SignedDuration::from_mins(10);
/// Fewer failures in a row are not worth a person's attention.
pub(super) const SHOWN_AFTER: i64 = 3;
/// The problem of a tile or a group about which the portal gave no answer.
pub(super) const SILENT: &str = "unavailable";
/// So many tiles without an answer, and none with one in between.
const SEEMS_DOWN_AFTER: usize = 3;
/// So many strange pages, and no answer of the portal in between.
const ELSEWHERE_AFTER: u32 = 3;
/// However long the portal is down, whoever waits is looked after within a minute of its return.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(1);

/// What the portal refused of a tile in this run.
#[derive(Default)]
pub(super) struct Refusals {
    pub(super) steps: Vec<(Step, Error)>,
    /// The portal was read after the first refusal, so our mirror is not the reason.
    pub(super) is_checked: bool,
}

/// What we were at.
pub(super) enum Doing {
    Step(Step),
    /// All other steps are done, and this one was refused.
    GivenUp(Step),
    Read,
    Search,
}

impl Doing {
    fn text(&self) -> String {
        match self {
            Self::Step(step) | Self::GivenUp(step) => step.to_string(),
            Self::Read => "read the app".into(),
            Self::Search => "search for the app".into(),
        }
    }
}

impl Seen {
    /// One that a first sync has begun comes back before others are begun, not when all of them are done.
    fn go_on_soon(&mut self) {
        if self.priority() == Priority::FirstSync && self.tile.phase != Phase::New {
            self.tile.priority = rank(Priority::Change);
        }
    }

    /// The portal has answered about it.
    pub(super) fn end_silence(&mut self) {
        self.tile.failures = 0;
        if self.tile.problem.as_deref() == Some(SILENT) {
            self.clear_problem();
        }
    }
}

impl<P: portal::Portal> Worker<P> {
    /// Records a failure, and decides about the next try.
    pub(super) async fn fail(
        &self,
        mut seen: Seen,
        doing: Doing,
        error: Error,
        request: Option<String>,
    ) -> Result<Outcome, Stop> {
        let now = self.app.now();
        let request_id = error.request_id().map(String::from).or(request);
        if !error.is_outcome_unknown() {
            forget_attempt(&mut seen, &doing);
        }
        seen.go_on_soon();
        let mut trouble = None;
        let mut problem = None;
        match &error {
            Error::Throttled { until } => seen.tile.due_at = Some(*until),
            Error::Misconfigured { what: Misconfigured::NotOkta, .. } if self.is_elsewhere() => {
                trouble = Some(self.refusal(&error).await);
            }
            Error::Unavailable { .. }
            | Error::Misconfigured { what: Misconfigured::NotOkta, .. } => {
                seen.tile.failures += 1;
                let until = now + pause_after(seen.tile.failures);
                seen.tile.due_at = Some(until);
                if matches!(doing, Doing::Search) {
                    self.memory().scans_rest_until = Some(until);
                }
                self.had_no_answer(seen.tile.id.uuid(), now);
                // Whether there is an app is looked for over minutes: whoever waits is told at once.
                let is_long = seen.tile.phase == Phase::Creating;
                let is_shown = is_long || seen.tile.failures >= SHOWN_AFTER;
                problem = is_shown.then_some(SILENT);
            }
            Error::Refused { .. } => match &doing {
                // The rest of the tile goes on without it.
                Doing::Step(step) => {
                    let refused = (step.clone(), error.clone());
                    self.memory().refused.entry(seen.tile.id).or_default().steps.push(refused);
                }
                Doing::GivenUp(_) | Doing::Read | Doing::Search => {
                    problem = Some("refused");
                    seen.tile.due_at = Some(now + ASK_AGAIN);
                }
            },
            Error::Foreign { .. } | Error::ForeignGroup { .. } => {
                problem = Some("foreign_app");
                // The next try begins with a reading, which says what to do about such an app.
                seen.tile.refresh = true;
                seen.tile.due_at = Some(now + ASK_AGAIN);
            }
            Error::NotThere => seen.tile.due_at = Some(now + pause_after(1)),
            Error::InstanceCap => {
                let until = now + CREATES_REST;
                self.memory().creates_rest_until = Some(until);
                problem = Some("instance_cap");
                seen.tile.due_at = Some(until);
            }
            Error::Misconfigured { .. } => trouble = Some(self.refusal(&error).await),
        }
        let mut news = None;
        if let Some(code) = problem {
            let sentence = error.to_string();
            let is_news = match code {
                SILENT => seen.tile.failures == SHOWN_AFTER,
                _ => seen.tile.problem.as_deref() != Some(code),
            };
            if is_news {
                news = Some(News::of_problem(&seen, Some("tile.failed"), &sentence));
                seen.tile.notify = None;
            }
            seen.tile.problem = Some(code.into());
            seen.tile.problem_detail = Some(sentence);
            seen.tile.problem_request_id.clone_from(&request_id);
        }
        let is_halt = trouble.is_some();
        self.memory().is_halted |= is_halt;
        let result = result_word(&error);
        let detail = error.detail().map(String::from);
        let entry = Entry { step: doing.text(), result, request_id, detail };
        tracing::warn!(tile.id = %seen.tile.id, %error, result, "tile {} did not go on", seen.tile.id);
        self.commit(seen.record().with_entry(entry).with_news(news).with_trouble(trouble)).await?;
        Ok(if is_halt { Outcome::Halted } else { Outcome::Did })
    }
}

impl<P> Worker<P> {
    /// The portal refuses this connection: nothing more is asked until there is another.
    pub(super) async fn halt(&self, error: &Error) -> Result<Turn, crate::error::Error> {
        let (id, workspace) = (self.row.id, self.row.workspace);
        let (token_version, trouble) = (self.row.token_version, self.refusal(error).await);
        self.memory().is_halted = true;
        let mut by = By::process(&self.app, workspace, "system");
        self.app
            .db
            .write(workspace, move |tx| {
                Box::pin(
                    async move { refusal::refused(tx, &mut by, id, token_version, &trouble).await },
                )
            })
            .await?;
        Ok(Turn::Wait(None))
    }

    /// Whether nothing more is to be asked after this error: a token is refused but once, and a strange page may come from
    /// something between us and the portal.
    pub(super) fn ends_connection(&self, error: &Error) -> bool {
        match error {
            Error::Misconfigured { what: Misconfigured::NotOkta, .. } => self.is_elsewhere(),
            _ => is_fatal(error),
        }
    }

    /// What an error says of the whole connection.
    pub(super) async fn refusal(&self, error: &Error) -> Refusal {
        Refusal::of(&self.app, &self.row.domain, error).await
    }

    /// A strange page may come from something between us and the portal, once; a portal that has moved stays away.
    pub(super) fn is_elsewhere(&self) -> bool {
        let mut memory = self.memory();
        memory.strange_answers += 1;
        memory.strange_answers >= ELSEWHERE_AFTER
    }

    /// One tile without an answer is its own trouble; several in a row are the portal's.
    pub(super) fn had_no_answer(&self, subject: Uuid, now: Timestamp) {
        let mut memory = self.memory();
        memory.without_answer.insert(subject);
        let tiles = memory.without_answer.len();
        if tiles >= SEEMS_DOWN_AFTER {
            let pause = pause_after(i64::try_from(tiles - SEEMS_DOWN_AFTER + 1).unwrap_or(1));
            memory.rest_until = Some(now + pause.min(LONGEST_REST));
        }
    }
}

/// The portal has done nothing: it is as if the step had not been sent, now. What became of it when it was sent before is
/// as unknown as it was.
fn forget_attempt(seen: &mut Seen, doing: &Doing) {
    if let Doing::Step(step) = doing {
        seen.in_flight = seen.was_in_flight.take();
        if matches!(step, Step::Create { .. }) {
            seen.tile.phase = Phase::New;
            seen.tile.sent_at = None;
        }
    }
}

pub(super) fn result_word(error: &Error) -> &'static str {
    match error {
        Error::Throttled { .. } => "throttled",
        Error::Unavailable { unknown_outcome: true, .. } => "unknown",
        Error::Unavailable { .. } => "unavailable",
        Error::Refused { .. } => "refused",
        Error::Misconfigured { .. } => "misconfigured",
        Error::Foreign { .. } => "foreign_app",
        Error::ForeignGroup { .. } => "foreign_group",
        Error::NotThere => "not there",
        Error::InstanceCap => "instance_cap",
    }
}

/// The connection as a whole is refused, and not only this call.
pub(super) fn is_fatal(error: &Error) -> bool {
    let is_right = |what: &Misconfigured| {
        matches!(
            what,
            Misconfigured::Forbidden { .. }
                | Misconfigured::AppForbidden { .. }
                | Misconfigured::ScopeNotGranted
        )
    };
    matches!(error, Error::Misconfigured { what, .. } if !is_right(what))
}
