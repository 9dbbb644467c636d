//! Lists: their order, pages by index and by cursor, and searches in a body.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Scim, assert_error, ids_in};
use crate::support::TestApp;

async fn names(scim: &Scim<'_>, path: &str) -> Vec<String> {
    let list = scim.get(path).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    let resources = list.body["Resources"].as_array().unwrap();
    let name = |resource: &Value| {
        let name = resource.get("userName").or_else(|| resource.get("displayName"));
        name.and_then(Value::as_str).unwrap().trim_end_matches("@example.com").to_owned()
    };
    resources.iter().map(name).collect()
}

#[tokio::test]
async fn lists_are_sorted_as_asked() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    for name in ["Cy", "ann", "Bob"] {
        scim.user(name).await;
        scim.group(name, &[]).await;
    }
    assert_eq!(names(&scim, "/Users").await, ["Cy", "ann", "Bob"].map(str::to_lowercase));
    assert_eq!(names(&scim, "/Users?sortBy=userName").await, ["ann", "bob", "cy"]);
    assert_eq!(
        names(&scim, "/Users?sortBy=USERNAME&sortOrder=descending&count=2").await,
        ["cy", "bob"]
    );
    assert_eq!(names(&scim, "/Users?sortBy=name.givenName&startIndex=2").await, ["bob", "cy"]);
    let filtered = "/Users?sortBy=emails&sortOrder=descending&filter=userName%20co%20%22b%22";
    assert_eq!(names(&scim, filtered).await, ["bob"]);
    assert_eq!(names(&scim, "/Groups?sortBy=displayName").await, ["ann", "Bob", "Cy"]);
    assert_error(&scim.get("/Users?sortBy=a%20b").await, 400, Some("invalidPath"));
    assert_error(&scim.get("/Users?sortBy=userName&sortOrder=up").await, 400, Some("invalidValue"));
}

/// Goes through a list by its cursors.
async fn walk(scim: &Scim<'_>, path: &str) -> Vec<Answer> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = scim.get(&format!("{path}&cursor={cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let next = page.body.get("nextCursor").cloned();
        pages.push(page);
        match next {
            Some(next) => next.as_str().unwrap().clone_into(&mut cursor),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn a_list_is_gone_through_by_cursor() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let mut all = Vec::new();
    for at in 0..7 {
        all.push(scim.user(&format!("p{at}")).await);
        scim.group(&format!("g{at}"), &[]).await;
    }
    let lists = [
        ("/Users?count=3", 7),
        ("/Users?count=3&sortBy=userName", 7),
        ("/Users?count=3&sortBy=name.givenName&sortOrder=descending", 7),
        ("/Users?count=2&filter=userName%20sw%20%22p%22", 7),
        ("/Groups?count=3", 7),
        ("/Groups?count=3&filter=displayName%20sw%20%22g%22", 7),
    ];
    for (path, length) in lists {
        let pages = walk(&scim, path).await;
        let sizes: Vec<_> = pages.iter().map(|page| ids_in(&page.body).len()).collect();
        assert!(
            sizes[..sizes.len() - 1].windows(2).all(|two| two[0] == two[1]),
            "{path} {sizes:?}"
        );
        let mut ids: Vec<_> = pages.iter().flat_map(|page| ids_in(&page.body)).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), length, "{path}");
    }
    let two = walk(&scim, "/Users?count=4").await;
    let (first, second) = (ids_in(&two[0].body), ids_in(&two[1].body));
    assert_eq!([first, second].concat(), all);
    assert_eq!(two[0].body["totalResults"], 7);
}

/// Somebody who joins or leaves meanwhile moves nobody else out of the way.
#[tokio::test]
async fn a_cursor_keeps_its_place_while_people_come_and_go() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let mut all = Vec::new();
    for at in 0..6 {
        all.push(scim.user(&format!("p{at}")).await);
    }
    let first = scim.get("/Users?count=3&cursor=").await.body;
    scim.delete(&format!("/Users/{}", all[0])).await;
    scim.delete(&format!("/Users/{}", all[2])).await;
    all.push(scim.user("late").await);
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = scim.get(&format!("/Users?count=10&cursor={cursor}")).await.body;
    assert_eq!(ids_in(&rest), all[3..]);
    assert_eq!(rest["totalResults"], 5);

    for filter in ["", "&filter=displayName%20sw%20%22g%22"] {
        let mut groups = Vec::new();
        for at in 0..4 {
            groups.push(scim.group(&format!("g{at}{}", filter.len()), &[]).await);
        }
        let first = scim.get(&format!("/Groups?count=2{filter}&cursor=")).await.body;
        assert_eq!(ids_in(&first), groups[..2]);
        scim.delete(&format!("/Groups/{}", groups[0])).await;
        let cursor = first["nextCursor"].as_str().unwrap();
        let rest = scim.get(&format!("/Groups?count=2{filter}&cursor={cursor}")).await.body;
        assert_eq!(ids_in(&rest), groups[2..]);
        for group in &groups[1..] {
            scim.delete(&format!("/Groups/{group}")).await;
        }
    }
}

