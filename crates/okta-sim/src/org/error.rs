//! Okta's refusals, with the codes and texts of its error catalogue
//! (<https://developer.okta.com/docs/reference/error-codes/>). `api` turns them into answers.

/// The kind of thing that was not found, as Okta names it in the text of E0000007.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    AppInstance,
    AppUser,
    AppGroup,
    User,
    UserGroup,
    Token,
    EventHook,
    Stream,
    GroupPush,
}

impl Resource {
    fn name(self) -> &'static str {
        match self {
            Self::AppInstance => "AppInstance",
            Self::AppUser => "AppUser",
            Self::AppGroup => "GroupAssignment",
            Self::User => "User",
            Self::UserGroup => "UserGroup",
            Self::Token => "Token",
            Self::EventHook => "EventHook",
            Self::Stream => "SsfStream",
            Self::GroupPush => "GroupPushMapping",
        }
    }
}

/// One refusal. Only `code` is stable for clients (Okta, "Error codes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    pub status: u16,
    pub code: &'static str,
    pub summary: String,
    pub causes: Vec<String>,
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    fn new(status: u16, code: &'static str, summary: impl Into<String>) -> Self {
        Self { status, code, summary: summary.into(), causes: Vec::new() }
    }

    #[must_use]
    fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// E0000001: `what` is the field or the object that did not pass.
    pub fn validation(what: &str, cause: impl Into<String>) -> Self {
        Self::new(400, "E0000001", format!("Api validation failed: {what}")).because(cause)
    }

    /// E0000003: the body is not JSON, or not of the expected shape.
    pub fn malformed_body() -> Self {
        Self::new(400, "E0000003", "The request body was not well-formed.")
    }

    /// E0000004: a login or password that does not fit.
    pub fn authentication_failed() -> Self {
        Self::new(401, "E0000004", "Authentication failed")
    }

    /// E0000006: the token is valid but its owner's role does not allow this.
    pub fn forbidden() -> Self {
        Self::new(403, "E0000006", "You do not have permission to perform the requested action")
    }

    /// A token that is used from outside of its network zones. Okta's catalogue has no code for
    /// it: the code is that of every other 403, the text that of `/oauth2/v1/token`; neither is
    /// verified for calls of the API.
    pub fn outside_of_zone() -> Self {
        Self::forbidden()
            .because("The request is made from outside the client's permitted network zones.")
    }

    /// E0000007 for one of the org's things.
    pub fn not_found(id: &str, resource: Resource) -> Self {
        let kind = resource.name();
        Self::new(404, "E0000007", format!("Not found: Resource not found: {id} ({kind})"))
    }

    /// E0000022: the path exists, the method does not. Okta also gives it for unknown paths.
    pub fn unsupported_method() -> Self {
        Self::new(405, "E0000022", "The endpoint does not support the provided HTTP method")
    }

    /// E0000239: Okta is busy with itself (recording 58).
    pub fn reconciling() -> Self {
        let summary = "Policy priorities are being reconciled. Please try again later.";
        Self::new(423, "E0000239", summary)
    }

    /// E0000009: Okta's own fault.
    pub fn internal() -> Self {
        Self::new(500, "E0000009", "Internal Server Error")
    }

    /// E0000011: no token, an unknown one, or a revoked one.
    pub fn invalid_token() -> Self {
        Self::new(401, "E0000011", "Invalid token provided")
    }

    /// E0000016: activating somebody who already is active.
    pub fn already_active() -> Self {
        Self::new(403, "E0000016", "Activation failed because the user is already active")
    }

    /// E0000017: a password that cannot be reset in the user's status.
    pub fn password_reset_refused() -> Self {
        Self::new(403, "E0000017", "Password reset failed")
    }

    /// E0000032: unlocking somebody who is not locked out.
    pub fn unlock_refused() -> Self {
        Self::new(403, "E0000032", "Unlock is not allowed for this user.")
    }

    /// E0000024: replacing an inactive app of a kind that does not allow it.
    pub fn app_metadata_unsupported() -> Self {
        let summary = "Bad request. This operation on app metadata is not yet supported.";
        Self::new(400, "E0000024", summary)
            .because("This operation on app metadata is not yet supported: No active instances.")
    }

    /// E0000029: a cursor that this list did not hand out.
    pub fn invalid_cursor() -> Self {
        Self::new(400, "E0000029", "Invalid paging request.").because("Invalid cursor.")
    }

    /// E0000031: a `filter` or `search` that is not understood.
    pub fn invalid_search(cause: impl Into<String>) -> Self {
        Self::new(400, "E0000031", "Invalid search criteria.").because(cause)
    }

    /// E0000038: the user's status does not allow the step.
    pub fn wrong_user_status() -> Self {
        let summary = "This operation is not allowed in the user's current status.";
        Self::new(403, "E0000038", summary)
    }

    /// E0000046: a group still grants the app.
    pub fn group_still_grants() -> Self {
        Self::new(403, "E0000046", "Deactivate application for user forbidden.").because(
            "The application cannot be unassigned from the user while their group memberships \
             grant them access.",
        )
    }

    /// E0000047: the rate limit.
    pub fn rate_limited() -> Self {
        let summary = "API call exceeded rate limit due to too many requests.";
        Self::new(429, "E0000047", summary)
    }

    /// E0000056: the app is still active.
    pub fn app_still_active() -> Self {
        Self::new(403, "E0000056", "Delete application forbidden.")
            .because("The application must be deactivated before deletion.")
    }

    /// E0000062: the person is assigned already.
    pub fn already_assigned() -> Self {
        let summary = "The specified user is already assigned to the application.";
        Self::new(409, "E0000062", summary)
    }
}
