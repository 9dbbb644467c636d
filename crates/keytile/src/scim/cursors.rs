//! Where a page begins that is asked for by cursor (RFC 9865). A cursor says a place in one list of one client for a
//! while, and nobody else can make one: it carries a code that only the client's token makes.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use model::Timestamp;
use scim::{Cursor, Query, ScimType};
use sha2::{Digest as _, Sha256};

use super::{Client, Result};

/// For how many seconds a cursor can be used.
pub const TIMEOUT: u64 = 600;

const PLACE: usize = 16;
const UNTIL: usize = 8;
const LIST: usize = 8;
const CODE: usize = 16;

/// The place after which the page begins: 0 for the first one; `None` where no cursor was sent.
pub fn place(client: &Client, kind: &str, query: &Query, now: Timestamp) -> Result<Option<u128>> {
    match &query.cursor {
        None => Ok(None),
        Some(Cursor::First) => Ok(Some(0)),
        Some(Cursor::After(text)) => read(client, kind, query, text, now).map(Some),
    }
}

/// A cursor for the page after `place`.
pub fn make(client: &Client, kind: &str, query: &Query, place: u128, now: Timestamp) -> String {
    let until = now.as_second().unsigned_abs() + TIMEOUT;
    let mut bytes = Vec::with_capacity(PLACE + UNTIL + LIST + CODE);
    bytes.extend(place.to_be_bytes());
    bytes.extend(until.to_be_bytes());
    bytes.extend(list(kind, query));
    let code = hmac::sign(&key(client), &bytes);
    bytes.extend(&code.as_ref()[..CODE]);
    BASE64_URL_SAFE_NO_PAD.encode(&bytes)
}

fn read(client: &Client, kind: &str, query: &Query, text: &str, now: Timestamp) -> Result<u128> {
    let invalid = || {
        let detail = "the cursor is none of this search's: begin again, with an empty cursor";
        scim::Error::new(ScimType::InvalidCursor, detail)
    };
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
    let (said, code) = bytes.split_last_chunk::<CODE>().ok_or_else(invalid)?;
    let expected = hmac::sign(&key(client), said);
    let genuine =
        aws_lc_rs::constant_time::verify_slices_are_equal(code, &expected.as_ref()[..CODE]);
    let (place, rest) = said.split_first_chunk::<PLACE>().ok_or_else(invalid)?;
    let (until, of) = rest.split_first_chunk::<UNTIL>().ok_or_else(invalid)?;
    if genuine.is_err() || of != list(kind, query) {
        return Err(invalid().into());
    }
    if u64::from_be_bytes(*until) < now.as_second().unsigned_abs() {
        let detail =
            format!("the cursor is older than {TIMEOUT} s: begin again, with an empty cursor");
        return Err(scim::Error::new(ScimType::ExpiredCursor, detail).into());
    }
    Ok(u128::from_be_bytes(*place))
}

/// What tells one list from another: a cursor of one means nothing in another.
fn list(kind: &str, query: &Query) -> [u8; LIST] {
    let said = format!("{kind} {:?} {:?}", query.filter, query.sort);
    let digest = Sha256::digest(said.as_bytes());
    digest[..LIST].try_into().expect("a digest is longer than that")
}

fn key(client: &Client) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &client.token)
}

#[cfg(test)]
mod tests {
    use model::{DirectoryId, WorkspaceId};
    use scim::Dialect;
    use uuid::Uuid;

    use super::*;
    use crate::scim::Failure;

    fn client(token: u8) -> Client {
        Client {
            workspace: WorkspaceId::from(Uuid::nil()),
            directory: DirectoryId::from(Uuid::nil()),
            dialect: Dialect::Generic,
            base: String::new(),
            token: [token; 32],
        }
    }

    fn query(cursor: &str, filter: &str) -> Query {
        Query::from_pairs([("cursor", cursor), ("filter", filter)], 100).unwrap()
    }

    fn refused(found: Result<Option<u128>>) -> Option<ScimType> {
        match found {
            Err(Failure::Protocol(error)) => error.scim_type,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cursor_is_good_for_its_client_its_list_and_a_while() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let later = Timestamp::from_second(1_000_601).unwrap();
        let first = query("", "title pr");
        assert_eq!(place(&client(1), "Users", &first, now).unwrap(), Some(0));
        let text = make(&client(1), "Users", &first, 41, now);
        let next = query(&text, "title pr");
        assert_eq!(place(&client(1), "Users", &next, now).unwrap(), Some(41));
        let expired = place(&client(1), "Users", &next, later);
        assert_eq!(refused(expired), Some(ScimType::ExpiredCursor));
        for (of, kind, filter) in
            [(2, "Users", "title pr"), (1, "Groups", "title pr"), (1, "Users", "active eq true")]
        {
            let strange = place(&client(of), kind, &query(&text, filter), now);
            assert_eq!(refused(strange), Some(ScimType::InvalidCursor));
        }
        for text in ["x", "AAAA", &text[1..], "é"] {
            let garbage = place(&client(1), "Users", &query(text, "title pr"), now);
            assert_eq!(refused(garbage), Some(ScimType::InvalidCursor), "{text}");
        }
    }
}
