//! The policy's claims, one by one; the whole of it is in `matrix`.

use uuid::Uuid;

use super::*;

mod matrix;
mod properties;

pub(super) fn member(number: u128) -> MemberId {
    MemberId::from(Uuid::from_u128(number))
}

pub(super) fn workspace() -> WorkspaceId {
    WorkspaceId::from(Uuid::from_u128(1))
}

/// An active member who is number 1.
pub(super) fn actor(role: WorkspaceRole) -> Actor {
    Actor { workspace: workspace(), member: member(1), role, status: MemberStatus::Active }
}

pub(super) fn on(target: Target) -> On {
    On { workspace: workspace(), target }
}

pub(super) fn account(level: Level) -> Target {
    Target::Account { id: AccountId::from(Uuid::from_u128(2)), level }
}

pub(super) fn collection(level: Level) -> Target {
    Target::Collection { id: CollectionId::from(Uuid::from_u128(3)), level }
}

pub(super) fn team(origin: TeamOrigin, role: Option<TeamRole>) -> Target {
    Target::Team { id: TeamId::from(Uuid::from_u128(4)), origin, role }
}

/// Somebody else, in this role.
pub(super) fn other(role: WorkspaceRole) -> Target {
    Target::Member { id: member(2), role }
}

fn ask(role: WorkspaceRole, action: Action, target: Target) -> Result<(), Denied> {
    permit(&actor(role), action, on(target)).map(|_| ())
}

fn is_forbidden(answer: Result<(), Denied>) -> bool {
    matches!(answer, Err(Denied::Forbidden(_)))
}

/// The roles that the article's box lists (S1).
const EXTENDERS: [WorkspaceRole; 4] =
    [WorkspaceRole::User, WorkspaceRole::Admin, WorkspaceRole::SuperAdmin, WorkspaceRole::Owner];

/// S1.
#[test]
fn four_workspace_roles_may_extend_an_account_that_they_own() {
    for role in EXTENDERS {
        assert_eq!(ask(role, Action::ExtendAccount, account(Level::Own)), Ok(()), "{role:?}");
    }
}

/// S1, S2.
#[test]
fn a_login_only_member_and_a_guest_cannot_extend_whatever_they_hold() {
    for role in [WorkspaceRole::LoginOnly, WorkspaceRole::Guest] {
        for level in [Level::Launch, Level::Own] {
            assert!(is_forbidden(ask(role, Action::ExtendAccount, account(level))), "{role:?}");
        }
    }
}

/// S3.
#[test]
fn a_collaborator_cannot_extend_an_account() {
    for role in EXTENDERS {
        assert!(is_forbidden(ask(role, Action::ExtendAccount, account(Level::Launch))));
    }
}

/// S4: 403 to one who knows the account, 404 to one who does not.
#[test]
fn a_workspace_role_alone_never_reaches_an_account() {
    let owner = WorkspaceRole::Owner;
    assert!(is_forbidden(ask(owner, Action::ExtendAccount, account(Level::Launch))));
    for action in [Action::ExtendAccount, Action::LaunchAccount, Action::RevealPassword] {
        assert_eq!(ask(owner, action, account(Level::None)), Err(Denied::Hidden));
    }
}

/// S39.
#[test]
fn only_an_account_owner_who_may_extend_sees_the_tile() {
    assert_eq!(ask(WorkspaceRole::User, Action::ViewTile, account(Level::Own)), Ok(()));
    assert!(is_forbidden(ask(WorkspaceRole::User, Action::ViewTile, account(Level::Launch))));
    assert!(is_forbidden(ask(WorkspaceRole::Guest, Action::ViewTile, account(Level::Launch))));
}

#[test]
fn a_collaborator_cannot_reveal_a_password() {
    for role in WorkspaceRole::ALL {
        assert_eq!(ask(role, Action::LaunchAccount, account(Level::Launch)), Ok(()));
        assert!(is_forbidden(ask(role, Action::RevealPassword, account(Level::Launch))));
    }
}

