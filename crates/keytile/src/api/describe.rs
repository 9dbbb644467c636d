//! What the document says of all operations alike: their names, and the refusals that come from what they have in common
//! (a key, ids in the path, a query, a body) rather than from what each of them does.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, Type,
};

/// Completes each operation of the document.
pub(super) fn complete(document: &mut OpenApi) {
    for path in document.paths.paths.values_mut() {
        let methods =
            [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch];
        for operation in methods.into_iter().flatten() {
            operation.operation_id = Some(name(operation));
            for status in refusals(operation) {
                let answers = &mut operation.responses.responses;
                answers.entry(status.to_owned()).or_insert_with(|| RefOr::T(refusal(status)));
            }
            for (status, answer) in &mut operation.responses.responses {
                if let RefOr::T(answer) = answer
                    && answer.description.is_empty()
                {
                    meaning(status).clone_into(&mut answer.description);
                }
            }
        }
    }
}

/// The handler's name and what it is about: `list` of accounts is `list_accounts`, `end_sessions` of members is
/// `end_member_sessions`. Programs that are made from the document name their functions by it, so it is unique.
fn name(operation: &Operation) -> String {
    let function = operation.operation_id.as_deref().unwrap_or_default();
    let about = operation.tags.iter().flatten().next().map_or("", String::as_str);
    if function == "list" {
        return format!("list_{about}");
    }
    let one = about.strip_suffix('s').unwrap_or(about);
    match function.split_once('_') {
        Some((verb, what)) => format!("{verb}_{one}_{what}"),
        None => format!("{function}_{one}"),
    }
}

/// The methods that a path has, as `Allow` names them.
pub(super) fn methods(path: &PathItem) -> String {
    let methods = [
        (&path.get, "GET, HEAD"),
        (&path.put, "PUT"),
        (&path.post, "POST"),
        (&path.delete, "DELETE"),
        (&path.patch, "PATCH"),
    ];
    let has = methods.into_iter().filter(|(operation, _)| operation.is_some());
    has.map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

/// The refusals that follow from what an operation takes.
fn refusals(operation: &Operation) -> Vec<&'static str> {
    let parameters = || operation.parameters.iter().flatten();
    let takes_query = parameters().any(|p| p.parameter_in == ParameterIn::Query);
    let takes_body = operation.request_body.is_some();
    let mut refusals = vec!["401", "403", "429", "5XX"];
    if takes_query || takes_body {
        refusals.push("400");
    }
    if parameters().any(|p| p.parameter_in == ParameterIn::Path) {
        refusals.push("404");
    }
    if takes_body {
        refusals.extend(["413", "415"]);
    }
    if takes_body || parameters().any(|p| p.name == "after") {
        refusals.push("422");
    }
    refusals
}

fn refusal(status: &str) -> Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let answer = ResponseBuilder::new().content("application/json", problem);
    if status != "429" {
        return answer.build();
    }
    let seconds = HeaderBuilder::new()
        .schema(ObjectBuilder::new().schema_type(Type::Integer))
        .description(Some("After so many seconds there is room again."));
    answer.header("Retry-After", seconds.build()).build()
}

/// What a status means, the same everywhere.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "Here it is.",
        "201" => "It is made.",
        "202" => "It is begun, and goes on by itself.",
        "204" => "It is done.",
        "400" => "The query or the body cannot be read.",
        "401" => "There is no API key, or one that is not valid (any more).",
        "403" => "You may see it, but not do this.",
        "404" => "It does not exist, or you have no access to it.",
        "409" => "It clashes with what is there, or the feature is turned off.",
        "413" => "The body is larger than 256 KiB.",
        "415" => "The body is not sent as `application/json`.",
        "422" => "A field is missing, unknown, or not acceptable.",
        "429" => "Too many keys that are none came from your network.",
        "5XX" => "Keytile, its database or Okta could not do it. Try again.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    fn operations() -> Vec<Value> {
        let document = serde_json::to_value(crate::api::document()).unwrap();
        let paths = document["paths"].as_object().unwrap().values();
        paths.flat_map(|path| path.as_object().unwrap().values().cloned()).collect()
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let operations = operations();
        let names: BTreeSet<&str> =
            operations.iter().map(|o| o["operationId"].as_str().unwrap()).collect();
        assert_eq!(names.len(), operations.len());
        let told = ["list_accounts", "create_share", "list_team_members", "end_member_sessions"];
        assert!(told.iter().all(|name| names.contains(name)), "{names:?}");
    }

    #[test]
    fn every_answer_says_what_it_means() {
        for operation in operations() {
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert_ne!(answer["description"], "", "{} {status}", operation["operationId"]);
            }
        }
    }
}
