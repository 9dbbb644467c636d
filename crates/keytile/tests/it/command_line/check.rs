//! `keytile check` says that everything is as it should be only where it is.

use std::os::unix::fs::PermissionsExt as _;

use keytile::sync::store;
use seal::RootKeys;

use super::{run, run_beside, said};
use crate::support::TestApp;

const FINE: &str = "Everything is as it should be";

/// A database that holds a secret.
async fn with_a_secret() -> TestApp {
    let app = TestApp::start().await;
    app.account(&app.owner, "Contentzilla", "Instagram").await;
    app
}

/// T10.
#[tokio::test]
async fn no_new_root_key_is_made_for_a_database_that_holds_secrets() {
    let app = with_a_secret().await;
    let elsewhere = app.root_key_file().with_extension("kept");
    std::fs::rename(app.root_key_file(), &elsewhere).unwrap();
    let new = ["init", "--workspace", "Globex", "--owner", "Hank", "--email", "hank@globex.com"];
    for arguments in [&["serve"][..], &["migrate"], &new, &["key", "rotate"], &["check"]] {
        let output = run(&app, arguments);
        let (said, file) = (said(&output), app.root_key_file().display().to_string());
        assert!(!output.status.success() && said.contains(&file), "{said}");
        assert!(said.contains("is missing") && !said.contains(FINE), "{said}");
        assert!(!app.root_key_file().exists(), "{arguments:?} made another one");
    }
    std::fs::rename(&elsewhere, app.root_key_file()).unwrap();
    let output = run(&app, &["check"]);
    assert!(output.status.success() && said(&output).contains(FINE), "{}", said(&output));
}

/// T10.
#[tokio::test]
async fn another_databases_root_key_file_is_found_out_before_anything_is_done_with_it() {
    let app = with_a_secret().await;
    let other = RootKeys::generate(&mut app.app.rng());
    std::fs::write(app.root_key_file(), other.to_text().as_bytes()).unwrap();
    for arguments in [&["serve"][..], &["key", "rotate"], &["check"]] {
        let output = run(&app, arguments);
        let said = said(&output);
        assert!(!output.status.success() && said.contains("does not open the secrets"), "{said}");
        assert!(said.contains("backup") && !said.contains(FINE), "{said}");
    }
    assert!(said(&run(&app, &["check"])).contains("1 check failed"));
    let kept = std::fs::read(app.root_key_file()).unwrap();
    assert_eq!(kept, other.to_text().as_bytes(), "the file is left as it is");
}

#[tokio::test]
async fn a_root_key_file_that_others_may_read_is_pointed_out() {
    let app = with_a_secret().await;
    assert!(!said(&run(&app, &["check"])).contains("chmod"));
    let open = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(app.root_key_file(), open).unwrap();
    let output = run(&app, &["check"]);
    assert!(output.status.success() && said(&output).contains("chmod 600"), "{}", said(&output));
}

#[tokio::test]
async fn a_new_database_file_is_for_its_owner_alone() {
    let app = TestApp::start().await;
    if app.app.db.is_postgres() {
        return;
    }
    let url = app.database_url();
    for file in [url.strip_prefix("sqlite:").unwrap(), &(url[7..].to_owned() + "-wal")] {
        let mode = std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
}

/// C6: Okta answers every question well, and all the same nothing goes on until an admin has looked.
#[tokio::test]
async fn a_refused_connection_fails_and_waiting_tiles_are_told() {
    let app = with_a_secret().await;
    let portal = app.turn_on().await;
    let account = app.account(&app.owner, "Ads", "Google").await;
    assert!(said(&run_beside(&app, &["check"]).await).contains("no tile waits"));
    app.extend(&app.owner, account).await;
    // The program has the real clock, by which a tile of this test's time is late.
    app.tamper("UPDATE tile SET behind_since = NULL", Vec::new()).await;
    app.tamper("DELETE FROM tile_mark", Vec::new()).await;
    let output = run_beside(&app, &["check"]).await;
    let text = said(&output);
    assert!(output.status.success() && text.contains("1 tile waits for its turn"), "{text}");
    assert!(text.contains("one tile waits.") && !text.contains(FINE), "{text}");
    // C14: what is left to do, which nothing of this does.
    let plan = said(&run_beside(&app, &["check", "--plan"]).await);
    assert!(plan.contains("  Ads - Google\n    Create the app"), "{plan}");
    assert!(plan.contains("in all: create 1"), "{plan}");
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM tile WHERE phase <> 'new'").await, 0);
    app.write(move |tx, by| {
        Box::pin(async move {
            let (workspace, why) = (by.workspace, ("forbidden", "The token cannot manage apps."));
            Ok(store::set_portal_trouble(tx, workspace, portal, 1, why).await?)
        })
    })
    .await;
    let output = run_beside(&app, &["check"]).await;
    let text = said(&output);
    assert!(!output.status.success() && text.contains("The token cannot manage apps."), "{text}");
    assert!(text.contains("1 check failed") && text.contains("1 tile waits"), "{text}");
}
