//! What was signed lately, so that a request which somebody recorded is of no use to them within the minute for which its
//! time is accepted. In memory: each replica remembers its own.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use model::Timestamp;

use super::request::SKEW;

/// So many signatures are remembered; beyond, the oldest is forgotten.
const MOST: usize = 65_536;
/// The bytes of a signature that are random and cannot be changed: r. Of each valid (r, s) the pair (r, -s) is valid, too.
const NONCE: usize = 32;

type Nonce = [u8; NONCE];

/// The signatures of the last two minutes. One for a process.
#[derive(Default)]
pub struct Replays(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    known: HashSet<Nonce>,
    /// The oldest first.
    order: VecDeque<(Timestamp, Nonce)>,
}

impl Replays {
    /// Remembers a signature that was found to be valid, made at a time that is accepted; false where it was seen before.
    pub(super) fn is_first(&self, signature: &[u8], now: Timestamp) -> bool {
        let Some(nonce) = signature.first_chunk::<NONCE>() else { return false };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = &mut *seen;
        // A time may be ahead as far as it may be behind.
        let kept: SignedDuration = SKEW * 2;
        while let Some((at, oldest)) = seen.order.front()
            && (now.duration_since(*at) > kept || seen.order.len() >= MOST)
        {
            seen.known.remove(oldest);
            seen.order.pop_front();
        }
        let first = seen.known.insert(*nonce);
        if first {
            seen.order.push_back((now, *nonce));
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(number: usize, s: u8) -> Vec<u8> {
        let mut bytes = vec![s; 64];
        bytes[..NONCE].fill(0);
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        bytes
    }

    #[test]
    fn a_signature_is_first_once_within_two_minutes() {
        let (replays, now) = (Replays::default(), Timestamp::UNIX_EPOCH);
        assert!(replays.is_first(&signature(1, 1), now));
        assert!(!replays.is_first(&signature(1, 1), now + SKEW * 2));
        assert!(!replays.is_first(&signature(1, 2), now), "its other half may be turned round");
        assert!(replays.is_first(&signature(2, 1), now));
        let later = now + SKEW * 2 + SignedDuration::from_secs(1);
        assert!(replays.is_first(&signature(1, 1), later), "too late to be accepted anyway");
        assert!(!replays.is_first(b"short", now));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (replays, now) = (Replays::default(), Timestamp::UNIX_EPOCH);
        for number in 0..=MOST {
            assert!(replays.is_first(&signature(number, 0), now));
        }
        assert_eq!(replays.0.lock().unwrap().known.len(), MOST);
        assert!(!replays.is_first(&signature(MOST, 0), now));
    }
}
