//! What holds of the policy whatever the world looks like.

use proptest::prelude::*;
use proptest::sample::select;

use super::matrix::all_actions;
use super::*;

fn roles() -> impl Strategy<Value = WorkspaceRole> {
    select(WorkspaceRole::ALL.to_vec())
}

fn statuses() -> impl Strategy<Value = MemberStatus> {
    select(MemberStatus::ALL.to_vec())
}

fn item_roles() -> impl Strategy<Value = Vec<ItemRole>> {
    prop::collection::vec(select(ItemRole::ALL.to_vec()), 0..6)
}

fn every_target() -> Vec<Target> {
    let mut targets = vec![Target::Workspace];
    targets.extend(Level::ALL.map(account));
    targets.extend(Level::ALL.map(collection));
    for origin in TeamOrigin::ALL {
        let roles = TeamRole::ALL.map(Some).into_iter().chain([None]);
        targets.extend(roles.map(|role| team(origin, role)));
    }
    for role in WorkspaceRole::ALL {
        targets.extend([1, 2].map(|id| Target::Member { id: member(id), role }));
    }
    targets
}

fn targets() -> impl Strategy<Value = Target> {
    select(every_target())
}

fn actions() -> impl Strategy<Value = Action> {
    select(all_actions())
}

/// Every refusal is a sentence with a way forward: what, and what to do.
#[test]
fn a_refusal_is_two_sentences() {
    for role in WorkspaceRole::ALL {
        for action in all_actions() {
            for target in every_target() {
                if let Err(Denied::Forbidden(reason)) = permit(&actor(role), action, on(target)) {
                    let is_two = reason.ends_with('.') && reason.matches(". ").count() == 1;
                    assert!(is_two, "{reason}");
                }
            }
        }
    }
}

proptest! {
    /// Each further grant keeps or raises the level, in any order.
    #[test]
    fn grants_add_up(role in roles(), status in statuses(), held in item_roles(), more in item_roles()) {
        let fewer = level(role, status, held.iter().copied());
        let together = level(role, status, held.iter().chain(&more).copied());
        let reversed = level(role, status, more.iter().chain(&held).rev().copied());
        prop_assert!(fewer <= together);
        prop_assert_eq!(together, reversed);
    }

    /// S14: losing one of two equal paths changes nothing.
    #[test]
    fn a_second_path_to_the_same_role_adds_nothing(role in roles(), held in item_roles()) {
        let twice = level(role, MemberStatus::Active, held.iter().chain(&held).copied());
        prop_assert_eq!(level(role, MemberStatus::Active, held.iter().copied()), twice);
    }

    #[test]
    fn nobody_holds_anything_without_a_grant(role in roles(), status in statuses()) {
        prop_assert_eq!(level(role, status, std::iter::empty()), Level::None);
    }

    /// S4: a level comes from grants only, so any two roles from `User` upward are alike.
    #[test]
    fn a_higher_workspace_role_never_lowers_a_level(one in roles(), two in roles(), held in item_roles()) {
        let (low, high) = (one.min(two), one.max(two));
        let of = |role| level(role, MemberStatus::Active, held.iter().copied());
        prop_assert!(of(low) <= of(high));
        prop_assert!(low < WorkspaceRole::User || of(low) == of(high));
    }

    #[test]
    fn a_suspended_or_removed_member_has_nothing(
        role in roles(), action in actions(), target in targets(), held in item_roles(), removed: bool,
    ) {
        let status = if removed { MemberStatus::Removed } else { MemberStatus::Suspended };
        prop_assert_eq!(level(role, status, held.into_iter()), Level::None);
        let gone = Actor { status, ..actor(role) };
        prop_assert_eq!(permit(&gone, action, on(target)), Err(Denied::Hidden));
    }

    #[test]
    fn another_workspace_does_not_exist(role in roles(), action in actions(), target in targets()) {
        let elsewhere = On { workspace: WorkspaceId::from(Uuid::from_u128(77)), target };
        prop_assert_eq!(permit(&actor(role), action, elsewhere), Err(Denied::Hidden));
    }

    /// More held never allows less, and never turns 403 into 404.
    #[test]
    fn a_higher_level_allows_no_less(role in roles(), action in actions(), folder: bool) {
        let answers = Level::ALL.map(|level| {
            let target = if folder { collection(level) } else { account(level) };
            match permit(&actor(role), action, on(target)) {
                Err(Denied::Hidden) => 0,
                Err(Denied::Forbidden(_)) => 1,
                Ok(_) => 2,
            }
        });
        prop_assert!(answers.is_sorted(), "{answers:?}");
    }

    /// A directory and an admin can't be played against the Owner or one's own role.
    #[test]
    fn no_permit_gives_a_role_above_the_givers(role in roles(), to in roles(), target in targets()) {
        for action in [Action::ChangeMemberRole { to }, Action::InviteMember { role: to }] {
            if permit(&actor(role), action, on(target)).is_ok() {
                prop_assert!(to <= role && to != WorkspaceRole::Owner);
            }
        }
    }
}
