use super::*;

/// Follows `next` for as many pages as there could be.
async fn pages(mischief: Mischief) -> (World, Vec<String>, Vec<String>) {
    let world = World::new();
    let mut made = Vec::new();
    for number in 0..6 {
        made.push(world.created(&format!("App {number}")).await);
    }
    world.sim.set_mischief(mischief, 7);
    let (mut met, mut next) = (Vec::new(), Some("/api/v1/apps?limit=2".to_owned()));
    for _ in 0..4 {
        let Some(path) = next else { break };
        let reply = world.get(&path).await;
        met.extend(ids(&reply));
        next = next_of(&reply);
    }
    (world, made, met)
}

/// R19.
#[tokio::test]
async fn a_page_may_lead_to_itself() {
    let (world, made, met) = pages(Mischief { page_repeated: ALWAYS, ..Mischief::none() }).await;
    assert_eq!(met.len(), 8);
    assert!(met.iter().all(|id| made[..2].contains(id)));
    assert_eq!(world.tricks(), vec![Trick::PageRepeated; 4]);
}

/// R19.
#[tokio::test]
async fn a_page_may_be_missing_between_two_others() {
    let (world, made, met) = pages(Mischief { page_skipped: ALWAYS, ..Mischief::none() }).await;
    assert_eq!(met, [&made[..2], &made[4..]].concat());
    assert_eq!(world.tricks(), [Trick::PageSkipped], "the last page has no next to bend");
}

/// R19.
#[tokio::test]
async fn a_list_may_end_early() {
    let (world, made, met) = pages(Mischief { list_ends_early: ALWAYS, ..Mischief::none() }).await;
    assert_eq!(met, made[..2]);
    assert_eq!(world.tricks(), [Trick::ListEndsEarly]);
}
