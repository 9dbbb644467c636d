//! Numbers for monitoring, as Prometheus reads them. On a listener of its own, so that the proxy before the product never
//! leads there; off unless the operator says where. Names of people, accounts and workspaces are in none of them.

mod calls;
mod store;

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::error::Result;
use crate::server::ended;
use crate::sync::{PortalStatus, audit};

pub use calls::count;

/// The version of the text format.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Listens on `address`, which the operator has chosen.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listen on {address} (the configuration's `metrics_listen`)"))?;
    let address = listener.local_addr().context("ask where metrics are served")?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "metrics are served beyond this machine: let only your monitoring reach them");
    }
    tracing::info!(%address, "metrics are served at http://{address}/metrics");
    Ok(listener)
}

/// Serves `/metrics` on `listener` until `shutdown` turns true.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    axum::serve(listener, router(app))
        .with_graceful_shutdown(ended(shutdown))
        .await
        .context("serve metrics")
}

/// The one route.
pub fn router(app: App) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<App>) -> Response {
    match text(&app).await {
        Ok(text) => ([(CONTENT_TYPE, FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "could not read the metrics");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// All numbers as they are now.
pub async fn text(app: &App) -> Result<String> {
    let mut page = Page::default();
    let now = app.now();
    let portals = store::portals(&mut app.db.read().await?).await?;
    for portal in portals {
        let of = format!("workspace=\"{}\"", portal.workspace);
        let late = match portal.status {
            PortalStatus::Off => 0,
            PortalStatus::On | PortalStatus::Update => audit::late(app, portal.workspace).await?,
        };
        page.gauge(&LATE, &of, late);
        page.gauge(&QUEUE, &of, portal.waiting);
        let oldest = portal.oldest.map_or(0, |since| now.duration_since(since).as_secs().max(0));
        page.gauge(&OLDEST, &of, oldest);
        for (state, status) in [
            ("off", PortalStatus::Off),
            ("accepted", PortalStatus::On),
            ("refused", PortalStatus::Update),
        ] {
            let is = i64::from(portal.status == status);
            page.gauge(&CREDENTIAL, &format!("{of},state=\"{state}\""), is);
        }
        page.gauge(&STANDBY, &of, portal.standbys);
        if let Some(at) = portal.entered_at {
            page.gauge(&AGE, &of, now.duration_since(at).as_secs().max(0));
        }
        for bucket in portal.limits.buckets {
            let of = format!("{of},bucket=\"{}\"", bucket.name);
            // A window that is over has been filled again.
            let is_over = bucket.until.is_none_or(|until| until <= now);
            let left = if is_over { bucket.limit.unwrap_or(bucket.left) } else { bucket.left };
            page.gauge(&LEFT, &of, i64::from(left));
            if let Some(limit) = bucket.limit {
                page.gauge(&LIMIT, &of, i64::from(limit));
            }
        }
        page.gauge(&WEBHOOKS, &of, portal.webhooks);
        page.gauge(&MAILS, &of, portal.mails);
    }
    for (status, calls) in calls::all() {
        page.gauge(
            &CALLS,
            &format!("status=\"{status}\""),
            i64::try_from(calls).unwrap_or(i64::MAX),
        );
    }
    Ok(page.finish())
}

/// A number's name, kind and meaning.
struct Metric {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
}

const LATE: Metric = gauge(
    "keytile_tiles_late",
    "Tiles that have differed from the portal for more than 15 minutes.",
);
const QUEUE: Metric = gauge("keytile_queue_tiles", "Tiles that wait for the portal.");
const OLDEST: Metric = gauge(
    "keytile_queue_oldest_seconds",
    "How long the tile that differs the longest has differed.",
);
const CREDENTIAL: Metric =
    gauge("keytile_credential", "1 for the state of the credential: off, accepted or refused.");
const STANDBY: Metric =
    gauge("keytile_standby_credentials", "Standby credentials that were accepted at the last try.");
const AGE: Metric =
    gauge("keytile_credential_age_seconds", "Since the credential in use was entered.");
const LEFT: Metric =
    gauge("keytile_bucket_left", "Calls left in a rate limit's window, as last learned.");
const LIMIT: Metric = gauge("keytile_bucket_limit", "Calls in a rate limit's window.");
const WEBHOOKS: Metric =
    gauge("keytile_webhook_events_waiting", "Webhook messages that have not been heard yet.");
const MAILS: Metric = gauge("keytile_mails_waiting", "Mails to admins that have not arrived yet.");
const CALLS: Metric = Metric {
    name: "keytile_portal_calls_total",
    kind: "counter",
    help: "Calls of this process to portals, by HTTP status; none where no answer came.",
};

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: "gauge", help }
}

/// The text, with the samples of one metric side by side as the format wants it.
#[derive(Default)]
struct Page(Vec<(&'static str, String)>);

impl Page {
    fn gauge(&mut self, metric: &Metric, labels: &str, value: i64) {
        let Metric { name, kind, help } = metric;
        let sample = format!("{name}{{{labels}}} {value}\n");
        if let Some((_, group)) = self.0.iter_mut().find(|(known, _)| known == name) {
            group.push_str(&sample);
        } else {
            let head = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
            self.0.push((name, head + &sample));
        }
    }

    fn finish(self) -> String {
        self.0.into_iter().map(|(_, group)| group).collect()
    }
}
