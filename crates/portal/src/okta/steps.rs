//! Each step of a plan in Okta's calls, and what it costs in each bucket.

use super::client::{OktaPortal, app_path, checked_id};
use super::http::{Body, Call};
use super::limits::Bucket;
use super::wire::{self, WireApp, WireAssignment};
use super::{answer::Answer, ours};
use crate::plan::is_same_launch;
use crate::{AppId, Applied, Clock, Error, Logo, Principal, Priority, Step, Ticket, TileRef};
use http::Method;
use serde_json::{Value, json};

const MANAGE: &str = "manage apps";

/// The calls of a step: a look before everything that could harm another app, and the step. The look before an assignment
/// is seldom needed, and room is found for it when it comes to that.
pub(super) fn cost(step: &Step) -> &'static [Bucket] {
    match step {
        Step::Search | Step::Create { .. } | Step::Assign(_) => &[Bucket::Apps],
        Step::Activate
        | Step::Deactivate
        | Step::Unassign(_)
        | Step::HandOver(_)
        | Step::Logo(_) => &[Bucket::App, Bucket::Apps],
        Step::Update { .. } | Step::Delete => &[Bucket::App, Bucket::App],
    }
}

pub(super) async fn apply(
    portal: &OktaPortal,
    ticket: Ticket,
    tile: TileRef<'_>,
    step: &Step,
    now_fn: Clock<'_>,
) -> Result<Applied, Error> {
    let priority = ticket.slots.first().map_or(Priority::Change, super::limits::Slot::priority);
    let mut run = Run { portal, ticket, tile, priority, now_fn };
    match step {
        Step::Search => run.search().await,
        Step::Create { label, url } => run.create(label, url).await,
        Step::Activate => run.lifecycle("activate").await,
        Step::Deactivate => run.lifecycle("deactivate").await,
        Step::Update { label, url } => run.update(label, url).await,
        Step::Assign(principal) => run.assign(principal).await,
        Step::HandOver(person) => run.hand_over(person).await,
        Step::Unassign(principal) => run.unassign(principal).await,
        Step::Logo(logo) => run.draw(logo).await,
        Step::Delete => run.delete().await,
    }
}

/// One step under way.
struct Run<'a> {
    portal: &'a OktaPortal,
    ticket: Ticket,
    tile: TileRef<'a>,
    priority: Priority,
    now_fn: Clock<'a>,
}

