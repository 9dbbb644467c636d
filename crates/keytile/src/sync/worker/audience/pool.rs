//! Groups that an admin of the portal made for us: an audience takes a free one where we may make none of our own.

use portal::GroupStep;

use super::failure::{Doing, Saved};
use super::look::SeenAudience;
use super::store::{self, Entry};
use super::{Outcome, Stop, Worker};
use crate::sync::store::Phase;
use crate::sync::worker::failure::ASK_AGAIN;
use crate::sync::worker::trace;

impl<P: portal::Portal> Worker<P> {
    /// Takes the first free group of the pool that is fit to be written to. While there is none the tiles' people are assigned one by one.
    pub(super) async fn take_from_pool(
        &self,
        mut seen: SeenAudience,
        prefix: &str,
        create: GroupStep,
    ) -> Result<Outcome, Stop> {
        // One at a time: two audiences must not take the same group.
        let _turn = self.pool.lock().await;
        let now_fn = || self.app.now();
        let origin = seen.desired.origin.clone();
        let (found, request) =
            trace::of(self.portal.pool(prefix, &origin, seen.priority(), &now_fn)).await;
        let mut groups = match found {
            Ok(groups) => groups,
            Err(portal::Error::Throttled { until }) => return Ok(Outcome::Blocked(Some(until))),
            Err(error) => {
                return self.fail_audience(seen, Doing::Step(create), error, request).await;
            }
        };
        let taken = store::groups_in_use(&mut self.app.db.read().await?, self.row.id).await?;
        groups.retain(|group| !taken.contains(&group.id.0));
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        self.answered();
        let step = "take a group from the pool".to_owned();
        let mut fit = None;
        for group in groups {
            match self.portal.check_group(&group.id, &origin, seen.priority(), &now_fn).await {
                Ok(checked) => {
                    self.memory().checked.insert(group.id.0.clone(), checked);
                    fit = Some(group);
                    break;
                }
                Err(portal::Error::ForeignGroup { .. } | portal::Error::NotThere) => {}
                Err(portal::Error::Throttled { until }) => {
                    return Ok(Outcome::Blocked(Some(until)));
                }
                Err(error) => {
                    return self.fail_audience(seen, Doing::Step(create), error, request).await;
                }
            }
        }
        let Some(group) = fit else {
            seen.audience.phase = Phase::New;
            seen.audience.due_at = Some(self.app.now() + ASK_AGAIN);
            let is_news = seen.audience.problem.as_deref() != Some(store::POOL_EMPTY);
            seen.audience.problem = Some(store::POOL_EMPTY.into());
            seen.audience.problem_detail = Some(
                "No group that an Okta admin made for Keytile is free, so people are assigned to this tile one by one. \
                 Make more groups in Okta; they are found within the hour."
                    .into(),
            );
            let entry = Entry { step, result: "none free", request_id: request, detail: None };
            let entry = is_news.then_some(entry);
            return self
                .save(seen, Saved { entry, wakes_tiles: is_news, ..Saved::default() })
                .await;
        };
        // Somebody may be in it already.
        seen.adopt(&group);
        seen.audience.problem = None;
        seen.audience.problem_detail = None;
        let detail = Some(group.name.clone());
        let entry = Some(Entry { step, result: "done", request_id: request, detail });
        self.save(seen, Saved { entry, wakes_tiles: true, ..Saved::default() }).await
    }
}
