//! Okta's own Python SDK against the running simulation: the opinion of a client that we did not
//! write. The SDK is installed once, below the target folder.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use okta_sim::{Sim, SimConfig, serve};
use tokio::net::TcpListener;
use tokio::process::Command;

const SDK: &str = "okta==3.4.6";
const TOKEN: &str = "sdk-token";

#[tokio::test]
async fn the_python_sdk_of_okta_can_list_create_update_assign_and_delete() {
    let Some(python) = python_with_sdk().await else { return };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let start = jiff::Timestamp::from_second(1_767_225_600).unwrap();
    let sim = Sim::new(SimConfig::new(&base_url, TOKEN, Arc::new(move || start)));
    let server = tokio::spawn(serve(listener, sim.router(), std::future::pending()));

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/exercise.py");
    let run = Command::new(python).arg(script).args([&base_url, TOKEN]).output().await.unwrap();
    server.abort();

    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("all steps passed"), "{}", everything(&run));
    assert!(sim.org().apps.is_empty(), "the exercise cleans up");
    assert!(sim.traffic().len() > 20);
}

/// The interpreter of an environment that has the SDK, made when it is missing; `None` after a
/// line that says why there is none.
async fn python_with_sdk() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?.join("okta-sdk-venv");
    let python = folder.join("bin/python");
    if runs(Command::new(&python).args(["-c", "import okta.client"])).await.is_ok() {
        return Some(python);
    }
    let made = runs(Command::new("python3").args(["-m", "venv"]).arg(&folder)).await;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SDK];
    let ready = match made {
        Ok(()) => runs(Command::new(&python).args(pip)).await,
        Err(reason) => Err(reason),
    };
    match ready {
        Ok(()) => Some(python),
        Err(reason) => {
            println!("skipped: {SDK} cannot be installed here: {reason}");
            None
        }
    }
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
