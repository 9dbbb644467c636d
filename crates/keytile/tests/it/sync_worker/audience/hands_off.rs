//! What is not ours is never written to, and what an Okta admin did waits for a person (T2).

use std::collections::BTreeSet;

use keytile::sync::{self, Progress};
use model::AccountId;
use model::share::ItemRole::Collaborator;
use okta_sim::org::NewApp;
use portal::Strategy;

use super::super::{answer, fault, only_app};
use super::{World, choose, dashboards, groups, names, only_group};
use crate::support::Person;

/// A synced tile of a team, and Cleo, who is not in it.
async fn synced() -> (World, Vec<Person>, model::TeamId, AccountId) {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people[..2]).await;
    let account = world.extended("First", team).await;
    world.follow().await;
    (world, people, team, account)
}

/// The writes that named this group since the last look.
fn writes_to(world: &World, group: &str) -> Vec<String> {
    let path = format!("/api/v1/groups/{group}");
    let traffic = world.test.okta.sim.traffic();
    world.test.okta.sim.clear_traffic();
    let writes = traffic.iter().filter(|call| call.method != "GET" && call.path.starts_with(&path));
    writes.map(|call| format!("{} {}", call.method, call.path)).collect()
}

/// What an admin of the org may do to a group that makes it unfit.
#[derive(Debug, Clone, Copy)]
enum Meddling {
    Role,
    ForeignApp,
    LostMarker,
}

