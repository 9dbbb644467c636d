//! C35, R14: who is a leaver, and what no look may do.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn known(number: u128, standing: Standing) -> Known {
    Known {
        member: MemberId::from(Uuid::from_u128(number)),
        external_id: format!("00u{number}"),
        standing,
        is_owner: false,
        here_since: at(-60),
    }
}

fn people(count: usize) -> Vec<Known> {
    (0..count).map(|number| known(number as u128, Standing::Active)).collect()
}

fn look(state: PersonStatus, is_assigned: bool) -> Look {
    Look { state: Some(state), is_assigned: Some(is_assigned) }
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(minutes * 60).unwrap()
}

/// The first `count` people are looked at, and each look says the same.
fn looks(known: &[Known], count: usize, look: Look) -> BTreeMap<String, Look> {
    known.iter().take(count).map(|one| (one.external_id.clone(), look)).collect()
}

/// A list that names others, and a look at everybody whom it does not name.
const FULL: Round = Round { is_list_empty: false, unlooked: BTreeMap::new(), people: 0 };

fn empty() -> Round {
    Round { is_list_empty: true, ..FULL }
}

/// All people are known.
fn plan(
    known: &[Known],
    looks: &BTreeMap<String, Look>,
    round: &Round,
    before: &Before,
    now: Timestamp,
) -> Plan {
    super::plan(known, looks, &Round { people: known.len(), ..round.clone() }, before, now)
}

const UNASSIGNED: Look = Look { state: Some(PersonStatus::Active), is_assigned: Some(false) };

#[test]
fn who_is_a_leaver_and_who_is_suspended() {
    let judge = |standing, look| judge(&known(1, standing), look);
    for standing in [Standing::Active, Standing::SuspendedThere, Standing::SuspendedHere] {
        let gone = Some(Deed::Remove(Reason::Deprovisioned));
        assert_eq!(judge(standing, look(PersonStatus::Deprovisioned, true)), gone);
        assert_eq!(judge(standing, UNASSIGNED), Some(Deed::Remove(Reason::Unassigned)));
        let nobody = Look { state: None, is_assigned: None };
        assert_eq!(judge(standing, nobody), Some(Deed::Remove(Reason::Deleted)));
        for state in [PersonStatus::Staged, PersonStatus::Provisioned, PersonStatus::Other] {
            assert_eq!(judge(standing, look(state, true)), None, "{standing:?} {state:?}");
        }
    }
    let suspended = look(PersonStatus::Suspended, true);
    assert_eq!(judge(Standing::Active, suspended), Some(Deed::Suspend));
    assert_eq!(judge(Standing::SuspendedThere, suspended), None);
    assert_eq!(judge(Standing::SuspendedHere, suspended), None);
    for state in [
        PersonStatus::Active,
        PersonStatus::LockedOut,
        PersonStatus::PasswordExpired,
        PersonStatus::Recovery,
    ] {
        assert_eq!(judge(Standing::Active, look(state, true)), None, "{state:?} is no leaver");
        assert_eq!(judge(Standing::SuspendedThere, look(state, true)), Some(Deed::Resume));
        assert_eq!(judge(Standing::SuspendedHere, look(state, true)), None, "{state:?}");
    }
}

/// Nothing was asked about an app that is not known.
#[test]
fn without_a_known_app_nobody_is_unassigned() {
    let look = Look { state: Some(PersonStatus::Active), is_assigned: None };
    assert_eq!(judge(&known(1, Standing::Active), look), None);
    let lists = Lists { deprovisioned: ["00u1".to_owned()].into(), ..Lists::default() };
    assert!(is_doubtful(&known(1, Standing::Active), &lists));
    assert!(!is_doubtful(&known(2, Standing::Active), &lists));
}

/// T5.
#[test]
fn no_directory_touches_the_owner() {
    let owner = Known { is_owner: true, ..known(1, Standing::Active) };
    let lists = Lists { assigned: Some(BTreeSet::new()), ..Lists::default() };
    assert!(!is_doubtful(&owner, &lists));
    assert_eq!(judge(&owner, look(PersonStatus::Deprovisioned, false)), None);
}

#[test]
fn whoever_the_lists_tell_of_as_we_do_costs_no_call() {
    let lists = Lists {
        assigned: Some(["00u1", "00u2", "00u3"].map(String::from).into()),
        suspended: ["00u2".to_owned()].into(),
        deprovisioned: BTreeSet::new(),
    };
    assert!(!is_doubtful(&known(1, Standing::Active), &lists));
    assert!(!is_doubtful(&known(2, Standing::SuspendedThere), &lists));
    assert!(!is_doubtful(&known(3, Standing::SuspendedHere), &lists));
    assert!(is_doubtful(&known(1, Standing::SuspendedThere), &lists), "is back");
    assert!(is_doubtful(&known(2, Standing::Active), &lists), "is suspended");
    assert!(is_doubtful(&known(4, Standing::SuspendedHere), &lists), "is missing");
}

