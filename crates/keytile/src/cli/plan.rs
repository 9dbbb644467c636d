//! `keytile check --plan`: what is left to do in Okta, tile by tile, without doing it (C14).

use crate::app::App;
use crate::sync::preview::{self, Batch, Preview};
use crate::sync::{Portal, PortalStatus};

/// Tiles read at a time.
const PART: i64 = 200;

/// Prints the outstanding plan of one workspace.
pub(super) async fn print(app: &App, portal: &Portal) -> anyhow::Result<()> {
    say!("{}  plan", portal.domain)?;
    if portal.status == PortalStatus::Update {
        say!("  waits until an admin updates the connection; then:")?;
    }
    let mut tx = app.db.read().await?;
    let (mut batch, mut after) = (Batch::default(), None);
    loop {
        let tiles = preview::outstanding(&mut tx, portal.workspace, after, PART).await?;
        let Some(last) = tiles.last() else { break };
        after = Some(last.id);
        for tile in tiles {
            if portal.status == PortalStatus::Off && tile.ended_at.is_none() {
                // Turned off: only what is to be removed goes on (C7).
                continue;
            }
            let preview = batch.of_tile(&mut tx, app, portal, tile).await?;
            if !preview.is_empty() {
                say!("{}", text(&preview))?;
            }
        }
    }
    say!("  in all: {}", batch.totals.words())?;
    Ok(())
}

fn text(preview: &Preview) -> String {
    let mut text = format!("  {}", preview.label);
    let mut add = |line: &str| {
        text.push_str("\n    ");
        text.push_str(line);
    };
    if preview.looks_first {
        add("read the app in Okta first; what is found there may change this:");
    }
    if let Some(pause) = &preview.pause {
        add(pause);
    }
    for line in &preview.lines {
        add(format!("{} {}", line.text, line.people.join(", ")).trim_end());
    }
    for (viewer, why) in &preview.skipped {
        add(&format!("skip {}: {}", viewer.name, why.reason()));
    }
    text
}
