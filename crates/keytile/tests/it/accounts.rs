//! Accounts: who sees, changes and reveals them, and what deleting one keeps.

mod deleted;

use keytile::accounts::{self, Cursor, Draft};
use keytile::members;
use model::access::Level;
use model::secret::Secret;
use model::share::ItemRole::{Collaborator, Owner};
use model::workspace::WorkspaceRole;

use crate::support::{Guest, LoginOnly, TestApp, User};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// C42.
#[tokio::test]
async fn whoever_adds_an_account_owns_it_and_nobody_else_sees_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let (ada, bob, olga) =
        (app.actor(&ada).await, app.actor(&bob).await, app.actor(&app.owner).await);
    let found = accounts::find(&app.app, &ada, account).await.unwrap();
    assert_eq!((found.level, found.has_password, found.has_totp), (Level::Own, true, false));
    assert_eq!(found.app().as_deref(), Some("Instagram"));
    for actor in [&bob, &olga] {
        let hidden = accounts::find(&app.app, actor, account).await.unwrap_err();
        assert_eq!(hidden.code(), "not_found");
        assert!(accounts::list(&app.app, actor, "", None, 50).await.unwrap().is_empty());
    }
    assert_eq!(app.recorded("account.created").await, 1);
}

#[tokio::test]
async fn guests_and_login_only_members_cannot_add_accounts() {
    let app = TestApp::start().await;
    for role in [Guest, LoginOnly] {
        let person = app.member(&format!("{role:?}"), role).await;
        let actor = app.actor(&person).await;
        let draft = Draft { name: "Mine".into(), ..Draft::default() };
        let refused = accounts::create(&app.app, &actor, draft).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
    }
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM account").await, 0);
}

#[tokio::test]
async fn a_collaborator_sees_the_details_and_cannot_reveal_or_change_anything() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.share(account, &ada, Collaborator).await;
    let ada = app.actor(&ada).await;
    assert_eq!(
        accounts::find(&app.app, &ada, account).await.unwrap().username,
        "shared@example.com"
    );
    let draft = || Draft { name: "Mine".into(), ..Draft::default() };
    let refusals = [
        accounts::reveal(&app.app, &ada, account).await.err(),
        accounts::update(&app.app, &ada, account, draft()).await.err(),
        accounts::set_disabled(&app.app, &ada, account, true).await.err(),
        accounts::delete(&app.app, &ada, account).await.err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal.map(|e| e.code()), Some("forbidden"));
    }
    assert_eq!(app.recorded("account.password_revealed").await, 0);
}

/// Promise 3: the record comes first.
#[tokio::test]
async fn an_owner_reveals_the_password_and_that_is_on_record() {
    let app = TestApp::start().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    let revealed = accounts::reveal(&app.app, &owner, account).await.unwrap();
    assert_eq!(revealed.password.unwrap().expose(), "hunter2");
    assert_eq!(app.recorded("account.password_revealed").await, 1);
}

#[tokio::test]
async fn a_secret_that_is_left_out_stays_and_an_empty_one_is_removed() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let draft = Draft {
        name: "Contentzilla".into(),
        totp: Some(secret("jbsw y3dp ehpk 3pxp")),
        notes: Some(secret("Ask Bob")),
        ..Draft::default()
    };
    let account = app.account_of(&app.owner, draft.with_password("one")).await;

    let draft = Draft { name: "Renamed".into(), ..Draft::default() };
    accounts::update(&app.app, &owner, account, draft).await.unwrap();
    let (found, notes) = accounts::find_with_notes(&app.app, &owner, account).await.unwrap();
    assert_eq!((found.name.as_str(), found.has_totp, found.version), ("Renamed", true, 2));
    assert_eq!(notes.as_deref(), Some("Ask Bob"));
    let password = accounts::reveal(&app.app, &owner, account).await.unwrap().password;
    assert_eq!(password.unwrap().expose(), "one");

    let draft = Draft {
        name: "Renamed".into(),
        password: Some(secret("")),
        totp: Some(secret("")),
        notes: Some(secret("")),
        ..Draft::default()
    };
    accounts::update(&app.app, &owner, account, draft).await.unwrap();
    let (found, notes) = accounts::find_with_notes(&app.app, &owner, account).await.unwrap();
    assert_eq!((found.has_password, found.has_totp, notes), (false, false, None));
    assert!(accounts::reveal(&app.app, &owner, account).await.unwrap().password.is_none());
}

