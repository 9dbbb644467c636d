//! A picture for a tile: the app's initials on a colour of its own, drawn by us, so that nothing
//! has to be fetched from anywhere (T14).

use std::fmt::Write as _;

/// The version of the drawing, to record with a tile that got it.
pub const VERSION: u32 = 1;

/// Dark enough for white letters: each has a contrast of at least 4.5 to white (WCAG 2.2, 1.4.3).
const COLOURS: [&str; 16] = [
    "#b3261e", "#9c2f5f", "#7b3fa0", "#5b4bb7", "#3f51b5", "#1f5fae", "#01638c", "#00687a",
    "#006a5e", "#1f6b3a", "#4a6711", "#6b5e00", "#7e5700", "#934b00", "#6d4c41", "#455a64",
];

/// The picture of an app: a square SVG, the same for the same name.
pub fn svg(name: &str) -> String {
    let (initials, colour) = (initials(name), colour(name));
    let size = if initials.chars().count() > 1 { 88 } else { 112 };
    let mut text = String::new();
    for letter in initials.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            letter if letter.is_ascii() => text.push(letter),
            // A number is the same letter whatever encoding somebody takes the file for.
            letter => {
                let _ = write!(text, "&#{};", u32::from(letter));
            }
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"200\" \
         viewBox=\"0 0 200 200\"><rect width=\"200\" height=\"200\" rx=\"36\" fill=\"{colour}\"/>\
         <text x=\"100\" y=\"100\" dy=\".35em\" text-anchor=\"middle\" fill=\"#fff\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"{size}\" \
         font-weight=\"600\">{text}</text></svg>"
    )
}

/// The first letters or digits of the first two words, composed (NFC) and in capitals.
fn initials(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let name: String = name.nfc().collect();
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let letters: String =
        words.filter_map(|word| word.chars().next()).take(2).map(capital).collect();
    if letters.is_empty() { "•".to_owned() } else { letters }
}

/// A capital that is one letter; `ß` and its like stay as they are.
fn capital(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

/// FNV-1a, because the colour has to stay the same over the years.
fn colour(name: &str) -> &'static str {
    let hash = name.trim().to_lowercase().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let folded = usize::try_from((hash ^ (hash >> 32)) & 0xffff).expect("sixteen bits fit");
    COLOURS[folded % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn initials_are_the_first_letters_of_two_words() {
        for (name, wanted) in [
            ("Instagram", "I"),
            ("google analytics 4", "GA"),
            ("o\u{308}BB Ticketshop", "ÖT"),
            ("ßeta", "ß"),
            ("1Password", "1"),
            ("東京 電力", "東電"),
            ("  --  ", "•"),
            ("", "•"),
            ("<b>&amp;", "BA"),
        ] {
            assert_eq!(initials(name), wanted, "{name}");
        }
    }

    #[test]
    fn a_picture_stays_the_same_and_is_what_a_person_expects() {
        assert_eq!(svg("Google Analytics"), svg("Google Analytics"));
        assert_eq!(colour("GitHub"), colour(" github "));
        insta::assert_snapshot!(svg("Google Analytics"), @r##"<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" viewBox="0 0 200 200"><rect width="200" height="200" rx="36" fill="#7e5700"/><text x="100" y="100" dy=".35em" text-anchor="middle" fill="#fff" font-family="Helvetica, Arial, sans-serif" font-size="88" font-weight="600">GA</text></svg>"##);
    }

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("hex");
            let value = f64::from(value) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn white_letters_can_be_read_on_every_colour() {
        for colour in COLOURS {
            let contrast = 1.05 / (luminance(colour) + 0.05);
            assert!(contrast >= 4.5, "{colour}: {contrast}");
        }
    }

    proptest! {
        /// T16: no name becomes markup.
        #[test]
        fn a_name_is_text_and_nothing_else(name in "\\PC{0,40}|[<>&\"'/a-z ]{0,40}") {
            let svg = svg(&name);
            prop_assert_eq!(svg.matches('<').count(), 5, "{}", svg);
            prop_assert!(svg.len() < 1_000 && svg.is_ascii());
        }
    }
}
