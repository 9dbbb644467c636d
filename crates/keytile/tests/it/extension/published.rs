//! The extension as Chromium's browsers fetch it from this server: signed by a key of the workspace, or by the operator's.

use axum::body::{Body, to_bytes};
use extension_package::crx::{self, Key};
use extension_package::{CHROMIUM, VERSION};
use http::{Request, StatusCode};
use keytile::extension::signing::{self, Published};
use keytile::http::router::router;
use keytile::{App, keys, values};
use tower::ServiceExt as _;

use crate::command_line;
use crate::support::{Admin, TestApp, User};

/// What a browser gets at one of the server's addresses.
async fn fetch(app: &App, path: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router(app.clone()).oneshot(request).await.unwrap();
    let status = answer.status();
    (status, to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec())
}

/// The id that a person reads on the page.
async fn id_on_page(test: &TestApp) -> String {
    let ben = test.member("Ben", User).await;
    let page = test.client_as(&ben).await.get("/extension").await;
    let (_, after) = page.body.split_once("/extension/chromium/").expect("an address");
    after[..32].to_owned()
}

fn updates(id: &str) -> String {
    format!("/extension/chromium/{id}/updates.xml")
}

/// From the address in a policy to the file, as a browser goes.
async fn install(app: &App, id: &str) -> Vec<u8> {
    let (status, manifest) = fetch(app, &updates(id)).await;
    let manifest = String::from_utf8(manifest).unwrap();
    assert_eq!(status, StatusCode::OK, "{manifest}");
    assert!(manifest.contains(&format!("<app appid=\"{id}\">")), "{manifest}");
    let (_, after) = manifest.split_once("codebase=\"").expect("an address");
    let address = after.split('"').next().unwrap();
    let path = address.strip_prefix(&app.config.origin()).expect("it is here");
    let (status, file) = fetch(app, path).await;
    assert_eq!(status, StatusCode::OK);
    let hash = data_encoding::HEXLOWER.encode(&seal::token::sha256(&file));
    assert!(manifest.contains(&hash) && manifest.contains(VERSION), "{manifest}");
    file
}

/// T24: what arrives is the package that anybody can build, signed by the key that the id follows from.
#[tokio::test]
async fn a_browser_gets_the_package_signed_by_the_key_of_the_workspace() {
    let test = TestApp::start().await;
    let id = id_on_page(&test).await;
    let file = install(&test.app, &id).await;
    let read = crx::read(&file).unwrap();
    assert_eq!((read.id(), read.archive), (id.clone(), CHROMIUM.bytes));

    let other = test.elsewhere().await;
    let elsewhere = signing::own(&test.app, &other).await.unwrap();
    assert_ne!(elsewhere.id, id, "another workspace has a key of its own");
    for nowhere in ["abcdefghijklmnopabcdefghijklmnop", "x"] {
        assert_eq!(fetch(&test.app, &updates(nowhere)).await.0, StatusCode::NOT_FOUND);
    }
    let older = format!("/extension/chromium/{id}/keytile-0.0.1.crx");
    assert_eq!(fetch(&test.app, &older).await.0, StatusCode::NOT_FOUND);
}

/// T8, T10: policies name the id, so it outlives replicas, restarts, a restored database and new root keys.
#[tokio::test]
async fn the_key_is_the_same_on_every_replica_and_under_a_new_root_key() {
    let test = TestApp::start().await;
    let replica = test.another().await;
    let id = id_on_page(&test).await;
    let file = install(&test.app, &id).await;
    assert_eq!(install(&replica, &id).await, file, "to the last byte");
    keys::rotate(&test.app).await.unwrap();
    for app in [&test.app, &replica, &test.another().await] {
        assert_eq!(install(app, &id).await, file);
    }
    let made = "SELECT COUNT(*) AS n FROM extension_key";
    assert_eq!(test.count(made).await, 1);
}

