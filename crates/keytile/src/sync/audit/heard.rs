//! What the portal's own log tells an audit: which of our apps and groups somebody else has touched, and who. The log
//! may be late or closed to us, so it only makes an audit look closer and the report more telling.

use std::collections::{BTreeMap, BTreeSet};

use model::Timestamp;
use portal::{LogEvent, LogKind, TargetKind};

use super::Kind;

/// One thing that somebody did to an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The event's own id.
    pub event: String,
    /// The app.
    pub app: String,
    /// The difference that it makes.
    pub kind: Kind,
    /// Whom it was about.
    pub external_id: Option<String>,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// What was done to apps.
    pub changes: Vec<Change>,
    /// Apps that were touched in whatever way.
    pub apps: BTreeSet<String>,
    /// Groups whose people or name were changed.
    pub groups: BTreeSet<String>,
    /// Who was unassigned from which app. Of somebody whom the portal has ended that is nothing new.
    pub unassigned: BTreeSet<(String, String)>,
    /// People who may sign in (again), and since when.
    pub returned: BTreeMap<String, Timestamp>,
    /// The log was read to its end.
    pub is_whole: bool,
}

impl Heard {
    /// Takes in what others did; `ours` are the names under which the log knows us.
    pub fn listen(&mut self, events: &[LogEvent], ours: &BTreeSet<String>) {
        for event in events.iter().filter(|event| event.is_success && !event.is_by(ours)) {
            self.groups.extend(match event.kind {
                LogKind::MemberAdded
                | LogKind::MemberRemoved
                | LogKind::GroupUpdated
                | LogKind::GroupDeleted => {
                    event.targets(TargetKind::Group).map(String::from).collect()
                }
                _ => Vec::new(),
            });
            if event.kind == LogKind::PersonActivated {
                for person in event.targets(TargetKind::Person) {
                    let at = self.returned.entry(person.to_owned()).or_insert(event.published);
                    *at = event.published.max(*at);
                }
            }
            let unassigned = match event.kind {
                LogKind::AssignmentRemoved => event.targets(TargetKind::Person).next(),
                _ => None,
            };
            for app in event.targets(TargetKind::App) {
                match unassigned {
                    Some(person) => {
                        self.unassigned.insert((app.to_owned(), person.to_owned()));
                    }
                    None => drop(self.apps.insert(app.to_owned())),
                }
                self.changes.extend(changes(event, app));
            }
        }
    }

    /// Has the apps looked at from which somebody was unassigned who is not `away`.
    pub fn judge_unassigned(&mut self, away: &BTreeSet<String>) {
        let unassigned = std::mem::take(&mut self.unassigned).into_iter();
        self.apps.extend(unassigned.filter(|(_, who)| !away.contains(who)).map(|(app, _)| app));
    }
}

/// Every difference that the event may have made to the app.
fn changes(event: &LogEvent, app: &str) -> Vec<Change> {
    let (kinds, about): (&[Kind], Option<TargetKind>) = match event.kind {
        LogKind::AppUpdated => {
            (&[Kind::Label, Kind::Address, Kind::ForeignAddress, Kind::SelfService], None)
        }
        LogKind::AppActivated => (&[Kind::Shown], None),
        LogKind::AppDeactivated => (&[Kind::Hidden], None),
        LogKind::AppDeleted => (&[Kind::Deleted], None),
        LogKind::AssignmentAdded => (&[Kind::Assigned], Some(TargetKind::Person)),
        LogKind::AssignmentRemoved => (&[Kind::Unassigned], Some(TargetKind::Person)),
        LogKind::GroupAssigned => (&[Kind::Assigned], Some(TargetKind::Group)),
        LogKind::GroupUnassigned => (&[Kind::Unassigned], Some(TargetKind::Group)),
        _ => (&[], None),
    };
    let external_id = about.and_then(|kind| event.targets(kind).next()).map(String::from);
    let change = |kind: &Kind| Change {
        event: format!("{} {}", event.id, kind.code()),
        app: app.to_owned(),
        kind: *kind,
        external_id: external_id.clone(),
        actor: event.actor.name.clone(),
        at: event.published,
    };
    kinds.iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use portal::{LogActor, LogTarget};

    use super::*;

    fn event(kind: LogKind, targets: &[(TargetKind, &str)], actor: &str) -> LogEvent {
        let target = |(kind, id): &(TargetKind, &str)| LogTarget {
            kind: *kind,
            id: (*id).to_owned(),
            name: String::new(),
        };
        LogEvent {
            id: "e1".into(),
            published: Timestamp::UNIX_EPOCH,
            kind,
            is_success: true,
            actor: LogActor { id: actor.into(), name: actor.into() },
            token_id: None,
            targets: targets.iter().map(target).collect(),
        }
    }

    /// C11.
    #[test]
    fn what_others_did_is_heard_and_our_own_doing_is_not() {
        let ours = BTreeSet::from(["us".to_owned()]);
        let person = [(TargetKind::App, "0oa1"), (TargetKind::Person, "00u1")];
        let group = [(TargetKind::Group, "00g1"), (TargetKind::Person, "00u1")];
        let failed =
            LogEvent { is_success: false, ..event(LogKind::AppDeleted, &person, "mallory") };
        let mut heard = Heard::default();
        heard.listen(
            &[
                event(LogKind::AssignmentRemoved, &person, "mallory"),
                event(LogKind::AssignmentAdded, &[(TargetKind::App, "0oa2")], "us"),
                event(LogKind::MemberRemoved, &group, "mallory"),
                failed,
            ],
            &ours,
        );
        heard.judge_unassigned(&BTreeSet::new());
        assert_eq!(heard.apps, BTreeSet::from(["0oa1".to_owned()]));
        assert_eq!(heard.groups, BTreeSet::from(["00g1".to_owned()]));
        let [change] = heard.changes.as_slice() else { panic!("{heard:?}") };
        assert_eq!((change.kind, change.actor.as_str()), (Kind::Unassigned, "mallory"));
        assert_eq!(change.external_id.as_deref(), Some("00u1"));
    }

    /// C33: whoever is deactivated there loses everything at once, and that is no reason to look at all of it.
    #[test]
    fn what_somebody_lost_who_is_away_is_not_looked_at_and_their_return_is_heard() {
        let of = |app: &'static str, person: &'static str| {
            let targets = [(TargetKind::App, app), (TargetKind::Person, person)];
            event(LogKind::AssignmentRemoved, &targets, "system")
        };
        let returned = event(LogKind::PersonActivated, &[(TargetKind::Person, "00u1")], "mallory");
        let mut heard = Heard::default();
        let ours = BTreeSet::new();
        heard
            .listen(&[of("0oa1", "00u1"), of("0oa2", "00u1"), of("0oa2", "00u2"), returned], &ours);
        let returned = BTreeMap::from([("00u1".to_owned(), Timestamp::UNIX_EPOCH)]);
        assert_eq!(heard.returned, returned);
        heard.judge_unassigned(&BTreeSet::from(["00u1".to_owned()]));
        assert_eq!(heard.apps, BTreeSet::from(["0oa2".to_owned()]));
        assert_eq!(heard.changes.len(), 3, "who did it is kept all the same");
    }
}
