//! Bookmark apps from create to delete.

use serde_json::json;

use super::bookmark;
use crate::common::{START, TestOrg};

#[tokio::test]
async fn creating_a_bookmark_answers_200_with_ids_and_times_in_oktas_shape() {
    let org = TestOrg::new();
    let answer = org.post("/api/v1/apps?activate=true", bookmark("Wiki")).await;
    assert_eq!(answer.status, 200);
    let id = answer.body["id"].as_str().unwrap();
    assert!(id.len() == 20 && id.starts_with("0oa"), "{id}");
    assert_eq!(answer.body["created"], "2026-01-01T00:00:00.000Z");
    assert_eq!(answer.body["status"], "ACTIVE");
    let orn = answer.body["orn"].as_str().unwrap();
    assert!(orn.starts_with("orn:okta:idp:00o") && orn.ends_with(&format!(":apps:bookmark:{id}")));
    let launch = &answer.body["_links"]["appLinks"][0]["href"];
    assert_eq!(launch, &format!("https://test.okta.com/home/bookmark/{id}/2557"));
}

#[tokio::test]
async fn labels_may_repeat() {
    let org = TestOrg::new();
    assert_ne!(org.new_app("Wiki").await, org.new_app("Wiki").await);
}

#[tokio::test]
async fn replacing_an_inactive_bookmark_keeps_it_inactive_and_moves_its_time() {
    let org = TestOrg::new();
    let created = org.post("/api/v1/apps?activate=false", bookmark("Wiki")).await;
    let path = format!("/api/v1/apps/{}", created.body["id"].as_str().unwrap());
    org.set_clock(START + 5);
    let answer = org.put(&path, bookmark("Wiki 2")).await;
    assert_eq!(answer.body["status"], "INACTIVE");
    assert_eq!(answer.body["label"], "Wiki 2");
    assert_eq!(answer.body["lastUpdated"], "2026-01-01T00:00:05.000Z");
    assert_eq!(answer.body["created"], created.body["created"]);
}

#[tokio::test]
async fn the_links_swap_between_activate_and_deactivate() {
    let org = TestOrg::new();
    let path = format!("/api/v1/apps/{}", org.new_app("Wiki").await);
    for _ in 0..2 {
        let answer = org.call("POST", &format!("{path}/lifecycle/deactivate"), None).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, json!({})));
    }
    let links = org.get(&path).await.body["_links"].clone();
    assert!(links.get("activate").is_some() && links.get("deactivate").is_none());
}

#[tokio::test]
async fn an_active_app_cannot_be_deleted_and_a_deleted_one_is_gone() {
    let org = TestOrg::new();
    let path = format!("/api/v1/apps/{}", org.new_app("Wiki").await);
    org.delete(&path).await.refused(403, "E0000056");
    org.call("POST", &format!("{path}/lifecycle/deactivate"), None).await;
    assert_eq!(org.delete(&path).await.status, 204);
    org.get(&path).await.refused(404, "E0000007");
    org.delete(&path).await.refused(404, "E0000007");
}

#[tokio::test]
async fn a_full_org_refuses_another_app() {
    let org = TestOrg::with(|config| config.settings.app_cap = Some(1));
    org.new_app("Wiki").await;
    let answer = org.post("/api/v1/apps", bookmark("More")).await;
    answer.refused(400, "E0000001");
    assert_eq!(answer.body["errorSummary"], "Api validation failed: generalSettings");
}

#[tokio::test]
async fn an_app_without_label_or_address_is_refused() {
    let org = TestOrg::new();
    for broken in [
        json!({ "name": "bookmark", "settings": { "app": { "url": "https://example.com" } } }),
        json!({ "label": "x", "name": "bookmark", "settings": { "app": {} } }),
        json!({ "label": "x", "name": "bookmark", "settings": { "app": { "url": "no url" } } }),
        json!({ "label": "x", "settings": { "app": { "url": "https://example.com" } } }),
        json!({ "label": "x".repeat(101), "name": "bookmark",
                "settings": { "app": { "url": "https://example.com" } } }),
    ] {
        let answer = org.post("/api/v1/apps", broken).await;
        answer.refused(400, "E0000001");
        assert!(answer.body["errorCauses"][0]["errorSummary"].is_string());
    }
    let wrong_type = json!({ "label": {}, "name": "bookmark" });
    org.post("/api/v1/apps", wrong_type).await.refused(400, "E0000003");
    assert!(org.sim.org().apps.is_empty());
}

#[tokio::test]
async fn an_uploaded_logo_can_be_read_back_where_the_app_links_to() {
    let org = TestOrg::new();
    let path = format!("/api/v1/apps/{}", org.new_app("Wiki").await);
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nGIF89a\r\n--b--\r\n";
    let media = "multipart/form-data; boundary=b";
    let answer = org.send("POST", &format!("{path}/logo"), media, form.to_owned()).await;
    assert_eq!(answer.status, 201);
    let app = org.get(&path).await.body;
    let href = app["_links"]["logo"][0]["href"].as_str().unwrap().to_owned();
    let logo = org.get(href.strip_prefix("https://test.okta.com").unwrap()).await;
    assert_eq!((logo.status.as_u16(), logo.header("content-type")), (200, "image/gif"));
}

#[tokio::test]
async fn a_logo_is_a_small_picture() {
    let org = TestOrg::new();
    let path = format!("/api/v1/apps/{}/logo", org.new_app("Wiki").await);
    let upload = async |name: &str, content: &[u8]| {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        let other = "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nlogo\r\n";
        let form = [other.as_bytes(), head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
        org.send("POST", &path, "multipart/form-data; boundary=b", form).await
    };
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
    assert_eq!(upload("file", svg.as_bytes()).await.status, 201);
    let mut picture = b"\x89PNG".to_vec();
    assert_eq!(upload("file", &picture).await.status, 201);
    upload("picture", &picture).await.refused(400, "E0000001");
    upload("file", b"<html></html>").await.refused(400, "E0000001");
    picture.resize(1 << 20, 0);
    upload("file", &picture).await.refused(400, "E0000001");
    let plain = org.send("POST", &path, "image/png", picture).await;
    plain.refused(400, "E0000001");
}

#[tokio::test]
async fn the_recorded_traffic_holds_bodies_but_no_token() {
    let org = TestOrg::new();
    org.new_app("Wiki").await;
    org.get("/api/v1/apps/nothing?expand=user/x").await;
    let traffic = org.sim.traffic();
    assert_eq!(traffic.len(), 2);
    assert_eq!((traffic[0].method.as_str(), traffic[0].status), ("POST", Some(200)));
    assert!(traffic[0].request_body.contains("\"Wiki\""));
    assert!(traffic.iter().all(|e| e.request_headers.iter().all(|(n, _)| n != "authorization")));
    assert_eq!(traffic[1].query, "expand=user/x");
    assert_eq!(traffic[1].error_code.as_deref(), Some("E0000007"));
}
