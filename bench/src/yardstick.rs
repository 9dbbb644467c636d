//! The yardstick: a bare axum server with the same parts and nothing else. Its source is not ours and stays outside
//! the repository; it is copied into the target folder and built there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use crate::machine::{self, Server};

/// The key that the yardstick's first person signs in with.
pub const KEY: &str = "tok-1";
/// How many accounts it seeds.
pub const ACCOUNTS: usize = 10_000;

/// The built yardstick, with a database of its own.
pub struct Program {
    pub program: PathBuf,
    folder: tempfile::TempDir,
}

/// Builds the yardstick; `None` where its source is not here.
pub fn build(shared: &Path) -> anyhow::Result<Option<Program>> {
    let Some(source) = source(shared) else { return Ok(None) };
    let copy = machine::target()?.join("yardstick");
    copy_crate(&source, &copy).context("copy the yardstick's source")?;
    machine::run(
        Command::new("cargo")
            .args(["build", "--quiet", "--release", "--manifest-path"])
            .arg(copy.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(copy.join("build")),
    )
    .context("build the yardstick")?;
    let folder = machine::folder()?;
    Ok(Some(Program { program: copy.join("build/release/limits"), folder }))
}

impl Program {
    /// Starts it on its own database, which it seeds at the first start.
    pub fn serve(&self) -> anyhow::Result<Server> {
        let address = machine::free_address()?;
        let mut command = Command::new(&self.program);
        command.arg("serve").arg(address.port().to_string()).arg(self.folder.path().join("y.db"));
        Server::start(&mut command, address, "/health", Duration::from_mins(1))
            .context("start the yardstick")
    }
}

fn source(shared: &Path) -> Option<PathBuf> {
    let is_source = |folder: &PathBuf| folder.join("Cargo.toml").is_file();
    [shared.to_owned(), shared.join("bench/limits"), shared.join("limits")]
        .into_iter()
        .filter(is_source)
        .find(|folder| folder.join("src/main.rs").is_file())
}

/// Copies what changed, so that cargo builds again only then.
fn copy_crate(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to.join("src"))?;
    let mut files = vec![PathBuf::from("Cargo.toml")];
    for file in std::fs::read_dir(from.join("src"))? {
        files.push(Path::new("src").join(file?.file_name()));
    }
    for file in files {
        let text = std::fs::read(from.join(&file))?;
        if std::fs::read(to.join(&file)).ok().as_ref() != Some(&text) {
            std::fs::write(to.join(&file), text)?;
        }
    }
    Ok(())
}
