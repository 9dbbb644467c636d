//! What a group of ours is called and how it is known to be ours.
//!
//! The marker is the start of the group's description and names our origin, so that two
//! installations in one org leave each other's groups alone.

/// As long as a portal lets a group's name be.
const LONGEST_NAME: usize = 255;

/// A name that tells an admin of the portal whom the group is for: `Keytile · Marketing · 7F3A`.
///
/// `first` is one of the teams or people, and `tag` keeps names apart. How many more there are is
/// not said: a name that changes with each of them costs a call each time, and the portal shows who
/// is in a group. A `first` that is too long is cut, never the tag.
pub fn audience_name(first: &str, tag: &str) -> String {
    let room = LONGEST_NAME.saturating_sub(format!("Keytile ·  · {tag}").chars().count());
    let words: Vec<&str> = first.split_whitespace().collect();
    let words: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    let first = if words.chars().count() <= room {
        words
    } else {
        let cut: String = words.chars().take(room.saturating_sub(1)).collect();
        format!("{}…", cut.trim_end())
    };
    format!("Keytile · {first} · {tag}")
}

/// The tag at the end of a name that [`audience_name`] made.
pub fn tag_of(name: &str) -> Option<&str> {
    name.strip_prefix("Keytile · ")?.rsplit_once(" · ").map(|(_, tag)| tag)
}

/// The description of a group that we make: the marker, and a word to admins.
pub fn description(origin: &str) -> String {
    format!(
        "{} It shows tiles to the people in it. Change its people and name there: changes made \
         here are undone.",
        marker(origin)
    )
}

/// What an admin writes at the start of the description of a group that we may fill.
pub fn pool_marker(origin: &str) -> String {
    format!("For Keytile ({origin}).")
}

/// Whether a description starts with the marker of a group that we made.
pub fn is_ours(description: &str, origin: &str) -> bool {
    description.trim_start().starts_with(&marker(origin))
}

/// Whether a description starts with the marker of a group that an admin made for us.
pub fn is_pool(description: &str, origin: &str) -> bool {
    description.trim_start().starts_with(&pool_marker(origin))
}

/// The brackets end the origin: `https://a.example` is no start of `https://a.example.org`.
fn marker(origin: &str) -> String {
    format!("Managed by Keytile ({origin}).")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_tells_who_is_in_the_group() {
        assert_eq!(audience_name("Marketing", "7F3A"), "Keytile · Marketing · 7F3A");
        assert_eq!(audience_name(" Ben\n Bee ", "7F3A"), "Keytile · Ben Bee · 7F3A");
        assert_eq!(tag_of("Keytile · A · B +3 · 7F3A"), Some("7F3A"));
        assert_eq!(tag_of("Marketing · 7F3A"), None);
    }

    /// T2: a marker is about one origin, and stands at the start.
    #[test]
    fn a_marker_of_another_origin_or_place_is_none() {
        let origin = "https://k.example";
        let ours = description(origin);
        assert!(is_ours(&ours, origin) && !is_pool(&ours, origin));
        assert!(is_pool(&format!("{} Ask Ada.", pool_marker(origin)), origin));
        for other in ["https://k.example.org", "https://k.exampl", "http://k.example", ""] {
            assert!(!is_ours(&ours, other) && !is_pool(&pool_marker(origin), other), "{other}");
        }
        assert!(!is_ours(&format!("Not: {ours}"), origin));
        assert!(!is_ours("", origin));
    }

    proptest! {
        #[test]
        fn a_name_fits_and_keeps_its_tag(first in ".{0,400}") {
            let name = audience_name(&first, "7F3A");
            prop_assert!(name.chars().count() <= LONGEST_NAME);
            prop_assert_eq!(tag_of(&name), Some("7F3A"));
        }
    }
}
