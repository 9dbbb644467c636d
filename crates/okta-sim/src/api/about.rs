//! What the org says about itself.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::Sim;
use crate::org::okta_time;

/// Public: proves that the host is an Okta org, and of which engine.
pub(super) async fn well_known(State(sim): State<Sim>) -> Json<Value> {
    let org = sim.org();
    Json(json!({
        "id": org.id,
        "cell": "sim",
        "_links": { "organization": { "href": org.base_url } },
        "pipeline": org.settings.pipeline,
        "settings": {
            "analyticsCollectionEnabled": false,
            "bugReportingEnabled": true,
            "omEnabled": false,
            "pssoEnabled": false,
            "desktopMFAEnabled": false,
            "itpEnabled": false,
        },
    }))
}

/// `/api/v1/org`
pub(super) async fn org(State(sim): State<Sim>) -> Json<Value> {
    let org = sim.org();
    let subdomain: String = org
        .company_name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let below = |path: &str| json!({ "href": format!("{}/api/v1/org/{path}", org.base_url) });
    Json(json!({
        "id": org.id,
        "subdomain": subdomain,
        "companyName": org.company_name,
        "status": "ACTIVE",
        "expiresAt": null,
        "created": okta_time(org.created),
        "lastUpdated": okta_time(org.created),
        "website": null,
        "phoneNumber": "",
        "endUserSupportHelpURL": "",
        "supportPhoneNumber": "",
        "address1": null,
        "address2": null,
        "city": null,
        "state": null,
        "country": null,
        "postalCode": null,
        "_links": { "preferences": below("preferences"), "contacts": below("contacts") },
    }))
}
