//! Imports accounts from a CSV file, as password managers export it (C62): every row is checked before the first is
//! stored, and then all are stored together or none.

mod columns;

use std::collections::BTreeSet;
use std::io::Read;

use model::AccountId;
use model::access::{Action, Actor, On, Target, permit};
use model::secret::Secret;

use crate::accounts::{self, Draft, Valid};
use crate::actor::By;
use crate::app::App;
use crate::error::{Error, Result};

use columns::Columns;

const AS_UTF_8: &str = "Save it as \u{201c}CSV UTF-8\u{201d} and import it again.";

/// The most rows of one file.
const MOST_ROWS: usize = 50_000;

/// A row that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The line on which the row begins, from 1 on, the heading included.
    pub line: u64,
    /// What is wrong with it, and what to write instead.
    pub message: String,
}

/// A file that has been read, row by row.
pub struct Parsed {
    rows: Vec<(u64, Draft)>,
    /// Rows that could not be read: they are told together with those whose values are not acceptable.
    wrong: Vec<RowError>,
    /// Columns that say something and are not read.
    unread: BTreeSet<String>,
}

/// Why a file was not imported: nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole cannot be used.
    #[error("{0}")]
    File(String),
    /// Some rows cannot be imported, so none was.
    #[error("{} of the rows cannot be imported, so nothing was stored", .0.len())]
    Rows(Vec<RowError>),
    /// The import was refused or the database failed.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Parsed {
    /// How many accounts the file holds that could be read.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The columns that say something and are not imported, by their names.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        self.unread.iter().map(String::as_str)
    }

    /// True where the file holds a heading alone.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.wrong.is_empty()
    }
}

/// Reads a CSV file (RFC 4180) with a heading. Which column is what is told by its name, as the common password
/// managers write it. Rows that cannot be read are told by [`check`] and [`import`], which refuse the file.
///
/// # Errors
/// [`ImportError::File`] where the file as a whole cannot be used.
pub fn parse(mut file: impl Read) -> std::result::Result<Parsed, ImportError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|e| ImportError::File(format!("The file cannot be read: {e}")))?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(ImportError::File(format!("The file is in UTF-16. {AS_UTF_8}")));
    }
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(&bytes))
        .from_reader(bytes.as_slice());
    let heading = reader.headers().map_err(|e| ImportError::File(unreadable(&e)))?;
    let columns = Columns::find(heading).map_err(ImportError::File)?;
    let width = heading.len();
    let (mut rows, mut wrong, mut unread) = (Vec::new(), Vec::new(), BTreeSet::new());
    for record in reader.records() {
        if rows.len() + wrong.len() >= MOST_ROWS {
            return Err(ImportError::File(format!(
                "The file has more than {MOST_ROWS} rows; split it."
            )));
        }
        match record {
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                wrong.push(RowError { line, message: unreadable(&error) });
            }
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                if record.iter().all(|cell| cell.trim().is_empty()) {
                    continue;
                }
                if record.len() != width {
                    let message = format!(
                        "This row has {} cells where the heading has {width}. Is a quotation mark missing?",
                        record.len()
                    );
                    wrong.push(RowError { line, message });
                    continue;
                }
                unread.extend(columns.unread(&record).map(String::from));
                rows.push((line, columns.draft(&record)));
            }
        }
    }
    Ok(Parsed { rows, wrong, unread })
}

/// What separates the cells: spreadsheets write semicolons or tabs where a comma is the decimal sign.
fn delimiter(bytes: &[u8]) -> u8 {
    let heading = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let count = |sign: u8| heading.split(|byte| *byte == sign).count();
    let most = [b',', b';', b'\t'].into_iter().max_by_key(|sign| (count(*sign), *sign == b','));
    most.unwrap_or(b',')
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => format!("This is not in UTF-8. {AS_UTF_8}"),
        _ => format!("This is not CSV: {error}"),
    }
}

/// Checks every row as [`import`] does, and stores nothing.
pub fn check(app: &App, actor: &Actor, parsed: Parsed) -> std::result::Result<(), ImportError> {
    validated(app, actor, parsed).map(drop)
}

/// Stores every account of the file, with the actor as Owner, or none. `progress` is told how many are done.
pub async fn import(
    app: &App,
    actor: &Actor,
    parsed: Parsed,
    progress: impl Fn(usize) + Send + Sync + 'static,
) -> std::result::Result<Vec<AccountId>, ImportError> {
    let valid = validated(app, actor, parsed)?;
    let (app2, actor, mut by) = (app.clone(), *actor, By::member(app, actor));
    let stored: Result<Vec<AccountId>> = app
        .db
        .write(actor.workspace, move |tx| {
            Box::pin(async move {
                let mut ids = Vec::with_capacity(valid.len());
                for row in valid {
                    ids.push(accounts::insert(&app2, tx, &mut by, &actor, row).await?);
                    progress(ids.len());
                }
                Ok(ids)
            })
        })
        .await;
    Ok(stored?)
}

