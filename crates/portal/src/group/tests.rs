//! Plans of groups against a model of a portal that does what it is told, stops anywhere, and
//! refuses a name that is taken.

use super::*;
use insta::assert_snapshot;
use proptest::prelude::*;

const ORIGIN: &str = "https://keytile.example";

fn desired(presence: GroupPresence, members: &[&str]) -> DesiredGroup {
    DesiredGroup {
        presence,
        name: "Keytile · Marketing · 7F3A".to_owned(),
        origin: ORIGIN.to_owned(),
        members: members.iter().map(|member| (*member).to_owned()).collect(),
    }
}

fn mirror(description: String, members: &[&str]) -> GroupMirror {
    GroupMirror {
        name: "Keytile · Marketing · 7F3A".to_owned(),
        description,
        members: members.iter().map(|member| (*member).to_owned()).collect(),
    }
}

fn ours(members: &[&str]) -> ObservedGroup {
    ObservedGroup::Present(mirror(audience::description(ORIGIN), members))
}

fn pool(members: &[&str]) -> ObservedGroup {
    ObservedGroup::Present(mirror(audience::pool_marker(ORIGIN), members))
}

fn planned(desired: &DesiredGroup, observed: &ObservedGroup) -> GroupPlan {
    plan_group(desired, observed, GroupConfirmed::Kept)
}

