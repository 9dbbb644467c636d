//! A workspace of 1,500 people: no list and no picker stops before its end.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use keytile::members::{self, NewMember};
use model::team::TeamRole;
use model::{MemberId, TeamId};

use crate::support::{Client, Person, TestApp, User};

const PEOPLE: usize = 1_500;

/// A workspace with an account of Ada's, and a team of which she is Team Admin, with everybody in it.
struct Crowd {
    app: TestApp,
    ada: Person,
    account: String,
    team: TeamId,
}

impl Crowd {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let ada = app.member("Ada", User).await;
        let team = app.team("Everybody", &[]).await;
        let admin = ada.id;
        app.write(move |tx, by| {
            Box::pin(async move {
                keytile::teams::join(tx, by, team, admin, TeamRole::Admin).await?;
                for n in 0..PEOPLE {
                    let id = add(tx, by, n).await?;
                    // The last one stays outside, to be added.
                    if n + 1 < PEOPLE {
                        keytile::teams::join(tx, by, team, id, TeamRole::Member).await?;
                    }
                }
                Ok(())
            })
        })
        .await;
        let account = app.account(&ada, "Contentzilla", "Instagram").await;
        Self { account: format!("/accounts/{account}"), app, ada, team }
    }
}

async fn add(
    tx: &mut keytile::db::Tx,
    by: &mut keytile::actor::By,
    n: usize,
) -> keytile::Result<MemberId> {
    // Names that are alike are told apart by their ids.
    let new = NewMember {
        email: format!("person{n}@example.com"),
        name: format!("Person {:04}", n / 2),
        role: User,
        directory: None,
    };
    members::add(tx, by, new).await
}

/// Every id that a list of the API holds, by walking its pages to the end.
async fn walk(client: &mut Client, path: &str, limit: usize) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    let join = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = client.get(&format!("{path}{join}limit={limit}{after}")).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let page = page.json();
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= limit, "{path} answered {}", items.len());
        ids.extend(items.iter().map(|item| {
            let id = item.get("id").unwrap_or(&item["share_id"]);
            id.as_str().expect("an id").to_owned()
        }));
        let Some(next) = page["next"].as_str() else { return ids };
        after = format!("&after={next}");
    }
}

fn all_different(ids: &[String]) -> bool {
    ids.iter().collect::<BTreeSet<_>>().len() == ids.len()
}

#[tokio::test]
async fn the_members_page_goes_on_to_the_last_of_1500_and_finds_anyone() {
    let crowd = Crowd::new().await;
    let mut browser = crowd.app.client_as(&crowd.app.owner).await;
    let (mut seen, mut path) = (0, "/members".to_owned());
    loop {
        let page = browser.get(&path).await;
        seen += page.body.matches("class=\"cover\"").count();
        let Some((_, rest)) = page.body.split_once("<p><a class=\"button\" href=\"") else { break };
        let next = rest.split('"').next().expect("an address").replace("&#38;", "&");
        path = next.replace("&amp;", "&");
    }
    assert_eq!(seen, PEOPLE + 2, "everybody, Ada and the Owner, once each");
    let found = browser.get("/members?q=person1499@").await;
    assert_eq!(found.body.matches("class=\"cover\"").count(), 1);
}

#[tokio::test]
async fn lists_of_the_api_are_read_page_by_page() {
    let crowd = Crowd::new().await;
    let mut api = crowd.app.api_as(&crowd.app.owner).await;
    let members = walk(&mut api, "/api/v1/members", 200).await;
    assert_eq!(members.len(), PEOPLE + 2);
    assert!(all_different(&members));
    let people = walk(&mut api, &format!("/api/v1/teams/{}/members", crowd.team), 200).await;
    assert_eq!(people.len(), PEOPLE);
    assert!(all_different(&people));
    assert_eq!(walk(&mut api, "/api/v1/members?search=person1499@", 200).await.len(), 1);
    let refused = api.get("/api/v1/members?after=nonsense").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn teams_collections_and_shares_are_read_page_by_page_too() {
    let app = TestApp::start().await;
    let ada = app.member("Ada", User).await;
    let account = app.account(&ada, "Contentzilla", "Instagram").await;
    let parent = app.collection(&ada, "Zoo").await;
    app.collection_in(parent, &ada, "Animals").await;
    app.collection(&ada, "Social").await;
    let mut teams = Vec::new();
    for name in ["Sales", "sales 2", "Marketing"] {
        let team = app.team(name, &[&ada]).await;
        app.share(account, team, model::share::ItemRole::Collaborator).await;
        teams.push(team.to_string());
    }
    let mut api = app.api_as(&ada).await;
    let order = walk(&mut api, "/api/v1/teams", 1).await;
    assert_eq!(order, [teams[2].clone(), teams[0].clone(), teams[1].clone()], "by name");
    let collections = walk(&mut api, "/api/v1/collections", 1).await;
    assert_eq!(collections.len(), 3);
    let place = |id: &str| collections.iter().position(|c| c == id);
    assert!(place(&parent.to_string()) < Some(2), "parents come before children");
    for limit in [1, 3] {
        let shares = walk(&mut api, &format!("/api/v1/shares?account_id={account}"), limit).await;
        assert!(shares.len() == 4 && all_different(&shares), "Ada's own, and the teams'");
        let paths = walk(&mut api, &format!("/api/v1/accounts/{account}/people"), limit).await;
        assert!(paths.len() == 4 && all_different(&paths), "Ada comes by each of them");
    }
}

#[tokio::test]
async fn the_share_dialog_finds_the_last_of_1500_as_one_types() {
    let crowd = Crowd::new().await;
    let mut browser = crowd.app.client_as(&crowd.ada).await;
    let page = browser.get(&crowd.account).await;
    assert_eq!(page.body.matches("name=\"with\"").count(), 21, "20 people, and the team");
    assert!(page.body.contains("There are more."));
    let search = format!("{}/shares?q=person1499@", crowd.account);
    let request = browser.request(Method::GET, &search).header("x-fragment", "with-choices");
    let typed = browser.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(typed.header("x-fragment"), Some("with-choices"));
    assert!(!typed.body.contains("<html") && typed.body.matches("name=\"with\"").count() == 1);
    let chosen = typed.body.split("value=\"").nth(1).and_then(|t| t.split('"').next()).unwrap();
    let fields = [("with", chosen), ("role", "collaborator")];
    let shared = browser.post(&format!("{}/shares", crowd.account), &fields).await;
    assert_eq!(shared.location(), crowd.account);
    let again = browser.get(&search).await;
    assert!(again.body.contains("or it is in already"), "who has it is not offered again");
}

#[tokio::test]
async fn without_script_the_search_is_a_form_that_opens_the_dialog_again() {
    let crowd = Crowd::new().await;
    let mut browser = crowd.app.client_as(&crowd.ada).await;
    let page = browser.get(&format!("{}/shares?q=person1499", crowd.account)).await;
    assert!(page.body.contains("<dialog id=\"share\" aria-labelledby=\"share-title\" open"));
    assert!(page.body.contains("value=\"person1499\"") && page.body.contains("Person 0749"));
    let team = format!("/teams/{}", crowd.team);
    let page = browser.get(&format!("{team}/members?q=person")).await;
    assert_eq!(page.body.matches("name=\"member\"").count(), 1, "all others are in it");
    assert!(page.body.contains("<dialog id=\"add-member\""));
    assert!(page.body.contains("Show more members") && page.body.contains("Type 1500 to confirm"));
}
