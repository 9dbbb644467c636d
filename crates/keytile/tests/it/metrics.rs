//! L6, T27: what differs for long, and how the credential stands, is a number for monitoring and told once.

use axum::body::Body;
use http::{Request, StatusCode};
use keytile::{metrics, sync};
use model::share::ItemRole::Collaborator;
use tower::ServiceExt as _;

use crate::support::{TestApp, User};

async fn number(app: &TestApp, name: &str) -> String {
    let text = metrics::text(&app.app).await.unwrap();
    let line = text.lines().find(|line| line.starts_with(name));
    line.unwrap_or_else(|| panic!("{name} in {text}")).rsplit(' ').next().unwrap().to_owned()
}

async fn unseen(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) AS n FROM notification WHERE seen_at IS NULL").await
}

/// L6: at fifteen minutes it is told once, however many follow, and once more when it is over.
#[tokio::test]
async fn tiles_that_differ_for_long_are_told_of_once_for_each_episode() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let ada = app.member("Ada", User).in_okta().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    let tile = app.extend(&app.owner, account).await;
    let behind = "UPDATE tile SET behind_since = $2, settled = marked - 1 WHERE id = $1";
    app.tamper(behind, keytile::values![tile, app.now()].to_vec()).await;
    sync::late::turn(&app.app).await.unwrap();
    assert_eq!((unseen(&app).await, number(&app, "keytile_tiles_late").await), (0, "0".into()));
    for _ in 0..3 {
        app.advance(15 * 60);
        sync::late::turn(&app.app).await.unwrap();
        assert_eq!((unseen(&app).await, number(&app, "keytile_tiles_late").await), (1, "1".into()));
    }
    assert_eq!(number(&app, "keytile_queue_oldest_seconds").await, "2700");
    let healed = "UPDATE tile SET behind_since = NULL, settled = marked WHERE id = $1";
    app.tamper(healed, keytile::values![tile].to_vec()).await;
    for _ in 0..2 {
        sync::late::turn(&app.app).await.unwrap();
        assert_eq!(unseen(&app).await, 2, "that it is over is told once");
    }
    app.tamper(behind, keytile::values![tile, app.now()].to_vec()).await;
    app.advance(16 * 60);
    sync::late::turn(&app.app).await.unwrap();
    assert_eq!(unseen(&app).await, 3, "another episode");
}

#[tokio::test]
async fn monitoring_reads_numbers_and_no_names() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.extend(&app.owner, account).await;
    let text = metrics::text(&app.app).await.unwrap();
    for name in ["Contentzilla", "Instagram", "Acme", "Olga", &app.okta.url] {
        assert!(!text.contains(name), "{name}");
    }
    assert_eq!(number(&app, "keytile_queue_tiles").await, "1");
    let state = |state: &str| {
        format!("keytile_credential{{workspace=\"{}\",state=\"{state}\"}}", app.workspace)
    };
    assert_eq!(number(&app, &state("accepted")).await, "1");
    assert_eq!(number(&app, &state("refused")).await, "0");
    app.tamper("UPDATE portal SET status = 'update'", vec![]).await;
    assert_eq!(number(&app, &state("refused")).await, "1");
    // Each metric says what it is, once.
    let heads = text.lines().filter(|line| line.starts_with("# TYPE keytile_tiles_late "));
    assert_eq!(heads.count(), 1);
}

/// It is not where people and proxies come to.
#[tokio::test]
async fn metrics_have_a_door_of_their_own() {
    let app = TestApp::start().await;
    let at_the_front = app.client().get("/metrics").await;
    assert_eq!(at_the_front.status, StatusCode::NOT_FOUND);
    let ask = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = metrics::router(app.app.clone()).oneshot(ask).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
}
