//! On whose behalf something happens: the person or the process, the instant, and the chance that it may use.

use model::access::Actor;
use model::{MemberId, Timestamp, WorkspaceId};
use rand::rngs::StdRng;

use crate::app::App;

/// Who changes something, and when. Handed to every write and named in every activity record.
pub struct By {
    /// The workspace that is changed.
    pub workspace: WorkspaceId,
    /// The person, where it is one.
    pub member: Option<MemberId>,
    /// `member`, `scim`, `system` or `cli`.
    pub kind: &'static str,
    /// The instant of the change.
    pub now: Timestamp,
    /// Where ids and nonces come from.
    pub rng: StdRng,
    /// Whether alerts go by mail too: the operator says, and a write must know what to leave behind.
    pub is_mailed: bool,
}

impl By {
    /// A signed-in member, or one who holds an API key.
    pub fn member(app: &App, actor: &Actor) -> Self {
        Self { member: Some(actor.member), ..Self::process(app, actor.workspace, "member") }
    }

    /// A process: `scim`, `system` or `cli`.
    pub fn process(app: &App, workspace: WorkspaceId, kind: &'static str) -> Self {
        let is_mailed = app.config.mailer().is_some();
        Self { workspace, member: None, kind, now: app.now(), rng: app.rng(), is_mailed }
    }
}