#[test]
fn a_new_group_is_created_and_then_filled() {
    let wanted = desired(GroupPresence::Present, &["00u2", "00u1"]);
    assert_snapshot!(planned(&wanted, &ObservedGroup::Absent), @"
    create the group “Keytile · Marketing · 7F3A”
    add person 00u1 to the group
    add person 00u2 to the group
    ");
}

#[test]
fn who_lost_access_goes_first_and_the_name_last() {
    let mut wanted = desired(GroupPresence::Present, &["00u2", "00u3"]);
    wanted.name = "Keytile · Sales · 7F3A".to_owned();
    assert_snapshot!(planned(&wanted, &ours(&["00u1", "00u2"])), @"
    remove person 00u1 from the group
    add person 00u3 to the group
    rename the group to “Keytile · Sales · 7F3A”
    ");
}

#[test]
fn a_group_of_the_pool_is_filled_and_emptied_and_never_renamed_or_deleted() {
    let mut wanted = desired(GroupPresence::Present, &["00u2"]);
    wanted.name = "Keytile · Sales · 7F3A".to_owned();
    assert_snapshot!(planned(&wanted, &pool(&["00u1"])), @"
    remove person 00u1 from the group
    add person 00u2 to the group
    ");
    wanted.presence = GroupPresence::Absent;
    assert_snapshot!(planned(&wanted, &pool(&["00u1"])), @"remove person 00u1 from the group");
    assert_snapshot!(planned(&wanted, &ours(&["00u1"])), @"delete the group");
}

/// R6, T2.
#[test]
fn an_admins_decision_about_a_group_pauses_it() {
    let wanted = desired(GroupPresence::Present, &["00u1"]);
    let deleted = planned(&wanted, &ObservedGroup::Gone);
    assert_eq!(deleted.pause, Some(GroupPause::DeletedInPortal));
    assert_snapshot!(deleted, @"paused: somebody deleted the group in the portal; create it again, or show the tiles to each person?");
    for presence in [GroupPresence::Present, GroupPresence::Absent] {
        for description in ["", "Marketing", &audience::description("https://other.example")] {
            let seen = ObservedGroup::Present(mirror(description.to_owned(), &[]));
            let plan = planned(&desired(presence, &[]), &seen);
            assert_eq!(plan, GroupPlan::paused(GroupPause::Foreign), "{description}");
        }
    }
}

#[test]
fn an_unknown_outcome_is_searched_for_before_a_group_is_made_again() {
    for presence in [GroupPresence::Present, GroupPresence::Absent] {
        let plan = planned(&desired(presence, &["00u1"]), &ObservedGroup::Unknown);
        assert_eq!(plan.steps, [GroupStep::Search]);
    }
}

#[test]
fn a_plan_with_a_step_or_a_question_is_not_empty() {
    let wanted = desired(GroupPresence::Present, &["00u1"]);
    assert!(!planned(&wanted, &ours(&[])).is_empty());
    assert!(!planned(&wanted, &ObservedGroup::Gone).is_empty());
    assert!(planned(&wanted, &ours(&["00u1"])).is_empty());
}

#[test]
fn a_plan_is_printed_with_a_line_for_each_step() {
    let plan = planned(&desired(GroupPresence::Present, &["00u2"]), &ours(&["00u1"]));
    let steps: Vec<String> = plan.steps.iter().map(GroupStep::to_string).collect();
    assert_eq!(plan.to_string(), steps.join("\n"));
}

/// R6: a delete that may have been done explains a group that is gone until a new one is made.
#[test]
fn a_delete_that_was_sent_is_remembered_whatever_else_is_done() {
    let (person, name) = ("00u1".to_owned(), "Keytile · Sales · 7F3A".to_owned());
    let deleting = GroupConfirmed::Kept.before(&GroupStep::Delete);
    let others = [
        GroupStep::Search,
        GroupStep::Rename { name: name.clone() },
        GroupStep::AddMember(person.clone()),
        GroupStep::RemoveMember(person),
    ];
    for step in others {
        let confirmed = deleting.before(&step).after(&step);
        let plan =
            plan_group(&desired(GroupPresence::Present, &[]), &ObservedGroup::Gone, confirmed);
        assert_eq!(plan.pause, None, "{step}");
    }
    let create = GroupStep::Create { name, description: audience::description(ORIGIN) };
    for over in [deleting.after(&create), deleting.after(&GroupStep::Delete), deleting.seen()] {
        assert_eq!(over, GroupConfirmed::Kept);
    }
}

/// L4: a look at roles and apps is trusted for a quarter of an hour, and none that is yet to come.
#[test]
fn a_check_is_good_for_a_quarter_of_an_hour() {
    let at: Timestamp = "2026-05-04T10:00:00Z".parse().unwrap();
    let checked = Checked { group: GroupId("00g1".to_owned()), at };
    let moment = SignedDuration::from_millis(1);
    assert!(checked.is_good(at));
    assert!(checked.is_good(at + Checked::GOOD_FOR - moment));
    assert!(!checked.is_good(at + Checked::GOOD_FOR));
    assert!(!checked.is_good(at - moment));
}

/// A portal that does what it is told, and the row that its worker keeps.
#[derive(Clone, Debug, Default)]
struct Model {
    group: Option<GroupMirror>,
    is_recorded: bool,
    may_exist: bool,
    confirmed: GroupConfirmed,
}

impl Model {
    fn observe(&self) -> ObservedGroup {
        match (&self.group, self.is_recorded) {
            (Some(mirror), true) => ObservedGroup::Present(mirror.clone()),
            (None, true) => ObservedGroup::Gone,
            (_, false) if self.may_exist => ObservedGroup::Unknown,
            (_, false) => ObservedGroup::Absent,
        }
    }

    fn step(&mut self, step: &GroupStep, crash: bool) {
        self.confirmed = self.confirmed.before(step);
        self.may_exist |= matches!(step, GroupStep::Create { .. });
        self.effect(step);
        if crash {
            return;
        }
        self.confirmed = self.confirmed.after(step);
        match step {
            GroupStep::Create { .. } => (self.is_recorded, self.may_exist) = (true, false),
            GroupStep::Search => {
                (self.is_recorded, self.may_exist) = (self.group.is_some(), false);
            }
            GroupStep::Delete => self.is_recorded = false,
            _ => {}
        }
    }

    fn effect(&mut self, step: &GroupStep) {
        if let GroupStep::Create { name, description } = step {
            assert!(self.group.is_none(), "a second group for one audience");
            self.group = Some(GroupMirror {
                name: name.clone(),
                description: description.clone(),
                members: BTreeSet::new(),
            });
            return;
        }
        if matches!(step, GroupStep::Search) {
            return;
        }
        let group = self.group.as_mut().expect("steps need a group");
        match step {
            GroupStep::Rename { name } => name.clone_into(&mut group.name),
            GroupStep::AddMember(person) => assert!(group.members.insert(person.clone())),
            GroupStep::RemoveMember(person) => assert!(group.members.remove(person)),
            GroupStep::Delete => self.group = None,
            GroupStep::Search | GroupStep::Create { .. } => {}
        }
    }

    fn run(&mut self, desired: &DesiredGroup, steps: usize, crash: bool) -> GroupPlan {
        let plan = plan_group(desired, &self.observe(), self.confirmed);
        if matches!(self.observe(), ObservedGroup::Present(_))
            && desired.presence == GroupPresence::Present
        {
            self.confirmed = self.confirmed.seen();
        }
        let count = steps.min(plan.steps.len());
        for (number, step) in plan.steps.iter().take(count).enumerate() {
            self.step(step, crash && number + 1 == count);
        }
        plan
    }

    fn is_as(&self, desired: &DesiredGroup) -> bool {
        match (desired.presence, &self.group) {
            (GroupPresence::Absent, group) => group.is_none(),
            (GroupPresence::Present, None) => false,
            (GroupPresence::Present, Some(group)) => {
                group.members == desired.members && group.name == desired.name
            }
        }
    }
}

fn any_desired() -> impl Strategy<Value = DesiredGroup> {
    let presence = prop_oneof![4 => Just(GroupPresence::Present), 1 => Just(GroupPresence::Absent)];
    (presence, 0_u8..3, prop::collection::btree_set("00u[0-7]", 0..8)).prop_map(
        |(presence, name, members)| DesiredGroup {
            presence,
            name: format!("Keytile · Team {name} · 7F3A"),
            origin: ORIGIN.to_owned(),
            members,
        },
    )
}

proptest! {
    /// Applying a plan gives the desired group, and a group as desired plans nothing.
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

    /// R1: stopping after any step, with or without its record, and planning again converges.
    #[test]
    fn stopping_anywhere_and_planning_again_converges(
        runs in prop::collection::vec((any_desired(), 0_usize..6, any::<bool>()), 1..12),
        last in any_desired(),
    ) {
        let mut model = Model::default();
        for (desired, steps, crash) in runs {
            prop_assert_eq!(model.run(&desired, steps, crash).pause, None);
        }
        for _ in 0..2 {
            prop_assert_eq!(model.run(&last, usize::MAX, false).pause, None);
        }
        prop_assert!(model.is_as(&last), "{:?}", model);
        prop_assert!(model.run(&last, usize::MAX, false).is_empty());
    }

    /// Nobody gains access before everybody who lost it is out.
    #[test]
    fn removals_come_before_additions_and_the_name_comes_last(
        wanted in any_desired(),
        seen in prop::collection::btree_set("00u[0-7]", 0..8),
    ) {
        let seen = GroupMirror { members: seen, ..mirror(audience::description(ORIGIN), &[]) };
        let plan = planned(&wanted, &ObservedGroup::Present(seen));
        let rank = |step: &GroupStep| match step {
            GroupStep::Search | GroupStep::Create { .. } => 0,
            GroupStep::RemoveMember(_) => 1,
            GroupStep::AddMember(_) => 2,
            GroupStep::Rename { .. } | GroupStep::Delete => 3,
        };
        prop_assert!(plan.steps.is_sorted_by_key(rank), "{}", plan);
    }
}
