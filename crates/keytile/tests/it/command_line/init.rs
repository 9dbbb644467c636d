//! `keytile init` makes a workspace once; again, it renews the first link of an Owner who has not signed in yet.

use keytile::signin;

use super::{run, said};
use crate::support::TestApp;

const WORKSPACES: &str = "SELECT COUNT(*) AS n FROM workspace";

fn init(app: &TestApp, workspace: &str, email: &str) -> (bool, String) {
    let output =
        run(app, &["init", "--workspace", workspace, "--owner", "Hank Scorpio", "--email", email]);
    (output.status.success(), said(&output))
}

/// The token of the link that was printed.
fn token(said: &str) -> String {
    let (_, token) = said.split_once("/set-up/").expect("a link");
    token.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_lost_first_link_is_renewed_and_nothing_is_made_twice() {
    let app = TestApp::start().await;
    let (went_well, first) = init(&app, "Globex", "hank@globex.com");
    assert!(went_well && first.contains("Globex is ready"), "{first}");
    let (went_well, again) = init(&app, " globex", "Hank@globex.com");
    assert!(went_well && again.contains("Nothing was made"), "{again}");
    assert_eq!(app.count(WORKSPACES).await, 2, "that of the test, and one Globex");
    let (first, again) = (token(&first), token(&again));
    assert_ne!(first, again);
    let unused = "SELECT COUNT(*) AS n FROM invite i JOIN workspace w ON w.id = i.workspace_id
                  WHERE w.name = 'Globex' AND i.expires_at > i.created_at + 3600000";
    assert_eq!(app.count(unused).await, 1, "the first link has ended");
    assert!(signin::invited(&app.app, &again).await.unwrap().is_some());
}

#[tokio::test]
async fn a_second_workspace_of_the_same_name_or_owner_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let owner = app.owner.email.clone();
    app.session_of(&app.owner).await;
    for (workspace, email, words) in [
        ("Acme", owner.as_str(), "sign in there"),
        ("acme", "hank@globex.com", "another name"),
        ("Globex", owner.as_str(), "another Owner's address"),
    ] {
        let (went_well, said) = init(&app, workspace, email);
        assert!(!went_well && said.contains(words), "{said}");
        assert!(said.contains("Nothing was made") && !said.contains("/set-up/"), "{said}");
    }
    assert_eq!(app.count(WORKSPACES).await, 1);
    assert!(init(&app, "Globex", "hank@globex.com").0);
}
