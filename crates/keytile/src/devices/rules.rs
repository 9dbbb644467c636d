//! What a workspace asks of devices: an admin's approval, and a version of the extension that it still accepts (T24).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use model::WorkspaceId;
use model::access::{Action, Actor, permit};

use super::refused::{Answer, Refused};
use super::{store, whole};
use crate::activity::{self, Event};
use crate::actor::By;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::members;

/// The version of an extension: up to four numbers (<https://developer.chrome.com/docs/extensions/reference/manifest/version>).
#[derive(Debug, Clone)]
pub struct Version(Vec<u32>);

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        numbers
            .filter(|numbers| numbers.len() <= 4 && text.len() <= 40)
            .map(Self)
            .ok_or_else(|| Error::invalid("version", "Write a version as 1.2.3."))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let at = |version: &Self, i: usize| version.0.get(i).copied().unwrap_or(0);
        (0..4)
            .map(|i| at(self, i).cmp(&at(other, i)))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// The rules of a workspace. Without any, every browser and every version is welcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// True where an admin has to approve each device.
    pub approval: bool,
    /// The oldest version that is accepted.
    pub minimum: Option<Version>,
    /// Versions that are not accepted, however new.
    pub refused: Vec<Version>,
}

impl Rules {
    /// Refuses a version, and says what to do.
    pub fn check(&self, version: &Version) -> Answer<()> {
        let text = match &self.minimum {
            _ if self.refused.contains(version) => {
                format!(
                    "Version {version} of the extension is not accepted here any more. Update it, then try again."
                )
            }
            Some(minimum) if version < minimum => format!(
                "Version {version} of the extension is too old: {minimum} is the oldest that is accepted here. Update it, \
                 then try again."
            ),
            Some(_) | None => return Ok(()),
        };
        Err(Refused::VersionRefused(text))
    }
}

/// The rules of the actor's workspace.
pub async fn find(app: &App, actor: &Actor) -> Result<Rules> {
    let workspace = permit(actor, Action::ManageDevices, whole(actor))?.workspace();
    Ok(store::rules(&mut app.db.read().await?, workspace).await?)
}

/// The rules of a workspace, for whoever has to obey them.
pub async fn of(tx: &mut Tx, workspace: WorkspaceId) -> Result<Rules> {
    Ok(store::rules(tx, workspace).await?)
}

/// Sets them; they hold from the next request on.
pub async fn set(app: &App, actor: &Actor, rules: Rules) -> Result<()> {
    let (actor, mut by) = (*actor, By::member(app, actor));
    app.db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let actor = members::present(tx, &actor).await?;
                let _admin = permit(&actor, Action::ManageDevices, whole(&actor))?;
                store::set_rules(tx, &by, &rules).await?;
                Ok(activity::record(tx, &mut by, Event::new("devices.rules_set")).await?)
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_compared_number_by_number() {
        assert!(version("0.10.0") > version("0.9.9"));
        assert_eq!(version("1.2"), version("1.2.0.0"));
        for text in ["", "1.", "a", "1.2.3.4.5", "-1", "1.2.99999999999"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    /// T24.
    #[test]
    fn what_is_too_old_or_named_is_refused() {
        let rules = Rules {
            minimum: Some(version("0.2")),
            refused: vec![version("0.3.1")],
            approval: false,
        };
        let refused = |text: &str| rules.check(&version(text)).is_err();
        assert!(refused("0.1.9") && refused("0.3.1"));
        assert!(!refused("0.2.0") && !refused("0.3.0") && !refused("0.3.2"));
        assert!(Rules::default().check(&version("0.0.1")).is_ok());
    }
}
