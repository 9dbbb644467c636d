//! Browser sessions of the org: who is signed in, since when, and what ends it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use jiff::{SignedDuration, Timestamp};

use super::{People, secret};
use crate::org::{Org, User};

/// Cookies ignore ports, and other servers run on localhost: the name is ours alone.
pub const COOKIE: &str = "okta_sid";

/// Okta's default: a session ends two hours after it was last used.
const IDLE_FOR: SignedDuration = SignedDuration::from_hours(2);

#[derive(Debug, Clone)]
pub struct Session {
    pub id: String,
    pub user: String,
    /// When the person proved who they are: `auth_time` of OpenID Connect.
    pub auth_time: Timestamp,
    /// Whether they have shown a second factor, too.
    pub second_factor: bool,
    used_at: Timestamp,
    /// How often all sessions of the person had been ended when this one began.
    ended_before: u32,
}

#[derive(Default)]
pub struct Sessions {
    by_id: Mutex<HashMap<String, Session>>,
}

impl Sessions {
    /// Starts a session for somebody who has just signed in.
    pub fn start(&self, user: &User, now: Timestamp) -> Session {
        let session = Session {
            id: secret(),
            user: user.id.clone(),
            auth_time: now,
            second_factor: false,
            used_at: now,
            ended_before: user.sessions_ended,
        };
        self.lock().insert(session.id.clone(), session.clone());
        session
    }

    /// The person has shown a second factor.
    pub fn verify(&self, id: &str, now: Timestamp) {
        if let Some(session) = self.lock().get_mut(id) {
            session.second_factor = true;
            session.auth_time = now;
        }
    }

    /// Ends a session, and says whose it was.
    pub fn end(&self, id: &str) -> Option<String> {
        self.lock().remove(id).map(|session| session.user)
    }

    /// How many sessions of somebody still hold.
    pub fn count(&self, user: &User, now: Timestamp) -> usize {
        let own = |session: &&Session| session.user == user.id && holds(session, user, now);
        self.lock().values().filter(own).count()
    }

    /// The session with this id if it still holds. One that no longer does is forgotten, so that
    /// it does not come back when a suspension is lifted.
    pub fn find(&self, id: &str, org: &Org, now: Timestamp) -> Option<Session> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(id)?;
        if org.users.get(&session.user).is_some_and(|user| holds(session, user, now)) {
            session.used_at = now;
            return Some(session.clone());
        }
        sessions.remove(id);
        None
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn holds(session: &Session, user: &User, now: Timestamp) -> bool {
    let in_use = now.duration_since(session.used_at) < IDLE_FOR;
    in_use && user.status.keeps_sessions() && user.sessions_ended == session.ended_before
}

/// Somebody who is signed in, as pages name them.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub login: String,
    pub initials: String,
    /// Holds an admin role in the org.
    pub is_admin: bool,
}

impl Person {
    pub fn of(user: &User, org: &Org) -> Self {
        let name = user.display_name();
        let initials = name.split_whitespace().filter_map(|word| word.chars().next()).take(2);
        let is_admin =
            org.tokens.values().any(|token| token.user_id == user.id && !token.roles.is_empty());
        Self {
            id: user.id.clone(),
            initials: initials.flat_map(char::to_uppercase).collect(),
            login: user.login().to_owned(),
            name,
            is_admin,
        }
    }
}

/// Who asks, if anybody: reads the cookie and looks whether the session still holds.
pub struct Visitor(pub Option<(Session, Person)>);

impl FromRequestParts<Arc<People>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        people: &Arc<People>,
    ) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        Ok(Self(jar.get(COOKIE).and_then(|cookie| people.visitor(cookie.value()))))
    }
}

impl People {
    /// Somebody signs out.
    pub fn sign_out(&self, session_id: &str) {
        if let Some(user) = self.sessions.end(session_id) {
            self.sim.org().end_session(&user);
        }
    }

    pub fn visitor(&self, session_id: &str) -> Option<(Session, Person)> {
        let now = self.sim.now();
        let org = self.sim.org();
        let session = self.sessions.find(session_id, &org, now)?;
        let person = Person::of(org.users.get(&session.user)?, &org);
        Some((session, person))
    }
}

/// The cookie that carries a session. Not `Secure`: the simulated org is plain http on localhost.
pub fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).build()
}

/// Makes the browser forget a cookie.
pub fn removal(name: &'static str) -> Cookie<'static> {
    let mut cookie = cookie(name, String::new());
    cookie.make_removal();
    cookie
}
