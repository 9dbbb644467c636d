//! What the product has on record about tiles, the groups that show them, and what waits for an admin: as plain rows.

use std::collections::{BTreeMap, BTreeSet};

use ::model::{AccountId, AudienceId, LaunchId};
use jiff::Timestamp;
use keytile::db::{Result, Row as DbRow};
use keytile::values;

use crate::model::Id;
use crate::watch::LAUNCHES;
use crate::world::World;

/// A tile as its row tells.
#[derive(Debug, Clone)]
pub struct Row {
    pub account: Id,
    pub launch: LaunchId,
    pub url: String,
    pub phase: String,
    pub is_ended: bool,
    pub is_gone: bool,
    pub app: Option<String>,
    pub audience: Option<AudienceId>,
    pub problem: Option<String>,
    pub is_settled: bool,
    pub synced_at: Option<Timestamp>,
}

/// An audience as its row tells.
#[derive(Debug, Clone)]
pub struct Audience {
    pub id: AudienceId,
    pub group: Option<String>,
    pub phase: String,
    pub problem: Option<String>,
    pub is_settled: bool,
    pub synced_at: Option<Timestamp>,
}

/// What an admin is asked about, or has decided to keep: by the launch URL of its tile, or by the app that is no tile's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// People who keep the tile.
    pub people: BTreeMap<String, BTreeSet<String>>,
    /// Groups that keep it, which somebody else has put there.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// Apps that stay, by launch URL or id.
    pub apps: BTreeSet<String>,
}

impl World {
    pub async fn load_rows(&self) -> Vec<Row> {
        let query = "SELECT account_id, launch_id, phase, ended_at, gone_at, app_id, audience_id, problem,
                            marked + COALESCE((SELECT m.marks FROM tile_mark m WHERE m.tile_id = tile.id), 0) AS marked, settled, synced_at
                     FROM tile ORDER BY id";
        let read = |row: &DbRow| -> Result<Row> {
            let account: AccountId = row.id("account_id")?;
            let (launch, url) = launch(row)?;
            Ok(Row {
                account: self.ids.accounts.iter().position(|id| *id == account).expect("ours"),
                launch,
                url,
                phase: row.text("phase")?,
                is_ended: row.opt_int("ended_at")?.is_some(),
                is_gone: row.opt_int("gone_at")?.is_some(),
                app: row.opt_text("app_id")?,
                audience: row.opt_id("audience_id")?,
                problem: row.opt_text("problem")?,
                is_settled: row.int("settled")? == row.int("marked")?,
                synced_at: row.opt_at("synced_at")?,
            })
        };
        self.load(query).await.iter().map(|row| read(row).expect("a tile's row")).collect()
    }

    pub async fn load_audiences(&self) -> Vec<Audience> {
        let query = "SELECT id, group_id, phase, problem, marked, settled, synced_at FROM audience
                     WHERE gone_at IS NULL ORDER BY id";
        let read = |row: &DbRow| -> Result<Audience> {
            Ok(Audience {
                id: row.id("id")?,
                group: row.opt_text("group_id")?,
                phase: row.text("phase")?,
                problem: row.opt_text("problem")?,
                is_settled: row.int("settled")? == row.int("marked")?,
                synced_at: row.opt_at("synced_at")?,
            })
        };
        self.load(query).await.iter().map(|row| read(row).expect("an audience's row")).collect()
    }

    pub async fn load_held(&self) -> Held {
        let query = "SELECT i.subject, i.kind, i.external_id, t.launch_id FROM safety_stop_item i
                     LEFT JOIN tile t ON t.id = i.tile_id
                     WHERE i.ended_at IS NULL AND COALESCE(i.decision, '') <> 'approved'";
        let mut held = Held::default();
        for row in self.load(query).await {
            let is_of_tile = row.opt_bytes("launch_id").expect("a column").is_some();
            let subject = if is_of_tile {
                launch(&row).expect("a launch id").1
            } else {
                row.text("subject").expect("a word")
            };
            let whom = row.text("external_id").expect("a word");
            let is_news = match row.text("kind").expect("a word").as_str() {
                "person" => held.people.entry(subject).or_default().insert(whom),
                "group" => held.groups.entry(subject).or_default().insert(whom),
                _ => held.apps.insert(subject),
            };
            if !is_news {
                self.stage.count("stop: two questions about the same");
            }
        }
        held
    }

    /// All rows of a query without values.
    pub async fn load(&self, query: &'static str) -> Vec<DbRow> {
        let mut tx = self.app.db.read().await.expect("a reader");
        tx.all(query, values![]).await.expect("the database answers")
    }

    /// The audience of a tile.
    pub fn audience_of(&self, row: &Row) -> Option<&Audience> {
        self.audiences.iter().find(|it| Some(it.id) == row.audience)
    }
}

fn launch(row: &DbRow) -> Result<(LaunchId, String)> {
    let bytes: [u8; 16] = row.bytes("launch_id")?.try_into().expect("16 bytes");
    let launch = LaunchId::from_bytes(bytes);
    Ok((launch, format!("{LAUNCHES}{launch}")))
}
