//! The simulated Okta of a test, served in this process on a loopback port.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

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
        let router = sim.router();
        let serving = tokio::spawn(async move {
            okta_sim::serve(listener, router, std::future::pending())
                .await
                .expect("Okta is served");
        });
        Self { sim, url, serving }
    }

    /// The paths of what the management API was asked, as `METHOD path`, oldest first.
    pub fn asked(&self) -> Vec<String> {
        self.sim.traffic().iter().map(|e| format!("{} {}", e.method, e.path)).collect()
    }
}

impl Drop for Okta {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
