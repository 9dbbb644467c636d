//! The attributes of a group: RFC 7643 section 4.2.

use super::{Attribute, complex, reference, text};

pub(super) const GROUP: &[Attribute] = &[
    text("displayName", "The group's name for people.").required(),
    complex(
        "members",
        "The users of the group.",
        &[
            text("value", "The member's id.").exact().immutable(),
            reference("$ref", "The member's URL.", &["User"]).immutable(),
            text("display", "The member's name for people.").immutable(),
            text("type", "The kind of member.").immutable().one_of(&["User"]),
        ],
    )
    .list(),
];
