//! The portal's limits as its worker has learned them, told to pages of every replica.

use jiff::SignedDuration;
use model::Timestamp;
use portal::okta::limits::{Bucket as Calls, BucketView};
use serde::{Deserialize, Serialize};

use super::{PortalRow, Stop, Worker, store};
use crate::db::{Result, Tx};

/// How often pages are told.
const TELLS_EVERY: SignedDuration = SignedDuration::from_secs(10);

/// What is known about the limits at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// When that was; none where no worker has told yet.
    pub at: Option<Timestamp>,
    /// Each set of calls that shares a limit.
    pub buckets: Vec<Bucket>,
    /// The portal seems to be down: nothing before this instant.
    pub rest_until: Option<Timestamp>,
    /// It holds as many apps as it may: no new ones before this instant.
    pub creates_rest_until: Option<Timestamp>,
}

/// Calls that share a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// A stable word.
    pub name: String,
    /// Calls in a minute, once the portal has told.
    pub limit: Option<u32>,
    /// Calls that are left.
    pub left: u32,
    /// Until when.
    pub until: Option<Timestamp>,
}

impl Limits {
    /// What a worker wrote down. What another version wrote may read otherwise: it is written anew within moments.
    pub(crate) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Each set of calls as it is at `now`: where its window is over, all are left.
    pub fn current(self, now: Timestamp) -> impl Iterator<Item = Bucket> {
        self.buckets.into_iter().map(move |bucket| match bucket.until {
            Some(until) if until > now => bucket,
            _ => Bucket { left: bucket.limit.unwrap_or(0), until: None, ..bucket },
        })
    }
}

impl Bucket {
    /// Which one, and its limit, where both are known.
    pub fn known(&self) -> Option<(portal::okta::limits::Bucket, u32)> {
        let bucket = serde_json::from_value(self.name.clone().into()).ok()?;
        Some((bucket, self.limit?))
    }
}

impl From<BucketView> for Bucket {
    fn from(view: BucketView) -> Self {
        let name = serde_json::to_value(view.bucket).ok();
        Self {
            name: name.and_then(|n| n.as_str().map(String::from)).unwrap_or_default(),
            limit: view.limit,
            left: view.remaining.saturating_sub(view.in_flight),
            until: view.ends_at,
        }
    }
}

/// The limits of a portal, as its worker last told.
pub(crate) async fn limits(tx: &mut Tx, row: &PortalRow) -> Result<Limits> {
    let text = store::limits(tx, row.id).await?;
    Ok(text.map(|text| Limits::read(&text)).unwrap_or_default())
}

impl<P: portal::Portal> Worker<P> {
    /// Whether so many calls about tiles are left of this window, whoever they are kept for.
    pub(super) fn has_room_for(&self, calls: usize) -> bool {
        self.portal.limits().into_iter().any(|view| {
            let left = view.remaining.saturating_sub(view.in_flight);
            view.bucket == Calls::Apps
                && view.limit.is_some()
                && u32::try_from(calls).is_ok_and(|calls| calls <= left)
        })
    }

    /// Writes down what is known about the limits, where it has changed; at most every ten seconds.
    pub(super) async fn tell_limits(&self) -> std::result::Result<(), Stop> {
        let now = self.app.now();
        let mut limits = Limits {
            at: None,
            buckets: self.portal.limits().into_iter().map(Bucket::from).collect(),
            rest_until: self.rests_until(now),
            creates_rest_until: self.creates_rest(now),
        };
        {
            let mut memory = self.memory();
            let is_early = memory.limits_at.is_some_and(|at| now < at && at <= now + TELLS_EVERY);
            if is_early || memory.limits == limits {
                return Ok(());
            }
            memory.limits_at = Some(now + TELLS_EVERY);
            memory.limits = limits.clone();
        }
        limits.at = Some(now);
        let text = serde_json::to_string(&limits).expect("limits are plain values");
        let (id, fence) = (self.row.id, self.lease.fence());
        let change = self.app.db.write(self.row.workspace, move |tx| {
            Box::pin(async move { store::set_limits(tx, id, fence, &text).await })
        });
        Ok(change.await?)
    }
}
