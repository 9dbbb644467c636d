//! Looking through all bookmarks of the org, over several windows of the limit if need be.
//!
//! Only the list can find an app by its URL: Okta searches neither notes nor settings.

use super::client::OktaPortal;
use super::http::Call;
use super::pages::Pages;
use super::wire::WireApp;
use crate::{App, Clock, Error, Priority, Ticket};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Inactive apps have to be asked for; 200 is the largest page.
const FIRST_PAGE: &str =
    "/api/v1/apps?filter=name+eq+%22bookmark%22&includeNonDeleted=true&limit=200";

/// Long enough for 300 pages at Okta's narrowest limit, and short enough to call one look.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(30);

/// Scans that were throttled half-way, by what they look for.
///
/// A large org has more pages than a window has calls, so without this no scan would ever end.
/// A scan goes on only for the same purpose: its first pages are as old as that purpose's first
/// call, never older.
#[derive(Debug, Default)]
pub(super) struct Scans(Mutex<BTreeMap<String, Scan>>);

#[derive(Debug)]
struct Scan {
    begun_at: Timestamp,
    pages: Pages,
    found: Vec<App>,
}

impl Scans {
    fn take_up(&self, purpose: &str, now: Timestamp) -> Scan {
        let mut scans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        scans.retain(|_, scan| now < scan.begun_at + KEPT_FOR);
        scans.remove(purpose).unwrap_or_else(|| Scan {
            begun_at: now,
            pages: Pages::new(FIRST_PAGE.to_owned()),
            found: Vec::new(),
        })
    }

    fn put_aside(&self, purpose: &str, scan: Scan) {
        let mut scans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        scans.insert(purpose.to_owned(), scan);
    }
}

impl OktaPortal {
    /// All bookmarks with a URL that `wanted` accepts, active or not.
    pub(super) async fn scan(
        &self,
        ticket: &mut Ticket,
        purpose: &str,
        wanted: &(dyn Fn(&str) -> bool + Sync),
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<App>, Error> {
        let mut scan = self.scans.take_up(purpose, now_fn());
        while let Some(path) = scan.pages.next() {
            let call = Call::get(path, "list apps");
            let answer = match self.room(ticket, &call, priority, now_fn()) {
                Ok(mut slot) => self.http.send(&mut slot, &call, now_fn).await,
                Err(no_room) => Err(no_room),
            };
            let answer = match answer {
                Err(throttled @ Error::Throttled { .. }) => {
                    self.scans.put_aside(purpose, scan);
                    return Err(throttled);
                }
                other => other?,
            };
            for item in scan.pages.read(&answer, &call, self.http.domain())? {
                let app: WireApp =
                    serde_json::from_value(item).map_err(|error| Error::Unavailable {
                        detail: format!("GET {}: {error}", call.path),
                        unknown_outcome: false,
                    })?;
                if app.is_bookmark() && !app.is_deleted() && wanted(app.url()) {
                    scan.found.push(app.into_app());
                }
            }
        }
        Ok(scan.found)
    }
}
