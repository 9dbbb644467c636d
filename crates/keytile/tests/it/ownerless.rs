//! Accounts that nobody owns: which they are, and who may give them an Owner (C49).

use http::StatusCode;
use keytile::accounts::{self, ownerless};
use keytile::paging::Wanted;
use keytile::{collections, members, values};
use model::share::ItemRole::{Collaborator, Owner};

use crate::support::{Admin, LoginOnly, SuperAdmin, TestApp, User};

async fn found(app: &TestApp) -> Vec<(String, Option<String>)> {
    let actor = app.actor(&app.owner).await;
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let wanted = Wanted::after("", &after, 1);
        let part = ownerless::list(&app.app, &actor, &wanted).await.unwrap();
        all.extend(part.items.into_iter().map(|account| (account.name, account.last_owner)));
        let Some(next) = part.next else { return all };
        after = next;
    }
}

/// C49: the vendor counts an account that only a team owns as orphaned. Here an Owner by any path counts.
#[tokio::test]
async fn an_account_is_ownerless_once_no_active_person_owns_it_by_any_path() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let (lead, crew) = (app.team("Lead", &[&bob]).await, app.team("Crew", &[&bob]).await);
    let folder = app.collection(&app.owner, "Folder").await;
    let owner = app.actor(&app.owner).await;
    let mut all = Vec::new();
    for name in ["Alone", "By team", "By collection", "Crew only", "Shared"] {
        all.push(app.account(&ada, name, "App").await);
    }
    app.share(all[1], lead, Owner).await;
    app.share(folder, lead, Owner).await;
    let adas = app.actor(&ada).await;
    app.share(folder, &ada, Owner).await;
    collections::add_account(&app.app, &adas, folder, all[2]).await.unwrap();
    app.share(all[3], crew, Collaborator).await;
    app.share(all[4], &app.owner, Owner).await;
    assert!(found(&app).await.is_empty());
    let alerts = "SELECT COUNT(*) AS n FROM notification WHERE link = '/accounts/ownerless' AND member_id = $1";
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    assert_eq!(app.count_of(alerts, values![app.owner.id]).await, 1);
    let ada = Some("Ada".to_owned());
    assert_eq!(
        found(&app).await,
        [("Alone".into(), ada.clone()), ("Crew only".into(), ada.clone())]
    );

    // Bob owned by his team, and rests; the workspace's Owner still owns the collection.
    members::suspend(&app.app, &owner, bob.id).await.unwrap();
    let names = found(&app).await.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names, ["Alone", "By team", "Crew only"]);
    members::resume(&app.app, &owner, bob.id).await.unwrap();
    members::change_role(&app.app, &owner, bob.id, LoginOnly).await.unwrap();
    assert_eq!(found(&app).await.len(), 3, "a Login-only member owns nothing");
}

#[tokio::test]
async fn a_super_admin_gives_them_an_owner_and_an_admin_only_sees_them() {
    let app = TestApp::start().await;
    let (adam, sue) = (app.member("Adam", Admin).await, app.member("Sue", SuperAdmin).await);
    let (ada, bob, lou) = (
        app.member("Ada", User).await,
        app.member("Bob", User).await,
        app.member("Lou", LoginOnly).await,
    );
    let (one, two) = (app.account(&ada, "One", "App").await, app.account(&ada, "Two", "App").await);
    let owned = app.account(&app.owner, "Owned", "App").await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    let (one, two, owned) = (one.to_string(), two.to_string(), owned.to_string());
    let (bob_id, lou_id) = (bob.id.to_string(), lou.id.to_string());
    let give = |to: &str| {
        [
            ("account", one.clone()),
            ("account", two.clone()),
            ("account", owned.clone()),
            ("member", to.to_owned()),
        ]
    };
    let send = async |browser: &mut crate::support::Client, to: &str| {
        let fields = give(to);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/accounts/ownerless", &fields).await
    };
    let mut admin = app.client_as(&adam).await;
    let page = admin.get("/accounts/ownerless").await;
    assert!(page.body.contains("Last owned by Ada") && !page.body.contains("Make Owner"));
    assert_eq!(send(&mut admin, &bob_id).await.status, StatusCode::FORBIDDEN);

    let mut above = app.client_as(&sue).await;
    let refused = send(&mut above, &lou_id).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.body.contains("can only be Collaborators"));
    assert_eq!(send(&mut above, &bob_id).await.status, StatusCode::SEE_OTHER);
    assert!(found(&app).await.is_empty());
    let bobs = app.actor(&bob).await;
    assert_eq!(
        accounts::list(&app.app, &bobs, "", None, 10).await.unwrap().len(),
        2,
        "Owned has one"
    );
    let told = "SELECT COUNT(*) AS n FROM notification WHERE member_id = $1";
    assert_eq!(app.count_of(told, values![bob.id]).await, 1);
}

/// C41: to own an account is to reach its password.
#[tokio::test]
async fn an_owner_is_assigned_only_by_somebody_who_has_just_confirmed_that_it_is_them() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&ada, "One", "App").await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    let long_ago = app.now();
    app.advance(6 * 60);
    let late = ownerless::assign(&app.app, &owner, long_ago, vec![account], app.owner.id).await;
    assert_eq!(late.unwrap_err().code(), "confirm_identity");
    let now = app.now();
    let given = ownerless::assign(&app.app, &owner, now, vec![account], app.owner.id).await;
    assert_eq!(given.unwrap(), 1);
}

/// Whoever reaches an account by a team or a collection can use it as well, and counts once.
#[tokio::test]
async fn the_list_says_how_many_people_can_use_what_nobody_owns() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let cleo = app.member("Cleo", User).await;
    let crew = app.team("Crew", &[&bob, &cleo]).await;
    let folder = app.collection(&ada, "Folder").await;
    let (used, unused) =
        (app.account(&ada, "Used", "App").await, app.account(&ada, "Unused", "App").await);
    collections::add_account(&app.app, &app.actor(&ada).await, folder, used).await.unwrap();
    app.share(folder, crew, Collaborator).await;
    app.share(used, &bob, Collaborator).await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    let page = app.client_as(&app.owner).await.get("/accounts/ownerless").await.body;
    let told = |account: model::AccountId| {
        let row = page.split(&format!("for=\"{account}\"")).nth(1).unwrap();
        row.split("</p>").next().unwrap().to_owned()
    };
    assert!(told(used).ends_with("2 people can use it"), "{}", told(used));
    assert!(told(unused).ends_with("Nobody can use it"), "{}", told(unused));
}
