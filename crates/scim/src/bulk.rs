//! Many requests in one: RFC 7644 section 3.7. Carrying them out is the server's; what they say, in
//! which order they can be carried out, and how the answer reads is here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::body::expect_schema;
use crate::value::get;
use crate::{Error, ScimType, urn};

const REFERENCE: &str = "bulkId:";

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkRequest {
    /// After so many failures the rest is left undone; `None` goes on to the end.
    pub fail_on_errors: Option<u64>,
    /// What to do.
    pub operations: Vec<BulkOperation>,
}

/// One request of many.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    /// What to do with the resource.
    pub method: BulkMethod,
    /// The endpoint, as it was sent: `/Users`, `/Groups/<id>`, `/Users/bulkId:<name>`.
    pub path: String,
    /// The client's name for what a POST makes.
    pub bulk_id: Option<String>,
    /// Only where the resource is still of this version.
    pub version: Option<String>,
    /// The body.
    pub data: Value,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkMethod {
    /// Makes a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Deletes one.
    Delete,
}

/// What became of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOutcome {
    /// Where the resource is, but for a POST that failed.
    pub location: Option<String>,
    /// Its version now.
    pub version: Option<String>,
    /// 200, 201, 204, or why it was refused.
    pub status: Result<u16, Error>,
}

impl BulkRequest {
    /// Reads the body of a POST to `/Bulk`.
    ///
    /// # Errors
    /// 413 for more than `most` operations, `invalidSyntax` or `invalidValue` for what is no bulk
    /// request: nothing is carried out then. One bad operation is its own failure and not here.
    pub fn parse(body: &Value, most: u64) -> Result<Self, Error> {
        expect_schema(body, urn::BULK_REQUEST)?;
        let Value::Object(body) = body else {
            return Err(Error::new(ScimType::InvalidSyntax, "the body must be a JSON object"));
        };
        let Some(Value::Array(sent)) = get(body, "Operations") else {
            let detail = "the bulk request has no list named Operations";
            return Err(Error::new(ScimType::InvalidSyntax, detail));
        };
        if sent.len() as u64 > most {
            let detail = format!(
                "{} operations were sent, and at most {most} can be at once. Nothing was changed; split the request.",
                sent.len()
            );
            return Err(Error::plain(413, detail));
        }
        let fail_on_errors = match get(body, "failOnErrors") {
            None | Some(Value::Null) => None,
            // The first failure is the first that could be one too many.
            Some(value) => Some(value.as_u64().map(|most| most.max(1)).ok_or_else(|| {
                Error::new(ScimType::InvalidValue, "failOnErrors must be a whole number")
            })?),
        };
        let operations: Vec<_> = sent.iter().map(BulkOperation::parse).collect::<Result<_, _>>()?;
        let mut names = BTreeSet::new();
        for name in operations.iter().filter_map(|operation| operation.bulk_id.as_deref()) {
            if !names.insert(name) {
                let detail = format!("two operations have the bulkId {name:?}: give each its own");
                return Err(Error::new(ScimType::InvalidValue, detail));
            }
        }
        Ok(Self { fail_on_errors, operations })
    }
}

impl BulkOperation {
    fn parse(sent: &Value) -> Result<Self, Error> {
        let syntax = |detail: &str| Error::new(ScimType::InvalidSyntax, detail);
        let Value::Object(sent) = sent else {
            return Err(syntax("each operation must be an object"));
        };
        let text = |name| get(sent, name).and_then(Value::as_str).map(str::to_owned);
        let method = text("method").unwrap_or_default();
        let method = match method.to_ascii_uppercase().as_str() {
            "POST" => BulkMethod::Post,
            "PUT" => BulkMethod::Put,
            "PATCH" => BulkMethod::Patch,
            "DELETE" => BulkMethod::Delete,
            _ => {
                let detail = format!("method is {method:?}: use POST, PUT, PATCH or DELETE");
                return Err(syntax(&detail));
            }
        };
        Ok(Self {
            method,
            path: text("path").ok_or_else(|| syntax("each operation needs a path"))?,
            bulk_id: text("bulkId").filter(|name| !name.is_empty()),
            version: text("version").filter(|version| !version.is_empty()),
            data: get(sent, "data").cloned().unwrap_or(Value::Null),
        })
    }

    /// The names of resources, made by other operations, that this one needs to know.
    pub fn references(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if let Some((_, name)) = self.path.rsplit_once(REFERENCE) {
            found.insert(name.to_owned());
        }
        collect(&self.data, &mut found);
        found
    }

    /// The same operation with the ids in place of the names. What `ids` does not have stays.
    #[must_use]
    pub fn resolved(&self, ids: &BTreeMap<String, String>) -> Self {
        let mut operation = self.clone();
        if let Some((before, name)) = self.path.rsplit_once(REFERENCE)
            && let Some(id) = ids.get(name)
        {
            operation.path = format!("{before}{id}");
        }
        resolve(&mut operation.data, ids);
        operation
    }

    /// The same operation without what needs these names: the first half of making resources that
    /// refer to one another in a circle. The second is to send the rest once all of them are made.
    #[must_use]
    pub fn without(&self, names: &BTreeSet<String>) -> Self {
        let mut operation = self.clone();
        leave_out(&mut operation.data, names);
        operation
    }
}

