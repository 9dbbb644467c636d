//! Recipes: how the pages of an account are filled in, as data and never as code.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::devices::refused::Refused;

const STEPS: usize = 20;
const TEXT: usize = 500;
const PARTS: usize = 10;
/// So many stars in the glob of a path: what it costs to match grows with each.
const STARS: usize = 5;
/// The longest wait of one step.
const WAIT_MS: u32 = 10_000;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    version: u32,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<OneOrMany>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submit: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    wait_ms: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands in a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A recipe that somebody sent, in the form in which it is kept; `None` for none. Whether its selectors find anything is
/// seen on the page.
pub fn check(sent: &Value) -> Result<Option<Value>, Refused> {
    if sent.is_null() {
        return Ok(None);
    }
    let refuse = |text: &str| Refused::Malformed(text.to_owned());
    let recipe = Recipe::deserialize(sent)
        .map_err(|error| Refused::Malformed(format!("A recipe: {error}.")))?;
    if recipe.version != 1 {
        return Err(refuse("A recipe is of version 1."));
    }
    if recipe.steps.len() > STEPS {
        return Err(refuse("A recipe has at most 20 steps."));
    }
    for step in &recipe.steps {
        let codes: &[String] = match &step.code {
            None => &[],
            Some(OneOrMany::One(one)) => std::slice::from_ref(one),
            Some(OneOrMany::Many(many)) => many,
        };
        let named = [&step.url, &step.username, &step.password, &step.submit];
        let mut texts = named.into_iter().flatten().chain(codes);
        if codes.len() > PARTS || texts.any(|text| text.is_empty() || text.len() > TEXT) {
            return Err(refuse("A selector has 1 to 500 characters, and a code at most 10 boxes."));
        }
        if step.url.as_ref().is_some_and(|glob| glob.matches('*').count() > STARS) {
            return Err(refuse("The glob of a path has at most 5 stars."));
        }
        if step.wait_ms > WAIT_MS {
            return Err(refuse("A step waits at most 10 seconds."));
        }
    }
    let kept =
        serde_json::to_value(recipe).map_err(|error| Refused::Malformed(error.to_string()))?;
    Ok(Some(kept))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_recipe_is_data_within_bounds() {
        let step = json!({ "url": "/login*", "username": "#user", "code": ["#a", "#b"], "submit": "button" });
        let kept = check(&json!({ "version": 1, "steps": [step] })).unwrap().unwrap();
        assert_eq!(kept, json!({ "version": 1, "steps": [step] }));
        assert!(check(&Value::Null).unwrap().is_none());
        let stars = |url: &str| check(&json!({ "version": 1, "steps": [{ "url": url }] }));
        assert!(stars("/*a*a*a*a*").is_ok() && stars("/*a*a*a*a*a*").is_err());
        for wrong in [
            json!("alert(1)"),
            json!({ "version": 2, "steps": [] }),
            json!({ "version": 1, "steps": [{ "script": "alert(1)" }] }),
            json!({ "version": 1, "steps": [{ "username": "" }] }),
            json!({ "version": 1, "steps": [{ "username": "x".repeat(501) }] }),
            json!({ "version": 1, "steps": [{ "wait_ms": 10_001 }] }),
            json!({ "version": 1, "steps": [{ "code": vec!["x"; 11] }] }),
            json!({ "version": 1, "steps": vec![json!({}); 21] }),
        ] {
            assert!(matches!(check(&wrong), Err(Refused::Malformed(_))), "{wrong}");
        }
    }
}
