//! The steps of a user's life (Okta, "User lifecycle"): which step is allowed from where, and what
//! it does to the person's apps.

use super::{ApiError, ApiResult, Change, Org};

/// Where a user stands. Okta has more; these are the ones that the simulation can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    Staged,
    Provisioned,
    Active,
    Suspended,
    Deprovisioned,
}

impl UserStatus {
    pub const ALL: [Self; 5] =
        [Self::Staged, Self::Provisioned, Self::Active, Self::Suspended, Self::Deprovisioned];

    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }
}

impl Org {
    /// Activates somebody who is staged or deprovisioned. Their groups' apps come back; direct
    /// assignments that a deactivation dropped do not.
    pub fn activate_user(&mut self, id: &str) -> ApiResult<()> {
        match self.user(id)?.status {
            UserStatus::Staged | UserStatus::Deprovisioned => {}
            UserStatus::Active => return Err(ApiError::already_active()),
            UserStatus::Provisioned | UserStatus::Suspended => {
                return Err(ApiError::wrong_user_status());
            }
        }
        let now = self.now();
        let user = self.user_mut(id)?;
        user.activated = Some(now);
        let has_password = user.password.is_some();
        let next = if has_password { UserStatus::Active } else { UserStatus::Provisioned };
        self.enter(id, next, "user.lifecycle.activate")?;
        self.reconcile_user(id);
        Ok(())
    }

    /// Restarts the activation of somebody who has not finished it.
    pub fn reactivate_user(&mut self, id: &str) -> ApiResult<()> {
        match self.user(id)?.status {
            UserStatus::Provisioned => {
                self.enter(id, UserStatus::Provisioned, "user.lifecycle.reactivate")
            }
            UserStatus::Staged
            | UserStatus::Active
            | UserStatus::Suspended
            | UserStatus::Deprovisioned => Err(ApiError::wrong_user_status()),
        }
    }

    /// Deprovisions somebody: every app is taken from them, for good ("cannot be recovered").
    /// Says which status they had before. Repeating it is harmless.
    pub fn deactivate_user(&mut self, id: &str) -> ApiResult<UserStatus> {
        let before = self.user(id)?.status;
        if before == UserStatus::Deprovisioned {
            return Ok(before);
        }
        self.drop_all_apps_of(id);
        self.enter(id, UserStatus::Deprovisioned, "user.lifecycle.deactivate")?;
        Ok(before)
    }

    /// Suspends an active person. Groups and apps stay theirs.
    pub fn suspend_user(&mut self, id: &str) -> ApiResult<()> {
        match self.user(id)?.status {
            UserStatus::Active => self.enter(id, UserStatus::Suspended, "user.lifecycle.suspend"),
            UserStatus::Staged
            | UserStatus::Provisioned
            | UserStatus::Suspended
            | UserStatus::Deprovisioned => {
                let cause = "Cannot suspend a user that is not active";
                Err(ApiError::validation("suspendUser", cause))
            }
        }
    }

    /// Lets a suspended person back in.
    pub fn unsuspend_user(&mut self, id: &str) -> ApiResult<()> {
        match self.user(id)?.status {
            UserStatus::Suspended => self.enter(id, UserStatus::Active, "user.lifecycle.unsuspend"),
            UserStatus::Staged
            | UserStatus::Provisioned
            | UserStatus::Active
            | UserStatus::Deprovisioned => {
                let cause = "Cannot unsuspend a user that is not suspended";
                Err(ApiError::validation("unsuspendUser", cause))
            }
        }
    }

    /// The first call deactivates, the second deletes (Users API, "Delete a user").
    pub fn delete_user(&mut self, id: &str) -> ApiResult<()> {
        if self.user(id)?.status != UserStatus::Deprovisioned {
            return self.deactivate_user(id).map(|_| ());
        }
        self.record(Change::UserDeleted { user: id.to_owned() });
        for group in self.groups.values_mut() {
            group.members.remove(id);
        }
        self.users.remove(id);
        for token in self.tokens.values_mut().filter(|token| token.user_id == id) {
            token.revoked = true;
        }
        Ok(())
    }

    fn enter(&mut self, id: &str, status: UserStatus, step: &'static str) -> ApiResult<()> {
        let now = self.now();
        let user = self.user_mut(id)?;
        user.status = status;
        user.status_changed = Some(now);
        user.last_updated = now;
        self.record_as(step, Change::UserStatusChanged { user: id.to_owned() });
        Ok(())
    }
}
