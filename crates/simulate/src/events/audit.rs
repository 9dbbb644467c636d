//! Audits on demand, and apps with our address that an admin has to decide about (C12, C16).

use ::model::LaunchId;
use keytile::sync::audit;
use okta_sim::org::NewApp;
use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use crate::model::{Id, Presence, WorkspaceRole};
use crate::strays::Planted;
use crate::watch::LAUNCHES;
use crate::world::{OWNER, World};

impl World {
    /// Somebody wants an audit now. A wish that is open is on record already.
    pub(crate) async fn audit_now(&mut self, by: Id) {
        let records: &[&str] = if self.audit_is_asked().await { &[] } else { &["audit.requested"] };
        let answer = audit::check_now(&self.app, &self.actor(by)).await;
        let who = &self.model.people[by];
        let is_admin = who.role >= WorkspaceRole::Admin && who.presence == Presence::Active;
        let may = is_admin && self.model.is_on;
        if self.judged(may, answer, records).await.is_some() && !self.audit_is_asked().await {
            self.stage.violate("L1", "an audit that somebody asked for does not come");
        }
    }

    async fn audit_is_asked(&self) -> bool {
        let owner = self.actor(OWNER);
        let overview = audit::overview(&self.app, &owner).await.expect("the Owner may see it");
        overview.state.asked_at.is_some()
    }

    /// A backup of the org is restored, say: apps with our address are there that we did not make. One of them may have the
    /// address of a tile, present or past.
    pub(super) fn plant(&mut self, apps: usize) {
        let rows: Vec<String> = self.rows.iter().map(|row| row.url.clone()).collect();
        for number in 0..apps {
            let known = rows.choose(&mut self.rng).filter(|_| number == 0).cloned();
            let known = known.filter(|_| self.rng.random_ratio(1, 2));
            let is_orphan = known.is_none();
            let url =
                known.unwrap_or_else(|| format!("{LAUNCHES}{}", LaunchId::new(&mut self.rng)));
            let made = self.sim.org().create_app(NewApp::bookmark("Planted", &url), true);
            let Ok(id) = made else { continue };
            self.stage.note(format_args!("an app {id} appears with {url}"));
            self.stage.count(if is_orphan {
                "stray: an orphan"
            } else {
                "stray: a ghost or double"
            });
            let at = self.stage.now();
            self.planted.insert(id, Planted::now(url, at, is_orphan));
        }
    }

    /// An admin says about one of them whether it goes or stays.
    pub(super) async fn decide_stray(&mut self, remove: bool) {
        let owner = self.actor(OWNER);
        let overview = audit::overview(&self.app, &owner).await.expect("the Owner may see it");
        let Some(stray) = overview.strays.choose(&mut self.rng).cloned() else { return };
        let answer = audit::decide_stray(&self.app, &owner, stray.app_id.clone(), remove).await;
        let record = if remove { "stray.removal_requested" } else { "stray.kept" };
        if self.judged(true, answer, &[record]).await.is_none() {
            return;
        }
        if let Some(planted) = self.planted.get_mut(&stray.app_id) {
            planted.decided = Some(remove);
            planted.was_to_go |= remove;
        } else if remove {
            self.kept.remove(&stray.app_id);
        } else {
            self.kept.insert(stray.app_id);
        }
    }
}
