//! Who calls the management API. Handlers that only read take the `Caller`, those that change
//! something are `Acting`, so that the System Log names the caller.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::Sim;
use crate::mischief::Trick;
use crate::org::{Actor, ApiError, ApiResult, App, Org};
use crate::sim::OrgGuard;

/// Whose token it is.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) token_id: String,
    /// Empty for service apps, who are nobody.
    pub(super) user_id: String,
    pub(super) actor: Actor,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        parts.extensions.get().cloned().ok_or_else(ApiError::invalid_token)
    }
}

/// The org in the hands of a caller.
pub(super) struct Acting {
    pub(super) sim: Sim,
    pub(super) caller: Caller,
}

impl Acting {
    /// Keeps something new out of lists for a while, if chance has it.
    pub(super) fn delay_list(&self, org: &mut Org, id: &str, path: &str) {
        let trick = self.sim.trickster().list_lag(id, self.sim.now());
        if let Some(Trick::ListLag { until, .. }) = &trick {
            org.list_later(id, *until);
        }
        self.strike("POST", path, trick);
    }

    /// Keeps a new app from one of the replicas for a while, if chance has it.
    pub(super) fn delay_replica(&self, org: &mut Org, app: &str) {
        let trick = self.sim.trickster().stale_replica(app, self.sim.now());
        if let Some(Trick::StaleReplica { until, .. }) = &trick {
            org.replicate_later(app, *until);
        }
        self.strike("POST", "/api/v1/apps", trick);
    }

    /// Lets a deleted app reappear for a while, if chance has it.
    pub(super) fn leave_ghost(&self, org: &mut Org, app: App) {
        let path = format!("/api/v1/apps/{}", app.id);
        let trick = self.sim.trickster().reappearance(&app.id, self.sim.now());
        if let Some(Trick::Reappearance { from, until, .. }) = &trick {
            org.haunt(app, *from, *until);
        }
        self.strike("DELETE", &path, trick);
    }

    fn strike(&self, method: &str, path: &str, trick: Option<Trick>) {
        if let Some(trick) = trick {
            self.sim.strike(self.sim.now(), method, path, trick);
        }
    }

    /// The org, locked; what is done with it is done by the caller.
    pub(super) fn org(&self) -> OrgGuard<'_> {
        self.sim.org_as(self.caller.actor.clone())
    }
}

impl FromRequestParts<Sim> for Acting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sim: &Sim) -> ApiResult<Self> {
        let caller = Caller::from_request_parts(parts, sim).await?;
        Ok(Self { sim: sim.clone(), caller })
    }
}
