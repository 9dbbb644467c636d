//! What an operator types, run as the real program on the database of a test.

use std::process::{Command, Output};

use crate::support::{TestApp, User};

/// `keytile`, configured for the database, key and address of this test.
pub(crate) fn keytile(app: &TestApp) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keytile"));
    let config = &app.app.config;
    command
        .env_clear()
        .env("KEYTILE_PUBLIC_URL", config.public_url.as_str())
        .env("KEYTILE_DATABASE", &config.database)
        .env("KEYTILE_ROOT_KEY_FILE", &config.root_key_file)
        .env("KEYTILE_OKTA_INSECURE_HOSTS", config.okta_insecure_hosts.join(","));
    command
}

fn run(app: &TestApp, arguments: &[&str]) -> Output {
    keytile(app).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

const OKTA_ID: &str = "00u1a2b3c4d5e6f7g8h9";

/// T5.
#[tokio::test]
async fn the_operator_tells_who_the_owner_is_in_okta_and_may_correct_it() {
    let app = TestApp::start().await;
    let identify = |id: &str| {
        run(&app, &["owner", "identify", "--email", &app.owner.email, "--okta-user-id", id])
    };
    let first = identify("00u000000000000typo0");
    assert!(first.status.success(), "{}", said(&first));
    assert!(identify(OKTA_ID).status.success());
    let now = "SELECT COUNT(*) AS n FROM identity WHERE ended_at IS NULL AND external_id = '00u1a2b3c4d5e6f7g8h9'";
    let all = "SELECT COUNT(*) AS n FROM identity";
    assert_eq!((app.count(now).await, app.count(all).await), (1, 2), "the first one has ended");
    assert_eq!(app.recorded("owner.identified").await, 2);
    let page = app.client_as(&app.owner).await.get(&format!("/members/{}", app.owner.id)).await;
    assert!(page.body.contains(OKTA_ID));
}

/// T5.
#[tokio::test]
async fn an_identity_that_cannot_be_the_owners_is_refused_in_words() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    app.identify(ada.id, &ada.email, OKTA_ID).await;
    let owner = app.owner.email.as_str();
    for (email, id, words) in [
        (owner, "ada@example.com", "--okta-login"),
        (owner, "00g1a2b3c4d5e6f7g8h9", "begins with 00u"),
        ("nobody@example.com", "00u9a2b3c4d5e6f7g8h9", "No active member has the address"),
        (ada.email.as_str(), "00u9a2b3c4d5e6f7g8h9", "is not the Owner"),
        (owner, OKTA_ID, "is provisioned as the member Ada"),
    ] {
        let output = run(&app, &["owner", "identify", "--email", email, "--okta-user-id", id]);
        assert!(!output.status.success() && said(&output).contains(words), "{}", said(&output));
    }
    assert_eq!(app.recorded("owner.identified").await, 0);
}

#[tokio::test]
async fn a_workspace_is_made_with_an_owner_who_is_in_okta() {
    let app = TestApp::start().await;
    let new = ["init", "--workspace", "Globex", "--owner", "Hank", "--email", "hank@globex.com"];
    let identity = ["--okta-user-id", OKTA_ID, "--okta-login", "hank"];
    let output = run(&app, &[&new[..], &identity[..]].concat());
    assert!(output.status.success() && said(&output).contains("/set-up/kti_"), "{}", said(&output));
    let named = "SELECT COUNT(*) AS n FROM identity WHERE user_name = 'hank'";
    assert_eq!(app.count(named).await, 1);
}
