//! Okta's OpenAPI description as a judge of requests and answers. Where the file is not at hand
//! it has no objections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::{Answer, shared};

/// Panics with the complaints when a successful exchange is not as described. Of refusals, the
/// answer alone is judged: the request may be wrong on purpose.
#[track_caller]
pub fn check(method: &str, path: &str, request: Option<&Value>, answer: &Answer) {
    static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
    let load = || shared("openapi-slice.yaml").map(|path| Spec::load(&path));
    let Some(spec) = SPEC.get_or_init(load) else { return };
    let complaints = spec.complaints(method, path, request, answer);
    assert!(complaints.is_empty(), "{method} {path} {}: {complaints:#?}", answer.status);
}

struct Spec {
    document: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Spec {
    fn load(path: &std::path::Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut document: Value = serde_yaml_ng::from_str(&text).unwrap();
        let components = document["components"].take();
        document["components"] = json!({
            "schemas": into_draft_4(components["schemas"].clone()),
            "responses": components["responses"].clone(),
        });
        Self { document, validators: Mutex::default() }
    }

    fn complaints(
        &self,
        method: &str,
        path: &str,
        request: Option<&Value>,
        answer: &Answer,
    ) -> Vec<String> {
        let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
        let Some((template, operation)) = self.operation(method, path) else {
            // The description is cut to what the product uses; the rest cannot be judged.
            return Vec::new();
        };
        let mut complaints = Vec::new();
        let status = answer.status.as_u16().to_string();
        if answer.status.is_success() {
            if let Some(body) = request {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                complaints.extend(self.judge(&format!("{method} {template}"), schema, body));
            }
            let Some(described) = operation["responses"].get(&status) else {
                return vec![format!("status {status} is not described")];
            };
            let schema = &self.resolved(described)["content"]["application/json"]["schema"];
            if !answer.body.is_null() {
                let key = format!("{method} {template} {status}");
                complaints.extend(self.judge(&key, schema, &answer.body));
            }
        } else {
            let error = json!({
                "allOf": [{ "$ref": "#/components/schemas/Error" }],
                "required": ["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"],
            });
            complaints.extend(self.judge("error", &error, &answer.body));
        }
        complaints
    }

    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let paths = self.document["paths"].as_object()?;
        let method = method.to_lowercase();
        let fitting = paths.iter().filter(|(template, _)| fits(template, path));
        // The fewest placeholders win, so that `/api-tokens/current` is not taken for an id.
        let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template, item.get(&method)?))
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(pointer) => self.document.pointer(&pointer[1..]).unwrap(),
            None => value,
        }
    }

    fn judge(&self, key: &str, schema: &Value, body: &Value) -> Vec<String> {
        if schema.is_null() {
            return Vec::new();
        }
        let validator = self.validator(key, schema);
        validator
            .iter_errors(body)
            .map(|error| format!("{}: {error} (schema {})", error.instance_path, error.schema_path))
            .collect()
    }

    fn validator(&self, key: &str, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let build = || {
            let mut root = into_draft_4(json!({ "allOf": [schema] }));
            root["components"] = self.document["components"].clone();
            let validator = jsonschema::options().with_draft(Draft::Draft4).build(&root);
            Arc::new(validator.unwrap_or_else(|error| panic!("{key}: {error}")))
        };
        validators.entry(key.to_owned()).or_insert_with(build).clone()
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// OpenAPI 3.0 says `nullable` where JSON Schema lists `null` among the types.
fn into_draft_4(schema: Value) -> Value {
    match schema {
        Value::Array(items) => items.into_iter().map(into_draft_4).collect(),
        Value::Object(mut fields) => {
            let nullable = fields.remove("nullable") == Some(Value::Bool(true));
            for skipped in ["example", "examples", "default"] {
                if fields.get(skipped).is_none_or(|value| value.get("type").is_none()) {
                    fields.remove(skipped);
                }
            }
            let plain: Value = Value::Object(
                fields.into_iter().map(|(name, value)| (name, into_draft_4(value))).collect(),
            );
            if nullable { json!({ "anyOf": [plain, { "type": "null" }] }) } else { plain }
        }
        plain => plain,
    }
}
