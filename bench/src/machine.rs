//! Processes and what they use: servers that end with their value, CPU and memory from /proc, cores to run on.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::http;

/// Servers run on one core and load on another, so that they do not take turns.
const SERVER_CORE: u8 = 0;
pub const LOAD_CORE: u8 = 1;

/// The resolution of CPU times in /proc: 100 ticks a second on every Linux that we run on.
const TICKS_PER_SECOND: u64 = 100;

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("bench lies in the repository's root")
}

/// The folder that cargo builds into: this program was built there.
pub fn target() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("find this program")?;
    let target = own.parent().and_then(Path::parent).context("find the target folder")?;
    Ok(target.to_owned())
}

/// A folder for data, gone with its value. On the disk that we build on: a commit must cost what it costs.
pub fn folder() -> anyhow::Result<tempfile::TempDir> {
    let place = target()?.join("bench-data");
    std::fs::create_dir_all(&place).context("make the folder for data")?;
    tempfile::tempdir_in(place).context("make a folder for data")
}

/// The released server, which must have been built.
pub fn keytile() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("find this program")?;
    let program = own.with_file_name("keytile");
    ensure!(program.is_file(), "{} is missing", program.display());
    Ok(program)
}

/// Builds the server as it is released.
pub fn build_keytile() -> anyhow::Result<()> {
    run(Command::new("cargo").args(["build", "--quiet", "--release", "-p", "keytile"]))
}

/// Runs a program quietly; its complaints are the error.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.current_dir(root()).stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("start {}", command.get_program().display()))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it ended with {}: {}", output.status, complaint.trim());
    Ok(())
}

/// A command that runs on one core, where `taskset` is here and the core exists.
pub fn pinned(program: &Path, core: u8) -> Command {
    if !has_core(core) {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

fn has_core(core: u8) -> bool {
    let tried = Command::new("taskset")
        .args(["-c", &core.to_string(), "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

/// An address that nobody listens on.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("find a free port")?;
    listener.local_addr().context("read the port")
}

/// A running server; it ends with this value.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the program to its first good answer.
    pub started_in: Duration,
}

impl Server {
    /// Starts `command` and waits until it answers at `path`.
    pub fn start(
        command: &mut Command,
        address: SocketAddr,
        path: &str,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let log = tempfile::tempfile().context("make a log")?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.try_clone()?);
        let began = Instant::now();
        let child = command.spawn().context("start the server")?;
        let mut server = Self { child, address, started_in: Duration::ZERO };
        while !http::is_answering(address, path) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended with {status}: {}", read(log)?);
            }
            ensure!(began.elapsed() < patience, "the server does not answer: {}", read(log)?);
            std::thread::sleep(Duration::from_micros(200));
        }
        server.started_in = began.elapsed();
        Ok(server)
    }

    /// Moves all of its threads to the servers' core.
    pub fn pin(&self) {
        let pid = self.child.id().to_string();
        let core = SERVER_CORE.to_string();
        // Without it the figures are noisier, and no less true.
        let _ = Command::new("taskset")
            .args(["-a", "-c", "-p", &core, &pid])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }

    /// User and system time so far.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(&self.child.id().to_string())
    }

    /// Resident memory, in MiB.
    pub fn memory(&self) -> anyhow::Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).context("find VmRSS")?;
        Ok(kib.parse::<f64>().context("read VmRSS")? / 1024.0)
    }
}

impl Drop for Server {
    /// Asks it to end, so that its database is left as after any normal day.
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        for _ in 0..500 {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// User and system time of this process so far, finer than ticks: the sum over its threads.
pub fn own_cpu() -> anyhow::Result<Duration> {
    let mut nanos = 0;
    for thread in std::fs::read_dir("/proc/self/task").context("list our threads")? {
        let path = thread?.path().join("schedstat");
        let text = std::fs::read_to_string(&path).context("read the time of a thread")?;
        let ran = text.split_whitespace().next().context("find the time of a thread")?;
        nanos += ran.parse::<u64>().context("read the time of a thread")?;
    }
    Ok(Duration::from_nanos(nanos))
}

fn cpu(pid: &str) -> anyhow::Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    // The name in brackets may hold blanks. After it, utime and stime are the 12th and 13th (proc(5)).
    let (_, fields) = stat.rsplit_once(')').context("find the end of the name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    let ticks = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
    Ok(Duration::from_millis(ticks.context("find the CPU time")? * 1000 / TICKS_PER_SECOND))
}

fn read(mut log: std::fs::File) -> anyhow::Result<String> {
    use std::io::{Read as _, Seek as _};
    let mut text = String::new();
    log.rewind()?;
    log.read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}
