//! scim2-server, which keeps everything in memory, beside Keytile, which keeps it on disk: both driven by the same script
//! in one run. Left out where Python, the package or the script is not here.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use super::directory::Directory;
use crate::machine::{self, Server};
use crate::table::{Goal, Line, Table};

const SIZES: &str = "100,400";

pub async fn measure(shared: &Path, table: &mut Table) -> anyhow::Result<()> {
    let script = shared.join("bench/scim_bench.py");
    if !script.is_file() {
        Table::note("scim_bench.py is not here");
        return Ok(());
    }
    let program = match program() {
        Ok(program) => program,
        Err(reason) => {
            Table::note(&format!("scim2-server cannot be installed here: {reason:#}"));
            return Ok(());
        }
    };
    let address = machine::free_address()?;
    let mut command = Command::new(program);
    command.args(["--bearer-token", "peer", "--port"]).arg(address.port().to_string());
    let theirs =
        Server::start(&mut command, address, "/v2/ServiceProviderConfig", Duration::from_secs(30));
    let theirs = theirs.context("start scim2-server")?;
    let directory = Directory::make(0).await?;
    let ours = directory.serve()?;
    let found = [
        timed(&script, &format!("http://{}/scim/v2", ours.address), &directory.token)?,
        timed(&script, &format!("http://{}/v2", theirs.address), "peer")?,
    ];
    for row in ["create", "filter_userName", "list_100", "patch_active", "group_add_member"] {
        for size in SIZES.split(',') {
            let [ours, theirs] =
                found.each_ref().map(|found| found["ops"][row][size]["p50_ms"].as_f64());
            let Some(ours) = ours else { continue };
            let name = format!("{row} at {size} people beside scim2-server: p50");
            table.add(&Line::new(&name, ours, "ms").beside(theirs, Goal::None));
        }
    }
    Ok(())
}

fn timed(script: &Path, base: &str, token: &str) -> anyhow::Result<Value> {
    let out = machine::folder()?;
    let file = out.path().join("found.json");
    let mut python = Command::new("python3");
    python
        .arg(script)
        .args(["--base", base, "--token", token, "--sizes", SIZES, "--out"])
        .arg(&file);
    machine::run(&mut python).context("run scim_bench.py")?;
    let text = std::fs::read(&file).context("read what it found")?;
    serde_json::from_slice(&text).context("read what it found")
}

fn program() -> anyhow::Result<PathBuf> {
    let folder = machine::target()?.join("scim2-server-venv");
    let program = folder.join("bin/scim2-server");
    if !program.is_file() {
        machine::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        machine::run(pip.arg("scim2-server==0.8.3"))?;
    }
    Ok(program)
}
