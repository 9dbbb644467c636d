//! One account over the API: key lookup, access check, opened notes; beside the yardstick's session, join and decrypt.

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
            .map(|index| {
                let path = format!("/api/v1/accounts/{}", world.accounts[index]);
                request("GET", &path, server.address, Some(&world.key), None)
            })
            .collect(),
    };
    let bare = bench.yardstick.as_ref().map(yardstick::Program::serve).transpose()?;
    let bare = bare.as_ref().map(|server| Side {
        server,
        requests: scattered(yardstick::ACCOUNTS)
            .take(REQUESTS)
            .map(|index| {
                let path = format!("/full/{}", index + 1);
                request("GET", &path, server.address, Some(yardstick::KEY), None)
            })
            .collect(),
    });
    for connections in [1, 16, 64] {
        let sides: Vec<&Side<'_>> = std::iter::once(&ours).chain(&bare).collect();
        let found = interleave(&sides, connections, bench.span)?;
        let goal = if connections == 16 { Goal::AtMost(2.0) } else { Goal::None };
        let bare = found.get(1);
        let name = format!("read one account, c={connections}: CPU per request");
        bench
            .table
            .add(&Line::new(&name, found[0].cpu_us, "µs").beside(bare.map(|s| s.cpu_us), goal));
        let name = format!("read one account, c={connections}: p50");
        let line = Line::new(&name, found[0].p50_ms, "ms");
        bench.table.add(&line.beside(bare.map(|s| s.p50_ms), Goal::None));
    }
    let memory = server.memory()?;
    bench.table.add(&Line::new("memory after reads at c=64", memory, "MiB"));
    Ok(())
}