#[tokio::test]
async fn a_strange_or_old_cursor_is_refused_by_name() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    for at in 0..3 {
        scim.user(&format!("p{at}")).await;
    }
    let first = scim.get("/Users?count=1&cursor=").await.body;
    let cursor = first["nextCursor"].as_str().unwrap();
    let elsewhere = [
        format!("/Groups?count=1&cursor={cursor}"),
        format!("/Users?count=1&sortBy=userName&cursor={cursor}"),
        format!("/Users?count=1&cursor=x{cursor}"),
        "/Users?cursor=junk".into(),
    ];
    for path in elsewhere {
        assert_error(&scim.get(&path).await, 400, Some("invalidCursor"));
    }
    let both = format!("/Users?startIndex=2&cursor={cursor}");
    assert_error(&scim.get(&both).await, 400, Some("invalidValue"));
    assert_error(&scim.get("/Users?cursor=&count=many").await, 400, Some("invalidCount"));
    test.advance(601);
    let late = scim.get(&format!("/Users?count=1&cursor={cursor}")).await;
    assert_error(&late, 400, Some("expiredCursor"));
}

/// Numbers are counted by blocks of 256: pages begin in, before, and behind them, and past people who have gone.
#[tokio::test]
async fn a_page_at_any_index_is_the_part_of_the_list_that_is_there() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let directory = test.directory;
    test.write(move |tx, by| {
        Box::pin(async move {
            use keytile::directories::store::identities::{self, Record};
            for at in 0..600 {
                let name = format!("n{at:03}");
                let new = keytile::members::NewMember {
                    email: String::new(),
                    name: name.clone(),
                    role: model::workspace::WorkspaceRole::User,
                    directory: Some(directory),
                };
                let member = keytile::members::add(tx, by, new).await?;
                let id =
                    identities::insert(tx, by, directory, member, &Record::known(&name, &name))
                        .await?;
                if at % 3 == 1 {
                    identities::end(tx, by, id).await?;
                }
            }
            Ok(())
        })
    })
    .await;
    let all = names(&scim, "/Users?count=500").await;
    assert_eq!(all.len(), 400);
    for start in [1, 2, 171, 172, 255, 256, 257, 341, 342, 399, 400, 401, 10_000] {
        let list = scim.get(&format!("/Users?startIndex={start}&count=3")).await.body;
        assert_eq!(list["totalResults"], 400);
        let page = names(&scim, &format!("/Users?startIndex={start}&count=3")).await;
        let rest = all.iter().skip(start - 1).take(3).cloned().collect::<Vec<_>>();
        assert_eq!(page, rest, "{start}");
    }
}

#[tokio::test]
async fn a_search_in_a_body_finds_what_one_in_a_url_finds() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let eve = scim.user("Eve").await;
    let tour = scim.group("Tour", &[&eve]).await;
    let search = |filter: &str| json!({"schemas": [scim::urn::SEARCH_REQUEST], "filter": filter, "attributes": ["displayName"]});
    let people = scim.post("/Users/.search", &search("userName sw \"e\"")).await;
    assert_eq!((people.status, ids_in(&people.body)), (StatusCode::OK, vec![eve.clone()]));
    let groups = scim.post("/Groups/.search", &search("displayName eq \"tour\"")).await.body;
    assert_eq!(
        groups["Resources"][0],
        json!({"schemas": [super::GROUP], "id": tour, "displayName": "Tour"})
    );
    let all = scim.post("/.search", &search("id pr")).await.body;
    assert_eq!(ids_in(&all), [eve.clone(), tour.clone()]);
    for (start, expected) in [(1, vec![eve.clone()]), (2, vec![tour.clone()]), (3, vec![])] {
        let page = scim.post("/.search", &json!({"startIndex": start, "count": 1})).await.body;
        assert_eq!((ids_in(&page), &page["totalResults"]), (expected, &json!(2)), "{start}");
    }
    let typed = scim.post("/.search", &search("meta.resourceType eq \"Group\"")).await.body;
    assert_eq!(ids_in(&typed), [&*tour]);
    assert_error(&scim.post("/.search", &json!({"cursor": ""})).await, 400, Some("invalidValue"));
    assert_error(&scim.get("/Me").await, 501, None);
}

/// A person's groups are shown with them, and only read from there.
#[tokio::test]
async fn people_show_their_groups() {
    let test = TestApp::start().await;
    let scim = Scim::of(&test).await;
    let (ann, bob) = (scim.user("Ann").await, scim.user("Bob").await);
    let (tour, press) =
        (scim.group("Tour", &[&ann]).await, scim.group("Press", &[&bob, &ann]).await);
    let groups = |user: &Value| -> Vec<String> {
        let groups = user["groups"].as_array().cloned().unwrap_or_default();
        groups.iter().map(|group| group["value"].as_str().unwrap().to_owned()).collect()
    };
    let list = scim.get("/Users").await.body;
    assert_eq!(groups(&list["Resources"][0]), [&*press, &*tour]);
    assert_eq!(groups(&list["Resources"][1]), [&*press]);
    let one = scim.get(&format!("/Users/{bob}")).await.body;
    assert_eq!(one["groups"][0]["display"], "Press");
    let of_tour = format!("/Users?filter=groups.value%20eq%20%22{tour}%22");
    assert_eq!(ids_in(&scim.get(&of_tour).await.body), [&*ann]);
    let with_bob = format!("/Groups?filter=members%20eq%20%22{bob}%22&attributes=displayName");
    assert_eq!(ids_in(&scim.get(&with_bob).await.body), [&*press]);
    let ignored = json!([{"op": "replace", "value": {"groups": [], "title": "Dr"}}]);
    assert_eq!(groups(&scim.patch(&format!("/Users/{bob}"), &ignored).await.body), [&*press]);
}
