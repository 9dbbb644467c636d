//! What holds every tile up at once: the portal refuses the whole connection.

use super::{PortalStatus, Problem, Progress};

/// The problem of a tile whose steps wait for an admin to put the connection right (C6).
pub(super) fn problem(portal: Option<PortalStatus>, progress: &Progress) -> Option<Problem> {
    let waits = matches!(progress, Progress::Syncing { .. });
    (waits && portal == Some(PortalStatus::Update)).then(|| Problem {
        code: "portal_refused".into(),
        message: "Okta does not let Keytile in just now. It goes on as soon as an admin has put that right.".into(),
        request_id: None,
        retry_at: None,
    })
}
