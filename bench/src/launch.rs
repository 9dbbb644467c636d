//! `cargo bench-keytile launch`: what one click costs the server. The page with its ticket, and the grant that the
//! extension gets for it: decided, recorded durably and sealed. Okta is out of reach in all of it (R20).

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use keytile::App;
use keytile::devices::{self, Enrolling, tickets};
use keytile::signin::session::{self, Means, Proof};
use model::{AccountId, SessionId};
use seal::grant::{KemKind, SealingKey, SigningKey};
use serde_json::json;

use crate::http::{Connection, request};
use crate::load::{self, Load, Sample};
use crate::machine::{self, Server};
use crate::rows::{Side, scattered, typical};
use crate::table::{Goal, Line, Table};
use crate::world::{Shape, World, Worlds, fill};
use crate::{REPETITIONS, yardstick};

/// How many launches R20 asks for, and within which time.
const HERD: usize = 10_000;
const HERD_SECONDS: f64 = 60.0;
/// More grants than are given in a second, whatever the machine.
const MOST_PER_SECOND: u64 = 8_000;
/// What is written at once.
const BATCH: usize = 2_000;
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
pub fn run(options: &Launch, shared: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start a runtime")?;
    runtime.block_on(measure(options, shared))
}

async fn measure(options: &Launch, shared: &Path) -> anyhow::Result<()> {
    machine::build_keytile().context("build keytile for the release")?;
    let span = Duration::from_secs(if options.quick { 1 } else { 3 });
    let mut table = Table::begin("yardstick");
    let world = Worlds::default().get(Shape::of(10_000)).await?;
    let server = world.serve()?;
    let browser = Browser::enrolled(&world).await.context("enrol a browser")?;
    grants(&browser, &world, &server, span, shared, &mut table).await?;
    pages(&browser, &world, &server, span, &mut table)?;
    herd(&browser, &world, &server, &mut table).await?;
    table.end()
}

