//! Shares: given, changed, taken away, and explained (C44).

use keytile::{accounts, collections, sharing};
use model::access::Path;
use model::share::ItemRole::{self, Collaborator, Owner};
use model::share::{Grantee, ShareItem};

use crate::support::{Guest, LoginOnly, Person, TestApp, User};

async fn share(
    app: &TestApp,
    by: &Person,
    item: ShareItem,
    with: Grantee,
    role: ItemRole,
) -> Result<model::ShareId, keytile::Error> {
    let actor = app.actor(by).await;
    sharing::share(&app.app, &actor, item, with, role).await
}

#[tokio::test]
async fn sharing_twice_is_once_and_another_role_replaces_the_first() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let item = ShareItem::Account(app.account(&app.owner, "Contentzilla", "Instagram").await);
    let with = Grantee::Member(ada.id);
    app.advance(1);
    let first = share(&app, &app.owner, item, with, Collaborator).await.unwrap();
    assert_eq!(share(&app, &app.owner, item, with, Collaborator).await.unwrap(), first);
    let owner = app.actor(&app.owner).await;
    let second = sharing::change_role(&app.app, &owner, first, Owner).await.unwrap();
    assert_ne!(second, first);
    assert_eq!(sharing::find(&app.app, &owner, first).await.unwrap_err().code(), "not_found");
    let shares = sharing::list(&app.app, &owner, item).await.unwrap();
    let told: Vec<_> = shares.iter().map(|s| (s.grantee_name.as_str(), s.role)).collect();
    assert_eq!(told, [("Olga Owner", Owner), ("Ada", Owner)]);
}

/// S14, C44.
#[tokio::test]
async fn ending_one_path_leaves_the_others_and_each_is_explained() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    let team = app.team("Marketing", &[&ada]).await;
    let collection = app.collection(&app.owner, "Social").await;
    let below = app.collection_in(collection, &app.owner, "Brand").await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    collections::add_account(&app.app, &owner, below, account).await.unwrap();
    let direct = app.share(account, &ada, Collaborator).await;
    let by_team = app.share(account, team, Owner).await;
    let by_collection = app.share(collection, &ada, Collaborator).await;
    let by_both = app.share(collection, team, Collaborator).await;

    let people = sharing::people_of(&app.app, &owner, account).await.unwrap();
    let mut paths: Vec<_> = people
        .iter()
        .filter(|p| p.member == ada.id)
        .map(|p| (p.path, p.through.as_str(), p.role))
        .collect();
    paths.sort_by_key(|p| p.0);
    assert_eq!(
        paths,
        [
            (Path::Direct { share: direct }, "", Collaborator),
            (Path::Team { share: by_team, team }, "Marketing", Owner),
            (Path::Collection { share: by_collection, collection }, "Social", Collaborator),
            (
                Path::TeamCollection { share: by_both, team, collection },
                "Marketing, Social",
                Collaborator
            ),
        ]
    );
    let actor = app.actor(&ada).await;
    for id in [by_team, direct, by_both, by_collection] {
        assert!(accounts::find(&app.app, &actor, account).await.is_ok());
        sharing::unshare(&app.app, &owner, id).await.unwrap();
    }
    assert!(accounts::find(&app.app, &actor, account).await.is_err());
    let twice = sharing::unshare(&app.app, &owner, direct).await.unwrap_err();
    assert_eq!(twice.code(), "not_found");
}

/// C44: one path is told once, however often the account lies beneath the shared collection.
#[tokio::test]
async fn an_account_in_two_collections_beneath_a_shared_one_is_reached_by_one_path() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let top = app.collection(&app.owner, "Top").await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    for name in ["One", "Two"] {
        let below = app.collection_in(top, &app.owner, name).await;
        collections::add_account(&app.app, &owner, below, account).await.unwrap();
    }
    app.share(top, &ada, Collaborator).await;
    let people = sharing::people_of(&app.app, &owner, account).await.unwrap();
    assert_eq!(people.iter().filter(|p| p.member == ada.id).count(), 1);
}

