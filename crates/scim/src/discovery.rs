//! The documents that say what a server can do: RFC 7643 sections 5 to 7. `base` is the absolute
//! URL of the SCIM endpoint, without a slash at its end.

use serde_json::{Map, Value, json};

use crate::schema::{self, Attribute, Kind, Mutability, Schema};
use crate::urn;

/// What a server allows in one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest list in an answer.
    pub results: u64,
    /// Whether entity tags are understood.
    pub etag: bool,
    /// Most operations and most bytes of a bulk request, `None` where bulk is not supported.
    pub bulk: Option<(u64, u64)>,
    /// For how many seconds a cursor can be used.
    pub cursor_timeout: u64,
}

/// The service provider's configuration.
pub fn service_provider_config(base: &str, limits: Limits) -> Value {
    let (operations, payload) = limits.bulk.unwrap_or((0, 0));
    json!({
        "schemas": [urn::SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": {
            "supported": limits.bulk.is_some(),
            "maxOperations": operations,
            "maxPayloadSize": payload,
        },
        "filter": { "supported": true, "maxResults": limits.results },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": limits.etag },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.results,
            "maxPageSize": limits.results,
            "cursorTimeout": limits.cursor_timeout,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of this connection in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

/// The resource types, one document each.
pub fn resource_types(base: &str) -> Vec<Value> {
    let document = |name: &str, endpoint: &str, schema: &str, extensions: Value| {
        json!({
            "schemas": [urn::RESOURCE_TYPE],
            "id": name,
            "name": name,
            "description": format!("{name}s of this workspace."),
            "endpoint": endpoint,
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": {
                "resourceType": "ResourceType",
                "location": format!("{base}/ResourceTypes/{name}"),
            },
        })
    };
    let enterprise = json!([{ "schema": urn::ENTERPRISE_USER, "required": false }]);
    vec![
        document("User", "/Users", urn::USER, enterprise),
        document("Group", "/Groups", urn::GROUP, json!([])),
    ]
}

/// The schemas, one document each.
pub fn schemas(base: &str) -> Vec<Value> {
    schema::ALL.iter().map(|schema| schema_document(schema, base)).collect()
}

fn schema_document(schema: &Schema, base: &str) -> Value {
    json!({
        "schemas": [urn::SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes.iter().map(attribute_document).collect::<Vec<_>>(),
        "meta": {
            "resourceType": "Schema",
            "location": format!("{base}/Schemas/{}", schema.id),
        },
    })
}

/// Deep as the schemas are: one level of sub-attributes.
fn attribute_document(attribute: &Attribute) -> Value {
    let mut map = Map::new();
    map.insert("name".into(), attribute.name.into());
    map.insert("type".into(), type_name(attribute.kind).into());
    map.insert("multiValued".into(), attribute.multi_valued.into());
    map.insert("description".into(), attribute.description.into());
    map.insert("required".into(), attribute.required.into());
    map.insert("caseExact".into(), attribute.case_exact.into());
    let mutability = match attribute.mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
    };
    map.insert("mutability".into(), mutability.into());
    let returned = if attribute.always_returned { "always" } else { "default" };
    map.insert("returned".into(), returned.into());
    let uniqueness = if attribute.unique { "server" } else { "none" };
    map.insert("uniqueness".into(), uniqueness.into());
    if !attribute.canonical_values.is_empty() {
        map.insert("canonicalValues".into(), json!(attribute.canonical_values));
    }
    if !attribute.reference_types.is_empty() {
        map.insert("referenceTypes".into(), json!(attribute.reference_types));
    }
    if !attribute.subs.is_empty() {
        let subs = attribute.subs.iter().map(attribute_document).collect();
        map.insert("subAttributes".into(), subs);
    }
    Value::Object(map)
}

const fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Boolean => "boolean",
        Kind::DateTime => "dateTime",
        Kind::Reference => "reference",
        Kind::Binary => "binary",
        Kind::Complex => "complex",
    }
}
