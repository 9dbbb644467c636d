//! The real program as a process of its own, which a test can kill.

use std::net::SocketAddr;
use std::process::Stdio;

use http::Method;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::TestApp;
use crate::command_line::keytile;

/// A running `keytile serve` on the database of a test; it is gone with the test.
pub struct ServerProcess {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl ServerProcess {
    /// Starts one on a free port, and waits until it says that it is ready.
    pub async fn start(app: &TestApp) -> Self {
        let mut command = Command::from(keytile(app));
        command.env("KEYTILE_LISTEN", "127.0.0.1:0").env("NO_COLOR", "1").arg("serve");
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("it gets ready before it ends");
            if let Some((_, rest)) = line.split_once("address=") {
                break rest.split_whitespace().next().unwrap().parse().unwrap();
            }
        };
        // A full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, address }
    }

    /// SIGKILL: it can neither finish its steps nor let go of anything.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Calls the API of the server there: the status and the body, or why there was no whole answer.
pub async fn call(
    address: SocketAddr,
    key: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> std::io::Result<(u16, Value)> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let cut_off = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut_off)?;
    let status = head.split(' ').nth(1).expect("a status").parse().unwrap();
    Ok((status, serde_json::from_str(body).unwrap_or_default()))
}
