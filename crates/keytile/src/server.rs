//! Serving: the HTTP server and the sync workers, until the shutdown.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::{errands, http, metrics, sync};

/// How long requests that are under way may go on after the shutdown began.
const GRACE: Duration = Duration::from_secs(10);

/// Serves `app` on `listener` until `shutdown` turns true; what is under way ends first.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let workers = tokio::spawn(sync::worker::run(app.clone(), shutdown.clone()));
    let jobs = tokio::spawn(sync::jobs::run(app.clone(), shutdown.clone()));
    let errands = tokio::spawn(errands::run(app.clone(), shutdown.clone()));
    let numbers = match app.config.metrics_listen {
        Some(address) => {
            let listener = metrics::bind(address).await?;
            Some(tokio::spawn(metrics::serve(app.clone(), listener, shutdown.clone())))
        }
        None => None,
    };
    let router = http::router::router(app.clone());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(ended(shutdown.clone()));
    // A browser that keeps a live page open must not keep the server alive.
    let limit = async {
        ended(shutdown).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => served.context("serve HTTP")?,
        () = limit => tracing::warn!("some requests were cut off at the end of the grace period"),
    }
    workers.await.context("end the sync workers")?;
    jobs.await.context("end the runner of jobs")?;
    errands.await.context("end the errands")?;
    if let Some(numbers) = numbers {
        numbers.await.context("end the metrics")??;
    }
    app.db.close().await;
    Ok(())
}

/// Returns once `shutdown` is true, or nobody can set it any more.
pub async fn ended(mut shutdown: watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|over| *over).await;
}

/// Turns true at Ctrl-C or SIGTERM.
pub fn shutdown_signal() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        let _ = sender.send(true);
        // A second signal means: at once.
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(receiver)
}
