//! Looking at groups: one, its people, its apps, and all of a name.

use super::client::{OktaPortal, checked_id};
use super::http::Call;
use super::wire::{WireApp, WireGroup, WireId, WireRole};
use crate::audience::{is_ours, is_pool};
use crate::{Checked, Clock, Error, Group, GroupId, Priority, Ticket};
use std::collections::BTreeSet;
use url::{Url, form_urlencoded};

/// Okta's servers take longer requests, but not every proxy does.
const LONGEST_QUERY: usize = 3_000;

/// `/api/v1/groups/{id}` and what follows; an id that is none never becomes a path.
pub(super) fn group_path(group: &GroupId, tail: &str) -> Result<String, Error> {
    checked_id(&group.0).map(|id| format!("/api/v1/groups/{id}{tail}"))
}

impl OktaPortal {
    /// The group as Okta describes it; `None` when there is none.
    pub(super) async fn look_at_group(
        &self,
        ticket: &mut Ticket,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Option<WireGroup>, Error> {
        let call = Call::get(group_path(group, "")?, "read groups");
        let mut slot = self.room(ticket, &call, priority, now_fn())?;
        match self.http.send(&mut slot, &call, now_fn).await {
            Err(Error::NotThere) => Ok(None),
            Err(Error::Refused { code, .. }) if code == "E0000007" => Ok(None),
            other => other?.json(&call).map(Some),
        }
    }

    /// The whole check: ours, of Okta's own kind, without a role, and on our tiles alone.
    pub(super) async fn check_whole_group(
        &self,
        group: &GroupId,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Checked, Error> {
        // The check is as old as its first look.
        let at = now_fn();
        let mut none = Ticket { slots: Vec::new() };
        let found = self.look_at_group(&mut none, group, priority, now_fn).await?;
        check_mark(group, &found.ok_or(Error::NotThere)?, origin)?;
        let right = "read the admin roles of groups";
        let path = group_path(group, "/roles")?;
        let roles: Vec<WireRole> =
            self.whole_list(&mut none, path, right, priority, now_fn).await?;
        if let Some(role) = roles.first() {
            return Err(foreign(group, format!("it carries the admin role {}", role.kind)));
        }
        self.check_apps_of_group(group, origin, priority, now_fn).await?;
        Ok(Checked { group: group.clone(), at })
    }

    /// The last part of it: whoever is in the group gets our tiles by it, and nothing else.
    pub(super) async fn check_apps_of_group(
        &self,
        group: &GroupId,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<(), Error> {
        for app in self.apps_of_group(group, priority, now_fn).await? {
            if !app.is_bookmark() || !has_origin(app.url(), origin) {
                return Err(foreign(group, format!("it opens another app, {}", app.id)));
            }
        }
        Ok(())
    }

    pub(super) async fn members_of_group(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<BTreeSet<String>, Error> {
        let path = group_path(group, "/users?limit=200")?;
        let right = "read the people of a group";
        let mut none = Ticket { slots: Vec::new() };
        let people: Vec<WireId> = self.whole_list(&mut none, path, right, priority, now_fn).await?;
        Ok(people.into_iter().map(|person| person.id).collect())
    }

    pub(super) async fn apps_of_group(
        &self,
        group: &GroupId,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<WireApp>, Error> {
        let path = group_path(group, "/apps?limit=200")?;
        let right = "read the apps of a group";
        let mut none = Ticket { slots: Vec::new() };
        let apps: Vec<WireApp> = self.whole_list(&mut none, path, right, priority, now_fn).await?;
        Ok(apps.into_iter().filter(|app| !app.is_deleted()).collect())
    }

    pub(super) async fn groups_named(
        &self,
        ticket: &mut Ticket,
        names: &BTreeSet<String>,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        let mut found = Vec::new();
        for query in name_queries(names) {
            let groups: Vec<WireGroup> =
                self.whole_list(ticket, query, "read groups", priority, now_fn).await?;
            // Okta's search ignores case.
            let is_wanted = |group: &Group| group.is_native && names.contains(&group.name);
            found.extend(groups.into_iter().map(WireGroup::into_group).filter(is_wanted));
        }
        Ok(found)
    }

    pub(super) async fn pool_groups(
        &self,
        prefix: &str,
        origin: &str,
        priority: Priority,
        now_fn: Clock<'_>,
    ) -> Result<Vec<Group>, Error> {
        let mut search = "type eq \"OKTA_GROUP\"".to_owned();
        if !prefix.is_empty() {
            search = format!("{search} and profile.name sw \"{}\"", escaped(prefix));
        }
        let path = group_search(&search);
        let mut none = Ticket { slots: Vec::new() };
        let groups: Vec<WireGroup> =
            self.whole_list(&mut none, path, "read groups", priority, now_fn).await?;
        let is_for_us = |group: &Group| group.is_native && is_pool(&group.description, origin);
        Ok(groups.into_iter().map(WireGroup::into_group).filter(is_for_us).collect())
    }
}

/// Refuses a group that is not of Okta's own kind or does not carry one of our markers.
pub(super) fn check_mark(id: &GroupId, group: &WireGroup, origin: &str) -> Result<(), Error> {
    let description = group.description();
    if group.id != id.0 {
        return Err(foreign(id, format!("Okta answered with another group, {}", group.id)));
    }
    if !group.is_native() {
        return Err(foreign(id, "its people come from a directory or an app".to_owned()));
    }
    if !is_ours(description, origin) && !is_pool(description, origin) {
        return Err(foreign(id, "its description does not say that Keytile manages it".to_owned()));
    }
    Ok(())
}

pub(super) fn foreign(group: &GroupId, why: String) -> Error {
    Error::ForeignGroup { group: group.clone(), why }
}

fn has_origin(url: &str, origin: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        url.origin().is_tuple()
            && url.origin().ascii_serialization() == origin.trim_end_matches('/')
    })
}

/// As few searches as hold all names.
fn name_queries(names: &BTreeSet<String>) -> Vec<String> {
    let mut queries = Vec::new();
    let mut search = String::new();
    for name in names {
        let one = format!("profile.name eq \"{}\"", escaped(name));
        let longer = if search.is_empty() { one.clone() } else { format!("{search} or {one}") };
        if !search.is_empty() && group_search(&longer).len() > LONGEST_QUERY {
            queries.push(group_search(&search));
            search = one;
        } else {
            search = longer;
        }
    }
    if !search.is_empty() {
        queries.push(group_search(&search));
    }
    queries
}

fn group_search(search: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("search", search).append_pair("limit", "200");
    format!("/api/v1/groups?{}", query.finish())
}

/// A text inside the quotes of a search expression (RFC 7644, section 3.4.2.2).
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_searched_for_in_few_queries_and_cannot_leave_their_quotes() {
        let names: BTreeSet<String> =
            (0..100).map(|number| format!("Keytile · {number}")).collect();
        let queries = name_queries(&names);
        assert!(queries.len() < 10, "{}", queries.len());
        assert!(queries.iter().all(|query| query.len() <= LONGEST_QUERY));
        let sly = ["a\" or type eq \"OKTA_GROUP".to_owned()].into();
        let query = Url::parse("https://o.example").expect("a URL").join(&name_queries(&sly)[0]);
        let query = query.expect("a URL");
        let (_, search) = query.query_pairs().next().expect("a search");
        assert_eq!(search, r#"profile.name eq "a\" or type eq \"OKTA_GROUP""#);
        assert!(name_queries(&BTreeSet::new()).is_empty());
    }

    /// T2: the origin of an app on the group has to be ours as a whole.
    #[test]
    fn an_origin_is_compared_as_a_whole() {
        assert!(has_origin("https://k.example/launch/a", "https://k.example"));
        for url in ["https://k.example.org/", "http://k.example/", "https://k.example:1/", "", "x"]
        {
            assert!(!has_origin(url, "https://k.example"), "{url}");
        }
    }
}