#[test]
fn a_guest_whose_team_owns_an_account_still_only_logs_in() {
    let role = WorkspaceRole::Guest;
    assert_eq!(level(role, MemberStatus::Active, [ItemRole::Owner].into_iter()), Level::Launch);
    assert!(is_forbidden(ask(role, Action::RevealPassword, account(Level::Own))));
}

#[test]
fn only_the_owner_configures_sign_in_and_the_directory() {
    for action in [Action::ConfigureSignIn, Action::ConfigureDirectory] {
        assert_eq!(ask(WorkspaceRole::Owner, action, Target::Workspace), Ok(()));
        assert!(is_forbidden(ask(WorkspaceRole::SuperAdmin, action, Target::Workspace)));
    }
    for action in [Action::ViewSignIn, Action::ViewDirectory] {
        assert_eq!(ask(WorkspaceRole::Admin, action, Target::Workspace), Ok(()));
    }
}

#[test]
fn nobody_acts_on_the_workspace_owner() {
    let owner = other(WorkspaceRole::Owner);
    for role in WorkspaceRole::ALL {
        for action in [
            Action::RemoveMember,
            Action::SuspendMember,
            Action::ApprovePasskeys,
            Action::SignOutMember,
            Action::ChangeMemberRole { to: WorkspaceRole::User },
        ] {
            assert!(ask(role, action, owner).is_err(), "{role:?} {action:?}");
        }
    }
}

#[test]
fn nobody_becomes_the_owner_by_a_change_of_role_or_an_invitation() {
    let owner = WorkspaceRole::Owner;
    for role in WorkspaceRole::ALL {
        let change = Action::ChangeMemberRole { to: owner };
        assert!(ask(role, change, other(WorkspaceRole::Admin)).is_err());
        assert!(is_forbidden(ask(role, Action::InviteMember { role: owner }, Target::Workspace)));
    }
}

#[test]
fn an_admin_neither_gives_nor_takes_a_role_above_their_own() {
    let (admin, above) = (WorkspaceRole::Admin, WorkspaceRole::SuperAdmin);
    let raise = Action::ChangeMemberRole { to: above };
    assert!(is_forbidden(ask(admin, raise, other(WorkspaceRole::User))));
    let lower = Action::ChangeMemberRole { to: WorkspaceRole::User };
    assert!(is_forbidden(ask(admin, lower, other(above))));
    assert!(is_forbidden(ask(admin, Action::InviteMember { role: above }, Target::Workspace)));
    assert_eq!(ask(admin, lower, other(admin)), Ok(()));
}

#[test]
fn nobody_changes_suspends_or_removes_themselves() {
    let oneself = Target::Member { id: member(1), role: WorkspaceRole::SuperAdmin };
    for action in [
        Action::ChangeMemberRole { to: WorkspaceRole::User },
        Action::SuspendMember,
        Action::ApprovePasskeys,
        Action::RemoveMember,
    ] {
        assert!(is_forbidden(ask(WorkspaceRole::SuperAdmin, action, oneself)));
    }
    assert_eq!(ask(WorkspaceRole::SuperAdmin, Action::SignOutMember, oneself), Ok(()));
}

#[test]
fn everyone_sees_and_signs_out_themselves() {
    for role in WorkspaceRole::ALL {
        let oneself = Target::Member { id: member(1), role };
        assert_eq!(ask(role, Action::ViewMember, oneself), Ok(()));
        assert_eq!(ask(role, Action::SignOutMember, oneself), Ok(()));
    }
}

#[test]
fn a_team_of_the_directory_is_read_only_even_to_the_owner() {
    for action in [Action::EditTeam, Action::ManageTeamMembers, Action::DeleteTeam] {
        for role in [None, Some(TeamRole::Member), Some(TeamRole::Admin)] {
            let target = team(TeamOrigin::Directory, role);
            assert!(is_forbidden(ask(WorkspaceRole::Owner, action, target)));
        }
    }
}

