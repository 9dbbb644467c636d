//! Pushing groups: create empty, then fill; rename; delete. A member is pushed only when in the
//! group and assigned to the app.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::users::{PATCH_SCHEMA, first_match, id_of};
use super::wire::lookup;
use super::worker::{Line, Worker};
use super::{Dialect, Failure};
use crate::org::GroupPush;

const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// What Okta remembers about a group at the service.
#[derive(Debug, Clone, Default)]
pub struct GroupLink {
    /// The service's id; `None` where the creation failed, which is not tried again.
    pub(super) id: Option<String>,
    name: String,
    /// The service's ids of those who were pushed as members, whether or not that worked. `None`:
    /// it is not known who is in it there, so the whole group is pushed.
    pub(super) members: Option<BTreeSet<String>>,
}

/// One member as Okta names it.
struct Member {
    id: String,
    display: String,
}

impl Worker {
    /// Brings one group at the service to what it is in the org. Says whether anything had to be
    /// told.
    pub(super) async fn push_group(&mut self, line: &Line, group: &str) -> Result<bool, Failure> {
        let Some(mapping) = self.mapping(group) else {
            return match self.groups.remove(group).and_then(|link| link.id) {
                Some(id) => line.wire.delete(&format!("/Groups/{id}")).await.map(|_| true),
                None => Ok(false),
            };
        };
        if !mapping.is_active {
            return Ok(false);
        }
        let (name, members) = self.group_now(group);
        let is_new = !self.groups.contains_key(group);
        if is_new {
            self.create(line, group, &name, mapping.link_existing).await?;
        }
        let Some(link) = self.groups.get_mut(group) else { return Ok(false) };
        let Some(id) = link.id.clone() else { return Ok(false) };
        let now: BTreeSet<String> = members.iter().map(|member| member.id.clone()).collect();
        if link.name == name && link.members.as_ref() == Some(&now) {
            return Ok(is_new);
        }
        let before = link.members.replace(now);
        link.name.clone_from(&name);
        let path = format!("/Groups/{id}");
        match line.dialect {
            Dialect::Private => {
                line.wire.put(&path, &whole(&id, &name, &members)).await?;
            }
            Dialect::Catalogue => {
                let body = json!({
                    "schemas": [PATCH_SCHEMA],
                    "Operations": operations(&id, &name, before.as_ref(), &members),
                });
                line.wire.patch(&path, &body).await?;
            }
        }
        Ok(true)
    }

    fn mapping(&self, group: &str) -> Option<GroupPush> {
        let org = self.sim.org();
        let pushes = &org.connection(&self.app).ok()?.pushes;
        pushes.iter().find(|push| push.group == group).cloned()
    }

    async fn create(
        &mut self,
        line: &Line,
        group: &str,
        name: &str,
        link_existing: bool,
    ) -> Result<(), Failure> {
        // Known from here on, so that a failure is not repeated.
        let link = self.groups.entry(group.to_owned()).or_default();
        name.clone_into(&mut link.name);
        if link_existing
            && let Some(found) =
                first_match(line.wire.get(&lookup("/Groups", "displayName", name)).await)?
        {
            link.id = Some(id_of("GET /Groups", Some(&found))?);
            return Ok(());
        }
        let body = json!({"schemas": [GROUP_SCHEMA], "displayName": name, "members": []});
        let created = line.wire.post("/Groups", &body).await?;
        link.id = Some(id_of("POST /Groups", created.as_ref())?);
        link.members = Some(BTreeSet::new());
        Ok(())
    }

    /// The group's name, and those of its members whom the service knows through the app.
    fn group_now(&self, group: &str) -> (String, Vec<Member>) {
        let org = self.sim.org();
        let Ok(group) = org.group(group) else { return (String::new(), Vec::new()) };
        let members = group.members.iter().filter_map(|user| {
            org.app_user(&self.app, user).ok()?;
            let link = self.users.get(user)?;
            Some(Member { id: link.id.clone(), display: org.user(user).ok()?.login().to_owned() })
        });
        (group.name.clone(), members.collect())
    }
}

fn whole(id: &str, name: &str, members: &[Member]) -> Value {
    json!({
        "schemas": [GROUP_SCHEMA],
        "id": id,
        "displayName": name,
        "members": members.iter().map(as_json).collect::<Vec<_>>(),
    })
}

/// The name goes along each time, with the id inside the value: so Okta does. Removals and
/// additions are in one request, and a full push replaces all members.
fn operations(
    id: &str,
    name: &str,
    before: Option<&BTreeSet<String>>,
    members: &[Member],
) -> Vec<Value> {
    let mut operations = vec![json!({"op": "replace", "value": {"id": id, "displayName": name}})];
    let Some(before) = before else {
        let all: Vec<Value> = members.iter().map(as_json).collect();
        operations.push(json!({"op": "replace", "path": "members", "value": all}));
        return operations;
    };
    let gone = before.iter().filter(|id| !members.iter().any(|member| member.id == **id));
    operations.extend(
        gone.map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})),
    );
    let new: Vec<Value> =
        members.iter().filter(|member| !before.contains(&member.id)).map(as_json).collect();
    if !new.is_empty() {
        operations.push(json!({"op": "add", "path": "members", "value": new}));
    }
    operations
}

fn as_json(member: &Member) -> Value {
    json!({"value": member.id, "display": member.display})
}
