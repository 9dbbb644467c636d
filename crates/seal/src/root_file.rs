//! The text of a root key file. Opening, protecting and replacing the file is left to the caller.
//!
//! ```text
//! # Comments and empty lines are kept out of the way.
//! version = 1
//! current = root-5e8d7c11a09f2b34
//! root-5e8d7c11a09f2b34 = <32 bytes in base64>
//! ```
//!
//! Without a `current` line the first key is current.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::Error;
use crate::cipher::KEY_LEN;
use crate::root::{RootKey, RootKeys};

const VERSION: &str = "1";
const LONGEST_ID: usize = 64;
const HEADING: &str = "\
# The root keys of this Keytile deployment. Whoever holds this file and the database can read every
# secret; whoever loses it can read none. Keep a copy apart from the database and its backups.
";

impl RootKeys {
    /// Reads the text of a root key file.
    ///
    /// # Errors
    /// [`Error::RootKeyFile`] with the line and what belongs there. It never quotes the line, which
    /// may hold a key.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut version = None;
        let mut current = None;
        let mut keys: Vec<RootKey> = Vec::new();
        let mut last_line = 1;
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            last_line = index + 1;
            let refuse = |problem| Error::RootKeyFile { line: index + 1, problem };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line
                .split_once('=')
                .map(|(name, value)| (name.trim(), value.trim()))
                .ok_or_else(|| refuse("expected `name = value`, or a comment after #"))?;
            match name {
                "version" if version.is_some() => return Err(refuse("`version` is set twice")),
                "version" if value != VERSION => {
                    return Err(refuse("this version of Keytile reads `version = 1` only"));
                }
                "version" => version = Some(()),
                _ if version.is_none() => {
                    return Err(refuse("expected `version = 1` before anything else"));
                }
                "current" if current.is_some() => return Err(refuse("`current` is set twice")),
                "current" => current = Some((value.to_owned(), last_line)),
                id => {
                    if keys.iter().any(|key| key.id == id) {
                        return Err(refuse("this id already has a key above"));
                    }
                    keys.push(key_line(id, value).map_err(refuse)?);
                }
            }
        }
        let refuse = |line, problem| Error::RootKeyFile { line, problem };
        let first = keys
            .first()
            .ok_or_else(|| refuse(last_line, "there is no key: expected `id = base64`"))?;
        let current = match current {
            None => first.id.clone(),
            Some((id, _)) if keys.iter().any(|key| key.id == id) => id,
            Some((_, line)) => return Err(refuse(line, "`current` names no key of this file")),
        };
        Ok(Self { current, keys })
    }

    /// The text to write into the root key file. [`RootKeys::parse`] reads it back.
    pub fn to_text(&self) -> Zeroizing<String> {
        // Sized at once: growing later would leave copies of the keys in freed memory.
        let longest_line = LONGEST_ID + KEY_LEN * 2;
        let capacity = HEADING.len() + longest_line * (self.keys.len() + 2);
        let mut text = Zeroizing::new(String::with_capacity(capacity));
        text.push_str(HEADING);
        for (name, value) in [("version", VERSION), ("current", &self.current)] {
            push_line(&mut text, name, value);
        }
        for key in &self.keys {
            push_line(&mut text, &key.id, &Zeroizing::new(STANDARD.encode(key.bytes.as_slice())));
        }
        text
    }
}

fn push_line(text: &mut String, name: &str, value: &str) {
    for part in [name, " = ", value, "\n"] {
        text.push_str(part);
    }
}

fn key_line(id: &str, value: &str) -> Result<RootKey, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(allowed) {
        return Err("an id has 1 to 64 letters, digits, - or _");
    }
    let decoded = Zeroizing::new(STANDARD.decode(value).map_err(|_| "the key is not base64")?);
    if decoded.len() != KEY_LEN {
        return Err("a key has exactly 32 bytes: 44 characters of base64");
    }
    // Such a file is a template that nobody filled in.
    if decoded.iter().all(|byte| *byte == decoded[0]) {
        return Err("this is not a random key: all its bytes are alike");
    }
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    bytes.copy_from_slice(&decoded);
    Ok(RootKey { id: id.to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const TWO: &str = "HwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=";

    fn problem_of(text: &str) -> (usize, &'static str) {
        match RootKeys::parse(text) {
            Err(Error::RootKeyFile { line, problem }) => (line, problem),
            other => panic!("expected a refusal of {text:?}, got {other:?}"),
        }
    }

    #[test]
    fn the_first_key_is_current_unless_the_file_says_otherwise() {
        let keys = format!("version = 1\na = {ONE}\nb = {TWO}\n");
        assert_eq!(RootKeys::parse(&keys).unwrap().current_id(), "a");
        let keys = format!("# note\r\n\r\nversion=1\r\ncurrent = b\r\na={ONE}\r\nb={TWO}\r\n");
        let parsed = RootKeys::parse(&keys).unwrap();
        assert_eq!(parsed.current_id(), "b");
        assert_eq!(parsed.ids().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_written_file_reads_back() {
        let mut rng = StdRng::seed_from_u64(3);
        let mut keys = RootKeys::generate(&mut rng);
        keys.add(&mut rng);
        let text = keys.to_text();
        let read = RootKeys::parse(&text).unwrap();
        assert_eq!(read.current_id(), keys.current_id());
        for (read, written) in read.keys.iter().zip(&keys.keys) {
            assert_eq!((&read.id, &*read.bytes), (&written.id, &*written.bytes));
        }
        assert_eq!(*read.to_text(), *text);
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let same = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let cases = [
            (String::new(), 1, "no key"),
            ("# only\n# words\n".into(), 2, "no key"),
            (format!("a = {ONE}\n"), 1, "before anything else"),
            ("version = 2\n".into(), 1, "version = 1"),
            ("version = 1\nversion = 1\n".into(), 2, "twice"),
            (format!("version = 1\ncurrent = b\na = {ONE}\n"), 2, "names no key"),
            (format!("version = 1\ncurrent = a\ncurrent = a\na = {ONE}\n"), 3, "twice"),
            (format!("version = 1\na = {ONE}\na = {TWO}\n"), 3, "already has a key"),
            ("version = 1\na = ???\n".into(), 2, "not base64"),
            ("version = 1\na = AAEC\n".into(), 2, "32 bytes"),
            (format!("version = 1\na = {same}\n"), 2, "not a random key"),
            (format!("version = 1\na b = {ONE}\n"), 2, "1 to 64"),
        ];
        for (text, line, words) in &cases {
            let (at, problem) = problem_of(text);
            assert_eq!(at, *line, "{text:?}");
            assert!(problem.contains(words), "{text:?}: {problem}");
        }
    }

    /// T8: keys stay out of logs.
    #[test]
    fn neither_debug_nor_a_refusal_shows_a_key() {
        let keys = RootKeys::parse(&format!("version = 1\na = {ONE}\n")).unwrap();
        assert_eq!(format!("{keys:?}"), r#"RootKeys { current: "a", keys: ["a"] }"#);
        let refused = RootKeys::parse(&format!("version = 1\n{ONE}\na = {ONE}x\n")).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("AAECAwQF"), "{refused}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "(version = 1\n)?(.|\n){0,200}") {
            let read = RootKeys::parse(&text);
            prop_assert!(read.is_err() || read.is_ok_and(|keys| keys.ids().count() > 0));
        }
    }
}
