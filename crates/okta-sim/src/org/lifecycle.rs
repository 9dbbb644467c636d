//! The steps of a user's life (Okta, "User lifecycle"): which step is allowed from where, and what
//! it does to the person's apps.

use super::{ApiError, ApiResult, Change, Org};

/// Where a user stands. The first four of them still have what they had, and so have those who
/// must do something about their password; only a suspension and a deprovisioning shut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    Staged,
    Provisioned,
    Active,
    /// Waits for the person to set a new password by a link.
    Recovery,
    PasswordExpired,
    /// Too many wrong passwords.
    LockedOut,
    Suspended,
    Deprovisioned,
}

impl UserStatus {
    pub const ALL: [Self; 8] = [
        Self::Staged,
        Self::Provisioned,
        Self::Active,
        Self::Recovery,
        Self::PasswordExpired,
        Self::LockedOut,
        Self::Suspended,
        Self::Deprovisioned,
    ];

    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Recovery => "RECOVERY",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }

    /// Whether a session that began earlier goes on. A lock-out and an expired password stand in
    /// the way of the next sign-in only.
    pub fn keeps_sessions(self) -> bool {
        match self {
            Self::Active | Self::Recovery | Self::PasswordExpired | Self::LockedOut => true,
            Self::Staged | Self::Provisioned | Self::Suspended | Self::Deprovisioned => false,
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
            UserStatus::Provisioned
            | UserStatus::Recovery
            | UserStatus::PasswordExpired
            | UserStatus::LockedOut
            | UserStatus::Suspended => return Err(ApiError::wrong_user_status()),
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

    /// Restarts the activation of somebody who has not finished it, or a recovery.
    pub fn reactivate_user(&mut self, id: &str) -> ApiResult<()> {
        match self.user(id)?.status {
            status @ (UserStatus::Provisioned | UserStatus::Recovery) => {
                self.enter(id, status, "user.lifecycle.reactivate")
            }
            UserStatus::Staged
            | UserStatus::Active
            | UserStatus::PasswordExpired
            | UserStatus::LockedOut
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
        self.shut_out(id, UserStatus::Deprovisioned, "user.lifecycle.deactivate")?;
        Ok(before)
    }

    /// Suspends an active person. Groups and apps stay theirs.
    pub fn suspend_user(&mut self, id: &str) -> ApiResult<()> {
        if self.user(id)?.status == UserStatus::Active {
            return self.shut_out(id, UserStatus::Suspended, "user.lifecycle.suspend");
        }
        let cause = "Cannot suspend a user that is not active";
        Err(ApiError::validation("suspendUser", cause))
    }

    /// Lets a suspended person back in.
    pub fn unsuspend_user(&mut self, id: &str) -> ApiResult<()> {
        if self.user(id)?.status == UserStatus::Suspended {
            return self.enter(id, UserStatus::Active, "user.lifecycle.unsuspend");
        }
        let cause = "Cannot unsuspend a user that is not suspended";
        Err(ApiError::validation("unsuspendUser", cause))
    }

    /// Locks an active person out, as too many wrong passwords do. Nobody can ask Okta for it.
    pub fn lock_user(&mut self, id: &str) -> ApiResult<()> {
        if self.user(id)?.status == UserStatus::Active {
            return self.enter(id, UserStatus::LockedOut, "user.account.lock");
        }
        Err(ApiError::wrong_user_status())
    }

    /// Lets somebody who is locked out try again.
    pub fn unlock_user(&mut self, id: &str) -> ApiResult<()> {
        if self.user(id)?.status == UserStatus::LockedOut {
            self.user_mut(id)?.wrong_passwords = 0;
            return self.enter(id, UserStatus::Active, "user.account.unlock_by_admin");
        }
        Err(ApiError::unlock_refused())
    }

    /// Makes an active person choose a new password at the next sign-in.
    pub fn expire_password(&mut self, id: &str) -> ApiResult<()> {
        if self.user(id)?.status == UserStatus::Active {
            return self.enter(id, UserStatus::PasswordExpired, "user.account.expire_password");
        }
        Err(ApiError::wrong_user_status())
    }

    /// Sends a link to set a new password; until then the old one is of no use.
    pub fn reset_password(&mut self, id: &str) -> ApiResult<()> {
        match self.user(id)?.status {
            UserStatus::Active
            | UserStatus::Provisioned
            | UserStatus::Recovery
            | UserStatus::PasswordExpired
            | UserStatus::LockedOut => {
                self.enter(id, UserStatus::Recovery, "user.account.reset_password")
            }
            UserStatus::Staged | UserStatus::Suspended | UserStatus::Deprovisioned => {
                Err(ApiError::password_reset_refused())
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

    /// A status that ends every session, also for the time after it.
    fn shut_out(&mut self, id: &str, status: UserStatus, step: &'static str) -> ApiResult<()> {
        let user = self.user_mut(id)?;
        user.sessions_ended += 1;
        user.tokens_ended += 1;
        self.enter(id, status, step)
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
