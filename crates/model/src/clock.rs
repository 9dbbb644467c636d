//! What an instant is. The model never asks for the time: `now` is an argument, and the one place
//! that asks the machine is the binary's own clock.

pub use jiff::Timestamp;

/// Milliseconds since 1970, as the database keeps an instant.
///
/// Finer digits are dropped, so a value read back is equal to one truncated by [`to_millis`].
pub fn to_millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The instant that [`to_millis`] wrote; `None` outside the years -9999 to 9999.
pub fn from_millis(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_milliseconds() {
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        assert_eq!(from_millis(to_millis(at)), Some(at));
        assert_eq!(from_millis(i64::MAX), None);
    }
}
