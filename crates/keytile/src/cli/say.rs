//! What a command answers, on standard output.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

use anyhow::Context as _;

/// Prints a line, as `println!` would. Whoever closed standard output, as `head` does, has seen enough: that is no failure,
/// and what the command does goes on.
macro_rules! say {
    ($($part:tt)*) => { $crate::cli::say::line(format_args!($($part)*)) };
}

/// # Errors
/// Standard output takes no more, such as on a full disk.
pub(super) fn line(text: Arguments<'_>) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("write to standard output")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
