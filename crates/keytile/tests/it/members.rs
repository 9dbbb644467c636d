//! Members: who comes, who goes, and what ends with them.

use keytile::members::{self, NewMember, Show};
use keytile::paging::Wanted;
use keytile::{accounts, apikeys, signin};
use model::share::ItemRole::{Collaborator, Owner};
use model::workspace::{MemberStatus, WorkspaceRole};

use crate::support::{Admin, Guest, LoginOnly, SuperAdmin, TestApp, User};

async fn add(app: &TestApp, email: &str) -> Result<model::MemberId, keytile::Error> {
    let new = NewMember { email: email.into(), name: "X".into(), role: User, directory: None };
    app.try_write(move |tx, by| Box::pin(members::add(tx, by, new))).await
}

#[tokio::test]
async fn an_address_is_taken_once_whatever_its_case_and_must_look_like_one() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    assert_eq!(add(&app, "ADA@Example.com ").await.unwrap_err().code(), "conflict");
    for bad in ["ada", "a\u{7}@example.com", &format!("{}@example.com", "x".repeat(255))] {
        assert_eq!(add(&app, bad).await.unwrap_err().code(), "invalid");
    }
    let mut tx = app.app.db.read().await.unwrap();
    let found = members::store::find_by_email(&mut tx, app.workspace, "Ada@EXAMPLE.com").await;
    assert_eq!(found.unwrap(), Some(ada.id));
}

#[tokio::test]
async fn a_leaver_loses_session_key_shares_and_teams_at_once_and_only_once() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).in_okta().await;
    let team = app.team("Marketing", &[&ada]).await;
    let (own, shared) =
        (app.account(&ada, "Own", "App").await, app.account(&app.owner, "Shared", "App").await);
    app.share(shared, team, Collaborator).await;
    let (actor, owner) = (app.actor(&ada).await, app.actor(&app.owner).await);
    let key = apikeys::create(&app.app, &actor).await.unwrap().expose().clone();
    let id = ada.id;
    let session = app.session_of(&ada).await;
    assert!(signin::session::find(&app.app, session.expose()).await.unwrap().is_some());

    members::remove(&app.app, &owner, ada.id).await.unwrap();
    let gone = app.actor(&ada).await;
    assert_eq!(gone.status, MemberStatus::Removed);
    for account in [own, shared] {
        assert_eq!(accounts::find(&app.app, &gone, account).await.unwrap_err().code(), "not_found");
    }
    assert!(apikeys::authenticate(&app.app, &key).await.is_err());
    assert!(signin::session::find(&app.app, session.expose()).await.unwrap().is_none());
    app.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
    assert_eq!(app.recorded("member.removed").await, 1);
    assert!(app.people_in(team).await.is_empty());
}

/// C33.
#[tokio::test]
async fn a_returning_member_does_not_get_back_what_was_shared_with_them() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    let id = ada.id;
    app.write(move |tx, by| Box::pin(members::reactivate(tx, by, id))).await;
    let back = app.actor(&ada).await;
    assert_eq!(back.status, MemberStatus::Active);
    assert!(accounts::find(&app.app, &back, account).await.is_err());
    app.write(move |tx, by| Box::pin(members::reactivate(tx, by, id))).await;
    assert_eq!(app.recorded("member.reactivated").await, 1);
}

#[tokio::test]
async fn a_removed_persons_address_may_be_given_to_another_and_then_they_cannot_return() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    add(&app, &ada.email).await.unwrap();
    let id = ada.id;
    let refused = app.try_write(move |tx, by| Box::pin(members::reactivate(tx, by, id))).await;
    assert_eq!(refused.unwrap_err().code(), "conflict");
}

#[tokio::test]
async fn a_suspended_member_keeps_their_shares_and_can_use_none() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Owner).await;
    let owner = app.actor(&app.owner).await;
    members::suspend(&app.app, &owner, ada.id).await.unwrap();
    let resting = app.actor(&ada).await;
    assert!(accounts::find(&app.app, &resting, account).await.is_err());
    assert!(accounts::reveal(&app.app, &resting, account).await.is_err());
    members::resume(&app.app, &owner, ada.id).await.unwrap();
    let back = app.actor(&ada).await;
    assert!(accounts::reveal(&app.app, &back, account).await.is_ok());
}