#[tokio::test]
async fn a_draft_is_refused_by_its_first_bad_field() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    let draft = || Draft { name: "Contentzilla".into(), ..Draft::default() };
    let bad = [
        ("name", Draft { name: "  ".into(), ..draft() }),
        ("app_name", Draft { app_name: "a\nb".into(), ..draft() }),
        // T15.
        ("login_url", Draft { login_url: "javascript:alert(1)".into(), ..draft() }),
        ("username", Draft { username: "x".repeat(256), ..draft() }),
        ("password", Draft { password: Some(secret(&"x".repeat(1_001))), ..draft() }),
        ("notes", Draft { notes: Some(secret(&"x".repeat(45_001))), ..draft() }),
        ("totp", Draft { totp: Some(secret("not a seed!")), ..draft() }),
        ("totp", Draft { totp: Some(secret("otpauth://totp/x?secret=1")), ..draft() }),
        (
            "totp",
            Draft {
                totp: Some(secret("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=9")),
                ..draft()
            },
        ),
        (
            "totp",
            Draft {
                totp: Some(secret("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1")),
                ..draft()
            },
        ),
    ];
    for (wanted, draft) in bad {
        match accounts::create(&app.app, &owner, draft).await.unwrap_err() {
            keytile::Error::Invalid { field, .. } => assert_eq!(field, wanted),
            other => panic!("{wanted}: {other}"),
        }
    }
}

#[tokio::test]
async fn pages_of_accounts_leave_none_out_and_none_come_twice() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let team = app.team("Marketing", &[&ada]).await;
    for n in 0..7 {
        // Names that sort alike, and one account by two paths.
        let account = app.account(&app.owner, &format!("Account {}", n / 2), "App").await;
        app.share(account, &ada, Collaborator).await;
        app.share(account, team, Owner).await;
    }
    let ada = app.actor(&ada).await;
    let (mut seen, mut after): (Vec<_>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = accounts::list(&app.app, &ada, "", after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Cursor::after(last));
        seen.extend(page.into_iter().map(|a| (a.name, a.id, a.level)));
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted() && seen.iter().all(|a| a.2 == Level::Own));
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn a_search_finds_part_of_a_name_an_app_or_a_user_name_and_takes_signs_as_they_are() {
    let app = TestApp::start().await;
    let owner = app.actor(&app.owner).await;
    for (name, app_name) in [("Contentzilla", "Instagram"), ("100% Öko!", "TikTok"), ("a_b", "X")]
    {
        app.account(&app.owner, name, app_name).await;
    }
    let names = async |search: &str| {
        let found = accounts::list(&app.app, &owner, search, None, 50).await.unwrap();
        found.into_iter().map(|a| a.name).collect::<Vec<_>>()
    };
    assert_eq!(names("ZILLA").await, ["Contentzilla"]);
    assert_eq!(names(" tikt ").await, ["100% Öko!"]);
    assert_eq!(names("öko!").await, ["100% Öko!"]);
    assert_eq!(names("%").await, ["100% Öko!"]);
    assert_eq!(names("_").await, ["a_b"]);
    assert_eq!(names("shared@").await.len(), 3);
    assert_eq!(names("nothing").await, Vec::<String>::new());
}

/// S48.
#[tokio::test]
async fn disabling_and_enabling_an_account_marks_its_tile_and_is_on_record() {
    let app = TestApp::start().await;
    app.turn_on().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    app.extend(&app.owner, account).await;
    let owner = app.actor(&app.owner).await;
    for (disabled, marked) in [(true, 2), (false, 3)] {
        accounts::set_disabled(&app.app, &owner, account, disabled).await.unwrap();
        let found = accounts::find(&app.app, &owner, account).await.unwrap();
        assert_eq!(found.disabled_at.is_some(), disabled);
        assert_eq!(app.count("SELECT marked AS n FROM tile").await, marked);
    }
    assert_eq!(app.recorded("account.disabled").await + app.recorded("account.enabled").await, 2);
}

/// T4.
#[tokio::test]
async fn another_workspaces_account_does_not_exist() {
    let app = TestApp::start().await;
    let account = app.account(&app.owner, "Contentzilla", "Instagram").await;
    let stranger = app.elsewhere().await;
    let refusals = [
        accounts::find(&app.app, &stranger, account).await.err(),
        accounts::reveal(&app.app, &stranger, account).await.err(),
        accounts::delete(&app.app, &stranger, account).await.err(),
        accounts::deleted::restore(&app.app, &stranger, account).await.err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal.map(|e| e.code()), Some("not_found"));
    }
}

/// A ceiling holds whatever was shared while the role was higher.
#[tokio::test]
async fn an_owner_who_becomes_login_only_can_only_log_in() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let owner = app.actor(&app.owner).await;
    members::change_role(&app.app, &owner, ada.id, WorkspaceRole::LoginOnly).await.unwrap();
    let ada = app.actor(&ada).await;
    assert_eq!(accounts::find(&app.app, &ada, account).await.unwrap().level, Level::Launch);
    assert_eq!(
        accounts::reveal(&app.app, &ada, account).await.err().map(|e| e.code()),
        Some("forbidden")
    );
}
