//! Plans of groups as text: the dry run, the log line, and the snapshot in tests.

use super::{GroupPause, GroupPlan, GroupStep};
use std::fmt::{self, Display};

impl Display for GroupPlan {
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

impl Display for GroupStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Search => f.write_str("search for the group"),
            Self::Create { name, .. } => write!(f, "create the group “{name}”"),
            Self::Rename { name } => write!(f, "rename the group to “{name}”"),
            Self::AddMember(person) => write!(f, "add person {person} to the group"),
            Self::RemoveMember(person) => write!(f, "remove person {person} from the group"),
            Self::Delete => f.write_str("delete the group"),
        }
    }
}

impl Display for GroupPause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeletedInPortal => {
                "somebody deleted the group in the portal; create it again, or show the tiles to \
                 each person?"
            }
            Self::Foreign => {
                "the group in the portal does not carry our description, so it is not ours any \
                 more; create a new one, or show the tiles to each person?"
            }
        })
    }
}
