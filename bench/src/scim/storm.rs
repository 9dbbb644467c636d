//! R13: a hundred thousand operations of a directory, one in a hundred of them sent twice and some late. No answer is a
//! 5xx, memory stays where it was, and in the end everybody is what a model of the same operations says.
//!
//! The database's connections keep what they read and write until each holds 16 MiB of it, and a hundred thousand operations
//! write about as much. So that memory tells what grows with operations, others fill these caches first.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use super::directory::Directory;
use super::groups::Client;
use crate::table::{Goal, Line, Table};

const PEOPLE: usize = 1_000;
const GROUPS: usize = 20;
/// So many others, and so much text for each of them, are more than a connection may keep.
const OTHERS: usize = 1_200;
const THEIR_TEXT: usize = 16_000;
/// So many operations lie between where one belongs and where it may come.
const LATE: usize = 5;

/// What a client says of a person or a group: each of these, sent again, says the same.
#[derive(Clone)]
enum Operation {
    Active(usize, bool),
    Title(usize, u32),
    Join(usize, usize),
    Leave(usize, usize),
}

/// What everybody is, by what was sent.
#[derive(Default)]
struct Model {
    active: BTreeMap<usize, bool>,
    titles: BTreeMap<usize, u32>,
    groups: BTreeMap<usize, BTreeMap<usize, bool>>,
}

impl Model {
    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Active(person, active) => {
                let was_active = self.active.insert(*person, *active).unwrap_or(true);
                if was_active && !active {
                    // A leaver leaves every group; what is said of them afterwards is said anew.
                    for group in self.groups.values_mut() {
                        group.remove(person);
                    }
                }
            }
            Operation::Title(person, title) => drop(self.titles.insert(*person, *title)),
            Operation::Join(group, person) => {
                self.groups.entry(*group).or_default().insert(*person, true);
            }
            Operation::Leave(group, person) => {
                self.groups.entry(*group).or_default().remove(person);
            }
        }
    }
}

pub async fn measure(is_quick: bool, table: &mut Table) -> anyhow::Result<()> {
    let directory = Directory::make(PEOPLE).await?;
    let server = directory.serve()?;
    let mut client = Client::open(&server, &directory.token).await?;
    let started = server.memory()?;
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        let body = json!({"displayName": format!("Group {number}")});
        let (_, group, _) = client.call("POST", "/Groups", Some(&body)).await?;
        groups.push(group["id"].as_str().context("read a group's id")?.to_owned());
    }
    fill(&mut client).await.context("fill the caches")?;
    let filled = server.memory()?;
    let total = if is_quick { 10_000 } else { 100_000 };
    let operations = sent(total);
    let (mut model, mut failures, mut begun) = (Model::default(), 0_u64, 0.0);
    for (nth, operation) in operations.iter().enumerate() {
        if nth == operations.len() / 10 {
            begun = server.memory()?;
        }
        let (path, body) = request(operation, &directory, &groups);
        let (status, answer, _) = client.call("PATCH", &path, Some(&body)).await?;
        failures += u64::from(status >= 500);
        ensure!(!(300..500).contains(&status), "{status} {answer}");
        model.apply(operation);
    }
    let ended = server.memory()?;
    let differences = compare(&mut client, &directory, &groups, &model).await?;
    let what = format!("{} operations, 1 % of them repeated and late", operations.len());
    #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
    let rows =
        [("answers 5xx", failures as f64), ("differences from the model", differences as f64)];
    for (name, count) in rows {
        table.add(&Line::new(&format!("{what}: {name}"), count, "").goal(Goal::Exactly(0.0)));
    }
    let name = format!("{what}: memory at the end beside a tenth of the way, caches full");
    table.add(&Line::new(&name, ended, "MiB").beside(Some(begun), Goal::AtMost(1.1)));
    let name = "memory once the caches are full, beside the start";
    table.add(&Line::new(name, filled, "MiB").beside(Some(started), Goal::None));
    Ok(())
}

