//! A portal in memory that can misbehave (being built).
