//! Copying by hand, from the popup: for Owners alone, and on record like looking at a password.

use jiff::SignedDuration;
use model::AccountId;
use model::access::Action;
use serde_json::json;

use super::sealing::{COPY, Sealed, Secrets, Vault};
use crate::accounts::login;
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::devices::refused::Refused;
use crate::devices::{self, Device};
use crate::error::Error;

/// How long the extension may use what it got.
const LASTS: SignedDuration = SignedDuration::from_secs(60);

/// What is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The password.
    Password,
    /// The verification code of this moment.
    Code,
}

impl What {
    /// As the protocol writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Password, Self::Code].into_iter().find(|what| what.code() == code)
    }
}

/// Gives an Owner the password or the code of an account, sealed to their device.
pub async fn copy(
    app: &App,
    device: &Device,
    account: AccountId,
    what: What,
) -> Result<Sealed, Refused> {
    let (app2, device, mut by) = (app.clone(), device.clone(), By::member(app, &device.actor));
    app.db
        .write(by.workspace, move |tx| {
            Box::pin(async move {
                let device = devices::present(tx, device.id, by.now).await?;
                device.require_session(by.now)?;
                device.require_ready()?;
                let (actor, now) = (&device.actor, by.now);
                let context = json!({
                    "v": COPY,
                    "server": app2.config.origin(),
                    "member": actor.member,
                    "account": account,
                    "device": device.id,
                    "expires_at": (now + LASTS).as_millisecond(),
                    "what": what.code(),
                });
                let vault = Vault::open(&app2, tx, &mut by).await?;
                let detail = json!({ "device": device.id, "name": device.name });
                let (event, sealed) = match what {
                    What::Password => {
                        let password = login::password(&app2, tx, actor, account).await;
                        let password = password.map_err(hidden)?.ok_or(Refused::NoPassword)?;
                        let secrets = Secrets::Password { password: password.expose() };
                        let sealed =
                            vault.seal(&mut by, &device, None, COPY, &context, &secrets)?;
                        (Event::new("account.password_revealed"), sealed)
                    }
                    What::Code => {
                        let action = Action::RevealPassword;
                        let code = login::code(&app2, tx, actor, account, action, now).await;
                        let code = code.map_err(hidden)?.ok_or(Refused::NoCode)?;
                        let secrets = Secrets::code(&code);
                        let sealed =
                            vault.seal(&mut by, &device, None, COPY, &context, &secrets)?;
                        (Event::new("account.code_revealed"), sealed)
                    }
                };
                activity::record(tx, &mut by, event.account(account).detail(detail)).await?;
                super::unusual::watch(tx, &mut by, device.actor.member).await?;
                Ok(sealed)
            })
        })
        .await
}

/// Who does not reach the account has no access; a Collaborator has, and may not copy.
fn hidden(error: Error) -> Refused {
    match error {
        Error::NotFound => Refused::NoAccess,
        other => other.into(),
    }
}
