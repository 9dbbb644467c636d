//! Event hooks: whom the org tells about which events of its System Log (Okta, "Event hooks"). A
//! hook is told of nothing before its address was verified. How it is told is `deliver`'s.

use jiff::Timestamp;

use super::{ApiError, ApiResult, LogEvent, Org, Outgoing, Resource};

/// An org has at most this many hooks that are active and verified.
const MOST_ACTIVE: usize = 25;

/// The event types that a hook may ask for, of those that the simulation writes (Okta, "Event
/// types", `event-hook-eligible`).
pub const ELIGIBLE: [&str; 40] = [
    "user.lifecycle.create",
    "user.lifecycle.activate",
    "user.lifecycle.deactivate",
    "user.lifecycle.reactivate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
    "user.lifecycle.delete.initiated",
    "user.account.update_profile",
    "user.account.lock",
    "user.account.unlock_by_admin",
    "user.account.expire_password",
    "user.account.reset_password",
    "user.session.start",
    "user.session.end",
    "user.session.clear",
    "user.authentication.sso",
    "user.authentication.universal_logout",
    "group.user_membership.add",
    "group.user_membership.remove",
    "group.lifecycle.create",
    "group.lifecycle.delete",
    "group.profile.update",
    "group.application_assignment.add",
    "group.application_assignment.remove",
    "group.application_assignment.update",
    "application.user_membership.add",
    "application.user_membership.remove",
    "application.user_membership.update",
    "application.lifecycle.create",
    "application.lifecycle.update",
    "application.lifecycle.activate",
    "application.lifecycle.deactivate",
    "application.lifecycle.delete",
    "application.provision.user.push",
    "application.provision.user.deactivate",
    "group.privilege.grant",
    "group.privilege.revoke",
    "system.api_token.create",
    "system.api_token.revoke",
    "system.org.rate_limit.violation",
];

/// A header that goes along with every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookHeader {
    pub key: String,
    pub value: String,
}

/// Where a hook's calls go, and what they carry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookChannel {
    pub uri: String,
    /// Proves to the other side that it is the org who calls. Its value is never shown again.
    pub auth: Option<HookHeader>,
    pub headers: Vec<HookHeader>,
}

/// What a client may say about a hook.
#[derive(Debug, Clone, Default)]
pub struct NewHook {
    pub name: String,
    pub description: Option<String>,
    pub events: Vec<String>,
    pub channel: HookChannel,
}

#[derive(Debug, Clone)]
pub struct EventHook {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub is_active: bool,
    pub is_verified: bool,
    pub created: Timestamp,
    pub created_by: String,
    pub last_updated: Timestamp,
    pub events: Vec<String>,
    pub channel: HookChannel,
}

impl EventHook {
    /// Whether it is told of events of this type.
    pub fn hears(&self, event_type: &str) -> bool {
        self.is_active && self.is_verified && self.events.iter().any(|wanted| wanted == event_type)
    }
}

impl Org {
    /// Registers a hook: active, and not verified yet.
    pub fn create_hook(&mut self, new: NewHook, by: &str) -> ApiResult<String> {
        check(&new)?;
        let now = self.now();
        let id = self.next_id("who");
        let hook = EventHook {
            id: id.clone(),
            name: new.name,
            description: new.description,
            is_active: true,
            is_verified: false,
            created: now,
            created_by: by.to_owned(),
            last_updated: now,
            events: new.events,
            channel: new.channel,
        };
        self.event_hooks.insert(id.clone(), hook);
        Ok(id)
    }

    /// The hook with this id.
    pub fn hook(&self, id: &str) -> ApiResult<&EventHook> {
        self.event_hooks.get(id).ok_or_else(|| ApiError::not_found(id, Resource::EventHook))
    }

    /// Replaces what a client may say about a hook. Another channel has to be verified again, and
    /// a secret that is left out stays.
    pub fn replace_hook(&mut self, id: &str, new: NewHook) -> ApiResult<()> {
        check(&new)?;
        let now = self.now();
        let hook = self.hook_mut(id)?;
        let mut channel = new.channel;
        if let (Some(given), Some(known)) = (&mut channel.auth, &hook.channel.auth)
            && given.value.is_empty()
        {
            given.value.clone_from(&known.value);
        }
        hook.is_verified = hook.is_verified && hook.channel == channel;
        hook.channel = channel;
        hook.name = new.name;
        hook.description = new.description;
        hook.events = new.events;
        hook.last_updated = now;
        Ok(())
    }

    /// Switches a hook on or off; harmless when it is so already.
    pub fn set_hook_active(&mut self, id: &str, is_active: bool) -> ApiResult<()> {
        let others = self.event_hooks.values().filter(|hook| hook.is_active && hook.is_verified);
        let full = is_active && others.filter(|hook| hook.id != id).count() >= MOST_ACTIVE;
        let now = self.now();
        let hook = self.hook_mut(id)?;
        if full {
            let cause = "Maximum number of active event hooks has been reached.";
            return Err(ApiError::validation("eventHook", cause));
        }
        if hook.is_active != is_active {
            hook.is_active = is_active;
            hook.last_updated = now;
        }
        Ok(())
    }

    /// The other side has proved that it owns the address.
    pub fn verify_hook(&mut self, id: &str) -> ApiResult<()> {
        let now = self.now();
        let hook = self.hook_mut(id)?;
        hook.is_verified = true;
        hook.last_updated = now;
        Ok(())
    }

    /// Deletes a hook that was switched off.
    pub fn delete_hook(&mut self, id: &str) -> ApiResult<()> {
        if self.hook(id)?.is_active {
            let cause = "The event hook must be deactivated before deletion.";
            return Err(ApiError::validation("eventHook", cause));
        }
        self.event_hooks.remove(id);
        Ok(())
    }

    /// Every hook that hears of such events is told of this one, however late the log has it.
    pub(super) fn tell_hooks(&mut self, event: &LogEvent) {
        let hearing = self.event_hooks.values().filter(|hook| hook.hears(event.event_type));
        let hooks: Vec<String> = hearing.map(|hook| hook.id.clone()).collect();
        for hook in hooks {
            self.tell(Outgoing::Event { hook, event: Box::new(event.clone()) });
        }
    }

    fn hook_mut(&mut self, id: &str) -> ApiResult<&mut EventHook> {
        self.event_hooks.get_mut(id).ok_or_else(|| ApiError::not_found(id, Resource::EventHook))
    }
}

fn check(new: &NewHook) -> ApiResult<()> {
    if new.name.trim().is_empty() {
        return Err(ApiError::validation("name", "name: The field cannot be left blank"));
    }
    super::signal::check_address(&new.channel.uri, "channel.config.uri")?;
    if new.events.is_empty() {
        let cause = "events.items: The field cannot be left blank";
        return Err(ApiError::validation("events.items", cause));
    }
    match new.events.iter().find(|event| !ELIGIBLE.contains(&event.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let cause = format!("events.items: Event type '{unknown}' is not supported");
            Err(ApiError::validation("events.items", cause))
        }
    }
}
