//! The seed file, and the example of it that its documentation shows.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::sync::Arc;

use okta_sim::{Seed, Sim, SimConfig};

fn sim() -> Sim {
    let start = jiff::Timestamp::from_second(1_767_225_600).unwrap();
    Sim::new(SimConfig::new("http://127.0.0.1:8099", "token", Arc::new(move || start)))
}

/// The JSON between the fences of the module's documentation.
fn documented_example() -> String {
    let source = include_str!("../src/seed.rs");
    let example = source.split("```").nth(1).unwrap().trim_start_matches("json");
    example.lines().map(|line| line.trim_start_matches("//!")).collect()
}

#[test]
fn the_documented_example_is_a_seed_that_can_be_planted() {
    let sim = sim();
    let seed: Seed = serde_json::from_str(&documented_example()).unwrap();
    seed.plant(&mut sim.org()).unwrap();
    let org = sim.org();
    let ada = org.find_user("ada@example.com").unwrap();
    let tiles = org.links_of_user(&ada.id).unwrap();
    let labels: Vec<&str> = tiles.iter().map(|tile| tile.label.as_str()).collect();
    assert_eq!(labels, ["Wiki", "Portal"]);
    assert!(org.apps.values().any(|app| app.scim.is_some()));
    assert!(org.service_app("robot").is_some_and(|(_, client)| client.requires_dpop));
}

#[test]
fn a_seed_that_names_somebody_unknown_says_where() {
    let sim = sim();
    let text = r#"{ "groups": [{ "name": "Finance", "members": ["bob@example.com"] }] }"#;
    let seed: Seed = serde_json::from_str(text).unwrap();
    let error = seed.plant(&mut sim.org()).unwrap_err().to_string();
    assert!(error.contains("group \"Finance\"") && error.contains("bob@example.com"), "{error}");
}

#[test]
fn a_misspelt_field_of_a_seed_is_refused() {
    let text = r#"{ "users": [], "gruops": [] }"#;
    assert!(serde_json::from_str::<Seed>(text).is_err());
}

#[test]
fn people_start_in_the_status_that_the_seed_names() {
    let sim = sim();
    let text = r#"{ "users": [
        { "login": "s@example.com", "firstName": "S", "lastName": "T", "status": "SUSPENDED",
          "password": "x" },
        { "login": "d@example.com", "firstName": "D", "lastName": "P", "status": "DEPROVISIONED" },
        { "login": "n@example.com", "firstName": "N", "lastName": "W", "status": "STAGED" }
    ] }"#;
    let seed: Seed = serde_json::from_str(text).unwrap();
    seed.plant(&mut sim.org()).unwrap();
    let org = sim.org();
    let status = |login: &str| org.find_user(login).unwrap().status.as_str();
    let statuses = ["s@example.com", "d@example.com", "n@example.com"].map(status);
    assert_eq!(statuses, ["SUSPENDED", "DEPROVISIONED", "STAGED"]);
}
