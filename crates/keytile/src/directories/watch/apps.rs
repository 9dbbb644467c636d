//! Which app of the directory tells us of people: chosen by an admin, or found by the ids that it holds of ours.

use model::WorkspaceId;
use portal::{AppId, Directory, DirectoryApp, Error as PortalError, ListOf, Priority};

use super::gather::Gather;
use super::run::Stop;
use super::{Watch, store};
use crate::app::App;
use crate::error::{Error, Result};
use crate::settings;
use crate::sync;

/// Among so many apps of the usual name ours is looked for.
const CANDIDATES: usize = 5;
/// With what its name usually begins.
const USUAL_NAME: &str = "Keytile";

/// The app that tells us of people, where it is known or can be found, and can be believed.
pub(super) async fn scim_app<D: Directory>(
    app: &App,
    watch: &Watch,
    directory: &D,
    gather: &mut Gather,
) -> std::result::Result<Option<AppId>, Stop> {
    let Some(id) = watch.scim_app.clone().map(AppId) else {
        return find_ours(app, watch, directory, gather).await;
    };
    believed(app, watch, directory, id, Priority::Audit, gather).await.map(Some)
}

/// The app that we know, once it is there and switched on: otherwise it says nothing about anybody.
pub(super) async fn believed<D: Directory>(
    app: &App,
    watch: &Watch,
    directory: &D,
    id: AppId,
    priority: Priority,
    gather: &mut Gather,
) -> std::result::Result<AppId, Stop> {
    let label = watch.scim_app_label.clone().unwrap_or_default();
    match gather.app(directory, &id, priority, &|| app.now()).await? {
        Some(found) if found.is_active => Ok(id),
        Some(_) => Err(Stop::Problem(format!(
            "The app {label}, which tells Keytile of people, is switched off in Okta. Nobody was removed. Switch it on, or choose another app."
        ))),
        None => Err(Stop::Problem(format!(
            "The app {label}, which tells Keytile of people, is not in Okta any more. Nobody was removed. Choose another app."
        ))),
    }
}

/// Among apps of the usual name, the one that knows our people by the ids that we gave them.
async fn find_ours<D: Directory>(
    app: &App,
    watch: &Watch,
    directory: &D,
    gather: &mut Gather,
) -> std::result::Result<Option<AppId>, Stop> {
    let now_fn = || app.now();
    let found = directory.apps_named(USUAL_NAME, Priority::Audit, &now_fn).await?;
    gather.calls += 1;
    for candidate in found.iter().filter(|app| app.provisions && app.is_active).take(CANDIDATES) {
        let list = ListOf::PeopleOfApp(candidate.id.clone());
        let page = directory.list_page(&list, None, Priority::Audit, &now_fn).await?;
        gather.calls += 1;
        let mut tx = app.db.read().await?;
        for person in &page.items {
            let Some(Ok(id)) = person.known_as.as_ref().map(|id| id.parse()) else { continue };
            if store::is_our_id(&mut tx, watch.directory, &person.id, id).await? {
                drop(tx);
                let (directory, chosen) = (watch.directory, candidate.clone());
                app.db
                    .write::<_, Error, _>(watch.workspace, move |tx| {
                        Box::pin(async move {
                            let (id, label) = (&chosen.id.0, &chosen.label);
                            store::found_app(tx, directory, id, label).await?;
                            Ok(())
                        })
                    })
                    .await?;
                return Ok(Some(candidate.id.clone()));
            }
        }
    }
    Ok(None)
}

/// Apps of the directory by the beginning of their name, for an admin who waits.
pub(super) async fn find_apps(
    app: &App,
    workspace: WorkspaceId,
    prefix: &str,
) -> Result<Vec<DirectoryApp>> {
    let mut tx = app.db.read().await?;
    let row = sync::store::portal(&mut tx, workspace).await?.ok_or(Error::FeatureOff)?;
    let portal = settings::open_portal(app, &mut tx, &row).await?;
    drop(tx);
    let found = portal.apps_named(prefix, Priority::Person, &|| app.now()).await;
    found.map_err(|error| Error::Portal(error.to_string()))
}

/// One app of the directory, for an admin who waits.
pub(super) async fn find_app(
    app: &App,
    workspace: WorkspaceId,
    id: &str,
) -> Result<Option<DirectoryApp>> {
    let mut tx = app.db.read().await?;
    let row = sync::store::portal(&mut tx, workspace).await?.ok_or(Error::FeatureOff)?;
    let portal = settings::open_portal(app, &mut tx, &row).await?;
    drop(tx);
    let id = AppId(id.to_owned());
    match portal.directory_app(&id, Priority::Person, &|| app.now()).await {
        Ok(found) => Ok(found),
        // What is no id is no app.
        Err(PortalError::Refused { .. }) => Ok(None),
        Err(error) => Err(Error::Portal(error.to_string())),
    }
}
