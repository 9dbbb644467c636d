//! Every route of the product in one table, and the functions that write its URLs (`urls`).

mod urls;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use super::budget::{self, Budget};
use super::{Failure, assets, csrf, headers, health, request};
use crate::app::App;
use crate::signin::oidc::Providers;
use crate::{
    accounts, activity, api, collections, departures, devices, directories, extension, grants,
    launch, mail, members, rotations, scim, settings, sharing, signin, sync, teams, webhooks,
};

pub use urls::*;

const LARGEST_BODY: usize = 1024 * 1024;

/// The product over HTTP.
pub fn router(app: App) -> Router {
    let budget = Budget::new(&app.clock);
    let pages = Router::new()
        .route("/", get(|| async { Redirect::to(ACCOUNTS) }))
        // Signing in and out
        .route("/sign-in", get(signin::pages::sign_in))
        .route("/sign-in/okta", get(signin::pages::start_okta))
        .route(signin::oidc::CALLBACK, get(signin::pages::callback))
        .route("/sign-in/passkey/start", post(signin::pages::start_sign_in))
        .route("/sign-in/passkey/finish", post(signin::pages::finish_sign_in))
        .route("/sign-out", post(signin::pages::sign_out))
        .route("/set-up/{token}", get(signin::pages::set_up))
        .route("/set-up/{token}/start", post(signin::pages::start_set_up))
        .route("/set-up/{token}/finish", post(signin::pages::finish_set_up))
        .route("/confirm", get(signin::pages::confirm))
        .route("/confirm/okta", get(signin::pages::confirm_with_okta))
        .route("/confirm/passkey/start", post(signin::pages::start_confirming))
        .route("/confirm/passkey/finish", post(signin::pages::finish_confirming))
        .route("/profile/passkeys/start", post(signin::pages::start_adding))
        .route("/profile/passkeys/finish", post(signin::pages::finish_adding))
        .route("/profile/passkeys/{id}/remove", post(signin::pages::remove))
        .route("/profile/sessions/end-all", post(signin::pages::end_all_sessions))
        .route("/profile/sessions/{id}/end", post(signin::pages::end_session))
        // Accounts
        .route(ACCOUNTS, get(accounts::pages::list).post(accounts::pages::create))
        .route("/accounts/new", get(accounts::pages::new))
        .route("/accounts/plan", get(sync::preview::pages::of_all))
        .route(
            OWNERLESS,
            get(accounts::ownerless::pages::show).post(accounts::ownerless::pages::assign),
        )
        .route("/accounts/{account_id}", get(accounts::pages::show).post(accounts::pages::update))
        .route("/accounts/{account_id}/edit", get(accounts::pages::edit))
        .route("/accounts/{account_id}/delete", post(accounts::pages::delete))
        .route(DELETED, get(accounts::deleted::pages::list))
        .route("/accounts/{account_id}/restore", post(accounts::deleted::pages::restore))
        .route("/accounts/{account_id}/reveal", post(accounts::pages::reveal))
        .route(
            "/accounts/{account_id}/shares",
            get(sharing::pages::choose_for_account).post(sharing::pages::share_account),
        )
        .route(
            "/accounts/{account_id}/shares/{share_id}/role",
            post(sharing::pages::set_account_role),
        )
        .route(
            "/accounts/{account_id}/shares/{share_id}/remove",
            post(sharing::pages::unshare_account),
        )
        // Collections
        .route(COLLECTIONS, get(collections::pages::list).post(collections::pages::create))
        .route(
            "/collections/{collection_id}",
            get(collections::pages::show).post(collections::pages::rename),
        )
        .route("/collections/{collection_id}/delete", post(collections::pages::delete))
        .route(
            "/collections/{collection_id}/accounts",
            get(collections::pages::choose_account).post(collections::pages::add_account),
        )
        .route(
            "/collections/{collection_id}/accounts/{account_id}/remove",
            post(collections::pages::remove_account),
        )
        .route(
            "/collections/{collection_id}/shares",
            get(sharing::pages::choose_for_collection).post(sharing::pages::share_collection),
        )
        .route(
            "/collections/{collection_id}/shares/{share_id}/role",
            post(sharing::pages::set_collection_role),
        )
        .route(
            "/collections/{collection_id}/shares/{share_id}/remove",
            post(sharing::pages::unshare_collection),
        )
        // Teams
        .route(TEAMS, get(teams::pages::list).post(teams::pages::create))
        .route("/teams/{team_id}", get(teams::pages::show).post(teams::pages::rename))
        .route("/teams/{team_id}/delete", post(teams::pages::delete))
        .route(
            "/teams/{team_id}/members",
            get(teams::pages::choose_member).post(teams::pages::add_member),
        )
        .route("/teams/{team_id}/members/{member_id}/remove", post(teams::pages::remove_member))
        // Members, and the person's own page
        .route(MEMBERS, get(members::pages::list))
        .route("/members/export", get(members::pages::export))
        .route("/members/{member_id}", get(members::pages::show))
        .route("/members/{member_id}/history", get(members::pages::history))
        .route("/members/{member_id}/role", post(members::pages::set_role))
        .route("/members/{member_id}/suspend", post(members::pages::suspend))
        .route("/members/{member_id}/allow-passkeys", post(members::pages::allow_passkeys))
        .route("/members/{member_id}/withdraw-passkeys", post(members::pages::withdraw_passkeys))
        .route("/members/{member_id}/deactivate", post(members::pages::deactivate))
        .route("/members/{member_id}/reactivate", post(members::pages::reactivate))
        // Who left, who is back, and what is to be rotated
        .route(DEPARTURES, get(departures::pages::show))
        .route("/departures/rules", post(departures::pages::set_rule))
        .route("/departures/{wave_id}", get(departures::pages::show_wave))
        .route("/departures/{wave_id}/restore", post(departures::pages::restore_wave))
        .route(RESTORATIONS, get(departures::pages::restorations))
        .route("/restorations/{departure_id}/restore", post(departures::pages::restore))
        .route("/restorations/{departure_id}/decline", post(departures::pages::decline))
        .route(
            "/restorations/{departure_id}/shares/{share_id}/approve",
            post(departures::pages::approve_share),
        )
        .route(
            "/restorations/{departure_id}/shares/{share_id}/decline",
            post(departures::pages::decline_share),
        )
        .route(ROTATIONS, get(rotations::pages::show))
        .route(ROTATIONS_EXPORT, get(rotations::pages::export))
        .route("/rotations/rules", post(rotations::pages::set_rules))
        .route(
            "/rotations/{departure_id}/{account_id}/rotated",
            post(rotations::pages::mark_rotated),
        )
        .route(
            "/rotations/{departure_id}/{account_id}/sessions-ended",
            post(rotations::pages::mark_sessions_ended),
        )
        .route("/rotations/{departure_id}/{account_id}/reopen", post(rotations::pages::reopen))
        .route("/members/{member_id}/end-sessions", post(members::pages::end_sessions))
        .route(PROFILE, get(members::pages::profile))
        .route("/profile/sync", post(members::pages::sync_all))
        .route("/profile/api-key", post(members::pages::create_api_key))
        .route("/profile/api-key/revoke", post(members::pages::revoke_api_key))
        // Activity
        .route(ACTIVITY, get(activity::pages::list))
        // Settings
        .route(SETTINGS, get(settings::pages::show))
        .route("/settings/signin", post(settings::pages::save_sign_in))
        .route(SCIM, get(scim::pages::show))
        .route("/settings/scim/dialect", post(scim::pages::choose_dialect))
        .route("/settings/scim/guides/{client}", get(scim::pages::guide))
        .route("/settings/scim/okta.tf", get(scim::pages::terraform))
        .route("/settings/scim-tokens", post(settings::pages::create_scim_token))
        .route("/settings/scim-tokens/{token_id}/revoke", post(settings::pages::revoke_scim_token))
        .route("/settings/okta", get(settings::pages::edit).post(settings::pages::turn_on))
        .route("/settings/okta/test", post(settings::pages::test))
        .route(
            "/settings/okta/turn-off",
            get(settings::pages::ask_turn_off).post(settings::pages::turn_off),
        )
        .route("/settings/okta/clean-up", post(settings::pages::clean_up))
        .route(
            "/settings/okta/strategy",
            get(settings::pages::show_strategy).post(settings::pages::choose_strategy),
        )
        .route("/settings/okta/strategy/rights", get(settings::pages::show_rights))
        .route("/settings/okta/logos", post(settings::pages::choose_logos))
        .route(
            SERVICE_APP,
            get(settings::pages::show_service_app).post(settings::pages::connect_service_app),
        )
        .route("/settings/okta/service-app/standby", post(settings::pages::stand_by_service_app))
        .route("/settings/okta/service-app/key", post(settings::pages::make_service_key))
        .route("/settings/okta/service-app/test", post(settings::pages::test_service_app))
        .route(WEBHOOK, get(webhooks::pages::show).post(webhooks::pages::save))
        .route("/settings/webhook/secret", post(webhooks::pages::rotate))
        .route("/settings/webhook/test", post(webhooks::pages::test))
        .route("/settings/mail/test", post(mail::pages::test))
        .route("/settings/webhook/remove", post(webhooks::pages::remove))
        .route("/settings/webhook/events/{event_id}/again", post(webhooks::pages::send_again))
        .route(DIRECTORY, get(directories::pages::show))
        .route("/settings/directory/check", post(directories::pages::check))
        .route("/settings/directory/apps", post(directories::pages::choose))
        .route("/settings/directory/departures", post(directories::pages::approve))
        .route("/settings/directory/hook", post(directories::pages::make_hook))
        .route("/settings/directory/hook/remove", post(directories::pages::remove_hook))
        .route(HEALTH, get(directories::pages::show_health))
        .route(CREDENTIALS, get(settings::pages::show_credentials))
        .route("/settings/okta/credentials/days", post(settings::pages::set_token_days))
        .route("/settings/okta/credentials/retry", post(settings::pages::try_again))
        .route("/settings/okta/standby", post(settings::pages::stand_by))
        .route("/settings/okta/standby/test", post(settings::pages::test_standby))
        .route("/settings/okta/standby/remove", post(settings::pages::remove_standby))
        // Tiles
        .route("/accounts/{account_id}/tile", post(sync::pages::extend))
        .route("/accounts/{account_id}/tile/sync", post(sync::pages::sync))
        .route("/accounts/{account_id}/tile/resume", post(sync::pages::resume))
        .route("/accounts/{account_id}/tile/withdraw", post(sync::pages::withdraw))
        .route("/accounts/{account_id}/tile/remove", post(sync::pages::remove))
        .route("/accounts/{account_id}/tile/events", get(sync::pages::events))
        .route("/accounts/{account_id}/tile/timeline", get(sync::timeline::pages::show))
        .route("/accounts/{account_id}/tile/plan", get(sync::preview::pages::of_account))
        .route("/collections/{collection_id}/plan", get(sync::preview::pages::of_collection))
        // Logging in
        .route("/launch/{launch_id}", get(launch::pages::launch))
        .route("/accounts/{account_id}/launch", get(launch::pages::launch_account))
        .route(CONNECT, get(launch::pages::connect))
        // The browsers that do, and how the extension comes into them
        .route(LAUNCHES, get(grants::pages::own))
        .route("/accounts/{account_id}/launches", get(grants::pages::of_account))
        .route("/members/{member_id}/launches", get(grants::pages::of_member))
        .route(DEVICES, get(devices::pages::own))
        .route("/devices/{device_id}/end", post(devices::pages::end_own))
        .route(ALL_DEVICES, get(devices::pages::all))
        .route("/settings/devices/rules", post(devices::pages::set_rules))
        .route("/settings/devices/{device_id}/approve", post(devices::pages::approve))
        .route("/settings/devices/{device_id}/end", post(devices::pages::end))
        .route(EXTENSION, get(extension::pages::show))
        .route("/extension/{file}", get(extension::pages::download))
        .route("/extension/chromium/{id}/updates.xml", get(extension::updates::manifest))
        .route("/extension/chromium/{id}/{file}", get(extension::updates::file))
        // Many accounts at once
        .route("/jobs", post(sync::jobs::pages::prepare))
        .route("/jobs/{job_id}", get(sync::jobs::pages::show))
        .route("/jobs/{job_id}/accounts", get(sync::jobs::pages::items))
        .route("/jobs/{job_id}/events", get(sync::jobs::pages::events))
        .route("/jobs/{job_id}/start", post(sync::jobs::pages::start))
        .route("/jobs/{job_id}/retry", post(sync::jobs::pages::retry))
        .route("/jobs/{job_id}/discard", post(sync::jobs::pages::discard))
        // What waits for Okta
        .route(QUEUE, get(sync::queue::pages::show))
        .route("/sync/queue/events", get(sync::queue::pages::events))
        .route("/sync/queue/tiles", get(sync::queue::pages::tiles))
        // How Okta stands, and what waits for an admin
        .route(SYNC, get(sync::audit::pages::show))
        .route(REQUESTS, get(sync::requests::pages::show))
        .route("/sync/requests/rules", post(sync::requests::pages::set_rules))
        .route("/sync/requests/{request_id}/approve", post(sync::requests::pages::approve))
        .route("/sync/requests/{request_id}/decline", post(sync::requests::pages::decline))
        .route("/sync/check", post(sync::audit::pages::check))
        .route(DRIFT, get(sync::audit::pages::drift))
        .route("/sync/tiles/{tile_id}/restore", post(sync::audit::pages::restore))
        .route("/sync/tiles/{tile_id}/stop", post(sync::audit::pages::stop))
        .route("/sync/strays/{app_id}/remove", post(sync::audit::pages::remove_stray))
        .route("/sync/strays/{app_id}/keep", post(sync::audit::pages::keep_stray))
        .route("/sync/stops/{stop_id}", get(sync::safety::pages::show))
        .route("/sync/stops/{stop_id}/approve", post(sync::safety::pages::approve))
        .route("/sync/stops/{stop_id}/dismiss", post(sync::safety::pages::dismiss));
    // What a directory says by itself: each proves in its own way who it is.
    let signals = Router::new()
        .route(
            "/hooks/okta/{hook}",
            get(directories::hooks::http::verify).post(directories::hooks::http::deliver),
        )
        .route("/universal-logout/{directory}", post(directories::logout::http::universal_logout))
        .route("/ssf/{directory}", post(directories::logout::http::security_event));
    // What the extension asks: each request is signed by a device.
    let extension = Router::new()
        .route("/extension/v1/devices", post(devices::http::enrol))
        .route("/extension/v1/session", post(devices::http::connect))
        .route("/extension/v1/status", get(devices::http::status))
        .route("/extension/v1/grants", post(grants::http::redeem))
        .route("/extension/v1/grants/{grant}/progress", post(grants::http::progress))
        .route("/extension/v1/grants/{grant}/code", post(grants::http::code))
        .route("/extension/v1/grants/{grant}/outcome", post(grants::http::end))
        .route("/extension/v1/grants/{grant}/resume", post(grants::http::resume))
        .route("/extension/v1/accounts", get(grants::http::list))
        .route("/extension/v1/accounts/{account}/copy", post(grants::http::copy))
        .route(
            "/extension/v1/accounts/{account}/recipe",
            get(grants::http::recipe).put(grants::http::set_recipe),
        );
    let plumbing = Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .merge(assets::routes());
    pages
        .merge(signals)
        .merge(extension)
        .merge(plumbing)
        // The REST API has a table of its own: api/mod.rs
        .merge(api::router())
        .fallback(|| async { Failure::not_found() })
        .layer((
            Extension(Providers::default()),
            DefaultBodyLimit::disable(),
            RequestBodyLimitLayer::new(LARGEST_BODY),
        ))
        // SCIM has a table and a limit of its own: scim/http.rs
        .nest(scim::http::PATH, scim::http::routes(app.clone()))
        // From the outside in, and in one piece: each `layer` of a router is a box that is copied for every request.
        .layer((
            middleware::map_response_with_state(app.clone(), headers::add),
            middleware::from_fn_with_state(app.clone(), request::around),
            CatchPanicLayer::custom(|_| {
                Failure::internal("a handler panicked; its message is above".into()).into_response()
            }),
            csrf::layer(&app.config),
            middleware::from_fn(csrf::require_origin),
            Extension(budget.clone()),
            middleware::from_fn_with_state((app.clone(), budget), budget::count_failures),
        ))
        .with_state(app)
}