#[test]
fn a_team_that_one_is_not_in_is_hidden_from_a_user() {
    let target = team(TeamOrigin::SelfManaged, None);
    assert_eq!(ask(WorkspaceRole::User, Action::ViewTeam, target), Err(Denied::Hidden));
    assert_eq!(ask(WorkspaceRole::User, Action::EditTeam, target), Err(Denied::Hidden));
    assert_eq!(ask(WorkspaceRole::Admin, Action::EditTeam, target), Ok(()));
}

#[test]
fn a_login_only_member_receives_items_as_collaborator_only() {
    for role in WorkspaceRole::ALL {
        assert_eq!(may_receive(role, ItemRole::Collaborator), Ok(()));
        let low = role < WorkspaceRole::User;
        assert_eq!(is_forbidden(may_receive(role, ItemRole::Owner)), low, "{role:?}");
    }
}

/// S15, C37.
#[test]
fn only_active_members_from_user_upward_see_tiles() {
    for role in WorkspaceRole::ALL {
        for status in MemberStatus::ALL {
            let expected = EXTENDERS.contains(&role) && status == MemberStatus::Active;
            assert_eq!(sees_tile(role, status), expected, "{role:?} {status:?}");
        }
    }
}

#[test]
fn a_permit_names_what_it_was_given_for() {
    let target = account(Level::Own);
    let given = permit(&actor(WorkspaceRole::User), Action::EditAccount, on(target)).unwrap();
    assert_eq!(given.workspace(), workspace());
    assert_eq!(given.actor(), member(1));
    assert_eq!(given.action(), Action::EditAccount);
    assert_eq!(given.account(), AccountId::from(Uuid::from_u128(2)));
}

/// What each action is about, and nothing else, can be acted on: the proof carries that thing's id.
#[test]
fn a_permit_is_about_its_target_and_another_kind_of_thing_is_hidden() {
    let mut permits = 0;
    for (noun, target) in all_targets() {
        for action in matrix::all_actions() {
            for role in WorkspaceRole::ALL {
                let Ok(given) = permit(&actor(role), action, on(target)) else { continue };
                assert_eq!(action.noun(), noun, "{role:?} {action:?}");
                permits += 1;
                match target {
                    Target::Workspace => {}
                    Target::Account { id, .. } => assert_eq!(given.account(), id),
                    Target::Collection { id, .. } => assert_eq!(given.collection(), id),
                    Target::Team { id, .. } => assert_eq!(given.team(), id),
                    Target::Member { id, .. } => assert_eq!(given.member(), id),
                }
            }
        }
    }
    assert!(permits > 0);
}

/// One of each kind, held as far as it can be, and the kind.
fn all_targets() -> [(Noun, Target); 5] {
    [
        (Noun::Workspace, Target::Workspace),
        (Noun::Account, account(Level::Own)),
        (Noun::Collection, collection(Level::Own)),
        (Noun::Team, team(TeamOrigin::SelfManaged, Some(TeamRole::Admin))),
        (Noun::Member, other(WorkspaceRole::User)),
    ]
}

#[test]
#[should_panic(expected = "a permit to ViewMembers is not about an account")]
fn a_permit_about_something_else_names_no_account() {
    let owner = actor(WorkspaceRole::Owner);
    let given = permit(&owner, Action::ViewMembers, on(Target::Workspace)).unwrap();
    given.account();
}

#[test]
fn a_path_names_the_share_to_end() {
    let share = crate::ShareId::from(Uuid::from_u128(9));
    let team = TeamId::from(Uuid::from_u128(4));
    let collection = CollectionId::from(Uuid::from_u128(3));
    let paths = [
        (Path::Direct { share }, None, None),
        (Path::Team { share, team }, Some(team), None),
        (Path::Collection { share, collection }, None, Some(collection)),
        (Path::TeamCollection { share, team, collection }, Some(team), Some(collection)),
    ];
    for (path, via_team, via_collection) in paths {
        assert_eq!(path.share(), share);
        assert_eq!((path.team(), path.collection()), (via_team, via_collection));
    }
}
