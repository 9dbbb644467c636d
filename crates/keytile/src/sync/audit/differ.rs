//! What somebody has changed in the portal: what we last confirmed, what is wanted, and what is there, compared. What
//! differs from our mirror and yet is as it should be is nobody's fault and no difference.

use std::collections::BTreeSet;

use portal::plan::{Desired, Mirror, Presence, is_same_launch};
use portal::{App, AppStatus, Principal, Step};

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody was assigned by hand.
    Assigned,
    /// Somebody was unassigned by hand.
    Unassigned,
    /// Another label.
    Label,
    /// Something was added to our address.
    Address,
    /// The address is not ours any more.
    ForeignAddress,
    /// People could add the tile themselves.
    SelfService,
    /// The app was deactivated.
    Hidden,
    /// The app was activated although the account is disabled.
    Shown,
    /// The app was deleted.
    Deleted,
    /// An app with our address that no account explains.
    Orphan,
    /// The app of a tile that was removed has come back.
    Ghost,
    /// A second app for one tile.
    Double,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Assigned,
        Self::Unassigned,
        Self::Label,
        Self::Address,
        Self::ForeignAddress,
        Self::SelfService,
        Self::Hidden,
        Self::Shown,
        Self::Deleted,
        Self::Orphan,
        Self::Ghost,
        Self::Double,
    ];

    /// The kind as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::Label => "label",
            Self::Address => "address",
            Self::ForeignAddress => "foreign_address",
            Self::SelfService => "self_service",
            Self::Hidden => "hidden",
            Self::Shown => "shown",
            Self::Deleted => "deleted",
            Self::Orphan => "orphan",
            Self::Ghost => "ghost",
            Self::Double => "double",
        }
    }

    /// The kind that is stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What kind.
    pub kind: Kind,
    /// The portal's id of the app, where the tile has forgotten it.
    pub app: Option<String>,
    /// The portal's id of the person or group that it is about.
    pub external_id: Option<String>,
    /// What we had.
    pub ours: Option<String>,
    /// What the portal had.
    pub theirs: Option<String>,
}

impl Difference {
    /// The app is gone.
    pub fn deleted() -> Self {
        Self::of(Kind::Deleted)
    }

    /// An app that no tile explains.
    pub fn stray(kind: Kind, url: &str) -> Self {
        Self { theirs: Some(url.to_owned()), ..Self::of(kind) }
    }

    fn of(kind: Kind) -> Self {
        Self { kind, app: None, external_id: None, ours: None, theirs: None }
    }

    fn between(kind: Kind, ours: &str, theirs: &str) -> Self {
        Self { ours: Some(ours.to_owned()), theirs: Some(theirs.to_owned()), ..Self::of(kind) }
    }

    fn about(kind: Kind, principal: &Principal) -> Self {
        let (Principal::Person(id) | Principal::Group(id)) = principal;
        let whom = matches!(principal, Principal::Group(_)).then(|| "a group".to_owned());
        Self { external_id: Some(id.clone()), theirs: whom, ..Self::of(kind) }
    }
}

/// Our side of a comparison.
pub struct Ours<'a> {
    /// What the portal last confirmed.
    pub mirror: &'a Mirror,
    /// What it should show.
    pub desired: &'a Desired,
    /// A step of ours whose outcome is not known: what it touches is not held against anybody.
    pub in_flight: Option<&'a Step>,
}

