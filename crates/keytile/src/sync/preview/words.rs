//! Steps in the words that admins of the portal use, with names in place of ids.

use portal::{GroupPause, GroupStep, Pause, Principal, Step};

use super::id_of;
use crate::sync::worker::{GroupOutlook, Outlook};

/// What a tile that was paused waits for.
pub(super) const RESTS: &str = "It is paused: its owner has to decide first.";

/// A kind of deed, by which lines are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// An app is looked for.
    Look,
    /// An app or a group is made.
    Create,
    /// A name or an address is put right.
    Rename,
    /// Somebody gets the tile.
    Assign,
    /// Somebody loses it, or gets it another way.
    Unassign,
    /// An app or a group goes.
    Delete,
    /// Whatever changes neither names nor people.
    Other,
}

impl Deed {
    /// In the order in which totals name them.
    pub const ALL: [Self; 7] = [
        Self::Create,
        Self::Rename,
        Self::Assign,
        Self::Unassign,
        Self::Delete,
        Self::Look,
        Self::Other,
    ];

    /// The deed as totals and the API name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Create => "create",
            Self::Rename => "rename",
            Self::Assign => "assign",
            Self::Unassign => "unassign",
            Self::Delete => "delete",
            Self::Other => "other",
        }
    }
}

/// One or more steps that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What kind of deed.
    pub deed: Deed,
    /// What is done: a whole sentence, or what is done to `people`.
    pub text: String,
    /// To whom, one for each step.
    pub people: Vec<String>,
}

impl Line {
    /// How many steps it stands for.
    pub fn count(&self) -> usize {
        self.people.len().max(1)
    }
}

/// How many steps of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals([usize; 7]);

impl Totals {
    pub(super) fn add(&mut self, lines: &[Line]) {
        for line in lines {
            for (sum, deed) in self.0.iter_mut().zip(Deed::ALL) {
                *sum += if line.deed == deed { line.count() } else { 0 };
            }
        }
    }

    /// Each kind of which there is any, and how many.
    pub fn each(self) -> Vec<(Deed, usize)> {
        Deed::ALL.into_iter().zip(self.0).filter(|(_, n)| *n > 0).collect()
    }

    /// In words, such as `create 1, assign 4`.
    pub fn words(self) -> String {
        let parts: Vec<String> =
            self.each().iter().map(|(deed, n)| format!("{} {n}", deed.word())).collect();
        if parts.is_empty() { "nothing to do".into() } else { parts.join(", ") }
    }
}

/// What an id of the portal belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Person,
    Group,
}

/// Everybody and every group that the steps are about.
pub(super) fn ids(outlook: &Outlook) -> Vec<(Kind, String)> {
    let of_tile = outlook.steps.iter().filter_map(|step| match step {
        Step::Assign(principal) | Step::Unassign(principal) => Some(id_of(principal)),
        Step::HandOver(person) => Some((Kind::Person, person.clone())),
        Step::Search
        | Step::Create { .. }
        | Step::Activate
        | Step::Update { .. }
        | Step::Logo(_)
        | Step::Deactivate
        | Step::Delete => None,
    });
    let groups = outlook.group.iter().chain(&outlook.left).flat_map(|group| &group.steps);
    let of_groups = groups.filter_map(|step| match step {
        GroupStep::AddMember(person) | GroupStep::RemoveMember(person) => {
            Some((Kind::Person, person.clone()))
        }
        GroupStep::Search
        | GroupStep::Create { .. }
        | GroupStep::Rename { .. }
        | GroupStep::Delete => None,
    });
    of_tile.chain(of_groups).collect()
}

/// The steps as lines: the group first, then the tile, then the group that is left.
pub(super) fn lines(
    group: Option<&GroupOutlook>,
    steps: &[Step],
    left: Option<&GroupOutlook>,
    mirror_label: Option<&str>,
    name: impl Fn(&str) -> String,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for (group, step) in group.iter().flat_map(|g| g.steps.iter().map(move |step| (g, step))) {
        push(&mut lines, of_group(&group.name, step, &name));
    }
    for step in steps {
        push(&mut lines, of_tile(step, mirror_label, &name));
    }
    for (group, step) in left.iter().flat_map(|g| g.steps.iter().map(move |step| (g, step))) {
        push(&mut lines, of_group(&group.name, step, &name));
    }
    lines
}

