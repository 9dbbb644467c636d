//! The builders themselves: what the other tests stand on.

use model::access::Level;
use model::share::ItemRole;

use crate::support::{TestApp, User};

#[tokio::test]
async fn a_world_is_built_in_a_line_for_each_thing() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    let bob = app.member("Bob", User).await;
    let marketing = app.team("Marketing", &[&ada]).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, marketing, ItemRole::Collaborator).await;
    app.turn_on().await;
    app.extend(&app.owner, account).await;
    app.advance(60);

    let (ada_now, bob_now) = (app.actor(&ada).await, app.actor(&bob).await);
    let seen = keytile::accounts::find(&app.app, &ada_now, account).await.unwrap();
    assert_eq!((seen.name.as_str(), seen.level), ("Contentzilla", Level::Launch));
    let hidden = keytile::accounts::find(&app.app, &bob_now, account).await.unwrap_err();
    assert_eq!(hidden.code(), "not_found");
    let owner = app.actor(&app.owner).await;
    let audience = keytile::sync::audience(&app.app, &owner, account).await.unwrap();
    assert_eq!(audience.sees.len(), 1);
    assert_eq!(audience.sees[0].external_id, ada.okta);
    assert_eq!(app.now().as_second() - ada_created(&app).await, 60);
}

async fn ada_created(app: &TestApp) -> i64 {
    app.count("SELECT created_at / 1000 AS n FROM member WHERE name = 'Ada'").await
}