/// R-rule of roles: nobody above oneself, nobody oneself, never the Owner.
#[tokio::test]
async fn nobody_acts_on_the_owner_on_themselves_or_on_somebody_above() {
    let app = TestApp::start().await;
    let (admin, above, user) = (
        app.member("Admin", Admin).await,
        app.member("Above", SuperAdmin).await,
        app.member("User", User).await,
    );
    let actor = app.actor(&admin).await;
    for target in [app.owner.id, admin.id, above.id] {
        for refused in [
            members::remove(&app.app, &actor, target).await,
            members::suspend(&app.app, &actor, target).await,
            members::change_role(&app.app, &actor, target, Guest).await,
        ] {
            assert_eq!(refused.unwrap_err().code(), "forbidden");
        }
    }
    let raised = members::change_role(&app.app, &actor, user.id, SuperAdmin).await;
    assert_eq!(raised.unwrap_err().code(), "forbidden");
    members::change_role(&app.app, &actor, user.id, Admin).await.unwrap();
    assert_eq!(app.actor(&user).await.role, Admin);
    let owner = app.owner.id;
    let refused = app.try_write(move |tx, by| Box::pin(members::deactivate(tx, by, owner))).await;
    assert_eq!(refused.unwrap_err().code(), "conflict");
}

#[tokio::test]
async fn changing_a_role_to_what_it_is_does_nothing() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let owner = app.actor(&app.owner).await;
    members::change_role(&app.app, &owner, ada.id, User).await.unwrap();
    assert_eq!(app.recorded("member.role_changed").await, 0);
    members::change_role(&app.app, &owner, ada.id, Guest).await.unwrap();
    let history = "SELECT COUNT(*) AS n FROM member_role WHERE role IN ('user', 'guest')";
    assert_eq!((app.recorded("member.role_changed").await, app.count(history).await), (1, 2));
}

#[tokio::test]
async fn admins_see_every_member_users_see_colleagues_and_guests_see_no_list() {
    let app = TestApp::start().await;
    let (ada, guest) = (app.member("Ada", User).await, app.member("Gus", Guest).await);
    app.member("Lou", LoginOnly).await;
    let gone = app.member("Zoe", User).await;
    let owner = app.actor(&app.owner).await;
    members::remove(&app.app, &owner, gone.id).await.unwrap();
    let all = members::list(&app.app, &owner, &Wanted::first("", 50)).await.unwrap().items;
    assert_eq!(all.len(), 5);
    assert_eq!(all.last().unwrap().status, MemberStatus::Removed, "removed people come last");
    let user = app.actor(&ada).await;
    let seen = members::list(&app.app, &user, &Wanted::first("", 50)).await.unwrap().items;
    assert!(seen.iter().all(|m| m.role != WorkspaceRole::LoginOnly && m.removed_at.is_none()));
    assert_eq!(seen.len(), 3);
    let guest = app.actor(&guest).await;
    let refused = members::list(&app.app, &guest, &Wanted::first("", 50)).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    assert_eq!(members::find(&app.app, &guest, guest.member).await.unwrap().name, "Gus");
    assert_eq!(members::find(&app.app, &guest, ada.id).await.unwrap_err().code(), "forbidden");
}

/// Both databases agree on what is upper case, also beyond ASCII.
#[tokio::test]
async fn members_are_found_by_part_of_a_name_or_address_in_any_case_and_script() {
    let app = TestApp::start().await;
    for name in ["Ömer", "Ada 100%", "Ελένη"] {
        app.member(name, User).await;
    }
    let owner = app.actor(&app.owner).await;
    let names = async |search: &str| {
        let found = members::list(&app.app, &owner, &Wanted::first(search, 50)).await.unwrap();
        found.items.into_iter().map(|m| m.name).collect::<Vec<_>>()
    };
    assert_eq!(names("ada").await, ["Ada 100%"]);
    assert_eq!(names("0%").await, ["Ada 100%"]);
    assert_eq!(names("ömer").await, ["Ömer"]);
    assert_eq!(names("ÖMER").await, ["Ömer"]);
    assert_eq!(names("ΕΛΈΝΗ").await, ["Ελένη"]);
    assert_eq!(names("@example.com").await.len(), 4);
}

