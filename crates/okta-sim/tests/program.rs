//! The program as somebody starts it.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

struct Program {
    _child: Child,
    address: String,
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
        let line = BufReader::new(output).lines().next_line().await.expect("it speaks");
        let line = line.expect("it says that it is ready");
        let address = line.strip_prefix("okta-sim is ready on http://").expect(&line).to_owned();
        Self { _child: child, address }
    }

    /// One request on a connection of its own, and everything that came back.
    async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: SSWS t\r\nconnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        answer
    }
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