/// T7: a key opens for the workspace that it was made for, and for no other.
#[tokio::test]
async fn a_key_that_was_moved_to_another_workspace_signs_nothing() {
    let test = TestApp::start().await;
    let owner = test.actor(&test.owner).await;
    let id = signing::own(&test.app, &owner).await.unwrap().id;
    let other = test.elsewhere().await;
    signing::own(&test.app, &other).await.unwrap();
    test.tamper(
        "DELETE FROM extension_key WHERE workspace_id = $1",
        values![other.workspace].to_vec(),
    )
    .await;
    test.tamper("UPDATE extension_key SET workspace_id = $1", values![other.workspace].to_vec())
        .await;
    let replica = test.another().await;
    assert!(signing::find(&replica, &id).await.is_err());
    assert!(signing::own(&replica, &other).await.is_err());
}

#[tokio::test]
async fn two_who_need_the_key_first_get_the_same() {
    let test = TestApp::start().await;
    let (owner, replica) = (test.actor(&test.owner).await, test.another().await);
    let both = tokio::join!(signing::own(&test.app, &owner), signing::own(&replica, &owner));
    assert_eq!(both.0.unwrap().id, both.1.unwrap().id);
}

/// T24.
#[tokio::test]
async fn a_version_that_the_workspace_refuses_is_not_given_out() {
    let test = TestApp::start().await;
    let id = id_on_page(&test).await;
    let mut admin = test.client_as(&test.member("Root", Admin).await).await;
    admin.post("/settings/devices/rules", &[("refused", VERSION)]).await;
    let (_, manifest) = fetch(&test.app, &updates(&id)).await;
    assert!(String::from_utf8(manifest).unwrap().contains("status=\"noupdate\""));
    let file = format!("/extension/chromium/{id}/keytile-{VERSION}.crx");
    assert_eq!(fetch(&test.app, &file).await.0, StatusCode::NOT_FOUND);
    let page = admin.get("/extension").await;
    assert!(page.body.contains("is not accepted here"), "{}", page.body);
    admin.post("/settings/devices/rules", &[("refused", "")]).await;
    assert_eq!(fetch(&test.app, &file).await.0, StatusCode::OK);
}

/// T24: whoever has the old key can make nothing that browsers with the new text take.
#[tokio::test]
async fn an_operator_replaces_a_key_that_somebody_else_may_have() {
    let test = TestApp::start().await;
    let before = id_on_page(&test).await;
    let output = command_line::keytile(&test)
        .args(["extension", "new-key", "--owner", &test.owner.email])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let owner = test.actor(&test.owner).await;
    let now = signing::own(&test.app, &owner).await.unwrap();
    assert!(now.id != before && said.contains(&now.id), "{said}");
    assert_eq!(crx::read(&install(&test.app, &now.id).await).unwrap().id(), now.id);
    assert_eq!(fetch(&test.app, &updates(&before)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(test.recorded("extension.key_replaced").await, 1);
}

/// T24: a server that never sees the key cannot sign anything, and serves nothing but its own package.
#[tokio::test]
async fn an_operator_brings_a_file_that_was_signed_elsewhere() {
    let key = Key::from_scalar(&[7; 32]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keytile.crx");
    let refused = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        format!("{:#}", Published::load(&file).unwrap_err())
    };
    assert!(refused(CHROMIUM.bytes).contains("not a whole CRX3 file"));
    assert!(refused(&key.sign(b"something else")).contains(CHROMIUM.sha256));
    let mut broken = key.sign(CHROMIUM.bytes);
    *broken.last_mut().unwrap() ^= 1;
    assert!(refused(&broken).contains("no signature"));

    let signed = key.sign(CHROMIUM.bytes);
    std::fs::write(&file, &signed).unwrap();
    let test = TestApp::start().await.with_extension(&file).await;
    assert_eq!(id_on_page(&test).await, key.id());
    assert_eq!(install(&test.app, &key.id()).await, signed);
    assert_eq!(test.count("SELECT COUNT(*) AS n FROM extension_key").await, 0);
}
