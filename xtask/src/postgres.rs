//! A throw-away PostgreSQL server for one test run: a free port, a temporary folder, no waiting for
//! the disk. It ends with us, however we end.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::{run, tools};

/// Starts the server, waits, and cleans up when its standard input ends: whether we close it, are interrupted or killed.
/// `pg_ctl` stops the very server whose pid is in this data folder. A test's connections are too young to gain by a plan for
/// each value, so that statements are planned once.
const KEEPER: &str = r#"
bin=$1 home=$2 port=$3
cleanup() { "$bin/pg_ctl" -D "$home/data" -m fast -w stop >/dev/null 2>&1; rm -rf "$home"; }
trap cleanup EXIT
if "$bin/initdb" -D "$home/data" -U keytile --auth trust -E UTF8 --locale C --no-sync >"$home/log" 2>&1 &&
   "$bin/pg_ctl" -D "$home/data" -l "$home/log" -w -o "-p $port -k '$home' -h 127.0.0.1 \
     -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=256MB -c jit=off \
     -c plan_cache_mode=force_generic_plan -c max_connections=300" start >/dev/null 2>&1 &&
   "$bin/createdb" -h 127.0.0.1 -p "$port" -U keytile keytile >>"$home/log" 2>&1
then echo ready; cat >/dev/null
else cat "$home/log"; fi
"#;

/// The room that the server's files may need, with its log of writes, in KiB.
const ROOM_KIB: u64 = 2 * 1024 * 1024;

/// A running server. Dropping it stops the server and removes its folder.
pub(crate) struct Server {
    keeper: Child,
    url: String,
}

impl Server {
    /// Starts a server, installing PostgreSQL where it is missing and we may.
    pub(crate) fn start() -> Result<Self> {
        let bin = programs()?;
        let mut home = tempfile::Builder::new();
        home.prefix("keytile-postgres-");
        let home = match memory().and_then(|folder| home.tempdir_in(folder).ok()) {
            Some(home) => home,
            None => home.tempdir()?,
        };
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();

        let mut keeper = run::command("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&bin).arg(home.path()).arg(port.to_string());
        keeper.current_dir(home.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        // Its own process group: Ctrl-C must reach us, and the keeper only through its input.
        keeper.process_group(0);
        if tools::is_root() {
            let (user, group) = unprivileged()?;
            chown(home.path(), Some(user), Some(group))?;
            keeper.uid(user).gid(group);
        }
        let mut keeper = keeper.spawn().context("start PostgreSQL's keeper")?;
        // From here on the keeper removes the folder, also after we were killed.
        let _ = home.keep();

        let mut answer = BufReader::new(keeper.stdout.take().expect("its output is piped"));
        let mut said = String::new();
        answer.read_line(&mut said)?;
        if said != "ready\n" {
            answer.read_to_string(&mut said)?;
            keeper.wait()?;
            bail!("PostgreSQL from {} did not start:\n{said}", bin.display());
        }
        Ok(Self { keeper, url: format!("postgres://keytile@127.0.0.1:{port}/keytile") })
    }

    /// Where tests connect: a role that may create databases.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            run::say(&format!("waiting for PostgreSQL to stop: {error}"));
        }
    }
}

/// Where files live in memory, if there is room. Each test makes and drops a database of some 700 files, and ext4 steps
/// over every inode that was freed a moment ago to find the next one: a world of the killed workers' took 2.4 s on a disk
/// and 1.1 s in memory.
fn memory() -> Option<PathBuf> {
    let folder = Path::new("/dev/shm");
    let free = run::captured(run::command("df").args(["--output=avail", "-k"]).arg(folder)).ok()?;
    let free: u64 = free.lines().last()?.trim().parse().ok()?;
    (free >= ROOM_KIB).then(|| folder.to_owned())
}

/// The folder of PostgreSQL's server programs, installed where they are missing.
fn programs() -> Result<PathBuf> {
    tools::find_or_install(find_programs, &["postgresql"], "the tests need PostgreSQL's server")
}

fn find_programs() -> Option<PathBuf> {
    let on_path = run::find_program(&["initdb"]);
    let on_path = on_path.and_then(|initdb| initdb.parent().map(Path::to_owned));
    let configured =
        run::captured(run::command("pg_config").arg("--bindir")).ok().map(PathBuf::from);
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| {
            let version = version.ok()?;
            Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin")))
        })
        .collect();
    debian.sort();

    let newest_first = debian.into_iter().rev().map(|(_, folder)| folder);
    on_path.into_iter().chain(configured).chain(newest_first).find(|folder| {
        ["initdb", "pg_ctl", "createdb"].iter().all(|name| folder.join(name).is_file())
    })
}

/// The user and group to run as instead of root, which PostgreSQL refuses.
fn unprivileged() -> Result<(u32, u32)> {
    let id = |option: &str| -> Result<u32> {
        let text = run::captured(run::command("id").args([option, "postgres"])).context(
            "PostgreSQL refuses to run as root, and there is no user `postgres`: create it, or run cargo verify as another user",
        )?;
        text.parse().with_context(|| format!("read `{text}` as a number"))
    };
    Ok((id("-u")?, id("-g")?))
}
