//! An account's secrets: sealed when written, opened by one named use-case, and each opening is on record.

use model::access::{Action, Actor, permit};
use model::secret::Secret;
use model::{AccountId, DataKeyId};

use super::store::{self, Sealed};
use super::{Draft, Valid, code};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::unusual;
use crate::keys::Field;
use crate::sharing::on_account;

/// An account's secrets, in the clear: for its Owner alone.
pub struct Revealed {
    /// The password, where there is one.
    pub password: Option<Secret<String>>,
}

/// Shows an account's password to its Owner. The record is stored before the password leaves (promise 3).
pub async fn reveal(app: &App, actor: &Actor, id: AccountId) -> Result<Revealed> {
    let (app2, actor, mut by) = (app.clone(), *actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let id = permit(&actor, Action::RevealPassword, on_account(tx, &actor, id).await?)?
                    .account();
                let (_, sealed) =
                    store::find_sealed(tx, &actor, id).await?.ok_or(Error::NotFound)?;
                activity::record(tx, &mut by, Event::new("account.password_revealed").account(id))
                    .await?;
                unusual::watch(tx, &mut by, actor.member).await?;
                let Some(bytes) = &sealed.password else { return Ok(Revealed { password: None }) };
                let field = field(id, "password", sealed.password_version);
                let text =
                    app2.keys.open_text(tx, actor.workspace, sealed.key, field, bytes).await?;
                Ok(Revealed { password: Some(Secret::new(text)) })
            })
        })
        .await
}

/// Ciphertexts of a new account.
pub(super) struct NewSealed {
    pub(super) password: Option<Vec<u8>>,
    pub(super) totp: Option<Vec<u8>>,
    pub(super) notes: Option<Vec<u8>>,
}

pub(super) async fn seal_new(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    id: AccountId,
    key: DataKeyId,
    valid: &Valid,
) -> Result<NewSealed> {
    Ok(NewSealed {
        password: seal_one(app, tx, by, key, field(id, "password", 1), valid.password.as_ref())
            .await?,
        totp: seal_one(app, tx, by, key, field(id, "totp", 1), valid.totp.as_ref()).await?,
        notes: seal_one(app, tx, by, key, field(id, "notes", 1), valid.notes.as_ref()).await?,
    })
}

/// Seals and stores what the draft changes, and answers which secrets changed.
pub(super) async fn replace(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    id: AccountId,
    present: &Sealed,
    valid: &Valid,
) -> Result<Vec<&'static str>> {
    let mut changed = Vec::new();
    if valid.password.is_some() {
        let version = present.password_version + 1;
        let bytes = seal_one(
            app,
            tx,
            by,
            present.key,
            field(id, "password", version),
            valid.password.as_ref(),
        )
        .await?;
        store::set_password(tx, by, id, bytes, version).await?;
        changed.push("password");
    }
    if valid.totp.is_some() {
        let version = present.totp_version + 1;
        let bytes =
            seal_one(app, tx, by, present.key, field(id, "totp", version), valid.totp.as_ref())
                .await?;
        store::set_totp(tx, by, id, bytes, version).await?;
        changed.push("totp");
    }
    if valid.notes.is_some() {
        let version = present.notes_version + 1;
        let bytes =
            seal_one(app, tx, by, present.key, field(id, "notes", version), valid.notes.as_ref())
                .await?;
        store::set_notes(tx, by, id, bytes, version).await?;
        changed.push("notes");
    }
    Ok(changed)
}

async fn seal_one(
    app: &App,
    tx: &mut Tx,
    by: &mut By,
    key: DataKeyId,
    field: Field,
    secret: Option<&Secret<String>>,
) -> Result<Option<Vec<u8>>> {
    match secret.map(Secret::expose) {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => Ok(Some(app.keys.seal(tx, by, key, field, text.as_bytes()).await?)),
    }
}

pub(super) async fn open_notes(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: AccountId,
    sealed: &Sealed,
) -> Result<Option<String>> {
    let Some(bytes) = &sealed.notes else { return Ok(None) };
    let field = field(id, "notes", sealed.notes_version);
    Ok(Some(app.keys.open_text(tx, actor.workspace, sealed.key, field, bytes).await?))
}

pub(super) fn field(id: AccountId, name: &'static str, version: i64) -> Field {
    Field { item: id.uuid(), name, version }
}

pub(super) fn check(
    name: &'static str,
    secret: Option<&Secret<String>>,
    most: usize,
) -> Result<()> {
    let long = secret.is_some_and(|s| s.expose().chars().count() > most);
    if long {
        return Err(Error::invalid(name, format!("At most {most} characters can be stored here.")));
    }
    Ok(())
}

/// Accepts what sites and other password managers print: Base32 with spaces, or an `otpauth://totp/…` link.
pub(super) fn parse_totp(secret: Option<Secret<String>>) -> Result<Option<Secret<String>>> {
    let Some(secret) = secret else { return Ok(None) };
    let text = secret.expose().trim();
    if text.is_empty() {
        return Ok(Some(Secret::new(String::new())));
    }
    let wrong = || {
        Error::invalid(
            "totp",
            "Paste the set-up key that the site shows (letters A-Z and digits 2-7), or its otpauth:// link.",
        )
    };
    if text.starts_with("otpauth://") {
        let url = url::Url::parse(text).map_err(|_| wrong())?;
        let seed = url.query_pairs().find(|(k, _)| k == "secret").map(|(_, v)| v.into_owned());
        base32(&seed.unwrap_or_default()).ok_or_else(wrong)?;
        if !code::is_seed(text) {
            return Err(Error::invalid(
                "totp",
                "Its codes are of a kind that can't be made here. Time-based ones can, of 6 to 8 digits by SHA-1, SHA-256 or \
                 SHA-512, each good for 10 to 120 seconds.",
            ));
        }
        return Ok(Some(Secret::new(text.to_string())));
    }
    Ok(Some(Secret::new(base32(text).ok_or_else(wrong)?)))
}

fn base32(text: &str) -> Option<String> {
    let seed: String =
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '=')).collect::<String>().to_uppercase();
    let sound = seed.len() >= 16 && seed.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'));
    sound.then_some(seed)
}

impl Draft {
    /// Sets the password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.password = Some(Secret::new(password.to_string()));
        self
    }
}
