//! `keytile check`: is everything as it should be? Reads only, and says what to do where it is not.

use portal::{Portal as _, Verdict};

use crate::app::App;
use crate::clock::{Chance, Clock};
use crate::config::Config;
use crate::http::router;
use crate::keys;
use crate::mail::{self, Failure};
use crate::settings;
use crate::sync::{PortalStatus, audit, queue, store};
use crate::ui;

/// Checks one part after the other, and fails where any part does.
pub(super) async fn run(config: Config, plan: bool) -> anyhow::Result<()> {
    say!("configuration   ok: people reach this server at {}", config.public_url)?;
    if !config.root_key_file.exists() {
        anyhow::bail!(
            "the root key file {} is missing. The first `keytile init` or `keytile serve` makes it; for an existing \
             database, put the backed-up file back",
            config.root_key_file.display()
        );
    }
    let app = App::open(config, Clock::system(), Chance::system()).await?;
    let portals = store::all_portals(&mut app.db.read().await?).await?;
    say!("database        ok: up to date; workspaces connected to Okta: {}", portals.len())?;
    if check_root_key(&app).await? > 0 {
        // Whatever else there is to ask needs a secret.
        return verdict(1, 0);
    }
    if let Some(extension) = app.extension.foreign() {
        say!("extension       ok: signed elsewhere, Chrome and Edge call it {}", extension.id)?;
    }
    if plan {
        for portal in &portals {
            super::plan::print(&app, portal).await?;
        }
        return Ok(());
    }
    let (mut failures, mut waiting) = (check_mail(&app.config).await?, 0);
    for portal in portals {
        if portal.status == PortalStatus::Off {
            say!("{}  off", portal.domain)?;
            continue;
        }
        failures += check_connection(&app, &portal)?;
        failures += check_okta(&app, &portal).await?;
        failures += check_late(&app, &portal).await?;
        waiting += tell_queue(&app, &portal).await?;
    }
    verdict(failures, waiting)
}

fn verdict(failures: usize, waiting: i64) -> anyhow::Result<()> {
    match failures {
        0 => {}
        1 => anyhow::bail!("1 check failed"),
        _ => anyhow::bail!("{failures} checks failed"),
    }
    match waiting {
        0 => say!("Everything is as it should be.")?,
        1 => say!("No check failed; one tile waits.")?,
        _ => say!("No check failed; {waiting} tiles wait.")?,
    }
    Ok(())
}

/// Whether the root key file opens what the database holds, and is for its owner alone.
async fn check_root_key(app: &App) -> anyhow::Result<usize> {
    let file = app.config.root_key_file.display();
    if let Err(error) = keys::verify(app).await {
        say!("root key        FAILED: {error:#}")?;
        return Ok(1);
    }
    say!("root key        ok: {file} opens the secrets of the database")?;
    if keys::is_open_to_others(&app.config.root_key_file) {
        say!(
            "root key        warning: others than its owner may read {file}; run chmod 600 on it"
        )?;
    }
    Ok(0)
}

/// C6: a refused connection waits for an admin, also where Okta would take it again by now.
fn check_connection(app: &App, portal: &crate::sync::Portal) -> anyhow::Result<usize> {
    if portal.status != PortalStatus::Update {
        return Ok(0);
    }
    say!(
        "{}  Connection  FAILED: it waits for an admin, under {}{}: {}",
        portal.domain,
        app.config.origin(),
        router::SETTINGS,
        portal.status_detail.as_deref().unwrap_or("Okta refuses it.")
    )?;
    Ok(1)
}

/// What waits is told, and is no failure: it may go on in a moment. How many tiles wait in all.
async fn tell_queue(app: &App, portal: &crate::sync::Portal) -> anyhow::Result<i64> {
    let (waiting, paused, failing) = queue::standing(app, portal).await?;
    let mut parts = Vec::new();
    for (tiles, one, many) in [
        (waiting, "tile waits for its turn", "tiles wait for their turn"),
        (paused, "tile waits for a person", "tiles wait for a person"),
        (failing, "tile failed and is tried again", "tiles failed and are tried again"),
    ] {
        match tiles {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            _ => parts.push(format!("{tiles} {many}")),
        }
    }
    if parts.is_empty() {
        say!("{}  Queue  ok: no tile waits", portal.domain)?;
        return Ok(0);
    }
    let (all, page) = (parts.join(", "), app.config.origin() + router::QUEUE);
    say!("{}  Queue  {all}; the page {page} says why", portal.domain)?;
    // One that failed is in the queue again; one that waits for a person is not.
    Ok(waiting + paused)
}

/// Whether alerts can go by mail: lets the mail server greet us and sign us in, and sends nothing.
async fn check_mail(config: &Config) -> anyhow::Result<usize> {
    let Some((server, from)) = config.mailer() else {
        say!("mail            off: alerts go to the page and the webhook alone")?;
        return Ok(0);
    };
    let place = format!("{}:{}", server.host, server.port);
    match mail::check(config, server).await {
        Ok(()) => {
            say!("mail            ok: {place} lets us in; mail comes from {}", from.address())?;
            Ok(0)
        }
        Err(Failure { problem, said }) => {
            say!("mail            FAILED: {place}: {problem} ({said})")?;
            Ok(1)
        }
    }
}

/// L6: nothing differs silently.
async fn check_late(app: &App, portal: &crate::sync::Portal) -> anyhow::Result<usize> {
    let late = audit::late(app, portal.workspace).await?;
    if late == 0 {
        say!("{}  Tiles  ok: none has differed for more than 15 minutes", portal.domain)?;
        return Ok(0);
    }
    say!(
        "{}  Tiles  FAILED: {} differed from Okta for more than 15 minutes; the page {}{} says why",
        portal.domain,
        ui::counted(late, "tile has", "tiles have"),
        app.config.origin(),
        router::SYNC
    )?;
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
        say!("{}  {}  {answer}", portal.domain, check.name)?;
    }
    Ok(failures)
}
