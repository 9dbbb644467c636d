//! The client against answers that a test wrote down, without a socket.

mod groups;
mod log;
mod probe;
mod script;
mod service_app;
