//! What can go wrong when keys are read and values are opened. No message carries key material.

/// Why a root key file was refused, or why a sealed value did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text of the root key file is not valid. `line` counts from 1.
    #[error("read the root key file, line {line}: {problem}")]
    RootKeyFile {
        /// Line of the text, from 1; for a problem of the whole file, its last line.
        line: usize,
        /// What is wrong and what belongs there instead.
        problem: &'static str,
    },
    /// The data key was wrapped by a root key that is not in this set. Told apart from all other
    /// failures because another replica may just have rotated: read the file again, then retry.
    #[error("the root key {0:?} is not in the root key file: read the file again, or restore it")]
    UnknownRootKey(String),
    /// The current root key cannot be retired: new data keys are wrapped by it.
    #[error("the root key {0:?} is the current one: add a new one and rewrap before retiring it")]
    RootKeyIsCurrent(String),
    /// The value starts with a format that this version does not know, or is empty.
    #[error("the sealed value has a format this version does not know: upgrade before reading it")]
    UnknownFormat,
    /// The value was altered, moved from another place, or sealed under another key. Which of them
    /// cannot be told, and each deserves an alarm.
    #[error("the sealed value does not open here: it was altered, moved, or sealed by another key")]
    DoesNotOpen,
    /// Bytes that are no key of their kind, or one that must not be used.
    #[error("these bytes are not a usable key")]
    NotAKey,
}