fn validated(
    app: &App,
    actor: &Actor,
    parsed: Parsed,
) -> std::result::Result<Vec<Valid>, ImportError> {
    let everywhere = On { workspace: actor.workspace, target: Target::Workspace };
    let _may = permit(actor, Action::ImportAccounts, everywhere).map_err(Error::from)?;
    let (mut valid, mut wrong) = (Vec::with_capacity(parsed.rows.len()), parsed.wrong);
    for (line, draft) in parsed.rows {
        match draft.validate(app) {
            Ok(row) => valid.push(row),
            Err(error) => wrong.push(RowError { line, message: error.to_string() }),
        }
    }
    wrong.sort_by_key(|row| row.line);
    if wrong.is_empty() { Ok(valid) } else { Err(ImportError::Rows(wrong)) }
}

/// A cell that is empty says nothing.
fn secret(cell: &str) -> Option<Secret<String>> {
    (!cell.is_empty()).then(|| Secret::new(cell.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_common_exports_are_found() {
        let headings = [
            "name,url,username,password,note",
            "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes",
            "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp",
            "url,username,password,totp,extra,name,grouping,fav",
            "Title,URL,Username,Password,Notes,OTPAuth",
        ];
        for heading in headings {
            let row = vec!["x"; heading.split(',').count()].join(",");
            let parsed = parse(format!("{heading}\n{row}\n").as_bytes()).unwrap();
            let draft = &parsed.rows[0].1;
            assert_eq!((draft.name.as_str(), draft.username.as_str()), ("x", "x"), "{heading}");
            assert!(draft.password.is_some() && draft.notes.is_some(), "{heading}");
        }
    }

    #[test]
    fn a_quoted_cell_may_hold_commas_quotes_and_lines() {
        let parsed =
            parse("name,password,notes\r\nA,\"p,\"\"q\",\"one\r\ntwo\"\r\n".as_bytes()).unwrap();
        let draft = &parsed.rows[0].1;
        assert_eq!(draft.password.as_ref().unwrap().expose(), "p,\"q");
        assert_eq!(draft.notes.as_ref().unwrap().expose(), "one\r\ntwo");
    }

    #[test]
    fn a_broken_row_is_named_by_its_line() {
        let parsed = parse("name,password\nA,b\nB\nC,d,e\n".as_bytes()).unwrap();
        assert_eq!(parsed.wrong.iter().map(|w| w.line).collect::<Vec<_>>(), [3, 4]);
    }

    /// LastPass writes secure notes like sites, with an address that is none.
    #[test]
    fn a_secure_note_of_lastpass_has_no_login_page() {
        let file = "url,username,password,totp,extra,name,grouping,fav\n\
                    http://sn,,,,\"Combination: 1234\",Safe,Office,0\n\
                    http://snow.example,ada,x,,,Snow,,0\n";
        let parsed = parse(file.as_bytes()).unwrap();
        let [(_, note), (_, site)] = parsed.rows.as_slice() else { panic!("two rows") };
        assert_eq!((note.name.as_str(), note.login_url.as_str()), ("Safe", ""));
        assert_eq!(note.notes.as_ref().unwrap().expose(), "Combination: 1234");
        assert_eq!(site.login_url, "http://snow.example");
    }

    /// Proton Pass has an address beside a user name, and a row may have either.
    #[test]
    fn of_two_columns_for_one_thing_the_one_that_says_something_is_read() {
        let parsed = parse("name,username,email\nA,,a@x.example\nB,bob,b@x.example\n".as_bytes());
        let rows = parsed.unwrap().rows;
        assert_eq!([&rows[0].1.username, &rows[1].1.username], ["a@x.example", "bob"]);
    }

    #[test]
    fn columns_that_are_not_read_are_told_where_they_say_something() {
        let parsed = parse("name,Pwd,fields,tags\nA,secret,,\nB,,,x\n".as_bytes()).unwrap();
        assert_eq!(parsed.unread().collect::<Vec<_>>(), ["Pwd", "tags"]);
    }

    #[test]
    fn a_comma_parts_addresses_only_where_another_one_begins() {
        for (cell, url) in [
            (
                "https://x.example/sso?scope=openid,email",
                "https://x.example/sso?scope=openid,email",
            ),
            ("https://x.example/a, https://y.example", "https://x.example/a"),
            ("x.example,y.example", "https://x.example"),
            ("https://x.example\nhttps://y.example", "https://x.example"),
        ] {
            let parsed = parse(format!("name,url\nA,\"{cell}\"\n").as_bytes()).unwrap();
            assert_eq!(parsed.rows[0].1.login_url, url, "{cell}");
        }
    }

    #[test]
    fn a_column_that_stands_twice_is_refused_by_its_name() {
        for (heading, column) in [("name,password,Name", "name"), ("URL,name,url", "url")] {
            let Err(ImportError::File(message)) = parse(format!("{heading}\n1,2,3\n").as_bytes())
            else {
                panic!("{heading}: which of the two is meant?")
            };
            assert!(message.contains(&format!("`{column}`")), "{message}");
        }
        // What is not read may stand there as often as it likes.
        assert!(parse("name,,,tag,tag\nA,,,x,y\n".as_bytes()).is_ok());
    }

    #[test]
    fn a_file_without_a_name_or_a_site_is_refused_with_what_it_needs() {
        let Err(ImportError::File(message)) = parse("a,b\n1,2\n".as_bytes()) else {
            panic!("no known column")
        };
        assert!(message.contains("name") && message.contains("url"), "{message}");
    }
}