impl Run<'_> {
    async fn search(&mut self) -> Result<Applied, Error> {
        let ours = self.tile.url;
        let purpose = format!("tile {ours}");
        let wanted = |url: &str| is_same_launch(ours, url);
        let (portal, priority, now_fn) = (self.portal, self.priority, self.now_fn);
        let found = portal.scan(&mut self.ticket, &purpose, &wanted, priority, now_fn).await?;
        Ok(Applied::Found(found))
    }

    /// Sent once. Okta has no idempotency key, so only a search may follow an unknown outcome.
    async fn create(&mut self, label: &str, url: &str) -> Result<Applied, Error> {
        let call = write(Method::POST, "/api/v1/apps".to_owned(), wire::create(label, url));
        let asked_at = (self.now_fn)();
        let answer = self.send(&call).await?;
        let app: WireApp = answer.json(&call)?;
        if !app.is_bookmark() || app.url() != url {
            return Err(Error::Unavailable {
                detail: format!("POST {}: Okta answered with another app", call.path),
                unknown_outcome: true,
            });
        }
        let app = app.into_app();
        self.portal.sightings.note(&app.id, url, asked_at);
        Ok(Applied::Created(app))
    }

    async fn lifecycle(&mut self, change: &str) -> Result<Applied, Error> {
        let Some((app, _)) = self.look_at_ours().await? else { return Ok(Applied::Gone) };
        let path = app_path(&app, &format!("/lifecycle/{change}"))?;
        let call = write(Method::POST, path, Body::Empty);
        match self.send(&call).await {
            Err(Error::NotThere) => Ok(Applied::Gone),
            other => other?.nothing(&call).map(|()| Applied::Done),
        }
    }

    async fn update(&mut self, label: &str, url: &str) -> Result<Applied, Error> {
        let Some((app, current)) = self.look_at_ours().await? else { return Ok(Applied::Gone) };
        let body = wire::update(&current, label, url).map_or(Body::Empty, Body::Json);
        let call = write(Method::PUT, app_path(&app, "")?, body);
        match self.send(&call).await {
            Err(Error::NotThere) => Ok(Applied::Gone),
            other => other?.json::<WireApp>(&call).map(|_| Applied::Done),
        }
    }

    async fn assign(&mut self, principal: &Principal) -> Result<Applied, Error> {
        let app = self.app()?.clone();
        if !self.portal.sightings.has(&app, self.tile.url, (self.now_fn)()) {
            // An admin may have led it elsewhere since (L4).
            self.look_at_ours().await?.ok_or(Error::NotThere)?;
        }
        let (call, id) = match principal {
            Principal::Person(id) => {
                let body = json!({ "id": checked_id(id)?, "scope": "USER" });
                (write(Method::POST, app_path(&app, "/users")?, body), id)
            }
            Principal::Group(id) => {
                let path = app_path(&app, &format!("/groups/{}", checked_id(id)?))?;
                (write(Method::PUT, path, json!({})), id)
            }
        };
        let answer = match self.send(&call).await {
            // The person was assigned before: that is what we want.
            Err(Error::Refused { code, .. }) if code == "E0000062" => return Ok(Applied::Done),
            other => other?,
        };
        let assignment: WireAssignment = answer.json(&call)?;
        if assignment.id != *id {
            return Err(Error::Unavailable {
                detail: format!("{} {}: Okta answered about another", call.method, call.path),
                unknown_outcome: true,
            });
        }
        Ok(Applied::Done)
    }

    async fn unassign(&mut self, principal: &Principal) -> Result<Applied, Error> {
        let Some((app, _)) = self.look_at_ours().await? else { return Ok(Applied::Gone) };
        let tail = match principal {
            Principal::Person(id) => format!("/users/{}", checked_id(id)?),
            Principal::Group(id) => format!("/groups/{}", checked_id(id)?),
        };
        let call = write(Method::DELETE, app_path(&app, &tail)?, Body::Empty);
        match self.send(&call).await {
            // Nobody to unassign, or Okta has forgotten the person: either way it is so. That there is no such app, a moment
            // after it was seen, says nothing: a replica may not know it yet.
            Err(Error::Refused { code, .. }) if code == "E0000007" => Ok(Applied::Done),
            // A group still covers the person, so only the kind of the assignment can change.
            Err(Error::Refused { code, .. }) if code == "E0000046" => {
                self.leave_to_group(&app, principal.id()).await
            }
            other => other?.nothing(&call).map(|()| Applied::Done),
        }
    }

    async fn hand_over(&mut self, person: &str) -> Result<Applied, Error> {
        let Some((app, _)) = self.look_at_ours().await? else { return Ok(Applied::Gone) };
        match self.leave_to_group(&app, person).await {
            // Okta brings a group's people to an app in its own time: they keep their own
            // assignment until it has.
            Err(Error::Refused { code, reason, .. }) if code == "E0000001" => {
                let detail = format!("the group does not cover person {person} yet: {reason}");
                Err(Error::Unavailable { detail, unknown_outcome: false })
            }
            other => other,
        }
    }

    /// Makes a person's own assignment one that their group brings.
    async fn leave_to_group(&mut self, app: &AppId, person: &str) -> Result<Applied, Error> {
        let path = app_path(app, &format!("/users/{}", checked_id(person)?))?;
        let call = write(Method::POST, path, json!({ "scope": "GROUP" }));
        let answer = match self.send(&call).await {
            // No assignment of their own is left, or Okta has forgotten the person.
            Err(Error::Refused { code, .. }) if code == "E0000007" => return Ok(Applied::Done),
            other => other?,
        };
        let assignment: WireAssignment = answer.json(&call)?;
        if assignment.id != person || assignment.scope == "USER" {
            return Err(Error::Unavailable {
                detail: format!("POST {}: Okta kept the person's own assignment", call.path),
                unknown_outcome: true,
            });
        }
        Ok(Applied::Done)
    }

    async fn draw(&mut self, logo: &Logo) -> Result<Applied, Error> {
        let Some((app, json)) = self.look_at_ours().await? else { return Ok(Applied::Gone) };
        if has_a_picture(&json) {
            return Ok(Applied::Done);
        }
        let body = Body::Picture(crate::logo::svg(&logo.name));
        let path = app_path(&app, "/logo")?;
        let call = Call { method: Method::POST, path, body, right: MANAGE };
        match self.send(&call).await {
            Err(Error::NotThere) => Ok(Applied::Gone),
            other => other?.nothing(&call).map(|()| Applied::Done),
        }
    }

    async fn delete(&mut self) -> Result<Applied, Error> {
        let Some((app, _)) = self.look_at_ours().await? else { return Ok(Applied::Gone) };
        let call = write(Method::DELETE, app_path(&app, "")?, Body::Empty);
        match self.send(&call).await {
            Err(Error::NotThere) => Ok(Applied::Done),
            other => other?.nothing(&call).map(|()| Applied::Done),
        }
    }

    /// The app, after making sure that it is ours; `None` when it is gone.
    async fn look_at_ours(&mut self) -> Result<Option<(AppId, Value)>, Error> {
        let app = self.app()?.clone();
        let found = self.portal.look(&mut self.ticket, &app, self.priority, self.now_fn).await?;
        let Some((described, json)) = found else { return Ok(None) };
        ours::check(&app, &described, self.tile.url, self.portal.org_id.as_deref())?;
        Ok(Some((app, json)))
    }

    async fn send(&mut self, call: &Call) -> Result<Answer, Error> {
        let mut slot = self.portal.room(&mut self.ticket, call, self.priority, (self.now_fn)())?;
        self.portal.http.send(&mut slot, call, self.now_fn).await
    }

    fn app(&self) -> Result<&AppId, Error> {
        self.tile.app.ok_or(Error::NotThere)
    }
}

/// Whether somebody gave the app a picture. Okta's own for bookmarks is always the same file (recorded).
fn has_a_picture(app: &Value) -> bool {
    let links = app["_links"]["logo"].as_array();
    links.into_iter().flatten().filter_map(|link| link["href"].as_str()).any(|address| {
        let file = address.rsplit('/').next().unwrap_or_default();
        !file.starts_with("bookmark-app")
    })
}

fn write(method: Method, path: String, body: impl Into<Body>) -> Call {
    Call { method, path, body: body.into(), right: MANAGE }
}
