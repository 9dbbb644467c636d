//! The one guarded HTTP client (being built).
