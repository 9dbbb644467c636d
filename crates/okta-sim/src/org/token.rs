//! API tokens (SSWS): each belongs to a user and can do what that user's role allows.

use jiff::{SignedDuration, Timestamp};

use super::{ApiError, ApiResult, Org, Permissions, Resource};

/// A token ends when it was not used for this long: `tokenWindow` `P30D` (recording 51).
pub const IDLE_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Debug, Clone)]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    /// What stands after `SSWS` in the Authorization header.
    pub value: String,
    /// Whose rights it has; empty for tokens of an org that was set up without people.
    pub user_id: String,
    pub permissions: Permissions,
    /// Admin roles of the owner, as `/users/{id}/roles` names them: `SUPER_ADMIN`, `APP_ADMIN`.
    pub roles: Vec<String>,
    /// It is bound to network zones, and no caller is in one of them.
    pub outside_of_its_zone: bool,
    pub created: Timestamp,
    /// Counts from here when the token ends because nobody uses it.
    pub last_used: Timestamp,
    pub revoked: bool,
}

impl Org {
    /// Makes a token known, with all rights and the role of a super admin.
    pub fn add_token(&mut self, name: &str, value: &str, user_id: &str) -> String {
        let id = self.next_id("00T");
        let token = ApiToken {
            id: id.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
            user_id: user_id.to_owned(),
            permissions: Permissions::Full,
            roles: vec!["SUPER_ADMIN".to_owned()],
            outside_of_its_zone: false,
            created: self.now(),
            last_used: self.now(),
            revoked: false,
        };
        self.tokens.insert(id.clone(), token);
        self.write_event("system.api_token.create", vec![self.token_target(&id)]);
        id
    }

    /// The token with this value. Revoked ones, those of deactivated owners, and where the org is
    /// set up so, those that nobody used for long, are not valid.
    pub fn valid_token(&self, value: &str) -> ApiResult<&ApiToken> {
        self.tokens
            .values()
            .find(|token| token.value == value && self.works(token))
            .ok_or_else(ApiError::invalid_token)
    }

    /// The token with this id, to be changed.
    pub fn token_mut(&mut self, id: &str) -> ApiResult<&mut ApiToken> {
        self.tokens.get_mut(id).ok_or_else(|| ApiError::not_found(id, Resource::Token))
    }

    /// Ends a token.
    pub fn revoke_token(&mut self, id: &str) -> ApiResult<()> {
        if !self.token_mut(id)?.revoked {
            self.write_event("system.api_token.revoke", vec![self.token_target(id)]);
        }
        self.token_mut(id)?.revoked = true;
        Ok(())
    }

    /// Notes that a token is used now.
    pub(crate) fn touch_token(&mut self, id: &str) {
        let now = self.now();
        if let Some(token) = self.tokens.get_mut(id) {
            token.last_used = now;
        }
    }

    fn works(&self, token: &ApiToken) -> bool {
        let idle_for = self.now().duration_since(token.last_used);
        let is_idle = self.settings.idle_tokens_end && idle_for >= IDLE_FOR;
        !token.revoked && !is_idle && self.owner_works(token)
    }

    fn owner_works(&self, token: &ApiToken) -> bool {
        use super::UserStatus::{Active, Provisioned};
        token.user_id.is_empty()
            || self
                .users
                .get(&token.user_id)
                .is_some_and(|user| matches!(user.status, Active | Provisioned))
    }
}
