//! C33, T3: hundreds of people lose the app in Okta at once, which pushes each of them. Each is out with their own push, admins
//! hear of it once, their tiles wait for an admin, and one step gives everything back.

use http::StatusCode;
use keytile::{departures, values};
use model::share::ItemRole::Collaborator;
use model::workspace::WorkspaceRole::Admin;
use okta_sim::org::NewUser;
use okta_sim::push::Dialect;

use super::okta::World;
use crate::support::{Person, TestApp};
use crate::sync_worker::{follow, shown, worker, writes};

const PEOPLE: usize = 600;

impl World {
    /// Makes people in Okta and assigns them all to Keytile, which is pushed.
    async fn crowd(&self) -> Vec<Person> {
        let email = |number| format!("person{number}@example.com");
        let ids: Vec<String> = {
            let mut org = self.test.okta.sim.org();
            let new =
                |n| NewUser::person(&email(n), &format!("Person {n}"), "Example", "x9-correct");
            (0..PEOPLE).map(|number| org.create_user(new(number)).unwrap()).collect()
        };
        self.assign_all(&ids).await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(self.person(&email(number)).await);
        }
        people
    }

    async fn assign_all(&self, ids: &[String]) {
        {
            let mut org = self.test.okta.sim.org();
            for id in ids {
                org.assign_user(self.okta.app_id(), id, None, None, None).unwrap();
            }
        }
        self.settle().await;
    }
}

async fn here(test: &TestApp) -> usize {
    let sql = "SELECT COUNT(*) AS n FROM identity i JOIN member m ON m.id = i.member_id
               WHERE i.ended_at IS NULL AND m.removed_at IS NULL";
    usize::try_from(test.count(sql).await).unwrap()
}

#[tokio::test]
async fn six_hundred_who_lose_the_app_at_once_are_out_at_once_and_back_in_one_step() {
    let world = World::new(Dialect::Private).await;
    let test = &world.test;
    test.turn_on().await;
    let admin = test.member("Anna", Admin).await;
    let people = world.crowd().await;
    let ids: Vec<String> = people.iter().map(|person| person.okta.clone().unwrap()).collect();
    let team = test.team("Everybody", &people.iter().collect::<Vec<_>>()).await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    test.share(account, team, Collaborator).await;
    let launch = test.launch_of(&test.owner, account).await;
    let worker = worker(test).await;
    // It waits for nothing but the next comparison with the directory.
    follow(test, &worker).await;
    assert_eq!(shown(test)[0].2.len(), PEOPLE);
    let mut browser = test.client_as(&people[PEOPLE / 2]).await;
    assert_eq!(browser.get(&launch).await.status, StatusCode::OK);
    writes(test);

    {
        let mut org = test.okta.sim.org();
        for id in &ids {
            org.unassign_user(world.okta.app_id(), id).unwrap();
        }
    }
    world.settle().await;
    // Each, and with their own push: nobody waits for anybody.
    assert_eq!((here(test).await, test.recorded("member.removed").await), (0, 600));
    assert!(browser.get("/profile").await.location().starts_with("/sign-in"));
    assert!(!browser.get(&launch).await.body.contains("keytile-ticket"));
    let told =
        "SELECT COUNT(*) AS n FROM notification WHERE member_id = $1 AND link = '/departures'";
    for who in [&admin, &test.owner] {
        assert_eq!(test.count_of(told, values![who.id]).await, 1, "{} hears of it once", who.name);
    }
    let all = test.count("SELECT COUNT(*) AS n FROM notification").await;
    assert!(all <= 20, "{all} notices for {PEOPLE} departures");
    // What Okta shows is another matter: nobody gets in by a tile, and so many may be a mistake.
    follow(test, &worker).await;
    assert_eq!((writes(test).len(), shown(test)[0].2.len()), (0, PEOPLE));
    let stopped = "SELECT COUNT(*) AS n FROM safety_stop WHERE decided_at IS NULL";
    assert_eq!(test.count(stopped).await, 1);

    world.assign_all(&ids).await;
    assert_eq!(here(test).await, PEOPLE);
    assert_eq!(test.people_in(team).await.len(), 0, "nothing comes back by itself");
    let actor = test.actor(&admin).await;
    let wave = departures::waves(&test.app, &actor).await.unwrap().pop().expect("a wave");
    assert_eq!((wave.people, wave.waiting), (600, 600));
    let mut pages = test.client_as(&admin).await;
    let page = format!("/departures/{}", wave.id);
    assert!(pages.get(&page).await.body.contains("600 of them are active again"));
    assert_eq!(pages.post(&format!("{page}/restore"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(test.people_in(team).await.len(), PEOPLE);
    follow(test, &worker).await;
    assert_eq!((writes(test).len(), shown(test)[0].2.len()), (0, PEOPLE), "they never lost it");
    assert_eq!(test.count(stopped).await, 0);
}
