//! Teams: kept here or pushed by a directory, and what they give ends with them.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use keytile::paging::Wanted;
use keytile::{accounts, teams};
use model::share::ItemRole::Collaborator;
use model::team::{TeamOrigin, TeamRole};
use serde_json::json;

use crate::support::{TestApp, User};

#[tokio::test]
async fn whoever_makes_a_team_leads_it_and_its_name_is_taken_in_any_case() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let actor = app.actor(&ada).await;
    let team = teams::create(&app.app, &actor, " Marketing ").await.unwrap();
    let (found, may_manage) = teams::find(&app.app, &actor, team).await.unwrap();
    let people = app.people_in(team).await;
    assert_eq!((found.name.as_str(), found.members, may_manage), ("Marketing", 1, true));
    assert_eq!((people[0].member, people[0].role), (ada.id, TeamRole::Admin));
    let taken = teams::create(&app.app, &actor, "MARKETING").await.unwrap_err();
    assert_eq!(taken.code(), "conflict");
    let other = teams::create(&app.app, &actor, "Sales").await.unwrap();
    let renamed = teams::rename(&app.app, &actor, other, "marketing").await.unwrap_err();
    assert_eq!(renamed.code(), "conflict");
    teams::rename(&app.app, &actor, other, "Revenue").await.unwrap();
    teams::delete(&app.app, &actor, team).await.unwrap();
    teams::rename(&app.app, &actor, other, "Marketing").await.unwrap();
}

#[tokio::test]
async fn people_come_into_a_team_change_their_part_and_leave_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let actor = app.actor(&ada).await;
    let team = teams::create(&app.app, &actor, "Marketing").await.unwrap();
    for role in [TeamRole::Member, TeamRole::Member, TeamRole::Admin] {
        teams::add_member(&app.app, &actor, team, bob.id, role).await.unwrap();
    }
    assert_eq!(app.recorded("team.member_added").await, 1);
    let people = app.people_in(team).await;
    assert_eq!(people.len(), 2);
    assert!(people.iter().all(|p| p.role == TeamRole::Admin));
    let bob_actor = app.actor(&bob).await;
    teams::remove_member(&app.app, &bob_actor, team, ada.id).await.unwrap();
    let hidden = teams::find(&app.app, &actor, team).await.unwrap_err();
    assert_eq!(hidden.code(), "not_found");
    teams::remove_member(&app.app, &bob_actor, team, ada.id).await.unwrap();
    assert_eq!(app.recorded("team.member_removed").await, 1);
    let stranger = app.elsewhere().await;
    let refused =
        teams::add_member(&app.app, &bob_actor, team, stranger.member, TeamRole::Member).await;
    assert_eq!(refused.unwrap_err().code(), "invalid");
}

#[tokio::test]
async fn a_member_of_a_team_sees_it_and_cannot_change_it() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let team = app.team("Marketing", &[&ada]).await;
    app.team("Sales", &[]).await;
    let actor = app.actor(&ada).await;
    let refused = teams::rename(&app.app, &actor, team, "Mine").await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let (own, all) = (
        teams::list(&app.app, &actor).await.unwrap(),
        teams::list(&app.app, &app.actor(&app.owner).await).await.unwrap(),
    );
    assert_eq!((own.len(), all.len()), (1, 2));
    let (first, nobody) = (Wanted::first("", 9), BTreeSet::new());
    let offered = teams::candidates(&app.app, &actor, &first, &nobody).await.unwrap();
    assert_eq!(offered.items.len(), 2);
}

#[tokio::test]
async fn a_directorys_team_is_changed_by_the_directory_alone() {
    let app = TestApp::start().await;
    let (directory, ada) = (app.directory, app.member("Ada", User).await);
    let team = app
        .write(move |tx, by| {
            Box::pin(async move {
                let external = Some("00g1".to_owned());
                teams::insert(tx, by, "Marketing", Some((directory, external))).await
            })
        })
        .await;
    let owner = app.actor(&app.owner).await;
    let (found, may_manage) = teams::find(&app.app, &owner, team).await.unwrap();
    assert_eq!((found.origin, may_manage), (TeamOrigin::Directory, false));
    assert_eq!(found.external_id.as_deref(), Some("00g1"));
    let refused = teams::add_member(&app.app, &owner, team, ada.id, TeamRole::Member).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
}

