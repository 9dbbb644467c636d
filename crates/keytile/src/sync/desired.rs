//! What the portal should show for one account: computed anew from the grants each time, never stored.

use std::collections::BTreeMap;

use model::access::sees_tile;
use model::workspace::{MemberStatus, WorkspaceRole};
use model::{AccountId, MemberId, WorkspaceId};

use crate::db::{Result, Tx};
use crate::sharing::{self, PersonPath};

/// Somebody who reaches an account.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their id in the portal, where they see the tile.
    pub external_id: Option<String>,
}

/// Why somebody who reaches an account does not see its tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// SCIM has told no external id: they are not in Okta (S42).
    NotInPortal,
    /// Login-only people get no tiles (S15).
    LoginOnly,
    /// Guests never go to Okta.
    Guest,
    /// Suspended people get none until they are back.
    Suspended,
}

impl Hidden {
    /// The reason as people read it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotInPortal => "has no SCIM external id from Okta",
            Self::LoginOnly => "has the Login-only role",
            Self::Guest => "is a Guest",
            Self::Suspended => "is suspended",
        }
    }
}

/// Who sees the tile of an account, and who does not.
#[derive(Debug, Clone, Default)]
pub struct Audience {
    /// They see it.
    pub sees: Vec<Viewer>,
    /// They do not, and why.
    pub hidden: Vec<(Viewer, Hidden)>,
}

/// Everyone who is Owner or Collaborator by any path, parted by whether the tile is for them (S12-S15).
pub async fn audience(tx: &mut Tx, workspace: WorkspaceId, account: AccountId) -> Result<Audience> {
    let paths = sharing::people(tx, workspace, account).await?;
    // One person may come by several paths, and counts once (S14).
    let people: BTreeMap<(String, MemberId), PersonPath> =
        paths.into_iter().map(|p| ((p.name.clone(), p.member), p)).collect();
    let mut audience = Audience::default();
    for person in people.into_values() {
        if person.status == MemberStatus::Removed {
            continue;
        }
        let hidden = why_hidden(&person);
        let viewer = Viewer {
            member: person.member,
            name: person.name,
            email: person.email,
            external_id: person.external_id,
        };
        match hidden {
            None => audience.sees.push(viewer),
            Some(why) => audience.hidden.push((viewer, why)),
        }
    }
    Ok(audience)
}

/// Why this person does not see the tile; none where they do.
pub fn why_hidden(person: &PersonPath) -> Option<Hidden> {
    if sees_tile(person.workspace_role, person.status) {
        return person.external_id.is_none().then_some(Hidden::NotInPortal);
    }
    Some(match (person.status, person.workspace_role) {
        (MemberStatus::Suspended | MemberStatus::Removed, _) => Hidden::Suspended,
        (MemberStatus::Active, WorkspaceRole::Guest) => Hidden::Guest,
        (MemberStatus::Active, _) => Hidden::LoginOnly,
    })
}
