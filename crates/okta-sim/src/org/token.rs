//! API tokens (SSWS): each belongs to a user and can do what that user's role allows.

use jiff::Timestamp;

use super::{ApiError, ApiResult, Org, Permissions, Resource};

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
            revoked: false,
        };
        self.tokens.insert(id.clone(), token);
        self.write_event("system.api_token.create", vec![self.token_target(&id)]);
        id
    }

    /// The token with this value. Revoked ones and those of deactivated owners are not valid.
    pub fn valid_token(&self, value: &str) -> ApiResult<&ApiToken> {
        self.tokens
            .values()
            .find(|token| token.value == value && !token.revoked && self.owner_works(token))
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

    fn owner_works(&self, token: &ApiToken) -> bool {
        use super::UserStatus::{Active, Provisioned};
        token.user_id.is_empty()
            || self
                .users
                .get(&token.user_id)
                .is_some_and(|user| matches!(user.status, Active | Provisioned))
    }
}
