//! Faults, mischief and interference.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::given::{Given, Problem};
use crate::{Fault, Interfered, Interference, Meddler, Meddling, Mischief, Sim, Strike};

pub(super) async fn pending_faults(State(sim): State<Sim>) -> Json<Value> {
    Json(json!({ "pending": sim.pending_faults() }))
}

pub(super) async fn add_fault(
    State(sim): State<Sim>,
    Given(fault): Given<Fault>,
) -> Result<StatusCode, Problem> {
    if !fault.path.starts_with('/') {
        return Err(Problem::bad_request(format!(
            "a path begins with a slash, such as /api/v1/apps/*/users; this one is {:?}",
            fault.path
        )));
    }
    sim.add_fault(fault);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MischiefGiven {
    seed: u64,
    odds: Odds,
}

/// Odds by name, or a set of them that has a name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Odds {
    Named(String),
    Listed(Value),
}

/// A set of odds and the word for it.
type Named<T> = (&'static str, fn() -> T);

impl Odds {
    fn read<T: DeserializeOwned>(self, named: &[Named<T>]) -> Result<T, Problem> {
        match self {
            Self::Named(name) => {
                let found = named.iter().find(|(known, _)| *known == name);
                found.map(|(_, make)| make()).ok_or_else(|| {
                    let known: Vec<&str> = named.iter().map(|(known, _)| *known).collect();
                    Problem::bad_request(format!(
                        "odds: {name:?} is unknown; there is {}",
                        known.join(", ")
                    ))
                })
            }
            Self::Listed(listed) => serde_json::from_value(listed)
                .map_err(|error| Problem::bad_request(format!("odds: {error}"))),
        }
    }
}

pub(super) async fn set_mischief(
    State(sim): State<Sim>,
    Given(given): Given<MischiefGiven>,
) -> Result<StatusCode, Problem> {
    let odds =
        given.odds.read(&[("none", Mischief::none), ("everything", Mischief::everything)])?;
    sim.set_mischief(odds, given.seed);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn strikes(State(sim): State<Sim>) -> Json<Vec<Strike>> {
    Json(sim.strikes())
}

pub(super) async fn forget_strikes(State(sim): State<Sim>) -> StatusCode {
    sim.clear_strikes();
    StatusCode::NO_CONTENT
}

pub(super) async fn interferences(State(sim): State<Sim>) -> Json<Vec<Interfered>> {
    Json(sim.interferences())
}

pub(super) async fn interfere(
    State(sim): State<Sim>,
    Given(what): Given<Interference>,
) -> Result<Json<Interfered>, Problem> {
    Ok(Json(sim.interfere(what)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeddlingGiven {
    seed: u64,
    acts: u32,
    odds: Odds,
}

/// Answers what was done: fewer acts than asked for, where some had nothing to act on.
pub(super) async fn meddle(
    State(sim): State<Sim>,
    Given(given): Given<MeddlingGiven>,
) -> Result<Json<Vec<Interfered>>, Problem> {
    let odds = given.odds.read(&[
        ("everything", Meddling::everything),
        ("without_tokens", Meddling::without_tokens),
    ])?;
    let mut meddler = Meddler::new(odds, given.seed);
    Ok(Json((0..given.acts).filter_map(|_| sim.meddle(&mut meddler)).collect()))
}
