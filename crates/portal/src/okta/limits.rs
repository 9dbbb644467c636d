//! Okta's rate limits as a state machine (being built).

/// Room for one call.
#[derive(Debug)]
pub struct Slot;
