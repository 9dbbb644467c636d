//! The simulated Okta of a test, served in this process on a loopback port.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use okta_sim::{Limits, Sim, SimConfig};

use super::instant;

/// The API token that Keytile has, once it is turned on.
pub const TOKEN: &str = "00T-keytile-test-token-5a1c";

/// A simulated Okta org; it is gone when the test is over.
pub struct Okta {
    /// The org itself: look into it, script faults, read its traffic.
    pub sim: Sim,
    /// Where it is reached, such as `http://127.0.0.1:40001`.
    pub url: String,
    is_down: Arc<AtomicBool>,
    serving: tokio::task::JoinHandle<()>,
}

impl Okta {
    pub(super) async fn start(millis: &Arc<AtomicI64>, limits: Limits) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let millis = Arc::clone(millis);
        let mut config = SimConfig::new(&url, TOKEN, Arc::new(move || instant(&millis)));
        config.limits = limits;
        let sim = Sim::new(config);
        let is_down = Arc::<AtomicBool>::default();
        let down = Arc::clone(&is_down);
        let router = sim.router().layer(from_fn(move |request: Request, next: Next| {
            let is_down = down.load(Ordering::Relaxed);
            async move { if is_down { down_for_now() } else { next.run(request).await } }
        }));
        let serving = tokio::spawn(async move {
            okta_sim::serve(listener, router, std::future::pending())
                .await
                .expect("Okta is served");
        });
        Self { sim, url, is_down, serving }
    }

    /// From now on nobody gets an answer but 503, until [`Okta::come_back`].
    pub fn go_down(&self) {
        self.is_down.store(true, Ordering::Relaxed);
    }

    /// The end of [`Okta::go_down`].
    pub fn come_back(&self) {
        self.is_down.store(false, Ordering::Relaxed);
    }

    /// The paths of what the management API was asked, as `METHOD path`, oldest first.
    pub fn asked(&self) -> Vec<String> {
        self.sim.traffic().iter().map(|e| format!("{} {}", e.method, e.path)).collect()
    }
}

fn down_for_now() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

impl Drop for Okta {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
