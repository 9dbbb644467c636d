use okta_sim::Reset;

use super::*;

/// R2.
#[tokio::test]
async fn a_lost_answer_leaves_the_work_done_and_a_dropped_request_does_not() {
    let world = World::with(Mischief { lost_after_commit: ALWAYS, ..Mischief::none() });
    let lost = world.create("Wiki").await.unwrap_err();
    assert_eq!(lost, Lost::BeforeAnAnswer { took: SignedDuration::ZERO });
    assert_eq!(world.apps(), 1);
    let world = World::with(Mischief { dropped_before: ALWAYS, ..Mischief::none() });
    assert!(matches!(world.create("Wiki").await, Err(Lost::BeforeAnAnswer { .. })));
    assert_eq!(world.apps(), 0);
    let exchange = &world.sim.traffic()[0];
    assert_eq!(exchange.status, None);
    let token = world.sim.org().tokens.keys().next().cloned();
    assert_eq!(exchange.token_id, token, "it is known who asked, answered or not");
}

/// R4.
#[tokio::test]
async fn an_answer_that_is_cut_off_fails_while_its_body_is_read() {
    let world = World::with(Mischief { cut_off: ALWAYS, ..Mischief::none() });
    match world.create("Wiki").await {
        Err(Lost::InTheMiddle { status, body, .. }) => {
            assert_eq!(status, 200);
            assert!(body.starts_with(b"{\"id\":"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.apps(), 1);
}

/// R4.
#[tokio::test]
async fn bodies_come_spoilt_in_every_way_and_the_work_is_done() {
    let none = Mischief::none;
    for (mischief, status, whole) in [
        (Mischief { truncated_json: ALWAYS, ..none() }, 200, false),
        (Mischief { invalid_json: ALWAYS, ..none() }, 200, false),
        (Mischief { html: ALWAYS, ..none() }, 200, false),
        (Mischief { empty_body: ALWAYS, ..none() }, 200, false),
        (Mischief { no_content: ALWAYS, ..none() }, 204, false),
        (Mischief { slow_drip: ALWAYS, ..none() }, 200, true),
    ] {
        let world = World::with(mischief);
        let reply = world.create("Wiki").await.expect("an answer");
        let tricks = world.tricks();
        assert_eq!(reply.status, status, "{tricks:?}");
        assert_eq!(!json_of(&reply).is_null(), whole, "{tricks:?}");
        assert_eq!((world.apps(), tricks.len()), (1, 1), "{tricks:?}");
    }
}

#[tokio::test]
async fn what_takes_its_time_takes_the_org_s_time_and_no_other() {
    let none = Mischief::none;
    for mischief in
        [Mischief { latency: ALWAYS, ..none() }, Mischief { slow_drip: ALWAYS, ..none() }]
    {
        let world = World::with(mischief);
        let reply = world.get("/api/v1/org").await;
        assert!(reply.took > SignedDuration::ZERO, "{:?}", world.tricks());
        assert!(reply.took <= SignedDuration::from_secs(60));
        let passed = world.sim.now().as_millisecond() - START * 1000;
        assert_eq!(i128::from(passed), reply.took.as_millis());
    }
}

/// R3: no call before the reset is admitted.
#[tokio::test]
async fn a_right_429_holds_until_the_reset_that_it_names() {
    let world = World::with(Mischief { limited: ALWAYS, ..Mischief::none() });
    let reply = world.get("/api/v1/apps").await;
    assert_eq!((reply.status.as_u16(), &json_of(&reply)["errorCode"]), (429, &json!("E0000047")));
    world.calm_down();
    let reset: i64 = reply.headers["x-rate-limit-reset"].to_str().unwrap().parse().unwrap();
    world.wait(reset - START - 1);
    assert_eq!(world.get("/api/v1/apps").await.status, 429);
    assert_eq!(world.get("/api/v1/groups").await.status, 200, "another bucket");
    world.wait(1);
    assert_eq!(world.get("/api/v1/apps").await.status, 200);
}

/// R3.
#[tokio::test]
async fn a_429_may_name_a_wrong_reset_or_none_at_all() {
    let none = Mischief::none;
    let limited = async |mischief| {
        let world = World::with(mischief);
        let reply = world.create("Wiki").await.expect("an answer");
        assert_eq!((reply.status.as_u16(), world.apps()), (429, 0));
        let number = |name: &str| Some(reply.headers.get(name)?.to_str().unwrap().to_owned());
        let reset = number("x-rate-limit-reset").map(|text| text.parse::<i64>().unwrap() - START);
        (reset, number("x-rate-limit-limit"), world.tricks().remove(0))
    };
    let (reset, _, _) = limited(Mischief { limited_for_hours: ALWAYS, ..none() }).await;
    assert!(reset.unwrap() >= 2 * 3600);
    let (reset, ..) = limited(Mischief { limited_until_past: ALWAYS, ..none() }).await;
    assert!(reset.unwrap() < 0);
    let (reset, limit, trick) = limited(Mischief { limited_without_reset: ALWAYS, ..none() }).await;
    assert_eq!((reset, limit), (None, None));
    assert_eq!(trick, Trick::Limited { reset: Reset::Missing });
    let (_, limit, _) = limited(Mischief { limited_by_concurrency: ALWAYS, ..none() }).await;
    assert_eq!(limit.as_deref(), Some("0"));
}

/// R4.
#[tokio::test]
async fn an_error_status_says_nothing_about_whether_the_work_is_done() {
    let none = Mischief::none;
    for (mischief, status) in [
        (Mischief { internal_error: ALWAYS, ..none() }, 500),
        (Mischief { bad_gateway: ALWAYS, ..none() }, 502),
        (Mischief { unavailable: ALWAYS, ..none() }, 503),
        (Mischief { gateway_timeout: ALWAYS, ..none() }, 504),
    ] {
        let world = World::with(mischief);
        for _ in 0..20 {
            assert_eq!(world.create("Wiki").await.expect("an answer").status, status);
        }
        let committed = Trick::Error { status, committed: true };
        let done = world.tricks().iter().filter(|trick| **trick == committed).count();
        assert_eq!(world.apps(), done);
        assert!((1..20).contains(&done), "{status}: {done}");
    }
    let world = World::with(Mischief { reconciling: ALWAYS, ..none() });
    let reply = world.create("Wiki").await.expect("an answer");
    assert_eq!((reply.status.as_u16(), &json_of(&reply)["errorCode"]), (423, &json!("E0000239")));
    assert_eq!(world.apps(), 0);
}
