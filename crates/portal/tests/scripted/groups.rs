//! Groups of ours in Okta: what is sent, what is looked at before, and what is left alone (T2).

use crate::script::{Answer, ORIGIN, Scripted, answer, error, list, now};
use portal::{
    Checked, Error, GroupApplied, GroupId, GroupRef, GroupStep, Portal, Priority, Reserve, audience,
};
use serde_json::{Value, json};

const NAME: &str = "Keytile · Marketing · 7F3A";

fn described(description: &str) -> Value {
    json!({
        "id": "00g1", "type": "OKTA_GROUP", "objectClass": ["okta:user_group"],
        "profile": { "name": NAME, "description": description, "costCentre": "42" },
    })
}

fn ours() -> Answer {
    answer(200, described(&audience::description(ORIGIN)))
}

fn tile(url: &str) -> Value {
    json!({ "id": "0oa1", "name": "bookmark", "label": "A", "status": "ACTIVE",
        "settings": { "app": { "url": url } } })
}

fn good_check() -> Vec<Answer> {
    vec![ours(), list(&[]), list(&[tile("https://keytile.example/launch/a1")])]
}

async fn check(portal: &Scripted) -> Result<Checked, Error> {
    let group = GroupId("00g1".to_owned());
    portal.portal.check_group(&group, ORIGIN, Priority::Person, &now).await
}

async fn apply(
    portal: &Scripted,
    checked: Option<&Checked>,
    step: &GroupStep,
) -> Result<GroupApplied, Error> {
    let Reserve::Now(ticket) = portal.portal.reserve_group(step, Priority::Person, now()) else {
        panic!("no room");
    };
    let group = GroupRef { checked, name: NAME, origin: ORIGIN };
    portal.portal.apply_group(ticket, group, step, &now).await
}

/// A step about a group that was checked, and what it sent behind the check.
async fn step(step: GroupStep, answers: Vec<Answer>) -> (Result<GroupApplied, Error>, Vec<String>) {
    let portal = Scripted::with_token([good_check(), answers].concat());
    let checked = check(&portal).await.expect("it is ours");
    let result = apply(&portal, Some(&checked), &step).await;
    (result, portal.sent().split_off(3))
}

fn add() -> GroupStep {
    GroupStep::AddMember("00u1".to_owned())
}

fn remove() -> GroupStep {
    GroupStep::RemoveMember("00u1".to_owned())
}

fn create() -> GroupStep {
    GroupStep::Create { name: NAME.to_owned(), description: audience::description(ORIGIN) }
}

#[tokio::test]
async fn each_step_is_sent_once_and_what_takes_away_looks_first() {
    let nothing = || answer(204, "");
    let (result, sent) = step(add(), vec![nothing()]).await;
    assert_eq!(result, Ok(GroupApplied::Done));
    assert_eq!(sent, ["PUT /api/v1/groups/00g1/users/00u1"], "one call for one person");

    let (result, sent) = step(remove(), vec![ours(), nothing()]).await;
    assert_eq!(result, Ok(GroupApplied::Done));
    assert_eq!(sent, ["GET /api/v1/groups/00g1", "DELETE /api/v1/groups/00g1/users/00u1"]);

    let (result, sent) = step(GroupStep::Delete, vec![ours(), list(&[]), nothing()]).await;
    assert_eq!(result, Ok(GroupApplied::Done));
    let apps = "GET /api/v1/groups/00g1/apps?limit=200";
    assert_eq!(sent, ["GET /api/v1/groups/00g1", apps, "DELETE /api/v1/groups/00g1"]);
}

/// L4: an app that an admin has put on the group a moment ago would lose its people with it.
#[tokio::test]
async fn a_group_with_an_app_of_an_admin_s_is_not_deleted() {
    let app = json!({ "id": "0oa1", "name": "oidc_client", "label": "Wiki", "status": "ACTIVE" });
    let (result, sent) = step(GroupStep::Delete, vec![ours(), list(&[app])]).await;
    assert!(matches!(result, Err(Error::ForeignGroup { .. })), "{result:?}");
    assert!(sent.iter().all(|line| line.starts_with("GET ")), "{sent:?}");
}

/// Okta replaces a profile whole, so what an admin added to it goes back as it came.
#[tokio::test]
async fn a_new_name_keeps_the_rest_of_the_profile() {
    let portal = Scripted::with_token([good_check(), vec![ours(), ours()]].concat());
    let checked = check(&portal).await.expect("it is ours");
    let rename = GroupStep::Rename { name: "Keytile · Sales · 7F3A".to_owned() };
    assert_eq!(apply(&portal, Some(&checked), &rename).await, Ok(GroupApplied::Done));
    let put = portal.script.seen().pop().expect("a request");
    let body: Value = serde_json::from_slice(put.body()).expect("JSON");
    let description = audience::description(ORIGIN);
    let wanted = json!({ "profile": {
        "name": "Keytile · Sales · 7F3A", "description": description, "costCentre": "42" } });
    assert_eq!(body, wanted);
}

