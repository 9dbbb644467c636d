//! What an operator types, run as the real program on the database of a test.

mod check;
mod init;
mod settings;

use std::io::Write as _;
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

/// As [`run`], while this test's Okta goes on answering.
async fn run_beside(app: &TestApp, arguments: &[&str]) -> Output {
    let mut command = keytile(app);
    command.args(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Imports a file of these bytes for the Owner: whether that went well, what was said, and how many accounts there are.
async fn import(app: &TestApp, bytes: &[u8]) -> (bool, String, i64) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let path = file.path().to_str().unwrap();
    let output = run(app, &["import", path, "--owner", &app.owner.email]);
    let accounts = app.count("SELECT COUNT(*) AS n FROM account").await;
    (output.status.success(), said(&output), accounts)
}

/// C62.
#[tokio::test]
async fn a_good_file_is_imported_and_its_owner_named() {
    let app = TestApp::start().await;
    let file = "name,url,username,password\nContentzilla,https://www.instagram.com/,ada,\"a,b\"\nAds,,bob,x\n";
    let (went_well, said, accounts) = import(&app, file.as_bytes()).await;
    assert!(went_well && said.contains("2 accounts were imported"), "{said}");
    assert_eq!(accounts, 2);
    assert!(!said.contains("a,b"), "a password is not printed");
}

#[tokio::test]
async fn broken_rows_are_named_by_their_lines_and_nothing_is_half_done() {
    let app = TestApp::start().await;
    let file = "name,url,password\nGood,https://a.example/,x\nBad,http://b.example/,x\nShort,https://c.example/\n,,x\n";
    let (went_well, said, accounts) = import(&app, file.as_bytes()).await;
    assert!(!went_well && said.contains("line 4: This row has 2 cells"), "{said}");
    assert!(said.contains("line 3:") && said.contains("line 5:"), "all in one round: {said}");
    assert!(said.contains("3 of the rows cannot be imported"), "{said}");
    assert_eq!(accounts, 0);
    let whole = "name,url,password\nGood,https://a.example/,x\nBad,http://b.example/,x\n,,x\n";
    let (went_well, said, accounts) = import(&app, whole.as_bytes()).await;
    assert!(!went_well && said.contains("line 3:") && said.contains("line 4:"), "{said}");
    assert!(said.contains("2 of the rows cannot be imported, so nothing was stored"), "{said}");
    assert_eq!(accounts, 0);
}

/// C62.
#[tokio::test]
async fn an_export_of_lastpass_is_imported_with_its_secure_notes() {
    let app = TestApp::start().await;
    let file = "url,username,password,totp,extra,name,grouping,fav\n\
                https://a.example/,ada,x,,,Site,,0\nhttp://sn,,,,Combination: 1234,Safe,,0\n";
    let (went_well, said, accounts) = import(&app, file.as_bytes()).await;
    assert!(went_well && said.contains("2 accounts were imported"), "{said}");
    let without = "SELECT COUNT(*) AS n FROM account WHERE name = 'Safe' AND login_url IS NULL";
    assert_eq!((accounts, app.count(without).await), (2, 1));
}

#[tokio::test]
async fn a_file_in_another_encoding_is_refused_with_the_way_to_save_it() {
    let app = TestApp::start().await;
    let latin = b"name,password\nCaf\xe9,x\n";
    let (went_well, said, accounts) = import(&app, latin).await;
    assert!(!went_well && said.contains("line 2:") && said.contains("CSV UTF-8"), "{said}");
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("name;password\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let (went_well, said, _) = import(&app, &wide).await;
    assert!(!went_well && said.contains("UTF-16") && said.contains("CSV UTF-8"), "{said}");
    assert_eq!(accounts, 0);
}

#[tokio::test]
async fn a_file_without_the_needed_columns_is_told_what_it_needs() {
    let app = TestApp::start().await;
    let (went_well, said, accounts) = import(&app, b"kennwort,benutzer\nx,y\n").await;
    assert!(!went_well && said.contains("`name` or `url`") && said.contains("kennwort"), "{said}");
    assert_eq!(accounts, 0);
}

#[tokio::test]
async fn a_spreadsheets_semicolons_and_byte_order_mark_are_understood() {
    let app = TestApp::start().await;
    let file = "\u{feff}Name;URL;Username;Password\r\nÜber, alles;https://a.example/;ada;x\r\n";
    let (went_well, said, accounts) = import(&app, file.as_bytes()).await;
    assert!(went_well, "{said}");
    let named = "SELECT COUNT(*) AS n FROM account WHERE name = 'Über, alles'";
    assert_eq!((accounts, app.count(named).await), (1, 1));
    let tabs = "name\tpassword\nTabs\tx\n";
    assert_eq!(import(&app, tabs.as_bytes()).await.2, 2);
}

/// U5.
#[tokio::test]
async fn ten_thousand_rows_are_imported_with_progress() {
    let app = TestApp::start().await;
    let rows =
        (0..10_000).map(|n| format!("Account {n},App,https://a.example/,user{n},secret{n}\n"));
    let file = format!("name,app,url,username,password\n{}", rows.collect::<String>());
    let (went_well, said, accounts) = import(&app, file.as_bytes()).await;
    assert!(went_well, "{said}");
    for progress in ["500 of 10000", "9500 of 10000", "10000 of 10000"] {
        assert!(said.contains(progress), "{said}");
    }
    assert_eq!(accounts, 10_000);
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
