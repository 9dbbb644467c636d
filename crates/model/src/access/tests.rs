//! The policy's claims.
