//! `cargo bench-keytile launch`: what one click costs the server. The page with its ticket, and the grant that the
//! extension gets for it: decided, recorded durably and sealed. Okta is out of reach in all of it (R20).

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use keytile::App;
use keytile::devices::{self, Enrolling, tickets};
use keytile::signin::session::{self, Means, Proof};
use model::AccountId;
use seal::grant::{KemKind, SealingKey, SigningKey};
use serde_json::json;

use crate::REPETITIONS;
use crate::http::{Connection, request};
use crate::load::Sample;
use crate::machine::{self, Server};
use crate::rows::{Side, scattered, typical};
use crate::table::{Goal, Line, Table};
use crate::world::{Shape, World, Worlds, fill};

/// How many launches R20 asks for, and within which time.
const HERD: usize = 10_000;
const HERD_SECONDS: f64 = 60.0;
/// Evenly divides them.
const CONNECTIONS: usize = 16;
/// The public half of a device's X25519 key: nobody opens what is sealed here.
const SOME_POINT: [u8; 32] = {
    let mut point = [0; 32];
    point[0] = 9;
    point
};

/// Measure launches: the page, the grant, and ten thousand people at nine on a Monday.
#[derive(Args)]
pub struct Launch {
    /// Measure each figure for a second rather than three.
    #[arg(long)]
    quick: bool,
}

/// Measures, and prints a table.
pub fn run(options: &Launch) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start a runtime")?;
    runtime.block_on(measure(options))
}

async fn measure(options: &Launch) -> anyhow::Result<()> {
    machine::build_keytile().context("build keytile for the release")?;
    let span = Duration::from_secs(if options.quick { 1 } else { 3 });
    let mut table = Table::begin("beside");
    let world = Worlds::default().get(Shape::of(10_000)).await?;
    let server = world.serve()?;
    let browser = Browser::enrolled(&world).await.context("enrol a browser")?;
    let page_us = pages(&browser, &world, &server, span, &mut table)?;
    herd(&browser, &world, &server, page_us, &mut table).await?;
    table.end()
}

/// A browser in which somebody is signed in, with the extension.
struct Browser {
    app: App,
    cookie: String,
    device: String,
    key: SigningKey,
}

impl Browser {
    async fn enrolled(world: &World) -> anyhow::Result<Self> {
        let app = world.open().await?;
        let (workspace, member) = (world.workspace, world.members[0]);
        let cookie = fill::write(&app, workspace, move |tx, by| {
            Box::pin(async move {
                let proof = Proof { means: Means::Passkey, at: by.now };
                session::open_session(tx, by, member, proof, &session::Device::default()).await
            })
        });
        let cookie = cookie.await?.expose().to_owned();
        let found = session::find(&app, &cookie).await?.context("find the session")?;
        let session = found.session;
        let ticket = fill::write(&app, workspace, move |tx, by| {
            Box::pin(async move {
                tickets::issue(tx, by, session, member, tickets::Kind::Connect).await
            })
        });
        let ticket = ticket.await?;
        let mut rng = app.rng();
        let key = SigningKey::from_scalar(&*SigningKey::generate(&mut rng))?;
        let enrolling = Enrolling {
            name: "Bench".into(),
            version: VERSION.parse().ok().context("read a version")?,
            signing_key: key.public(),
            sealing_key: SealingKey::parse(KemKind::X25519, &SOME_POINT, &mut rng)?,
        };
        let enrolled = devices::enrol(&app, ticket.expose().to_owned(), enrolling).await;
        let device = enrolled.ok().context("enrol")?.device.id.to_string();
        Ok(Self { app, cookie, device, key })
    }

    /// One signed request for a grant (docs/automated-login.md, Requests).
    fn ask(&self, server: &Server, ticket: &str) -> String {
        const PATH: &str = "/extension/v1/grants";
        let body = json!({ "ticket": ticket }).to_string();
        let time = self.app.now().as_millisecond();
        let hash = URL_SAFE_NO_PAD.encode(seal::token::sha256(body.as_bytes()));
        let origin = format!("http://{}", server.address);
        let signed = format!("keytile-request/v1\nPOST\n{origin}\n{PATH}\n{time}\n{hash}");
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        let device = &self.device;
        request("POST", PATH, server.address, None, Some(&body)).replacen(
            "\r\n",
            &format!(
                "\r\nkeytile-extension: {VERSION}\r\nkeytile-device: {device}\r\nkeytile-time: {time}\r\n\
                 keytile-signature: {signature}\r\n"
            ),
            1,
        )
    }

    /// The page of an account's launch, as a browser asks for it.
    fn page(&self, server: &Server, account: AccountId) -> String {
        let cookie = format!("{}={}", session_cookie(&self.app), self.cookie);
        request("GET", &format!("/accounts/{account}/launch"), server.address, None, None).replacen(
            "\r\n",
            &format!(
                "\r\ncookie: {cookie}\r\nsec-fetch-site: none\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\n"
            ),
            1,
        )
    }
}