/// T2: a group that carries a role, opens another app, or is not marked is never written to.
#[tokio::test]
async fn a_group_that_is_not_ours_alone_is_refused() {
    let other_origin = audience::description("https://keytile.example.org");
    let app_group = json!({ "id": "00g1", "type": "APP_GROUP",
        "profile": { "name": NAME, "description": audience::description(ORIGIN) } });
    let role = json!({ "id": "ra1", "type": "SUPER_ADMIN" });
    let sales = json!({ "id": "0oa2", "name": "salesforce", "signOnMode": null });
    for (what, answers) in [
        ("no marker", vec![answer(200, described("Marketing"))]),
        (
            "a null description",
            vec![answer(
                200,
                json!({ "id": "00g1", "type": "OKTA_GROUP",
            "profile": { "name": NAME, "description": null } }),
            )],
        ),
        ("another installation's", vec![answer(200, described(&other_origin))]),
        ("a directory's", vec![answer(200, app_group)]),
        ("an admin role", vec![ours(), list(&[role])]),
        ("another app", vec![ours(), list(&[]), list(&[tile("https://wiki.example/launch/a1")])]),
        ("an app that is no bookmark", vec![ours(), list(&[]), list(&[sales])]),
    ] {
        let portal = Scripted::with_token(answers);
        let result = check(&portal).await;
        assert!(matches!(result, Err(Error::ForeignGroup { .. })), "{what}: {result:?}");
        assert!(portal.sent().iter().all(|line| line.starts_with("GET ")));
    }
    let forbidden = error(403, "E0000006", "You do not have permission");
    let result = check(&Scripted::with_token(vec![ours(), forbidden])).await;
    assert!(
        matches!(result, Err(Error::Misconfigured { .. })),
        "unread is not unwritten: {result:?}"
    );
}

/// T2: the marker is looked at each time, roles and apps again when the check is old.
#[tokio::test]
async fn a_group_that_changed_since_its_check_is_left_alone() {
    for (what, step_) in [("remove", remove()), ("delete", GroupStep::Delete)] {
        let (result, sent) = step(step_, vec![answer(200, described("Marketing"))]).await;
        assert!(matches!(result, Err(Error::ForeignGroup { .. })), "{what}: {result:?}");
        assert_eq!(sent, ["GET /api/v1/groups/00g1"]);
    }
    let role = json!({ "id": "ra1", "type": "SUPER_ADMIN" });
    let portal = Scripted::with_token([good_check(), vec![ours(), list(&[role])]].concat());
    let checked = check(&portal).await.expect("it is ours");
    let later = || now() + Checked::GOOD_FOR;
    let Reserve::Now(ticket) = portal.portal.reserve_group(&add(), Priority::Person, later())
    else {
        panic!("no room");
    };
    let group = GroupRef { checked: Some(&checked), name: NAME, origin: ORIGIN };
    let result = portal.portal.apply_group(ticket, group, &add(), &later).await;
    assert!(matches!(result, Err(Error::ForeignGroup { .. })), "{result:?}");
    assert!(portal.sent().iter().all(|line| line.starts_with("GET ")));
}

#[tokio::test]
async fn a_group_of_the_pool_is_filled_and_never_renamed_or_deleted() {
    let pool = || answer(200, described(&format!("{} Ask Ada.", audience::pool_marker(ORIGIN))));
    let answers = vec![pool(), list(&[]), list(&[]), answer(204, ""), pool(), pool()];
    let portal = Scripted::with_token(answers);
    let checked = check(&portal).await.expect("it is for us");
    assert_eq!(apply(&portal, Some(&checked), &add()).await, Ok(GroupApplied::Done));
    for step in [GroupStep::Delete, GroupStep::Rename { name: "A".to_owned() }] {
        let result = apply(&portal, Some(&checked), &step).await;
        assert!(matches!(result, Err(Error::ForeignGroup { .. })), "{step}: {result:?}");
    }
}

#[tokio::test]
async fn what_is_already_so_is_done_and_what_is_gone_is_gone() {
    let no_group = || error(404, "E0000007", "Not found: Resource not found: 00g1 (UserGroup)");
    let no_person = || error(404, "E0000007", "Not found: Resource not found: 00u1 (User)");
    assert_eq!(step(remove(), vec![ours(), no_person()]).await.0, Ok(GroupApplied::Done));
    assert_eq!(step(remove(), vec![no_group()]).await.0, Ok(GroupApplied::Gone));
    assert_eq!(step(GroupStep::Delete, vec![no_group()]).await.0, Ok(GroupApplied::Done));
    assert_eq!(step(add(), vec![no_group(), no_group()]).await.0, Ok(GroupApplied::Gone));
    let unknown = step(add(), vec![no_person(), ours()]).await.0;
    assert!(matches!(unknown, Err(Error::Refused { .. })), "{unknown:?}");
}

fn taken() -> Answer {
    let summary = "Api validation failed: name";
    let cause = "name: An object with this field already exists in the current organization";
    answer(
        400,
        json!({ "errorCode": "E0000001", "errorSummary": summary,
            "errorCauses": [{ "errorSummary": cause }] }),
    )
}

