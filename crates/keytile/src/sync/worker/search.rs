//! After a create with an unknown outcome: look for the app, adopt it, or make sure that there is none. Okta's create has
//! no idempotency key, so this is what makes it happen exactly once (security.md 3.3).

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use model::{TileId, Timestamp};
use portal::plan::Confirmed;
use portal::{App, AppStatus, Error, Reserve, Step, TileRef};

use super::claims::Claim;
use super::failure::Doing;
use super::look::Seen;
use super::store::{self, Entry, People};
use super::{Outcome, Stop, Worker, trace};
use crate::sync::store::Phase;
use crate::sync::{Tile, launch_url};

/// Two complete scans that found nothing lie at least so far apart …
const BETWEEN_SCANS: SignedDuration = SignedDuration::from_secs(60);
/// … and the second so long after the create: a list may lag behind.
const AFTER_CREATE: SignedDuration = SignedDuration::from_secs(120);

/// A scan that was begun: one serves all tiles that wait for one, and it goes on after a rate limit.
pub(super) struct Scan {
    tiles: BTreeMap<TileId, String>,
    begun_at: Timestamp,
}

impl<P: portal::Portal> Worker<P> {
    pub(super) async fn search(&self, claim: &Claim<'_>, mut seen: Seen) -> Result<Outcome, Stop> {
        let now = self.app.now();
        let at = may_scan_at(&seen.tile);
        if let Some(at) = at.filter(|at| *at > now) {
            seen.tile.due_at = Some(at);
            self.commit(seen.record()).await?;
            return Ok(Outcome::Did);
        }
        if let Some(until) = self.memory().scans_rest_until.filter(|until| *until > now) {
            return Ok(Outcome::Blocked(Some(until)));
        }
        // Another lane is at it: its end wakes us.
        let Ok(mut begun) = self.scan.try_lock() else { return Ok(Outcome::Blocked(None)) };
        let scan = match begun.take() {
            Some(scan) => scan,
            None => self.begin(&seen, now).await?,
        };
        let claims: Vec<Claim<'_>> = scan
            .tiles
            .keys()
            .filter(|id| **id != claim.tile())
            .filter_map(|id| self.claims.take(*id))
            .collect();
        let urls: BTreeSet<String> = scan.tiles.values().cloned().collect();
        let now_fn = || self.app.now();
        let (found, request) = trace::of(self.portal.search(&urls, seen.priority(), &now_fn)).await;
        let found = match found {
            Ok(found) => found,
            Err(Error::Throttled { until }) => {
                *begun = Some(scan);
                return Ok(Outcome::Blocked(Some(until)));
            }
            Err(error) => return self.fail(seen, Doing::Search, error, request).await,
        };
        let ours = claims.iter().map(Claim::tile).chain([claim.tile()]);
        for id in ours.filter(|id| scan.tiles.contains_key(id)) {
            self.conclude(id, &scan, &found, request.clone()).await?;
        }
        Ok(Outcome::Did)
    }

    /// All tiles that wait for a scan now, with the URLs to look for.
    async fn begin(&self, seen: &Seen, now: Timestamp) -> Result<Scan, Stop> {
        let waiting = store::creating(&mut self.app.db.read().await?, &self.row).await?;
        let mut tiles: BTreeMap<TileId, String> = waiting
            .iter()
            .filter(|tile| may_scan_at(tile).is_none_or(|at| at <= now))
            .map(|tile| (tile.id, launch_url(&self.app, tile.launch)))
            .collect();
        tiles.insert(seen.tile.id, seen.desired.url.clone());
        Ok(Scan { tiles, begun_at: now })
    }

