//! What the org told others, and how badly that goes.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::given::{Given, Problem};
use crate::Sim;
use crate::deliver::{Courier, DeliveryOdds};

pub(super) async fn list(State(sim): State<Sim>) -> Json<Value> {
    Json(sim.org().deliveries().map(|delivery| json!(delivery)).collect())
}

pub(super) async fn forget(State(sim): State<Sim>) -> StatusCode {
    sim.org().forget_deliveries();
    StatusCode::NO_CONTENT
}

/// Answers once everything that waited was told.
pub(super) async fn settle(State(sim): State<Sim>) -> StatusCode {
    Courier::new(sim).settle().await;
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Odds {
    seed: u64,
    odds: DeliveryOdds,
}

pub(super) async fn set_odds(
    State(sim): State<Sim>,
    Given(given): Given<Odds>,
) -> Result<StatusCode, Problem> {
    let DeliveryOdds { duplicated, reordered, lost } = given.odds;
    if [duplicated, reordered, lost].iter().any(|odds| *odds > 1000) {
        return Err(Problem::bad_request("odds are thousandths: 1000 strikes every delivery"));
    }
    sim.set_delivery_odds(given.odds, given.seed);
    Ok(StatusCode::NO_CONTENT)
}
