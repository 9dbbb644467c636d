//! What clients asked for: a record that tests and the demo read.

use jiff::Timestamp;
use serde::Serialize;

use crate::mischief::Trick;

/// One request to the management API and how it was answered.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    /// Without the question mark; empty where there is none.
    pub query: String,
    /// Names in lower case. Authorization and cookies are left out.
    pub request_headers: Vec<(String, String)>,
    /// As text; bodies that are not UTF-8 are recorded with replacement characters.
    pub request_body: String,
    /// The status that the client got. `None` where the connection was dropped instead.
    pub status: Option<u16>,
    pub error_code: Option<String>,
    /// The id of the API token, valid or not, or of the service app that made the call; `None`
    /// where nobody was recognised.
    pub token_id: Option<String>,
    /// The trick that struck the call. Other scripted faults are known to whoever scripted them.
    pub struck: Option<Trick>,
}
