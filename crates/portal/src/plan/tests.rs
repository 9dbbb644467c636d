//! Plans of single cases, as a person reads them.

mod model;

use super::*;
use insta::assert_snapshot;

const URL: &str = "https://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL";

fn person(id: &str) -> Principal {
    Principal::Person(id.to_owned())
}

fn group(id: &str) -> Principal {
    Principal::Group(id.to_owned())
}

fn desired(presence: Presence, principals: &[Principal]) -> Desired {
    Desired {
        presence,
        label: "Contentzilla - Instagram".to_owned(),
        url: URL.to_owned(),
        principals: principals.iter().cloned().collect(),
        through_groups: BTreeSet::new(),
        logo: None,
    }
}

fn mirror(status: AppStatus, principals: &[Principal]) -> Mirror {
    Mirror {
        label: "Contentzilla - Instagram".to_owned(),
        url: URL.to_owned(),
        status,
        principals: principals.iter().cloned().collect(),
        self_service: false,
        logo: None,
    }
}

#[test]
fn a_new_tile_is_created_and_then_assigned_s7() {
    let desired = desired(Presence::Present, &[group("00g1"), person("00u2"), person("00u1")]);
    assert_snapshot!(plan(&desired, &Observed::Absent, Confirmed::Nothing), @"
    create the app “Contentzilla - Instagram” for https://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL
    assign person 00u1
    assign person 00u2
    assign group 00g1
    ");
}

#[test]
fn a_leaver_goes_first_and_the_label_last() {
    let mut desired = desired(Presence::Present, &[person("00u2"), group("00g1")]);
    desired.label = "Contentzilla - Instagram (1)".to_owned();
    let seen = Observed::Present(mirror(AppStatus::Active, &[person("00u1"), person("00u2")]));
    assert_snapshot!(plan(&desired, &seen, Confirmed::Active), @"
    unassign person 00u1
    assign group 00g1
    update the app to “Contentzilla - Instagram (1)” for https://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL
    ");
}

/// A change from people to their group: the new way stands before the old one goes.
#[test]
fn people_are_handed_over_to_their_group_once_it_is_assigned() {
    let mut desired = desired(Presence::Present, &[group("00g2")]);
    desired.through_groups = ["00u2".to_owned(), "00u3".to_owned()].into();
    let before = [person("00u1"), person("00u2"), person("00u3"), group("00g1")];
    let seen = Observed::Present(mirror(AppStatus::Active, &before));
    assert_snapshot!(plan(&desired, &seen, Confirmed::Active), @"
    unassign person 00u1
    assign group 00g2
    hand person 00u2 over to their group
    hand person 00u3 over to their group
    unassign group 00g1
    ");
}

/// C19: an app's picture is drawn once, after everything that matters more.
#[test]
fn a_tile_without_a_picture_gets_one_last() {
    let mut desired = desired(Presence::Present, &[person("00u1")]);
    desired.logo = Some(Logo { version: 2, name: "Instagram".to_owned() });
    assert_snapshot!(plan(&desired, &Observed::Absent, Confirmed::Nothing), @"
    create the app “Contentzilla - Instagram” for https://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL
    assign person 00u1
    draw the picture of “Instagram”
    ");
    let drawn = Mirror { logo: Some(1), ..mirror(AppStatus::Active, &[person("00u1")]) };
    assert!(plan(&desired, &Observed::Present(drawn), Confirmed::Active).is_empty());
}

#[test]
fn a_removed_tile_is_deactivated_and_deleted_without_single_unassigns_s20() {
    let seen = Observed::Present(mirror(AppStatus::Active, &[person("00u1"), group("00g1")]));
    assert_snapshot!(plan(&desired(Presence::Absent, &[]), &seen, Confirmed::Active), @"
    deactivate the app
    delete the app
    ");
}

#[test]
fn a_disabled_account_is_deactivated_and_activated_again_s48() {
    let active = Observed::Present(mirror(AppStatus::Active, &[person("00u1")]));
    let inactive = Observed::Present(mirror(AppStatus::Inactive, &[person("00u1")]));
    let disabled = desired(Presence::Inactive, &[person("00u1")]);
    let enabled = desired(Presence::Present, &[person("00u1")]);
    assert_eq!(plan(&disabled, &active, Confirmed::Active).steps, [Step::Deactivate]);
    assert_snapshot!(plan(&disabled, &inactive, Confirmed::Inactive), @"nothing to do");
    assert_eq!(plan(&enabled, &inactive, Confirmed::Inactive).steps, [Step::Activate]);
}

/// R6: an app that an admin of the portal deleted or deactivated is that admin's decision.
#[test]
fn an_admins_decision_in_the_portal_pauses_the_tile() {
    let wanted = desired(Presence::Present, &[person("00u1")]);
    let inactive = Observed::Present(mirror(AppStatus::Inactive, &[person("00u1")]));
    let deactivated = plan(&wanted, &inactive, Confirmed::Active);
    assert_eq!(deactivated, Plan::paused(Pause::DeactivatedInPortal));
    for confirmed in [Confirmed::Nothing, Confirmed::Active, Confirmed::Inactive] {
        let deleted = plan(&wanted, &Observed::Gone, confirmed);
        assert_eq!(deleted, Plan::paused(Pause::DeletedInPortal));
    }
    assert_snapshot!(deactivated, @"paused: somebody deactivated the app in the portal; activate it again, or remove the extension?");
}

/// T2, R6: an edited URL makes the app foreign, even when the tile should go.
#[test]
fn a_foreign_url_pauses_whatever_is_desired() {
    for url in [
        "https://keytile.example/launch/another",
        "https://evil.example/launch/a1B2c3D4e5F6g7H8i9J0kL",
        "http://keytile.example/launch/a1B2c3D4e5F6g7H8i9J0kL",
        "https://keytile.example:8443/launch/a1B2c3D4e5F6g7H8i9J0kL",
        "https://keytile.example/launch/A1b2C3d4E5f6G7h8I9j0Kl",
        "",
        "mailto:a@example.com",
    ] {
        let seen =
            Observed::Present(Mirror { url: url.to_owned(), ..mirror(AppStatus::Active, &[]) });
        for presence in [Presence::Present, Presence::Inactive, Presence::Absent] {
            let plan = plan(&desired(presence, &[]), &seen, Confirmed::Active);
            assert_eq!(plan, Plan::paused(Pause::ForeignUrl), "{url}");
        }
    }
}

#[test]
fn an_addition_to_our_url_is_put_right_c11() {
    let seen = Observed::Present(Mirror {
        url: format!("{URL}/?utm_source=x#top"),
        ..mirror(AppStatus::Active, &[])
    });
    let plan = plan(&desired(Presence::Present, &[]), &seen, Confirmed::Active);
    assert!(matches!(plan.steps.as_slice(), [Step::Update { .. }]), "{plan}");
}

/// security.md 3.2: nobody adds the tile by themselves.
#[test]
fn a_tile_that_people_could_add_themselves_is_put_right() {
    let seen = Observed::Present(Mirror { self_service: true, ..mirror(AppStatus::Active, &[]) });
    let plan = plan(&desired(Presence::Present, &[]), &seen, Confirmed::Active);
    assert!(matches!(plan.steps.as_slice(), [Step::Update { .. }]), "{plan}");
}

#[test]
fn an_unknown_outcome_is_searched_for_before_anything_else() {
    for presence in [Presence::Present, Presence::Inactive, Presence::Absent] {
        let plan = plan(&desired(presence, &[]), &Observed::Unknown, Confirmed::Nothing);
        assert_eq!(plan.steps, [Step::Search]);
    }
}

#[test]
fn what_we_were_about_to_do_is_not_taken_for_an_admins_doing() {
    let wanted = desired(Presence::Present, &[]);
    let inactive = Observed::Present(mirror(AppStatus::Inactive, &[]));
    let deactivating = Confirmed::Active.before(&Step::Deactivate);
    assert_eq!(plan(&wanted, &inactive, deactivating).steps, [Step::Activate]);
    let deleting = deactivating.before(&Step::Delete);
    assert_eq!(plan(&wanted, &Observed::Gone, deleting).pause, None);
    // It came to nothing, and was seen: what happens from then on is somebody else's doing.
    let seen = deactivating.seen(AppStatus::Active);
    assert_eq!(plan(&wanted, &inactive, seen).pause, Some(Pause::DeactivatedInPortal));
}

/// R6: what was done last tells our doing from an admin's, and a step that neither shows nor hides
/// the app changes nothing about that.
#[test]
fn what_we_did_is_remembered_through_steps_of_another_kind() {
    let wanted = desired(Presence::Present, &[person("00u1")]);
    let hidden = Observed::Present(mirror(AppStatus::Inactive, &[person("00u1")]));
    let (label, url) = (wanted.label.clone(), wanted.url.clone());
    let create = Step::Create { label: label.clone(), url: url.clone() };
    let others = [
        Step::Search,
        Step::Update { label, url },
        Step::Assign(person("00u1")),
        Step::HandOver("00u1".to_owned()),
        Step::Unassign(person("00u1")),
        Step::Logo(Logo { version: 1, name: "Instagram".to_owned() }),
    ];
    for other in &others {
        for shown in [&create, &Step::Activate] {
            let confirmed = Confirmed::Nothing.after(shown).before(other).after(other);
            let paused = plan(&wanted, &hidden, confirmed);
            assert_eq!(paused.pause, Some(Pause::DeactivatedInPortal), "{shown}, {other}");
        }
        let confirmed = Confirmed::Active.after(&Step::Deactivate).before(other).after(other);
        assert_eq!(plan(&wanted, &hidden, confirmed).steps, [Step::Activate], "{other}");
    }
    // A tile that is made again after its removal is a new one.
    assert_eq!(Confirmed::Removing.after(&Step::Delete), Confirmed::Nothing);
}

#[test]
fn a_plan_with_a_step_or_a_question_is_not_empty() {
    let wanted = desired(Presence::Present, &[person("00u1")]);
    let nobody = Observed::Present(mirror(AppStatus::Active, &[]));
    assert!(!plan(&wanted, &nobody, Confirmed::Active).is_empty());
    assert!(!plan(&wanted, &Observed::Gone, Confirmed::Active).is_empty());
}

#[test]
fn a_plan_is_printed_with_a_line_for_each_step() {
    let wanted = desired(Presence::Present, &[person("00u1")]);
    let plan = plan(&wanted, &Observed::Absent, Confirmed::Nothing);
    let steps: Vec<String> = plan.steps.iter().map(Step::to_string).collect();
    assert_eq!(plan.to_string(), steps.join("\n"));
}
