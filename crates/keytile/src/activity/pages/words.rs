//! What happened, in words: a sentence is an actor, a text, and what it is about.

use model::MemberId;
use model::share::ItemRole;
use model::workspace::WorkspaceRole;

use crate::activity::Entry;

/// What a sentence ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Account,
    Collection,
    Team,
    Member,
    Nothing,
}

/// The text of a record and what it is about; `person` names a member as far as the reader may know them.
pub(super) fn sentence(
    entry: &Entry,
    person: impl Fn(Option<MemberId>, &str) -> String,
) -> (String, About) {
    if let Some((text, about)) = fixed(&entry.event) {
        return (text.into(), about);
    }
    let member = || match &entry.member {
        Some(name) => person(entry.member_id, name),
        None => "somebody".into(),
    };
    let account = || entry.account.as_ref().map_or("an account", |(_, name)| name.as_str());
    let people = || entry.detail["people"].to_string();
    let item = if entry.account.is_some() { About::Account } else { About::Collection };
    match entry.event.as_str() {
        "share.added" | "share.removed" => {
            let grantee = match &entry.team {
                Some(team) => format!("the team {team}"),
                None => member(),
            };
            let text = match role(entry) {
                Some(ItemRole::Owner) if entry.event == "share.added" => {
                    format!("made {grantee} an Owner of")
                }
                Some(ItemRole::Collaborator) if entry.event == "share.added" => {
                    format!("made {grantee} a Collaborator of")
                }
                _ if entry.event == "share.added" => format!("gave {grantee} access to"),
                _ => format!("ended the access of {grantee} to"),
            };
            (text, item)
        }
        "collection.account_added" => (format!("put {} into", account()), About::Collection),
        "collection.account_removed" => (format!("took {} out of", account()), About::Collection),
        "team.member_added" => (format!("added {} to the team", member()), About::Team),
        "team.role_changed" => match entry.detail["role"].as_str() {
            Some("admin") => (format!("made {} an admin of the team", member()), About::Team),
            _ => (format!("made {} a plain member of the team", member()), About::Team),
        },
        "team.members_added" => (format!("added {} people to the team", people()), About::Team),
        "team.members_removed" => {
            (format!("took {} people out of the team", people()), About::Team)
        }
        "team.member_removed" => (format!("took {} out of the team", member()), About::Team),
        "member.role_changed" => {
            let to = entry.detail["to"].as_str().and_then(WorkspaceRole::from_code);
            (format!("gave the role {} to", to.map_or("?", WorkspaceRole::title)), About::Member)
        }
        "sign_in.refused" => match entry.detail["reason"].as_str() {
            Some("unknown") => {
                ("signed in at Okta, but is not in this workspace".into(), About::Nothing)
            }
            Some("suspended") => ("could not sign in while suspended:".into(), About::Member),
            Some("passkey_not_approved") => (
                "could not sign in with a passkey that no admin has allowed:".into(),
                About::Member,
            ),
            _ => ("could not confirm that it was really".into(), About::Member),
        },
        other => (format!("did “{}”", other.replace(['.', '_'], " ")), About::Nothing),
    }
}

fn role(entry: &Entry) -> Option<ItemRole> {
    entry.detail["role"].as_str().and_then(ItemRole::from_code)
}

