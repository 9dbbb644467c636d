//! What is done from time to time whoever is here: each errand takes its task on in the database, so that of several
//! replicas one does it, and finds out there what is left to do.

use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::error::Error;
use crate::{mail, scim, settings, sync, webhooks};

/// How often errands are looked for.
const EVERY: Duration = Duration::from_secs(15);

/// Runs errands until `shutdown` turns true.
pub async fn run(app: App, mut shutdown: watch::Receiver<bool>) {
    loop {
        let round = async {
            turn(&app).await;
            tokio::time::sleep(EVERY).await;
        };
        tokio::select! {
            () = round => {}
            _ = shutdown.wait_for(|over| *over) => return,
        }
    }
}

/// One round. What fails is logged, and comes again.
pub async fn turn(app: &App) {
    note("store what SCIM clients sent", scim::log::turn(app).await);
    note("look after the credentials", settings::keeper::turn(app).await);
    note("tell which tiles differ for long", sync::late::turn(app).await);
    // Side by side, so that a mail server that does not answer keeps no webhook waiting.
    let (told, mailed) = tokio::join!(webhooks::turn(app), mail::turn(app));
    note("send webhooks", told);
    note("send mail", mailed);
}

fn note(what: &str, done: Result<(), Error>) {
    if let Err(error) = done {
        tracing::error!(%error, "could not {what}; the next round comes soon");
    }
}
