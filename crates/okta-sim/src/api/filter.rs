//! The expressions of `filter` and `search`: comparisons joined by `and` and `or`, with brackets,
//! as in SCIM (RFC 7644, section 3.4.2.2).

use jiff::Timestamp;

use crate::org::{ApiError, ApiResult};

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare { attribute: String, operator: Operator, value: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Sw,
    Ew,
    Co,
    Gt,
    Ge,
    Lt,
    Le,
    Pr,
}

/// How text is compared: values of `search` ignore case, those of `filter` do not (Users API).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Matters,
    Ignored,
}

impl Expression {
    /// Reads an expression; E0000031 says what was not understood.
    pub(super) fn parse(text: &str) -> ApiResult<Self> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0 };
        let expression = parser.any_of()?;
        match parser.take() {
            None => Ok(expression),
            Some(token) => Err(unexpected(&token)),
        }
    }

    /// Every attribute that the expression names.
    pub(super) fn attributes(&self) -> Vec<&str> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                [left.attributes(), right.attributes()].concat()
            }
            Self::Compare { attribute, .. } => vec![attribute],
        }
    }

    /// Whether a thing with these attributes fits.
    pub(super) fn fits(&self, case: Case, look_up: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::And(left, right) => left.fits(case, look_up) && right.fits(case, look_up),
            Self::Or(left, right) => left.fits(case, look_up) || right.fits(case, look_up),
            Self::Compare { attribute, operator, value } => {
                compare(look_up(attribute), *operator, value, case)
            }
        }
    }
}

impl Expression {
    /// As `fits`, for things of which an attribute may have several values: one is enough.
    pub(super) fn fits_any(&self, case: Case, look_up: &dyn Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::And(left, right) => left.fits_any(case, look_up) && right.fits_any(case, look_up),
            Self::Or(left, right) => left.fits_any(case, look_up) || right.fits_any(case, look_up),
            Self::Compare { attribute, operator, value } => {
                let mut found = look_up(attribute).into_iter();
                found.any(|found| compare(Some(found), *operator, value, case))
            }
        }
    }
}

fn compare(found: Option<String>, operator: Operator, value: &str, case: Case) -> bool {
    use std::cmp::Ordering::{Greater, Less};
    let Some(found) = found else { return operator == Operator::Ne };
    let fold = |text: &str| match case {
        Case::Matters => text.to_owned(),
        Case::Ignored => text.to_lowercase(),
    };
    let (left, right) = (fold(&found), fold(value));
    let order = match (found.parse::<Timestamp>(), value.parse::<Timestamp>()) {
        (Ok(found), Ok(value)) => found.cmp(&value),
        _ => left.cmp(&right),
    };
    match operator {
        Operator::Pr => true,
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Sw => left.starts_with(&right),
        Operator::Ew => left.ends_with(&right),
        Operator::Co => left.contains(&right),
        Operator::Gt => order == Greater,
        Operator::Ge => order != Less,
        Operator::Lt => order == Less,
        Operator::Le => order != Greater,
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

fn tokens(text: &str) -> ApiResult<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => {
                found.push(Token::Open);
                1
            }
            ')' => {
                found.push(Token::Close);
                1
            }
            '"' => {
                let (value, length) = quoted(rest)?;
                found.push(Token::Text(value));
                length
            }
            _ => {
                let end = rest.find([' ', '(', ')']).unwrap_or(rest.len());
                found.push(Token::Word(rest[..end].to_owned()));
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn quoted(text: &str) -> ApiResult<(String, usize)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, at + 1)),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            plain => value.push(plain),
        }
    }
    Err(ApiError::invalid_search("The search criteria has a quote that is not closed"))
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let here = self.tokens.get(self.next);
        let is_it = matches!(here, Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.next += usize::from(is_it);
        is_it
    }

    fn any_of(&mut self) -> ApiResult<Expression> {
        let mut left = self.all_of()?;
        while self.take_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.all_of()?));
        }
        Ok(left)
    }

    fn all_of(&mut self) -> ApiResult<Expression> {
        let mut left = self.one()?;
        while self.take_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> ApiResult<Expression> {
        match self.take() {
            Some(Token::Open) => {
                let inner = self.any_of()?;
                match self.take() {
                    Some(Token::Close) => Ok(inner),
                    other => Err(unexpected_end_or(other.as_ref())),
                }
            }
            Some(Token::Word(attribute)) => self.comparison(attribute),
            other => Err(unexpected_end_or(other.as_ref())),
        }
    }

    fn comparison(&mut self, attribute: String) -> ApiResult<Expression> {
        let operator = match self.take() {
            Some(Token::Word(word)) => operator(&word)?,
            other => return Err(unexpected_end_or(other.as_ref())),
        };
        let value = match operator {
            Operator::Pr => String::new(),
            _ => match self.take() {
                Some(Token::Text(value) | Token::Word(value)) => value,
                other => return Err(unexpected_end_or(other.as_ref())),
            },
        };
        Ok(Expression::Compare { attribute, operator, value })
    }
}

fn operator(word: &str) -> ApiResult<Operator> {
    Ok(match word.to_ascii_lowercase().as_str() {
        "eq" => Operator::Eq,
        "ne" => Operator::Ne,
        "sw" => Operator::Sw,
        "ew" => Operator::Ew,
        "co" => Operator::Co,
        "gt" => Operator::Gt,
        "ge" => Operator::Ge,
        "lt" => Operator::Lt,
        "le" => Operator::Le,
        "pr" => Operator::Pr,
        _ => return Err(ApiError::invalid_search(format!("Unrecognized operator '{word}'"))),
    })
}

fn unexpected(token: &Token) -> ApiError {
    ApiError::invalid_search(format!("The search criteria has an unexpected part: {token:?}"))
}

fn unexpected_end_or(token: Option<&Token>) -> ApiError {
    token.map_or_else(|| ApiError::invalid_search("The search criteria ends too early"), unexpected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(text: &str, case: Case) -> bool {
        let look_up = |name: &str| match name {
            "profile.lastName" => Some("Smith".to_owned()),
            "created" => Some("2026-01-01T00:00:00.000Z".to_owned()),
            _ => None,
        };
        Expression::parse(text).unwrap().fits(case, &look_up)
    }

    #[test]
    fn and_binds_stronger_than_or() {
        let text = r#"profile.lastName eq "Smith" or profile.lastName eq "A" and created pr"#;
        assert!(fits(text, Case::Matters));
        let text = r#"(profile.lastName eq "Smith" or created pr) and missing pr"#;
        assert!(!fits(text, Case::Matters));
    }

    #[test]
    fn values_of_search_ignore_case() {
        assert!(fits(r#"profile.lastName sw "SM""#, Case::Ignored));
        assert!(!fits(r#"profile.lastName sw "SM""#, Case::Matters));
    }

    #[test]
    fn instants_compare_as_instants() {
        assert!(fits(r#"created gt "2025-12-31T23:59:59Z""#, Case::Matters));
        assert!(!fits(r#"created lt "2026-01-01T00:00:00+00:00""#, Case::Matters));
    }

    #[test]
    fn nonsense_is_refused_with_e0000031() {
        for text in ["", "status", "status eq", "status is \"A\"", "(status eq \"A\"", "a eq \"b"] {
            assert_eq!(Expression::parse(text).unwrap_err().code, "E0000031", "{text}");
        }
    }
}
