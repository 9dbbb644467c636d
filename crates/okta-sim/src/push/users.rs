//! Pushing people: look up, create or link, update, switch off and on. Okta never deletes one.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::wire::{Answer, lookup};
use super::worker::{Line, Worker};
use super::{Dialect, Failure};
use crate::org::{User, UserStatus};

const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What Okta remembers about somebody at the service.
#[derive(Debug, Clone)]
pub struct UserLink {
    /// The service's own id.
    pub id: String,
    /// What Okta believes about `active` there.
    pub(super) active: bool,
    /// The change of password that the service was told of last.
    password_changed: Option<Timestamp>,
}

impl Worker {
    /// Somebody was assigned: link the one whom the service already has, or create them. Says
    /// whether anything had to be told.
    pub(super) async fn provision(&mut self, line: &Line, user: &str) -> Result<bool, Failure> {
        if !line.switches.create_users {
            return Ok(false);
        }
        let Some(person) = self.assigned(user) else { return Ok(false) };
        let wanted = is_active(&person);
        let found = line.wire.get(&lookup("/Users", "userName", person.login())).await;
        if let Some(existing) = first_match(found)? {
            self.link(line, &person, existing, wanted).await?;
            return Ok(true);
        }
        let mut body = profile(&person);
        body["externalId"] = person.id.as_str().into();
        body["groups"] = json!([]);
        // The service has its own sign-in and must drop this.
        body["password"] = self.junk_password.as_str().into();
        body["active"] = wanted.into();
        let created = line.wire.post("/Users", &body).await?;
        let id = id_of("POST /Users", created.as_ref())?;
        self.remember(&person, id, wanted);
        Ok(true)
    }

    async fn link(
        &mut self,
        line: &Line,
        person: &User,
        existing: Value,
        wanted: bool,
    ) -> Result<(), Failure> {
        let id = id_of("GET /Users", Some(&existing))?;
        let was_active = existing["active"] != json!(false);
        self.remember(person, id.clone(), wanted);
        let mut body = merged(existing, &profile(person));
        body["externalId"] = person.id.as_str().into();
        if line.dialect == Dialect::Private {
            body["active"] = wanted.into();
        }
        line.wire.put(&format!("/Users/{id}"), &body).await?;
        if line.dialect == Dialect::Catalogue && was_active != wanted {
            patch(line, &id, "active", wanted.into()).await?;
        }
        Ok(())
    }

    /// Their profile changed, or their password. Somebody whose creation failed is not tried again.
    pub(super) async fn update(&mut self, line: &Line, user: &str) -> Result<(), Failure> {
        let Some(person) = self.assigned(user) else { return Ok(()) };
        let Some(link) = self.users.get(user).cloned() else { return Ok(()) };
        if line.switches.sync_password && person.password_changed > link.password_changed {
            self.push_password(line, &person, &link).await?;
        }
        if !line.switches.update_attributes {
            return Ok(());
        }
        self.put_whole(line, &person, &link, None).await
    }

    /// Always a random one, which the service has no use for.
    async fn push_password(
        &mut self,
        line: &Line,
        person: &User,
        link: &UserLink,
    ) -> Result<(), Failure> {
        let password = self.junk_password.clone();
        match line.dialect {
            Dialect::Private => {
                self.put_whole(line, person, link, Some(("password", password.into()))).await?;
            }
            Dialect::Catalogue => patch(line, &link.id, "password", password.into()).await?,
        }
        if let Some(link) = self.users.get_mut(&person.id) {
            link.password_changed = person.password_changed;
        }
        Ok(())
    }

    /// A suspension is not pushed, nor its end; only activation and deactivation are.
    pub(super) async fn push_status(&mut self, line: &Line, user: &str) -> Result<(), Failure> {
        let Some(person) = self.assigned(user) else { return Ok(()) };
        let Some(link) = self.users.get(user).cloned() else { return Ok(()) };
        let wanted = is_active(&person);
        if wanted == link.active || !(wanted || line.switches.deactivate_users) {
            return Ok(());
        }
        self.set_active(line, &person, &link, wanted).await
    }

    /// They were unassigned or deactivated. The link goes, so a later assignment looks them up.
    pub(super) async fn deprovision(&mut self, line: &Line, user: &str) -> Result<(), Failure> {
        if self.assigned(user).is_some() {
            // Assigned again in the meantime: the push for that is already queued.
            return Ok(());
        }
        let Some(link) = self.users.get(user).cloned() else { return Ok(()) };
        let person = self.sim.org().user(user).ok().cloned();
        if let Some(person) = person.filter(|_| line.switches.deactivate_users) {
            self.set_active(line, &person, &link, false).await?;
        }
        self.users.remove(user);
        Ok(())
    }

