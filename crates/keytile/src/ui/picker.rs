//! A picker: the search that finds people, teams or accounts as one types, and the choices that it found. The choices
//! are radio buttons of the form around them, so the keyboard and a browser without script can use them too.

use askama::Template;

use super::Choice;

/// How many choices are offered at once; typing a part of the name finds the others.
pub const OFFERED: usize = 20;

/// What was found.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "ui/choices.html")]
pub struct Choices {
    /// What the form calls the choice.
    pub field: &'static str,
    /// What was searched.
    pub search: String,
    /// What had been chosen before.
    pub chosen: String,
    /// The choices under their titles.
    pub groups: Vec<(&'static str, Vec<Choice>)>,
    /// There are more of them.
    pub more: bool,
}

/// A picker's search, as `app.js` and the plain form send it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Sought {
    /// A part of the name.
    pub q: String,
}

impl Choices {
    fn is_empty(&self) -> bool {
        self.groups.iter().all(|(_, choices)| choices.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(found: usize, more: bool) -> String {
        let choice = |n| Choice { value: format!("mem_{n}"), label: format!("Ada <{n}>") };
        let choices = Choices {
            field: "with",
            search: "<ada>".into(),
            chosen: "mem_1".into(),
            groups: vec![("People", (0..found).map(choice).collect())],
            more,
        };
        choices.render().unwrap()
    }

    #[test]
    fn choices_are_text_and_say_when_there_are_more() {
        let text = sample(2, true);
        assert!(text.contains("Ada &#60;0&#62;") && text.contains("There are more"));
        assert_eq!(text.matches(" checked").count(), 1, "what had been chosen stays so");
        assert!(sample(0, false).contains("“&#60;ada&#62;”"), "what was searched in vain");
    }

    #[test]
    fn an_address_stands_apart_from_the_name_and_other_parentheses_do_not() {
        let choice = |label: &str| Choice { value: String::new(), label: label.into() };
        let ada = choice("Ada (Ops) (ada@example.com)");
        assert_eq!(ada.words(), ("Ada (Ops)", "ada@example.com"));
        assert_eq!(choice("Ads (EU)").words(), ("Ads (EU)", ""));
    }
}
