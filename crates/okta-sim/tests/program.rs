//! The program as somebody starts it.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

struct Program {
    _child: Child,
    address: String,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    async fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_okta-sim"))
            .args(["--listen", "127.0.0.1:0", "--token", "t"])
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program was built with this test");
        let output = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines();
        let line = lines.next_line().await.expect("it speaks");
        let line = line.expect("it says that it is ready");
        let address = line.strip_prefix("okta-sim is ready on http://").expect(&line).to_owned();
        Self { _child: child, address, lines }
    }

    /// One request on a connection of its own, and everything that came back.
    async fn get(&self, path: &str) -> String {
        ask(&self.address, "GET", path, "").await
    }
}

async fn ask(address: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: SSWS t\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}

#[tokio::test]
async fn another_process_moves_its_clock_and_makes_it_misbehave() {
    let start = "2026-01-01T00:00:00Z";
    let mut program = Program::start(&["--virtual-clock", start, "--control", "127.0.0.1:0"]).await;
    let line = program.lines.next_line().await.expect("it speaks").expect("where it is controlled");
    let control = line.strip_prefix("okta-sim is controlled on http://").expect(&line);
    let answer = ask(control, "POST", "/clock/advance", r#"{ "seconds": 3600 }"#).await;
    assert!(answer.contains("2026-01-01T01:00:00Z"), "{answer}");
    let odds = r#"{ "seed": 1, "odds": { "reconciling": 1000 } }"#;
    assert!(ask(control, "PUT", "/mischief", odds).await.starts_with("HTTP/1.1 204"));
    let answer = program.get("/api/v1/apps").await;
    assert!(answer.starts_with("HTTP/1.1 423"), "{answer}");
    assert!(answer.contains("date: Thu, 01 Jan 2026 01:00:00 GMT"), "{answer}");
    let answer = program.get("/mischief").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "the org itself has no control API: {answer}");
}

#[tokio::test]
async fn it_says_when_it_is_ready_and_serves_what_the_seed_names() {
    let folder = tempfile::tempdir().expect("there is room");
    let seed = folder.path().join("seed.json");
    let text = r#"{ "apps": [{ "label": "Wiki", "url": "https://wiki.example.com" }] }"#;
    std::fs::write(&seed, text).expect("the folder is ours");
    let program =
        Program::start(&["--seed", &seed.to_string_lossy(), "--limits", "integrator"]).await;
    let answer = program.get("/api/v1/apps?limit=1").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("x-rate-limit-limit: 10\r\n"), "{answer}");
    assert!(answer.contains("\"label\":\"Wiki\""), "{answer}");
    let own_address = format!("http://{}/api/v1/apps", program.address);
    assert!(answer.contains(&own_address), "links lead back to it: {answer}");
}
