//! SCIM 2.0 as a protocol (RFC 7643, RFC 7644): resources, filters, patches, errors and the
//! discovery documents, as values in and values out. Storage, HTTP and what a change means for a
//! member are left to the server.
//!
//! It is strict in what it says and lenient in what it reads: identity providers send booleans as
//! strings, operations in any case, dotted keys, bare strings for objects. Each leniency has a test
//! named after the failure that it avoids.

pub mod filter;
pub mod patch;
pub mod schema;
pub mod urn;

mod body;
mod bulk;
mod change;
mod dialect;
mod discovery;
mod error;
mod group;
mod group_changes;
mod list;
mod meta;
mod path;
mod precondition;
mod projection;
mod sort;
mod user;
mod value;

pub use bulk::{BulkMethod, BulkOperation, BulkOutcome, BulkRequest, bulk_response};
pub use change::{Change, active_in_body, active_in_patch};
pub use dialect::Dialect;
pub use discovery::{Limits, resource_types, schemas, service_provider_config};
pub use error::{Error, ScimType};
pub use filter::Filter;
pub use group::{Group, Member};
pub use group_changes::{GroupChanges, group_changes};
pub use list::{Cursor, Page, Query, cursor_response, list_response};
pub use meta::Meta;
pub use patch::{Changed, PatchOp};
pub use path::AttrPath;
pub use precondition::{Preconditions, Tags};
pub use projection::Projection;
pub use sort::{Sort, SortKey};
pub use user::{Email, Name, User};