impl BulkMethod {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The answer to a bulk request: what became of each operation that was carried out.
pub fn bulk_response(done: &[(BulkOperation, BulkOutcome)]) -> Value {
    let operations: Vec<_> =
        done.iter().map(|(operation, outcome)| outcome.to_json(operation)).collect();
    json!({ "schemas": [urn::BULK_RESPONSE], "Operations": operations })
}

impl BulkOutcome {
    fn to_json(&self, operation: &BulkOperation) -> Value {
        let mut map = Map::new();
        map.insert("method".into(), operation.method.as_str().into());
        let texts = [
            ("bulkId", &operation.bulk_id),
            ("location", &self.location),
            ("version", &self.version),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                map.insert(name.into(), text.as_str().into());
            }
        }
        let status = self.status.as_ref().map_or_else(|refused| refused.status, |status| *status);
        map.insert("status".into(), status.to_string().into());
        if let Err(refused) = &self.status {
            map.insert("response".into(), refused.to_json());
        }
        Value::Object(map)
    }
}

fn name_in(value: &Value) -> Option<&str> {
    value.as_str().and_then(|text| text.strip_prefix(REFERENCE))
}

/// Deep as the values are; serde_json has limited that when it read them.
fn collect(value: &Value, into: &mut BTreeSet<String>) {
    if let Some(name) = name_in(value) {
        into.insert(name.to_owned());
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
        Value::Object(map) => map.values().for_each(|value| collect(value, into)),
        _ => {}
    }
}

fn resolve(value: &mut Value, ids: &BTreeMap<String, String>) {
    if let Some(id) = name_in(value).and_then(|name| ids.get(name)) {
        *value = id.as_str().into();
        return;
    }
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| resolve(value, ids)),
        Value::Object(map) => map.values_mut().for_each(|value| resolve(value, ids)),
        _ => {}
    }
}

fn leave_out(value: &mut Value, names: &BTreeSet<String>) {
    let needs = |value: &Value| {
        let direct = |value: &Value| name_in(value).is_some_and(|name| names.contains(name));
        match value {
            Value::Object(map) => get(map, "value").is_some_and(direct),
            value => direct(value),
        }
    };
    match value {
        Value::Array(values) => {
            values.retain(|value| !needs(value));
            for value in values {
                leave_out(value, names);
            }
        }
        Value::Object(map) => {
            map.retain(|_, value| !needs(value));
            for value in map.values_mut() {
                leave_out(value, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(sent: Value) -> Vec<BulkOperation> {
        BulkRequest::parse(&json!({ "operations": sent }), 10).unwrap().operations
    }

    #[test]
    fn names_are_found_in_paths_and_bodies_and_ids_put_in_their_place() {
        let data =
            json!({"displayName": "Tour", "members": [{"value": "bulkId:a"}, {"value": "u9"}]});
        let [group, patch] = &operations(json!([
            {"method": "post", "path": "/Groups", "bulkId": "g", "data": data},
            {"method": "PATCH", "path": "/Users/bulkId:a", "data": {}},
        ]))[..] else {
            panic!("two operations")
        };
        assert_eq!(group.references(), BTreeSet::from(["a".to_owned()]));
        assert_eq!(patch.references(), group.references());
        let ids = BTreeMap::from([("a".to_owned(), "u1".to_owned())]);
        assert_eq!(group.resolved(&ids).data["members"], json!([{"value": "u1"}, {"value": "u9"}]));
        assert_eq!(patch.resolved(&ids).path, "/Users/u1");
        let halved = group.without(&group.references()).data;
        assert_eq!(halved, json!({"displayName": "Tour", "members": [{"value": "u9"}]}));
    }

    #[test]
    fn what_is_no_bulk_request_is_refused_whole() {
        let post = json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {}});
        let refused = |sent: Value| BulkRequest::parse(&sent, 2).unwrap_err();
        assert_eq!(refused(json!({"Operations": [post, post, post]})).status, 413);
        let bad = [
            json!([]),
            json!({}),
            json!({"Operations": [1]}),
            json!({"Operations": [{"method": "GET", "path": "/Users"}]}),
            json!({"Operations": [{"method": "POST"}]}),
            json!({"Operations": [post, post]}),
            json!({"Operations": [], "failOnErrors": "two"}),
        ];
        for sent in bad {
            assert_eq!(refused(sent.clone()).status, 400, "{sent}");
        }
    }

    #[test]
    fn an_answer_tells_what_became_of_each() {
        let [operation] =
            &operations(json!([{"method": "POST", "path": "/Users", "bulkId": "a"}]))[..]
        else {
            panic!("one operation")
        };
        let refused = BulkOutcome {
            location: None,
            version: None,
            status: Err(Error::new(ScimType::InvalidValue, "a user needs a userName: send one")),
        };
        let made = BulkOutcome {
            location: Some("https://keytile.example/scim/v2/Users/u1".into()),
            version: Some("W/\"1\"".into()),
            status: Ok(201),
        };
        let done = [(operation.clone(), refused), (operation.clone(), made)];
        let answer = bulk_response(&done);
        assert_eq!(answer["Operations"][0]["status"], "400");
        assert_eq!(answer["Operations"][0]["response"]["scimType"], "invalidValue");
        assert_eq!(answer["Operations"][1]["status"], "201");
        assert_eq!(answer["Operations"][1]["bulkId"], "a");
    }
}
