//! Which characters a name may hold, shared by names and labels (security.md, T16).

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether a character changes the direction of the text around it (Unicode's Bidi_Control,
/// UAX 9): with one, a name can read as another.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character commands rather than shows: C0 and C1 controls, and the two separators
/// that break a line.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character belongs to the one before it, so that no cut may come between them: a
/// combining mark, a joiner, a skin tone, or a tag of a flag.
pub(crate) fn extends_previous(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
        || matches!(c, '\u{200C}' | '\u{200D}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}

/// Whether a text shows nothing at all: only spaces and invisible formatting characters.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace() || c.general_category() == GeneralCategory::Format || is_control(c)
    })
}
