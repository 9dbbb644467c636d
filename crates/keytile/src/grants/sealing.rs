//! What leaves for a device: a context that both sides know, secrets sealed to the device under it, and the workspace's
//! signature over both (docs/automated-login.md).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::GrantId;
use seal::grant::SigningKey;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::key;
use crate::accounts::code::Code;
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::devices::Device;
use crate::devices::refused::Refused;
use crate::error::Result;

/// A login.
pub(super) const GRANT: &str = "login-grant/v1";
/// A verification code amid a login.
pub(super) const CODE: &str = "login-code/v1";
/// What an Owner copies.
pub(super) const COPY: &str = "login-copy/v1";

/// Enough for a name, a password and a recipe: growing later would leave copies of the secret in freed memory.
const ROOM: usize = 32 * 1024;

/// As it goes over the wire.
#[derive(Debug, Serialize)]
pub struct Sealed {
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<GrantId>,
    kem: &'static str,
    encapsulated_key: String,
    ciphertext: String,
    context: String,
    signature: String,
}

/// What is sealed.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Secrets<'s> {
    /// A login.
    Login { username: &'s str, password: Option<&'s str>, recipe: Option<&'s Value> },
    /// A password alone.
    Password { password: &'s str },
    /// A verification code, and for how long it is the right one.
    Code { code: &'s str, valid_for_ms: i64 },
}

impl<'s> Secrets<'s> {
    pub(super) fn code(code: &'s Code) -> Self {
        Self::Code { code: code.text.expose(), valid_for_ms: code.valid_for_ms }
    }
}

/// The workspace's key, ready to sign.
pub(super) struct Vault(SigningKey);

impl Vault {
    pub(super) async fn open(app: &App, tx: &mut Tx, by: &mut By) -> Result<Self> {
        Ok(Self(key::signing_key(app, tx, by).await?))
    }

    /// Seals and signs.
    pub(super) fn seal(
        &self,
        by: &mut By,
        device: &Device,
        grant: Option<GrantId>,
        purpose: &'static str,
        context: &Value,
        secrets: &Secrets<'_>,
    ) -> std::result::Result<Sealed, Refused> {
        let mut plaintext = Zeroizing::new(Vec::with_capacity(ROOM));
        serde_json::to_writer(&mut *plaintext, secrets).map_err(|error| {
            tracing::error!(%error, "could not write what is to be sealed");
            Refused::Broken
        })?;
        let context = json!(context).to_string();
        let key = &device.sealing_key;
        let sealed = key.seal(purpose.as_bytes(), context.as_bytes(), &plaintext, &mut by.rng)?;
        let encapsulated_key = URL_SAFE_NO_PAD.encode(sealed.encapsulated_key);
        let ciphertext = URL_SAFE_NO_PAD.encode(sealed.ciphertext);
        let signed = format!("{purpose}\n{encapsulated_key}\n{ciphertext}\n{context}");
        let signature = URL_SAFE_NO_PAD.encode(self.0.sign(signed.as_bytes()));
        Ok(Sealed {
            grant,
            kem: key.kind().code(),
            encapsulated_key,
            ciphertext,
            context,
            signature,
        })
    }
}
