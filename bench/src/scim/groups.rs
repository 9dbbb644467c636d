//! Members who come and go, one at a time in groups of all sizes, and very many at once.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::directory::Directory;
use crate::http::{Connection, request};
use crate::machine::Server;
use crate::table::{Goal, Line, Table, median};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
const PROBES: usize = 60;

/// One connection of a client.
pub struct Client<'a> {
    connection: Connection,
    server: &'a Server,
    token: &'a str,
}

impl<'a> Client<'a> {
    pub async fn open(server: &'a Server, token: &'a str) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(server.address).await?, server, token })
    }

    /// The status, the resource, and how many milliseconds it took.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Value, f64)> {
        let body = body.map(Value::to_string);
        let path = format!("/scim/v2{path}");
        let sent = request(method, &path, self.server.address, Some(self.token), body.as_deref());
        let began = Instant::now();
        let status = self.connection.send(sent.as_bytes()).await?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        let answer = self.connection.answer();
        let resource = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok((status, serde_json::from_str(resource).unwrap_or_default(), took))
    }
}

pub async fn measure(directory: &Directory, table: &mut Table) -> anyhow::Result<()> {
    let server = directory.serve()?;
    let mut client = Client::open(&server, &directory.token).await?;
    let mut medians = Vec::new();
    for size in SIZES.into_iter().filter(|size| *size < directory.people.len()) {
        let group = group(&mut client, directory, size).await?;
        let other = &directory.people[size];
        let mut times = Vec::with_capacity(2 * PROBES);
        for _ in 0..PROBES {
            let add = json!({"op": "add", "path": "members", "value": [{"value": other}]});
            let remove = json!({"op": "remove", "path": format!("members[value eq \"{other}\"]")});
            for operation in [add, remove] {
                let body = json!({"Operations": [operation]});
                // One kind of answer for all sizes: without the members.
                let path = format!("/Groups/{group}?excludedAttributes=members");
                let (status, answer, took) = client.call("PATCH", &path, Some(&body)).await?;
                ensure!(matches!(status, 200 | 204), "{status} {answer}");
                times.push(took);
            }
        }
        let p50 = median(times);
        let name = format!("one member more or less of a group of {size}: p50");
        table.add(&Line::new(&name, p50, "ms").goal(Goal::AtMost(2.0)));
        medians.push((size, p50));
    }
    if let (Some((small, quick)), Some((large, slow))) = (medians.first(), medians.last())
        && small < large
    {
        #[expect(clippy::cast_precision_loss, reason = "sizes of groups")]
        let slope = (slow / quick).ln() / (*large as f64 / *small as f64).ln();
        let line = Line::new("the same: log-log slope over the size", slope, "");
        table.add(&line.goal(Goal::AtMost(0.1)));
    }
    let many = directory.people.len().min(10_000);
    let mut times = Vec::new();
    for _ in 0..crate::REPETITIONS {
        let group = group(&mut client, directory, 0).await?;
        let members: Vec<_> =
            directory.people[..many].iter().map(|id| json!({"value": id})).collect();
        let body = json!({"Operations": [{"op": "add", "path": "members", "value": members}]});
        let (status, answer, took) =
            client.call("PATCH", &format!("/Groups/{group}"), Some(&body)).await?;
        ensure!(matches!(status, 200 | 204), "{status} {answer}");
        times.push(took);
        client.call("DELETE", &format!("/Groups/{group}"), None).await?;
    }
    let name = format!("{many} members in one PATCH");
    table.add(&Line::new(&name, median(times), "ms").goal(Goal::AtMost(100.0)));
    Ok(())
}

async fn group(client: &mut Client<'_>, of: &Directory, size: usize) -> anyhow::Result<String> {
    static MADE: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let members: Vec<_> = of.people[..size].iter().map(|id| json!({"value": id})).collect();
    let body = json!({"displayName": format!("Group {number} of {size}"), "members": members});
    let (status, answer, _) = client.call("POST", "/Groups", Some(&body)).await?;
    ensure!(status == 201, "{status} {answer}");
    Ok(answer["id"].as_str().context("read the group's id")?.to_owned())
}
