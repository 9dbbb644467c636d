//! `cargo demo`: Keytile, a simulated Okta org and a sample site in one process, with a lifelike workspace. It only
//! starts, fills and ends them; what they do is theirs.

mod announce;
mod args;
mod okta;
mod seed;
mod site;
mod workspace;

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use keytile::App;
use keytile::clock::{Chance, Clock};
use keytile::config::Config;
use keytile::server;
use okta_sim::deliver::Courier;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::args::Args;
use crate::okta::Okta;
use crate::site::Site;
use crate::workspace::Workspace;

/// How long open pages may hold up the end.
const PATIENCE: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    log(&args.log)?;
    let folder = tempfile::tempdir().context("make a temporary folder")?;
    let shutdown = server::shutdown_signal()?;
    let mut running = JoinSet::new();
    let demo = start(&args, folder.path(), shutdown.clone(), &mut running);
    tokio::select! {
        ready = demo => announce::announce(&ready?, args.json)?,
        () = server::ended(shutdown.clone()) => {}
    }
    until_the_end(shutdown, &mut running).await?;
    folder.close().context("remove the temporary folder")
}

/// Where everything is, and with which keys.
pub struct Demo {
    pub story: Workspace,
    pub keytile: Here,
    pub okta: Here,
    pub site: Here,
    pub okta_token: String,
    pub seeded: seed::Seeded,
}

/// A server of ours: a host name, since passkeys work on `localhost` and on no bare address.
#[derive(Clone)]
pub struct Here {
    pub url: Url,
}

impl Here {
    /// Without a slash at the end.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

async fn start(
    args: &Args,
    folder: &Path,
    shutdown: watch::Receiver<bool>,
    running: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<Demo> {
    let story = Workspace::read()?;
    let (keytile_listener, keytile) = listen(args.keytile_port).await?;
    let (okta_listener, okta) = listen(args.okta_port).await?;
    let (site_listener, site) = listen(args.site_port).await?;

    let (clock, chance) = (Clock::system(), Chance::system());
    let config = configuration(folder, &keytile, &args.log)?;
    let app = App::open(config, clock.clone(), chance.clone()).await?;
    running.spawn(server::serve(app.clone(), keytile_listener, shutdown.clone()));

    let org = Okta::new(&story, &okta, &clock, &chance, args.limits.into())?;
    let sample = Site::new(story.sample()?, clock, &chance, org.sim.clone())?;
    running.spawn(serve(site_listener, sample.router(), shutdown.clone()));

    // The directory's tokens are made before the org that pushes with them is told where to push.
    let mut seeding = seed::Seeding::begin(&app, &story, &okta, &site, &org).await?;
    let provisioner = org.provision(&story, &keytile, seeding.scim_token())?;
    running.spawn(serve(okta_listener, org.router(provisioner.clone()), shutdown.clone()));
    org.push(&provisioner, &story).await?;
    let (hook, secret) = seeding.make_hook().await?;
    org.tell(&app, &hook, secret.expose()).await?;
    let (courier, telling) = (Courier::new(org.sim.clone()), shutdown.clone());
    running.spawn(async move {
        courier.run(telling).await;
        Ok(())
    });
    let pushing = shutdown.clone();
    running.spawn(async move {
        provisioner.run(pushing).await;
        Ok(())
    });
    seeding.fill(&org.token).await?;
    seeding.multiply(args.accounts).await?;
    let seeded = seeding.finish().await?;
    Ok(Demo { story, keytile, okta, site, okta_token: org.token, seeded })
}

fn configuration(folder: &Path, here: &Here, log: &str) -> anyhow::Result<Config> {
    let port = here.url.port().context("the demo listens on a port of its own")?;
    Ok(Config {
        public_url: here.url.clone(),
        listen: (Ipv4Addr::LOCALHOST, port).into(),
        database: format!("sqlite:{}", folder.join("keytile.db").display()),
        root_key_file: folder.join("root.key"),
        okta_custom_hosts: Vec::new(),
        okta_insecure_hosts: vec!["localhost".into()],
        trusted_proxies: Vec::new(),
        metrics_listen: None,
        mail: None,
        mail_from: None,
        extension_file: None,
        log: log.into(),
    })
}

async fn listen(port: u16) -> anyhow::Result<(TcpListener, Here)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("listen on port {port}: is another demo running?"))?;
    let port = listener.local_addr().context("read the port that we listen on")?.port();
    let url = format!("http://localhost:{port}/").parse().context("write our own address")?;
    Ok((listener, Here { url }))
}

async fn serve(
    listener: TcpListener,
    router: axum::Router,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    okta_sim::serve(listener, router, server::ended(shutdown)).await.context("serve HTTP")
}

/// Waits for the signal, or for a server that fails; then lets what is under way end.
async fn until_the_end(
    shutdown: watch::Receiver<bool>,
    running: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    tokio::select! {
        () = server::ended(shutdown) => {}
        Some(ended) = running.join_next() => ended.context("a server of the demo panicked")??,
    }
    let rest = async {
        while let Some(ended) = running.join_next().await {
            ended.context("a server of the demo panicked")??;
        }
        anyhow::Ok(())
    };
    // A browser that keeps a live page open must not keep the demo alive.
    tokio::time::timeout(PATIENCE, rest).await.unwrap_or(Ok(()))
}

fn log(filter: &str) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .with_context(|| format!("--log is not a filter: {filter:?}"))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    Ok(())
}
