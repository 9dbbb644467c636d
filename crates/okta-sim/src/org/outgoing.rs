//! What the org has to tell others and has not told yet, and what became of what it told. Who
//! carries it is `deliver`.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use super::{LogEvent, Org, Reason};

/// Deliveries beyond this many are forgotten, oldest first.
const KEPT: usize = 500;

/// One thing to tell.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// An event of the System Log, to an event hook.
    Event { hook: String, event: Box<LogEvent> },
    /// "Log this person out", to an app (Global Token Revocation). The address stands here since
    /// the person may be gone by the time that it is sent.
    Logout { app: String, user: String, email: String },
    /// A security event, to a stream of the Shared Signals Framework.
    Signal { stream: String, signal: Signal },
}

/// A security event that a stream carries.
#[derive(Debug, Clone)]
pub enum Signal {
    /// CAEP session-revoked.
    SessionRevoked { user: String, reason: Reason, at: Timestamp },
    /// The receiver asked whether we reach it.
    Verification { state: Option<String> },
}

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    HookVerification,
    HookEvents,
    UniversalLogout,
    Signal,
}

impl DeliveryKind {
    /// As pages name it.
    pub fn title(self) -> &'static str {
        match self {
            Self::HookVerification => "Event hook, verification",
            Self::HookEvents => "Event hook",
            Self::UniversalLogout => "Universal Logout",
            Self::Signal => "Security event (CAEP)",
        }
    }
}

/// One call of the org to somebody else, and what came back.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    pub at: Timestamp,
    pub kind: DeliveryKind,
    /// The id of the hook, the app or the stream.
    pub to: String,
    pub address: String,
    /// In words: the events, or the person.
    pub about: String,
    /// What was sent, without secrets; tokens are shown by their claims.
    pub request: String,
    /// 1, or 2 where it was tried again.
    pub attempt: u8,
    /// `None`: no answer came.
    pub status: Option<u16>,
    /// What the other side said, or why there is no answer.
    pub detail: String,
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Outgoing>,
    delivered: VecDeque<Delivery>,
}

impl Org {
    pub(super) fn tell(&mut self, outgoing: Outgoing) {
        self.outbox.waiting.push_back(outgoing);
    }

    /// Whether there is something to tell.
    pub fn has_outgoing(&self) -> bool {
        !self.outbox.waiting.is_empty()
    }

    /// Everything that is to be told, oldest first. Whoever takes it tells it.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outbox.waiting).into()
    }

    /// Every call to others that was made, oldest first.
    pub fn deliveries(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.outbox.delivered.iter()
    }

    /// Notes a call to somebody else.
    pub fn note_delivery(&mut self, delivery: Delivery) {
        self.outbox.delivered.push_back(delivery);
        if self.outbox.delivered.len() > KEPT {
            self.outbox.delivered.pop_front();
        }
    }

    /// Forgets the calls that were made.
    pub fn forget_deliveries(&mut self) {
        self.outbox.delivered.clear();
    }
}
