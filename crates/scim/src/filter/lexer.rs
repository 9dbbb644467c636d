//! Words, strings and brackets of a filter. What they mean is left to the parser.

use crate::{Error, ScimType};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    /// A quoted string, its escapes resolved.
    Text(String),
    /// Anything else up to a space, a quote or a bracket: a path, an operator, a bare literal.
    Word(String),
}

/// Splits a filter into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '[' | ']' => 1,
            '"' => string_length(rest)?,
            _ => rest.find(ends_a_word).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(match first {
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::OpenBracket,
            ']' => Token::CloseBracket,
            '"' => Token::Text(unquote(token)?),
            _ => Token::Word(token.to_owned()),
        });
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn ends_a_word(character: char) -> bool {
    character.is_whitespace() || matches!(character, '(' | ')' | '[' | ']' | '"')
}

/// The length of the string that `rest` starts with, both quotes included.
fn string_length(rest: &str) -> Result<usize, Error> {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Ok(at + 1),
            _ => {}
        }
    }
    Err(Error::new(ScimType::InvalidFilter, "a string is not closed: add the missing quote"))
}

/// A filter's strings are JSON strings (RFC 7644 section 3.4.2.2).
fn unquote(token: &str) -> Result<String, Error> {
    serde_json::from_str(token).map_err(|_| {
        let detail = format!("{token} is not a JSON string: check what follows each backslash");
        Error::new(ScimType::InvalidFilter, detail)
    })
}