/// What somebody has changed.
pub fn differences(ours: &Ours<'_>, app: &App, people: &BTreeSet<Principal>) -> Vec<Difference> {
    let Ours { mirror, desired, in_flight } = *ours;
    if desired.presence == Presence::Absent {
        return Vec::new();
    }
    if !is_same_launch(&desired.url, &app.url) {
        return vec![Difference::between(Kind::ForeignAddress, &mirror.url, &app.url)];
    }
    let mut found = Vec::new();
    let is_update = matches!(in_flight, Some(Step::Update { .. }));
    if app.label != mirror.label && app.label != desired.label && !is_update {
        found.push(Difference::between(Kind::Label, &mirror.label, &app.label));
    }
    if app.url != mirror.url && app.url != desired.url && !is_update {
        found.push(Difference::between(Kind::Address, &mirror.url, &app.url));
    }
    if app.self_service && !mirror.self_service {
        found.push(Difference::of(Kind::SelfService));
    }
    let is_ours = matches!(in_flight, Some(Step::Activate | Step::Deactivate));
    match (mirror.status, app.status, desired.presence) {
        (AppStatus::Active, AppStatus::Inactive, Presence::Present) if !is_ours => {
            found.push(Difference::of(Kind::Hidden));
        }
        (AppStatus::Inactive, AppStatus::Active, Presence::Inactive) if !is_ours => {
            found.push(Difference::of(Kind::Shown));
        }
        _ => {}
    }
    let is_moving = |principal: &Principal| match in_flight {
        Some(Step::Assign(other) | Step::Unassign(other)) => other == principal,
        Some(Step::HandOver(id)) => matches!(principal, Principal::Person(other) if other == id),
        _ => false,
    };
    let added = people.difference(&mirror.principals).filter(|p| !desired.principals.contains(p));
    found.extend(added.filter(|p| !is_moving(p)).map(|p| Difference::about(Kind::Assigned, p)));
    let lost = mirror.principals.difference(people).filter(|p| desired.principals.contains(p));
    found.extend(lost.filter(|p| !is_moving(p)).map(|p| Difference::about(Kind::Unassigned, p)));
    found
}

#[cfg(test)]
mod tests {
    use portal::AppId;

    use super::*;

    const URL: &str = "https://keytile.example/launch/0123456789abcdefghjkmnpqrs";

    fn person(id: &str) -> Principal {
        Principal::Person(id.into())
    }

    fn app(label: &str, url: &str) -> App {
        App {
            id: AppId("0oa1".into()),
            label: label.into(),
            url: url.into(),
            status: AppStatus::Active,
            created: None,
            updated: None,
            self_service: false,
        }
    }

    fn kinds(app: &App, people: &[Principal], in_flight: Option<&Step>) -> Vec<Kind> {
        let principals = BTreeSet::from([person("ada"), person("bob")]);
        let (label, url) = ("Contentzilla".to_owned(), URL.to_owned());
        let mirror = Mirror {
            label: label.clone(),
            url: url.clone(),
            status: AppStatus::Active,
            principals: principals.clone(),
            self_service: false,
            logo: None,
        };
        let through_groups = BTreeSet::new();
        let presence = Presence::Present;
        let desired = Desired { presence, label, url, principals, through_groups, logo: None };
        let ours = Ours { mirror: &mirror, desired: &desired, in_flight };
        let people = people.iter().cloned().collect();
        differences(&ours, app, &people).into_iter().map(|d| d.kind).collect()
    }

    /// C11.
    #[test]
    fn what_an_admin_changed_is_named_by_its_kind() {
        let both = [person("ada"), person("bob")];
        assert_eq!(kinds(&app("Contentzilla", URL), &both, None), []);
        let renamed = app("Mine", &format!("{URL}?x=1"));
        assert_eq!(kinds(&renamed, &both, None), [Kind::Label, Kind::Address]);
        let people = [person("ada"), person("mallory"), Principal::Group("g".into())];
        let found = kinds(&app("Contentzilla", URL), &people, None);
        assert_eq!(found, [Kind::Assigned, Kind::Assigned, Kind::Unassigned]);
        let hidden =
            App { status: AppStatus::Inactive, self_service: true, ..app("Contentzilla", URL) };
        assert_eq!(kinds(&hidden, &both, None), [Kind::SelfService, Kind::Hidden]);
        let foreign = app("Mine", "https://elsewhere.example/");
        assert_eq!(kinds(&foreign, &[], None), [Kind::ForeignAddress]);
    }

    #[test]
    fn a_step_of_ours_with_an_unknown_outcome_is_held_against_nobody() {
        let step = Step::Unassign(person("bob"));
        assert_eq!(kinds(&app("Contentzilla", URL), &[person("ada")], Some(&step)), []);
        let step = Step::Update { label: "New".into(), url: URL.into() };
        assert_eq!(kinds(&app("New", URL), &[person("ada"), person("bob")], Some(&step)), []);
    }
}
