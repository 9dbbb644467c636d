//! A stolen database holds no secret: not in plain, and not in any usual disguise (T8).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use keytile::accounts::{self, Draft};
use keytile::apikeys;
use model::secret::Secret;

use crate::support::{OKTA_TOKEN, TestApp, User};

/// Every form in which a dump could give a secret away.
fn disguises(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let hex = hex(bytes);
    let mut all = vec![
        ("plain", bytes.to_vec()),
        ("reversed", bytes.iter().rev().copied().collect()),
        ("upper case", secret.to_uppercase().into_bytes()),
        ("lower case", secret.to_lowercase().into_bytes()),
        ("HEX", hex.to_uppercase().into_bytes()),
        ("hex", hex.into_bytes()),
        ("UTF-16, little end first", secret.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16, big end first", secret.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ];
    for offset in 0..3 {
        all.push(("base64", base64_inside(&STANDARD_NO_PAD, bytes, offset)));
        all.push(("base64url", base64_inside(&URL_SAFE_NO_PAD, bytes, offset)));
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|n| format!("{n:x}"))
        .collect::<Vec<_>>()
        .concat()
}

/// What stands in the base64 of any text that holds `bytes` after `offset` (modulo 3) other bytes: the characters that
/// no neighbour changes.
fn base64_inside(engine: &impl base64::Engine, bytes: &[u8], offset: usize) -> Vec<u8> {
    let padded = [&vec![0; offset], bytes].concat();
    let encoded = engine.encode(&padded).into_bytes();
    encoded[(offset * 8).div_ceil(6)..padded.len() * 8 / 6].to_vec()
}

fn found(dump: &[u8], secret: &str) -> Vec<&'static str> {
    let holds = |needle: &[u8]| dump.windows(needle.len()).any(|window| window == needle);
    disguises(secret).into_iter().filter(|(_, form)| holds(form)).map(|(name, _)| name).collect()
}

/// T8.
#[tokio::test]
async fn a_dump_of_everything_holds_no_secret_in_any_disguise() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    let owner = app.actor(&app.owner).await;
    let draft = Draft {
        name: "Contentzilla".into(),
        username: "shared@example.com".into(),
        totp: Some(Secret::new("JBSWY3DPEHPK3PXPJBSWY3DP".into())),
        notes: Some(Secret::new("The spare key lies under the third flower pot".into())),
        ..Draft::default()
    };
    let account = app.account_of(&app.owner, draft.with_password("Tr0ub4dor&3-before")).await;
    let username = "shared@example.com".into();
    let draft = Draft { name: "Contentzilla".into(), username, ..Draft::default() };
    let draft = draft.with_password("correct-horse-battery-staple");
    accounts::update(&app.app, &owner, account, draft).await.unwrap();
    accounts::reveal(&app.app, &owner, account).await.unwrap();
    accounts::find_with_notes(&app.app, &owner, account).await.unwrap();
    app.turn_on().await;
    app.extend(&app.owner, account).await;
    let api_key = apikeys::create(&app.app, &owner).await.unwrap().expose().clone();
    let session = app.session_of(&ada).await.expose().to_owned();
    let root_keys = std::fs::read_to_string(app.root_key_file()).unwrap();
    let root_key = root_keys.lines().last().and_then(|l| l.split(" = ").nth(1)).unwrap();

    let dump = app.dump().await;
    for (name, secret) in [
        ("the present password", "correct-horse-battery-staple"),
        ("an earlier password", "Tr0ub4dor&3-before"),
        ("the seed of codes", "JBSWY3DPEHPK3PXPJBSWY3DP"),
        ("the notes", "The spare key lies under the third flower pot"),
        ("the Okta token", OKTA_TOKEN),
        ("an API key", &api_key),
        ("the secret part of an API key", api_key.rsplit('_').next().unwrap()),
        ("a session", &session),
        ("the secret part of a session", session.rsplit('_').next().unwrap()),
        ("a root key", root_key.trim_end_matches('=')),
    ] {
        assert!(secret.len() >= 16, "{name} is too short to be searched for");
        assert_eq!(found(&dump, secret), Vec::<&str>::new(), "the dump holds {name}");
    }
    // The search itself works: what is no secret is there.
    assert!(found(&dump, "shared@example.com").contains(&"plain"));
}

/// T8: the test's own eyes.
#[test]
fn a_secret_is_found_in_every_disguise_that_is_searched_for() {
    let secret = "correct-horse-battery-staple";
    for before in ["", "x", "xy", "xyz"] {
        let text = format!("{before}{secret} and more");
        let base64 = STANDARD_NO_PAD.encode(&text);
        assert_eq!(found(base64.as_bytes(), secret).first(), Some(&"base64"), "after {before:?}");
    }
    let utf16: Vec<u8> = format!("a{secret}b").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(found(&utf16, secret).contains(&"UTF-16, little end first"));
    let hex = hex(secret.as_bytes()).to_uppercase();
    assert!(found(hex.as_bytes(), secret).contains(&"HEX"));
    let reversed: String = secret.chars().rev().collect();
    assert_eq!(found(reversed.as_bytes(), secret), ["reversed"]);
    assert_eq!(found(b"nothing of the kind", secret), Vec::<&str>::new());
}
