//! `keytile import`: a CSV file, for one member, all rows or none.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use model::access::Actor;

use crate::app::App;
use crate::imports::{self, ImportError};
use crate::members;

/// Lines of errors that are printed before the rest is only counted.
const SHOWN: usize = 20;

pub(super) async fn run(app: &App, file: &Path, owner: &str, dry_run: bool) -> anyhow::Result<()> {
    let reader = File::open(file).with_context(|| format!("open {}", file.display()))?;
    let actor = find_owner(app, owner).await?;
    let parsed = imports::parse(reader).map_err(explain)?;
    let total = parsed.len();
    let unread: Vec<_> = parsed.unread().collect();
    if !unread.is_empty() {
        say!("Not imported, though something stands there: {}.", unread.join(", "))?;
    }
    if dry_run {
        imports::check(app, &actor, parsed).map_err(explain)?;
        say!("Every row can be imported ({total}). Nothing was stored.")?;
        return Ok(());
    }
    let ids = imports::import(app, &actor, parsed, move |done| tell(done, total))
        .await
        .map_err(explain)?;
    let many = ids.len();
    let (accounts, them) =
        if many == 1 { ("account was", "it") } else { ("accounts were", "them") };
    say!("{many} {accounts} imported; {owner} owns {them}.")?;
    Ok(())
}

async fn find_owner(app: &App, email: &str) -> anyhow::Result<Actor> {
    let found = members::store::actors_by_email(&mut app.db.read().await?, email).await?;
    match found.as_slice() {
        [actor] => Ok(*actor),
        [] => anyhow::bail!("no active member has the address {email}"),
        _ => anyhow::bail!(
            "{email} is a member of several workspaces of this server; give --owner the address of somebody who is in that workspace alone"
        ),
    }
}

fn tell(done: usize, total: usize) {
    if done.is_multiple_of(500) || done == total {
        let mut out = std::io::stderr();
        let _ = write!(out, "\r{done} of {total}");
        if done == total {
            let _ = writeln!(out);
        }
    }
}

fn explain(error: ImportError) -> anyhow::Error {
    let ImportError::Rows(rows) = &error else { return error.into() };
    let mut text = error.to_string();
    for row in rows.iter().take(SHOWN) {
        let _ = write!(text, "\n  line {}: {}", row.line, row.message);
    }
    if rows.len() > SHOWN {
        let _ = write!(text, "\n  and {} more", rows.len() - SHOWN);
    }
    anyhow::anyhow!(text)
}
