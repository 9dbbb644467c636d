//! The tiles on a person's dashboard.

use super::{ApiResult, App, AppKind, Org};

/// One tile, as `/users/{id}/appLinks` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppLink {
    pub user_id: String,
    pub app_id: String,
    pub app_name: String,
    pub label: String,
    /// Where a click goes: a page of the org, which sends on to the app.
    pub link_url: String,
    pub logo_url: String,
    /// Kept off the dashboard by the app's visibility.
    pub hidden: bool,
    pub sort_order: usize,
}

impl Org {
    /// Every tile of a person, oldest app first: active apps that they have directly or by a
    /// group. The dashboard leaves out those that are `hidden`.
    pub fn links_of_user(&self, user: &str) -> ApiResult<Vec<AppLink>> {
        self.user(user)?;
        let theirs = |app: &&App| {
            app.is_active() && (app.implicit_assignment || app.users.contains_key(user))
        };
        let links = self.apps.values().filter(theirs).enumerate().map(|(index, app)| AppLink {
            user_id: user.to_owned(),
            app_id: app.id.clone(),
            app_name: app.kind.name().to_owned(),
            label: app.label.clone(),
            link_url: self.launch_url(app),
            logo_url: self.logo_url(app),
            hidden: app.visibility.hide_web,
            sort_order: index,
        });
        Ok(links.collect())
    }

    /// The address of an app's tile on the org, `_links.appLinks[0].href`. The last part names
    /// the kind of app in Okta's catalogue: 2557 is the bookmark.
    pub fn launch_url(&self, app: &App) -> String {
        let number = match app.kind {
            AppKind::Bookmark { .. } => "2557",
            AppKind::Oidc(_) => "aln5z7uhkbM6y7bMy0g7",
            AppKind::Other { .. } => "2",
        };
        format!("{}/home/{}/{}/{number}", self.base_url, app.kind.name(), app.id)
    }

    /// The picture of an app: what was uploaded, or the default of its kind.
    pub fn logo_url(&self, app: &App) -> String {
        if app.logo.is_some() {
            return format!("{}/fs/bcg/4/{}", self.base_url, app.id);
        }
        format!("{}/assets/img/logos/{}-app.png", self.base_url, app.kind.name())
    }
}
