//! SQL of what an automated login needs of an account.

use model::AccountId;

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::members::store::contains;
use crate::values;

/// The addresses at this origin, as LIKE finds them.
pub(super) fn below(origin: &str) -> String {
    contains(&format!("{origin}/")).trim_start_matches('%').to_owned()
}

/// A JSON list that has this origin in it, as LIKE finds it.
pub(super) fn among(origin: &str) -> String {
    contains(&format!("\"{origin}\""))
}

/// The name of an account that was not flagged before, and is now.
pub(in crate::accounts) async fn set_rejected(
    tx: &mut Tx,
    by: &By,
    id: AccountId,
) -> Result<Option<String>> {
    let row = tx
        .optional(
            "UPDATE account SET password_rejected_at = $3
             WHERE workspace_id = $1 AND id = $2 AND password_rejected_at IS NULL
             RETURNING name",
            values![by.workspace, id, by.now],
        )
        .await?;
    row.map(|row| row.text("name")).transpose()
}

pub(in crate::accounts) async fn set_recipe(
    tx: &mut Tx,
    by: &By,
    id: AccountId,
    recipe: Option<String>,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET recipe = $3, version = version + 1, updated_at = $4 WHERE workspace_id = $1 AND id = $2",
        values![by.workspace, id, recipe, by.now],
    )
    .await?;
    Ok(())
}
