//! Okta's SCIM client: tells one SCIM service about the people and groups of the provisioning app,
//! in order, as Okta really does (Okta, "SCIM concepts" and "SCIM FAQs"). A push that fails is
//! listed and not repeated: that is Okta's habit, and what a service has to live with.

mod groups;
mod users;
mod wire;
mod worker;

use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use crate::Sim;
use crate::org::{ApiResult, AppKind, NewApp, ScimConnection, Visibility};
pub use wire::Failure;
use worker::Worker;

/// Which calls the app's kind makes; an admin cannot choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// An app made with the App Integration Wizard: PUT for everything.
    Private,
    /// An app of Okta's public catalogue: PATCH for activation and for groups.
    Catalogue,
}

/// The SCIM service, as an admin enters it in the provisioning tab.
#[derive(Debug, Clone)]
pub struct ScimTarget {
    /// Without a slash at the end: `https://keytile.example.com/scim/v2`.
    pub base_url: String,
    pub token: String,
    pub dialect: Dialect,
}

impl ScimTarget {
    /// Makes the provisioning app in the org, hidden from dashboards, and gives its id.
    pub fn install(self, sim: &Sim, label: &str) -> ApiResult<String> {
        let kind = AppKind::Other {
            name: "scim20_headerauth".to_owned(),
            sign_on_mode: None,
            settings: serde_json::Map::new(),
        };
        let visibility = Visibility { hide_web: true, hide_ios: true, ..Visibility::default() };
        let app = NewApp { visibility, ..NewApp::of_kind(label, kind) };
        let mut org = sim.org();
        let id = org.create_app(app, true)?;
        org.app_mut(&id)?.scim = Some(ScimConnection {
            base_url: self.base_url,
            bearer_token: self.token,
            catalogue_app: self.dialect == Dialect::Catalogue,
            pushed_groups: Vec::new(),
        });
        Ok(id)
    }
}

/// One push that did not work, as Okta lists it under Tasks.
#[derive(Debug, Clone)]
pub struct FailedPush {
    pub at: jiff::Timestamp,
    /// The person's login or the group's name.
    pub about: String,
    pub failure: Failure,
}

/// Provisions the people and pushed groups of one app. Cheap to clone; all clones share one queue.
#[derive(Clone)]
pub struct Provisioner {
    sim: Sim,
    app: String,
    worker: Arc<Mutex<Worker>>,
    failed: Arc<std::sync::Mutex<Vec<FailedPush>>>,
}

impl Provisioner {
    /// Makes an app named `Keytile` for the target and provisions it from now on.
    ///
    /// # Errors
    /// When the org refuses the app, because it may hold no more of them.
    pub fn new(sim: Sim, target: ScimTarget) -> ApiResult<Self> {
        let app = target.install(&sim, "Keytile")?;
        Self::of_app(sim, &app)
    }

    /// Provisions an app that has a [`ScimConnection`]. As with Okta, people who were assigned
    /// before are not pushed by themselves: see [`Provisioner::push_everything`].
    ///
    /// # Errors
    /// When there is no such app.
    pub fn of_app(sim: Sim, app: &str) -> ApiResult<Self> {
        sim.org().app(app)?;
        let failed = Arc::default();
        let worker = Worker::new(sim.clone(), app.to_owned(), Arc::clone(&failed));
        Ok(Self { sim, app: app.to_owned(), worker: Arc::new(Mutex::new(worker)), failed })
    }

    /// The id of the provisioning app: assign people to it to have them pushed.
    pub fn app_id(&self) -> &str {
        &self.app
    }

    /// Pushes changes as they happen, until `shutdown` turns true or its sender is gone.
    pub async fn run(&self, mut shutdown: watch::Receiver<bool>) {
        let mut wake = self.sim.subscribe();
        loop {
            tokio::select! {
                () = self.settle() => {}
                // Also in the middle of a push: a service may take a minute to answer.
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
            tokio::select! {
                // A missed wake-up is still a wake-up; only a closed org ends it.
                changed = wake.recv() => {
                    if matches!(changed, Err(tokio::sync::broadcast::error::RecvError::Closed)) {
                        return;
                    }
                }
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Works until nothing is left to push: everything that changed before this call has been
    /// tried when it returns. Needs no [`Provisioner::run`], and gets along with one.
    pub async fn settle(&self) {
        self.worker.lock().await.work().await;
    }

    /// Pushes every assigned person and pushed group again ("Force Sync").
    pub async fn push_everything(&self) {
        let mut worker = self.worker.lock().await;
        worker.queue_everything();
        worker.work().await;
    }

    /// Starts pushing a group (the tab "Push Groups").
    ///
    /// # Errors
    /// When there is no such group, or the app has no [`ScimConnection`].
    pub async fn push_group(&self, group: &str) -> ApiResult<()> {
        {
            let mut org = self.sim.org();
            org.group(group)?;
            let groups = &mut worker::connection_mut(&mut org, &self.app)?.pushed_groups;
            if !groups.iter().any(|pushed| pushed == group) {
                groups.push(group.to_owned());
            }
        }
        self.settle().await;
        Ok(())
    }

    /// Stops pushing a group. Either the group is deleted at the service, or it is left there as
    /// it is.
    ///
    /// # Errors
    /// When the app has no [`ScimConnection`].
    pub async fn unlink_group(&self, group: &str, delete_there: bool) -> ApiResult<()> {
        let mut worker = self.worker.lock().await;
        worker.work().await;
        worker::connection_mut(&mut self.sim.org(), &self.app)?
            .pushed_groups
            .retain(|pushed| pushed != group);
        if !delete_there {
            worker.forget_group(group);
        }
        worker.work().await;
        Ok(())
    }

    /// What an admin does to check the connection: asks for two users.
    ///
    /// # Errors
    /// What the service answered, or that it did not.
    pub async fn test_connection(&self) -> Result<(), Failure> {
        self.worker.lock().await.test_connection().await
    }

    /// Every push that failed, oldest first.
    pub fn failed_pushes(&self) -> Vec<FailedPush> {
        self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests;
