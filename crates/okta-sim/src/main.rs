//! The simulated org as a program of its own: `okta-sim --listen 127.0.0.1:8099 --token secret`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use okta_sim::deliver::Courier;
use okta_sim::people::People;
use okta_sim::push::Provisioner;
use okta_sim::{Limits, Seed, Sim, SimConfig, VirtualClock, serve};
use tokio::net::TcpListener;

/// A simulated Okta org over HTTP. It keeps everything in memory and forgets it at the end.
#[derive(Debug, Parser)]
#[command(version, after_long_help = okta_sim::control::HELP)]
struct Arguments {
    /// Address and port to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8099")]
    listen: String,

    /// API token that clients send as `Authorization: SSWS TOKEN`. May be given more than once.
    #[arg(long, value_name = "TOKEN", env = "OKTA_SIM_TOKEN", required = true)]
    token: Vec<String>,

    /// Scheme and host under which clients reach the org; it stands in every link. By default the
    /// address that it listens on.
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// Rate limits of the org. With `none`, the headers are sent but nothing is refused.
    #[arg(long, value_enum, default_value = "none")]
    limits: LimitsArgument,

    /// JSON file of users, groups, apps and OpenID Connect clients to start with: `{"users":
    /// [{"login", "firstName", "lastName", "password", "status", "profile"}], "groups": [{"name",
    /// "description", "members"}], "apps": [{"label", "url", "users", "groups"}], "clients":
    /// [{"label", "client_id", "client_secret", "redirect_uris", "scim", "users", "groups"}],
    /// "services": [{"label", "client_id", "keys", "scopes", "requires_dpop", "permissions"}]}`.
    /// Members and users are logins, groups are names.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,

    /// Run the org on a clock of its own that starts here, such as 2026-01-01T00:00:00Z, and stands
    /// still until the control API moves it.
    #[arg(long, value_name = "START")]
    virtual_clock: Option<jiff::Timestamp>,

    /// Address and port of the control API: script faults, set mischief, move the clock, interfere
    /// as an admin would, change the cap and the rights of tokens, read the traffic. `GET /` there
    /// explains it. Whoever reaches this address has the org in their hands; there is none by default.
    #[arg(long, value_name = "ADDRESS")]
    control: Option<String>,

    /// Let anybody open the admin console at /admin with a button, without an admin's password.
    #[arg(long)]
    open_console: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LimitsArgument {
    None,
    Workforce,
    Integrator,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    let listener = TcpListener::bind(&arguments.listen)
        .await
        .with_context(|| format!("listen on {}", arguments.listen))?;
    let address = listener.local_addr().context("read the address that we listen on")?;
    let base_url = arguments.base_url.unwrap_or_else(|| format!("http://{address}"));
    let clock = arguments.virtual_clock.map(VirtualClock::starting_at);
    let config = match &clock {
        Some(clock) => SimConfig::on_virtual_clock(&base_url, "", clock),
        None => SimConfig::new(&base_url, "", Arc::new(system_time)),
    };
    let sim = Sim::new(SimConfig {
        tokens: arguments.token,
        limits: match arguments.limits {
            LimitsArgument::None => Limits::None,
            LimitsArgument::Workforce => Limits::Workforce,
            LimitsArgument::Integrator => Limits::Integrator,
        },
        ..config
    });
    if let Some(path) = &arguments.seed {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("read the seed {}", path.display()))?;
        let seed: Seed = serde_json::from_str(&text)
            .with_context(|| format!("understand the seed {}", path.display()))?;
        seed.plant(&mut sim.org()).with_context(|| format!("plant {}", path.display()))?;
    }
    let (_running, shutdown) = tokio::sync::watch::channel(false);
    let (courier, delivering) = (Courier::new(sim.clone()), shutdown.clone());
    tokio::spawn(async move { courier.run(delivering).await });
    let mut people = People::new(sim.clone());
    for app in provisioned_apps(&sim) {
        let provisioner = Provisioner::of_app(sim.clone(), &app)
            .map_err(|error| anyhow::anyhow!("provision the app {app}: {}", error.summary))?;
        people = people.with_provisioner(provisioner.clone());
        let shutdown = shutdown.clone();
        // The service may not be up yet: the people of the seed are pushed from /admin/tasks.
        tokio::spawn(async move { provisioner.run(shutdown).await });
    }
    if arguments.open_console {
        people = people.with_open_console();
    }
    let control = match &arguments.control {
        Some(address) => Some(control(&sim, address).await?),
        None => None,
    };
    println!("okta-sim is ready on {base_url}");
    if let Some(address) = control {
        println!("okta-sim is controlled on http://{address}");
    }
    let stop = async {
        // Without a signal handler the program is ended by the signal itself, which is as good.
        let _ = tokio::signal::ctrl_c().await;
    };
    serve(listener, sim.router_with(people), stop).await.context("serve the org")
}

/// Opens the control API beside the org, and says where.
async fn control(sim: &Sim, address: &str) -> anyhow::Result<SocketAddr> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))?;
    let address = listener.local_addr().context("read the address of the control API")?;
    let router = okta_sim::control::router(sim.clone());
    tokio::spawn(serve(listener, router, std::future::pending()));
    Ok(address)
}

fn provisioned_apps(sim: &Sim) -> Vec<String> {
    let org = sim.org();
    org.apps.values().filter(|app| app.scim.is_some()).map(|app| app.id.clone()).collect()
}

#[expect(clippy::disallowed_methods, reason = "the program is where the simulation's time begins")]
fn system_time() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