/// Others come whom the operations do not touch, and everybody is read: the pages of the database that the writer and the
/// reader keep are then as many as they may.
async fn fill(client: &mut Client<'_>) -> anyhow::Result<()> {
    let text = "x".repeat(THEIR_TEXT);
    for number in 0..OTHERS {
        let address = json!([{"type": "work", "formatted": text}]);
        let body = json!({"userName": format!("other-{number}@example.com"), "addresses": address});
        let (status, answer, _) = client.call("POST", "/Users", Some(&body)).await?;
        ensure!(status == 201, "{status} {answer}");
    }
    for first in (1..=PEOPLE + OTHERS).step_by(100) {
        let path = format!("/Users?startIndex={first}&count=100");
        let (status, _, _) = client.call("GET", &path, None).await?;
        ensure!(status == 200, "{path}: {status}");
    }
    Ok(())
}

/// The operations as they arrive: one in a hundred twice, the second time a little later.
fn sent(total: usize) -> Vec<Operation> {
    let mut rng = StdRng::seed_from_u64(13);
    let mut operations = Vec::with_capacity(total + total / 100);
    for _ in 0..total {
        let person = rng.random_range(0..PEOPLE);
        let group = rng.random_range(0..GROUPS);
        operations.push(match rng.random_range(0..10) {
            0 => Operation::Active(person, rng.random_bool(0.7)),
            1..=4 => Operation::Title(person, rng.random_range(0..1_000_000)),
            5..=7 => Operation::Join(group, person),
            _ => Operation::Leave(group, person),
        });
    }
    for at in (0..total).step_by(100) {
        let again = operations[at].clone();
        let later = (at + rng.random_range(1..=LATE)).min(operations.len());
        operations.insert(later, again);
        let end = (at + LATE).min(operations.len());
        operations[at..end].shuffle(&mut rng);
    }
    operations
}

fn request(operation: &Operation, directory: &Directory, groups: &[String]) -> (String, Value) {
    let person = |index: usize| format!("/Users/{}", directory.people[index]);
    let group = |index: usize| format!("/Groups/{}", groups[index]);
    let (path, operation) = match operation {
        Operation::Active(who, active) => {
            (person(*who), json!({"op": "replace", "value": {"active": active}}))
        }
        Operation::Title(who, title) => {
            (person(*who), json!({"op": "replace", "path": "title", "value": title.to_string()}))
        }
        Operation::Join(to, who) => {
            let member = json!([{"value": directory.people[*who]}]);
            (group(*to), json!({"op": "add", "path": "members", "value": member}))
        }
        Operation::Leave(from, who) => {
            let path = format!("members[value eq \"{}\"]", directory.people[*who]);
            (group(*from), json!({"op": "remove", "path": path}))
        }
    };
    (path, json!({"Operations": [operation]}))
}

/// How many people and groups are not what the model says.
async fn compare(
    client: &mut Client<'_>,
    directory: &Directory,
    groups: &[String],
    model: &Model,
) -> anyhow::Result<usize> {
    let mut differences = 0;
    for (index, id) in directory.people.iter().enumerate() {
        let (_, user, _) = client.call("GET", &format!("/Users/{id}"), None).await?;
        let active = model.active.get(&index).copied().unwrap_or(true);
        let title = model.titles.get(&index).map(u32::to_string);
        let is_same = user["active"] == active && user["title"].as_str() == title.as_deref();
        differences += usize::from(!is_same);
    }
    for (index, id) in groups.iter().enumerate() {
        let (_, group, _) = client.call("GET", &format!("/Groups/{id}"), None).await?;
        let members = group["members"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<_> =
            members.iter().filter_map(|m| m["value"].as_str().map(str::to_owned)).collect();
        let mut wanted: Vec<_> = model.groups.get(&index).map_or_else(Vec::new, |group| {
            group.keys().map(|who| directory.people[*who].clone()).collect()
        });
        found.sort();
        wanted.sort();
        differences += usize::from(found != wanted);
    }
    Ok(differences)
}
