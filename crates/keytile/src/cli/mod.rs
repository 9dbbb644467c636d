//! The command line: what an operator types. Each command does one thing and says what it did.

#[macro_use]
mod say;

mod check;
mod import;
mod owner;
mod plan;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tokio::net::TcpListener;

use crate::app::App;
use crate::clock::{Chance, Clock};
use crate::config::Config;
use crate::http::router;
use crate::{extension, keys, server, signin, ui, workspaces};

/// Keytile keeps shared accounts and extends them into Okta as tiles.
#[derive(Debug, Parser)]
#[command(name = "keytile", version, about, long_about = None)]
pub struct Cli {
    /// The configuration file (TOML). Environment variables KEYTILE_… win over it.
    #[arg(long, short, global = true, env = "KEYTILE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a workspace and print the one-time link with which its first Owner signs in. Again, for an Owner who has not
    /// signed in yet: print another link in its place.
    Init {
        /// The workspace's name, such as your company's.
        #[arg(long)]
        workspace: String,
        /// The Owner's name.
        #[arg(long)]
        owner: String,
        /// The Owner's e-mail address.
        #[arg(long)]
        email: String,
        /// The Owner's user id in Okta, where they are there too: see `keytile owner identify`.
        #[arg(long, value_name = "00u…", value_parser = owner::user_id)]
        okta_user_id: Option<String>,
        /// The Owner's login in Okta, where it is not their e-mail address.
        #[arg(long, value_name = "LOGIN", requires = "okta_user_id")]
        okta_login: Option<String>,
    },
    /// The workspace's Owner.
    Owner {
        #[command(subcommand)]
        command: OwnerCommand,
    },
    /// Run the server. It brings the database up to date first.
    Serve,
    /// Bring the database up to date, and end.
    Migrate,
    /// Check the configuration, the database, the root key and the connection to Okta.
    Check {
        /// Print what is left to do in Okta, tile by tile, and ask Okta nothing.
        #[arg(long)]
        plan: bool,
    },
    /// Root keys.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// The browser extension.
    Extension {
        #[command(subcommand)]
        command: ExtensionCommand,
    },
    /// Import accounts from a CSV file that a password manager exported: all of them, or none.
    Import {
        /// The file. Its first line names the columns.
        file: PathBuf,
        /// The e-mail address of the member who will own the accounts.
        #[arg(long)]
        owner: String,
        /// Check the file and say what would be imported, and store nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
enum OwnerCommand {
    /// Tell who the Owner is in Okta, so that they can sign in through it and see tiles. Provisioning never does: its
    /// token could make anybody the Owner.
    Identify {
        /// The Owner's e-mail address in Keytile.
        #[arg(long)]
        email: String,
        /// Their user id in Okta: it ends the address when you open them under Directory > People.
        #[arg(long, value_name = "00u…", value_parser = owner::user_id)]
        okta_user_id: String,
        /// Their login in Okta, where it is not their e-mail address.
        #[arg(long, value_name = "LOGIN")]
        okta_login: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a new root key and wrap every data key with it, while servers run.
    Rotate,
}

#[derive(Debug, Subcommand)]
enum ExtensionCommand {
    /// Make a new key that signs the extension for Chrome and Edge, because somebody else may have the old one. Its id
    /// changes with it: put the new text of the page Browser extension into your policies, or browsers lose it.
    NewKey {
        /// The e-mail address of the workspace's Owner.
        #[arg(long)]
        owner: String,
    },
}

/// Runs what was typed.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(cli.config.as_deref())?;
    log(&config)?;
    match cli.command {
        Command::Check { plan } => check::run(config, plan).await,
        command => {
            let app = App::open(config, Clock::system(), Chance::system()).await?;
            // Before anything is sealed that the right file would not open.
            keys::verify(&app).await?;
            with_app(app, command).await
        }
    }
}

async fn with_app(app: App, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Init { workspace, owner, email, okta_user_id, okta_login } => {
            init(&app, &workspace, &owner, &email).await?;
            match okta_user_id {
                Some(id) => owner::identify(&app, &email, &id, okta_login.as_deref()).await,
                None => Ok(()),
            }
        }
        Command::Owner { command: OwnerCommand::Identify { email, okta_user_id, okta_login } } => {
            owner::identify(&app, &email, &okta_user_id, okta_login.as_deref()).await
        }
        Command::Serve => serve(app).await,
        Command::Migrate => {
            say!("The database is up to date.")?;
            Ok(())
        }
        Command::Key { command: KeyCommand::Rotate } => {
            let done = keys::rotate(&app).await?;
            say!(
                "The root key is now {}; {} wrapped with it. Running servers read it by themselves.\n\
                 Keep the backup of the old root key file as long as you keep older backups of the database.",
                done.root_key,
                ui::counted(
                    i64::try_from(done.rewrapped).unwrap_or(i64::MAX),
                    "data key is",
                    "data keys are"
                )
            )?;
            Ok(())
        }
        Command::Extension { command: ExtensionCommand::NewKey { owner } } => {
            let workspace = workspaces::owner_by_email(&app, &owner).await?.workspace;
            let id = extension::signing::replace(&app, workspace).await?;
            say!(
                "The extension is now signed with a new key, and Chrome and Edge call it {id}. Nothing is signed with the \
                 old one any more.\nPut the new texts of {}{} into your policies in place of the old ones.",
                app.config.origin(),
                router::EXTENSION
            )?;
            Ok(())
        }
        Command::Import { file, owner, dry_run } => import::run(&app, &file, &owner, dry_run).await,
        Command::Check { .. } => unreachable!("check runs without an open database"),
    }
}

async fn init(app: &App, workspace: &str, owner: &str, email: &str) -> anyhow::Result<()> {
    if let Some((id, member)) = workspaces::begun(app, workspace, email).await? {
        let token = signin::renew_invite(app, id, member).await?;
        return say!(
            "There is the workspace {workspace} already, and {email} has not signed in to it yet. Nothing was made; this \
             link\ntakes the place of the one before. It works once, within 24 hours, and sets up a passkey:\n\n  {}/set-up/{}\n",
            app.config.origin(),
            token.expose()
        );
    }
    let (id, member) = workspaces::create(app, workspace, owner, email).await?;
    let token = signin::invite(app, id, member).await?;
    say!(
        "The workspace {workspace} is ready. Start the server with `keytile serve`, then {owner} opens this link once,\n\
         within 24 hours, and sets up a passkey:\n\n  {}/set-up/{}\n",
        app.config.origin(),
        token.expose()
    )?;
    Ok(())
}

async fn serve(app: App) -> anyhow::Result<()> {
    let address = app.config.listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listen on {address} (the configuration's `listen`)"))?;
    if workspaces::count(&mut app.db.read().await?).await? == 0 {
        tracing::warn!("there is no workspace yet; make one with `keytile init`");
    }
    // The port that was given, where any was asked for.
    let address = listener.local_addr().context("ask for the address that is listened on")?;
    tracing::info!(%address, url = %app.config.public_url, "keytile is ready");
    server::serve(app, listener, server::shutdown_signal()?).await
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .with_context(|| format!("configuration: `log` is not a filter: {:?}", config.log))?;
    // Standard output is for what a command answers.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Told on standard error itself, which is what failed: that ends the process.
        .log_internal_errors(false)
        .init();
    Ok(())
}