impl Meddling {
    fn happen(self, world: &World, group: &str) {
        let mut org = world.test.okta.sim.org();
        match self {
            Self::Role => org.grant_group_role(group, "USER_ADMIN").unwrap(),
            Self::ForeignApp => {
                let new = NewApp::bookmark("Payroll", "https://payroll.example.com/");
                let app = org.create_app(new, true).unwrap();
                org.assign_group(&app, group, None, None).unwrap();
            }
            Self::LostMarker => {
                let name = org.group(group).unwrap().name.clone();
                org.update_group(group, &name, Some("Marketing's own")).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_group_that_became_unfit_is_not_written_to_and_a_new_one_is_made_when_asked() {
    for meddling in [Meddling::Role, Meddling::ForeignApp, Meddling::LostMarker] {
        let (world, people, team, account) = synced().await;
        let group = only_group(&world.test);
        meddling.happen(&world, &group);
        // The costly part of a check is trusted for a quarter of an hour.
        world.test.advance(16 * 60);
        world.test.okta.sim.clear_traffic();
        world.test.join(team, &people[2]).await;
        world.follow().await;
        assert_eq!(writes_to(&world, &group), Vec::<String>::new(), "{meddling:?}");
        let progress = world.progress(account).await;
        assert!(
            matches!(&progress, Progress::Paused(problem) if problem.code == "foreign_group"),
            "{meddling:?}: {progress:?}"
        );
        let owner = world.test.actor(&world.test.owner).await;
        sync::resume(&world.test.app, &owner, account).await.unwrap();
        let kept = [("First".to_owned(), names(["ada", "bob"]))].into();
        world.follow_without_a_gap(&kept).await;
        assert_eq!(writes_to(&world, &group), Vec::<String>::new(), "{meddling:?}");
        assert_eq!(world.progress(account).await, Progress::Synced, "{meddling:?}");
        assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob", "cleo"]), "{meddling:?}");
        assert_eq!(groups(&world.test).len(), 2, "{meddling:?}: the old one is left alone");
    }
}

#[tokio::test]
async fn a_group_that_an_admin_deleted_is_made_anew_only_when_asked() {
    let (world, people, team, account) = synced().await;
    let group = only_group(&world.test);
    world.test.okta.sim.org().delete_group(&group).unwrap();
    world.test.advance(16 * 60);
    world.test.join(team, &people[2]).await;
    world.follow().await;
    assert_eq!(groups(&world.test).len(), 0);
    let progress = world.progress(account).await;
    assert!(matches!(&progress, Progress::Paused(p) if p.code == "group_deleted"), "{progress:?}");
    let owner = world.test.actor(&world.test.owner).await;
    sync::resume(&world.test.app, &owner, account).await.unwrap();
    world.follow().await;
    assert_eq!(world.progress(account).await, Progress::Synced);
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob", "cleo"]));
    assert_eq!(groups(&world.test).len(), 1);
}

/// A name that is taken is not a reason to take somebody's group over.
#[tokio::test]
async fn a_foreign_group_with_our_name_is_left_alone() {
    let (world, people, team, account) = synced().await;
    let name = groups(&world.test).keys().next().unwrap().clone();
    choose(&world.test, Strategy::Individual).await;
    world.follow().await;
    let squatter = {
        let mut org = world.test.okta.sim.org();
        org.create_group(okta_sim::org::GroupType::Okta, &name, Some("Not yours")).unwrap()
    };
    world.test.okta.sim.clear_traffic();
    choose(&world.test, Strategy::Audience).await;
    let kept = [("First".to_owned(), names(["ada", "bob"]))].into();
    world.follow_for_an_hour_without_a_gap(&kept).await;
    assert_eq!(writes_to(&world, &squatter), Vec::<String>::new());
    let progress = world.progress(account).await;
    assert!(matches!(&progress, Progress::Paused(p) if p.code == "foreign_group"), "{progress:?}");
    // Whoever leaves meanwhile is gone as before.
    world.test.leave(team, &people[1]).await;
    world.follow_for_an_hour_without_a_gap(&[("First".to_owned(), names(["ada"]))].into()).await;
    assert_eq!(dashboards(&world.test)["First"], names(["ada"]));
    let owner = world.test.actor(&world.test.owner).await;
    sync::resume(&world.test.app, &owner, account).await.unwrap();
    world.follow().await;
    assert_eq!(world.progress(account).await, Progress::Synced);
}

/// One person whom Okta does not take holds up nobody else.
#[tokio::test]
async fn a_refused_member_keeps_nobody_else_out_of_the_group() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob", "Cleo"]).await;
    let team = world.team("Team", &people).await;
    let unknown = people[0].okta.clone().unwrap();
    world.test.okta.sim.org().users.remove(&unknown);
    let account = world.extended("First", team).await;
    world.follow_for_an_hour_without_a_gap(&std::collections::BTreeMap::new()).await;
    assert_eq!(dashboards(&world.test)["First"], names(["bob", "cleo"]));
    let progress = world.progress(account).await;
    assert!(matches!(&progress, Progress::Failed(p) if p.code == "refused"), "{progress:?}");
    // And nobody stays because of them.
    world.test.leave(team, &people[1]).await;
    world.test.share(account, &people[1], Collaborator).await;
    world.follow_for_an_hour_without_a_gap(&[("First".to_owned(), names(["cleo"]))].into()).await;
    assert_eq!(dashboards(&world.test)["First"], names(["bob", "cleo"]));
}

/// A refusal leaves nothing unknown: the group is not read for it.
#[tokio::test]
async fn a_refused_member_costs_no_look_at_the_group() {
    let (world, people, team, _) = synced().await;
    world.test.okta.sim.clear_traffic();
    let no = answer(400, "application/json", r#"{"errorCode":"E0000001"}"#);
    fault(&world.test, "PUT", "/api/v1/groups/*/users/*", no);
    world.test.join(team, &people[2]).await;
    world.work_on().await;
    let traffic = world.test.okta.sim.traffic();
    let about_it = traffic.iter().filter(|call| call.path.starts_with("/api/v1/groups/"));
    let methods: Vec<&str> = about_it.map(|call| call.method.as_str()).collect();
    assert_eq!(methods, ["PUT"]);
}

/// C11: of several tiles that a deleted group showed, one is gone on with, and all of them come back.
#[tokio::test]
async fn going_on_with_one_tile_of_a_deleted_group_brings_all_of_its_tiles_back() {
    let world = World::empty().await;
    let people = world.people(&["Ada", "Bob"]).await;
    let team = world.team("Team", &people).await;
    let first = world.extended("First", team).await;
    world.extended("Second", team).await;
    world.follow().await;
    let group = only_group(&world.test);
    world.test.okta.sim.org().delete_group(&group).unwrap();
    world.test.advance(16 * 60);
    let cleo = world.test.member("Cleo", crate::support::User).in_okta().await;
    world.test.join(team, &cleo).await;
    world.follow().await;
    assert!(dashboards(&world.test).values().all(BTreeSet::is_empty));
    let owner = world.test.actor(&world.test.owner).await;
    sync::resume(&world.test.app, &owner, first).await.unwrap();
    world.follow().await;
    let everybody = names(["ada", "bob", "cleo"]);
    assert!(dashboards(&world.test).values().all(|who| *who == everybody));
}

/// The Okta ids of the groups that show the only tile.
fn groups_on_the_tile(world: &World) -> BTreeSet<String> {
    let app = only_app(&world.test);
    world.test.okta.sim.org().apps[&app].groups.keys().cloned().collect()
}

/// C16: what an admin lets see a tile does not wait with the tile's own group.
#[tokio::test]
async fn a_group_that_an_admin_put_on_a_tile_goes_while_our_own_waits_for_a_person() {
    let (world, people, team, account) = synced().await;
    let group = only_group(&world.test);
    Meddling::Role.happen(&world, &group);
    world.test.advance(16 * 60);
    world.test.join(team, &people[2]).await;
    world.follow().await;
    let progress = world.progress(account).await;
    assert!(matches!(&progress, Progress::Paused(p) if p.code == "foreign_group"), "{progress:?}");
    {
        let (app, mut org) = (only_app(&world.test), world.test.okta.sim.org());
        let everyone = org.everyone.clone();
        org.assign_group(&app, &everyone, None, None).unwrap();
    }
    let owner = world.test.actor(&world.test.owner).await;
    sync::sync_now(&world.test.app, &owner, account).await.unwrap();
    world
        .follow_for_an_hour_without_a_gap(&[("First".to_owned(), names(["ada", "bob"]))].into())
        .await;
    assert_eq!(groups_on_the_tile(&world), BTreeSet::from([group]));
}

/// The group that has the name may wait for a person for ever.
#[tokio::test]
async fn a_name_that_a_paused_group_keeps_is_not_waited_for() {
    let (world, people, _, account) = synced().await;
    let group = only_group(&world.test);
    Meddling::ForeignApp.happen(&world, &group);
    world.test.advance(16 * 60);
    // The tile is to be another group's, which is the same with another name: it has to be looked at, and is not ours.
    let kept = [("First".to_owned(), names(["ada", "bob"]))].into();
    let share = world.test.share(account, &people[2], Collaborator).await;
    world.follow_for_an_hour_without_a_gap(&kept).await;
    let progress = world.progress(account).await;
    assert!(matches!(&progress, Progress::Paused(p) if p.code == "foreign_group"), "{progress:?}");
    let owner = world.test.actor(&world.test.owner).await;
    keytile::sharing::unshare(&world.test.app, &owner, share).await.unwrap();
    world
        .follow_for_an_hour_without_a_gap(&[("First".to_owned(), names(["ada", "bob"]))].into())
        .await;
    assert_eq!(world.progress(account).await, Progress::Synced);
    assert_eq!(dashboards(&world.test)["First"], names(["ada", "bob"]));
    assert_eq!(groups(&world.test).len(), 2);
    assert!(!groups_on_the_tile(&world).contains(&group));
}
