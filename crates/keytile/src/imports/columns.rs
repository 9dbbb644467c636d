//! Which column of an export is what: by the names that Chrome, Firefox, Safari, 1Password, Bitwarden, LastPass, Keeper
//! and Dashlane give them.

use csv::StringRecord;
use url::Url;

use super::secret;
use crate::accounts::Draft;

/// Where each part of an account is.
pub(super) struct Columns {
    name: Option<usize>,
    app: Option<usize>,
    url: Option<usize>,
    username: Option<usize>,
    password: Option<usize>,
    totp: Option<usize>,
    notes: Option<usize>,
}

const NAME: [&str; 4] = ["name", "title", "account", "account name"];
const APP: [&str; 3] = ["app", "app name", "application"];
const URL: [&str; 6] = ["url", "login_uri", "website", "web site", "login url", "website address"];
const USERNAME: [&str; 6] = ["username", "login_username", "user name", "login", "user", "email"];
const PASSWORD: [&str; 2] = ["password", "login_password"];
const TOTP: [&str; 6] =
    ["totp", "login_totp", "otpauth", "otp", "otpsecret", "two-factor code (totp)"];
const NOTES: [&str; 4] = ["notes", "note", "extra", "comments"];

/// All names that are read.
const KNOWN: [&[&str]; 7] = [&NAME, &APP, &URL, &USERNAME, &PASSWORD, &TOTP, &NOTES];

/// What LastPass writes as the address of a secure note, which has none.
const SECURE_NOTE: &str = "http://sn";

impl Columns {
    pub(super) fn find(heading: &StringRecord) -> Result<Self, String> {
        let names: Vec<String> = heading
            .iter()
            .map(|name| name.trim().trim_start_matches('\u{feff}').to_lowercase())
            .collect();
        let twice = |(index, name): &(usize, &String)| {
            let is_read = KNOWN.iter().any(|known| known.contains(&name.as_str()));
            is_read && names[..*index].contains(name)
        };
        if let Some((_, name)) = names.iter().enumerate().find(twice) {
            return Err(format!(
                "The first line names the column `{name}` twice. Remove or rename one of the two, so that it is clear \
                 which is meant."
            ));
        }
        let find =
            |known: &[&str]| known.iter().find_map(|k| names.iter().position(|name| name == k));
        let columns = Self {
            name: find(&NAME),
            app: find(&APP),
            url: find(&URL),
            username: find(&USERNAME),
            password: find(&PASSWORD),
            totp: find(&TOTP),
            notes: find(&NOTES),
        };
        if columns.name.is_none() && columns.url.is_none() {
            return Err(format!(
                "The first line must name the columns, and one of them must be `name` or `url`. It reads: {}",
                names.join(", ")
            ));
        }
        Ok(columns)
    }

    pub(super) fn draft(&self, record: &StringRecord) -> Draft {
        let cell = |column: Option<usize>| column.and_then(|i| record.get(i)).unwrap_or_default();
        let url = first_url(cell(self.url));
        let name = match cell(self.name).trim() {
            "" => host(&url).unwrap_or_default(),
            name => name.to_string(),
        };
        Draft {
            name,
            app_name: cell(self.app).to_string(),
            login_url: url,
            username: cell(self.username).to_string(),
            password: secret(cell(self.password)),
            totp: secret(cell(self.totp).trim()),
            notes: secret(cell(self.notes)),
            recipe: None,
            step_up: None,
            origins: None,
            version: None,
        }
    }
}

/// Some managers list several addresses; the first is the login page. One without a scheme means https.
fn first_url(cell: &str) -> String {
    let first = cell.split([',', '\n']).next().unwrap_or_default().trim();
    if first == SECURE_NOTE {
        return String::new();
    }
    if first.is_empty() || first.contains("://") {
        first.to_string()
    } else {
        format!("https://{first}")
    }
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_string())
}
