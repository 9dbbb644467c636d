//! The REST API under `/api/v1`: everything as JSON, with the rights of the person whose key is used. Each slice's
//! `api.rs` holds its handlers; this file holds what they share and the one table of routes.

mod describe;
mod docs;
mod extract;
mod failure;
mod page;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::{accounts, collections, members, rotations, sharing, sync, teams};

pub use extract::{Body, Caller, Path, Query};
pub use failure::{Failure, Problem};
pub use page::{Page, Turn, decode_cursor, encode_cursor, not_a_next};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keytile API",
        description = "Accounts, who may use them, and their tiles in Okta. Authenticate with `Authorization: Bearer ktk_…`; \
                       a key acts with its person's own rights. Ids are opaque texts such as `acc_01j…`; instants are \
                       RFC 3339 in UTC. Lists are read page by page: pass `next` as `after`. \
                       A method that a path does not have is answered with 405 and the methods that it has in `Allow`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    security(("api_key" = [])),
    components(schemas(Problem)),
    modifiers(&ApiKeyScheme)
)]
struct Document;

struct ApiKeyScheme;

impl utoipa::Modify for ApiKeyScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "api_key",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
    }
}

/// Every route of the API, and the document that describes them.
fn table() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(members::api::read_me))
        .routes(routes!(accounts::api::list, accounts::api::create))
        .routes(routes!(accounts::api::read, accounts::api::update, accounts::api::delete))
        .routes(routes!(accounts::deleted::api::list_deleted))
        .routes(routes!(accounts::deleted::api::restore))
        .routes(routes!(accounts::api::reveal))
        .routes(routes!(accounts::api::read_recipe, accounts::api::set_recipe))
        .routes(routes!(sharing::api::list_people))
        .routes(routes!(sync::api::read, sync::api::extend, sync::api::remove))
        .routes(routes!(sync::api::sync))
        .routes(routes!(sync::api::resume))
        .routes(routes!(sync::api::read_audience))
        .routes(routes!(sync::preview::api::read_plan))
        .routes(routes!(sync::timeline::api::read_timeline))
        .routes(routes!(sync::jobs::api::list, sync::jobs::api::create))
        .routes(routes!(sync::jobs::api::read, sync::jobs::api::discard))
        .routes(routes!(sync::jobs::api::start))
        .routes(routes!(sync::jobs::api::retry))
        .routes(routes!(sync::jobs::api::list_accounts))
        .routes(routes!(sync::audit::api::read))
        .routes(routes!(sync::audit::api::check))
        .routes(routes!(sync::audit::api::list_drift))
        .routes(routes!(sync::audit::api::restore_tile))
        .routes(routes!(sync::audit::api::stop_tile))
        .routes(routes!(sync::audit::api::remove_stray))
        .routes(routes!(sync::audit::api::keep_stray))
        .routes(routes!(sync::safety::api::list_stops))
        .routes(routes!(sync::safety::api::read_stop))
        .routes(routes!(sync::safety::api::approve_stop))
        .routes(routes!(sync::safety::api::dismiss_stop))
        .routes(routes!(sync::requests::api::list_requests))
        .routes(routes!(sync::requests::api::approve_request))
        .routes(routes!(sync::requests::api::decline_request))
        .routes(routes!(
            sync::requests::api::read_request_rules,
            sync::requests::api::set_request_rules
        ))
        .routes(routes!(sync::queue::api::read_queue))
        .routes(routes!(sync::queue::api::list_queue_waiting))
        .routes(routes!(sync::queue::api::list_queue_trouble))
        .routes(routes!(members::api::list))
        .routes(routes!(members::api::read, members::api::update, members::api::remove))
        .routes(routes!(members::api::suspend))
        .routes(routes!(members::api::resume))
        .routes(routes!(members::api::approve_passkeys, members::api::withdraw_passkeys))
        .routes(routes!(members::api::end_sessions))
        .routes(routes!(rotations::api::list))
        .routes(routes!(rotations::api::mark_rotated))
        .routes(routes!(rotations::api::mark_sessions_ended))
        .routes(routes!(teams::api::list, teams::api::create))
        .routes(routes!(teams::api::read, teams::api::rename, teams::api::delete))
        .routes(routes!(teams::api::list_members))
        .routes(routes!(teams::api::add_member, teams::api::remove_member))
        .routes(routes!(collections::api::list, collections::api::create))
        .routes(routes!(collections::api::read, collections::api::update, collections::api::delete))
        .routes(routes!(collections::api::add_account, collections::api::remove_account))
        .routes(routes!(sharing::api::list, sharing::api::create))
        .routes(routes!(sharing::api::read, sharing::api::update, sharing::api::delete))
}

/// The API, its OpenAPI document at `/api/v1/openapi.json`, and the same as a page at `/api/docs`.
pub fn router() -> Router<App> {
    let (router, _) = table().split_for_parts();
    router
        .layer(DefaultBodyLimit::max(256 * 1024))
        .route("/api/v1/openapi.json", get(docs::json))
        .route("/api/docs", get(docs::show))
}

/// The methods of a route of the API, as `Allow` names them. What stands beside the table can only be read.
pub fn methods(route: &str) -> &'static str {
    static METHODS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        let paths = document().paths.paths.into_iter();
        paths.map(|(path, item)| (path, describe::methods(&item))).collect()
    });
    METHODS.get(route).map_or("GET, HEAD", String::as_str)
}

/// The OpenAPI document: for tests, and for `keytile` itself.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) = table().split_for_parts();
    describe::complete(&mut document);
    document
}