    async fn set_active(
        &mut self,
        line: &Line,
        person: &User,
        link: &UserLink,
        active: bool,
    ) -> Result<(), Failure> {
        match line.dialect {
            Dialect::Private => {
                self.put_whole(line, person, link, Some(("active", active.into()))).await?;
            }
            Dialect::Catalogue => patch(line, &link.id, "active", active.into()).await?,
        }
        if let Some(link) = self.users.get_mut(&person.id) {
            link.active = active;
        }
        Ok(())
    }

    /// GET, then PUT of the whole, with one attribute more: profile pushes do not touch `active`.
    async fn put_whole(
        &self,
        line: &Line,
        person: &User,
        link: &UserLink,
        more: Option<(&str, Value)>,
    ) -> Result<(), Failure> {
        let path = format!("/Users/{}", link.id);
        let existing = line.wire.get(&path).await?.unwrap_or_else(|| json!({"id": link.id}));
        let mut body = merged(existing, &profile(person));
        if let Some((name, value)) = more {
            body[name] = value;
        }
        line.wire.put(&path, &body).await.map(|_| ())
    }

    /// The person, if they exist and have the app.
    pub(super) fn assigned(&self, user: &str) -> Option<User> {
        let org = self.sim.org();
        org.app_user(&self.app, user).ok()?;
        org.user(user).ok().cloned()
    }

    fn remember(&mut self, person: &User, id: String, active: bool) {
        let mut org = self.sim.org();
        if let Ok(app) = org.app_mut(&self.app)
            && let Some(row) = app.users.get_mut(&person.id)
        {
            row.external_id = Some(id.clone());
        }
        let password_changed = person.password_changed;
        self.users.insert(person.id.clone(), UserLink { id, active, password_changed });
    }
}

/// Without a path: so Okta does.
async fn patch(line: &Line, id: &str, name: &str, value: Value) -> Result<(), Failure> {
    let body = json!({
        "schemas": [PATCH_SCHEMA],
        "Operations": [{"op": "replace", "value": {name: value}}],
    });
    line.wire.patch(&format!("/Users/{id}"), &body).await.map(|_| ())
}

pub fn is_active(person: &User) -> bool {
    match person.status {
        UserStatus::Active
        | UserStatus::Provisioned
        | UserStatus::Recovery
        | UserStatus::PasswordExpired
        | UserStatus::LockedOut
        | UserStatus::Suspended => true,
        UserStatus::Staged | UserStatus::Deprovisioned => false,
    }
}

/// Okta's default mapping of a person.
fn profile(person: &User) -> Value {
    let attribute = |name| person.attribute(name).unwrap_or_default();
    json!({
        "schemas": [USER_SCHEMA],
        "userName": person.login(),
        "name": {"givenName": attribute("firstName"), "familyName": attribute("lastName")},
        "emails": [{"primary": true, "value": person.email(), "type": "work"}],
        "displayName": person.display_name(),
        "locale": person.attribute("locale").unwrap_or("en-US"),
    })
}

/// What the service has, with the mapped attributes over it.
fn merged(mut existing: Value, profile: &Value) -> Value {
    if let (Value::Object(existing), Value::Object(profile)) = (&mut existing, profile) {
        for (name, value) in profile.iter().filter(|(name, _)| *name != "schemas") {
            existing.insert(name.clone(), value.clone());
        }
        existing.entry("schemas").or_insert_with(|| profile["schemas"].clone());
    }
    existing
}

/// The first of what a lookup found. A service may also say "nothing" with 404.
pub fn first_match(answer: Answer) -> Result<Option<Value>, Failure> {
    match answer {
        Ok(list) => Ok(list.and_then(|mut list| list["Resources"].get_mut(0).map(Value::take))),
        Err(failure) if failure.status == Some(404) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The service's id. An answer without one fails the push, an empty one too.
pub fn id_of(call: &str, resource: Option<&Value>) -> Result<String, Failure> {
    let id = resource.and_then(|resource| resource["id"].as_str());
    id.map(ToOwned::to_owned).ok_or_else(|| Failure {
        call: call.to_owned(),
        status: None,
        detail: "the answer has no id".to_owned(),
    })
}
