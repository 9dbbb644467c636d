//! Lists as files: CSV (RFC 4180) whose cells a spreadsheet takes for text and never for a formula (T17).

use axum::response::IntoResponse as _;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::page::{Failure, Page};

/// The most rows of a file: beyond it a filter is needed. An export is read page by page, so this bounds memory.
pub const MOST_ROWS: usize = 200_000;

/// A file with this name, a header and rows.
pub fn csv(name: &str, header: &[&str], rows: &[Vec<String>]) -> Page {
    let text =
        write(header, rows).map_err(|error| Failure::internal(format!("write CSV: {error}")))?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
    ];
    Ok((headers, text).into_response())
}

fn write(header: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Necessary)
        .from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| as_text(cell)))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that begins as a formula would, after an apostrophe: spreadsheets then show it as it is (OWASP, CSV
/// injection).
fn as_text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        return format!("'{cell}");
    }
    cell.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cells: &[&str]) -> String {
        let row = cells.iter().map(ToString::to_string).collect();
        String::from_utf8(write(&["a", "b"], &[row]).unwrap()).unwrap()
    }

    /// T17.
    #[test]
    fn what_begins_as_a_formula_is_text() {
        for begin in ["=", "+", "-", "@", "\t", "\r", "\0"] {
            let cell = format!("{begin}cmd|' /C calc'!A0");
            let file = text(&[&cell, "x"]);
            let read = csv::Reader::from_reader(file.as_bytes()).records().next().unwrap().unwrap();
            assert_eq!(&read[0], format!("'{cell}"));
        }
        assert_eq!(text(&["a=b", "ada@example.com"]), "a,b\r\na=b,ada@example.com\r\n");
    }

    #[test]
    fn quotes_commas_and_lines_stay_within_their_cell() {
        assert_eq!(text(&["a \"b\"", "c,\r\nd"]), "a,b\r\n\"a \"\"b\"\"\",\"c,\r\nd\"\r\n");
    }
}
