//! What at the org is ours by its mark, and everything else as it was left.

use std::collections::BTreeMap;

use okta_sim::Sim;
use okta_sim::org::{App as OrgApp, AppKind, Group, Scope};

/// Where our launch URLs begin.
pub const LAUNCHES: &str = "https://keytile.example/launch/";

/// How the description of a group begins that we made, and of one that an admin made for us.
const MADE: &str = "Managed by Keytile (https://keytile.example).";
pub const POOL: &str = "For Keytile (https://keytile.example).";

/// The launch URL of an app of ours; none where it is somebody else's.
pub fn launch_url(app: &OrgApp) -> Option<&str> {
    match &app.kind {
        AppKind::Bookmark { url, .. } if url.starts_with(LAUNCHES) => Some(url),
        AppKind::Bookmark { .. } | AppKind::Oidc(_) | AppKind::Other { .. } => None,
    }
}

/// Whether a group says that it is for us.
pub fn is_ours(group: &Group) -> bool {
    is_pool(group) || said(group).starts_with(MADE)
}

/// Whether an admin made it for us: it is filled and emptied, and nothing else.
pub fn is_pool(group: &Group) -> bool {
    said(group).starts_with(POOL)
}

fn said(group: &Group) -> &str {
    group.description.as_deref().unwrap_or_default()
}

/// Whether everything about the group lets us put people into it: its mark, no role, and no app but ours.
pub fn is_fit(sim: &Sim, id: &str) -> Option<bool> {
    let org = sim.org();
    let group = org.groups.get(id)?;
    let opens_ours_alone = org.apps_of_group(id).all(|app| launch_url(app).is_some());
    Some(is_ours(group) && group.roles.is_empty() && opens_ours_alone)
}

/// Everything that is not ours, in all that we could change about it: apps and groups by their id.
pub fn foreign(sim: &Sim) -> BTreeMap<String, String> {
    let org = sim.org();
    let apps = org.apps.values().filter(|app| launch_url(app).is_none()).map(|app| {
        // Whom a group brings is told of the group.
        let own = app.users.iter().filter(|(_, row)| row.scope == Scope::User);
        let people: Vec<&String> = own.map(|(id, _)| id).chain(app.groups.keys()).collect();
        let OrgApp { label, kind, status, notes, .. } = app;
        (app.id.clone(), format!("{label} {kind:?} {status:?} {notes:?} {people:?}"))
    });
    let groups = org.groups.values().filter(|group| !is_ours(group)).map(|group| {
        let Group { name, description, members, roles, .. } = group;
        (group.id.clone(), format!("{name} {description:?} {members:?} {roles:?}"))
    });
    apps.chain(groups).collect()
}