#[test]
fn a_few_leavers_go_at_once() {
    let known = people(40);
    let plan = plan(&known, &looks(&known, 10, UNASSIGNED), &FULL, &Before::default(), at(0));
    assert_eq!(plan.deeds.len(), 10);
    assert!(plan.suspects.is_empty() && !plan.asks);
}

/// Whoever came a moment ago may not be known everywhere in the directory.
#[test]
fn a_look_that_does_not_find_somebody_new_is_taken_once_more() {
    let mut known = people(40);
    known[0].here_since = at(0);
    let nobody = Look { state: None, is_assigned: None };
    for missing in [UNASSIGNED, nobody] {
        let now = at(5) - SignedDuration::from_secs(1);
        let early = plan(&known, &looks(&known, 2, missing), &FULL, &Before::default(), now);
        assert_eq!((early.deeds.len(), early.suspects.len(), early.asks), (1, 1, false));
        assert!(early.suspects.contains_key("00u0"));
        // Not by an admin's word either: it was about somebody who seemed to have left.
        let approved = Before { approved: ["00u0".to_owned()].into(), ..Before::default() };
        let told = plan(&known, &looks(&known, 2, missing), &FULL, &approved, now);
        assert!(!told.deeds.contains_key("00u0"));
        let late = plan(&known, &looks(&known, 2, missing), &FULL, &Before::default(), at(5));
        assert_eq!((late.deeds.len(), late.suspects.len()), (2, 0));
    }
    // That they are deprovisioned is said of them by name.
    let gone = look(PersonStatus::Deprovisioned, false);
    let plan = plan(&known, &looks(&known, 1, gone), &FULL, &Before::default(), at(1));
    assert!(plan.deeds.contains_key("00u0"));
}

/// Looks that hooks ask for come a few at a time.
#[test]
fn a_few_and_a_few_more_are_many() {
    let known = people(40);
    let before = Before { recent: 8, ..Before::default() };
    let plan = plan(&known, &looks(&known, 3, UNASSIGNED), &FULL, &before, at(0));
    assert_eq!((plan.deeds.len(), plan.suspects.len()), (0, 3));
}

#[test]
fn many_are_looked_at_twice() {
    let known = people(40);
    let found = looks(&known, 11, UNASSIGNED);
    let first = plan(&known, &found, &FULL, &Before::default(), at(0));
    assert_eq!((first.deeds.len(), first.suspects.len(), first.asks), (0, 11, false));
    let suspects: BTreeMap<_, _> = first.suspects.keys().map(|id| (id.clone(), at(0))).collect();
    let before = Before { suspects, ..Before::default() };
    let early = plan(&known, &found, &FULL, &before, at(9));
    assert_eq!((early.deeds.len(), early.suspects.len()), (0, 11), "not twice in one breath");
    let second = plan(&known, &found, &FULL, &before, at(10));
    assert_eq!((second.deeds.len(), second.suspects.len()), (11, 0));
}

/// Whoever is looked at by themselves is one of many all the same.
#[test]
fn one_of_forty_is_few_though_nobody_else_was_loaded() {
    let known = people(1);
    let round = Round { people: 40, ..FULL };
    let found = looks(&known, 1, UNASSIGNED);
    let plan = super::plan(&known, &found, &round, &Before::default(), at(0));
    assert_eq!((plan.deeds.len(), plan.suspects.len()), (1, 0));
}

/// One who has been suspected for long takes nobody new along.
#[test]
fn a_second_look_is_each_persons_own() {
    let known = people(40);
    let before = Before { suspects: [("00u0".to_owned(), at(0))].into(), ..Before::default() };
    let plan = plan(&known, &looks(&known, 12, UNASSIGNED), &FULL, &before, at(30));
    assert_eq!((plan.deeds.len(), plan.suspects.len()), (1, 11));
}

#[test]
fn an_app_without_anybody_asks_an_admin() {
    let known = people(40);
    let found = looks(&known, 40, UNASSIGNED);
    let suspects: BTreeMap<_, _> = found.keys().map(|id| (id.clone(), at(0))).collect();
    let mut before = Before { suspects, ..Before::default() };
    let held = plan(&known, &found, &empty(), &before, at(600));
    assert_eq!((held.deeds.len(), held.suspects.len(), held.asks), (0, 40, true));
    before.approved = found.keys().take(5).cloned().collect();
    let after = plan(&known, &found, &empty(), &before, at(600));
    assert_eq!((after.deeds.len(), after.suspects.len(), after.asks), (5, 35, true));
}

