//! What became of a login, told by the extension: it ends the grant and stays in the history.

use model::GrantId;

use super::store;
use crate::accounts::login;
use crate::actor::By;
use crate::app::App;
use crate::devices::refused::Refused;
use crate::devices::{self, Device};
use crate::error::Error;

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What became of a login.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Outcome {
            $($(#[$doc])* $name,)*
        }

        impl Outcome {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As the protocol and the database write it.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

outcomes! {
    /// The person is in.
    LoggedIn = "logged_in";
    /// The site refused the password.
    Rejected = "rejected";
    /// The site says that the account is locked.
    Locked = "locked";
    /// The site wants to see that somebody is human.
    Captcha = "captcha";
    /// The site asks for a passkey.
    PasskeyPrompt = "passkey_prompt";
    /// The site has sent a code elsewhere.
    CodeElsewhere = "code_elsewhere";
    /// The site wants a code, and there is no seed.
    CodeMissing = "code_missing";
    /// The site refused the code.
    CodeRejected = "code_rejected";
    /// The site asks a question.
    Question = "question";
    /// The site shows a step that nobody knows.
    UnknownStep = "unknown_step";
    /// No form appeared.
    NoForm = "no_form";
    /// The site went to an address that is not the account's.
    LeftOrigins = "left_origins";
    /// The site did not answer.
    SiteDown = "site_down";
    /// The person may not use the account any more.
    NoAccess = "no_access";
    /// The grant ran out.
    Expired = "expired";
    /// The person stopped it.
    Cancelled = "cancelled";
    /// The extension may not read the site.
    NoPermission = "no_permission";
    /// The browser was closed.
    Interrupted = "interrupted";
}

impl Outcome {
    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.code() == code)
    }

    /// Whether the login goes on once its person has acted.
    pub fn hands_over(self) -> bool {
        matches!(
            self,
            Self::Captcha
                | Self::PasskeyPrompt
                | Self::CodeElsewhere
                | Self::Question
                | Self::UnknownStep
        )
    }
}

/// What the extension tells of the end of a login.
pub struct Told {
    /// What became of it.
    pub outcome: Outcome,
    /// The origin at which it ended.
    pub origin: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}

/// Ends a grant. Told again, it changes nothing; told late, it still counts, for the browser may have been closed in
/// between, and so may the session.
pub async fn end(app: &App, device: &Device, id: GrantId, told: Told) -> Result<(), Refused> {
    let (device, mut by) = (device.clone(), By::member(app, &device.actor));
    app.db
        .write(by.workspace, move |tx| {
            Box::pin(async move {
                let device = devices::present(tx, device.id, by.now).await?;
                let grant = store::find(tx, by.workspace, device.id, id).await?;
                let grant = grant.ok_or(Refused::NotFound)?;
                let is_first = store::end(tx, &by, id, &told).await?;
                if !is_first || told.outcome != Outcome::Rejected {
                    return Ok(());
                }
                // Whoever has no access any more has no say in what the account's Owners are told.
                match login::check(tx, &device.actor, grant.account).await {
                    Ok(()) => login::rejected(tx, &mut by, grant.account).await?,
                    Err(Error::NotFound | Error::Forbidden(_)) => {}
                    Err(error) => return Err(error.into()),
                }
                Ok(())
            })
        })
        .await
}
