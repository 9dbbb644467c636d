use super::*;

#[tokio::test]
async fn only_an_administrator_opens_the_console() {
    let world = World::new();
    let eve = world.sign_in("eve@example.com").await;
    for cookie in ["", eve.as_str()] {
        for page in ["people", "groups", "apps", "hooks", "logout", "requests", "tasks"] {
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

    let pages = ["people", "groups", "apps", "hooks", "logout", "requests", "tasks"];
    let pages = pages.map(|page| format!("/admin/{page}"));
    let shown = [
        format!("/admin/groups/{group}"),
        format!("/admin/apps/{}", world.client_app),
        format!("/admin/people/{}", world.eve),
    ];
    for page in pages.iter().chain(&shown) {
        assert_eq!(world.get(page, &admin).await.status(), StatusCode::OK, "{page}");
    }
    let people = text(world.get("/admin/people", &admin).await).await;
    assert!(people.contains("DEPROVISIONED"));
}

impl World {
    async fn admin(&self) -> String {
        let form = [("username", "admin@example.com"), ("password", "admin")];
        cookie_of(&self.post("/login", "", &form).await)
    }
}

#[tokio::test]
async fn a_person_is_suspended_locked_out_and_logged_out_on_their_page() {
    let world = World::new();
    let admin = world.admin().await;
    let status = || world.sim.org().user(&world.eve).unwrap().status.as_str();
    let click = async |step: &str, form: &[(&str, &str)]| {
        let path = format!("/admin/people/{}/{step}", world.eve);
        let to = location(&world.post(&path, &admin, form).await);
        assert_eq!(to, format!("/admin/people/{}", world.eve), "{step}");
    };
    for (step, then) in [
        ("lock", "LOCKED_OUT"),
        ("unlock", "ACTIVE"),
        ("expire_password", "PASSWORD_EXPIRED"),
        ("reset_password", "RECOVERY"),
    ] {
        click(step, &[]).await;
        assert_eq!(status(), then);
    }
    let mut org = world.sim.org();
    let password = Some("right".to_owned());
    org.update_user(&world.eve, crate::org::Profile::new(), password, false).unwrap();
    drop(org);
    let eve = world.sign_in("eve@example.com").await;
    click("clear_sessions", &[]).await;
    assert!(location(&world.get("/app/UserHome", &eve).await).starts_with("/login?"));
    click("suspend", &[("everywhere", "yes")]).await;
    assert_eq!(status(), "SUSPENDED");
    let logged = world
        .sim
        .org()
        .log_events()
        .any(|event| event.event_type == "user.authentication.universal_logout");
    assert!(logged);
    let page = text(world.get(&format!("/admin/people/{}", world.eve), &admin).await).await;
    assert!(page.contains("SCIM is told nothing") && page.contains("user.lifecycle.suspend"));
    let list = text(world.get("/admin/people?status=SUSPENDED", &admin).await).await;
    assert!(list.contains("Eve Example") && !list.contains("Mallory Other"));
}

#[tokio::test]
async fn an_administrator_registers_a_hook_a_receiver_and_a_logout() {
    let world = World::new();
    let admin = world.admin().await;
    let form = [
        ("name", "Keytile"),
        ("uri", "https://keytile.test/hooks/okta/1"),
        ("secret", "s3cret"),
        ("event", "user.lifecycle.suspend"),
        ("event", "user.lifecycle.deactivate"),
    ];
    world.post("/admin/hooks", &admin, &form).await;
    let hook = world.sim.org().event_hooks.values().next().unwrap().clone();
    assert_eq!(hook.events, ["user.lifecycle.suspend", "user.lifecycle.deactivate"]);
    let page = text(world.get("/admin/hooks", &admin).await).await;
    assert!(page.contains("UNVERIFIED") && !page.contains("s3cret"));

    let endpoint = "https://keytile.test/universal-logout/1";
    let path = format!("/admin/apps/{}/logout", world.client_app);
    world.post(&path, &admin, &[("endpoint", endpoint), ("subject", "iss_sub")]).await;
    let receiver = [("endpoint", "https://keytile.test/ssf/1"), ("secret", "t")];
    world.post("/admin/logout", &admin, &receiver).await;
    let page = text(world.get("/admin/logout", &admin).await).await;
    assert!(page.contains(endpoint) && page.contains("https://keytile.test/ssf/1"));
    let bookmark = world.bookmark("Contentzilla");
    let path = format!("/admin/apps/{bookmark}/logout");
    let refused = world.post(&path, &admin, &[("endpoint", endpoint)]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

/// R14, as an admin meets it.
#[tokio::test]
async fn failed_pushes_are_listed_with_what_waits_and_are_retried() {
    use crate::push::{Dialect, Provisioner, ScimTarget};
    let world = World::with(|people| {
        // Nobody listens there.
        let base_url = "http://127.0.0.1:9/scim/v2".to_owned();
        let target = ScimTarget { base_url, token: "t".to_owned(), dialect: Dialect::Private };
        let provisioner = Provisioner::new(people.sim.clone(), target).unwrap();
        people.with_provisioner(provisioner)
    });
    let admin = world.admin().await;
    let app = {
        let mut org = world.sim.org();
        let app = org.apps.values().find(|app| app.scim.is_some()).unwrap().id.clone();
        org.assign_user(&app, &world.eve, None, None, None).unwrap();
        app
    };
    let page = format!("/admin/apps/{app}/provisioning");
    let click = async |step: &str, form: &[(&str, &str)]| {
        let to = location(&world.post(&format!("{page}/{step}"), &admin, form).await);
        assert_eq!(to, page, "{step}");
    };
    click("sync", &[]).await;
    world.sim.org().deactivate_user(&world.eve).unwrap();
    click("retry", &[]).await;
    for page in [page.as_str(), "/admin/tasks"] {
        let shown = text(world.get(page, &admin).await).await;
        assert!(shown.contains("create or link") && shown.contains("no answer"), "{shown}");
        assert!(shown.contains("not sent since: deactivate"), "{shown}");
    }
    let group = {
        let mut org = world.sim.org();
        org.create_group(crate::org::GroupType::Okta, "Finance", None).unwrap()
    };
    let group = [("group", group.as_str())];
    for step in ["push", "pause", "resume", "push-now", "unlink"] {
        click(step, &group).await;
    }
    click("switches", &[("create", "yes"), ("deactivate", "yes")]).await;
    let switches = world.sim.org().connection(&app).unwrap().switches;
    assert!(switches.deactivate_users && !switches.update_attributes);
    let test = world.post(&format!("{page}/test"), &admin, &[]).await;
    assert_eq!(test.status(), StatusCode::BAD_GATEWAY);

    let task = world.sim.org().app(&app).unwrap().pushed.tasks[0].id;
    let answer = world.post("/admin/tasks", &admin, &[("task", &format!("{app}:{task}"))]).await;
    assert_eq!(location(&answer), "/admin/tasks");
}
