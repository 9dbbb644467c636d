//! Okta's SCIM client: tells one SCIM service about the people and groups of the provisioning app,
//! in order, as Okta really does (Okta, "SCIM concepts" and "SCIM FAQs"). A push that fails becomes
//! a task of an admin's and is not repeated, and nothing more is told about that person until the
//! admin retries it, not even that they left: that is Okta's habit, and what a service has to live
//! with.

mod groups;
mod users;
mod wire;
mod worker;

use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use crate::Sim;
pub use crate::org::PushFailure as Failure;
use crate::org::{ApiResult, AppKind, NewApp, Org, ScimConnection, Visibility};
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
            ..ScimConnection::default()
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
        let worker = Worker::new(sim.clone(), app.to_owned());
        Ok(Self { sim, app: app.to_owned(), worker: Arc::new(Mutex::new(worker)) })
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
            match mapping(&org, &self.app, group)? {
                Some(id) => org.set_group_push_active(&self.app, &id, true)?,
                None => org.create_group_push(&self.app, group, false, true).map(|_| ())?,
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
        {
            let mut org = self.sim.org();
            if let Some(id) = mapping(&org, &self.app, group)? {
                org.set_group_push_active(&self.app, &id, false)?;
                org.delete_group_push(&self.app, &id, delete_there)?;
            }
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

    /// "Retry selected": tries these tasks again. Whoever they are about is brought to what they
    /// are in the org by now.
    pub async fn retry(&self, tasks: &[u64]) {
        let mut worker = self.worker.lock().await;
        worker.queue_again(tasks);
        worker.work().await;
    }

    /// "Push now": the whole group, whatever was pushed before.
    pub async fn push_group_now(&self, group: &str) {
        let mut worker = self.worker.lock().await;
        worker.queue_whole_group(group);
        worker.work().await;
    }

    /// Every push that failed and was not retried, oldest first.
    pub fn failed_pushes(&self) -> Vec<FailedPush> {
        let org = self.sim.org();
        let Ok(app) = org.app(&self.app) else { return Vec::new() };
        let failed = app.pushed.tasks.iter().map(|task| FailedPush {
            at: task.at,
            about: task.about.clone(),
            failure: task.failure.clone(),
        });
        failed.collect()
    }
}

/// The id of a group's mapping, if it is pushed.
fn mapping(org: &Org, app: &str, group: &str) -> ApiResult<Option<String>> {
    let pushes = &org.connection(app)?.pushes;
    Ok(pushes.iter().find(|push| push.group == group).map(|push| push.id.clone()))
}

#[cfg(test)]
mod tests;
