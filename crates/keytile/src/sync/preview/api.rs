//! The dry run as JSON.

use axum::Json;
use axum::extract::State;
use model::{AccountId, MemberId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Intent, Preview};
use crate::api::{Caller, Failure, Path, Problem, Query};
use crate::app::App;

/// What will happen in Okta for one account. Nothing is changed by asking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TilePlan)]
pub struct PlanView {
    /// What the tile is called, or would be.
    label: String,
    /// What is done, in this order.
    steps: Vec<StepView>,
    /// Okta is read first, and what is found there may change the steps.
    looks_first: bool,
    /// Nothing is done before the account's owner decides, for this reason.
    pause: Option<String>,
    /// How many people see the tile in the end.
    sees: usize,
    /// Who can use the account and gets no tile.
    skipped: Vec<SkippedView>,
}

/// Steps that are alike and follow one another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanStep)]
pub struct StepView {
    /// `create`, `rename`, `assign`, `unassign`, `delete`, `look` or `other`.
    kind: &'static str,
    /// What is done.
    text: String,
    /// To whom, where it is done to people or groups.
    people: Vec<String>,
}

/// Somebody who gets no tile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanSkipped)]
pub struct SkippedView {
    #[schema(value_type = String)]
    member_id: MemberId,
    name: String,
    /// Why not.
    reason: &'static str,
}

/// What the plan is of.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// `extend` (also what is left to do), `sync` or `remove`.
    #[serde(default)]
    #[param(inline)]
    intent: Wanted,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wanted {
    #[default]
    Extend,
    Sync,
    Remove,
}

impl From<Wanted> for Intent {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Extend => Self::Extend,
            Wanted::Sync => Self::Sync,
            Wanted::Remove => Self::Remove,
        }
    }
}

impl PlanView {
    fn new(preview: Preview) -> Self {
        let step = |line: super::Line| StepView {
            kind: line.deed.word(),
            text: line.text,
            people: line.people,
        };
        let skipped = preview.skipped.into_iter().map(|(viewer, why)| SkippedView {
            member_id: viewer.member,
            name: viewer.name,
            reason: why.reason(),
        });
        Self {
            label: preview.label,
            steps: preview.lines.into_iter().map(step).collect(),
            looks_first: preview.looks_first,
            pause: preview.pause,
            sees: preview.sees,
            skipped: skipped.collect(),
        }
    }
}

/// What will happen in Okta, without doing it: the dry run.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/tile/plan", tag = "tiles",
    params(("account_id" = String, Path), Asked),
    responses((status = 200, body = PlanView), (status = 409, body = Problem)))]
pub(crate) async fn read_plan(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AccountId>,
    Query(asked): Query<Asked>,
) -> Result<Json<PlanView>, Failure> {
    let preview = super::of_account(&app, &caller.0, id, asked.intent.into()).await?;
    Ok(Json(PlanView::new(preview)))
}
