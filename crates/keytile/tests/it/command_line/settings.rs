//! A setting that cannot be used is named, and what it holds is not shown; nobody needs to read to the end.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::{keytile, said};
use crate::support::TestApp;

/// An `ErrorResponse`: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.
fn refusal() -> Vec<u8> {
    let fields = b"SFATAL\0VFATAL\0C28P01\0Mno root here\0\0";
    let length = u32::try_from(fields.len() + 4).unwrap();
    [&b"E"[..], &length.to_be_bytes(), fields].concat()
}

/// T26.
#[tokio::test]
async fn a_postgres_that_lets_nobody_in_is_named_without_its_password() {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut guests = Vec::new();
        while let Ok((mut guest, _)) = listener.accept().await {
            guest.write_all(&refusal()).await.unwrap();
            guests.push(guest);
        }
    });
    let mut command = keytile(&app);
    let url = format!("postgres://root:hunter2@{place}/x?sslmode=disable");
    command.env("KEYTILE_DATABASE", url).arg("check");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = said(&output);
    assert!(!output.status.success() && said.contains(&place), "{said}");
    assert!(said.contains("`database`") && said.contains("no root here"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn a_bad_or_unknown_setting_stops_every_command_and_is_named() {
    let app = TestApp::start().await;
    for (name, value, words) in [
        ("KEYTILE_DATABASE", "mysql://root:hunter2@db/x", "`database`"),
        ("KEYTILE_DATABSE", "sqlite:hunter2", "do you mean KEYTILE_DATABASE?"),
        ("KEYTILE_OKTA_CUSTOM_HOSTS", "https://id.acme.com", "`okta_custom_hosts`"),
        ("KEYTILE_OKTA_INSECURE_HOSTS", "acme.com", "`okta_insecure_hosts`"),
    ] {
        let output = keytile(&app).env(name, value).arg("migrate").output().unwrap();
        let said = said(&output);
        assert!(!output.status.success() && said.contains(words), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_is_no_failure() {
    let app = TestApp::start().await;
    let mut command = keytile(&app);
    // PostgreSQL remarks on what is there already.
    command.env("KEYTILE_LOG", "warn");
    let mut child =
        command.arg("check").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
}
