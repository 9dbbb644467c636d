//! Pages through the front door: who may open which, what a form answers, and what asks for a proof first.

mod credentials;
mod forms;
mod refused;
mod service_app;
mod settings;
mod strategy;

use http::{Method, StatusCode};
use model::workspace::WorkspaceRole;

use crate::support::{Admin, Answer, Guest, LoginOnly, SuperAdmin, TestApp, User};

/// Each page of the navigation, and the least role that may open it.
#[tokio::test]
async fn each_page_opens_for_its_roles_and_for_nobody_else() {
    let app = TestApp::start().await;
    let pages: [(&str, &[WorkspaceRole]); 9] = [
        ("/accounts", &[Guest, LoginOnly, User, Admin, SuperAdmin]),
        ("/collections", &[Guest, LoginOnly, User, Admin, SuperAdmin]),
        ("/activity", &[Guest, LoginOnly, User, Admin, SuperAdmin]),
        ("/profile", &[Guest, LoginOnly, User, Admin, SuperAdmin]),
        ("/teams", &[Guest, User, Admin, SuperAdmin]),
        ("/members", &[User, Admin, SuperAdmin]),
        ("/settings", &[Admin, SuperAdmin]),
        ("/sync", &[Admin, SuperAdmin]),
        ("/sync/drift", &[Admin, SuperAdmin]),
    ];
    for role in [Guest, LoginOnly, User, Admin, SuperAdmin] {
        let person = app.member(role.title(), role).await;
        let mut browser = app.client_as(&person).await;
        for (page, roles) in pages {
            let expected =
                if roles.contains(&role) { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(browser.get(page).await.status, expected, "{page} as {}", role.title());
        }
    }
    let mut owner = app.client_as(&app.owner).await;
    for (page, _) in pages {
        assert_eq!(owner.get(page).await.status, StatusCode::OK, "{page} as the Owner");
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let app = TestApp::start().await;
    let answer = app.client().get("/members?q=ada").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/sign-in?return_to=%2Fmembers%3Fq%3Dada");
}

/// PostgreSQL stores no U+0000.
#[tokio::test]
async fn a_sign_that_a_database_does_not_store_is_found_nowhere() {
    let app = TestApp::start().await;
    let mut browser = app.client_as(&app.owner).await;
    for list in ["/accounts", "/members", "/teams", "/collections", "/activity", "/sync/drift"] {
        let answer = browser.get(&format!("{list}?q=a%00b")).await;
        assert_eq!(answer.status, StatusCode::OK, "{list}");
    }
    let mut program = app.api_as(&app.owner).await;
    let stray = program.call(Method::POST, "/api/v1/sync/strays/0oa%00/keep").await;
    assert_eq!(stray.status, StatusCode::NOT_FOUND);
}

/// T4: what one may not see does not exist.
#[tokio::test]
async fn a_thing_of_others_does_not_exist() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let (admin, lola) = (app.member("Adam", Admin).await, app.member("Lola", LoginOnly).await);
    let team = format!("/teams/{}", app.team("Marketing", &[&ada]).await);
    let collection = format!("/collections/{}", app.collection(&ada, "Social").await);
    let lola = format!("/members/{}", lola.id);
    let stranger = format!("/members/{}", app.elsewhere().await.member);
    let (ok, missing) = (StatusCode::OK, StatusCode::NOT_FOUND);
    for (person, expected) in [
        (&ada, [ok, ok, missing, missing]),
        (&bob, [missing, missing, missing, missing]),
        (&admin, [ok, missing, ok, missing]),
    ] {
        let mut browser = app.client_as(person).await;
        for (page, expected) in [&team, &collection, &lola, &stranger].into_iter().zip(expected) {
            assert_eq!(browser.get(page).await.status, expected, "{page} as {}", person.name);
        }
    }
}

/// U10, and product 2.4: who has access is for an account's Owners.
#[tokio::test]
async fn a_members_page_tells_the_owners_of_an_account_who_can_use_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.member("Ada", User).await, app.member("Bob", User).await);
    let team = app.team("Marketing", &[&ada, &bob]).await;
    let shared = app.account(&ada, "Contentzilla", "Instagram").await;
    let own = app.account(&bob, "Payroll", "Bank").await;
    app.share(shared, team, model::share::ItemRole::Collaborator).await;
    let page = app.client_as(&ada).await.get(&format!("/members/{}", bob.id)).await.body;
    assert!(page.contains("Contentzilla · Instagram") && page.contains("By team Marketing"));
    assert!(!page.contains("Payroll"), "Ada does not reach it");
    let mut browser = app.client_as(&bob).await;
    let page = browser.get(&format!("/members/{}", ada.id)).await.body;
    assert!(!page.contains("Contentzilla"), "Bob does not own it");
    let page = browser.get(&format!("/members/{}", bob.id)).await.body;
    assert!(page.contains("Contentzilla") && page.contains(&format!("/accounts/{own}")));
    let page = app.client_as(&ada).await.get(&format!("/teams/{team}")).await.body;
    assert!(page.contains("Contentzilla · Instagram") && !page.contains("Payroll"));
}

#[tokio::test]
async fn the_activity_page_is_a_sentence_for_each_event() {
    let app = TestApp::start().await;
    let (ada, lola) = (app.member("Ada", User).await, app.member("Lola", LoginOnly).await);
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let mut browser = app.client_as(&ada).await;
    let fields = [("with", lola.id.to_string()), ("role", "collaborator".into())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&format!("/accounts/{account}/shares"), &fields).await;
    let page = browser.get("/activity").await.body;
    assert!(page.contains("made Lola a Collaborator of"));
    assert!(page.contains(&format!("href=\"/accounts/{account}\">Contentzilla</a>")));
    let page = app.client_as(&app.owner).await.get("/activity").await.body;
    assert!(page.contains("made Lola a Collaborator of Contentzilla"), "no link for who lacks it");
    // Login-only members see events, and nobody's name in them (product.md 2.4).
    let page = app.client_as(&lola).await.get("/activity").await.body;
    assert!(page.contains("Unknown") && !page.contains(">Ada<"));
}

/// What a page shows once, after a form was accepted or refused.
fn toast(page: &Answer) -> &str {
    let toasts = page.body.split("id=\"toasts\"").nth(1).unwrap_or_default();
    toasts
        .split("</svg><div>")
        .nth(1)
        .and_then(|rest| rest.split("</div>").next())
        .unwrap_or("")
        .trim()
}