/// Texts that are always the same.
fn fixed(event: &str) -> Option<(&'static str, About)> {
    Some(match event {
        "account.created" => ("added", About::Account),
        "account.updated" => ("changed", About::Account),
        "account.disabled" => ("disabled", About::Account),
        "account.enabled" => ("enabled", About::Account),
        "account.deleted" => ("deleted", About::Account),
        "account.restored" => ("restored", About::Account),
        "account.password_revealed" => ("looked at the password of", About::Account),
        "collection.created" => ("made the collection", About::Collection),
        "collection.renamed" => ("renamed the collection", About::Collection),
        "collection.moved" => ("moved the collection", About::Collection),
        "collection.deleted" => ("deleted the collection", About::Collection),
        "team.created" => ("made the team", About::Team),
        "team.renamed" => ("renamed the team", About::Team),
        "team.deleted" => ("deleted the team", About::Team),
        "member.added" => ("added the member", About::Member),
        "member.updated" => ("changed the name or address of", About::Member),
        "member.removed" => ("removed from the workspace:", About::Member),
        "member.suspended" => ("suspended", About::Member),
        "member.access_restored" => ("gave back what was shared before with", About::Member),
        "member.restoration_declined" => ("gave nothing back to", About::Member),
        "departures.rules_set" => ("set what happens when people leave and return", About::Nothing),
        "rotation.marked" => ("marked the password as rotated of", About::Account),
        "rotation.sessions_ended" => ("ended the sessions at the site of", About::Account),
        "rotation.reopened" => ("asked again to rotate the password of", About::Account),
        "member.reactivated" => ("brought back", About::Member),
        "invite.created" => ("made a one-time link for", About::Member),
        "tile.extended" => ("extended to Okta:", About::Account),
        "tile.sync_requested" => ("asked to sync with Okta:", About::Account),
        "tile.requested" => ("asked an admin to extend to Okta:", About::Account),
        "tile.request_approved" => ("approved for Okta:", About::Account),
        "tile.request_declined" => ("declined for Okta:", About::Account),
        "tile.request_withdrawn" => ("took back the request to extend to Okta:", About::Account),
        "portal.approval_set" => ("set who is asked before accounts are extended", About::Nothing),
        "tile.resumed" => ("let go on in Okta:", About::Account),
        "tile.removed" => ("asked to remove from Okta:", About::Account),
        "tile.synced" => ("put on the Okta dashboards:", About::Account),
        "tile.gone" => ("removed from Okta:", About::Account),
        "tile.failed" => ("could not sync with Okta:", About::Account),
        "tile.paused" => ("paused the tile of", About::Account),
        "portal.turned_on" => ("turned on extending accounts to Okta", About::Nothing),
        "portal.updated" => ("updated the connection to Okta", About::Nothing),
        "portal.turned_off" => ("turned off extending accounts to Okta", About::Nothing),
        "portal.refused" => ("was refused by Okta: syncing waits", About::Nothing),
        "portal.resumed" => ("was let in by Okta again", About::Nothing),
        "portal.key_made" => ("made a key for a service app", About::Nothing),
        "portal.standby_set" => ("entered a standby credential for Okta", About::Nothing),
        "portal.standby_removed" => ("removed the standby credential for Okta", About::Nothing),
        "portal.standby_took_over" => {
            ("went on with the standby: Okta ended the credential in use", About::Nothing)
        }
        "portal.token_days_set" => ("set when an API token is called old", About::Nothing),
        "portal.cleaned_up" => ("asked to remove all apps from Okta", About::Nothing),
        "portal.strategy_chosen" => ("chose how people get tiles", About::Nothing),
        "portal.logos_chosen" => ("chose whether tiles get pictures", About::Nothing),
        "webhook.set" => ("set where another system is told", About::Nothing),
        "webhook.secret_made" => ("made another secret for the webhook", About::Nothing),
        "webhook.removed" => ("removed the webhook", About::Nothing),
        "audit.requested" => ("asked to check Okta", About::Nothing),
        "safety_stop.opened" => ("stopped before taking many tiles away at once", About::Nothing),
        "safety_stop.approved" => ("let a safety stop go on", About::Nothing),
        "safety_stop.dismissed" => ("left in Okta what a safety stop had kept", About::Nothing),
        "stray.hidden" => ("hid an app in Okta that no account explains", About::Nothing),
        "stray.deleted" => ("deleted an app in Okta that no account explains", About::Nothing),
        "stray.removal_requested" => {
            ("asked to remove an app from Okta that no account explains", About::Nothing)
        }
        "stray.kept" => ("kept an app in Okta that no account explains", About::Nothing),
        "sign_in.configured" => ("changed how people sign in", About::Nothing),
        "scim_token.created" => ("made a SCIM token", About::Nothing),
        "scim_token.revoked" => ("revoked a SCIM token", About::Nothing),
        "session.opened" => ("signed in", About::Nothing),
        "session.ended" => ("signed out", About::Nothing),
        "session.all_ended" => ("ended all sessions of", About::Member),
        "session.universal_logout" => {
            ("was asked by Universal Logout to end sessions", About::Nothing)
        }
        "account.launched" => ("began to log in to", About::Account),
        "account.login_granted" => ("logged in with a browser to", About::Account),
        "account.password_rejected" => ("was refused by the site of", About::Account),
        "account.code_revealed" => ("copied a verification code of", About::Account),
        "account.recipe_set" => ("set how the login is filled in of", About::Account),
        "device.enrolled" => ("added a browser", About::Nothing),
        "device.approved" => ("approved a browser of", About::Member),
        "device.ended" => ("removed a browser of", About::Member),
        "devices.rules_set" => ("set which browsers may log in", About::Nothing),
        "extension.key_replaced" => ("replaced the key that signs the extension", About::Nothing),
        "account.launch_refused" => ("was refused to log in to", About::Account),
        "directory.apps_chosen" => ("chose the two apps of the directory", About::Nothing),
        "directory.check_requested" => ("asked to compare members with Okta", About::Nothing),
        "directory.departures_approved" => {
            ("said that whoever Okta misses has left", About::Nothing)
        }
        "hook.created" => ("set up an event hook", About::Nothing),
        "hook.secret_made" => ("made another secret for the event hook", About::Nothing),
        "hook.verified" => ("verified the event hook", About::Nothing),
        "hook.removed" => ("removed the event hook", About::Nothing),
        "owner.identified" => ("said who in Okta is", About::Member),
        "scim.dialect_set" => ("chose what pushes people by SCIM", About::Nothing),
        "passkey.created" => ("made a passkey", About::Nothing),
        "passkey.approved" => ("allowed a passkey to", About::Member),
        "passkey.withdrawn" => ("no longer allows a passkey to", About::Member),
        "passkey.removed" => ("removed a passkey", About::Nothing),
        "api_key.created" => ("made an API key", About::Nothing),
        "api_key.revoked" => ("ended the API key of", About::Member),
        "job.started" => ("changed many accounts in Okta at once", About::Nothing),
        "workspace.created" => ("made the workspace", About::Nothing),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use model::{AccountId, ActivityId, MemberId, Timestamp};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn entry(event: &str, detail: Value) -> Entry {
        Entry {
            id: ActivityId::from(Uuid::nil()),
            at: Timestamp::UNIX_EPOCH,
            actor: None,
            actor_kind: "member".into(),
            event: event.into(),
            account: Some((AccountId::from(Uuid::nil()), "Contentzilla".into())),
            collection: None,
            member_id: Some(MemberId::from(Uuid::nil())),
            member: Some("Ada".into()),
            team_id: None,
            team: None,
            detail,
        }
    }

    fn said(event: &str, detail: Value) -> (String, About) {
        sentence(&entry(event, detail), |_, name| name.to_owned())
    }

    #[test]
    fn a_share_says_who_became_what_of_which_item() {
        let (text, about) = said("share.added", json!({ "role": "owner" }));
        assert_eq!((text.as_str(), about), ("made Ada an Owner of", About::Account));
        let (text, _) = said("share.removed", json!({ "role": "owner" }));
        assert_eq!(text, "ended the access of Ada to");
        let mut of_team = entry("share.added", json!({ "role": "collaborator" }));
        of_team.team = Some("Marketing".into());
        let (text, _) = sentence(&of_team, |_, name| name.to_owned());
        assert_eq!(text, "made the team Marketing a Collaborator of");
    }

    #[test]
    fn a_role_is_named_by_its_title() {
        let (text, about) = said("member.role_changed", json!({ "to": "super_admin" }));
        assert_eq!((text.as_str(), about), ("gave the role Super Admin to", About::Member));
    }

    #[test]
    fn an_event_without_words_is_told_by_its_own_name() {
        assert_eq!(said("moon.phase_changed", json!({})).0, "did “moon phase changed”");
    }
}
