//! The whole policy as text: `access-matrix.txt` is what a person reviews.

use std::fmt::Write as _;
use std::path::Path as FilePath;

use super::*;

const HEAD: &str = "\
Who may do what: every action, every workspace role, every hold on the thing.

Columns   G Guest   L Login-only   U User   A Admin   S Super Admin   O Owner
Cells     x allowed   - refused with a reason (403)   . hidden, as if it did not exist (404)

Suspended and removed members, and members of other workspaces, get `.` everywhere.
";

/// Every action, each with every role that it may carry. `follows` keeps the list whole.
pub(super) fn all_actions() -> Vec<Action> {
    let mut actions = vec![FIRST];
    while let Some(next) = follows(actions[actions.len() - 1]) {
        actions.push(next);
    }
    actions
}

const FIRST: Action = Action::ConfigurePortal;

fn next_role(role: WorkspaceRole) -> Option<WorkspaceRole> {
    WorkspaceRole::ALL.into_iter().find(|&next| next > role)
}

/// The action printed after this one. A new action must be given its place here to compile.
fn follows(action: Action) -> Option<Action> {
    use Action::*;
    Some(match action {
        ConfigurePortal => ViewSync,
        ViewSync => DecideSync,
        DecideSync => ViewSignIn,
        ViewSignIn => ConfigureSignIn,
        ConfigureSignIn => ViewDirectory,
        ViewDirectory => ConfigureDirectory,
        ConfigureDirectory => ViewActivity,
        ViewActivity => ViewActivityPeople,
        ViewActivityPeople => ViewAllActivity,
        ViewAllActivity => ViewMembers,
        ViewMembers => ViewGuests,
        ViewGuests => ViewAllMembers,
        ViewAllMembers => ViewDepartures,
        ViewDepartures => ConfigureDepartures,
        ConfigureDepartures => ViewRotations,
        ViewRotations => ViewAllRotations,
        ViewAllRotations => ViewOwnerless,
        ViewOwnerless => AssignOwner,
        AssignOwner => InviteMember { role: WorkspaceRole::Guest },
        InviteMember { role } => match next_role(role) {
            Some(role) => InviteMember { role },
            None => CreateAccount,
        },
        CreateAccount => ImportAccounts,
        ImportAccounts => CreateTeam,
        CreateTeam => CreateCollection,
        CreateCollection => ViewTeams,
        ViewTeams => ViewAllTeams,
        ViewAllTeams => ManageApiKeys,
        ManageApiKeys => ManageDevices,
        ManageDevices => LaunchAccount,
        LaunchAccount => ViewAccount,
        ViewAccount => RevealPassword,
        RevealPassword => EditAccount,
        EditAccount => ViewShares,
        ViewShares => ShareAccount,
        ShareAccount => DeleteAccount,
        DeleteAccount => RestoreAccount,
        RestoreAccount => ExtendAccount,
        ExtendAccount => ViewTile,
        ViewTile => ViewAccountActivity,
        ViewAccountActivity => MarkRotated,
        MarkRotated => ViewCollection,
        ViewCollection => EditCollection,
        EditCollection => ShareCollection,
        ShareCollection => AddToCollection,
        AddToCollection => DeleteCollection,
        DeleteCollection => ViewTeam,
        ViewTeam => EditTeam,
        EditTeam => ManageTeamMembers,
        ManageTeamMembers => DeleteTeam,
        DeleteTeam => ViewMember,
        ViewMember => ChangeMemberRole { to: WorkspaceRole::Guest },
        ChangeMemberRole { to } => match next_role(to) {
            Some(to) => ChangeMemberRole { to },
            None => RemoveMember,
        },
        RemoveMember => SuspendMember,
        SuspendMember => ApprovePasskeys,
        ApprovePasskeys => SignOutMember,
        SignOutMember => RestoreAccess,
        RestoreAccess => return None,
    })
}

/// One group of six columns: the thing as it stands to the actor, whose role is the argument.
type Block = (String, Box<dyn Fn(WorkspaceRole) -> Target>);

fn block(title: &str, target: impl Fn(WorkspaceRole) -> Target + 'static) -> Block {
    (title.to_owned(), Box::new(target))
}

