//! A directory of any size, whose people are inserted by the product's own functions.

use std::path::Path;

use anyhow::Context as _;
use keytile::directories::{self, store::identities};
use keytile::members::{self, NewMember};
use model::workspace::WorkspaceRole;
use serde_json::json;

use crate::machine::Server;
use crate::world::{self, fill};

const BATCH: usize = 2_000;

/// A workspace with people of a directory, and a token of its client. Nothing runs on it.
pub struct Directory {
    folder: tempfile::TempDir,
    /// Their ids at the client, in the order in which they came.
    pub people: Vec<String>,
    pub token: String,
}

/// The userName of the person with this index.
pub fn name(index: usize) -> String {
    format!("person-{index:06}@example.com")
}

impl Directory {
    /// Makes a directory of so many people.
    pub async fn make(people: usize) -> anyhow::Result<Self> {
        Self::of(people, |index| format!("00u{index:06}")).await
    }

    /// The same, of people whose ids in Okta are these.
    pub async fn of(
        people: usize,
        external: impl Fn(usize) -> String + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        let folder = crate::machine::folder()?;
        let app = world::open(folder.path()).await?;
        let (workspace, _owner) =
            keytile::workspaces::create(&app, "Bench", "Olga Owner", "olga@example.com").await?;
        let token = fill::write(&app, workspace, |tx, by| {
            Box::pin(async move { directories::add_scim_token(tx, by).await })
        })
        .await?;
        let mut ids = Vec::with_capacity(people);
        for first in (0..people).step_by(BATCH) {
            let batch = first..people.min(first + BATCH);
            let external = external.clone();
            let made = fill::write(&app, workspace, move |tx, by| {
                Box::pin(async move {
                    let directory = directories::ensure(tx, by).await?.id;
                    let mut made = Vec::with_capacity(batch.len());
                    for index in batch {
                        let member = NewMember {
                            email: name(index),
                            name: format!("Person {index:06}"),
                            role: WorkspaceRole::User,
                            directory: Some(directory),
                        };
                        let member = members::add(tx, by, member).await?;
                        let resource = json!({
                            "name": {"givenName": "Person", "familyName": format!("{index:06}")},
                            "displayName": format!("Person {index:06}"),
                            "emails": [{"value": name(index), "type": "work", "primary": true}],
                        });
                        let record = identities::Record {
                            resource: resource.to_string(),
                            addresses: vec![name(index)],
                            ..identities::Record::known(&external(index), &name(index))
                        };
                        let id = identities::insert(tx, by, directory, member, &record).await?;
                        made.push(id.to_string());
                    }
                    Ok(made)
                })
            });
            ids.extend(made.await.context("add people")?);
        }
        app.db.close().await;
        Ok(Self { folder, people: ids, token: token.expose().clone() })
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The released server on it.
    pub fn serve(&self) -> anyhow::Result<Server> {
        world::serve(self.folder.path())
    }
}
