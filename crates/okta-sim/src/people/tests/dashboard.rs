use super::*;

/// S12, S40: the page and what it links to.
#[tokio::test]
async fn the_dashboard_shows_exactly_the_assigned_active_apps() {
    let world = World::new();
    let shown = world.bookmark("Contentzilla - Instagram");
    let inactive = world.bookmark("Switched off");
    world.sim.org().deactivate_app(&inactive).unwrap();
    let hidden = world.bookmark("Hidden");
    world.sim.org().app_mut(&hidden).unwrap().visibility.hide_web = true;
    let not_hers = NewApp::bookmark("Somebody else's", "https://elsewhere.test/");
    let not_hers = world.sim.org().create_app(not_hers, true).unwrap();

    let cookie = world.sign_in("eve@example.com").await;
    let page = text(world.get("/app/UserHome", &cookie).await).await;
    assert!(page.contains("Simulated Okta org"));
    assert!(page.contains(&format!("/home/bookmark/{shown}/2557")));
    assert_eq!(page.matches("data-app=").count(), 1, "the sign-in client has no page to open");
    for label in ["Switched off", "Hidden", "Somebody else"] {
        assert!(!page.contains(label), "{label}");
    }

    let go = |app: &str| format!("/home/bookmark/{app}/2557");
    let answer = world.get(&go(&shown), &cookie).await;
    assert_eq!(location(&answer), "https://keytile.test/launch/abc");
    for refused in [&inactive, &not_hers, &"0oaUnknown".to_owned()] {
        let status = world.get(&go(refused), &cookie).await.status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
    }
    let to_login = location(&world.get(&go(&shown), "").await);
    assert_eq!(parameter(&to_login, "fromURI"), Some(go(&shown)));
}

#[tokio::test]
async fn search_narrows_the_chiclets_without_script() {
    let world = World::new();
    world.bookmark("Contentzilla - Instagram");
    world.bookmark("Contentzilla - X");
    let cookie = world.sign_in("eve@example.com").await;
    let found = text(world.get("/app/UserHome?q=INSTA", &cookie).await).await;
    assert_eq!(found.matches("data-app=").count(), 1);
    let nothing = text(world.get("/app/UserHome?q=%3Cb%3E", &cookie).await).await;
    assert!(nothing.contains("No app matches") && !nothing.contains("<b>\u{201d}"));
}

#[tokio::test]
async fn an_empty_dashboard_says_why() {
    let world = World::new();
    let cookie = world.sign_in("mallory@example.com").await;
    let page = text(world.get("/app/UserHome", &cookie).await).await;
    assert!(page.contains("No apps are assigned to you yet"));

    world.sim.org().unassign_user(&world.client_app, &world.eve).unwrap();
    let app = world.bookmark("Contentzilla - Instagram");
    world.sim.org().deactivate_app(&app).unwrap();
    let cookie = world.sign_in("eve@example.com").await;
    let page = text(world.get("/app/UserHome", &cookie).await).await;
    assert!(page.contains("an administrator of this org deactivated it"));
}

#[tokio::test]
async fn an_uploaded_logo_stands_in_the_place_of_the_letter() {
    let world = World::new();
    let app = world.bookmark("Contentzilla - Instagram");
    let cookie = world.sign_in("eve@example.com").await;
    let page = text(world.get("/app/UserHome", &cookie).await).await;
    assert!(page.contains("class=\"letter"));
    world.sim.org().set_app_logo(&app, b"GIF89a".to_vec()).unwrap();
    let page = text(world.get("/app/UserHome", &cookie).await).await;
    assert!(page.contains(&format!("<img src=\"/fs/bcg/4/{app}?v=")), "{page}");
    assert!(!page.contains("class=\"letter"));
}

#[tokio::test]
async fn an_open_dashboard_is_told_when_its_chiclets_change() {
    use futures_util::StreamExt as _;
    let world = World::new();
    let cookie = world.sign_in("eve@example.com").await;
    let answer = world.get("/app/UserHome/changes", &cookie).await;
    let mut events = answer.into_body().into_data_stream();
    // Something that does not concern Eve, and then something that does.
    world.sim.org().create_app(NewApp::bookmark("Other", "https://x.test/"), true).unwrap();
    world.bookmark("Contentzilla - Instagram");
    let event = events.next().await.unwrap().unwrap();
    assert_eq!(event, "event: change\ndata: look\n\n");
    world.sim.org().deactivate_user(&world.eve).unwrap();
    let event = events.next().await.unwrap().unwrap();
    assert_eq!(event, "event: change\ndata: look\n\n");
    assert!(events.next().await.is_none(), "the stream ends with the session");
    let status = world.get("/app/UserHome/apps", &cookie).await.status();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