#[tokio::test]
async fn a_profile_changes_and_the_person_stays_the_same() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let id = ada.id;
    app.write(move |tx, by| {
        Box::pin(async move {
            Ok(members::store::set_profile(tx, by, id, "Åsa", "asa@example.com").await?)
        })
    })
    .await;
    let owner = app.actor(&app.owner).await;
    let found = members::find(&app.app, &owner, id).await.unwrap();
    assert_eq!((found.name.as_str(), found.email.as_str()), ("Åsa", "asa@example.com"));
    let found = async |search: &str| {
        members::list(&app.app, &owner, &Wanted::first(search, 50)).await.unwrap().items.len()
    };
    assert_eq!((found("åsa").await, found("ada").await), (1, 0));
}

/// T28: the request was read while all was well, and its change comes after the commit that ended that.
#[tokio::test]
async fn who_is_suspended_or_demoted_meanwhile_gets_nothing_out_of_an_earlier_request() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", Admin).await, app.member("Bob", User).await);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let collection = app.collection(&ada, "Social").await;
    let owner = app.actor(&app.owner).await;
    let earlier = app.actor(&ada).await;
    let attempts = async || {
        let (item, bob) = (model::ShareItem::Account(account), model::Grantee::Member(bob.id));
        [
            accounts::reveal(&app.app, &earlier, account).await.err(),
            accounts::delete(&app.app, &earlier, account).await.err(),
            keytile::sharing::share(&app.app, &earlier, item, bob, Collaborator).await.err(),
            keytile::collections::delete(&app.app, &earlier, collection).await.err(),
            keytile::apikeys::create(&app.app, &earlier).await.err(),
        ]
    };
    members::change_role(&app.app, &owner, ada.id, LoginOnly).await.unwrap();
    for refusal in attempts().await {
        assert_eq!(refusal.map(|e| e.code()), Some("forbidden"));
    }
    let demoting = members::change_role(&app.app, &earlier, bob.id, Guest).await;
    assert!(demoting.is_err(), "they are no admin any more");
    members::suspend(&app.app, &owner, ada.id).await.unwrap();
    for refusal in attempts().await {
        assert_eq!(refusal.map(|e| e.code()), Some("not_found"));
    }
    assert_eq!(app.recorded("account.password_revealed").await, 0);
}

/// T28.
#[tokio::test]
async fn of_two_admins_who_demote_each_other_at_once_one_comes_too_late() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", Admin).await, app.member("Bob", Admin).await);
    let (a, b) = (app.actor(&ada).await, app.actor(&bob).await);
    let (first, second) = futures_util::future::join(
        members::change_role(&app.app, &a, bob.id, User),
        members::change_role(&app.app, &b, ada.id, User),
    )
    .await;
    assert!(first.is_ok() != second.is_ok());
    assert_eq!(app.recorded("member.role_changed").await, 1);
}

/// T28.
#[tokio::test]
async fn access_that_ends_while_it_is_used_ends_between_two_uses() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let share = app.share(account, &ada, Owner).await;
    let (actor, owner) = (app.actor(&ada).await, app.actor(&app.owner).await);
    let reveal = || async { accounts::reveal(&app.app, &actor, account).await.is_ok() };
    let (before, ended, after) = futures_util::future::join3(
        futures_util::future::join_all((0..10).map(|_| reveal())),
        keytile::sharing::unshare(&app.app, &owner, share),
        futures_util::future::join_all((0..10).map(|_| reveal())),
    )
    .await;
    ended.unwrap();
    let given = before.iter().chain(&after).filter(|ok| **ok).count();
    let recorded = app.recorded("account.password_revealed").await;
    assert_eq!(i64::try_from(given).unwrap(), recorded, "each that was given is on record");
    assert!(!reveal().await);
}

/// T4.
#[tokio::test]
async fn another_workspaces_member_does_not_exist() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let stranger = app.elsewhere().await;
    assert_eq!(members::find(&app.app, &stranger, ada.id).await.unwrap_err().code(), "not_found");
    let removed = members::remove(&app.app, &stranger, ada.id).await;
    assert_eq!(removed.unwrap_err().code(), "not_found");
}

