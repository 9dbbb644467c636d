//! Which recordings are about things that the simulated org does not have.

/// The number that a file begins with, and why it is left out.
pub(super) const LEFT_OUT: [(&str, &str); 12] = [
    ("38", "replayed by a test of its own, with its clock and its limits"),
    ("39", "agent pools are not simulated; their 429 is the one of recording 38"),
    ("41", "the address that is verified there answered to whoever recorded it"),
    ("43", "needs an app of the catalogue that provisions; `provisioning.rs` tries the mappings"),
    ("44", "the API of provisioning connections is not simulated"),
    ("46", "needs an app with provisioning features"),
    ("48", "its signatures were taken out; the tests of `oauth` make their own"),
    ("49", "its signatures were taken out; the tests of `oauth` make their own"),
    ("54", "limits of single principals cannot be changed"),
    ("55", "settings of rate limits cannot be changed"),
    ("56", "custom admin roles are not simulated"),
    ("57", "resource sets are not simulated"),
];

pub(super) fn reason_to_leave_out(name: &str) -> Option<&'static str> {
    LEFT_OUT.iter().find(|(number, _)| name.starts_with(number)).map(|(_, reason)| *reason)
}
