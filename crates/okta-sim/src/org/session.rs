//! Signing in, and what ends it. The org counts how often all sessions of a person were ended;
//! who holds one is known where the browser is met.

use super::{ApiError, ApiResult, Change, Org, UserStatus};

/// Okta's default: this many wrong passwords in a row lock a person out.
const WRONG_PASSWORDS: u32 = 10;

impl Org {
    /// Checks login and password as the sign-in page does. Only active people get in; an expired
    /// password is refused here, where Okta would ask for a new one.
    pub fn sign_in(&mut self, login: &str, password: &str) -> ApiResult<String> {
        let user = self.find_user(login).map_err(|_| ApiError::authentication_failed())?;
        let right = user.password.as_deref() == Some(password);
        let (id, status) = (user.id.clone(), user.status);
        if status != UserStatus::Active {
            return Err(ApiError::authentication_failed());
        }
        if !right {
            let user = self.user_mut(&id)?;
            user.wrong_passwords += 1;
            if user.wrong_passwords >= WRONG_PASSWORDS {
                self.lock_user(&id)?;
            }
            return Err(ApiError::authentication_failed());
        }
        let now = self.now();
        let user = self.user_mut(&id)?;
        user.last_login = Some(now);
        user.wrong_passwords = 0;
        self.write_event("user.session.start", vec![self.user_target(&id)]);
        Ok(id)
    }

    /// One session of a person is over: they signed out.
    pub fn end_session(&mut self, user: &str) {
        if self.users.contains_key(user) {
            self.record(Change::SessionEnded { user: user.to_owned() });
            self.signal_end_of_session(user, "The user signed out");
        }
    }

    /// Ends all sessions of a person, and with `tokens` what was issued to them ("Revoke all user
    /// sessions"). Sessions at apps go on: see [`Org::log_out_everywhere`].
    pub fn clear_sessions(&mut self, id: &str, tokens: bool) -> ApiResult<()> {
        let user = self.user_mut(id)?;
        user.sessions_ended += 1;
        user.tokens_ended += u32::from(tokens);
        let change = Change::SessionEnded { user: id.to_owned() };
        self.record_as("user.session.clear", change);
        self.write_event("user.session.end", vec![self.user_target(id)]);
        self.signal_end_of_session(id, "All sessions of the user were cleared");
        Ok(())
    }
}
