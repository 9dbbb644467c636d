//! What SCIM clients sent lately and what they were answered, for the admin who looks for a fault. Requests are noted in
//! memory and stored a little later, many at once: a note must not cost more than its request.

use std::collections::{BTreeMap, VecDeque};
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

/// Requests that are not stored yet, those of each directory by themselves. Cheap to make; one for a process.
#[derive(Default)]
pub struct Log(Mutex<BTreeMap<DirectoryId, VecDeque<Noted>>>);

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
    pub body: NotedBody,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// How long the answer took, in microseconds.
    pub micros: i64,
}

/// The body of a request: a thousand of them wait in memory, so a long one is only measured.
pub enum NotedBody {
    /// As it came.
    Whole(Bytes),
    /// So many bytes, too long to keep.
    Long(usize),
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
        let own = waiting.entry(noted.directory).or_default();
        if own.len() >= usize::try_from(KEPT).unwrap_or(usize::MAX) {
            own.pop_front();
        }
        own.push_back(noted);
    }

    /// The requests of a directory that has some: of this workspace, where one is named.
    fn take(&self, of: Option<WorkspaceId>) -> Option<VecDeque<Noted>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = |noted: &Noted| of.is_none_or(|workspace| workspace == noted.workspace);
        let found = waiting.iter().find(|(_, own)| own.front().is_some_and(is_wanted));
        let directory = *found?.0;
        waiting.remove(&directory)
    }
}

impl NotedBody {
    /// What is kept of a body.
    pub fn of(bytes: &Bytes) -> Self {
        if bytes.len() > LONGEST_BODY {
            Self::Long(bytes.len())
        } else {
            Self::Whole(bytes.clone())
        }
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
            body: NotedBody::Long(0),
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

/// Stores what has been noted, and forgets what is older than the last thousand. What cannot be stored is lost: it is a
/// help for a fault, and the records of activity are elsewhere.
pub async fn turn(app: &App) -> Result<()> {
    while let Some(noted) = app.scim_log.take(None) {
        store_all(app, noted).await?;
    }
    Ok(())
}

async fn store_all(app: &App, noted: VecDeque<Noted>) -> Result<()> {
    let Some(first) = noted.front() else { return Ok(()) };
    let (workspace, directory) = (first.workspace, first.directory);
    let entries: Vec<Entry> = noted.into_iter().map(Noted::entry).collect();
    let mut by = By::process(app, workspace, "scim");
    app.db
        .write(workspace, move |tx| {
            Box::pin(async move {
                for entry in &entries {
                    store::insert(tx, &mut by, directory, entry).await?;
                }
                Ok(store::forget(tx, directory, KEPT).await?)
            })
        })
        .await
}

/// The last requests, newest first, for those who may see the directory.
pub async fn list(app: &App, actor: &Actor, most: i64) -> Result<Vec<Entry>> {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let workspace = permit(actor, Action::ViewDirectory, everywhere)?.workspace();
    while let Some(noted) = app.scim_log.take(Some(workspace)) {
        store_all(app, noted).await?;
    }
    Ok(store::list(&mut app.db.read().await?, workspace, most).await?)
}

/// The body with what tells who and what a request is about, and without all else.
fn scrubbed(body: &NotedBody) -> String {
    let body = match body {
        NotedBody::Whole(body) if body.is_empty() => return String::new(),
        NotedBody::Long(0) => return String::new(),
        NotedBody::Long(length) => return format!("{length} bytes, too long to keep"),
        NotedBody::Whole(body) => body,
    };
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

    fn scrubbed(body: impl Into<Vec<u8>>) -> String {
        super::scrubbed(&NotedBody::of(&Bytes::from(body.into())))
    }

    #[test]
    fn a_body_is_kept_without_what_is_secret_or_nobodys_business() {
        let sent = json!({
            "userName": "eve@x.test", "password": "junk-1", "active": true,
            "name": {"givenName": "Eve"}, "phoneNumbers": [{"value": "555"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": 7},
        });
        let kept = scrubbed(sent.to_string());
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
        let kept = scrubbed(sent.to_string());
        assert!(kept.contains("members[value eq") && kept.contains("\"Eve\""), "{kept}");
        for hidden in ["junk-2", "Bonn", "E."] {
            assert!(!kept.contains(hidden), "{kept}");
        }
        assert_eq!(scrubbed("junk"), "4 bytes that are not JSON");
        assert_eq!(scrubbed(vec![b'1'; LONGEST_BODY + 1]), "16385 bytes, too long to keep");
    }
}