fn blocks(noun: Noun) -> Vec<Block> {
    let levels = [("no share", Level::None), ("collab.", Level::Launch), ("owner", Level::Own)];
    match noun {
        Noun::Workspace => vec![block("", |_| Target::Workspace)],
        Noun::Account => levels.map(|(title, level)| block(title, move |_| account(level))).into(),
        Noun::Collection => {
            levels.map(|(title, level)| block(title, move |_| collection(level))).into()
        }
        Noun::Team => [("self:", TeamOrigin::SelfManaged), ("dir.:", TeamOrigin::Directory)]
            .into_iter()
            .flat_map(|(kind, origin)| {
                [
                    ("out", None),
                    ("member", Some(TeamRole::Member)),
                    ("admin", Some(TeamRole::Admin)),
                ]
                .map(|(title, role)| block(&format!("{kind}{title}"), move |_| team(origin, role)))
            })
            .collect(),
        Noun::Member => WorkspaceRole::ALL
            .into_iter()
            .map(|role| block(role.title(), move |_| other(role)))
            .chain([block("oneself", |role| Target::Member { id: member(1), role })])
            .collect(),
    }
}

fn heading(noun: Noun) -> &'static str {
    match noun {
        Noun::Workspace => "The workspace",
        Noun::Account => "An account, by what the actor holds on it",
        Noun::Collection => "A collection, by what the actor holds on it",
        Noun::Team => "A team (self-managed, or of a directory), by what the actor is in it",
        Noun::Member => "A member, by that member's role",
    }
}

fn cell(role: WorkspaceRole, action: Action, target: Target) -> char {
    match permit(&actor(role), action, on(target)) {
        Ok(_) => 'x',
        Err(Denied::Forbidden(_)) => '-',
        Err(Denied::Hidden) => '.',
    }
}

fn name(action: Action) -> String {
    match action {
        Action::InviteMember { role } => format!("InviteMember as {}", role.title()),
        Action::ChangeMemberRole { to } => format!("ChangeMemberRole to {}", to.title()),
        other => format!("{other:?}"),
    }
}

fn line(text: &mut String, first: &str, rest: impl Iterator<Item = String>) {
    let cells: String = rest.fold(String::new(), |mut cells, cell| {
        write!(cells, "{cell:<13}").unwrap();
        cells
    });
    writeln!(text, "{}", format!("{first:<32}{cells}").trim_end()).unwrap();
}

fn print() -> String {
    let mut text = HEAD.to_owned();
    let mut noun = None;
    for action in all_actions() {
        let blocks = blocks(action.noun());
        if noun != Some(action.noun()) {
            noun = Some(action.noun());
            writeln!(text, "\n\n{}\n", heading(action.noun())).unwrap();
            if blocks.len() > 1 {
                line(&mut text, "", blocks.iter().map(|(title, _)| title.clone()));
            }
            line(&mut text, "", blocks.iter().map(|_| "GLUASO".to_owned()));
        }
        let cells = blocks.iter().map(|(_, target)| {
            WorkspaceRole::ALL.iter().map(|&role| cell(role, action, target(role))).collect()
        });
        line(&mut text, &name(action), cells);
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test rewrites its file when a person asks it to")]
fn access_matrix() {
    let file = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("access-matrix.txt");
    let printed = print();
    if std::env::var("KEYTILE_UPDATE").is_ok_and(|wish| wish == "1") {
        std::fs::write(&file, &printed).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        printed == reviewed,
        "the policy is no longer what {} says. Run this test with KEYTILE_UPDATE=1 and review the \
         difference. It now is:\n{printed}",
        file.display()
    );
}

/// The compiler asks for a place in `follows`; this asks that the place is reached, once, and
/// that the rules know the action at all.
#[test]
fn every_action_is_printed_once_and_known_to_the_rules() {
    let actions = all_actions();
    let distinct: std::collections::HashSet<_> = actions.iter().copied().collect();
    assert_eq!(distinct.len(), actions.len());
    let declared = declared_actions();
    let printed: std::collections::BTreeSet<_> = actions.iter().map(|&one| word(one)).collect();
    assert_eq!(printed, declared);
    for action in actions {
        let gives_owner = matches!(
            action,
            Action::InviteMember { role: WorkspaceRole::Owner }
                | Action::ChangeMemberRole { to: WorkspaceRole::Owner }
        );
        let allowed = blocks(action.noun()).iter().any(|(_, target)| {
            WorkspaceRole::ALL.iter().any(|&role| cell(role, action, target(role)) == 'x')
        });
        assert_eq!(allowed, !gives_owner, "{action:?}");
    }
}

/// The first word of an action's name, without the role that it carries.
fn word(action: Action) -> String {
    format!("{action:?}").split(' ').next().unwrap().to_owned()
}

/// The variants of `Action` as its source declares them.
fn declared_actions() -> std::collections::BTreeSet<String> {
    let source = include_str!("../action.rs");
    let body = source.split("pub enum Action {").nth(1).unwrap().split("\n}").next().unwrap();
    body.lines()
        .map(str::trim)
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(|line| line.split([' ', ',']).next().unwrap().to_owned())
        .collect()
}
