//! `keytile check`: is everything as it should be? Reads only, and says what to do where it is not.

use portal::{Portal as _, Verdict};

use crate::app::App;
use crate::clock::{Chance, Clock};
use crate::config::Config;
use crate::http::router;
use crate::keys::Keyring;
use crate::mail::{self, Failure};
use crate::settings;
use crate::sync::{PortalStatus, audit, store};

/// Checks one part after the other, and fails where any part does.
pub(super) async fn run(config: Config, plan: bool) -> anyhow::Result<()> {
    println!("configuration   ok: people reach this server at {}", config.public_url);
    if !config.root_key_file.exists() {
        anyhow::bail!(
            "the root key file {} is missing. The first `keytile init` or `keytile serve` makes it; for an existing \
             database, put the backed-up file back",
            config.root_key_file.display()
        );
    }
    Keyring::load(&config.root_key_file)?;
    println!("root key        ok: {}", config.root_key_file.display());
    let app = App::open(config, Clock::system(), Chance::system()).await?;
    let portals = store::all_portals(&mut app.db.read().await?).await?;
    println!("database        ok: up to date, {} connected to Okta", portals.len());
    if let Some(extension) = app.extension.foreign() {
        println!("extension       ok: signed elsewhere, Chrome and Edge call it {}", extension.id);
    }
    if plan {
        for portal in &portals {
            super::plan::print(&app, portal).await?;
        }
        return Ok(());
    }
    let mut failures = check_mail(&app.config).await;
    for portal in portals {
        if portal.status == PortalStatus::Off {
            println!("{}  off", portal.domain);
            continue;
        }
        failures += check_okta(&app, &portal).await?;
        failures += check_late(&app, &portal).await?;
    }
    anyhow::ensure!(failures == 0, "{failures} checks failed");
    println!("Everything is as it should be.");
    Ok(())
}

/// Whether alerts can go by mail: lets the mail server greet us and sign us in, and sends nothing.
async fn check_mail(config: &Config) -> usize {
    let Some((server, from)) = config.mailer() else {
        println!("mail            off: alerts go to the page and the webhook alone");
        return 0;
    };
    let place = format!("{}:{}", server.host, server.port);
    match mail::check(config, server).await {
        Ok(()) => {
            println!("mail            ok: {place} lets us in; mail comes from {}", from.address());
            0
        }
        Err(Failure { problem, said }) => {
            println!("mail            FAILED: {place}: {problem} ({said})");
            1
        }
    }
}

/// L6: nothing differs silently.
async fn check_late(app: &App, portal: &crate::sync::Portal) -> anyhow::Result<usize> {
    let late = audit::late(app, portal.workspace).await?;
    if late == 0 {
        println!("{}  Tiles  ok: none has differed for more than 15 minutes", portal.domain);
        return Ok(0);
    }
    println!(
        "{}  Tiles  FAILED: {late} have differed from Okta for more than 15 minutes; the page {}{} says why",
        portal.domain,
        app.config.origin(),
        router::SYNC
    );
    Ok(1)
}

async fn check_okta(app: &App, portal: &crate::sync::Portal) -> anyhow::Result<usize> {
    let okta = settings::open_portal(app, &mut app.db.read().await?, portal).await?;
    let mut failures = 0;
    for check in okta.probe(app.now()).await {
        let answer = match check.result {
            Verdict::Passed(text) => format!("ok: {text}"),
            Verdict::Warning(text) => format!("warning: {text}"),
            Verdict::Optional(text) => format!("optional: {text}"),
            Verdict::Skipped => "not tried".into(),
            Verdict::Failed(error) => {
                failures += 1;
                format!("FAILED: {error}")
            }
        };
        println!("{}  {}  {answer}", portal.domain, check.name);
    }
    Ok(failures)
}
