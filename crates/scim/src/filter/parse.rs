//! From tokens to a filter, by recursive descent. `not` binds tighter than `and`, and `and` tighter
//! than `or`. Depth is counted on the way down, so hostile nesting cannot exhaust the stack.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::lexer::{Token, tokens};
use super::{DEEPEST, Filter, LONGEST, Literal, Op};
use crate::value::as_bool;
use crate::{AttrPath, Error, ScimType};

pub(super) fn parse(text: &str) -> Result<Filter, Error> {
    if text.len() > LONGEST {
        return Err(refuse(format!("the filter is longer than {LONGEST} bytes: split the search")));
    }
    let tokens = tokens(text)?.into_iter().peekable();
    let mut parser = Parser { tokens, depth: 0, inside_brackets: false };
    let filter = parser.any()?;
    match parser.tokens.next() {
        None => Ok(filter),
        Some(token) => Err(unexpected(Some(&token), "the end of the filter, `and` or `or`")),
    }
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    depth: usize,
    inside_brackets: bool,
}

impl Parser {
    fn any(&mut self) -> Result<Filter, Error> {
        let first = self.all()?;
        let mut filters = vec![first];
        while self.take_word("or") {
            filters.push(self.all()?);
        }
        Ok(one_or(filters, Filter::Or))
    }

    fn all(&mut self) -> Result<Filter, Error> {
        let first = self.term()?;
        let mut filters = vec![first];
        while self.take_word("and") {
            filters.push(self.term()?);
        }
        Ok(one_or(filters, Filter::And))
    }

    fn term(&mut self) -> Result<Filter, Error> {
        match self.tokens.next() {
            Some(Token::Open) => self.nested(&Token::Close),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") => {
                match self.tokens.next() {
                    Some(Token::Open) => Ok(Filter::Not(Box::new(self.nested(&Token::Close)?))),
                    token => Err(unexpected(token.as_ref(), "`(` after `not`")),
                }
            }
            Some(Token::Word(word)) => self.expression(&word),
            token => Err(unexpected(token.as_ref(), "an attribute, `not` or `(`")),
        }
    }

    fn nested(&mut self, close: &Token) -> Result<Filter, Error> {
        if self.depth == DEEPEST {
            return Err(refuse(format!("the filter nests deeper than {DEEPEST}: simplify it")));
        }
        self.depth += 1;
        let filter = self.any()?;
        self.depth -= 1;
        match self.tokens.next() {
            Some(token) if token == *close => Ok(filter),
            token => Err(unexpected(token.as_ref(), "a closing bracket, `and` or `or`")),
        }
    }

    fn expression(&mut self, word: &str) -> Result<Filter, Error> {
        let path = attribute(word)
            .ok_or_else(|| refuse(format!("{word:?} is not the name of an attribute")))?;
        if self.tokens.peek() == Some(&Token::OpenBracket) {
            return self.value_path(path);
        }
        self.comparison(path)
    }

    fn value_path(&mut self, path: AttrPath) -> Result<Filter, Error> {
        if self.inside_brackets || path.sub.is_some() {
            return Err(refuse(format!("brackets cannot follow {path}: they select from a list")));
        }
        self.tokens.next();
        self.inside_brackets = true;
        let mut inner = self.nested(&Token::CloseBracket)?;
        self.inside_brackets = false;

        // Entra puts a condition on the selected value behind the brackets, which RFC 7644 allows
        // in paths only: `emails[type eq "work"].value eq "x"`.
        let sub = match self.tokens.peek() {
            Some(Token::Word(word)) => word.strip_prefix('.').and_then(attribute),
            _ => None,
        };
        if let Some(sub) = sub {
            self.tokens.next();
            let condition = self.comparison(sub)?;
            inner = Filter::And(vec![inner, condition]);
        }
        Ok(Filter::ValuePath(path, Box::new(inner)))
    }

    fn comparison(&mut self, path: AttrPath) -> Result<Filter, Error> {
        let word = match self.tokens.next() {
            Some(Token::Word(word)) => word,
            token => return Err(unexpected(token.as_ref(), "an operator such as `eq`")),
        };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let op = operator(&word).ok_or_else(|| {
            refuse(format!("{word:?} is not an operator: use eq ne co sw ew pr gt ge lt or le"))
        })?;
        let literal = match self.tokens.next() {
            Some(Token::Text(text)) => Literal::Text(text),
            Some(Token::Word(word)) => bare_literal(word),
            token => return Err(unexpected(token.as_ref(), "a value to compare to")),
        };
        Ok(Filter::Compare(path, op, literal_for(op, literal)?))
    }

    fn take_word(&mut self, expected: &str) -> bool {
        let is_expected = |token: &Token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(expected));
        self.tokens.next_if(is_expected).is_some()
    }
}

/// A path to something that has a value, which a whole schema has not.
fn attribute(word: &str) -> Option<AttrPath> {
    AttrPath::parse(word).filter(|path| !path.is_schema())
}

fn one_or(mut filters: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    if filters.len() == 1 { filters.swap_remove(0) } else { many(filters) }
}

fn operator(word: &str) -> Option<Op> {
    let operators = [
        ("eq", Op::Equal),
        ("ne", Op::NotEqual),
        ("co", Op::Contains),
        ("sw", Op::StartsWith),
        ("ew", Op::EndsWith),
        ("gt", Op::Greater),
        ("ge", Op::GreaterOrEqual),
        ("lt", Op::Less),
        ("le", Op::LessOrEqual),
    ];
    operators.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, op)| op)
}

fn bare_literal(word: String) -> Literal {
    if let Some(flag) = as_bool(&word) {
        return Literal::Bool(flag);
    }
    if word.eq_ignore_ascii_case("null") {
        return Literal::Null;
    }
    serde_json::from_str(&word).map_or(Literal::Text(word), Literal::Number)
}

/// Refuses what has no order and no parts (RFC 7644 section 3.4.2.2).
fn literal_for(op: Op, literal: Literal) -> Result<Literal, Error> {
    match (op, &literal) {
        (Op::Equal | Op::NotEqual, _) => Ok(literal),
        (_, Literal::Bool(_) | Literal::Null) => {
            Err(refuse("true, false and null can only be compared with eq and ne"))
        }
        (Op::Contains | Op::StartsWith | Op::EndsWith, Literal::Number(number)) => {
            Ok(Literal::Text(number.to_string()))
        }
        (_, Literal::Text(_) | Literal::Number(_)) => Ok(literal),
    }
}

fn unexpected(token: Option<&Token>, expected: &str) -> Error {
    let found = match token {
        None => "ends".to_owned(),
        Some(Token::Open) => "goes on with `(`".to_owned(),
        Some(Token::Close) => "goes on with `)`".to_owned(),
        Some(Token::OpenBracket) => "goes on with `[`".to_owned(),
        Some(Token::CloseBracket) => "goes on with `]`".to_owned(),
        Some(Token::Text(text) | Token::Word(text)) => format!("goes on with {text:?}"),
    };
    refuse(format!("the filter {found} where it needs {expected}"))
}

fn refuse(detail: impl Into<String>) -> Error {
    Error::new(ScimType::InvalidFilter, detail)
}