/// C38: pages hold everybody once, whatever is searched or shown, and a file does too.
#[tokio::test]
async fn the_list_goes_on_from_any_place_and_an_export_holds_everybody() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let mut names = vec!["Olga Owner".to_owned()];
    for n in 0..7 {
        let name = format!("Person {}", n % 3);
        let new = NewMember {
            email: format!("p{n}@example.com"),
            name: name.clone(),
            role: User,
            directory: None,
        };
        let id = app.write(move |tx, by| Box::pin(members::add(tx, by, new))).await;
        if n > 4 {
            members::remove(&app.app, &owner, id).await.unwrap();
        }
        names.push(name);
    }
    let read = async |search: &str, show| {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let wanted = Wanted::after(search, &after, 2);
            let part = members::list_of(&app.app, &owner, &wanted, show).await.unwrap();
            found.extend(part.items.into_iter().map(|m| (m.removed_at.is_some(), m.name, m.id)));
            let Some(next) = part.next else { return found };
            after = next;
        }
    };
    let all = read("", Show::All).await;
    assert!(all.is_sorted_by_key(|(gone, name, id)| (*gone, name.to_lowercase(), *id)));
    let mut told: Vec<_> = all.iter().map(|(_, name, _)| name.clone()).collect();
    told.sort();
    names.sort();
    assert_eq!(told, names);
    assert_eq!((read("", Show::Here).await.len(), read("", Show::Removed).await.len()), (6, 2));
    assert_eq!(read("person 1", Show::All).await.len(), 2);
    assert!(read("", Show::Suspended).await.is_empty());

    let mut browser = app.client_as(&app.owner).await;
    let file = browser.get("/members/export").await;
    assert_eq!(file.body.lines().count(), 9);
    assert!(file.body.contains(",removed,") && file.body.contains(",pending,"));
    assert!(!browser.get("/members").await.body.contains("Removed</span>"));
    assert!(browser.get("/members?show=removed").await.body.contains("Removed</span>"));
}

/// U10: a number that agrees with what the person's own list shows.
#[tokio::test]
async fn the_list_counts_the_accounts_that_each_person_reaches_by_any_path() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let team = app.team("Marketing", &[&ada]).await;
    let folder = app.collection(&app.owner, "Social").await;
    let owner = app.actor(&app.owner).await;
    for n in 0..4 {
        let account = app.account(&app.owner, &format!("Account {n}"), "App").await;
        match n {
            0 => drop(app.share(account, &ada, Collaborator).await),
            1 => drop(app.share(account, team, Collaborator).await),
            2 => {
                keytile::collections::add_account(&app.app, &owner, folder, account).await.unwrap();
            }
            _ => {}
        }
        if n == 0 {
            // The same one by a second path.
            app.share(account, team, Collaborator).await;
        }
    }
    app.share(folder, team, Collaborator).await;
    let all = members::list(&app.app, &owner, &Wanted::first("", 50)).await.unwrap().items;
    let figures = members::figures(&app.app, &owner, "", &all).await.unwrap();
    for person in [&ada, &bob, &app.owner] {
        let actor = app.actor(person).await;
        let reached = accounts::list(&app.app, &actor, "", None, 100).await.unwrap().len();
        assert_eq!(
            figures[&person.id].accounts,
            i64::try_from(reached).unwrap(),
            "{}",
            person.name
        );
    }
    assert_eq!((figures[&ada.id].teams, figures[&bob.id].teams), (1, 0));
    let user = app.actor(&ada).await;
    assert!(members::figures(&app.app, &user, "", &all).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_history_of_a_member_names_what_has_ended_and_why() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let (one, two) =
        (app.account(&app.owner, "One", "App").await, app.account(&app.owner, "Two", "App").await);
    let share = app.share(one, &ada, Collaborator).await;
    let owner = app.actor(&app.owner).await;
    keytile::sharing::unshare(&app.app, &owner, share).await.unwrap();
    app.advance(60);
    app.share(two, &ada, Owner).await;
    members::remove(&app.app, &owner, ada.id).await.unwrap();
    let mut browser = app.client_as(&app.owner).await;
    let page = browser.get(&format!("/members/{}/history", ada.id)).await.body;
    let (at_two, at_one) = (page.find("Two").unwrap(), page.find("One").unwrap());
    assert!(at_two < at_one, "the latest first");
    assert!(page[at_two..at_one].contains("because they left"));
    assert!(page[at_one..].contains("ended by Olga Owner"));
    let mut adas = app.client_as(&app.member("Bob", User).await).await;
    let refused = adas.get(&format!("/members/{}/history", ada.id)).await;
    assert_eq!(refused.status, http::StatusCode::FORBIDDEN);
}
