//! The API's reference as a page, from the same document that `/api/v1/openapi.json` serves: works without script and
//! without third parties, in the product's own look.

use std::sync::LazyLock;

use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::http::Failure;

/// The document as it is served.
static JSON: LazyLock<String> = LazyLock::new(|| {
    super::document().to_json().expect("a document made of plain values becomes JSON")
});

static PAGE: LazyLock<Docs> = LazyLock::new(|| {
    Docs::new(&serde_json::from_str(&JSON).expect("what was written as JSON reads as JSON"))
});

/// `docs.html`
#[derive(Template)]
#[template(path = "api/docs.html")]
pub(super) struct Docs {
    title: String,
    about: String,
    sections: Vec<Section>,
    schemas: Vec<Schema>,
}

/// What the API offers about one thing.
struct Section {
    name: String,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    parameters: Vec<Field>,
    takes: Option<Kind>,
    answers: Vec<Answer>,
}

struct Answer {
    status: String,
    gives: Option<Kind>,
}

/// An object that the API takes or gives.
struct Schema {
    name: String,
    about: String,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    kind: Kind,
    is_required: bool,
    about: String,
}

/// The words for a type, and the schema that they lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    words: String,
    schema: Option<String>,
}

pub(super) async fn show() -> Result<Response, Failure> {
    let html = PAGE.render().map_err(|error| Failure::internal(error.to_string()))?;
    Ok(Html(html).into_response())
}

pub(super) async fn json() -> Response {
    ([(CONTENT_TYPE, "application/json")], JSON.as_str()).into_response()
}

impl Docs {
    fn new(document: &Value) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        for (path, methods) in object(&document["paths"]) {
            for (method, operation) in object(methods) {
                let name = text(&operation["tags"][0]);
                let operation = Operation::new(method, path, operation);
                match sections.iter_mut().find(|section| section.name == name) {
                    Some(section) => section.operations.push(operation),
                    None => sections.push(Section { name, operations: vec![operation] }),
                }
            }
        }
        sections.sort_by(|a, b| a.name.cmp(&b.name));
        let schemas = object(&document["components"]["schemas"]).map(Schema::new).collect();
        let info = &document["info"];
        Self { title: text(&info["title"]), about: text(&info["description"]), sections, schemas }
    }
}

impl Operation {
    fn new(method: &str, path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            parameters: parameters
                .map(|parameter| Field {
                    name: text(&parameter["name"]),
                    kind: Kind::of(&parameter["schema"]),
                    is_required: parameter["required"] == true,
                    about: text(&parameter["description"]),
                })
                .collect(),
            takes: body_kind(&operation["requestBody"]),
            answers: object(&operation["responses"])
                .map(|(status, answer)| Answer { status: status.clone(), gives: body_kind(answer) })
                .collect(),
        }
    }
}

impl Schema {
    fn new((name, schema): (&String, &Value)) -> Self {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = object(&schema["properties"]).map(|(name, field)| Field {
            name: name.clone(),
            kind: Kind::of(field),
            is_required: required.contains(&name.as_str()),
            about: text(&field["description"]),
        });
        Self { name: name.clone(), about: text(&schema["description"]), fields: fields.collect() }
    }
}

impl Kind {
    fn of(schema: &Value) -> Self {
        let plain = |words: String| Self { words, schema: None };
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return Self { words: name.to_owned(), schema: Some(name.to_owned()) };
        }
        if let Some(words) = schema["enum"].as_array() {
            return plain(words.iter().map(text).collect::<Vec<_>>().join(" | "));
        }
        match &schema["type"] {
            Value::String(kind) if kind == "array" => {
                let Self { words, schema } = Self::of(&schema["items"]);
                Self { words: format!("list of {words}"), schema }
            }
            Value::String(kind) => plain(schema["format"].as_str().unwrap_or(kind).to_owned()),
            Value::Array(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(text).collect();
                plain(kinds.join(" or "))
            }
            _ => schema["oneOf"]
                .as_array()
                .and_then(|kinds| kinds.iter().map(Self::of).find(|kind| kind.words != "null"))
                .unwrap_or_else(|| plain("any".to_owned())),
        }
    }
}

fn body_kind(body: &Value) -> Option<Kind> {
    object(&body["content"]).next().map(|(_, content)| Kind::of(&content["schema"]))
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_document_is_on_the_page_and_every_type_leads_somewhere() {
        let html = PAGE.render().unwrap();
        let document: Value = serde_json::from_str(&JSON).unwrap();
        for (path, _) in object(&document["paths"]) {
            assert!(html.contains(&path.replace('{', "&#123;")) || html.contains(path), "{path}");
        }
        let links = html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
        for target in links {
            assert!(html.contains(&format!("id=\"{target}\"")), "{target} leads nowhere");
        }
    }

    #[test]
    fn a_type_is_told_in_words() {
        let of = |text| Kind::of(&serde_json::from_str(text).unwrap()).words;
        assert_eq!(of(r##"{"$ref": "#/components/schemas/Account"}"##), "Account");
        assert_eq!(of(r#"{"type": "array", "items": {"type": "string"}}"#), "list of string");
        assert_eq!(of(r#"{"type": ["string", "null"]}"#), "string or null");
        assert_eq!(
            of(r#"{"type": "string", "enum": ["owner", "collaborator"]}"#),
            "owner | collaborator"
        );
    }
}
