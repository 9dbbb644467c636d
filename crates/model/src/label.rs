//! What a tile is called in a portal: `<account> - <app>`, duplicates numbered, never two alike
//! (S8-S11). Which labels are taken, and storing the number, is left to the caller.

use std::fmt;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::text;

/// The longest label in characters (Unicode scalar values, after NFC): what Okta takes (S11).
pub const LABEL_MAX: usize = 100;

const SEPARATOR: &str = " - ";

/// What an app name that can't stay whole leaves to the account name.
const ACCOUNT_KEPT: usize = 20;

/// Stands for an account name of which nothing can be shown.
const UNNAMED: &str = "Account";

/// A tile's label: 1 to 100 characters, NFC, without control or bidi characters (T16).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label(String);

impl Label {
    /// The label as people see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What labels are compared by; see [`key`].
    pub fn key(&self) -> String {
        key(&self.0)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

/// What labels are compared by: case folding, NFC, trim (S9). Two labels with one key would look
/// alike, so no portal holds both.
pub fn key(label: &str) -> String {
    // Folding may undo a composition, so it runs on the decomposed text (Unicode, 3.13, D145).
    let folded: String = label.nfd().default_case_fold().nfc().collect();
    folded.trim().to_owned()
}

/// The label with this number; 0 is the bare one. Without an app name the site's registrable
/// domain takes its place, and without either the account name stands alone (S10).
///
/// What does not fit is cut from the account name, never from the tail ` - app (n)` (S11). Only an
/// app name that would leave the account no character at all is cut itself.
pub fn label(account: &str, app: Option<&str>, domain: Option<&str>, number: u32) -> Label {
    let account = clean(account).unwrap_or_else(|| UNNAMED.to_owned());
    let app = app.and_then(clean).or_else(|| domain.and_then(clean));
    let mark = if number == 0 { String::new() } else { format!(" ({number})") };
    let tail = match app {
        Some(app) => {
            let room = LABEL_MAX - SEPARATOR.len() - mark.len();
            let kept = if length(&app) < room { 1 } else { length(&account).min(ACCOUNT_KEPT) };
            format!("{SEPARATOR}{}{mark}", cut(&app, room - kept))
        }
        None => mark,
    };
    Label(format!("{}{tail}", cut(&account, LABEL_MAX - length(&tail))))
}

/// Names a tile that has no number yet: the lowest free number, 0 being the bare label (S9).
///
/// `taken` says whether another tile of the same portal has a label with this key. Numbers are
/// stable: store the one returned, and choose again only where it is not kept ([`is_kept`]).
pub fn choose(
    account: &str,
    app: Option<&str>,
    domain: Option<&str>,
    taken: impl Fn(&str) -> bool,
) -> (Label, u32) {
    (0..=u32::MAX)
        .map(|number| (label(account, app, domain, number), number))
        .find(|(label, _)| !taken(&label.key()))
        .expect("a portal holds fewer tiles than there are numbers")
}

/// Whether a tile is still called so after something about its account changed. As long as it is, it keeps its number, even
/// if a lower one has become free (S9, S21).
pub fn is_kept(
    account: &str,
    app: Option<&str>,
    domain: Option<&str>,
    current: (&str, u32),
) -> bool {
    label(account, app, domain, current.1).as_str() == current.0
}

/// NFC, trimmed, without control or bidi characters; `None` if nothing visible is left.
fn clean(name: &str) -> Option<String> {
    // Removed first: what a hidden character kept apart may compose.
    let shown = name.chars().filter(|&c| !text::is_control(c) && !text::is_bidi_control(c));
    let composed: String = shown.nfc().collect();
    let name = composed.trim();
    if text::is_blank(name) { None } else { Some(name.to_owned()) }
}

/// The first `max` characters, or fewer where a cut there would tear marks, joined emoji or flags
/// apart. A single character with more marks than `max` is torn all the same.
fn cut(name: &str, max: usize) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= max {
        return name.to_owned();
    }
    let end = (1..=max).rev().find(|&end| !is_torn(&chars, end)).unwrap_or(max);
    chars[..end].iter().collect::<String>().trim_end().to_owned()
}

/// Whether a cut before `chars[end]` would tear something apart.
fn is_torn(chars: &[char], end: usize) -> bool {
    const JOINER: char = '\u{200D}';
    let is_flag_half = |c: &char| ('\u{1F1E6}'..='\u{1F1FF}').contains(c);
    let halves = chars[..end].iter().rev().take_while(|c| is_flag_half(c)).count();
    text::extends_previous(chars[end])
        || chars[end - 1] == JOINER
        || (is_flag_half(&chars[end]) && halves % 2 == 1)
}

fn length(name: &str) -> usize {
    name.chars().count()
}

#[cfg(test)]
mod tests;
