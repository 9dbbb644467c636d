//! Durable changes over the API: a PATCH of an account's user name with its key lookup, access check, record of activity
//! and answer; beside the yardstick's bare insert. Both commit many at a time, synchronous.

use super::{REQUESTS, Side, interleave, scattered};
use crate::Bench;
use crate::http::request;
use crate::table::{Goal, Line};
use crate::world::Shape;
use crate::yardstick;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let world = bench.worlds.get(Shape::of(yardstick::ACCOUNTS)).await?;
    let server = world.serve()?;
    let ours = Side {
        server: &server,
        requests: scattered(world.accounts.len())
            .take(REQUESTS)
            .enumerate()
            .map(|(nth, index)| {
                let path = format!("/api/v1/accounts/{}", world.accounts[index]);
                let body = format!("{{\"username\":\"user-{nth}@example.com\"}}");
                request("PATCH", &path, server.address, Some(&world.key), Some(&body))
            })
            .collect(),
    };
    let bare = bench.yardstick.as_ref().map(yardstick::Program::serve).transpose()?;
    let bare = bare.as_ref().map(|server| Side {
        server,
        requests: scattered(yardstick::ACCOUNTS)
            .take(REQUESTS)
            .map(|index| {
                request("POST", &format!("/wg/{}", index + 1), server.address, None, None)
                    .replace("\r\n\r\n", "\r\ncontent-length: 0\r\n\r\n")
            })
            .collect(),
    });
    for connections in [1, 16, 64] {
        let sides: Vec<&Side<'_>> = std::iter::once(&ours).chain(&bare).collect();
        let found = interleave(&sides, connections, bench.span)?;
        let goal = if connections == 1 { Goal::None } else { Goal::AtLeast(0.3) };
        let bare = found.get(1);
        let name = format!("change an account durably, c={connections}: requests");
        let line = Line::new(&name, found[0].per_second, "/s");
        bench.table.add(&line.beside(bare.map(|s| s.per_second), goal));
        let name = format!("change an account durably, c={connections}: CPU per request");
        let line = Line::new(&name, found[0].cpu_us, "µs");
        bench.table.add(&line.beside(bare.map(|s| s.cpu_us), Goal::None));
    }
    Ok(())
}
