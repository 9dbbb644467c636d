//! What SCIM clients sent lately and what they were answered, for the admin who looks for a fault. Requests are noted in
//! memory and stored a little later, many at once: a note must not cost more than its request.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use model::access::{Action, Actor, On, Target, permit};
use model::{DirectoryId, Timestamp, WorkspaceId};
use serde_json::Value;

use super::Client;
use super::store::log as store;
use crate::actor::By;
use crate::app::App;
use crate::error::Result;

/// So many requests are kept for each directory.
pub const KEPT: i64 = 1_000;
/// A longer body is not kept, and a longer path is cut.
const LONGEST_BODY: usize = 16 * 1024;
const LONGEST_SHOWN: usize = 2_000;
const LONGEST_PATH: usize = 500;
const LONGEST_AGENT: usize = 200;
const HIDDEN: &str = "•••";

/// Requests that are not stored yet. Cheap to make; one for a process.
#[derive(Default)]
pub struct Log(Mutex<VecDeque<Noted>>);

/// A request that was answered, as it came.
pub struct Noted {
    /// The workspace of its client.
    pub workspace: WorkspaceId,
    /// The directory of its client.
    pub directory: DirectoryId,
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its path and parameters.
    pub path: String,
    /// What the client calls itself.
    pub client: String,
    /// Its body.
    pub body: Bytes,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// How long the answer took, in microseconds.
    pub micros: i64,
}

/// A request as it is shown.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its path and parameters, below the base URL.
    pub path: String,
    /// What the client calls itself.
    pub client: String,
    /// Its body, without what might be secret or is nobody's business.
    pub body: String,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// How long the answer took, in microseconds.
    pub micros: i64,
}

impl Log {
    /// Notes a request. Where more come than are kept, the oldest are forgotten.
    pub fn add(&self, noted: Noted) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= usize::try_from(KEPT).unwrap_or(usize::MAX) {
            waiting.pop_front();
        }
        waiting.push_back(noted);
    }

    fn take(&self) -> VecDeque<Noted> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Noted {
    /// A request of this client, of which nothing else is known yet.
    pub(super) fn of(client: &Client) -> Self {
        Self {
            workspace: client.workspace,
            directory: client.directory,
            at: Timestamp::UNIX_EPOCH,
            method: String::new(),
            path: String::new(),
            client: String::new(),
            body: Bytes::new(),
            status: 0,
            refusal: None,
            micros: 0,
        }
    }

    fn entry(self) -> Entry {
        let cut = |text: &str, most: usize| text.chars().take(most).collect();
        Entry {
            at: self.at,
            method: cut(&self.method, LONGEST_AGENT),
            path: cut(&self.path, LONGEST_PATH),
            client: cut(&self.client, LONGEST_AGENT),
            body: scrubbed(&self.body),
            status: self.status,
            refusal: self.refusal.map(|refusal| cut(&refusal, LONGEST_PATH)),
            micros: self.micros,
        }
    }
}

/// Stores what has been noted, and forgets what is older than the last thousand.
pub async fn turn(app: &App) -> Result<()> {
    let mut waiting = app.scim_log.take();
    while let Some(first) = waiting.front() {
        let (workspace, directory) = (first.workspace, first.directory);
        let (same, others) =
            waiting.into_iter().partition::<VecDeque<_>, _>(|noted| noted.directory == directory);
        waiting = others;
        let entries: Vec<Entry> = same.into_iter().map(Noted::entry).collect();
        let mut by = By::process(app, workspace, "scim");
        app.db
            .write(workspace, move |tx| {
                Box::pin(async move {
                    for entry in &entries {
                        store::insert(tx, &mut by, directory, entry).await?;
                    }
                    store::forget(tx, directory, KEPT).await
                })
            })
            .await?;
    }
    Ok(())
}

/// The last requests, newest first, for those who may see the directory.
pub async fn list(app: &App, actor: &Actor, most: i64) -> Result<Vec<Entry>> {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let workspace = permit(actor, Action::ViewDirectory, everywhere)?.workspace();
    turn(app).await?;
    Ok(store::list(&mut app.db.read().await?, workspace, most).await?)
}

/// The body with what tells who and what a request is about, and without all else.
fn scrubbed(body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    if body.len() > LONGEST_BODY {
        return format!("{} bytes, too long to keep", body.len());
    }
    let Ok(mut value) = serde_json::from_slice(body) else {
        return format!("{} bytes that are not JSON", body.len());
    };
    scrub(&mut value, false);
    value.to_string().chars().take(LONGEST_SHOWN).collect()
}

fn scrub(value: &mut Value, is_kept: bool) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| scrub(value, is_kept)),
        Value::Object(map) => {
            let path = map.get("path").and_then(Value::as_str).map(is_plain);
            for (key, value) in map {
                let is_kept = match (key.to_ascii_lowercase().as_str(), path) {
                    (key, _) if is_secret(key) => false,
                    ("value", Some(of_path)) => of_path,
                    (key, _) => is_kept || is_plain(key),
                };
                scrub(value, is_kept);
            }
        }
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) | Value::String(_) if is_kept => {}
        Value::Number(_) | Value::String(_) => *value = HIDDEN.into(),
    }
}

fn is_secret(key: &str) -> bool {
    ["password", "secret", "token"].iter().any(|word| key.contains(word))
}

/// Whether a key or a path names something that admins see of a person anyway.
fn is_plain(name: &str) -> bool {
    let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
    let root = name.split(['.', '[']).next().unwrap_or_default().to_ascii_lowercase();
    matches!(
        root.as_str(),
        "schemas"
            | "id"
            | "externalid"
            | "username"
            | "displayname"
            | "active"
            | "name"
            | "emails"
            | "members"
            | "groups"
            | "meta"
            | "op"
            | "path"
            | "method"
            | "bulkid"
            | "version"
            | "failonerrors"
            | "filter"
            | "attributes"
            | "excludedattributes"
            | "startindex"
            | "count"
            | "cursor"
            | "sortby"
            | "sortorder"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_kept_without_what_is_secret_or_nobodys_business() {
        let sent = json!({
            "userName": "eve@x.test", "password": "junk-1", "active": true,
            "name": {"givenName": "Eve"}, "phoneNumbers": [{"value": "555"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": 7},
        });
        let kept = scrubbed(sent.to_string().as_bytes());
        assert!(kept.contains("eve@x.test") && kept.contains("\"givenName\":\"Eve\""), "{kept}");
        assert!(!kept.contains("junk-1") && !kept.contains("555") && !kept.contains('7'), "{kept}");
    }

    #[test]
    fn a_patch_is_kept_by_what_its_paths_name() {
        let sent = json!({"Operations": [
            {"op": "replace", "path": "password", "value": "junk-2"},
            {"op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "Bonn"},
            {"op": "remove", "path": "members[value eq \"m1\"]"},
            {"op": "replace", "value": {"active": false, "name.givenName": "Eve", "nickName": "E."}},
        ]});
        let kept = scrubbed(sent.to_string().as_bytes());
        assert!(kept.contains("members[value eq") && kept.contains("\"Eve\""), "{kept}");
        for hidden in ["junk-2", "Bonn", "E."] {
            assert!(!kept.contains(hidden), "{kept}");
        }
        assert_eq!(scrubbed(b"junk"), "4 bytes that are not JSON");
        assert_eq!(scrubbed(&vec![b'1'; LONGEST_BODY + 1]), "16385 bytes, too long to keep");
    }
}
