//! What a difference is called.

use crate::sync::audit::{Found, Kind};

/// The kind, as a filter names it.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Assigned => "Assigned by hand",
        Kind::Unassigned => "Unassigned by hand",
        Kind::Label => "Renamed",
        Kind::Address => "Address changed",
        Kind::ForeignAddress => "Leads elsewhere",
        Kind::SelfService => "Opened to everybody",
        Kind::Hidden => "Deactivated",
        Kind::Shown => "Activated",
        Kind::Deleted => "Deleted",
        Kind::Orphan => "No account explains it",
        Kind::Ghost => "Has come back",
        Kind::Double => "Second app",
    }
}

/// The symbol of a kind.
pub(super) fn icon(kind: Kind) -> &'static str {
    match kind {
        Kind::Assigned | Kind::Unassigned | Kind::SelfService => "members",
        Kind::Label | Kind::Address | Kind::ForeignAddress => "edit",
        Kind::Hidden | Kind::Shown => "pause",
        Kind::Deleted => "trash",
        Kind::Orphan | Kind::Ghost | Kind::Double => "tile",
    }
}

/// Whom it was about and who did it, in a sentence.
pub(super) fn text(found: &Found) -> String {
    let who = match (&found.member, &found.external_id, &found.theirs) {
        (Some((_, name)), ..) => Some(name.clone()),
        (None, Some(id), Some(group)) => Some(format!("{group} ({id})")),
        (None, Some(id), None) => Some(format!("somebody whom Keytile does not know ({id})")),
        (None, None, _) => None,
    };
    let by = found.done_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    match (found.kind, who) {
        (Kind::Assigned, Some(who)) => format!("It was assigned to {who}{by}."),
        (Kind::Unassigned, Some(who)) => format!("It was taken from {who}{by}."),
        _ if !by.is_empty() => format!("Done in Okta{by}."),
        _ => String::new(),
    }
}

/// What became of it, beside its badge.
pub(super) fn ended(found: &Found) -> Option<String> {
    let at = crate::ui::When::from(found.ended_at?).text;
    let by = found.ended_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    Some(format!("{}{by} {at}", end(found)))
}

/// How it ended, in a word or two.
pub(super) fn end(found: &Found) -> &'static str {
    match (found.ended_at, found.ended_how.as_deref()) {
        (None, _) => "Open",
        (Some(_), Some("repaired")) => "Repaired",
        (Some(_), Some("restored")) => "Restored",
        (Some(_), Some("removed")) => "No longer extended",
        (Some(_), Some("deleted")) => "Deleted",
        (Some(_), Some("adopted")) => "Explained",
        (Some(_), _) => "Gone",
    }
}
