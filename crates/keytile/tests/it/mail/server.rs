//! A mail server that speaks just enough SMTP (RFC 5321, RFC 4954) on a port of its own, remembers what it was told, and
//! fails as it is asked to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong with one conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// This is the greeting.
    Greeting(&'static str),
    /// This is the answer to the sign-in.
    SignIn(&'static str),
    /// This is the answer to the whole mail.
    Mail(&'static str),
    /// The mail is taken over, and the answer is lost.
    HangUp,
}

/// A mail that was taken over, whether that was answered or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Mail {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        let (head, _) = self.text.split_once("\r\n\r\n").expect("a head and a body");
        let find = |line: &'_ str| line.split_once(": ").is_some_and(|(n, _)| n == name);
        let line = head.lines().find(|line| find(line)).expect("the header");
        line.split_once(": ").expect("a header").1
    }
}

#[derive(Default)]
struct Desk {
    mails: Vec<Mail>,
    /// All lines that clients sent outside of mails.
    lines: Vec<String>,
    faults: VecDeque<Fault>,
    /// What is answered to a recipient.
    recipients: HashMap<String, &'static str>,
}

/// The server. It ends with the test.
pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    desk: Arc<Mutex<Desk>>,
    serving: tokio::task::JoinHandle<()>,
}

impl SmtpServer {
    /// Starts, with what goes wrong with the first conversations.
    pub(crate) async fn start(faults: &[Fault]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let faults = faults.iter().copied().collect();
        let desk = Arc::new(Mutex::new(Desk { faults, ..Desk::default() }));
        let shared = Arc::clone(&desk);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(Conversation::hold(stream, Arc::clone(&shared)));
            }
        });
        Self { port, desk, serving }
    }

    /// Its address as an operator configures it, with a user name and a password.
    pub(crate) fn url(&self) -> String {
        format!("smtp://keytile:s3cret%21@127.0.0.1:{}", self.port)
    }

    /// Answers so to a recipient from now on.
    pub(crate) fn answer(&self, recipient: &str, answer: &'static str) {
        self.desk.lock().unwrap().recipients.insert(recipient.into(), answer);
    }

    /// What it was handed so far.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.desk.lock().unwrap().mails.clone()
    }

    /// To whom, in the order of the addresses.
    pub(crate) fn recipients(&self) -> Vec<String> {
        let mut to: Vec<String> = self.mails().into_iter().map(|mail| mail.to).collect();
        to.sort();
        to
    }

    /// What it was told beside mails.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.desk.lock().unwrap().lines.clone()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Conversation {
    lines: Lines<BufReader<OwnedReadHalf>>,
    client: OwnedWriteHalf,
    desk: Arc<Mutex<Desk>>,
    fault: Option<Fault>,
}

impl Conversation {
    /// A client that goes away ends it, whatever it was about.
    async fn hold(stream: TcpStream, desk: Arc<Mutex<Desk>>) {
        let fault = desk.lock().unwrap().faults.pop_front();
        let (reader, client) = stream.into_split();
        let mut own = Self { lines: BufReader::new(reader).lines(), client, desk, fault };
        let _ = own.speak().await;
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.client.write_all(format!("{line}\r\n").as_bytes()).await
    }

    async fn speak(&mut self) -> std::io::Result<()> {
        if let Some(Fault::Greeting(answer)) = self.fault {
            return self.say(answer).await;
        }
        self.say("220 mail.test ready").await?;
        let (mut from, mut to) = (String::new(), String::new());
        while let Some(line) = self.lines.next_line().await? {
            self.desk.lock().unwrap().lines.push(line.clone());
            let command = line.split([' ', ':']).next().unwrap_or_default();
            let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            match (command, self.fault) {
                ("EHLO", _) => self.say("250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN").await?,
                ("AUTH", Some(Fault::SignIn(answer))) => self.say(answer).await?,
                ("AUTH", _) => self.say("235 welcome").await?,
                ("MAIL", _) => {
                    from = address;
                    self.say("250 ok").await?;
                }
                ("RCPT", _) => {
                    let answer = self.desk.lock().unwrap().recipients.get(&address).copied();
                    to = address;
                    self.say(answer.unwrap_or("250 ok")).await?;
                }
                ("DATA", _) => {
                    self.say("354 go on").await?;
                    let text = self.text().await?;
                    if let Some(Fault::Mail(answer)) = self.fault {
                        self.say(answer).await?;
                        continue;
                    }
                    let mail = Mail { from: from.clone(), to: to.clone(), text };
                    self.desk.lock().unwrap().mails.push(mail);
                    if matches!(self.fault, Some(Fault::HangUp)) {
                        return Ok(());
                    }
                    self.say("250 taken over").await?;
                }
                ("QUIT", _) => return self.say("221 bye").await,
                _ => self.say("502 not here").await?,
            }
        }
        Ok(())
    }

    async fn text(&mut self) -> std::io::Result<String> {
        let mut text = String::new();
        while let Some(line) = self.lines.next_line().await? {
            if line == "." {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push_str("\r\n");
        }
        Ok(text)
    }
}
