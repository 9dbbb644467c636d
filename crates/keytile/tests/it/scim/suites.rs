//! The suites that others wrote: each is run as it is, against a server of ours that listens. What cannot be installed
//! here is skipped with a line that says so.

use std::path::{Path, PathBuf};
use std::process::Output;

use keytile::directories;
use scim::Dialect;
use tokio::process::Command;

use super::token;
use crate::support::TestApp;

/// Where the suites that are others' data lie, when they are here.
pub fn shared(file: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told here where the shared data is")]
    let shared = std::env::var("KEYTILE_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let file = shared.join("scim").join(file);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: {} is not here", file.display());
    None
}

/// A server with nobody in its directory: its base URL, and a token.
async fn server(test: &mut TestApp, dialect: Dialect) -> (String, String) {
    test.write(move |tx, by| Box::pin(directories::put_dialect(tx, by, dialect))).await;
    let token = token(test).await;
    (format!("{}/scim/v2", test.serve()), token)
}

/// 135 checks of scim2-tester, and no error, whatever the client says it is.
#[tokio::test]
async fn scim2_finds_nothing_to_complain_about() {
    let packages = ["scim2-cli==0.6.0", "scim2-tester==0.5.2"];
    let Some(programs) = python_packages("scim2", &packages).await else { return };
    for dialect in [Dialect::Okta, Dialect::Generic] {
        let mut test = TestApp::start().await;
        let (base, token) = server(&mut test, dialect).await;
        let mut scim2 = Command::new(programs.join("scim2"));
        scim2.args(["--url", &base, "--header", &format!("Authorization: Bearer {token}"), "test"]);
        let run = scim2.output().await.expect("it was just installed");
        let said = everything(&run);
        assert!(run.status.success() && !said.contains("ERROR"), "{dialect:?}\n{said}");
        assert!(said.matches("SUCCESS").count() >= 100, "{said}");
    }
}

/// 31 checks, of which three are about resources that we do not have.
#[tokio::test]
async fn scim_sanity_passes_strictly() {
    let Some(programs) = python_packages("scim-sanity", &["scim-sanity==0.7.4"]).await else {
        return;
    };
    let mut test = TestApp::start().await;
    let (base, token) = server(&mut test, Dialect::Generic).await;
    let mut sanity = Command::new(programs.join("scim-sanity"));
    sanity.args(["probe", &base, "--token", &token, "--i-accept-side-effects"]);
    let run = sanity.output().await.expect("it was just installed");
    let said = everything(&run);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("28 passed, 3 skipped, 31 total"), "{said}");
}

/// Microsoft's own collection for servers that Entra ID provisions.
#[tokio::test]
async fn microsofts_collection_passes() {
    let Some(collection) = shared("MS-SCIMReferenceCode-PostmanCollection.json") else { return };
    let Some(newman) = newman().await else { return };
    let mut test = TestApp::start().await;
    let (base, token) = server(&mut test, Dialect::Entra).await;
    let port = base.split(':').nth(2).and_then(|rest| rest.split('/').next()).expect("a port");
    let mut run = Command::new(newman);
    run.arg("run").arg(collection).args(["--color", "off", "--reporters", "cli"]);
    let values = [
        "Protocol=http",
        "Server=127.0.0.1",
        &format!("Port=:{port}"),
        "Api=scim/v2",
        &format!("token={token}"),
    ];
    for value in values {
        run.args(["--env-var", value]);
    }
    let folders = [
        "Endpoint tests",
        "User tests",
        "Group tests",
        "ComplexAttribute tests",
        "User tests with garbage",
        "Group tests with garbage",
        "Teardown garbage",
    ];
    for folder in folders {
        run.args(["--folder", folder]);
    }
    let run = run.output().await.expect("it was just installed");
    assert!(run.status.success(), "{}", everything(&run));
}

/// Okta's SPEC test: 52 assertions.
#[tokio::test]
async fn oktas_own_conformance_test_passes() {
    let (Some(runner), Some(spec)) =
        (shared("run_okta_spec.py"), shared("Okta-SCIM-20-SPEC-Test.json"))
    else {
        return;
    };
    let mut test = TestApp::start().await;
    let (base, token) = server(&mut test, Dialect::Okta).await;
    let authorization = format!("Bearer {token}");
    let mut python = Command::new("python3");
    python.args([runner.as_os_str(), spec.as_os_str(), base.as_ref(), authorization.as_ref()]);
    let Ok(run) = python.arg("--seed").output().await else {
        println!("skipped: python3 is not here");
        return;
    };
    let said = everything(&run);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("52 assertions passed, 0 failed"), "{said}");
}

/// The folder of the programs of some Python packages, installed when they are missing.
async fn python_packages(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = scratch()?.join(format!("{name}-venv"));
    let programs = folder.join("bin");
    if programs.join(name).exists() {
        return Some(programs);
    }
    let made = runs(Command::new("python3").args(["-m", "venv"]).arg(&folder)).await;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let ready = match made {
        Ok(()) => runs(Command::new(programs.join("python")).args(pip).args(packages)).await,
        Err(reason) => Err(reason),
    };
    told(&packages.join(" "), ready).map(|()| programs)
}

/// Newman, which runs Postman's collections, installed when it is missing.
async fn newman() -> Option<PathBuf> {
    let folder = scratch()?.join("newman");
    let program = folder.join("node_modules/.bin/newman");
    if program.exists() {
        return Some(program);
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).arg("newman@6.2.2");
    told("newman", runs(&mut npm).await).map(|()| program)
}

fn scratch() -> Option<&'static Path> {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent()
}

fn told(what: &str, ready: Result<(), String>) -> Option<()> {
    ready.map_err(|reason| println!("skipped: {what} cannot be installed here: {reason}")).ok()
}

async fn runs(command: &mut Command) -> Result<(), String> {
    match command.output().await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(everything(&output)),
        Err(error) => Err(error.to_string()),
    }
}

fn everything(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}