fn push(lines: &mut Vec<Line>, line: Line) {
    match lines.last_mut() {
        Some(last)
            if !line.people.is_empty() && last.deed == line.deed && last.text == line.text =>
        {
            last.people.extend(line.people);
        }
        _ => lines.push(line),
    }
}

fn of_tile(step: &Step, mirror_label: Option<&str>, name: &impl Fn(&str) -> String) -> Line {
    let whole = |deed, text: String| Line { deed, text, people: Vec::new() };
    let about =
        |deed, text: &str, id: &str| Line { deed, text: text.into(), people: vec![name(id)] };
    match step {
        Step::Search => whole(Deed::Look, "Look for an app that was made before".into()),
        Step::Create { label, .. } => whole(Deed::Create, format!("Create the app “{label}”")),
        Step::Activate => whole(Deed::Other, "Activate the app".into()),
        Step::Update { label, .. } if mirror_label == Some(label) => {
            whole(Deed::Rename, "Put the app’s address right".into())
        }
        Step::Update { label, .. } => whole(Deed::Rename, format!("Rename the app to “{label}”")),
        Step::Assign(Principal::Person(id)) => about(Deed::Assign, "Assign", id),
        Step::Assign(Principal::Group(id)) => about(Deed::Assign, "Assign the group", id),
        Step::HandOver(id) => {
            about(Deed::Unassign, "Show it by the group in place of an own assignment to", id)
        }
        Step::Unassign(Principal::Person(id)) => about(Deed::Unassign, "Unassign", id),
        Step::Unassign(Principal::Group(id)) => about(Deed::Unassign, "Unassign the group", id),
        Step::Logo(_) => whole(Deed::Other, "Give it a picture".into()),
        Step::Deactivate => whole(Deed::Other, "Deactivate the app".into()),
        Step::Delete => whole(Deed::Delete, "Delete the app".into()),
    }
}

fn of_group(group: &str, step: &GroupStep, name: &impl Fn(&str) -> String) -> Line {
    let whole = |deed, text: String| Line { deed, text, people: Vec::new() };
    let about = |deed, text: String, id: &str| Line { deed, text, people: vec![name(id)] };
    match step {
        GroupStep::Search => whole(Deed::Look, format!("Look for the group “{group}”")),
        GroupStep::Create { name, .. } => whole(Deed::Create, format!("Create the group “{name}”")),
        GroupStep::Rename { name } => whole(Deed::Rename, format!("Rename the group to “{name}”")),
        GroupStep::AddMember(id) => about(Deed::Assign, format!("Add to the group “{group}”:"), id),
        GroupStep::RemoveMember(id) => {
            about(Deed::Unassign, format!("Remove from the group “{group}”:"), id)
        }
        GroupStep::Delete => whole(Deed::Delete, format!("Delete the group “{group}”")),
    }
}

/// Why the tile's owner has to decide first.
pub(super) fn pause(pause: Pause) -> &'static str {
    match pause {
        Pause::DeletedInPortal => {
            "An Okta admin deleted this app. Its owner decides whether it comes back."
        }
        Pause::DeactivatedInPortal => {
            "An Okta admin deactivated this app. Its owner decides whether it comes back."
        }
        Pause::ForeignUrl => {
            "The app in Okta leads somewhere else now, so it is left alone until its owner decides."
        }
    }
}

/// Why a person has to decide about the group first.
pub(super) fn group_pause(pause: GroupPause) -> &'static str {
    match pause {
        GroupPause::DeletedInPortal => {
            "An Okta admin deleted the group that shows this tile. Its owner decides what to do."
        }
        GroupPause::Foreign => {
            "The group that shows this tile is not ours any more, so it is left alone."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_are_alike_are_one_line_and_count_each() {
        let person = |id: &str| Principal::Person(id.into());
        let steps = [
            Step::Unassign(person("c")),
            Step::Assign(person("a")),
            Step::Assign(person("b")),
            Step::Update { label: "New".into(), url: "https://k.example/launch/0".into() },
        ];
        let lines = lines(None, &steps, None, Some("Old"), str::to_uppercase);
        let told: Vec<_> =
            lines.iter().map(|l| format!("{} {}", l.text, l.people.join("+"))).collect();
        assert_eq!(told, ["Unassign C", "Assign A+B", "Rename the app to “New” "]);
        let mut totals = Totals::default();
        totals.add(&lines);
        assert_eq!(totals.words(), "rename 1, assign 2, unassign 1");
        assert_eq!(Totals::default().words(), "nothing to do");
    }
}
