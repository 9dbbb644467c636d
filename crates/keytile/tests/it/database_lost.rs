//! The database is lost under us: its connections are cut while changes and the sync are under way (R10). What was answered
//! is kept, and what was not is found out by looking. On SQLite there is no connection that could be lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::future::join_all;
use http::StatusCode;
use keytile::sync::worker::{Holder, Turn, Worker, recorder};
use keytile::sync::{self, Progress, store};
use keytile::{App, Error, settings, teams};
use model::share::ItemRole::Collaborator;
use okta_sim::org::AppKind;
use portal::okta::OktaPortal;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::{TestApp, User, client};

/// Ends every connection to the test's database but this one, as a primary that dies does.
async fn cut_all(operator: &mut PgConnection) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(sql).execute(operator).await.expect("the server answers");
}

/// R10, L1, L7: as many changes at once as there are connections, and all of these are cut again and again.
#[tokio::test]
async fn no_answered_change_is_lost_when_the_database_is_cut_off_under_load() {
    let test = TestApp::start().await;
    if !test.app.db.is_postgres() {
        return;
    }
    let (done, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (test, done, is_over) = (&test, &done, &is_over);
    let changes = (0..16).map(|lane| async move {
        let mut answered = Vec::new();
        for n in 0..40 {
            let name = format!("Team {lane}-{n}");
            // Until it is answered, or somebody looks and finds it there.
            for _ in 0..100 {
                let (wanted, known) = (name.clone(), name.clone());
                let insert = test.try_write(move |tx, by| {
                    Box::pin(async move { teams::insert(tx, by, &wanted, None).await })
                });
                match insert.await {
                    Ok(_) => {
                        answered.push(name);
                        break;
                    }
                    Err(Error::Conflict(_)) if is_stored(test, &known).await => break,
                    Err(Error::Database(_)) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            done.fetch_add(1, Ordering::SeqCst);
        }
        answered
    });
    let cuts = async {
        let mut operator = PgConnection::connect(&test.database_url()).await.unwrap();
        let mut cuts = 0;
        while !is_over.load(Ordering::SeqCst) {
            let before = done.load(Ordering::SeqCst);
            cut_all(&mut operator).await;
            cuts += 1;
            // The load goes on before the next cut.
            while done.load(Ordering::SeqCst) < before + 20 && !is_over.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
        }
        cuts
    };
    let load = async {
        let answered = join_all(changes).await;
        is_over.store(true, Ordering::SeqCst);
        answered
    };
    let (answered, cuts) = tokio::join!(load, cuts);
    assert!(cuts > 3, "{cuts} cuts");
    for name in answered.iter().flatten() {
        assert!(is_stored(test, name).await, "{name} was answered and is lost");
    }
    // Each once, and each with its record.
    assert_eq!(test.count("SELECT COUNT(*) AS n FROM team").await, 16 * 40);
    assert_eq!(test.recorded("team.created").await, 16 * 40);
}

async fn is_stored(test: &TestApp, name: &str) -> bool {
    loop {
        let Ok(mut tx) = test.app.db.read().await else { continue };
        let values = keytile::values![name];
        if let Ok(row) = tx.optional("SELECT 1 AS n FROM team WHERE name = $1", values).await {
            return row.is_some();
        }
    }
}

/// R10, L3: a connection that is lost between any two statements of the worker leaves one app, with its people.
#[tokio::test]
async fn a_sync_whose_database_is_cut_off_after_each_turn_ends_in_one_app() {
    let test = TestApp::start().await;
    if !test.app.db.is_postgres() {
        return;
    }
    let ada = test.member("Ada", User).in_okta().await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.share(account, &ada, Collaborator).await;
    test.turn_on().await;
    test.extend(&test.owner, account).await;
    let mut operator = PgConnection::connect(&test.database_url()).await.unwrap();
    let worker = worker(&test.app, &test).await;
    let mut failures = 0;
    for n in 0..400 {
        // The cut comes at another point of the turn each time.
        let turn = worker.turn();
        let cut = async {
            for _ in 0..n % 40 {
                tokio::task::yield_now().await;
            }
            cut_all(&mut operator).await;
        };
        let (turn, ()) = tokio::join!(turn, cut);
        match turn {
            Ok(Turn::Wait(Some(until))) => {
                let left = until.duration_since(test.now()).as_millis();
                test.advance_millis(i64::try_from(left).unwrap().max(1));
            }
            Ok(Turn::Idle) if n > 40 => break,
            Ok(_) => {}
            Err(_) => failures += 1,
        }
    }
    assert!(failures > 0, "the cuts were felt");
    assert_eq!(to_its_end(&worker, &test).await, Turn::Idle);
    assert_eq!(people_of_apps(&test), [1]);
    let owner = test.actor(&test.owner).await;
    let status = sync::status(&test.app, &owner, account).await.unwrap().unwrap();
    assert_eq!(status.progress, Progress::Synced);
}

/// Takes turns, and lets the time pass that the worker waits for, whatever its database does.
async fn to_its_end(worker: &Worker<OktaPortal>, test: &TestApp) -> Turn {
    loop {
        match worker.turn().await {
            Ok(Turn::Wait(Some(until))) => {
                let left = until.duration_since(test.now()).as_millis();
                test.advance_millis(i64::try_from(left).unwrap().max(1));
            }
            Ok(Turn::Did(_) | Turn::Audited) | Err(_) => {}
            Ok(end) => return end,
        }
    }
}

/// How many people each app of ours has in Okta.
fn people_of_apps(test: &TestApp) -> Vec<usize> {
    let org = test.okta.sim.org();
    let ours = org.apps.values().filter(
        |app| matches!(&app.kind, AppKind::Bookmark { url, .. } if url.contains("/launch/")),
    );
    ours.map(|app| app.users.len()).collect()
}

async fn worker(app: &App, test: &TestApp) -> Worker<OktaPortal> {
    let mut tx = app.db.read().await.unwrap();
    let row = store::portal(&mut tx, test.workspace).await.unwrap().expect("a portal");
    let portal = settings::open_portal(app, &mut tx, &row).await.unwrap().with_recorder(recorder());
    drop(tx);
    Worker::take_over(app, row, portal, &Holder::new(app)).await.unwrap().expect("the lease")
}

/// R10: the commit is done, and its answer lost. Nobody repeats it blindly: who asked learns that it is not known, and a
/// second try finds the first.
#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_stored_once_and_never_repeated() {
    let mut test = TestApp::start().await;
    if !test.app.db.is_postgres() {
        return;
    }
    let link = Link::to(&test.database_url()).await;
    let through = test.another_at(&link.url).await;
    let insert = |app: &App| {
        let (app, workspace) = (app.clone(), test.workspace);
        async move {
            let mut by = keytile::actor::By::process(&app, workspace, "system");
            let change = app.db.write::<_, Error, _>(workspace, move |tx| {
                Box::pin(async move { teams::insert(tx, &mut by, "Marketing", None).await })
            });
            change.await
        }
    };
    link.loses_answers_to_commits.store(true, Ordering::SeqCst);
    let lost = insert(&through).await;
    assert!(matches!(lost, Err(Error::Database(_))), "{lost:?}");
    link.loses_answers_to_commits.store(false, Ordering::SeqCst);
    assert_eq!(test.count("SELECT COUNT(*) AS n FROM team").await, 1, "it is stored, and once");
    assert_eq!(test.recorded("team.created").await, 1);
    // The same process goes on by another connection, and sees what became of it.
    assert!(matches!(insert(&through).await, Err(Error::Conflict(_))));
    assert_eq!(test.recorded("team.created").await, 1);
    test.listener = None;
}

/// R10: for a minute there is no database at all. Whatever was answered is kept, whatever was not can be done again, and the
/// sync goes on where it was.
#[tokio::test]
async fn a_minute_without_a_database_loses_nothing_and_ends_by_itself() {
    let mut test = TestApp::start().await;
    if !test.app.db.is_postgres() {
        return;
    }
    let ada = test.member("Ada", User).in_okta().await;
    test.turn_on().await;
    let mut accounts = Vec::new();
    for name in ["First", "Second", "Third"] {
        let account = test.account(&test.owner, name, "").await;
        test.share(account, &ada, Collaborator).await;
        test.extend(&test.owner, account).await;
        accounts.push(account);
    }
    let link = Link::to(&test.database_url()).await;
    let through = test.another_at(&link.url).await;
    let mut browser = client(&through);
    test.sign_in_here(&mut browser, &test.owner).await;
    let worker = worker(&through, &test).await;
    assert!(matches!(worker.turn().await, Ok(Turn::Did(_))));
    let answered = browser.post("/teams", &[("name", "Answered")]).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);

    link.is_down.send_replace(true);
    for _ in 0..60 {
        assert!(worker.turn().await.is_err());
        let asked = [
            browser.get("/accounts").await,
            browser.post("/teams", &[("name", "Refused")]).await,
            browser.get("/readyz").await,
        ];
        assert!(asked.iter().all(|answer| answer.status.is_server_error()));
        test.advance(1);
    }
    let calls = test.okta.sim.traffic().len();
    link.is_down.send_replace(false);

    assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
    let teams = browser.get("/teams").await.body;
    assert!(teams.contains("Answered") && !teams.contains("Refused"));
    let again = browser.post("/teams", &[("name", "Refused")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(to_its_end(&worker, &test).await, Turn::Idle);
    assert!(test.okta.sim.traffic().len() > calls);
    assert_eq!(people_of_apps(&test), [1, 1, 1]);
    let owner = test.actor(&test.owner).await;
    for account in accounts {
        let status = sync::status(&test.app, &owner, account).await.unwrap().unwrap();
        assert_eq!(status.progress, Progress::Synced);
    }
    test.listener = None;
}

/// A line to the database that can be down, and that can lose the server's answer to a commit.
struct Link {
    url: String,
    is_down: watch::Sender<bool>,
    loses_answers_to_commits: Arc<AtomicBool>,
}

impl Link {
    async fn to(database: &str) -> Self {
        let mut url: url::Url = database.parse().unwrap();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let loses: Arc<AtomicBool> = Arc::default();
        let loses_answers_to_commits = Arc::clone(&loses);
        let (is_down, goes_down) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *goes_down.borrow() {
                    continue;
                }
                let server = TcpStream::connect(server.clone()).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&loses), goes_down.clone()));
            }
        });
        Self { url: url.into(), is_down, loses_answers_to_commits }
    }
}

/// Carries both ways until one side ends, the line is down, or a commit was answered whose answer is to be lost.
async fn carry(
    client: TcpStream,
    server: TcpStream,
    loses: Arc<AtomicBool>,
    mut goes_down: watch::Receiver<bool>,
) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let has_committed = Arc::new(AtomicBool::new(false));
    let there = requests(from_client, to_server, &loses, &has_committed);
    let back = answers(from_server, to_client, &has_committed);
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = goes_down.wait_for(|is_down| *is_down) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    loses: &AtomicBool,
    has_committed: &AtomicBool,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        let is_commit = buffer[..n].windows(6).any(|part| part == b"COMMIT");
        has_committed.store(is_commit && loses.load(Ordering::SeqCst), Ordering::SeqCst);
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, has_committed: &AtomicBool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        // The server has answered, so it is done; the one who waits will never know.
        if has_committed.load(Ordering::SeqCst) || to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