const VERSION: &str = "0.1.0";

fn session_cookie(app: &App) -> &'static str {
    keytile::http::session::cookie_name(&app.config)
}

/// A launch's page, with its ticket. The CPU that it costs, in microseconds.
fn pages(
    browser: &Browser,
    world: &World,
    server: &Server,
    span: Duration,
    table: &mut Table,
) -> anyhow::Result<f64> {
    let accounts = scattered(world.accounts.len()).take(2_000);
    let requests = accounts.map(|index| browser.page(server, world.accounts[index]));
    let side = Side { server, requests: requests.collect() };
    server.pin();
    side.load(CONNECTIONS, span / 4)?;
    let found: Vec<Sample> =
        (0..REPETITIONS).map(|_| side.load(CONNECTIONS, span)).collect::<anyhow::Result<_>>()?;
    let found = typical(&found);
    table.add(&Line::new("a launch's page with its ticket, c=16: CPU", found.cpu_us, "µs"));
    Ok(found.cpu_us)
}

/// R20: ten thousand people click at once, and all of them get in. What a grant costs is the rest beside the page.
async fn herd(
    browser: &Browser,
    world: &World,
    server: &Server,
    page_us: f64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let accounts: Vec<AccountId> =
        scattered(world.accounts.len()).take(HERD).map(|index| world.accounts[index]).collect();
    let (before, began) = (server.cpu()?, Instant::now());
    let times = click_together(browser, server, &accounts, Duration::ZERO).await?;
    let took = began.elapsed();
    let seconds = took.as_secs_f64();
    let used = server.cpu()?.saturating_sub(before);
    ensure!(times.len() == HERD, "{} of {HERD} launches succeeded", times.len());
    let line = Line::new("10,000 launches with Okta out of reach, c=16: all succeed", seconds, "s");
    table.add(&line.goal(Goal::AtMost(HERD_SECONDS)));
    #[expect(clippy::cast_precision_loss, reason = "ten thousand")]
    let launch_us = used.as_secs_f64() * 1e6 / HERD as f64;
    let line = Line::new("a grant, c=16: CPU, beside its page", launch_us - page_us, "µs");
    table.add(&line.goal(Goal::AtMost(400.0)));
    table.add(&Line::new("a grant amid them: p99", p99(times), "ms"));

    // Half as many in the same time: each connection begins a click every so often, late or not.
    let pace = took * 2 / u32::try_from(HERD / CONNECTIONS)?;
    let times = click_together(browser, server, &accounts[..HERD / 2], pace).await?;
    let line = Line::new("a grant at half that load: p99", p99(times), "ms");
    table.add(&line.goal(Goal::AtMost(10.0)));
    Ok(())
}

fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() * 99 / 100).copied().unwrap_or(0.0)
}

/// All connections click at once. How long each grant took, in milliseconds.
async fn click_together(
    browser: &Browser,
    server: &Server,
    accounts: &[AccountId],
    pace: Duration,
) -> anyhow::Result<Vec<f64>> {
    let shares = accounts.chunks(accounts.len().div_ceil(CONNECTIONS)).enumerate();
    let clicks = shares.map(async |(nth, accounts)| {
        // They do not begin at the same moment, as people don't.
        let after = pace * u32::try_from(nth)? / u32::try_from(CONNECTIONS)?;
        tokio::time::sleep(after).await;
        click_all(browser, server, accounts, pace).await
    });
    Ok(futures_util::future::try_join_all(clicks).await?.into_iter().flatten().collect())
}

/// Each click is a page, and then a grant for the ticket on it; the next begins when `pace` has passed since this one, or
/// when this one is done.
async fn click_all(
    browser: &Browser,
    server: &Server,
    accounts: &[AccountId],
    pace: Duration,
) -> anyhow::Result<Vec<f64>> {
    let mut connection = Connection::open(server.address).await?;
    let mut times = Vec::with_capacity(accounts.len());
    let mut due = Instant::now();
    for account in accounts {
        tokio::time::sleep_until(due.into()).await;
        due += pace;
        let status = connection.send(browser.page(server, *account).as_bytes()).await?;
        let page = connection.answer();
        ensure!(status == 200, "a page was answered with {status}: {page}");
        let (_, rest) =
            page.split_once(r#"name="keytile-ticket" content=""#).context("find the ticket")?;
        let ticket = rest.split('"').next().context("read the ticket")?;
        let ask = browser.ask(server, ticket);
        let began = Instant::now();
        let status = connection.send(ask.as_bytes()).await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        ensure!(status == 200, "a grant was answered with {status}: {}", connection.answer());
    }
    Ok(times)
}
