use super::*;

const LEAVING: [&str; 2] = ["user.lifecycle.deactivate", "application.user_membership.remove"];

#[tokio::test]
async fn a_hook_hears_nothing_before_its_address_has_proved_itself() {
    let world = World::new().await;
    let hook = world.hook(&["user.lifecycle.suspend", "user.lifecycle.unsuspend"]);
    world.sim.org().suspend_user(&world.eve).unwrap();
    assert!(world.heard().await.is_empty());

    world.courier.verify_hook(&hook).await.unwrap();
    let asked = world.heard().await.remove(0);
    assert_eq!(asked.line, "GET /hooks/okta/1");
    assert_eq!(asked.headers["authorization"], "s3cret");
    assert!(world.sim.org().hook(&hook).unwrap().is_verified);
    world.sim.org().unsuspend_user(&world.eve).unwrap();
    assert_eq!(world.heard().await[0].events(), ["user.lifecycle.unsuspend"]);
}

#[tokio::test]
async fn events_go_out_together_as_the_system_log_has_them() {
    let world = World::new().await;
    let hook = world.verified_hook(&LEAVING).await;
    world.sim.org().deactivate_user(&world.eve).unwrap();
    let heard = world.heard().await;
    assert_eq!(heard.len(), 1);
    let call = &heard[0];
    assert_eq!(call.line, "POST /hooks/okta/1");
    assert_eq!(call.headers["authorization"], "s3cret");
    assert_eq!(call.headers["content-type"], "application/json");
    assert_eq!(call.events(), ["application.user_membership.remove", "user.lifecycle.deactivate"]);
    let body = call.json();
    let source = format!("https://example.okta.test/api/v1/eventHooks/{hook}");
    for (name, value) in [
        ("eventType", "com.okta.event_hook"),
        ("eventTypeVersion", "1.0"),
        ("cloudEventsVersion", "0.1"),
        ("contentType", "application/json"),
        ("eventTime", "2027-01-15T08:00:00.000Z"),
        ("source", source.as_str()),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
    let event = &body["data"]["events"][1];
    assert_eq!(event["target"][0]["id"], world.eve.as_str());
    assert_eq!(event["published"], "2027-01-15T08:00:00.000Z");
}

#[tokio::test]
async fn a_failure_is_tried_once_more_and_a_refusal_is_not() {
    let world = World::new().await;
    world.verified_hook(&["user.lifecycle.suspend", "user.lifecycle.unsuspend"]).await;
    for _ in 0..2 {
        world.listener.answer_next(StatusCode::SERVICE_UNAVAILABLE);
    }
    world.sim.org().suspend_user(&world.eve).unwrap();
    let heard = world.heard().await;
    assert_eq!(heard.len(), 2, "the first attempt and the retry");
    assert_eq!(heard[0].json()["eventId"], heard[1].json()["eventId"]);
    world.listener.answer_next(StatusCode::UNAUTHORIZED);
    world.sim.org().unsuspend_user(&world.eve).unwrap();
    assert_eq!(world.heard().await.len(), 1);
    let org = world.sim.org();
    let statuses: Vec<_> = org.deliveries().map(|it| (it.attempt, it.status)).collect();
    assert_eq!(statuses, [(1, Some(200)), (1, Some(503)), (2, Some(503)), (1, Some(401))]);
}

#[tokio::test]
async fn an_address_that_does_not_give_the_value_back_is_not_verified() {
    let world = World::new().await;
    let hook = world.hook(&LEAVING);
    for _ in 0..2 {
        world.listener.answer_next(StatusCode::OK);
    }
    let refused = world.courier.verify_hook(&hook).await.unwrap_err();
    assert_eq!((refused.status, refused.code), (400, "E0000001"));
    assert!(refused.causes[0].contains("does not carry the challenge"), "{refused:?}");
    assert!(!world.sim.org().hook(&hook).unwrap().is_verified);
    assert_eq!(world.listener.take().len(), 2, "it is asked once more");
}

#[tokio::test]
async fn bad_luck_repeats_reorders_and_loses_what_was_to_be_told() {
    let world = World::new().await;
    world.verified_hook(&LEAVING).await;
    let odds = DeliveryOdds { duplicated: 1000, reordered: 1000, lost: 0 };
    world.sim.set_delivery_odds(odds, 1);
    world.sim.org().deactivate_user(&world.eve).unwrap();
    let heard = world.heard().await;
    let types: Vec<String> = heard.iter().flat_map(Heard::events).collect();
    let (gone, deactivated) = ("application.user_membership.remove", "user.lifecycle.deactivate");
    assert_eq!(types, [deactivated, deactivated, gone, gone]);
    assert_eq!(heard[0].body, heard[1].body, "a repeat is the same to the byte");

    world.sim.set_delivery_odds(DeliveryOdds { lost: 1000, ..DeliveryOdds::default() }, 1);
    world.sim.org().activate_user(&world.eve).unwrap();
    world.sim.org().deactivate_user(&world.eve).unwrap();
    assert!(world.heard().await.is_empty());
}

#[tokio::test]
async fn the_task_delivers_by_itself_and_stops_when_told() {
    let world = World::new().await;
    world.verified_hook(&["user.lifecycle.suspend"]).await;
    let (stop, stopped) = watch::channel(false);
    let courier = world.courier.clone();
    world.sim.org().suspend_user(&world.eve).unwrap();
    let task = tokio::spawn(async move { courier.run(stopped).await });
    // Whichever of the two was first has told it when this returns.
    assert_eq!(world.heard().await.len(), 1);
    stop.send(true).unwrap();
    task.await.unwrap();
}
