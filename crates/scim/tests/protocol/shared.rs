//! What Microsoft's own collection sends is understood. The collection is not part of this
//! repository: it is read where it is, and passed over where it is not.

use std::path::PathBuf;

use scim::{Filter, PatchOp};
use serde_json::Value;

fn collection() -> Option<Value> {
    let shared = std::env::var_os("KEYTILE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = shared.join("scim/MS-SCIMReferenceCode-PostmanCollection.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not here", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("the collection is JSON"))
}

fn requests<'a>(item: &'a Value, into: &mut Vec<&'a Value>) {
    into.extend(item.get("request"));
    item.get("item").and_then(Value::as_array).into_iter().flatten().for_each(|item| {
        requests(item, into);
    });
}

#[test]
fn each_filter_and_patch_of_microsofts_collection_is_read() {
    let Some(collection) = collection() else { return };
    let mut all = Vec::new();
    requests(&collection, &mut all);
    let mut patches = 0;
    let mut filters = 0;
    for request in all {
        if request["method"] == "PATCH" {
            let body: Value =
                serde_json::from_str(request["body"]["raw"].as_str().unwrap()).unwrap();
            PatchOp::parse(&body).unwrap();
            patches += 1;
        }
        let url = request["url"]["raw"].as_str().unwrap_or_default();
        if let Some((_, filter)) = url.split_once("filter=") {
            let filter = filter.replace('+', " ").replace("%22", "\"");
            Filter::parse(&filter).unwrap_or_else(|refused| panic!("{filter}: {refused}"));
            filters += 1;
        }
    }
    assert!(patches >= 8 && filters >= 4, "{patches} patches, {filters} filters");
}
