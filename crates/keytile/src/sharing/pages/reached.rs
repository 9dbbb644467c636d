//! What a member or a team can use, for their pages (U10). Only what the viewer reaches too is told.

use std::collections::BTreeSet;

use model::access::{Action, Actor, On, Target, permit};
use model::share::ItemRole;
use model::{AccountId, MemberId, TeamId};

use crate::app::App;
use crate::error::Result;
use crate::http::router;
use crate::sharing::{ReachedPath, reached_by_member, reached_by_team};

/// An account that somebody can use, and why.
pub struct Reached {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) role: String,
    /// The teams and collections by which they come; nothing for a share of their own.
    pub(crate) via: Option<String>,
}

impl Reached {
    /// What a member can use. Of others hear the Owners of an account, and admins who reach it (product.md, 2.4).
    pub(crate) async fn by_member(
        app: &App,
        viewer: &Actor,
        member: MemberId,
    ) -> Result<Vec<Self>> {
        let everywhere = On { workspace: viewer.workspace, target: Target::Workspace };
        let hears_all =
            member == viewer.member || permit(viewer, Action::ViewAllMembers, everywhere).is_ok();
        let held = if hears_all { ItemRole::Collaborator } else { ItemRole::Owner };
        let paths = reached_by_member(&mut app.db.read().await?, viewer, member, held).await?;
        Ok(rows(paths, true))
    }

    /// What a team can use.
    pub(crate) async fn by_team(app: &App, viewer: &Actor, team: TeamId) -> Result<Vec<Self>> {
        Ok(rows(reached_by_team(&mut app.db.read().await?, viewer, team).await?, false))
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self {
            name: "Contentzilla · Instagram".into(),
            href: "/accounts/acc_01".into(),
            role: "Owner".into(),
            via: Some("team Marketing".into()),
        }
    }
}

/// One row for each account; the paths of one come one after another.
fn rows(paths: Vec<ReachedPath>, names_teams: bool) -> Vec<Reached> {
    let mut accounts: Vec<(AccountId, Vec<ReachedPath>)> = Vec::new();
    for path in paths {
        match accounts.last_mut() {
            Some((account, known)) if *account == path.account => known.push(path),
            _ => accounts.push((path.account, vec![path])),
        }
    }
    accounts.into_iter().map(|(account, paths)| row(account, &paths, names_teams)).collect()
}

fn row(account: AccountId, paths: &[ReachedPath], names_teams: bool) -> Reached {
    let via: BTreeSet<String> = paths.iter().filter_map(|path| words(path, names_teams)).collect();
    let role = paths.iter().map(|path| path.role).max();
    let name = paths.first().map(|path| match &path.app {
        Some(app) => format!("{} · {app}", path.name),
        None => path.name.clone(),
    });
    Reached {
        name: name.unwrap_or_default(),
        href: router::account(account),
        role: role.map_or("", model::share::ItemRole::title).into(),
        via: (!via.is_empty()).then(|| via.into_iter().collect::<Vec<_>>().join("; ")),
    }
}

fn words(path: &ReachedPath, names_teams: bool) -> Option<String> {
    match (path.team.as_ref().filter(|_| names_teams), &path.collection) {
        (None, None) => None,
        (Some(team), None) => Some(format!("team {team}")),
        (None, Some(collection)) => Some(format!("collection {collection}")),
        (Some(team), Some(collection)) => Some(format!("team {team}, collection {collection}")),
    }
}

#[cfg(test)]
mod tests {
    use model::share::ItemRole;

    use super::*;

    #[test]
    fn an_account_is_one_row_with_the_highest_role_and_every_path() {
        let account = AccountId::from(uuid::Uuid::nil());
        let path = |role, team: Option<&str>, collection: Option<&str>| ReachedPath {
            account,
            name: "Contentzilla".into(),
            app: Some("Instagram".into()),
            role,
            team: team.map(Into::into),
            collection: collection.map(Into::into),
        };
        let rows = rows(
            vec![
                path(ItemRole::Collaborator, None, None),
                path(ItemRole::Owner, Some("Marketing"), None),
                path(ItemRole::Collaborator, Some("Marketing"), Some("Social")),
            ],
            true,
        );
        let [row] = &rows[..] else { panic!("one row, not {}", rows.len()) };
        assert_eq!((row.name.as_str(), row.role.as_str()), ("Contentzilla · Instagram", "Owner"));
        assert_eq!(row.via.as_deref(), Some("team Marketing; team Marketing, collection Social"));
    }
}