/// The list of accounts: where people begin.
pub const ACCOUNTS: &str = "/accounts";
/// The tree of collections.
pub const COLLECTIONS: &str = "/collections";
/// The list of members.
pub const MEMBERS: &str = "/members";
/// Deleted accounts, which their Owners may restore.
pub const DELETED: &str = "/accounts/deleted";
/// Accounts that nobody owns.
pub const OWNERLESS: &str = "/accounts/ownerless";
/// Who left, in waves, and what happens when somebody returns.
pub const DEPARTURES: &str = "/departures";
/// The returns that wait for somebody's word.
pub const RESTORATIONS: &str = "/restorations";
/// What is to be rotated after somebody left.
pub const ROTATIONS: &str = "/rotations";
/// The same as a file.
pub const ROTATIONS_EXPORT: &str = "/rotations/export";
/// What happened.
pub const ACTIVITY: &str = "/activity";
/// The settings of the workspace.
pub const SETTINGS: &str = "/settings";
/// How Okta stands, for admins.
pub const SYNC: &str = "/sync";
/// What was changed in Okta.
pub const DRIFT: &str = "/sync/drift";
/// What people want extended.
pub const REQUESTS: &str = "/sync/requests";
/// Where a service app is connected.
pub const SERVICE_APP: &str = "/settings/okta/service-app";
/// What lets Keytile into Okta.
pub const CREDENTIALS: &str = "/settings/okta/credentials";
/// How people and groups come, and who falls through.
pub const DIRECTORY: &str = "/settings/directory";
/// Who falls through between Okta and Keytile.
pub const HEALTH: &str = "/settings/directory/health";
/// Where another system is told.
pub const WEBHOOK: &str = "/settings/webhook";
/// The SCIM connection.
pub const SCIM: &str = "/settings/scim";
/// The list of teams.
pub const TEAMS: &str = "/teams";
/// The browsers that log in by themselves.
pub const DEVICES: &str = "/devices";
/// The person's own logins.
pub const LAUNCHES: &str = "/launches";
/// The browsers of everybody, and what is asked of them.
pub const ALL_DEVICES: &str = "/settings/devices";
/// Where the extension is connected with a session.
pub const CONNECT: &str = "/extension/connect";
/// How to get the extension.
pub const EXTENSION: &str = "/extension";
/// What waits for Okta.
pub const QUEUE: &str = "/sync/queue";
/// The person's own page.
pub const PROFILE: &str = "/profile";
