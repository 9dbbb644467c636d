//! `cargo bench-keytile scim`: what a directory's pushes cost on durable storage, from an empty directory to a large one,
//! beside a SCIM server in Python that keeps everything in memory.

mod directory;
mod groups;
mod peer;
mod reconcile;
mod storm;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::json;

use self::directory::Directory;
use crate::http::request;
use crate::rows::{Side, interleave, scattered};
use crate::table::{Goal, Line, Table};
use crate::{machine, yardstick};

/// Measure SCIM: users, groups, pages, memory, and another server beside ours.
#[derive(Args)]
pub struct Scim {
    /// Measure only these rows.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROW")]
    only: Vec<Row>,
    /// How many people the directory has.
    #[arg(long, default_value_t = 100_000, value_name = "PEOPLE")]
    people: usize,
    /// Measure each figure for a second rather than three.
    #[arg(long)]
    quick: bool,
}

/// A part of the table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// Somebody is created.
    Create,
    /// Somebody is looked up by their userName.
    Lookup,
    /// A page of people, the first and the last.
    Page,
    /// One member more or less of groups of all sizes, and many at once.
    Group,
    /// A hundred thousand operations, some of them repeated and out of order.
    Storm,
    /// Ten thousand people are compared with Okta's own directory.
    Reconcile,
    /// scim2-server beside ours, by the same script.
    Peer,
}

/// Measures, and prints a table.
pub fn run(options: &Scim, shared: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start a runtime")?;
    runtime.block_on(measure(options, shared))
}

async fn measure(options: &Scim, shared: &Path) -> anyhow::Result<()> {
    machine::build_keytile().context("build keytile for the release")?;
    let wants = |row: Row| options.only.is_empty() || options.only.contains(&row);
    let span = Duration::from_secs(if options.quick { 1 } else { 3 });
    let mut table = Table::begin("beside");
    if [Row::Create, Row::Lookup, Row::Page, Row::Group].into_iter().any(wants) {
        let directory = Directory::make(options.people).await.context("make a directory")?;
        if wants(Row::Lookup) {
            lookups(&directory, span, shared, &mut table)?;
        }
        if wants(Row::Page) {
            pages(&directory, span, &mut table)?;
        }
        if wants(Row::Create) {
            creates(&directory, span, shared, &mut table)?;
        }
        if wants(Row::Group) {
            groups::measure(&directory, &mut table).await.context("measure groups")?;
        }
    }
    if wants(Row::Reconcile) {
        reconcile::measure(&mut table).await.context("measure comparisons with Okta")?;
    }
    if wants(Row::Storm) {
        storm::measure(options.quick, &mut table).await.context("measure a storm")?;
    }
    if wants(Row::Peer) {
        peer::measure(shared, &mut table).await.context("measure another server")?;
    }
    table.end()
}

/// Requests per second and CPU, at sixteen connections, beside the yardstick's kind of the same.
fn lookups(
    directory: &Directory,
    span: Duration,
    shared: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    let server = directory.serve()?;
    let people = directory.people.len();
    let asked = scattered(people).take(2_000).map(|index| {
        let path =
            format!("/scim/v2/Users?filter=userName%20eq%20%22{}%22", directory::name(index));
        request("GET", &path, server.address, Some(&directory.token), None)
    });
    let ours = Side { server: &server, requests: asked.collect() };
    let bare = yardstick::build(shared)?;
    let bare_server = bare.as_ref().map(yardstick::Program::serve).transpose()?;
    let bare = bare_server.as_ref().map(|server| Side {
        server,
        requests: scattered(yardstick::ACCOUNTS)
            .take(2_000)
            .map(|index| {
                let path = format!("/full/{}", index + 1);
                request("GET", &path, server.address, Some(yardstick::KEY), None)
            })
            .collect(),
    });
    let sides: Vec<&Side<'_>> = std::iter::once(&ours).chain(&bare).collect();
    let found = interleave(&sides, 16, span)?;
    let beside = found.get(1);
    let name = format!("look somebody up among {people}, c=16: requests");
    let line = Line::new(&name, found[0].per_second, "/s").goal(Goal::AtLeast(15_000.0));
    table.add(&line.beside(beside.map(|s| s.per_second), Goal::None));
    let name = format!("look somebody up among {people}, c=16: CPU per request");
    let line = Line::new(&name, found[0].cpu_us, "µs").goal(Goal::AtMost(150.0));
    table.add(&line.beside(beside.map(|s| s.cpu_us), Goal::None));
    Ok(())
}