/// R2: a group is made once; a name that is taken by our own lost create is taken over.
#[tokio::test]
async fn a_group_is_made_exactly_once() {
    let group = described(&audience::description(ORIGIN));
    let portal = Scripted::with_token(vec![answer(200, group.clone()), answer(204, "")]);
    let result = apply(&portal, None, &create()).await;
    let Ok(GroupApplied::Created { checked, .. }) = result else { panic!("{result:?}") };
    assert_eq!(apply(&portal, Some(&checked), &add()).await, Ok(GroupApplied::Done));
    assert_eq!(portal.sent().len(), 2, "a new group needs no check");

    let portal = Scripted::with_token(vec![error(500, "E0000009", "Internal Server Error")]);
    let result = apply(&portal, None, &create()).await;
    assert!(result.as_ref().is_err_and(Error::is_outcome_unknown), "{result:?}");

    let portal = Scripted::with_token(vec![taken(), list(std::slice::from_ref(&group))]);
    let result = apply(&portal, None, &create()).await;
    assert!(matches!(result, Ok(GroupApplied::Adopted(_))), "{result:?}");

    let portal = Scripted::with_token(vec![taken(), list(&[])]);
    let result = apply(&portal, None, &create()).await;
    assert!(result.as_ref().is_err_and(Error::is_outcome_unknown), "the search lags: {result:?}");

    let portal = Scripted::with_token(vec![taken(), list(&[described("Marketing")])]);
    let result = apply(&portal, None, &create()).await;
    assert!(matches!(result, Err(Error::ForeignGroup { .. })), "T2: {result:?}");

    let mut other = group;
    other["profile"]["name"] = json!("Everyone");
    let portal = Scripted::with_token(vec![answer(200, other)]);
    let result = apply(&portal, None, &create()).await;
    assert!(result.as_ref().is_err_and(Error::is_outcome_unknown), "{result:?}");
}

/// R2: an unknown outcome is looked for by name, and another's group of that name is left alone.
#[tokio::test]
async fn a_search_finds_our_group_by_its_name_and_stops_at_anothers() {
    let group = described(&audience::description(ORIGIN));
    let portal = Scripted::with_token(vec![list(std::slice::from_ref(&group))]);
    let result = apply(&portal, None, &GroupStep::Search).await;
    assert!(matches!(&result, Ok(GroupApplied::Found(found)) if found.len() == 1), "{result:?}");
    let sent = portal.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with("GET /api/v1/groups?search=profile.name+eq+"), "{}", sent[0]);
    for foreign in ["Marketing", &audience::pool_marker(ORIGIN)] {
        let portal = Scripted::with_token(vec![list(&[described(foreign)])]);
        let result = apply(&portal, None, &GroupStep::Search).await;
        assert!(matches!(result, Err(Error::ForeignGroup { .. })), "T2: {result:?}");
    }
}

/// R19: whole lists or an error.
#[tokio::test]
async fn lists_of_groups_are_whole_and_hold_what_was_asked_for() {
    let next = "</api/v1/groups/00g1/users?after=a&limit=200>; rel=\"next\"";
    let first = list(&[json!({ "id": "00u1" })]).with("link", next);
    let portal = Scripted::with_token(vec![first.clone(), list(&[json!({ "id": "00u2" })])]);
    let group = GroupId("00g1".to_owned());
    let members = portal.portal.group_members(&group, Priority::Audit, &now).await;
    assert_eq!(members, Ok(["00u1".to_owned(), "00u2".to_owned()].into()));
    let portal = Scripted::with_token(vec![first, answer(500, "")]);
    let members = portal.portal.group_members(&group, Priority::Audit, &now).await;
    assert!(matches!(members, Err(Error::Unavailable { unknown_outcome: false, .. })));

    let ours = described(&audience::description(ORIGIN));
    let mut other_case = ours.clone();
    other_case["id"] = json!("00g2");
    other_case["profile"]["name"] = json!(NAME.to_lowercase());
    let portal = Scripted::with_token(vec![list(&[ours.clone(), other_case])]);
    let names = [NAME.to_owned()].into();
    let found = portal.portal.search_groups(&names, Priority::Audit, &now).await.expect("a list");
    assert_eq!(found.len(), 1, "Okta's search ignores case");

    let mut pool = described(&audience::pool_marker(ORIGIN));
    pool["id"] = json!("00g3");
    let portal = Scripted::with_token(vec![list(&[ours, pool])]);
    let found = portal.portal.pool("Keytile", ORIGIN, Priority::Audit, &now).await.expect("a list");
    assert_eq!(found.iter().map(|group| group.id.0.as_str()).collect::<Vec<_>>(), ["00g3"]);
}

/// T1: a damaged id never becomes a path.
#[tokio::test]
async fn an_id_that_is_none_is_not_sent() {
    let portal = Scripted::with_token(vec![]);
    for id in ["", "..", "a/b", "a?b", "ä"] {
        let group = GroupId(id.to_owned());
        let result = portal.portal.check_group(&group, ORIGIN, Priority::Person, &now).await;
        assert!(matches!(result, Err(Error::Refused { .. })), "{id}: {result:?}");
    }
    assert!(portal.sent().is_empty());
}
