//! What is wanted and what is known about one audience, and what comes next. Only `load` looks at the database.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::{AudienceId, Timestamp};
use portal::{
    DesiredGroup, Group, GroupMirror, GroupPause, GroupPlan, GroupPresence, GroupStep,
    ObservedGroup, Priority, plan_group,
};

use super::store::{self, Audience, WaitingMembers};
use crate::db::Tx;
use crate::sync::from_rank;
use crate::sync::store::Phase;

/// The list of groups may lag behind a create.
pub(super) const LISTS_LAG: SignedDuration = SignedDuration::from_secs(120);

/// One audience at one moment.
pub(in crate::sync::worker) struct SeenAudience {
    pub(in crate::sync::worker) audience: Audience,
    pub(in crate::sync::worker) desired: DesiredGroup,
    /// Whom the portal has last confirmed as members.
    pub(in crate::sync::worker) members: BTreeSet<String>,
    /// Members whom the safety stop keeps in the group.
    pub(in crate::sync::worker) held: BTreeSet<String>,
    /// All members about whom an admin is asked, or has decided.
    pub(in crate::sync::worker) waiting: BTreeSet<String>,
    /// Members who stay until a tile that is on its way to another group is shown to them by that.
    pub(in crate::sync::worker) needed: BTreeSet<String>,
    /// With what the names of groups begin that we may fill, where we may make none of our own.
    pub(in crate::sync::worker) pool: Option<String>,
}

/// What comes next for an audience.
pub(super) enum Next {
    /// A person has to decide, and has not yet.
    Rest,
    /// What the portal has is not known: read it.
    Read,
    /// Everything is as it should be.
    Settle,
    /// What is left was refused in this run.
    Stuck,
    /// A person has to decide.
    Pause(GroupPause),
    /// What is left waits for an admin.
    Held,
    /// What is left waits for a tile that is on its way to another group.
    Await,
    /// The next step.
    Step(GroupStep),
}

impl SeenAudience {
    pub(in crate::sync::worker) async fn load(
        tx: &mut Tx,
        origin: &str,
        id: AudienceId,
    ) -> Result<Option<Self>, crate::db::Error> {
        let Some(audience) = store::audience(tx, id).await? else { return Ok(None) };
        let is_needed = store::is_needed(tx, &audience).await?;
        let (presence, members) = if is_needed {
            (GroupPresence::Present, store::wanted_members(tx, id).await?)
        } else {
            (GroupPresence::Absent, BTreeSet::new())
        };
        let desired = DesiredGroup {
            presence,
            name: audience.name.clone(),
            origin: origin.to_owned(),
            members,
        };
        let members = store::members_of(tx, id).await?;
        let WaitingMembers { held, all: waiting } = store::waiting_members(tx, &audience).await?;
        let pool = store::pool_prefix(tx, &audience).await?;
        let needed = BTreeSet::new();
        Ok(Some(Self { audience, desired, members, held, waiting, needed, pool }))
    }

    /// Whether a search could miss the group that was asked for.
    pub(super) fn lists_may_lag(&self, now: Timestamp) -> bool {
        self.audience.sent_at.is_some_and(|sent| now < sent + LISTS_LAG)
    }

    pub(super) fn priority(&self) -> Priority {
        from_rank(self.audience.priority)
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.desired.presence == GroupPresence::Present
    }

    /// What comes next, without what the portal has `refused` already: one person whom it does not take holds up nobody
    /// else.
    pub(super) fn next(&self, refused: &[&GroupStep]) -> Next {
        let audience = &self.audience;
        if audience.phase == Phase::Paused && self.is_wanted() {
            return Next::Rest;
        }
        if audience.group_id.is_some() && (audience.refresh || audience.mirror_name.is_none()) {
            return Next::Read;
        }
        let plan = self.plan();
        let is_done = plan.steps.is_empty();
        let is_one_of = |step: &GroupStep, people: &BTreeSet<String>| matches!(step, GroupStep::RemoveMember(id) if people.contains(id));
        let holds_any = plan.steps.iter().any(|step| is_one_of(step, &self.held));
        let awaits_any = plan.steps.iter().any(|step| is_one_of(step, &self.needed));
        let stays = |step: &GroupStep| is_one_of(step, &self.held) || is_one_of(step, &self.needed);
        // Without a group there is nothing for anybody to be put into: it is made first, or looked for.
        let has_group = audience.group_id.is_some();
        let can_be = |step: &GroupStep| {
            has_group || matches!(step, GroupStep::Search | GroupStep::Create { .. })
        };
        let is_free = |step: &GroupStep| can_be(step) && !stays(step) && !refused.contains(&step);
        let step = plan.steps.into_iter().find(is_free);
        // Repeating the step that was under way makes it certain. Anything else would build on what nobody knows.
        if has_group && audience.in_flight.is_some() && audience.in_flight != step {
            return Next::Read;
        }
        match (plan.pause, step) {
            // What is not ours (any more) is left alone, and nothing of ours is left to remove.
            (Some(_), _) if !self.is_wanted() => Next::Settle,
            (Some(pause), _) => Next::Pause(pause),
            (None, Some(step)) => Next::Step(step),
            (None, None) if is_done => Next::Settle,
            (None, None) if awaits_any => Next::Await,
            (None, None) if holds_any => Next::Held,
            (None, None) => Next::Stuck,
        }
    }

    /// All that is left to do, as far as is known.
    pub(in crate::sync::worker) fn plan(&self) -> GroupPlan {
        plan_group(&self.desired, &self.observed(), self.audience.confirmed)
    }

    pub(super) fn observed(&self) -> ObservedGroup {
        let audience = &self.audience;
        if audience.group_id.is_none() {
            // A group that is wanted is simply asked for again; one that is not must be found to be removed.
            let is_uncertain = audience.phase == Phase::Creating && !self.is_wanted();
            return if is_uncertain { ObservedGroup::Unknown } else { ObservedGroup::Absent };
        }
        ObservedGroup::Present(GroupMirror {
            name: audience.mirror_name.clone().unwrap_or_default(),
            description: audience.mirror_description.clone().unwrap_or_default(),
            members: self.members.clone(),
        })
    }

    pub(super) fn set_mirror(&mut self, group: &Group) {
        self.audience.group_id = Some(group.id.0.clone());
        self.audience.mirror_name = Some(group.name.clone());
        self.audience.mirror_description = Some(group.description.clone());
        self.audience.phase = Phase::Live;
    }

    /// A group that was there already: who is in it is read before anything is built on it.
    pub(super) fn adopt(&mut self, group: &Group) {
        self.set_mirror(group);
        self.audience.mirror_name = None;
    }

    pub(super) fn forget_group(&mut self) {
        self.audience.group_id = None;
        self.audience.mirror_name = None;
        self.audience.mirror_description = None;
        self.audience.sent_at = None;
        self.audience.in_flight = None;
        self.audience.refresh = false;
        self.members.clear();
    }

    pub(super) fn settle(&mut self, now: Timestamp) {
        let is_wanted = self.is_wanted();
        let audience = &mut self.audience;
        audience.settled = audience.marked;
        audience.synced_at = Some(now);
        audience.due_at = None;
        audience.refresh = false;
        audience.failures = 0;
        audience.problem = None;
        audience.problem_detail = None;
        audience.problem_request_id = None;
        if !is_wanted {
            audience.phase = Phase::Gone;
            audience.gone_at = Some(now);
        }
    }
}
