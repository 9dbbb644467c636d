//! People of the org and their profiles.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{ApiError, ApiResult, Change, Org, Resource, UserStatus};

/// A user's profile as Okta keeps it: attribute names to values.
pub type Profile = Map<String, Value>;

/// Okta's base attributes ("Default profile properties" of the Users API).
const BASE_ATTRIBUTES: [&str; 31] = [
    "login",
    "email",
    "secondEmail",
    "firstName",
    "lastName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
    "title",
    "displayName",
    "nickName",
    "profileUrl",
    "primaryPhone",
    "mobilePhone",
    "streetAddress",
    "city",
    "state",
    "zipCode",
    "countryCode",
    "postalAddress",
    "preferredLanguage",
    "locale",
    "timezone",
    "userType",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
    "managerId",
    "manager",
];

#[derive(Debug, Clone)]
pub struct User {
    pub id: String,
    pub status: UserStatus,
    pub created: Timestamp,
    pub activated: Option<Timestamp>,
    pub status_changed: Option<Timestamp>,
    pub last_login: Option<Timestamp>,
    pub last_updated: Timestamp,
    pub password_changed: Option<Timestamp>,
    pub profile: Profile,
    /// What the simulated sign-in page accepts. Simulated people only, so it is kept as it is.
    pub password: Option<String>,
    /// In a row; a right one forgets them.
    pub wrong_passwords: u32,
    /// How often all sessions were ended: those that began before the last time are over.
    pub sessions_ended: u32,
    /// As `sessions_ended`, for access tokens.
    pub tokens_ended: u32,
}

impl User {
    /// A text attribute of the profile.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.profile.get(name).and_then(Value::as_str)
    }

    pub fn login(&self) -> &str {
        self.attribute("login").unwrap_or_default()
    }

    pub fn email(&self) -> &str {
        self.attribute("email").unwrap_or_default()
    }

    /// `displayName`, or first and last name.
    pub fn display_name(&self) -> String {
        self.attribute("displayName").filter(|name| !name.is_empty()).map_or_else(
            || {
                let name = |key| self.attribute(key).unwrap_or_default();
                format!("{} {}", name("firstName"), name("lastName")).trim().to_owned()
            },
            ToOwned::to_owned,
        )
    }
}

/// What a user is created from.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    pub profile: Profile,
    pub password: Option<String>,
    pub activate: bool,
    pub group_ids: Vec<String>,
}

impl NewUser {
    /// An active person with the four attributes that Okta demands; `login` is also the email.
    pub fn person(login: &str, first_name: &str, last_name: &str, password: &str) -> Self {
        let profile = [
            ("login", login),
            ("email", login),
            ("firstName", first_name),
            ("lastName", last_name),
        ];
        Self {
            profile: profile
                .map(|(key, value)| (key.to_owned(), value.into()))
                .into_iter()
                .collect(),
            password: Some(password.to_owned()),
            activate: true,
            group_ids: Vec::new(),
        }
    }
}

impl Org {
    /// Creates a user and puts them into `Everyone` and the named groups.
    pub fn create_user(&mut self, new: NewUser) -> ApiResult<String> {
        let profile = self.checked_profile(new.profile, None, "newUser")?;
        for group in &new.group_ids {
            self.group(group)?;
        }
        let now = self.now();
        let status = match (new.activate, &new.password) {
            (false, _) => UserStatus::Staged,
            (true, Some(_)) => UserStatus::Active,
            // Activated without a password: Okta waits for the person to choose one.
            (true, None) => UserStatus::Provisioned,
        };
        let id = self.next_id("00u");
        let user = User {
            id: id.clone(),
            status,
            created: now,
            activated: new.activate.then_some(now),
            status_changed: new.activate.then_some(now),
            last_login: None,
            last_updated: now,
            password_changed: new.password.is_some().then_some(now),
            profile,
            password: new.password,
            wrong_passwords: 0,
            sessions_ended: 0,
            tokens_ended: 0,
        };
        self.users.insert(id.clone(), user);
        self.record(Change::UserCreated { user: id.clone() });
        let everyone = self.everyone.clone();
        for group in std::iter::once(everyone).chain(new.group_ids) {
            self.join(&group, &id);
        }
        Ok(id)
    }

