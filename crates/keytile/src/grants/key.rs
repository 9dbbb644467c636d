//! The key with which a workspace signs: made at the first use, stored sealed under its data key.

use seal::grant::SigningKey;

use super::store;
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::keys::Field;

/// The workspace's key.
pub async fn signing_key(app: &App, tx: &mut Tx, by: &mut By) -> Result<SigningKey> {
    let field = Field { item: by.workspace.uuid(), name: "grant_key", version: 1 };
    if let Some((key, sealed)) = store::grant_key(tx, by.workspace).await? {
        let scalar = app.keys.open(tx, by.workspace, key, field, &sealed).await?;
        return Ok(SigningKey::from_scalar(&scalar)?);
    }
    let scalar = SigningKey::generate(&mut by.rng);
    let key = app.keys.current(tx, by).await?;
    let sealed = app.keys.seal(tx, by, key, field, &*scalar).await?;
    store::insert_grant_key(tx, by, key, sealed).await?;
    Ok(SigningKey::from_scalar(&*scalar)?)
}