/// A browser in which somebody is signed in, with the extension.
struct Browser {
    app: App,
    session: SessionId,
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
        Ok(Self { app, session, cookie, device, key })
    }

    /// Requests for grants, each with a ticket that was issued just now and is good for half a minute.
    async fn asks(
        &self,
        world: &World,
        server: &Server,
        count: usize,
    ) -> anyhow::Result<Vec<String>> {
        let (session, member) = (self.session, world.members[0]);
        let accounts: Vec<AccountId> = scattered(world.accounts.len())
            .take(count)
            .map(|index| world.accounts[index])
            .collect();
        let mut asks = Vec::with_capacity(count);
        for batch in accounts.chunks(BATCH) {
            let batch = batch.to_vec();
            let issued = fill::write(&self.app, world.workspace, move |tx, by| {
                Box::pin(async move {
                    let mut issued = Vec::with_capacity(batch.len());
                    for account in batch {
                        let kind = tickets::Kind::Launch(account);
                        let ticket = tickets::issue(tx, by, session, member, kind).await?;
                        issued.push(ticket.expose().to_owned());
                    }
                    Ok(issued)
                })
            });
            asks.extend(issued.await?.iter().map(|ticket| self.ask(server, ticket)));
        }
        Ok(asks)
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

/// Grants at sixteen connections beside the yardstick's, and how long one takes while the server is half busy.
async fn grants(
    browser: &Browser,
    world: &World,
    server: &Server,
    span: Duration,
    shared: &Path,
    table: &mut Table,
) -> anyhow::Result<()> {
    let bare = yardstick::build(shared)?;
    let bare_server = bare.as_ref().map(yardstick::Program::serve).transpose()?;
    let bare = bare_server.as_ref().map(|server| Side {
        server,
        requests: scattered(yardstick::ACCOUNTS)
            .take(2_000)
            .map(|index| {
                let path = format!("/grant/{}", index + 1);
                request("POST", &path, server.address, Some(yardstick::KEY), None)
                    .replace("\r\n\r\n", "\r\ncontent-length: 0\r\n\r\n")
            })
            .collect(),
    });
    let (mut ours, mut beside) = (Vec::new(), Vec::new());
    server.pin();
    for round in 0..=REPETITIONS {
        // The first round warms up.
        let span = if round == 0 { span / 4 } else { span };
        let sample = load_grants(browser, world, server, 16, span, None).await?;
        if round > 0 {
            ours.push(sample);
        }
        if let Some(bare) = &bare {
            bare.server.pin();
            beside.push(bare.load(16, span)?);
        }
    }
    let beside = (!beside.is_empty()).then(|| typical(&beside));
    let ours = typical(&ours);
    let line = Line::new("a grant, c=16: CPU per request", ours.cpu_us, "µs");
    let line = line.goal(Goal::AtMost(400.0));
    table.add(&line.beside(beside.map(|s| s.cpu_us), Goal::None));
    let line = Line::new("a grant, c=16: requests", ours.per_second, "/s");
    table.add(&line.beside(beside.map(|s| s.per_second), Goal::None));
    let mut half = Vec::new();
    for _ in 0..REPETITIONS {
        let pace = Some(ours.per_second / 2.0);
        half.push(load_grants(browser, world, server, 16, span, pace).await?);
    }
    let half = typical(&half);
    let line = Line::new("a grant at half of that load: p99", half.p99_ms, "ms");
    table.add(&line.goal(Goal::AtMost(10.0)));
    Ok(())
}

async fn load_grants(
    browser: &Browser,
    world: &World,
    server: &Server,
    connections: usize,
    span: Duration,
    per_second: Option<f64>,
) -> anyhow::Result<Sample> {
    let most = usize::try_from(MOST_PER_SECOND * span.as_secs().max(1))?;
    let requests = browser.asks(world, server, most).await?;
    let seconds = span.as_secs_f64();
    let load = Load { address: server.address, requests, connections, seconds, per_second };
    load::measure(server, &load)
}

fn pages(
    browser: &Browser,
    world: &World,
    server: &Server,
    span: Duration,
    table: &mut Table,
) -> anyhow::Result<()> {
    let accounts = scattered(world.accounts.len()).take(2_000);
    let requests = accounts.map(|index| browser.page(server, world.accounts[index]));
    let side = Side { server, requests: requests.collect() };
    side.load(16, span / 4)?;
    let found: Vec<Sample> =
        (0..REPETITIONS).map(|_| side.load(16, span)).collect::<anyhow::Result<_>>()?;
    let found = typical(&found);
    table.add(&Line::new("a launch's page with its ticket, c=16: CPU", found.cpu_us, "µs"));
    Ok(())
}

/// R20: ten thousand people click at once, and all of them get in.
async fn herd(
    browser: &Browser,
    world: &World,
    server: &Server,
    table: &mut Table,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let accounts: Vec<AccountId> =
        scattered(world.accounts.len()).take(HERD).map(|index| world.accounts[index]).collect();
    let clicks = futures_util::future::try_join_all(
        accounts.chunks(HERD / 16).map(|accounts| click_all(browser, server, accounts)),
    );
    let done: usize = clicks.await?.into_iter().sum();
    let seconds = began.elapsed().as_secs_f64();
    ensure!(done == HERD, "{done} of {HERD} launches succeeded");
    let line = Line::new("10,000 launches with Okta out of reach: all succeed", seconds, "s");
    table.add(&line.goal(Goal::AtMost(HERD_SECONDS)));
    Ok(())
}

/// Each click is a page, and then a grant for the ticket on it.
async fn click_all(
    browser: &Browser,
    server: &Server,
    accounts: &[AccountId],
) -> anyhow::Result<usize> {
    let mut connection = Connection::open(server.address).await?;
    for account in accounts {
        let status = connection.send(browser.page(server, *account).as_bytes()).await?;
        let page = connection.answer();
        ensure!(status == 200, "a page was answered with {status}: {page}");
        let (_, rest) =
            page.split_once(r#"name="keytile-ticket" content=""#).context("find the ticket")?;
        let ticket = rest.split('"').next().context("read the ticket")?;
        let status = connection.send(browser.ask(server, ticket).as_bytes()).await?;
        ensure!(status == 200, "a grant was answered with {status}: {}", connection.answer());
    }
    Ok(accounts.len())
}
