//! Extending, syncing, removing, launching, and the connection to the org.

use ::model::secret::Secret;
use keytile::actor::By;
use keytile::launch::{self, Outcome, Target};
use keytile::{settings, sync};

use crate::model::{Id, Item};
use crate::world::{ORG, OWNER, World, token};

impl World {
    pub(super) async fn extend(&mut self, by: Id, account: Id) {
        let answer = sync::extend(&self.app, &self.actor(by), self.ids.accounts[account]).await;
        let may = self.model.is_on && self.owns(by, Item::Account(account));
        let is_new = self.model.accounts[account].label.is_none();
        let records: &[&str] = if is_new { &["tile.extended"] } else { &[] };
        if self.judged(may, answer, records).await.is_some() {
            self.model.extend(account);
        }
    }

    pub(super) async fn sync_now(&mut self, by: Id, account: Id) {
        let answer = sync::sync_now(&self.app, &self.actor(by), self.ids.accounts[account]).await;
        let may = self.model.is_on && self.has_tile(by, account);
        self.judged(may, answer, &["tile.sync_requested"]).await;
    }

    pub(super) async fn remove_tile(&mut self, by: Id, account: Id) {
        let answer = sync::remove(&self.app, &self.actor(by), self.ids.accounts[account]).await;
        let may = self.model.is_on && self.has_tile(by, account);
        if self.judged(may, answer, &["tile.removed"]).await.is_some() {
            self.model.accounts[account].label = None;
            self.decided(account);
        }
    }

    pub(crate) async fn resume_tile(&mut self, by: Id, account: Id) {
        let answer = sync::resume(&self.app, &self.actor(by), self.ids.accounts[account]).await;
        let may = self.model.is_on && self.has_tile(by, account);
        if self.judged(may, answer, &["tile.resumed"]).await.is_some() {
            self.decided(account);
        }
    }

    /// A person has said what becomes of the account's tile, and of whoever sees it.
    pub(super) fn decided(&mut self, account: Id) {
        for row in self.rows.iter().filter(|row| row.account == account) {
            self.watch.decided(&row.url);
        }
        self.note_asked(|it, _| it == account);
    }

    /// A click on the newest tile that the account ever had, still there or not. No login begins by it: nobody has a
    /// session here.
    pub(super) async fn click(&mut self, by: Id, account: Id) {
        let Some(row) = self.rows.iter().rfind(|row| row.account == account) else { return };
        let answer =
            launch::launch(&self.app, &self.actor(by), Target::Tile(row.launch), None).await;
        let (expected, records): (_, &[&str]) = if self.model.accounts[account].deleted {
            ("unknown", &[])
        } else if self.may_launch(by, account) {
            ("opened", &[])
        } else {
            ("no access", &["account.launch_refused"])
        };
        let outcome = self.judged(true, answer, records).await.map(|outcome| match outcome {
            Outcome::Opened(_) => "opened",
            Outcome::SignInAgain(_) => "asked to sign in again",
            Outcome::NoAccess => "no access",
            Outcome::Unknown => "unknown",
        });
        if outcome.is_some_and(|outcome| outcome != expected) {
            self.stage.violate("L5", format!("a click: {outcome:?} rather than {expected}"));
        }
    }

    pub(super) async fn turn_off(&mut self, remove_all: bool) {
        let (actor, now) = (self.actor(OWNER), self.stage.now());
        let answer = settings::turn_off(&self.app, &actor, now, remove_all).await;
        if self.judged(true, answer, &["portal.turned_off"]).await.is_some() {
            self.model.is_on = false;
            if remove_all {
                self.end_all_tiles();
            }
        }
    }

    pub(super) async fn clean_up(&mut self) {
        let answer = settings::clean_up(&self.app, &self.actor(OWNER), self.stage.now()).await;
        let may = !self.model.is_on;
        if self.judged(may, answer, &["portal.cleaned_up"]).await.is_some() {
            self.end_all_tiles();
        }
    }

    /// Connects the org, with a new token where the old one is not accepted any more.
    pub(crate) async fn turn_on(&mut self) {
        if !self.token_works {
            self.tokens += 1;
            let admin = self.sim.admin().to_owned();
            self.sim.org().add_token("keytile", &token(self.tokens), &admin);
            self.token_works = true;
        }
        let (app, text) = (self.app.clone(), Secret::new(token(self.tokens)));
        let (domain, org) = (ORG.parse().expect("an address"), self.sim.org().id.clone());
        let mut by = By::member(&self.app, &self.actor(OWNER));
        let answer = self.app.db.write(self.workspace, move |tx| {
            Box::pin(async move { settings::connect(&app, tx, &mut by, &domain, org, &text).await })
        });
        let answer = answer.await;
        let record = if self.model.is_on { "portal.updated" } else { "portal.turned_on" };
        if self.judged(true, answer, &[record]).await.is_some() {
            self.model.is_on = true;
        }
    }

    /// The org no longer accepts the token (R7).
    pub(super) fn revoke_token(&mut self) {
        let mut org = self.sim.org();
        let text = token(self.tokens);
        let id = org.tokens.values().find(|it| it.value == text).map(|it| it.id.clone());
        if let Some(id) = id {
            let _ = org.revoke_token(&id);
            self.token_works = false;
        }
    }

    fn has_tile(&self, by: Id, account: Id) -> bool {
        self.model.accounts[account].label.is_some() && self.owns(by, Item::Account(account))
    }

    fn end_all_tiles(&mut self) {
        for account in 0..self.model.accounts.len() {
            self.model.accounts[account].label = None;
            self.decided(account);
        }
    }
}
