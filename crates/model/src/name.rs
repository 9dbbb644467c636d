//! Names that people give: parsed once at the edge, valid everywhere inside.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

use crate::text;

/// The longest name, in characters (Unicode scalar values, after NFC).
pub const NAME_MAX: usize = 255;

/// Why a text is not a name. `what` is the field as people read it: "The account name".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left, or nothing of it can be seen.
    #[error("{what} is empty. Type at least one visible character.")]
    Empty { what: &'static str },
    /// More than [`NAME_MAX`] characters.
    #[error("{what} has {length} characters. Shorten it to {NAME_MAX}.")]
    TooLong { what: &'static str, length: usize },
    /// A tab, a line break or another control character.
    #[error("{what} holds a line break, a tab or another control character. Remove it.")]
    Control { what: &'static str },
    /// A character that turns the direction of the text (T16).
    #[error("{what} holds a hidden character that reverses text. Type the name by hand.")]
    Direction { what: &'static str },
}

/// NFC, trimmed, 1 to 255 characters, without control or bidi characters (T16).
fn parse(text: &str, what: &'static str) -> Result<String, NameError> {
    let name: String = text.trim().nfc().collect();
    if name.chars().any(text::is_bidi_control) {
        return Err(NameError::Direction { what });
    }
    if name.chars().any(text::is_control) {
        return Err(NameError::Control { what });
    }
    if text::is_blank(&name) {
        return Err(NameError::Empty { what });
    }
    match name.chars().count() {
        length if length > NAME_MAX => Err(NameError::TooLong { what, length }),
        _ => Ok(name),
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses what a person typed: trims it and brings it to NFC.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                parse(text, $what).map(Self)
            }

            /// The name as it is shown and stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

names! {
    /// What people call an account; the first part of its tile's label (S8).
    AccountName = "The account name";
    /// The app that an account logs in to; the second part of its tile's label (S8).
    AppName = "The app name";
    /// What people call a team.
    TeamName = "The team name";
    /// What people call a collection.
    CollectionName = "The collection name";
    /// What people call a workspace.
    WorkspaceName = "The workspace name";
    /// What a member is called.
    MemberName = "The name";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_trimmed_and_composed() {
        let name = AccountName::parse("  Cafe\u{301} \u{A0}").unwrap();
        assert_eq!(name.as_str(), "Café");
    }

    /// S11: names hold what people write in any script.
    #[test]
    fn emoji_parentheses_hyphens_and_rtl_letters_are_fine() {
        for text in ["👩‍👩‍👧 family", "a - b (1)", "חשבון", "حساب", "می‌خواهم", "क्षि"]
        {
            assert_eq!(AccountName::parse(text).map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_name_has_1_to_255_characters_after_composition() {
        let what = "The app name";
        assert!(AppName::parse(&"e\u{301}".repeat(255)).is_ok());
        let long = AppName::parse(&"x".repeat(256)).unwrap_err();
        assert_eq!(long, NameError::TooLong { what, length: 256 });
        assert_eq!(long.to_string(), "The app name has 256 characters. Shorten it to 255.");
        for blank in ["", "   ", "\u{200B}", "\u{FEFF} \u{200D}"] {
            assert_eq!(AppName::parse(blank), Err(NameError::Empty { what }), "{blank:?}");
        }
    }

    /// T16.
    #[test]
    fn control_and_bidi_characters_are_refused() {
        let what = "The team name";
        for text in ["a\nb", "a\tb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\u{1B}[2J"] {
            assert_eq!(TeamName::parse(text), Err(NameError::Control { what }), "{text:?}");
        }
        for text in ["a\u{202E}b", "\u{200F}a", "a\u{2066}b", "a\u{61C}", "\u{200E}"] {
            assert_eq!(TeamName::parse(text), Err(NameError::Direction { what }), "{text:?}");
        }
    }

    proptest! {
        /// What was stored is read back as the same name.
        #[test]
        fn parsing_twice_is_parsing_once(text in "\\PC{0,40}|.{0,40}") {
            if let Ok(name) = AccountName::parse(&text) {
                prop_assert_eq!(AccountName::parse(name.as_str()), Ok(name.clone()));
                prop_assert!((1..=NAME_MAX).contains(&name.as_str().chars().count()));
                prop_assert!(!name.as_str().chars().any(char::is_control));
            }
        }
    }
}