/// A share with one of two teams of the same name would be a guess.
#[tokio::test]
async fn a_team_kept_here_is_not_named_like_a_directorys_and_where_it_is_already_the_picker_tells()
{
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let mut program = app.api_as(&ada).await;
    let named = |name: &str| json!({ "name": name });
    let first = program.json(Method::POST, "/api/v1/teams", &named("Sales")).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let directory = app.directory;
    // What a directory brings is accepted, whatever there is.
    for name in ["Sales", "Marketing"] {
        app.write(move |tx, by| {
            Box::pin(async move { teams::insert(tx, by, name, Some((directory, None))).await })
        })
        .await;
    }
    let second = program.json(Method::POST, "/api/v1/teams", &named("MARKETING")).await;
    assert_eq!(
        (second.status, &second.json()["error"]["code"]),
        (StatusCode::CONFLICT, &json!("conflict"))
    );
    let path = format!("/api/v1/teams/{}", first.json()["id"].as_str().unwrap());
    let renamed = program.json(Method::PATCH, &path, &named("marketing")).await;
    assert_eq!(renamed.status, StatusCode::CONFLICT);
    let mut browser = app.client_as(&ada).await;
    let page = browser.post("/teams", &[("name", "Marketing")]).await;
    assert!(page.body.contains("There is a team named Marketing already"), "{}", page.body);

    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let found = browser.get(&format!("/accounts/{account}/shares?q=sales")).await.body;
    let (own, pushed) = (found.find(">Teams<"), found.find(">Teams from Okta<"));
    assert!(own.is_some() && own < pushed, "{found}");
    for team in teams::list(&app.app, &app.actor(&app.owner).await).await.unwrap() {
        app.share(account, team.id, Collaborator).await;
    }
    let page = browser.get(&format!("/accounts/{account}")).await.body;
    assert!(page.contains("Team from Okta of 0 people"), "{page}");
    assert!(page.contains("Team of one person"), "{page}");
}

#[tokio::test]
async fn a_deleted_team_gives_nothing_any_more_and_other_paths_stay() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let team = app.team("Marketing", &[&ada, &bob]).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, team, Collaborator).await;
    app.share(account, &bob, Collaborator).await;
    let owner = app.actor(&app.owner).await;
    teams::delete(&app.app, &owner, team).await.unwrap();
    assert!(accounts::find(&app.app, &app.actor(&ada).await, account).await.is_err());
    assert!(accounts::find(&app.app, &app.actor(&bob).await, account).await.is_ok());
    assert_eq!(teams::find(&app.app, &owner, team).await.unwrap_err().code(), "not_found");
}

/// T4.
#[tokio::test]
async fn another_workspaces_team_does_not_exist() {
    let app = TestApp::start().await;
    let team = app.team("Marketing", &[]).await;
    let stranger = app.elsewhere().await;
    assert_eq!(teams::find(&app.app, &stranger, team).await.unwrap_err().code(), "not_found");
    assert_eq!(teams::delete(&app.app, &stranger, team).await.unwrap_err().code(), "not_found");
    let (first, nobody) = (Wanted::first("", 9), BTreeSet::new());
    let offered = teams::candidates(&app.app, &stranger, &first, &nobody);
    assert!(offered.await.unwrap().items.is_empty());
}

/// T30: who leads a team decides who is in it.
#[tokio::test]
async fn whoever_is_made_a_team_admin_is_on_record() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let actor = app.actor(&ada).await;
    let team = teams::create(&app.app, &actor, "Marketing").await.unwrap();
    for (role, roles_changed) in
        [(TeamRole::Member, 0), (TeamRole::Admin, 1), (TeamRole::Admin, 1), (TeamRole::Member, 2)]
    {
        teams::add_member(&app.app, &actor, team, bob.id, role).await.unwrap();
        assert_eq!(app.recorded("team.role_changed").await, roles_changed);
        assert_eq!(app.recorded("team.member_added").await, 1);
    }
    let page = app.client_as(&ada).await.get("/activity").await.body;
    assert!(page.contains("made Bob an admin of the team"), "{page}");
}