fn pages(directory: &Directory, span: Duration, table: &mut Table) -> anyhow::Result<()> {
    let server = directory.serve()?;
    let people = directory.people.len();
    let page = |start: usize| Side {
        server: &server,
        requests: vec![request(
            "GET",
            &format!("/scim/v2/Users?startIndex={start}&count=100"),
            server.address,
            Some(&directory.token),
            None,
        )],
    };
    let middle = page(people / 2 + 129);
    let (first, last) = (page(1), page(people.saturating_sub(99).max(1)));
    let found = interleave(&[&first, &middle, &last], 16, span)?;
    table.add(&Line::new("a page of 100 people, the first: CPU", found[0].cpu_us, "µs"));
    for (which, sample) in [("one in the middle", &found[1]), ("the last", &found[2])] {
        let name = format!("a page of 100 people, {which} beside the first: CPU");
        let line = Line::new(&name, sample.cpu_us, "µs");
        table.add(&line.beside(Some(found[0].cpu_us), Goal::AtMost(1.2)));
    }
    Ok(())
}

/// Everybody who is created is somebody else, in every repetition.
fn creates(
    directory: &Directory,
    span: Duration,
    shared: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    let server = directory.serve()?;
    let bare = yardstick::build(shared)?;
    let bare_server = bare.as_ref().map(yardstick::Program::serve).transpose()?;
    let bare = bare_server.as_ref().map(|server| Side {
        server,
        requests: scattered(yardstick::ACCOUNTS)
            .take(2_000)
            .map(|index| {
                request("POST", &format!("/wg/{}", index + 1), server.address, None, None)
                    .replace("\r\n\r\n", "\r\ncontent-length: 0\r\n\r\n")
            })
            .collect(),
    });
    let (mut ours, mut beside) = (Vec::new(), Vec::new());
    server.pin();
    for round in 0..=crate::REPETITIONS {
        let requests = (0..60_000).map(|nth| {
            let name = format!("new-{round}-{nth:06}@example.com");
            let body = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": name, "externalId": format!("00u{round}{nth:06}"),
                "name": {"givenName": "New", "familyName": format!("Person {nth}")},
                "emails": [{"value": name, "type": "work", "primary": true}],
                "displayName": format!("New Person {nth}"), "active": true, "groups": [],
            });
            request(
                "POST",
                "/scim/v2/Users",
                server.address,
                Some(&directory.token),
                Some(&body.to_string()),
            )
        });
        let side = Side { server: &server, requests: requests.collect() };
        // The first round warms up.
        let span = if round == 0 { span / 4 } else { span };
        let sample = side.load(16, span)?;
        if round > 0 {
            ours.push(sample);
        }
        if let Some(bare) = &bare {
            bare.server.pin();
            beside.push(bare.load(16, span)?);
        }
    }
    let (ours, beside) =
        (crate::rows::typical(&ours), (!beside.is_empty()).then(|| crate::rows::typical(&beside)));
    let line = Line::new("create somebody durably, c=16: requests", ours.per_second, "/s");
    let line = line.goal(Goal::AtLeast(3_000.0));
    table.add(&line.beside(beside.map(|s| s.per_second), Goal::None));
    let line = Line::new("create somebody durably, c=16: CPU per request", ours.cpu_us, "µs");
    let line = line.goal(Goal::AtMost(300.0));
    table.add(&line.beside(beside.map(|s| s.cpu_us), Goal::None));
    Ok(())
}
