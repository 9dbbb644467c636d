//! Typed ids: an id knows what it identifies, and says so when printed (`acc_01j…`).
//! Where they are stored, and whether they exist, is the stores' business.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rand::RngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::base32::{self, Flaw};

/// Why a text is not an id of the expected kind. Says what was expected, and never repeats the
/// text: it came from outside and may be long or hostile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIdError {
    /// The prefix is missing or names another kind of thing.
    #[error("this is not {noun} id: it must begin with \"{prefix}_\"")]
    Prefix { noun: &'static str, prefix: &'static str },
    /// What follows is not 26 characters long.
    #[error(
        "this is not {noun} id: {} characters are expected, without the prefix",
        base32::LENGTH
    )]
    Length { noun: &'static str },
    /// A character that no id holds.
    #[error("this is not {noun} id: only 0-9 and a-z without i, l, o and u are allowed")]
    Character { noun: &'static str },
    /// 26 allowed characters that stand for more than 128 bits.
    #[error("this is not {noun} id: its first character may be at most 7")]
    Overflow { noun: &'static str },
}

impl ParseIdError {
    fn new(flaw: Flaw, noun: &'static str) -> Self {
        match flaw {
            Flaw::Length => Self::Length { noun },
            Flaw::Character => Self::Character { noun },
            Flaw::Overflow => Self::Overflow { noun },
        }
    }
}

/// Makes one id type per line: UUIDv7 inside (RFC 9562, section 5.7), TypeID outside.
macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $noun:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What the printed form begins with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id. Ids sort by the millisecond in which they were made.
            pub fn new(now: Timestamp, rng: &mut (impl RngCore + ?Sized)) -> Self {
                Self(uuid_v7(now, rng))
            }

            /// The bare UUID, as the database keeps it.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                base32::write(self.0.as_u128(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let body = text
                    .strip_prefix(concat!($prefix, "_"))
                    .ok_or(ParseIdError::Prefix { noun: $noun, prefix: $prefix })?;
                let value = base32::read(body).map_err(|flaw| ParseIdError::new(flaw, $noun))?;
                Ok(Self(Uuid::from_u128(value)))
            }
        }

        serde_as_text!($name);
    )*};
}

/// In JSON and in forms an id is the text that people see.
macro_rules! serde_as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_ids! {
    /// A workspace: one customer, its members and everything they hold.
    WorkspaceId = "ws", "a workspace";
    /// A person in a workspace.
    MemberId = "mem", "a member";
    /// A stored login.
    AccountId = "acc", "an account";
    /// A set of members that things can be shared with.
    TeamId = "team", "a team";
    /// A folder of accounts.
    CollectionId = "col", "a collection";
    /// One share: an item, a grantee and a role, between two instants.
    ShareId = "shr", "a share";
    /// One membership of a member in a team, between two instants.
    MembershipId = "msh", "a membership";
    /// An account extended into a portal.
    TileId = "tile", "a tile";
    /// The people of one or more tiles, kept together as a group in a portal.
    AudienceId = "aud", "an audience";
    /// A connected portal.
    PortalId = "por", "a portal";
    /// A connected directory: where members are provisioned from.
    DirectoryId = "dir", "a directory";
    /// One comparison of our members with a directory.
    DirectoryRunId = "drn", "a comparison";
    /// Where a directory says that something happened.
    HookId = "hok", "a hook";
    /// A signed-in browser.
    SessionId = "ses", "a session";
    /// A browser that logs in by itself.
    DeviceId = "dev", "a device";
    /// One permission to log in to one account with one device.
    GrantId = "grt", "a grant";
    /// An API key; the id is public, its secret is not.
    ApiKeyId = "key", "an API key";
    /// A question of the safety stop to the admins.
    StopId = "stop", "a safety stop";
    /// One difference that was found in a portal.
    DriftId = "dft", "a difference";
    /// One thing that was asked for many accounts.
    JobId = "job", "a job";
    /// One record of something that happened.
    ActivityId = "act", "an activity";
    /// Something that another system is told, once or until it has heard.
    DeliveryId = "evt", "a message";
    /// A wish to have an account extended.
    TileRequestId = "trq", "a request";
    /// One person's leaving, and what it closed.
    DepartureId = "dep", "a departure";
    /// Many departures that came close together.
    WaveId = "wave", "a wave of departures";
    /// An invitation to a workspace.
    InviteId = "inv", "an invite";
    /// A registered passkey.
    PasskeyId = "psk", "a passkey";
    /// A workspace's data key, wrapped by the root key.
    DataKeyId = "dk", "a data key";
}

/// 48 bits of milliseconds, then 74 random bits.
fn uuid_v7(now: Timestamp, rng: &mut (impl RngCore + ?Sized)) -> Uuid {
    let mut random = [0_u8; 10];
    rng.fill_bytes(&mut random);
    // A clock set before 1970 costs the order of ids, not their uniqueness.
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// What a tile's URL names: 128 random bits, so that it can't be guessed and tells nothing about
/// the account or about when it was extended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaunchId([u8; 16]);

impl LaunchId {
    /// A fresh launch id; `rng` must be fit for cryptography.
    pub fn new(rng: &mut (impl RngCore + ?Sized)) -> Self {
        let mut bytes = [0_u8; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The launch id of these bytes, as the database keeps them.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for LaunchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        base32::write(u128::from_be_bytes(self.0), f)
    }
}

impl fmt::Debug for LaunchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LaunchId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let value = base32::read(text).map_err(|flaw| ParseIdError::new(flaw, "a launch"))?;
        Ok(Self(value.to_be_bytes()))
    }
}

serde_as_text!(LaunchId);

#[cfg(test)]
mod tests;
