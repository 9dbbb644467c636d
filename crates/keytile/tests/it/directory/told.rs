//! Okta's own way of telling, from its admin's click to what is left of a person here: hooks, Universal Logout, a stream.

use http::StatusCode;
use keytile::directories;
use model::workspace::MemberStatus::{Active, Removed, Suspended};
use okta_sim::deliver::{Courier, DeliveryOdds};
use okta_sim::org::{
    HookChannel, HookHeader, NewHook, SESSION_REVOKED, SubjectFormat, UniversalLogout,
};

use super::{World, sessions};
use crate::support::Person;

/// Keytile, served, and an Okta that tells it of what happens.
async fn served() -> (World, Courier) {
    let mut world = World::new().await;
    world.test.serve();
    let courier = Courier::new(world.test.okta.sim.clone());
    (world, courier)
}

/// What an Okta admin sets up with the URL and the secret of the settings.
async fn hook(world: &World, courier: &Courier) -> String {
    let secret = world.test.write(|tx, by| Box::pin(directories::hooks::put_secret(tx, by))).await;
    let id: model::HookId = {
        let mut tx = world.test.app.db.read().await.unwrap();
        tx.one("SELECT id FROM directory_hook", &[]).await.unwrap().id("id").unwrap()
    };
    let path = keytile::http::router::hook(id);
    let key = "Authorization".to_owned();
    let new = NewHook {
        name: "Keytile".into(),
        description: None,
        events: [
            "user.lifecycle.deactivate",
            "user.lifecycle.suspend",
            "user.lifecycle.unsuspend",
            "application.user_membership.remove",
        ]
        .map(String::from)
        .into(),
        channel: HookChannel {
            uri: format!("{}{path}", world.test.app.config.origin()),
            auth: Some(HookHeader { key, value: secret.expose().clone() }),
            headers: Vec::new(),
        },
    };
    let hook = world.test.okta.sim.org().create_hook(new, "00uadmin").unwrap();
    courier.verify_hook(&hook).await.unwrap();
    hook
}

#[tokio::test]
async fn a_hook_of_okta_is_verified_and_brings_each_change_within_moments() {
    let (mut world, courier) = served().await;
    let (ada, ben, cleo) =
        (world.person("Ada").await, world.person("Ben").await, world.person("Cleo").await);
    world.people(4).await;
    hook(&world, &courier).await;
    assert_eq!(world.test.recorded("hook.verified").await, 1);
    {
        let mut org = world.test.okta.sim.org();
        org.suspend_user(ada.okta.as_deref().unwrap()).unwrap();
        org.deactivate_user(ben.okta.as_deref().unwrap()).unwrap();
    }
    world.unassign(&cleo);
    courier.settle().await;
    world.turns().await;
    assert_eq!(world.status(&ada).await, Suspended);
    assert_eq!(world.status(&ben).await, Removed);
    assert_eq!(world.status(&cleo).await, Removed);
    world.test.okta.sim.org().unsuspend_user(ada.okta.as_deref().unwrap()).unwrap();
    courier.settle().await;
    world.turns().await;
    assert_eq!(world.status(&ada).await, Active);
}

/// Doubled and in any order: the end is what Okta is.
#[tokio::test]
async fn repeats_and_disorder_end_where_okta_is() {
    let (mut world, courier) = served().await;
    let ada = world.person("Ada").await;
    world.people(4).await;
    hook(&world, &courier).await;
    let odds = DeliveryOdds { duplicated: 1000, reordered: 1000, lost: 0 };
    world.test.okta.sim.set_delivery_odds(odds, 7);
    let external = ada.okta.clone().unwrap();
    for round in 0..5 {
        {
            let mut org = world.test.okta.sim.org();
            org.suspend_user(&external).unwrap();
            if round < 4 {
                org.unsuspend_user(&external).unwrap();
            }
        }
        courier.settle().await;
        world.turns().await;
        let wanted = if round < 4 { Active } else { Suspended };
        assert_eq!(world.status(&ada).await, wanted, "round {round}");
    }
}

/// Our sign-in app in Okta takes logouts.
async fn logouts(world: &World, subject: SubjectFormat, people: &[&Person]) {
    super::logout::configure(&world.test, &world.test.okta.url).await;
    let client = okta_sim::org::OidcClient {
        client_id: super::logout::CLIENT_ID.into(),
        ..okta_sim::org::OidcClient::default()
    };
    let kind = okta_sim::org::AppKind::Oidc(client);
    let endpoint = super::logout::url(&world.test);
    let mut org = world.test.okta.sim.org();
    let app = org.create_app(okta_sim::org::NewApp::of_kind("Keytile", kind), true).unwrap();
    let logout = UniversalLogout { endpoint, subject };
    org.apps.get_mut(&app).unwrap().universal_logout = Some(logout);
    for person in people {
        org.assign_user(&app, person.okta.as_deref().unwrap(), None, None, None).unwrap();
    }
}

/// C40.
#[tokio::test]
async fn oktas_universal_logout_signs_out_by_either_name() {
    for subject in [SubjectFormat::IssuerAndSubject, SubjectFormat::Email] {
        let (world, courier) = served().await;
        let (ada, ben) = (world.person("Ada").await, world.person("Ben").await);
        logouts(&world, subject, &[&ada, &ben]).await;
        let mut browser = world.test.client_as(&ada).await;
        world.test.client_as(&ben).await;
        let external = ada.okta.as_deref().unwrap();
        assert_eq!(world.test.okta.sim.org().log_out_everywhere(external).unwrap(), 1);
        courier.settle().await;
        assert_eq!(sessions(&world.test, &ada).await, 0, "{subject:?}");
        assert_eq!(sessions(&world.test, &ben).await, 1);
        assert_eq!(browser.get("/accounts").await.status, StatusCode::SEE_OTHER);
        assert_eq!(world.status(&ada).await, Active);
    }
}

#[tokio::test]
async fn oktas_stream_is_verified_and_ends_sessions() {
    let (world, courier) = served().await;
    let ada = world.person("Ada").await;
    super::logout::configure(&world.test, &world.test.okta.url).await;
    world.test.client_as(&ada).await;
    let endpoint = directories::logout::stream_url(&world.test.app, world.test.directory);
    let stream = {
        let mut org = world.test.okta.sim.org();
        let events = vec![SESSION_REVOKED.to_owned()];
        let stream = org.create_stream(&endpoint, None, events).unwrap();
        org.verify_stream(&stream, Some("state".into())).unwrap();
        stream
    };
    courier.settle().await;
    assert_eq!(sessions(&world.test, &ada).await, 1);
    world.test.okta.sim.org().log_out_everywhere(ada.okta.as_deref().unwrap()).unwrap();
    courier.settle().await;
    let told: Vec<_> = world.test.okta.sim.org().deliveries().map(|it| it.status).collect();
    assert!(told.iter().all(|status| *status == Some(202)), "{stream}: {told:?}");
    assert_eq!(sessions(&world.test, &ada).await, 0);
}
