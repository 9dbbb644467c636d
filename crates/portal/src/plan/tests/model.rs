//! Plans against a model of a portal that does what it is told, stops anywhere, and forgets.

use super::*;
use proptest::prelude::*;

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
                logo: None,
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
            Step::HandOver(person) => {
                let person = Principal::Person(person.clone());
                assert!(app.principals.remove(&person), "handed over without need");
            }
            Step::Logo(logo) => {
                assert_eq!(app.logo.replace(logo.version), None, "one picture is enough");
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
                    logo: app.logo,
                };
                *app == wanted && (app.logo.is_some() || desired.logo.is_none())
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
    let people = prop::collection::btree_set("00u[0-5]", 0..6);
    let logo =
        prop::option::of((0_u32..3).prop_map(|version| Logo { version, name: "A".to_owned() }));
    (presence, 0_u8..3, prop::collection::btree_set(any_principal(), 0..8), people, logo).prop_map(
        |(presence, label, principals, through_groups, logo)| Desired {
            presence,
            label: format!("Label {label}"),
            url: URL.to_owned(),
            principals,
            through_groups,
            logo,
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
    fn steps_keep_their_order(
        wanted in any_desired(),
        seen in prop::collection::btree_set(any_principal(), 0..8),
    ) {
        let seen = Mirror { principals: seen, ..mirror(AppStatus::Active, &[]) };
        let plan = plan(&wanted, &Observed::Present(seen), Confirmed::Active);
        let rank = |step: &Step| match step {
            Step::Search | Step::Create { .. } | Step::Activate | Step::Deactivate => 0,
            Step::Unassign(Principal::Person(_)) => 1,
            Step::Assign(_) => 2,
            Step::HandOver(_) => 3,
            Step::Unassign(Principal::Group(_)) => 4,
            Step::Update { .. } | Step::Delete => 5,
            Step::Logo(_) => 6,
        };
        prop_assert!(plan.steps.is_sorted_by_key(rank), "{}", plan);
    }

    /// Whoever sees the tile before and after sees it all the while, and nobody else ever does.
    #[test]
    fn who_keeps_the_tile_never_loses_it_for_a_moment(
        wanted in any_desired(),
        seen in prop::collection::btree_set(any_principal(), 0..8),
        members in prop::collection::vec(prop::collection::btree_set("00u[0-7]", 0..6), 6),
    ) {
        let covered = |principals: &BTreeSet<Principal>| -> BTreeSet<String> {
            let people = principals.iter().flat_map(|principal| match principal {
                Principal::Person(id) => vec![id.clone()],
                Principal::Group(id) => {
                    let number: usize = id.trim_start_matches("00g").parse().expect("a number");
                    members[number].iter().cloned().collect()
                }
            });
            people.collect()
        };
        let groups = wanted.principals.iter().filter(|one| matches!(one, Principal::Group(_)));
        let through_groups = covered(&groups.cloned().collect());
        let wanted = Desired { presence: Presence::Present, through_groups, ..wanted };
        let (before, after) = (covered(&seen), covered(&wanted.principals));
        let kept: BTreeSet<String> = before.intersection(&after).cloned().collect();
        let known: BTreeSet<String> = before.union(&after).cloned().collect();

        let app = Mirror { principals: seen, ..mirror(AppStatus::Active, &[]) };
        let plan = plan(&wanted, &Observed::Present(app.clone()), Confirmed::Active);
        let confirmed = Confirmed::Active;
        let mut model =
            Model { app: Some(app), is_recorded: true, may_exist: false, confirmed };
        for step in &plan.steps {
            model.step(step, false);
            let now = covered(&model.app.as_ref().expect("an app").principals);
            prop_assert!(kept.is_subset(&now), "after {step} in\n{plan}");
            prop_assert!(now.is_subset(&known), "after {step} in\n{plan}");
        }
        prop_assert_eq!(covered(&model.app.expect("an app").principals), after);
    }
}
