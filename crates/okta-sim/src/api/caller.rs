//! Who calls the management API. Handlers that only read take the `Caller`, those that change
//! something are `Acting`, so that the System Log names the caller.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::Sim;
use crate::org::{Actor, ApiError, ApiResult};
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
