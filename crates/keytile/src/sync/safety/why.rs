//! Why a person would lose a tile: because a person asked for that, because they left, or because a background pass
//! says so. Told from the history of shares and memberships, which are closed and never deleted.

use model::Timestamp;
use model::access::sees_tile;
use model::workspace::{MemberStatus, WorkspaceRole};

/// Why something would be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A person clicked, and confirmed it where it was much: never held up.
    Asked,
    /// The directory says that this person is gone or suspended: not held up, unless that are so many at once that it looks
    /// wrong.
    Left,
    /// A group push, a team's end, directory data, an audit: counted.
    Background,
}

/// One end of a piece of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// When it ended.
    pub at: Timestamp,
    /// A person ended it, and not a process.
    pub by_person: bool,
}

/// One way in which somebody reached the account: a share, with a membership, a collection and a place in it. The pieces
/// that have ended; none where the way is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Way(pub Vec<Break>);

impl Way {
    /// The way ended with the first of its pieces. Of two at the same instant the process counts: it is the one that
    /// asks.
    fn end(&self) -> Option<Break> {
        self.0.iter().min().copied()
    }
}

/// The member behind an assignment, as they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Whether they are here.
    pub status: MemberStatus,
    /// A person removed them, where they are removed.
    pub removed_by_person: bool,
    /// A person suspended them, where they are suspended.
    pub suspended_by_person: bool,
    /// Their role.
    pub role: WorkspaceRole,
    /// A person gave it to them.
    pub role_by_person: bool,
}

/// Why this assignment would go; `None` is somebody whom we never knew.
pub fn why(subject: Option<Subject>, ways: &[Way]) -> Why {
    let Some(subject) = subject else { return Why::Background };
    match subject.status {
        MemberStatus::Suspended if subject.suspended_by_person => Why::Asked,
        MemberStatus::Removed if subject.removed_by_person => Why::Asked,
        MemberStatus::Suspended | MemberStatus::Removed => Why::Left,
        MemberStatus::Active if !sees_tile(subject.role, subject.status) => {
            asked(subject.role_by_person)
        }
        // The last way to end decides, and an open way means that the directory forgot who they are.
        MemberStatus::Active => {
            let ends: Option<Vec<Break>> = ways.iter().map(Way::end).collect();
            let last =
                ends.and_then(|ends| ends.into_iter().max_by_key(|end| (end.at, !end.by_person)));
            asked(last.is_some_and(|end| end.by_person))
        }
    }
}

fn asked(by_person: bool) -> Why {
    if by_person { Why::Asked } else { Why::Background }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64, by_person: bool) -> Break {
        Break { at: Timestamp::from_second(second).unwrap(), by_person }
    }

    const ACTIVE: Subject = Subject {
        status: MemberStatus::Active,
        removed_by_person: false,
        suspended_by_person: false,
        role: WorkspaceRole::User,
        role_by_person: true,
    };

    /// C15.
    #[test]
    fn the_way_that_ended_last_decides_and_in_it_the_piece_that_ended_first() {
        let pushed_out = Way(vec![at(10, false), at(20, true)]);
        let unshared = Way(vec![at(5, true)]);
        // Somebody ended a team's share after the directory had emptied the team: that click took nothing from them.
        assert_eq!(why(Some(ACTIVE), &[pushed_out.clone(), unshared.clone()]), Why::Background);
        let later = Way(vec![at(30, true)]);
        assert_eq!(why(Some(ACTIVE), &[pushed_out, later]), Why::Asked);
        assert_eq!(why(Some(ACTIVE), &[unshared]), Why::Asked);
    }

    #[test]
    fn of_two_ends_at_the_same_instant_the_process_counts() {
        assert_eq!(why(Some(ACTIVE), &[Way(vec![at(5, true), at(5, false)])]), Why::Background);
        let (person, process) = (Way(vec![at(5, true)]), Way(vec![at(5, false)]));
        assert_eq!(why(Some(ACTIVE), &[person, process]), Why::Background);
    }

    #[test]
    fn a_stranger_and_one_whom_the_directory_forgot_are_background() {
        assert_eq!(why(None, &[]), Why::Background);
        assert_eq!(why(Some(ACTIVE), &[]), Why::Background);
        assert_eq!(why(Some(ACTIVE), &[Way(vec![]), Way(vec![at(5, true)])]), Why::Background);
    }

    #[test]
    fn a_leaver_left_and_one_whom_a_person_removed_or_demoted_was_asked_for() {
        let removed = Subject { status: MemberStatus::Removed, ..ACTIVE };
        assert_eq!(why(Some(removed), &[]), Why::Left);
        let by_hand = Subject { removed_by_person: true, ..removed };
        assert_eq!(why(Some(by_hand), &[]), Why::Asked);
        let suspended = Subject { status: MemberStatus::Suspended, ..ACTIVE };
        assert_eq!(why(Some(suspended), &[]), Why::Left);
        let by_hand = Subject { suspended_by_person: true, ..suspended };
        assert_eq!(why(Some(by_hand), &[]), Why::Asked);
        let demoted = Subject { role: WorkspaceRole::LoginOnly, ..ACTIVE };
        assert_eq!(why(Some(demoted), &[]), Why::Asked);
        assert_eq!(why(Some(Subject { role_by_person: false, ..demoted }), &[]), Why::Background);
    }
}
