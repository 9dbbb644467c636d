//! The discovery documents: RFC 7643 sections 5 to 7.

use scim::Limits;
use serde_json::Value;

const BASE: &str = "https://keytile.example/scim/v2";

#[test]
fn each_document_says_where_it_is() {
    let limits = Limits { results: 200, etag: true, bulk: None, cursor_timeout: 600 };
    let config = scim::service_provider_config(BASE, limits);
    let mut documents = scim::schemas(BASE);
    documents.extend(scim::resource_types(BASE));
    documents.push(config.clone());
    for document in &documents {
        let location = document["meta"]["location"].as_str().unwrap();
        assert!(location.starts_with(BASE), "{location}");
        if let Some(id) = document["id"].as_str() {
            assert!(location.ends_with(id), "{location}");
        }
    }
    assert_eq!(config["bulk"]["supported"], false);
    assert_eq!(config["filter"]["maxResults"], 200);
}

#[test]
fn each_schema_of_a_resource_type_has_its_document() {
    let ids: Vec<Value> = scim::schemas(BASE).iter().map(|schema| schema["id"].clone()).collect();
    for resource_type in scim::resource_types(BASE) {
        assert!(ids.contains(&resource_type["schema"]));
        for extension in resource_type["schemaExtensions"].as_array().unwrap() {
            assert!(ids.contains(&extension["schema"]));
        }
    }
}

#[test]
fn each_attribute_has_all_characteristics_of_rfc_7643_section_7() {
    for schema in scim::schemas(BASE) {
        for attribute in schema["attributes"].as_array().unwrap() {
            for name in [
                "name",
                "type",
                "multiValued",
                "description",
                "required",
                "caseExact",
                "mutability",
                "returned",
                "uniqueness",
            ] {
                assert!(attribute.get(name).is_some(), "{attribute} lacks {name}");
            }
            let is_complex = attribute["type"] == "complex";
            assert_eq!(attribute.get("subAttributes").is_some(), is_complex, "{attribute}");
            let is_reference = attribute["type"] == "reference";
            assert_eq!(attribute.get("referenceTypes").is_some(), is_reference, "{attribute}");
        }
    }
}

#[test]
fn no_password_is_advertised() {
    assert!(!scim::schemas(BASE).iter().any(|schema| schema.to_string().contains("password\"")));
}
