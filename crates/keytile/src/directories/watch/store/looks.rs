//! SQL of people who are to be looked at, because the directory says that something happened.

use model::{DirectoryId, Timestamp};

use crate::actor::By;
use crate::db::{Result, Tx};
use crate::values;

/// Leaves somebody to be looked at, if they are one of ours. Answers whether they are.
pub(in crate::directories::watch) async fn want_look(
    tx: &mut Tx,
    by: &By,
    directory: DirectoryId,
    external_id: &str,
    published: Timestamp,
) -> Result<bool> {
    let put = tx
        .execute(
            "INSERT INTO directory_look (directory_id, workspace_id, external_id, published_at, due_at)
             SELECT $1, $2, $3, $4, $5
             WHERE EXISTS (SELECT 1 FROM identity i JOIN member m ON m.id = i.member_id
                           WHERE i.directory_id = $1 AND i.external_id = $3 AND i.ended_at IS NULL
                             AND m.removed_at IS NULL)
             ON CONFLICT (directory_id, external_id) DO UPDATE SET asked = directory_look.asked + 1,
                 due_at = CASE WHEN directory_look.due_at < excluded.due_at THEN directory_look.due_at
                          ELSE excluded.due_at END",
            values![directory, by.workspace, external_id, published, by.now],
        )
        .await?;
    Ok(put > 0)
}

/// Who is to be looked at by now, the earliest event first, and how often it was asked for.
pub(in crate::directories::watch) async fn looks(
    tx: &mut Tx,
    directory: DirectoryId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(String, i64)>> {
    let rows = tx
        .all(
            "SELECT external_id, asked FROM directory_look
             WHERE directory_id = $1 AND due_at <= $2 ORDER BY published_at, external_id LIMIT $3",
            values![directory, now, limit],
        )
        .await?;
    rows.iter().map(|row| Ok((row.text("external_id")?, row.int("asked")?))).collect()
}

/// Somebody has been looked at; whoever was asked for again meanwhile is looked at once more.
pub(in crate::directories::watch) async fn looked(
    tx: &mut Tx,
    directory: DirectoryId,
    external_id: &str,
    asked: i64,
) -> Result<()> {
    tx.execute(
        "DELETE FROM directory_look WHERE directory_id = $1 AND external_id = $2 AND asked = $3",
        values![directory, external_id, asked],
    )
    .await?;
    Ok(())
}

/// A look at somebody that could not tell comes again.
pub(in crate::directories::watch) async fn look_again(
    tx: &mut Tx,
    directory: DirectoryId,
    external_id: &str,
    at: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE directory_look SET due_at = $3 WHERE directory_id = $1 AND external_id = $2",
        values![directory, external_id, at],
    )
    .await?;
    Ok(())
}

/// Looks that came to nothing come again.
pub(in crate::directories::watch) async fn look_later(
    tx: &mut Tx,
    directory: DirectoryId,
    now: Timestamp,
    at: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE directory_look SET due_at = $3 WHERE directory_id = $1 AND due_at <= $2",
        values![directory, now, at],
    )
    .await?;
    Ok(())
}
