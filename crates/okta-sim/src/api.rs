//! Okta's management API: every route in one table, behind one gate (`gate`) that knows tokens,
//! rate limits and faults. Handlers only translate between HTTP and `org`.

mod about;
mod app_body;
mod app_groups;
mod app_users;
mod app_view;
mod apps;
mod caller;
mod credential;
mod filter;
mod gate;
mod group_push;
mod groups;
mod headers;
mod hooks;
mod logo;
mod logs;
mod need;
mod pages;
mod params;
mod reply;
mod role_view;
mod signals;
mod tokens;
mod tricks;
mod user_view;
mod users;

pub(crate) use gate::{Broken, Principal, Work, watch};
pub(crate) use headers::{finish, set};
pub(crate) use logs::view as event_view;

use axum::Router;
use axum::routing::{any, delete, get, post, put};

use crate::Sim;
use crate::org::ApiError;

/// The management API of an org. Trailing slashes are accepted on every path.
pub(crate) fn router(sim: Sim) -> Router {
    let behind_the_gate = gate::Gate { sim: sim.clone(), api: routes().with_state(sim.clone()) };
    Router::new()
        .route("/api/v1/{*path}", any(gate::pass))
        .route("/oauth2/v1/global-token-revocation", any(gate::pass))
        .with_state(behind_the_gate)
        .merge(public_routes().with_state(sim))
}

fn public_routes() -> Router<Sim> {
    Router::new()
        .route("/.well-known/okta-organization", get(about::well_known))
        .route("/.well-known/ssf-configuration", get(signals::well_known))
        .route("/fs/bcg/4/{app}", get(logo::download))
}

#[rustfmt::skip]
fn routes() -> Router<Sim> {
    Router::new()
        .route("/api/v1/apps", get(apps::list).post(apps::create))
        .route("/api/v1/apps/{app}", get(apps::read).put(apps::replace).delete(apps::remove))
        .route("/api/v1/apps/{app}/lifecycle/activate", post(apps::activate))
        .route("/api/v1/apps/{app}/lifecycle/deactivate", post(apps::deactivate))
        .route("/api/v1/apps/{app}/logo", post(logo::upload))
        .route("/api/v1/apps/{app}/policies/{policy}", put(apps::assign_policy))
        .route("/api/v1/apps/{app}/features", get(apps::features))
        .route("/api/v1/apps/{app}/features/{feature}", get(apps::features_of))
        .route("/api/v1/apps/{app}/group-push/mappings", get(group_push::list).post(group_push::create))
        .route("/api/v1/apps/{app}/group-push/mappings/{mapping}", get(group_push::read).patch(group_push::update).delete(group_push::remove))
        .route("/api/v1/apps/{app}/users", get(app_users::list).post(app_users::assign))
        .route("/api/v1/apps/{app}/users/{user}", get(app_users::read).post(app_users::update).delete(app_users::unassign))
        .route("/api/v1/apps/{app}/groups", get(app_groups::list))
        .route("/api/v1/apps/{app}/groups/{group}", get(app_groups::read).put(app_groups::assign).delete(app_groups::unassign))
        .route("/api/v1/groups", get(groups::list).post(groups::create))
        .route("/api/v1/groups/{group}", get(groups::read).put(groups::replace).delete(groups::remove))
        .route("/api/v1/groups/{group}/apps", get(groups::apps))
        .route("/api/v1/groups/{group}/users", get(groups::members))
        .route("/api/v1/groups/{group}/roles", get(groups::roles))
        .route("/api/v1/groups/{group}/users/{user}", put(groups::add_member).delete(groups::remove_member))
        .route("/api/v1/users", get(users::list).post(users::create))
        .route("/api/v1/users/{user}", get(users::read).post(users::update).put(users::replace).delete(users::remove))
        .route("/api/v1/users/{user}/lifecycle/{step}", post(users::lifecycle))
        .route("/api/v1/users/{user}/sessions", delete(users::clear_sessions))
        .route("/api/v1/users/{user}/appLinks", get(users::app_links))
        .route("/api/v1/users/{user}/groups", get(users::groups))
        .route("/api/v1/users/{user}/roles", get(users::roles))
        .route("/api/v1/eventHooks", get(hooks::list).post(hooks::create))
        .route("/api/v1/eventHooks/{hook}", get(hooks::read).put(hooks::replace).delete(hooks::remove))
        .route("/api/v1/eventHooks/{hook}/lifecycle/{step}", post(hooks::lifecycle))
        .route("/api/v1/ssf/stream", get(signals::list).post(signals::create).delete(signals::remove))
        .route("/api/v1/ssf/stream/status", get(signals::status))
        .route("/api/v1/ssf/stream/verification", post(signals::verify))
        .route("/oauth2/v1/global-token-revocation", post(signals::log_out))
        .route("/api/v1/logs", get(logs::list))
        .route("/api/v1/org", get(about::org))
        .route("/api/v1/api-tokens", get(tokens::list))
        .route("/api/v1/api-tokens/current", delete(tokens::revoke_current))
        .route("/api/v1/api-tokens/{token}", get(tokens::read).delete(tokens::revoke))
        .method_not_allowed_fallback(|| async { ApiError::unsupported_method() })
        .fallback(|| async { ApiError::unsupported_method() })
}