    /// The user with this id.
    pub fn user(&self, id: &str) -> ApiResult<&User> {
        self.users.get(id).ok_or_else(|| ApiError::not_found(id, Resource::User))
    }

    pub(super) fn user_mut(&mut self, id: &str) -> ApiResult<&mut User> {
        self.users.get_mut(id).ok_or_else(|| ApiError::not_found(id, Resource::User))
    }

    /// The user with this id, this login, or the part of a login before its `@` where only one
    /// user has it (Users API, "Get a user").
    pub fn find_user(&self, key: &str) -> ApiResult<&User> {
        if let Some(user) = self.users.get(key) {
            return Ok(user);
        }
        let exact = self.users.values().find(|user| user.login().eq_ignore_ascii_case(key));
        if let Some(user) = exact {
            return Ok(user);
        }
        let mut short = self.users.values().filter(|user| {
            user.login().split_once('@').is_some_and(|(name, _)| name.eq_ignore_ascii_case(key))
        });
        match (short.next(), short.next()) {
            (Some(user), None) => Ok(user),
            _ => Err(ApiError::not_found(key, Resource::User)),
        }
    }

    /// Changes a profile: `replace` drops what the new one does not name. A password of `None`
    /// stays as it was.
    pub fn update_user(
        &mut self,
        id: &str,
        profile: Profile,
        password: Option<String>,
        replace: bool,
    ) -> ApiResult<()> {
        let user = self.user(id)?;
        if user.status == UserStatus::Deprovisioned {
            return Err(ApiError::wrong_user_status());
        }
        let mut merged = if replace { Profile::new() } else { user.profile.clone() };
        merged.extend(profile);
        let checked = self.checked_profile(merged, Some(id), "user")?;
        let now = self.now();
        let user = self.user_mut(id)?;
        user.profile = checked;
        user.last_updated = now;
        if password.is_some() {
            user.password = password;
            user.password_changed = Some(now);
            let waits_for_it = matches!(
                user.status,
                UserStatus::Provisioned | UserStatus::Recovery | UserStatus::PasswordExpired
            );
            if waits_for_it {
                user.status = UserStatus::Active;
            }
        }
        self.record(Change::UserUpdated { user: id.to_owned() });
        Ok(())
    }

    fn checked_profile(
        &self,
        mut profile: Profile,
        own_id: Option<&str>,
        what: &str,
    ) -> ApiResult<Profile> {
        let known = |name: &str| {
            BASE_ATTRIBUTES.contains(&name) || self.settings.custom_attributes.contains(name)
        };
        if let Some(name) = profile.keys().find(|name| !known(name)) {
            let cause = format!("Property name '{name}' is not defined in profile");
            return Err(ApiError::validation(what, cause));
        }
        for name in ["firstName", "lastName", "email", "login"] {
            if profile.get(name).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
                let cause = format!("{name}: The field cannot be left blank");
                return Err(ApiError::validation(name, cause));
            }
        }
        let login = profile["login"].as_str().unwrap_or_default();
        if !login.contains('@') {
            let cause = "login: Username must be in the form of an email address";
            return Err(ApiError::validation("login", cause));
        }
        let taken = self.users.values().any(|other| {
            Some(other.id.as_str()) != own_id && other.login().eq_ignore_ascii_case(login)
        });
        if taken {
            let cause =
                "login: An object with this field already exists in the current organization";
            return Err(ApiError::validation("login", cause));
        }
        // Okta forgets attributes set to null, except the two that it always prints.
        profile.retain(|_, value| !value.is_null());
        for always in ["mobilePhone", "secondEmail"] {
            profile.entry(always).or_insert(Value::Null);
        }
        Ok(profile)
    }
}