#[tokio::test]
async fn guests_and_login_only_members_receive_as_collaborators_only() {
    let app = TestApp::start().await;
    let item = ShareItem::Account(app.account(&app.owner, "Contentzilla", "Instagram").await);
    for role in [Guest, LoginOnly] {
        let person = app.member(&format!("{role:?}"), role).await;
        let with = Grantee::Member(person.id);
        let refused = share(&app, &app.owner, item, with, Owner).await.unwrap_err();
        assert_eq!(refused.code(), "invalid");
        share(&app, &app.owner, item, with, Collaborator).await.unwrap();
    }
}

#[tokio::test]
async fn only_an_owner_shares_sees_the_shares_and_ends_them() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let own = app.share(account, &ada, Collaborator).await;
    let item = ShareItem::Account(account);
    let refused = share(&app, &ada, item, Grantee::Member(bob.id), Collaborator).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    let hidden = share(&app, &bob, item, Grantee::Member(bob.id), Owner).await;
    assert_eq!(hidden.unwrap_err().code(), "not_found");
    let actor = app.actor(&ada).await;
    for refused in [
        sharing::list(&app.app, &actor, item).await.err(),
        sharing::people_of(&app.app, &actor, account).await.err(),
        sharing::unshare(&app.app, &actor, own).await.err(),
    ] {
        assert_eq!(refused.map(|e| e.code()), Some("forbidden"));
    }
}

/// T4.
#[tokio::test]
async fn nothing_is_shared_with_people_or_teams_of_another_workspace_or_with_leavers() {
    let app = TestApp::start().await;
    let item = ShareItem::Account(app.account(&app.owner, "Contentzilla", "Instagram").await);
    let stranger = app.elsewhere().await;
    let foreign_team = keytile::teams::create(&app.app, &stranger, "Theirs").await.unwrap();
    let gone = app.member("Gone", User).await;
    let owner = app.actor(&app.owner).await;
    keytile::members::remove(&app.app, &owner, gone.id).await.unwrap();
    for with in
        [Grantee::Member(stranger.member), Grantee::Team(foreign_team), Grantee::Member(gone.id)]
    {
        let refused = share(&app, &app.owner, item, with, Collaborator).await.unwrap_err();
        assert_eq!(refused.code(), "invalid");
    }
    let hidden =
        sharing::share(&app.app, &stranger, item, Grantee::Member(stranger.member), Owner).await;
    assert_eq!(hidden.unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn a_collection_is_shared_by_those_who_own_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let collection = app.collection(&app.owner, "Social").await;
    let item = ShareItem::Collection(collection);
    share(&app, &app.owner, item, Grantee::Member(ada.id), Owner).await.unwrap();
    let by_ada = share(&app, &ada, item, Grantee::Member(bob.id), Collaborator).await.unwrap();
    let actor = app.actor(&bob).await;
    assert_eq!(sharing::list(&app.app, &actor, item).await.unwrap_err().code(), "forbidden");
    sharing::unshare(&app.app, &app.actor(&ada).await, by_ada).await.unwrap();
    assert_eq!(sharing::list(&app.app, &actor, item).await.unwrap_err().code(), "not_found");
}

/// T28: the change looks the share up itself.
#[tokio::test]
async fn a_share_that_has_ended_is_not_brought_back_by_another_role() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    let id = app.share(account, &ada, Collaborator).await;
    sharing::unshare(&app.app, &owner, id).await.unwrap();
    let refused = sharing::change_role(&app.app, &owner, id, Owner).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    let mut collaborator = app.client_as(&ada).await;
    assert!(!collaborator.get("/accounts").await.body.contains("Contentzilla"));
}

/// Product 2.4: who has access is for an account's Owners, on the page of a person too.
#[tokio::test]
async fn a_collaborator_does_not_see_on_a_persons_page_what_they_both_use() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let finance = app.team("Finance", &[&bob]).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    app.share(account, finance, Collaborator).await;
    let page = format!("/members/{}", bob.id);
    let mut collaborator = app.client_as(&ada).await;
    let told = collaborator.get(&page).await.body;
    assert!(!told.contains("Contentzilla") && !told.contains("Finance"), "{told}");
    let own = collaborator.get(&format!("/members/{}", ada.id)).await.body;
    assert!(own.contains("Contentzilla"));
    let mut owner = app.client_as(&app.owner).await;
    assert!(owner.get(&page).await.body.contains("Contentzilla"));
    app.share(account, &ada, Owner).await;
    assert!(collaborator.get(&page).await.body.contains("Contentzilla"));
}
