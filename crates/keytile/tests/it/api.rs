//! What the REST API tells, and whom: the same as the pages.

use crate::support::{Admin, TestApp, User};

/// C5: what somebody is called in Okta is for admins, over the API as on the page.
#[tokio::test]
async fn who_is_no_admin_is_not_told_what_members_are_called_in_okta() {
    let app = TestApp::start().await;
    let (ada, adam) = (app.member("Ada", User).in_okta().await, app.member("Adam", Admin).await);
    for (person, sees) in [(&ada, false), (&adam, true)] {
        let mut program = app.api_as(person).await;
        let one = program.get(&format!("/api/v1/members/{}", ada.id)).await.json();
        let all = program.get("/api/v1/members?search=ada@").await.json();
        for member in [&one, &all["items"][0]] {
            assert_eq!(member["id"], ada.id.to_string());
            let told = member["external_id"].as_str();
            assert_eq!(told, ada.okta.as_deref().filter(|_| sees), "{}", person.name);
        }
    }
    assert!(app.api_as(&ada).await.get("/api/v1/me").await.json()["external_id"].is_null());
}
