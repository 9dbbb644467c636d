//! Okta's own directory: its people, and the apps and groups that bring them to us.

use super::allow;
use super::client::{OktaPortal, app_path, checked_id};
use super::groups::group_path;
use super::http::Call;
use super::pages::Pages;
use super::wire::or_default;
use crate::directory::{Directory, DirectoryApp, ListOf, ListPage, Listed, PersonStatus};
use crate::{AppId, Clock, Error, Priority};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

/// Okta's words for how a person stands.
const STATES: [(&str, PersonStatus); 8] = [
    ("ACTIVE", PersonStatus::Active),
    ("STAGED", PersonStatus::Staged),
    ("PROVISIONED", PersonStatus::Provisioned),
    ("SUSPENDED", PersonStatus::Suspended),
    ("DEPROVISIONED", PersonStatus::Deprovisioned),
    ("LOCKED_OUT", PersonStatus::LockedOut),
    ("PASSWORD_EXPIRED", PersonStatus::PasswordExpired),
    ("RECOVERY", PersonStatus::Recovery),
];

#[derive(Deserialize)]
struct WireUser {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    profile: Profile,
}

#[derive(Default, Deserialize)]
struct Profile {
    #[serde(default, deserialize_with = "or_default")]
    login: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAppUser {
    id: String,
    external_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    credentials: Credentials,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    #[serde(default, deserialize_with = "or_default")]
    user_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMapping {
    #[serde(default, deserialize_with = "or_default")]
    source_group_id: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    error_summary: String,
}

#[derive(Deserialize)]
struct WireDirectoryApp {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    label: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    features: Vec<String>,
}

impl Directory for OktaPortal {
    fn is_person_id(&self, id: &str) -> bool {
        allow::is_id(id)
    }

    async fn directory_app(
        &self,
        app: &AppId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<DirectoryApp>, Error> {
        let call = Call::get(app_path(app, "")?, "list apps");
        let found: Option<WireDirectoryApp> = self.find_one(&call, priority, now_fn).await?;
        Ok(found.filter(|app| app.status != "DELETED").map(WireDirectoryApp::into_app))
    }

    async fn apps_named(
        &self,
        prefix: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<DirectoryApp>, Error> {
        let prefix: String = form_urlencoded::byte_serialize(prefix.as_bytes()).collect();
        let call = Call::get(format!("/api/v1/apps?q={prefix}&limit=200"), "list apps");
        let answer = self.send(&call, priority, now_fn).await?;
        let apps: Vec<WireDirectoryApp> = answer.json(&call)?;
        let mut apps: Vec<DirectoryApp> =
            apps.into_iter().map(WireDirectoryApp::into_app).collect();
        apps.sort_by_key(|app| !app.provisions);
        Ok(apps)
    }

    async fn list_page(
        &self,
        list: &ListOf,
        from: Option<&str>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<ListPage, Error> {
        let first = first_page(list)?;
        let mut pages = Pages::at(first, from)?;
        let path = pages.next().unwrap_or_default().to_owned();
        let call = Call::get(path, right(list));
        let answer = match self.send(&call, priority, now_fn).await {
            Err(Error::Refused { code, .. }) if code == "E0000007" => return Err(Error::NotThere),
            other => other?,
        };
        let items = pages.read(&answer, &call, self.http.domain())?;
        let items = items.into_iter().filter_map(|item| read(list, item).transpose());
        let items = items.collect::<Result<Vec<_>, _>>().map_err(|error| Error::Unavailable {
            detail: format!("GET {}: {error}", call.path),
            unknown_outcome: false,
        })?;
        Ok(ListPage { items, next: pages.next().map(str::to_owned) })
    }

    async fn person_status(
        &self,
        person: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<PersonStatus>, Error> {
        let path = format!("/api/v1/users/{}", checked_id(person)?);
        let call = Call::get(path, "read users");
        let found: Option<WireUser> = self.find_one(&call, priority, now_fn).await?;
        let Some(user) = found else { return Ok(None) };
        // A login is accepted in the place of an id: only the person of this id is meant.
        if user.id != person {
            return Err(Error::Unavailable {
                detail: format!("GET {}: another person was answered", call.path),
                unknown_outcome: false,
            });
        }
        Ok(Some(state(&user.status)))
    }

    async fn is_assigned(
        &self,
        app: &AppId,
        person: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<bool, Error> {
        let path = app_path(app, &format!("/users/{}", checked_id(person)?))?;
        let call = Call::get(path, "read the people and groups of an app");
        let found: Option<WireAppUser> = self.find_one(&call, priority, now_fn).await?;
        Ok(found.is_some())
    }
}

impl OktaPortal {
    /// What the path leads to; `None` where there is nothing.
    async fn find_one<T: serde::de::DeserializeOwned>(
        &self,
        call: &Call,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<T>, Error> {
        match self.send(call, priority, now_fn).await {
            Err(Error::NotThere) => Ok(None),
            Err(Error::Refused { code, .. }) if code == "E0000007" => Ok(None),
            other => other?.json(call).map(Some),
        }
    }
}

impl WireDirectoryApp {
    fn into_app(self) -> DirectoryApp {
        DirectoryApp {
            is_active: self.status == "ACTIVE",
            provisions: self.features.iter().any(|feature| feature == "PUSH_NEW_USERS"),
            id: AppId(self.id),
            label: self.label,
        }
    }
}

/// Each with the largest page that Okta gives.
fn first_page(list: &ListOf) -> Result<String, Error> {
    match list {
        ListOf::PeopleOfApp(app) => app_path(app, "/users?limit=500"),
        ListOf::GroupsOfApp(app) => app_path(app, "/groups?limit=200"),
        ListOf::PushedGroups(app) => app_path(app, "/group-push/mappings?limit=1000"),
        ListOf::PeopleOfGroup(group) => group_path(group, "/users?limit=200"),
        ListOf::PeopleInState(wanted) => {
            let word = STATES.iter().find(|(_, state)| state == wanted).map(|(word, _)| *word);
            let word = word.ok_or_else(|| Error::Refused {
                code: "no_such_state".to_owned(),
                reason: "Okta has no word for this state.".to_owned(),
                request_id: None,
            })?;
            // A filter, not a search: searches lag behind what was written.
            Ok(format!("/api/v1/users?filter=status+eq+%22{word}%22&limit=200"))
        }
    }
}

fn right(list: &ListOf) -> &'static str {
    match list {
        ListOf::PeopleOfApp(_) | ListOf::GroupsOfApp(_) => "read the people and groups of an app",
        ListOf::PushedGroups(_) => "read the pushed groups of an app",
        ListOf::PeopleOfGroup(_) => "read the people of a group",
        ListOf::PeopleInState(_) => "read users",
    }
}

/// One item; `None` for what does not count.
fn read(list: &ListOf, item: Value) -> Result<Option<Listed>, serde_json::Error> {
    Ok(match list {
        ListOf::PeopleOfApp(_) => {
            let row: WireAppUser = serde_json::from_value(item)?;
            let (id, name) = (row.id, row.credentials.user_name);
            Some(Listed { id, name, known_as: row.external_id, problem: None })
        }
        ListOf::GroupsOfApp(_) => {
            let row: super::wire::WireId = serde_json::from_value(item)?;
            Some(Listed { id: row.id, ..Listed::default() })
        }
        ListOf::PushedGroups(_) => {
            let row: WireMapping = serde_json::from_value(item)?;
            let failed = row.status == "ERROR";
            let problem = failed.then(|| plain(&row.error_summary));
            // A mapping that was turned off is nobody's push.
            (row.status != "INACTIVE" && !row.source_group_id.is_empty()).then(|| Listed {
                id: row.source_group_id,
                problem,
                ..Listed::default()
            })
        }
        ListOf::PeopleOfGroup(_) => Some(person(serde_json::from_value(item)?)),
        // Whoever has another state by now is not meant, whatever the filter thinks.
        ListOf::PeopleInState(wanted) => {
            let user: WireUser = serde_json::from_value(item)?;
            (state(&user.status) == *wanted).then(|| person(user))
        }
    })
}

fn person(user: WireUser) -> Listed {
    Listed { id: user.id, name: user.profile.login, known_as: None, problem: None }
}

fn state(word: &str) -> PersonStatus {
    STATES.iter().find(|(known, _)| *known == word).map_or(PersonStatus::Other, |(_, state)| *state)
}

/// Okta's own words, short and harmless.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
    if text.trim().is_empty() { "Okta gave no reason.".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_of_each_list_are_read_with_what_may_be_missing() {
        let app = AppId("0oa1".to_owned());
        let people = ListOf::PeopleOfApp(app.clone());
        let row = json!({ "id": "00u1", "externalId": null, "credentials": null, "scope": "USER" });
        let listed = read(&people, row).expect("a row").expect("a person");
        assert_eq!((listed.id.as_str(), listed.name.as_str(), listed.known_as), ("00u1", "", None));
        let row =
            json!({ "id": "00u1", "externalId": "mem_1", "credentials": { "userName": "a" } });
        let listed = read(&people, row).expect("a row").expect("a person");
        assert_eq!((listed.name.as_str(), listed.known_as.as_deref()), ("a", Some("mem_1")));

        let pushed = ListOf::PushedGroups(app);
        let row = |status: &str| json!({ "id": "gPm1", "sourceGroupId": "00g1", "status": status, "errorSummary": "" });
        let read = |status| read(&pushed, row(status)).expect("a row");
        assert_eq!(read("ACTIVE").expect("a group").problem, None);
        assert!(read("ERROR").expect("a group").problem.is_some());
        assert_eq!(read("INACTIVE"), None);
    }

    /// LOCKED_OUT, PASSWORD_EXPIRED and RECOVERY are states of their own, and a new word is no leaver.
    #[test]
    fn a_state_without_a_word_of_ours_is_nobodys_leaving() {
        assert_eq!(state("LOCKED_OUT"), PersonStatus::LockedOut);
        assert_eq!(state("SOMETHING_NEW"), PersonStatus::Other);
        assert_eq!(state(""), PersonStatus::Other);
        let filter = first_page(&ListOf::PeopleInState(PersonStatus::Suspended)).expect("a path");
        assert_eq!(filter, "/api/v1/users?filter=status+eq+%22SUSPENDED%22&limit=200");
        assert!(first_page(&ListOf::PeopleInState(PersonStatus::Other)).is_err());
        assert!(first_page(&ListOf::PeopleOfApp(AppId("../x".to_owned()))).is_err());
    }
}
