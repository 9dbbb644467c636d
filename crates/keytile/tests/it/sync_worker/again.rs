//! Turning off and on again: what is in Okta is adopted, and nothing is made twice (C8).

use keytile::members;
use keytile::sync::worker::Turn;
use keytile::sync::{rank, store};
use portal::Priority;

use super::{World, follow, only_app, shown, worker, writes};

/// As `settings::turn_on` does.
async fn turn_on_again(world: &World) {
    world.test.turn_on().await;
    let rank = rank(Priority::FirstSync);
    world
        .test
        .write(move |tx, by| Box::pin(async move { Ok(store::mark_all(tx, by, rank).await?) }))
        .await;
}

/// C7, C8.
#[tokio::test]
async fn turning_on_again_adopts_what_is_there() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    world.test.write(|tx, by| Box::pin(async move { Ok(store::turn_off(tx, by).await?) })).await;
    assert_eq!(follow(&world.test, &world.worker).await, Turn::Idle);
    assert_eq!(shown(&world.test).len(), 1, "apps stay when extending is off");
    turn_on_again(&world).await;
    assert_eq!(follow(&world.test, &worker(&world.test).await).await, Turn::Idle);
    assert_eq!(only_app(&world.test), app);
    assert_eq!(writes(&world.test), Vec::<String>::new());
}

/// C8, R4: also where our database has lost which app is whose: the address tells.
#[tokio::test]
async fn apps_whose_ids_were_lost_are_found_by_their_address() {
    let world = World::synced().await;
    let app = only_app(&world.test);
    world
        .test
        .tamper(
            "UPDATE tile SET app_id = NULL, phase = 'live', confirmed = 'nothing', mirror_label = NULL, mirror_url = NULL,
                    mirror_status = NULL",
            Vec::new(),
        )
        .await;
    world.test.tamper("DELETE FROM tile_principal", Vec::new()).await;
    turn_on_again(&world).await;
    world.follow().await;
    assert_eq!(only_app(&world.test), app, "no second app is made");
    assert_eq!(world.tile().await.app_id.as_deref(), Some(app.as_str()));
    let made = writes(&world.test);
    assert!(!made.iter().any(|call| call == "POST /apps"), "{made:?}");
}

/// L2: whoever leaves while the connection waits for an admin loses their tiles first once it is there again.
#[tokio::test]
async fn a_leaver_stays_the_most_urgent_when_everything_is_looked_at_again() {
    let world = World::synced().await;
    let ada = world.ada.id;
    world.test.tamper("UPDATE portal SET status = 'update'", Vec::new()).await;
    world.test.write(move |tx, by| Box::pin(members::deactivate(tx, by, ada))).await;
    // Nothing is done, but what changed is noted at each tile.
    assert!(!matches!(world.worker.turn().await.unwrap(), Turn::Did(_)));
    assert_eq!(world.tile().await.priority, rank(Priority::Leaver));
    turn_on_again(&world).await;
    assert_eq!(world.tile().await.priority, rank(Priority::Leaver));
}
