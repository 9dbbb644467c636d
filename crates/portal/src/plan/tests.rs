//! Plans against a model of a portal that does what it is told, stops anywhere, and forgets.

use super::*;
use insta::assert_snapshot;
use proptest::prelude::*;

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
    }
}

fn mirror(status: AppStatus, principals: &[Principal]) -> Mirror {
    Mirror {
        label: "Contentzilla - Instagram".to_owned(),
        url: URL.to_owned(),
        status,
        principals: principals.iter().cloned().collect(),
        self_service: false,
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

/// A portal that does what it is told, and the row that its worker keeps.
#[derive(Clone, Debug, Default)]
struct Model {
    app: Option<Mirror>,
    is_recorded: bool,
    may_exist: bool,
    confirmed: Confirmed,
}

impl Model {
    fn observe(&self) -> Observed {
        match (&self.app, self.is_recorded) {
            (Some(mirror), true) => Observed::Present(mirror.clone()),
            (None, true) => Observed::Gone,
            (_, false) if self.may_exist => Observed::Unknown,
            (_, false) => Observed::Absent,
        }
    }

    /// Does a step; when `crash`, its success is never recorded.
    fn step(&mut self, step: &Step, crash: bool) {
        self.confirmed = self.confirmed.before(step);
        self.may_exist |= matches!(step, Step::Create { .. });
        self.effect(step);
        if crash {
            return;
        }
        self.confirmed = self.confirmed.after(step);
        match step {
            Step::Create { .. } => (self.is_recorded, self.may_exist) = (true, false),
            Step::Search => (self.is_recorded, self.may_exist) = (self.app.is_some(), false),
            Step::Delete => self.is_recorded = false,
            _ => {}
        }
    }

    fn effect(&mut self, step: &Step) {
        if let Step::Create { label, url } = step {
            assert!(self.app.is_none(), "a second app for one tile");
            self.app = Some(Mirror {
                label: label.clone(),
                url: url.clone(),
                status: AppStatus::Active,
                principals: BTreeSet::new(),
                self_service: false,
            });
            return;
        }
        if matches!(step, Step::Search) {
            return;
        }
        let app = self.app.as_mut().expect("steps need an app");
        match step {
            Step::Activate => app.status = AppStatus::Active,
            Step::Deactivate => app.status = AppStatus::Inactive,
            Step::Update { label, url } => {
                (app.label, app.url) = (label.clone(), url.clone());
            }
            Step::Assign(principal) => {
                assert_eq!(app.status, AppStatus::Active, "nobody is assigned to a hidden app");
                assert!(app.principals.insert(principal.clone()), "assigned twice");
            }
            Step::Unassign(principal) => {
                assert!(app.principals.remove(principal), "unassigned without need");
            }
            Step::Delete => {
                assert_eq!(app.status, AppStatus::Inactive, "only an inactive app is deleted");
                self.app = None;
            }
            Step::Search | Step::Create { .. } => {}
        }
    }

    fn run(&mut self, desired: &Desired, steps: usize, crash: bool) -> Plan {
        let plan = plan(desired, &self.observe(), self.confirmed);
        let count = steps.min(plan.steps.len());
        for (number, step) in plan.steps.iter().take(count).enumerate() {
            self.step(step, crash && number + 1 == count);
        }
        plan
    }

    fn is_as(&self, desired: &Desired) -> bool {
        match (desired.presence, &self.app) {
            (Presence::Absent | Presence::Inactive, None) => true,
            (Presence::Absent, Some(_)) | (Presence::Present, None) => false,
            (Presence::Inactive, Some(app)) => app.status == AppStatus::Inactive,
            (Presence::Present, Some(app)) => {
                let wanted = Mirror {
                    label: desired.label.clone(),
                    url: desired.url.clone(),
                    status: AppStatus::Active,
                    principals: desired.principals.clone(),
                    self_service: false,
                };
                *app == wanted
            }
        }
    }
}

fn any_principal() -> impl Strategy<Value = Principal> {
    (0_u8..6, any::<bool>()).prop_map(|(number, is_person)| {
        if is_person { person(&format!("00u{number}")) } else { group(&format!("00g{number}")) }
    })
}

fn any_desired() -> impl Strategy<Value = Desired> {
    let presence = prop_oneof![
        3 => Just(Presence::Present),
        1 => Just(Presence::Inactive),
        1 => Just(Presence::Absent),
    ];
    (presence, 0_u8..3, prop::collection::btree_set(any_principal(), 0..8)).prop_map(
        |(presence, label, principals)| Desired {
            presence,
            label: format!("Label {label}"),
            url: URL.to_owned(),
            principals,
        },
    )
}

proptest! {
    /// Applying a plan gives the desired world, and a world as desired plans nothing.
    #[test]
    fn a_plan_gives_what_is_desired_and_twice_is_once(first in any_desired(), then in any_desired()) {
        let mut model = Model::default();
        for desired in [first, then] {
            let plan = model.run(&desired, usize::MAX, false);
            prop_assert_eq!(plan.pause, None);
            prop_assert!(model.is_as(&desired), "after\n{}\n{:?}", plan, model);
            prop_assert!(model.run(&desired, usize::MAX, false).is_empty());
        }
    }

    /// R1: stopping after any step, with or without its record, and planning again converges;
    /// and without an admin's hand in the portal no plan pauses.
    #[test]
    fn stopping_anywhere_and_planning_again_converges(
        runs in prop::collection::vec((any_desired(), 0_usize..6, any::<bool>()), 1..12),
        last in any_desired(),
    ) {
        let mut model = Model::default();
        for (desired, steps, crash) in runs {
            let plan = model.run(&desired, steps, crash);
            prop_assert_eq!(plan.pause, None);
        }
        // One run finds out what is there, and one changes it.
        for _ in 0..2 {
            prop_assert_eq!(model.run(&last, usize::MAX, false).pause, None);
        }
        prop_assert!(model.is_as(&last), "{:?}", model);
        prop_assert!(model.run(&last, usize::MAX, false).is_empty());
    }

    /// Nobody gains access before everybody who lost it is out; how the tile looks comes last.
    #[test]
    fn unassigns_come_before_assigns_and_updates_come_last(
        wanted in any_desired(),
        seen in prop::collection::btree_set(any_principal(), 0..8),
    ) {
        let seen = Mirror { principals: seen, ..mirror(AppStatus::Active, &[]) };
        let plan = plan(&wanted, &Observed::Present(seen), Confirmed::Active);
        let rank = |step: &Step| match step {
            Step::Search | Step::Create { .. } | Step::Activate | Step::Deactivate => 0,
            Step::Unassign(_) => 1,
            Step::Assign(_) => 2,
            Step::Update { .. } | Step::Delete => 3,
        };
        prop_assert!(plan.steps.is_sorted_by_key(rank), "{}", plan);
    }
}
