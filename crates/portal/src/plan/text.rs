//! Plans as text: the dry run, the log line, and the snapshot in tests.

use super::{Pause, Plan, Step};
use std::fmt::{self, Display};

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pause) = self.pause {
            return write!(f, "paused: {pause}");
        }
        if self.steps.is_empty() {
            return f.write_str("nothing to do");
        }
        for (number, step) in self.steps.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Search => f.write_str("search for the app"),
            Self::Create { label, url } => write!(f, "create the app “{label}” for {url}"),
            Self::Activate => f.write_str("activate the app"),
            Self::Update { label, url } => write!(f, "update the app to “{label}” for {url}"),
            Self::Assign(principal) => write!(f, "assign {principal}"),
            Self::HandOver(person) => write!(f, "hand person {person} over to their group"),
            Self::Unassign(principal) => write!(f, "unassign {principal}"),
            Self::Logo(logo) => write!(f, "draw the picture of “{}”", logo.name),
            Self::Deactivate => f.write_str("deactivate the app"),
            Self::Delete => f.write_str("delete the app"),
        }
    }
}

impl Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeletedInPortal => {
                "somebody deleted the app in the portal; create it again, or remove the extension?"
            }
            Self::DeactivatedInPortal => {
                "somebody deactivated the app in the portal; activate it again, or remove the \
                 extension?"
            }
            Self::ForeignUrl => {
                "the app in the portal has another URL, so it is not ours any more; create a new \
                 one, or remove the extension?"
            }
        })
    }
}
