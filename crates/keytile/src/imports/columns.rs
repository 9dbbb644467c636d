//! Which column of an export is what: by the names that Chrome, Firefox, Safari, 1Password, Bitwarden, LastPass, Keeper
//! and Dashlane give them.

use csv::StringRecord;
use url::Url;

use super::secret;
use crate::accounts::Draft;

/// Where each part of an account is: in the first of these columns that says something in a row.
pub(super) struct Columns {
    name: Vec<usize>,
    app: Vec<usize>,
    url: Vec<usize>,
    username: Vec<usize>,
    password: Vec<usize>,
    totp: Vec<usize>,
    notes: Vec<usize>,
    /// What else the file has, by the names that stand there.
    unread: Vec<(usize, String)>,
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
        let find = |known: &[&str]| -> Vec<usize> {
            known.iter().filter_map(|k| names.iter().position(|name| name == k)).collect()
        };
        let is_unread = |name: &str| !KNOWN.iter().any(|known| known.contains(&name));
        let titles = heading.iter().map(|title| title.trim().to_owned()).enumerate();
        let columns = Self {
            name: find(&NAME),
            app: find(&APP),
            url: find(&URL),
            username: find(&USERNAME),
            password: find(&PASSWORD),
            totp: find(&TOTP),
            notes: find(&NOTES),
            unread: titles.filter(|(index, _)| is_unread(&names[*index])).collect(),
        };
        if columns.name.is_empty() && columns.url.is_empty() {
            return Err(format!(
                "The first line must name the columns, and one of them must be `name` or `url`. It reads: {}",
                names.join(", ")
            ));
        }
        Ok(columns)
    }

    /// The columns that are not read and say something in this row.
    pub(super) fn unread(&self, record: &StringRecord) -> impl Iterator<Item = &str> {
        let says = |index: usize| record.get(index).is_some_and(|cell| !cell.trim().is_empty());
        self.unread.iter().filter(move |(index, _)| says(*index)).map(|(_, name)| name.as_str())
    }

    pub(super) fn draft(&self, record: &StringRecord) -> Draft {
        let cell = |columns: &[usize]| {
            let cells = columns.iter().filter_map(|column| record.get(*column));
            cells.into_iter().find(|cell| !cell.trim().is_empty()).unwrap_or_default()
        };
        let url = first_url(cell(&self.url));
        let name = match cell(&self.name).trim() {
            "" => host(&url).unwrap_or_default(),
            name => name.to_string(),
        };
        Draft {
            name,
            app_name: cell(&self.app).to_string(),
            login_url: url,
            username: cell(&self.username).to_string(),
            password: secret(cell(&self.password)),
            totp: secret(cell(&self.totp).trim()),
            notes: secret(cell(&self.notes)),
            recipe: None,
            step_up: None,
            origins: None,
            version: None,
        }
    }
}

/// Some managers list several addresses; the first is the login page. One without a scheme means https. A comma may be part of an
/// address, and parts two of them where another begins behind it.
fn first_url(cell: &str) -> String {
    let line = cell.trim_start().split('\n').next().unwrap_or_default();
    let parts = |at: usize| !line.contains("://") || begins_with_scheme(&line[at + 1..]);
    let end = line.match_indices(',').map(|(at, _)| at).find(|at| parts(*at));
    let first = line[..end.unwrap_or(line.len())].trim();
    if first == SECURE_NOTE {
        return String::new();
    }
    if first.is_empty() || first.contains("://") {
        first.to_string()
    } else {
        format!("https://{first}")
    }
}

fn begins_with_scheme(text: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let scheme = text.trim_start().split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.chars().all(is_sign))
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_string())
}
