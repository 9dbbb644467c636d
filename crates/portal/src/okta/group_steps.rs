//! Each step about a group in Okta's calls, and what it costs in each bucket.

use super::answer::Answer;
use super::client::{OktaPortal, checked_id};
use super::groups::{check_mark, foreign, group_path};
use super::http::{Body, Call};
use super::limits::{Bucket, Slot};
use super::wire::{self, WireGroup};
use crate::audience::is_ours;
use crate::{Checked, Clock, Error, GroupApplied, GroupId, GroupRef, GroupStep, Priority, Ticket};
use http::Method;

const MANAGE: &str = "manage groups";

/// The calls of a step: a look before everything that takes something away, and the step. A check
/// that has grown too old costs more, which is found room for when it comes to that.
pub(super) fn cost(step: &GroupStep) -> &'static [Bucket] {
    match step {
        GroupStep::Search | GroupStep::Create { .. } | GroupStep::AddMember(_) => &[Bucket::Groups],
        GroupStep::RemoveMember(_) => &[Bucket::Group, Bucket::Groups],
        GroupStep::Rename { .. } | GroupStep::Delete => &[Bucket::Group, Bucket::Group],
    }
}

pub(super) async fn apply(
    portal: &OktaPortal,
    ticket: Ticket,
    group: GroupRef<'_>,
    step: &GroupStep,
    now_fn: Clock<'_>,
) -> Result<GroupApplied, Error> {
    let priority = ticket.slots.first().map_or(Priority::Change, Slot::priority);
    let mut run = Run { portal, ticket, group, priority, now_fn };
    match step {
        GroupStep::Search => run.search().await.map(GroupApplied::Found),
        GroupStep::Create { name, description } => run.create(name, description).await,
        GroupStep::Rename { name } => run.rename(name).await,
        GroupStep::AddMember(person) => run.add(person).await,
        GroupStep::RemoveMember(person) => run.remove(person).await,
        GroupStep::Delete => run.delete().await,
    }
}

/// One step under way.
struct Run<'a> {
    portal: &'a OktaPortal,
    ticket: Ticket,
    group: GroupRef<'a>,
    priority: Priority,
    now_fn: Clock<'a>,
}

