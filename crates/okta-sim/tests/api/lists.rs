//! Paging, `q`, `filter` and `search`.

use okta_sim::org::{GroupType, NewApp, NewUser};

use crate::common::TestOrg;

async fn all_pages(org: &TestOrg, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = org.get(&path).await;
        pages.push(answer.ids().into_iter().map(ToOwned::to_owned).collect());
        next = answer.next();
    }
    pages
}

#[tokio::test]
async fn following_next_meets_every_app_once_oldest_first() {
    let org = TestOrg::new();
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(org.new_app(&format!("App {number}")).await);
    }
    let pages = all_pages(&org, "/api/v1/apps?limit=2").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), made);
}

#[tokio::test]
async fn self_and_next_are_two_header_lines_and_keep_the_query() {
    let org = TestOrg::new();
    for number in 0..2 {
        org.new_app(&format!("App {number}")).await;
    }
    let answer = org.get("/api/v1/apps?limit=1&filter=name+eq+%22bookmark%22").await;
    let links: Vec<&str> =
        answer.headers.get_all("link").iter().map(|link| link.to_str().unwrap()).collect();
    assert_eq!(links.len(), 2);
    let query = "limit=1&filter=name+eq+%22bookmark%22>; rel=\"self\"";
    assert_eq!(links[0], format!("<https://test.okta.com/api/v1/apps?{query}"));
    assert!(links[1].contains("?after=0oa") && links[1].ends_with("rel=\"next\""));
}

#[tokio::test]
async fn an_item_deleted_between_pages_does_not_hide_others() {
    let org = TestOrg::new();
    for number in 0..3 {
        org.new_app(&format!("App {number}")).await;
    }
    let first = org.get("/api/v1/apps?limit=1").await;
    let gone = first.ids()[0].to_owned();
    org.sim.org().apps.remove(&gone);
    let second = org.get(&first.next().unwrap()).await;
    assert_eq!(second.body[0]["label"], "App 1");
}

#[tokio::test]
async fn cursors_of_people_are_not_their_ids() {
    let org = TestOrg::new();
    org.new_user("ada").await;
    let answer = org.get("/api/v1/users?limit=1").await;
    assert!(answer.next().unwrap().contains("after=200u"));
    assert_eq!(all_pages(&org, "/api/v1/users?limit=1").await.concat().len(), 2);
}

#[tokio::test]
async fn a_made_up_cursor_is_refused() {
    let org = TestOrg::new();
    org.get("/api/v1/apps?after=nonsense").await.refused(400, "E0000029");
    org.get("/api/v1/apps?limit=none").await.refused(400, "E0000001");
    org.get("/api/v1/apps?expand=user").await.refused(400, "E0000001");
}

#[tokio::test]
async fn apps_are_found_by_the_start_of_their_label_and_by_name() {
    let org = TestOrg::new();
    let wiki = org.new_app("Wiki - Finance").await;
    let other = NewApp::of_kind(
        "HR",
        okta_sim::org::AppKind::Other {
            name: "deelhr".to_owned(),
            sign_on_mode: None,
            settings: serde_json::Map::new(),
        },
    );
    let other = org.sim.org().create_app(other, true).unwrap();
    assert_eq!(org.get("/api/v1/apps?q=wiki").await.ids(), [wiki.as_str()]);
    assert!(org.get("/api/v1/apps?q=finance").await.ids().is_empty());
    let bookmarks = "/api/v1/apps?filter=name+eq+%22bookmark%22";
    assert_eq!(org.get(bookmarks).await.ids(), [wiki.as_str()]);
    // A provisioning-only app has no sign-on mode, and Okta prints null.
    let all = org.send("GET", "/api/v1/apps", "", String::new()).await;
    assert_eq!(all.ids(), [wiki.as_str(), other.as_str()]);
    assert!(all.body[1]["signOnMode"].is_null());
    let notes = "/api/v1/apps?filter=settings.notes.admin+eq+%22x%22";
    org.get(notes).await.refused(400, "E0000031");
}

#[tokio::test]
async fn inactive_apps_are_only_listed_to_those_who_ask() {
    let org = TestOrg::new();
    let app = org.new_app("Wiki").await;
    org.sim.org().deactivate_app(&app).unwrap();
    assert!(org.get("/api/v1/apps").await.ids().is_empty());
    assert_eq!(org.get("/api/v1/apps?includeNonDeleted=true").await.ids(), [app.as_str()]);
    let inactive = "/api/v1/apps?filter=status+eq+%22INACTIVE%22";
    assert_eq!(org.get(inactive).await.ids(), [app.as_str()]);
}

#[tokio::test]
async fn deprovisioned_people_are_only_listed_to_those_who_filter_or_search() {
    let org = TestOrg::new();
    let ada = org.new_user("ada").await;
    org.sim.org().deactivate_user(&ada).unwrap();
    assert_eq!(org.get("/api/v1/users").await.ids().len(), 1, "the admin");
    let filter = "/api/v1/users?filter=status+eq+%22DEPROVISIONED%22";
    assert_eq!(org.get(filter).await.ids(), [ada.as_str()]);
    let search = "/api/v1/users?search=profile.firstName+sw+%22AD%22";
    assert!(org.get(search).await.ids().contains(&ada.as_str()));
    assert!(org.get("/api/v1/users?q=ada@").await.ids().is_empty());
}

#[tokio::test]
async fn groups_are_found_by_name_and_type_and_know_their_people_and_apps() {
    let org = TestOrg::new();
    let (finance, app) = (org.new_group("Finance").await, org.new_app("Wiki").await);
    let imported = org.sim.org().create_group(GroupType::App, "Finance", None).unwrap();
    let ada = {
        let mut state = org.sim.org();
        let ada = NewUser::person("ada@example.com", "Ada", "Byron", "secret");
        let ada = state.create_user(ada).unwrap();
        state.join(&imported, &ada);
        ada
    };
    org.assign_group(&app, &finance).await;
    assert_eq!(org.get("/api/v1/groups?q=fin").await.ids(), [finance.as_str(), imported.as_str()]);
    let own = "/api/v1/groups?filter=type+eq+%22OKTA_GROUP%22";
    assert_eq!(org.get(own).await.ids(), [finance.as_str()]);
    let named = "/api/v1/groups?search=profile.name+eq+%22finance%22+and+type+eq+%22APP_GROUP%22";
    assert_eq!(org.get(named).await.ids(), [imported.as_str()]);
    assert_eq!(org.get(&format!("/api/v1/groups/{finance}/apps")).await.ids(), [app.as_str()]);
    let members = org.get(&format!("/api/v1/groups/{imported}/users")).await;
    assert_eq!(members.ids(), [ada.as_str()]);
    let theirs = org.get(&format!("/api/v1/users/{ada}/groups")).await;
    assert_eq!(theirs.ids().len(), 2, "Everyone and the imported one");
}