    /// What a complete scan says about one tile.
    async fn conclude(
        &self,
        id: TileId,
        scan: &Scan,
        found: &[App],
        request: Option<String>,
    ) -> Result<(), Stop> {
        let now = self.app.now();
        let mut tx = self.app.db.read().await?;
        let Some(mut seen) = Seen::load(&mut tx, &self.app, id).await? else { return Ok(()) };
        drop(tx);
        // A create that was sent while the scan ran may be on a page that was already read.
        let is_older = seen.tile.sent_at.is_some_and(|sent| sent <= scan.begun_at);
        if seen.tile.phase != Phase::Creating || !is_older {
            return Ok(());
        }
        let mut apps: Vec<&App> = found.iter().filter(|app| app.url == seen.desired.url).collect();
        apps.sort_by_key(|app| (app.created.unwrap_or(Timestamp::MAX), app.id.clone()));
        let detail = match apps.as_slice() {
            [] => {
                seen = nothing_found(seen, now);
                "none"
            }
            [app] => {
                adopt(&mut seen, app);
                "adopted"
            }
            [keep, doubles @ ..] => {
                if self.tidy_up(&seen, doubles).await? {
                    return Ok(());
                }
                adopt(&mut seen, keep);
                "adopted the oldest; the others are assigned to somebody and were left alone"
            }
        };
        let entry = Entry {
            step: "search for the app".into(),
            result: "done",
            request_id: request,
            detail: Some(detail.into()),
        };
        self.commit(seen.record().with_people(People::Replace).with_entry(entry)).await
    }

    /// Takes one step to remove a double that is assigned to nobody, or answers that there is none: the tile stays
    /// unresolved until the portal has one app for it, so that a crash forgets no double.
    async fn tidy_up(&self, seen: &Seen, doubles: &[&App]) -> Result<bool, Stop> {
        let now_fn = || self.app.now();
        let url = seen.desired.url.as_str();
        for double in doubles {
            let people = match self.portal.principals(&double.id, seen.priority(), &now_fn).await {
                Ok(people) => people,
                Err(Error::NotThere) => continue,
                Err(error) => {
                    self.fail(seen.clone(), Doing::Search, error, None).await?;
                    return Ok(true);
                }
            };
            if !people.is_empty() {
                continue;
            }
            let step = match double.status {
                AppStatus::Active => Step::Deactivate,
                AppStatus::Inactive => Step::Delete,
            };
            let mut seen = seen.clone();
            match self.portal.reserve(&step, seen.priority(), now_fn()) {
                Reserve::At(until) => {
                    seen.tile.due_at = Some(until);
                    self.commit(seen.record()).await?;
                }
                Reserve::Now(ticket) => {
                    let tile = TileRef { app: Some(&double.id), url };
                    let (done, request) =
                        trace::of(self.portal.apply(ticket, tile, &step, &now_fn)).await;
                    if let Err(error) = done {
                        self.fail(seen, Doing::Search, error, request).await?;
                        return Ok(true);
                    }
                    let entry = Entry {
                        step: format!("{step} {}, a double", double.id),
                        result: "done",
                        request_id: request,
                        detail: None,
                    };
                    self.commit(seen.record().with_entry(entry)).await?;
                }
            }
            return Ok(true);
        }
        Ok(false)
    }
}

/// When the next scan may begin: at once after the create, and late enough after a scan that found nothing. The create lies ahead
/// where another clock was asked then, or this one was set back.
fn may_scan_at(tile: &Tile) -> Option<Timestamp> {
    let Some(scanned_at) = tile.scanned_at else { return tile.sent_at };
    let after_create = tile.sent_at.map(|sent| sent + AFTER_CREATE);
    Some((scanned_at + BETWEEN_SCANS).max(after_create.unwrap_or(scanned_at)))
}

fn nothing_found(mut seen: Seen, now: Timestamp) -> Seen {
    if seen.tile.scanned_at.is_none() {
        seen.tile.scanned_at = Some(now);
        seen.tile.due_at = may_scan_at(&seen.tile);
    } else {
        // Twice nothing, late enough: there is no app.
        seen.tile.phase = Phase::New;
        seen.tile.scanned_at = None;
        seen.in_flight = None;
    }
    seen
}

/// The app is recorded first; who is assigned to it is read before anything is built on it.
fn adopt(seen: &mut Seen, app: &App) {
    seen.forget_mirror();
    seen.tile.app_id = Some(app.id.0.clone());
    seen.tile.phase = Phase::Live;
    seen.tile.scanned_at = None;
    seen.in_flight = None;
    seen.set_confirmed(Confirmed::Nothing);
    seen.end_silence();
}
