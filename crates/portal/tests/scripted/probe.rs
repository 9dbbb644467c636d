//! "Test connection" with answers that a simulated org does not give (C2, C3, T27).

use crate::script::{Answer, Scripted, answer, error, list, now};
use jiff::SignedDuration;
use portal::okta::Abilities;
use portal::{Check, Error, Misconfigured, Portal, Priority, Verdict};
use serde_json::{Value, json};

fn org() -> Answer {
    answer(200, json!({ "id": "00o1", "pipeline": "idx" }))
}

fn me() -> Answer {
    answer(200, json!({ "id": "00u1", "status": "ACTIVE" }))
}

fn forbidden() -> Answer {
    error(403, "E0000006", "You do not have permission to perform the requested action")
}

fn roles(kinds: &[&str]) -> Answer {
    let role = |kind: &&str| json!({ "id": format!("ra{kind}"), "type": kind });
    list(&kinds.iter().map(role).collect::<Vec<_>>())
}

fn token(user: &str, days: i64) -> Value {
    let ends_at = now() + SignedDuration::from_hours(24 * days);
    json!({ "id": format!("00T{days}"), "name": "keytile", "userId": user, "tokenWindow": "P30D",
        "expiresAt": ends_at.to_string() })
}

async fn probe(answers: Vec<Answer>) -> Vec<Check> {
    Scripted::with_token(answers).portal.probe(now()).await
}

fn result<'a>(checks: &'a [Check], name: &str) -> &'a Verdict {
    &checks.iter().find(|check| check.name == name).expect("the check").result
}

/// Lists of apps, users and groups, then the log.
fn read_all() -> Vec<Answer> {
    vec![org(), me(), list(&[]), list(&[]), list(&[]), list(&[])]
}

/// C2: a token that is good and used from a wrong place is told apart from one that has ended.
#[tokio::test]
async fn a_network_zone_is_told_apart_from_a_token_that_ended() {
    let zone = error(403, "E0000006", "Access denied: the IP address is not in the network zone");
    let ended = error(401, "E0000011", "Invalid token provided");
    for (answer, wanted) in [
        (forbidden(), Misconfigured::OutsideZone),
        (zone, Misconfigured::OutsideZone),
        (ended, Misconfigured::TokenInvalid),
    ] {
        let checks = probe(vec![org(), answer]).await;
        let Verdict::Failed(Error::Misconfigured { what, .. }) = result(&checks, "API token")
        else {
            panic!("{checks:#?}");
        };
        assert_eq!(*what, wanted);
        assert_eq!(checks.len(), 9);
    }
}

/// C3: what is not necessary is said, and is no failure.
#[tokio::test]
async fn rights_that_are_not_necessary_are_optional() {
    let mut answers = vec![org(), me(), list(&[]), list(&[]), list(&[]), forbidden()];
    answers.extend([roles(&["APP_ADMIN", "READ_ONLY_ADMIN"]), forbidden()]);
    let checks = probe(answers).await;
    for name in ["Read the System Log", "Manage groups", "Age of the API token"] {
        assert!(matches!(result(&checks, name), Verdict::Optional(_)), "{checks:#?}");
    }
    assert!(!checks.iter().any(|check| matches!(check.result, Verdict::Failed(_))), "{checks:#?}");
    assert_eq!(Abilities::of(&checks), Abilities::default());
}

/// T2: groups are offered only where their admin roles can be read.
#[tokio::test]
async fn groups_are_offered_when_they_can_be_managed_and_looked_at() {
    let some_group = || list(&[json!({ "id": "00g1" })]);
    let managers = || roles(&["APP_ADMIN", "USER_ADMIN"]);
    let with = [read_all(), vec![managers(), some_group(), list(&[]), list(&[])]].concat();
    let checks = probe(with).await;
    assert!(Abilities::of(&checks).may_manage_groups && Abilities::of(&checks).reads_log);
    let without = [read_all(), vec![managers(), some_group(), forbidden(), list(&[])]].concat();
    let checks = probe(without).await;
    assert!(!Abilities::of(&checks).may_manage_groups, "{checks:#?}");
    assert!(matches!(result(&checks, "Manage groups"), Verdict::Optional(_)), "{checks:#?}");
}

/// T27: the token that ends first counts, and others' tokens do not.
#[tokio::test]
async fn a_token_that_ends_soon_raises_an_alarm() {
    for (days, is_alarm) in [(29, false), (8, false), (6, true), (-1, true)] {
        let tokens = list(&[token("00u1", 30), token("00u1", days), token("00u2", 1)]);
        let answers = [read_all(), vec![roles(&["APP_ADMIN"]), tokens]].concat();
        let checks = probe(answers).await;
        let age = result(&checks, "Age of the API token");
        assert_eq!(matches!(age, Verdict::Warning(_)), is_alarm, "{days}: {age:?}");
    }
}

/// C11: what we did ourselves is known by our token, or at least by its owner.
#[tokio::test]
async fn our_own_doing_is_known_by_our_token() {
    let own_ids = async |answers| {
        let portal = Scripted::with_token(answers);
        let ids = portal.portal.own_ids(Priority::Audit, &now).await.expect("ids");
        ids.into_iter().collect::<Vec<_>>()
    };
    let tokens = list(&[token("00u1", 30), token("00u2", 20)]);
    assert_eq!(own_ids(vec![me(), tokens]).await, ["00T30"]);
    assert_eq!(own_ids(vec![me(), forbidden()]).await, ["00u1"]);
}
