//! A push that comes in pieces: what went before counts, however the tiles are shown.

use keytile::{sync, teams};
use model::share::ItemRole::Collaborator;
use portal::Strategy;

use super::super::follow;
use super::Pushed;
use crate::support::User;

/// T3: in small pieces too, no more goes within the window than may.
#[tokio::test]
async fn many_small_pushes_stop_at_the_bound() {
    for strategy in [Strategy::Individual, Strategy::Audience] {
        let world = Pushed::with(30, 1, strategy).await;
        for person in &world.people {
            world.push_out(std::slice::from_ref(person)).await;
            world.follow().await;
            world.test.advance(60);
        }
        // 10 of 30, and the rest is one question.
        assert_eq!(world.seen_by(), [20], "{strategy:?}");
        assert_eq!(world.question().await.people(), 20, "{strategy:?}");
        // The window passes, and the question stays: it was asked, so it is answered.
        world.test.advance(2 * 3600);
        world.follow().await;
        assert_eq!(world.seen_by(), [20], "{strategy:?}");
    }
}

/// T3: who has left a group is not about to, also where its tile waits for an admin and is not looked at.
#[tokio::test]
async fn who_was_taken_out_of_a_group_an_hour_ago_counts_no_more() {
    let world = Pushed::in_groups(12, 1).await;
    let test = &world.test;
    let mut others = Vec::new();
    for n in 0..12 {
        others.push(test.member(&format!("Other {n:02}"), User).in_okta().await);
    }
    let team = test.team("Others", &others.iter().collect::<Vec<_>>()).await;
    let account = test.account(&test.owner, "Other", "App").await;
    test.share(account, team, Collaborator).await;
    test.extend(&test.owner, account).await;
    world.follow().await;
    let paused = {
        let org = test.okta.sim.org();
        org.apps.values().find(|app| app.label == "Account 0 - App").unwrap().id.clone()
    };
    test.okta.sim.org().deactivate_app(&paused).unwrap();
    sync::sync_now(&test.app, &world.owner().await, world.accounts[0]).await.unwrap();
    follow(test, &world.worker).await;
    world.push_out(&world.people[..1]).await;
    follow(test, &world.worker).await;
    assert_eq!(world.seen_by(), [11, 12]);
    test.advance(2 * 3600);
    let leave: Vec<_> = others[..10].iter().map(|person| person.id).collect();
    test.write(move |tx, by| {
        Box::pin(async move {
            for id in leave {
                teams::leave(tx, by, team, id).await?;
            }
            Ok(())
        })
    })
    .await;
    follow(test, &world.worker).await;
    assert_eq!((world.seen_by(), world.open_questions().await), (vec![11, 2], 0));
}