impl Run<'_> {
    /// Our group of this name. Another's of the same name is no answer, but a reason to stop.
    async fn search(&mut self) -> Result<Vec<crate::Group>, Error> {
        let names = [self.group.name.to_owned()].into();
        let (portal, priority, now_fn) = (self.portal, self.priority, self.now_fn);
        let found = portal.groups_named(&mut self.ticket, &names, priority, now_fn).await?;
        for group in &found {
            if !is_ours(&group.description, self.group.origin) {
                let why = "it has the name that we want to use, and is not ours".to_owned();
                return Err(foreign(&group.id, why));
            }
        }
        Ok(found)
    }

    /// Sent once. Okta refuses a name that is taken, so a create whose answer was lost is found by
    /// its name: ours is taken over, another's is left alone.
    async fn create(&mut self, name: &str, description: &str) -> Result<GroupApplied, Error> {
        let body = wire::group(name, description);
        let asked_at = (self.now_fn)();
        let call = write(Method::POST, "/api/v1/groups".to_owned(), body);
        let answer = match self.send(&call).await {
            Err(Error::Refused { code, reason, .. }) if is_name_taken(&code, &reason) => {
                return self.adopt(&call).await;
            }
            other => other?,
        };
        let group: WireGroup = answer.json(&call)?;
        if group.name() != name || !group.is_native() {
            return Err(Error::Unavailable {
                detail: format!("POST {}: Okta answered with another group", call.path),
                unknown_outcome: true,
            });
        }
        let group = group.into_group();
        let checked = Checked { group: group.id.clone(), at: asked_at };
        Ok(GroupApplied::Created { group, checked })
    }

    async fn adopt(&mut self, call: &Call) -> Result<GroupApplied, Error> {
        match self.search().await?.pop() {
            Some(group) => Ok(GroupApplied::Adopted(group)),
            // The search lags behind what Okta knows when it refuses a name.
            None => Err(Error::Unavailable {
                detail: format!("POST {}: the name is taken, and not found yet", call.path),
                unknown_outcome: true,
            }),
        }
    }

    async fn rename(&mut self, name: &str) -> Result<GroupApplied, Error> {
        let Some((group, found)) = self.look_at_made().await? else {
            return Ok(GroupApplied::Gone);
        };
        let body = wire::renamed(&found, name);
        let call = write(Method::PUT, group_path(&group, "")?, body);
        match self.send(&call).await {
            Err(Error::NotThere) => Ok(GroupApplied::Gone),
            other => other?.json::<WireGroup>(&call).map(|_| GroupApplied::Done),
        }
    }

    async fn add(&mut self, person: &str) -> Result<GroupApplied, Error> {
        let group = match self.checked().await {
            Err(Error::NotThere) => return Ok(GroupApplied::Gone),
            other => other?,
        };
        let call = write(Method::PUT, member_path(&group, person)?, Body::Empty);
        match self.send(&call).await {
            Err(Error::NotThere) => Ok(GroupApplied::Gone),
            // Okta knows the group but not the person, or the person but not the group.
            Err(Error::Refused { code, reason, request_id }) if code == "E0000007" => {
                self.who_is_missing(&group, Error::Refused { code, reason, request_id }).await
            }
            other => other?.nothing(&call).map(|()| GroupApplied::Done),
        }
    }

    async fn who_is_missing(
        &mut self,
        group: &GroupId,
        refused: Error,
    ) -> Result<GroupApplied, Error> {
        let (priority, now_fn) = (self.priority, self.now_fn);
        match self.portal.look_at_group(&mut self.ticket, group, priority, now_fn).await? {
            Some(_) => Err(refused),
            None => Ok(GroupApplied::Gone),
        }
    }

    async fn remove(&mut self, person: &str) -> Result<GroupApplied, Error> {
        let Some((group, _)) = self.look_at_ours().await? else { return Ok(GroupApplied::Gone) };
        let call = write(Method::DELETE, member_path(&group, person)?, Body::Empty);
        match self.send(&call).await {
            // Nobody to remove, or Okta has forgotten the person: either way it is so.
            Err(Error::NotThere) => Ok(GroupApplied::Done),
            Err(Error::Refused { code, .. }) if code == "E0000007" => Ok(GroupApplied::Done),
            other => other?.nothing(&call).map(|()| GroupApplied::Done),
        }
    }

    /// What an admin has put on the group since its last check would go with it, so its apps are looked at again.
    async fn delete(&mut self) -> Result<GroupApplied, Error> {
        let Some((group, _)) = self.look_at_made().await? else {
            return Ok(GroupApplied::Done);
        };
        let (origin, priority, now_fn) = (self.group.origin, self.priority, self.now_fn);
        self.portal.check_apps_of_group(&group, origin, priority, now_fn).await?;
        let call = write(Method::DELETE, group_path(&group, "")?, Body::Empty);
        match self.send(&call).await {
            Err(Error::NotThere) => Ok(GroupApplied::Done),
            Err(Error::Refused { code, .. }) if code == "E0000007" => Ok(GroupApplied::Done),
            other => other?.nothing(&call).map(|()| GroupApplied::Done),
        }
    }

    /// The group's id, when its check is young enough; else after the whole check.
    async fn checked(&mut self) -> Result<GroupId, Error> {
        let checked = self.group.checked.ok_or(Error::NotThere)?;
        if checked.is_good((self.now_fn)()) {
            return Ok(checked.group().clone());
        }
        let (origin, priority, now_fn) = (self.group.origin, self.priority, self.now_fn);
        let portal = self.portal;
        // What was kept for the step must not stand in the way of the check.
        self.ticket.slots.clear();
        portal.check_whole_group(checked.group(), origin, priority, now_fn).await?;
        Ok(checked.group().clone())
    }

    /// The group, after making sure that it is ours now; `None` when it is gone.
    async fn look_at_ours(&mut self) -> Result<Option<(GroupId, WireGroup)>, Error> {
        let group = match self.checked().await {
            Err(Error::NotThere) => return Ok(None),
            other => other?,
        };
        let (priority, now_fn) = (self.priority, self.now_fn);
        let found = self.portal.look_at_group(&mut self.ticket, &group, priority, now_fn).await?;
        let Some(found) = found else { return Ok(None) };
        check_mark(&group, &found, self.group.origin)?;
        Ok(Some((group, found)))
    }

    /// The same, for what is only done to a group that we made.
    async fn look_at_made(&mut self) -> Result<Option<(GroupId, WireGroup)>, Error> {
        let Some((group, found)) = self.look_at_ours().await? else { return Ok(None) };
        if is_ours(found.description(), self.group.origin) {
            return Ok(Some((group, found)));
        }
        let why = "an admin made it for us, so only an admin renames or deletes it".to_owned();
        Err(foreign(&group, why))
    }

    async fn send(&mut self, call: &Call) -> Result<Answer, Error> {
        let mut slot = self.portal.room(&mut self.ticket, call, self.priority, (self.now_fn)())?;
        self.portal.http.send(&mut slot, call, self.now_fn).await
    }
}

fn member_path(group: &GroupId, person: &str) -> Result<String, Error> {
    group_path(group, &format!("/users/{}", checked_id(person)?))
}

/// Okta tells a taken name apart from other bad values by its words alone.
fn is_name_taken(code: &str, reason: &str) -> bool {
    code == "E0000001" && reason.contains("already exists")
}

fn write(method: Method, path: String, body: impl Into<Body>) -> Call {
    Call { method, path, body: body.into(), right: MANAGE }
}