/// Whoever was not looked at yet counts, and does not go.
#[test]
fn a_round_that_had_no_room_for_all_removes_nobody_in_haste() {
    let known = people(40);
    let unlooked = known[5..30].iter().map(|p| (p.external_id.clone(), Reason::Unassigned));
    let round = Round { unlooked: unlooked.collect(), ..FULL };
    let plan = plan(&known, &looks(&known, 5, UNASSIGNED), &round, &Before::default(), at(0));
    assert_eq!((plan.deeds.len(), plan.suspects.len(), plan.asks), (0, 30, true));
}

/// A workspace of three: two looks are enough, for nobody would be there to be asked.
#[test]
fn most_of_a_handful_are_looked_at_twice_and_go() {
    let known = people(3);
    let found = looks(&known, 2, UNASSIGNED);
    let first = plan(&known, &found, &FULL, &Before::default(), at(0));
    assert_eq!((first.deeds.len(), first.suspects.len()), (0, 2));
    let suspects: BTreeMap<_, _> = found.keys().map(|id| (id.clone(), at(0))).collect();
    let before = Before { suspects, ..Before::default() };
    assert_eq!(plan(&known, &found, &FULL, &before, at(10)).deeds.len(), 2);
}

/// Each is said to be deprovisioned by name: that is no broken list.
#[test]
fn the_deprovisioned_go_at_once_however_many_they_are() {
    let known = people(40);
    let found = looks(&known, 40, look(PersonStatus::Deprovisioned, false));
    let plan = plan(&known, &found, &empty(), &Before::default(), at(0));
    assert_eq!((plan.deeds.len(), plan.asks), (40, false));
}

fn any_look() -> impl Strategy<Value = Look> {
    let state = prop_oneof![
        Just(None),
        prop_oneof![
            Just(PersonStatus::Active),
            Just(PersonStatus::Suspended),
            Just(PersonStatus::Deprovisioned),
            Just(PersonStatus::LockedOut),
            Just(PersonStatus::Staged),
            Just(PersonStatus::Other),
        ]
        .prop_map(Some),
    ];
    (state, prop_oneof![Just(None), any::<bool>().prop_map(Some)])
        .prop_map(|(state, is_assigned)| Look { state, is_assigned })
}

proptest! {
    /// Nobody is removed whom a look of their own does not say to have left, and without a second look or a word of an
    /// admin never more than a few who are only missing.
    #[test]
    fn no_look_removes_more_than_it_may(
        found in prop::collection::vec(prop::option::of(any_look()), 0..120),
        is_list_empty: bool,
    ) {
        let known = people(found.len());
        let looks: BTreeMap<String, Look> = known
            .iter()
            .zip(&found)
            .filter_map(|(one, look)| Some((one.external_id.clone(), (*look)?)))
            .collect();
        let round = Round { is_list_empty, ..FULL };
        let plan = plan(&known, &looks, &round, &Before::default(), at(0));
        let mut missing = 0;
        for (person, deed) in &plan.deeds {
            let look = looks[person];
            match deed {
                Deed::Remove(Reason::Deprovisioned) => {
                    prop_assert_eq!(look.state, Some(PersonStatus::Deprovisioned));
                }
                Deed::Remove(Reason::Deleted) => prop_assert_eq!(look.state, None),
                Deed::Remove(Reason::Unassigned) => prop_assert_eq!(look.is_assigned, Some(false)),
                Deed::Suspend => prop_assert_eq!(look.state, Some(PersonStatus::Suspended)),
                Deed::Resume => prop_assert!(false, "nobody was suspended"),
            }
            let is_missing =
                matches!(deed, Deed::Remove(Reason::Deleted | Reason::Unassigned));
            missing += usize::from(is_missing);
        }
        prop_assert!(missing <= FEW.max(known.len() / SHARE));
        prop_assert!(missing * 2 <= known.len());
        prop_assert!(plan.suspects.keys().all(|person| !plan.deeds.contains_key(person)));
    }

    /// The same twice: what was done needs nothing more.
    #[test]
    fn a_suspension_that_was_done_is_as_the_directory_says(look in any_look()) {
        let before = known(1, Standing::Active);
        if judge(&before, look) == Some(Deed::Suspend) {
            prop_assert_eq!(judge(&known(1, Standing::SuspendedThere), look), None);
        }
    }
}
