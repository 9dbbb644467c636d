//! A push that comes in pieces: what went before counts, however the tiles are shown.

use portal::Strategy;

use super::Pushed;

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
