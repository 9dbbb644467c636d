//! People, their roles, states and teams.

use ::model::team::TeamRole;
use keytile::directories::store::identities::{self, Record};
use keytile::{members, teams};
use portal::Priority;

use crate::model::{Id, Presence, WorkspaceRole};
use crate::world::{self, OWNER, World};

impl World {
    pub(super) async fn join(&mut self, team: Id, person: Id) {
        let (id, member, actor) =
            (self.ids.teams[team], self.ids.people[person], self.actor(OWNER));
        let answer = teams::add_member(&self.app, &actor, id, member, TeamRole::Member).await;
        let may = self.model.teams[team].exists
            && self.model.people[person].presence != Presence::Removed;
        let is_in = self.model.teams[team].people.contains(&person);
        let records: &[&str] = if is_in { &[] } else { &["team.member_added"] };
        if self.judged(may, answer, records).await.is_some() {
            self.model.teams[team].people.insert(person);
        }
    }

    pub(super) async fn leave_team(&mut self, team: Id, person: Id) {
        let (id, member, actor) =
            (self.ids.teams[team], self.ids.people[person], self.actor(OWNER));
        let answer = teams::remove_member(&self.app, &actor, id, member).await;
        let may = self.model.teams[team].exists;
        let is_in = self.model.teams[team].people.contains(&person);
        let records: &[&str] = if is_in { &["team.member_removed"] } else { &[] };
        if self.judged(may, answer, records).await.is_some() {
            self.model.teams[team].people.remove(&person);
        }
    }

    pub(super) async fn delete_team(&mut self, team: Id) {
        let answer = teams::delete(&self.app, &self.actor(OWNER), self.ids.teams[team]).await;
        let may = self.model.teams[team].exists;
        if self.judged(may, answer, &["team.deleted"]).await.is_some() {
            self.model.end_team(team);
        }
    }

    pub(super) async fn set_role(&mut self, person: Id, role: WorkspaceRole) {
        let (member, actor) = (self.ids.people[person], self.actor(OWNER));
        let answer = members::change_role(&self.app, &actor, member, world::role(role)).await;
        let who = &self.model.people[person];
        let may = who.presence != Presence::Removed;
        let records: &[&str] = if who.role == role { &[] } else { &["member.role_changed"] };
        if self.judged(may, answer, records).await.is_some() {
            self.model.people[person].role = role;
            self.asked_about(person);
        }
    }

    pub(super) async fn suspend(&mut self, person: Id) {
        let answer = members::suspend(&self.app, &self.actor(OWNER), self.ids.people[person]).await;
        let may = self.model.people[person].presence != Presence::Removed;
        if self.judged(may, answer, &["member.suspended"]).await.is_some() {
            self.model.people[person].presence = Presence::Suspended;
            self.model.people[person].is_suspended = true;
            self.asked_about(person);
        }
    }

    pub(super) async fn resume(&mut self, person: Id) {
        let answer = members::resume(&self.app, &self.actor(OWNER), self.ids.people[person]).await;
        let presence = self.model.people[person].presence;
        let records: &[&str] =
            if presence == Presence::Suspended { &["member.reactivated"] } else { &[] };
        if self.judged(presence != Presence::Removed, answer, records).await.is_some() {
            self.model.people[person].presence = Presence::Active;
            self.model.people[person].is_suspended = false;
        }
    }

    /// An admin takes somebody out; the org knows nothing of it.
    pub(super) async fn remove(&mut self, person: Id) {
        let answer = members::remove(&self.app, &self.actor(OWNER), self.ids.people[person]).await;
        let may = self.model.people[person].presence != Presence::Removed;
        if self.judged(may, answer, &["member.removed"]).await.is_some() {
            self.model.leave(person);
            self.asked_about(person);
        }
    }

    /// Somebody is deactivated in the org, which drops their assignments and tells us by SCIM.
    pub(super) async fn deprovision(&mut self, person: Id) {
        let Some(external) = self.model.people[person].external.clone() else { return };
        let _ = self.sim.org().deactivate_user(&external);
        self.watch.accept_foreign();
        let id = self.ids.people[person];
        let answer =
            self.write("scim", move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
        let is_here = self.model.people[person].presence != Presence::Removed;
        let records: &[&str] = if is_here { &["member.removed"] } else { &[] };
        if self.judged(true, answer, records).await.is_some() {
            self.model.leave(person);
            self.asked_about(person);
        }
        // What a directory has ended may count when it comes up later.
        self.note_touched(Some(external));
    }

    /// A person, or their leaving, has said that all of theirs goes.
    pub(super) fn asked_about(&mut self, person: Id) {
        if let Some(external) = self.model.people[person].external.clone() {
            self.note_asked(|_, who| who == external);
        }
    }

    /// Somebody is activated again in the org, which tells us by SCIM. What they had does not return (C33), and
    /// an admin's suspension does not end.
    pub(super) async fn come_back(&mut self, person: Id) {
        let Some(external) = self.model.people[person].external.clone() else { return };
        if self.model.people[person].presence != Presence::Removed {
            return;
        }
        let _ = self.sim.org().activate_user(&external);
        self.watch.accept_foreign();
        let id = self.ids.people[person];
        let answer =
            self.write("scim", move |tx, by| Box::pin(members::reactivate(tx, by, id))).await;
        if self.judged(true, answer, &["member.reactivated"]).await.is_some() {
            self.model.come_back(person);
        }
    }

    /// SCIM tells the external id of somebody.
    pub(super) async fn identify(&self, person: Id, user_name: String, external: String) {
        let (member, directory) = (self.ids.people[person], self.directory);
        let change = self.write("system", move |tx, by| {
            Box::pin(async move {
                let known = Record::known(&external, &user_name);
                identities::insert(tx, by, directory, member, &known).await?;
                keytile::sync::mark(
                    tx,
                    by,
                    keytile::sync::Touched::Member(member),
                    Priority::Change,
                )
                .await?;
                Ok(())
            })
        });
        change.await.expect("an identity is stored");
    }
}
