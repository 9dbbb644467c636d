//! Pages of fifty accounts for a person who holds fifty thousand: the first, a deep one, and the last.

use super::{Side, interleave};
use crate::Bench;
use crate::http::request;
use crate::table::{Goal, Line};
use crate::world::Shape;

const PAGE: usize = 50;
const ACCOUNTS: usize = 50_000;

pub async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let world = bench.worlds.get(Shape::of_one(ACCOUNTS)).await?;
    let server = world.serve()?;
    let page = |depth: usize| {
        let after = match depth {
            1 => String::new(),
            _ => format!("&after={}", world.cursor_after((depth - 1) * PAGE - 1)),
        };
        let path = format!("/api/v1/accounts?limit={PAGE}{after}");
        let requests = vec![request("GET", &path, server.address, Some(&world.key), None)];
        Side { server: &server, requests }
    };
    let (first, deep, last) = (page(1), page(100), page(1000));
    let found = interleave(&[&first, &deep, &last], 1, bench.span)?;
    bench.table.add(&Line::new("page 1 of 1,000: CPU per request", found[0].cpu_us, "µs"));
    for (name, sample) in [
        ("page 100 beside page 1: CPU per request", found[1]),
        ("page 1000 beside page 1: CPU per request", found[2]),
    ] {
        let line = Line::new(name, sample.cpu_us, "µs");
        bench.table.add(&line.beside(Some(found[0].cpu_us), Goal::AtMost(1.2)));
    }
    Ok(())
}
