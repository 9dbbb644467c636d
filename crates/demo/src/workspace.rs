//! The seeded workspace as data: workspace.json, which the browser journeys read too. People and teams are named by
//! their names, so that the file reads like a story.

use anyhow::Context as _;
use model::share::ItemRole;
use model::workspace::WorkspaceRole;
use serde::{Deserialize, Deserializer, de};

const STORY: &str = include_str!("workspace.json");

/// Everything that the demo begins with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    pub name: String,
    /// Everybody's password at the simulated Okta.
    pub password: String,
    pub people: Vec<Person>,
    /// Groups that Okta pushes: they become teams.
    pub okta_groups: Vec<Group>,
    /// Teams that are kept in Keytile.
    pub teams: Vec<Team>,
    /// A collection comes after the one that it is inside.
    pub collections: Vec<Collection>,
    pub accounts: Vec<Account>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub email: String,
    #[serde(deserialize_with = "workspace_role")]
    pub role: WorkspaceRole,
    #[serde(default = "yes")]
    pub in_okta: bool,
    #[serde(default)]
    pub suspended: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    pub description: String,
    pub members: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    pub name: String,
    pub admin: String,
    pub members: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    pub name: String,
    pub owner: String,
    pub inside: Option<String>,
    pub shares: Vec<Share>,
}

/// An account. `{site}` in its address is the sample site.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub name: String,
    pub app: String,
    pub login_url: String,
    pub username: String,
    pub password: String,
    pub totp: Option<String>,
    pub notes: Option<String>,
    pub owner: String,
    pub collection: Option<String>,
    #[serde(default)]
    pub shares: Vec<Share>,
    #[serde(default)]
    pub extended: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// A person or a team.
    pub with: String,
    #[serde(deserialize_with = "item_role")]
    pub role: ItemRole,
}

impl Workspace {
    /// What the program carries.
    pub fn read() -> anyhow::Result<Self> {
        serde_json::from_str(STORY).context("read workspace.json")
    }

    /// The account that the sample site lets in.
    pub fn sample(&self) -> anyhow::Result<&Account> {
        let mut accounts = self.accounts.iter();
        accounts
            .find(|account| account.login_url.contains("{site}"))
            .context("no account of workspace.json is one of the sample site")
    }

    /// The workspace's Owner.
    pub fn owner(&self) -> anyhow::Result<&Person> {
        let mut people = self.people.iter();
        people
            .find(|person| person.role == WorkspaceRole::Owner)
            .context("workspace.json has no Owner")
    }
}

fn yes() -> bool {
    true
}

fn workspace_role<'de, D: Deserializer<'de>>(input: D) -> Result<WorkspaceRole, D::Error> {
    let code = String::deserialize(input)?;
    WorkspaceRole::from_code(&code)
        .ok_or_else(|| de::Error::custom(format!("{code} is not a workspace role")))
}

fn item_role<'de, D: Deserializer<'de>>(input: D) -> Result<ItemRole, D::Error> {
    let code = String::deserialize(input)?;
    ItemRole::from_code(&code)
        .ok_or_else(|| de::Error::custom(format!("{code} is not a role on an account")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn story() -> Workspace {
        Workspace::read().unwrap()
    }

    #[test]
    fn fifteen_people_fill_every_workspace_role() {
        let people = story().people;
        assert_eq!(people.len(), 15);
        let roles: BTreeSet<_> = people.iter().map(|person| person.role.code()).collect();
        assert_eq!(roles.len(), WorkspaceRole::ALL.len());
    }

    #[test]
    fn four_teams_of_which_two_are_okta_groups_and_a_nested_collection() {
        let story = story();
        assert_eq!((story.teams.len(), story.okta_groups.len()), (2, 2));
        assert_eq!(story.collections.len(), 3);
        assert_eq!(story.collections.iter().filter(|it| it.inside.is_some()).count(), 1);
    }

    #[test]
    fn two_accounts_would_get_the_same_label_and_contentzilla_is_not_extended_yet() {
        let accounts = story().accounts;
        let labels: Vec<_> = accounts.iter().map(|it| (&it.name, &it.app)).collect();
        let distinct: BTreeSet<_> = labels.iter().collect();
        assert_eq!(labels.len() - distinct.len(), 1);
        let is_contentzilla = |it: &&Account| it.name == "Contentzilla" && it.app == "Instagram";
        assert!(!accounts.iter().find(is_contentzilla).unwrap().extended);
    }

    #[test]
    fn everybody_who_is_named_exists() {
        let story = story();
        let people: BTreeSet<_> = story.people.iter().map(|it| it.name.as_str()).collect();
        let teams = story.teams.iter().map(|it| it.name.as_str());
        let groups = story.okta_groups.iter().map(|it| it.name.as_str());
        let holders: BTreeSet<_> = people.iter().copied().chain(teams).chain(groups).collect();
        let members = story.teams.iter().flat_map(|it| it.members.iter().chain([&it.admin]));
        let grouped = story.okta_groups.iter().flat_map(|it| &it.members);
        for name in members.chain(grouped).chain(story.accounts.iter().map(|it| &it.owner)) {
            assert!(people.contains(name.as_str()), "{name}");
        }
        let shares = story.accounts.iter().flat_map(|it| &it.shares);
        for share in shares.chain(story.collections.iter().flat_map(|it| &it.shares)) {
            assert!(holders.contains(share.with.as_str()), "{}", share.with);
        }
    }
}
