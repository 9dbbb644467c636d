//! As much HTTP/1.1 as load needs: a kept connection, one request after another, answers with a length. It costs so
//! little that the server stays the bottleneck, which a whole client library would not allow.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request as it goes over the wire.
pub fn request(
    method: &str,
    path: &str,
    host: SocketAddr,
    bearer: Option<&str>,
    body: Option<&str>,
) -> String {
    let key = bearer.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
    let (kind, body) = match body {
        None => (String::new(), ""),
        Some(body) => {
            let length = body.len();
            (format!("content-type: application/json\r\ncontent-length: {length}\r\n"), body)
        }
    };
    format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{key}{kind}\r\n{body}")
}

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("connect")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends one request and reads its whole answer. The status.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some((status, length)) = head(&self.buffer)? {
                while self.buffer.len() < length {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        bail!("the server closed the connection in the middle of an answer");
                    }
                }
                return Ok(status);
            }
        }
    }

    /// The last answer, as text.
    pub fn answer(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
    }
}

/// The status, and how long the whole answer is; `None` until the head is complete.
fn head(bytes: &[u8]) -> anyhow::Result<Option<(u16, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..end]).context("read the head of an answer")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)).context("find the status")?;
    let status: u16 = status.parse().context("read the status")?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = match length {
        Some((_, value)) => value.trim().parse().context("read the length")?,
        None if status == 204 => 0,
        None => bail!("the answer tells no length, so it cannot be measured"),
    };
    Ok(Some((status, end + 4 + length)))
}

/// Asks once, without waiting for a server that is not there. True where it answers well.
pub fn is_answering(address: SocketAddr, path: &str) -> bool {
    // Python's servers speak HTTP/1.0.
    let is_good =
        |answer: Vec<u8>| answer.starts_with(b"HTTP/1.") && answer.get(8..12) == Some(b" 200");
    ask(address, path).is_ok_and(is_good)
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = vec![0; 64];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_an_answer_tells_its_length() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(head(answer).unwrap(), Some((200, answer.len())));
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), Some((204, 27)));
    }

    #[test]
    fn an_answer_is_read_on_until_its_head_is_whole() {
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n").unwrap(), None);
    }

    #[test]
    fn an_answer_without_a_length_cannot_be_measured() {
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
