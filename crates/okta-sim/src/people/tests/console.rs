use super::*;

#[tokio::test]
async fn only_an_administrator_opens_the_console() {
    let world = World::new();
    let eve = world.sign_in("eve@example.com").await;
    for cookie in ["", eve.as_str()] {
        for page in ["people", "groups", "apps", "requests", "tasks"] {
            let status = world.get(&format!("/admin/{page}"), cookie).await.status();
            assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
        }
        let step = format!("/admin/people/{}/deactivate", world.eve);
        assert_eq!(world.post(&step, cookie, &[]).await.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(world.post("/admin/open", &eve, &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_demo_may_open_the_console_for_everybody() {
    let world = World::with(People::with_open_console);
    let gate = text(world.get("/admin", "").await).await;
    assert!(gate.contains("Open for the demo"));
    let pass = cookie_of(&world.post("/admin/open", "", &[]).await);
    assert_eq!(world.get("/admin/people", &pass).await.status(), StatusCode::OK);
}

/// The interfering admin of C11.
#[tokio::test]
async fn an_administrator_changes_people_groups_and_apps() {
    let world = World::new();
    let app = world.bookmark("Contentzilla - Instagram");
    let form = [("username", "admin@example.com"), ("password", "admin")];
    let admin = cookie_of(&world.post("/login", "", &form).await);
    let click = async |path: String, form: &[(&str, &str)]| {
        let answer = world.post(&path, &admin, form).await;
        assert_eq!(answer.status(), StatusCode::FOUND, "{path}");
    };

    click(format!("/admin/apps/{app}/rename"), &[("label", "Mine now")]).await;
    assert_eq!(world.sim.org().app(&app).unwrap().label, "Mine now");
    click(format!("/admin/apps/{app}/unassign"), &[("user", &world.eve)]).await;
    assert!(world.sim.org().app(&app).unwrap().users.is_empty());

    let active = world.post(&format!("/admin/apps/{app}/delete"), &admin, &[]).await;
    assert_eq!(active.status(), StatusCode::FORBIDDEN, "Okta deletes inactive apps only");
    click(format!("/admin/apps/{app}/deactivate"), &[]).await;
    click(format!("/admin/apps/{app}/delete"), &[]).await;
    assert!(world.sim.org().app(&app).is_err());

    click("/admin/groups".to_owned(), &[("name", "Finance")]).await;
    let group = {
        let org = world.sim.org();
        org.groups.values().find(|group| group.name == "Finance").unwrap().id.clone()
    };
    click(format!("/admin/groups/{group}/add"), &[("user", &world.eve)]).await;
    assert!(world.sim.org().group(&group).unwrap().members.contains(&world.eve));
    click(format!("/admin/people/{}/deactivate", world.eve), &[]).await;

    let pages =
        ["/admin/people", "/admin/groups", "/admin/apps", "/admin/requests", "/admin/tasks"];
    let shown = [format!("/admin/groups/{group}"), format!("/admin/apps/{}", world.client_app)];
    for page in pages.into_iter().chain(shown.iter().map(String::as_str)) {
        assert_eq!(world.get(page, &admin).await.status(), StatusCode::OK, "{page}");
    }
    let people = text(world.get("/admin/people", &admin).await).await;
    assert!(people.contains("DEPROVISIONED"));
}
