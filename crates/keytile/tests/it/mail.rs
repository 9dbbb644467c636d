//! Alerts by mail: once to each admin and to nobody else, tried again from a stored queue under one id, given up and told
//! where the mail server refuses, and never in the clear beyond this machine (T29).

mod server;

use std::collections::BTreeSet;

use http::StatusCode;
use keytile::mail::{self, Security, Server};
use keytile::{members, values};

use self::server::{Fault, SmtpServer};
use crate::command_line::keytile;
use crate::support::{Admin, Guest, LoginOnly, Person, SuperAdmin, TestApp, User};

const PAGE: &str = "/settings/webhook";
const GIVEN_UP: &str =
    "SELECT COUNT(*) AS n FROM notification WHERE message LIKE 'Mail to admins%'";
const STORED: &str = "SELECT COUNT(*) AS n FROM delivery WHERE channel = 'mail'";

fn at(url: &str) -> Server {
    Server::try_from(url.to_owned()).expect("an address")
}

/// A workspace whose alerts go to this server.
async fn world(server: &SmtpServer) -> TestApp {
    TestApp::start().await.mailing(Some(at(&server.url()))).await
}

/// The errand, once at each of so many hours.
async fn hours(app: &TestApp, hours: u32) {
    for _ in 0..hours {
        mail::turn(&app.app).await.unwrap();
        app.advance(3_600);
    }
}

async fn found(app: &TestApp) -> mail::Mail {
    let owner = app.actor(&app.owner).await;
    mail::find(&app.app, &owner).await.unwrap().expect("mail is configured")
}

async fn set_email(app: &TestApp, person: &Person, email: &str) {
    let sql = "UPDATE member SET email = $2 WHERE id = $1";
    assert_eq!(app.tamper(sql, values![person.id, email].to_vec()).await, 1);
}

#[tokio::test]
async fn an_alert_goes_once_to_each_admin_and_to_nobody_else() {
    let server = SmtpServer::start(&[]).await;
    let app = world(&server).await;
    let (sue, adam) = (app.member("Sue", SuperAdmin).await, app.member("Adam", Admin).await);
    let gone = app.member("Gone", Admin).await;
    set_email(&app, &app.member("Nowhere", Admin).await, "").await;
    for (name, role) in [("Ada", User), ("Gwen", Guest), ("Lou", LoginOnly)] {
        app.member(name, role).await;
    }
    app.elsewhere().await;
    let owner = app.actor(&app.owner).await;
    members::suspend(&app.app, &owner, gone.id).await.unwrap();
    app.raise_alert().await;
    let another = app.another().await;
    for _ in 0..3 {
        let (one, two) = tokio::join!(mail::turn(&app.app), mail::turn(&another));
        one.unwrap();
        two.unwrap();
        app.advance(3_600);
    }
    let mut admins = vec![app.owner.email.clone(), sue.email, adam.email];
    admins.sort();
    assert_eq!(server.recipients(), admins);
    let mails = server.mails();
    let ids: BTreeSet<&str> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 3, "each mail has an id of its own");
    for mail in &mails {
        assert_eq!(mail.from, "keytile@acme.example");
        assert_eq!(mail.header("To"), mail.to);
        assert_eq!(mail.header("Subject"), "Keytile, Acme: Syncing with Okta waits");
        let link = format!("{}/settings\r\n", app.app.config.origin());
        assert!(mail.text.contains("Enter another credential.") && mail.text.contains(&link));
        assert!(!mail.text.contains("s3cret"));
    }
    let found = found(&app).await;
    assert_eq!((found.readers, found.without.as_slice()), (3, &["Nowhere".to_owned()][..]));
    assert!(found.sent_at.is_some() && found.unheard.is_none() && found.waiting == 0);
}

/// Whether it was taken over is not known, so it is sent again; a mail system knows the copy by its id.
#[tokio::test]
async fn a_lost_answer_is_repeated_as_the_same_mail() {
    let server = SmtpServer::start(&[Fault::HangUp]).await;
    let app = world(&server).await;
    app.raise_alert().await;
    hours(&app, 3).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0], mails[1]);
    assert!(mails[0].header("Message-ID").starts_with("<evt_"));
}

#[tokio::test]
async fn what_a_server_puts_off_is_tried_again_and_what_it_refuses_is_not() {
    let faults = [
        Fault::Greeting("421 too busy"),
        Fault::Greeting("554 not from there"),
        Fault::SignIn("535 5.7.8 bad credentials"),
        Fault::Mail("451 4.3.0 later"),
    ];
    let server = SmtpServer::start(&faults).await;
    let app = world(&server).await;
    app.raise_alert().await;
    for problem in ["(421)", "(554)", "refuses the sign-in", "(451)"] {
        hours(&app, 1).await;
        let unheard = found(&app).await.unheard.expect("a failure");
        let said = unheard.problem.expect("a problem");
        assert!(said.contains(problem) && unheard.due_at.is_some(), "{said}");
    }
    hours(&app, 2).await;
    assert_eq!(server.mails().len(), 1);
    assert!(found(&app).await.unheard.is_none());
    assert_eq!(app.count(GIVEN_UP).await, 0);
}

#[tokio::test]
async fn a_refused_mail_is_given_up_at_once_and_told_until_one_arrives() {
    let server = SmtpServer::start(&[]).await;
    let app = world(&server).await;
    let adam = app.member("Adam", Admin).await;
    server.answer(&adam.email, "550 5.1.1 no such user");
    app.raise_alert().await;
    app.raise_alert().await;
    hours(&app, 60).await;
    assert_eq!(server.recipients(), [app.owner.email.clone(), app.owner.email.clone()]);
    let tries = "SELECT MAX(attempts) AS n FROM delivery WHERE channel = 'mail'";
    assert_eq!(app.count(tries).await, 1);
    assert_eq!(app.count(GIVEN_UP).await, 2, "each of two admins is told once");
    let page = app.client_as(&app.owner).await.get(PAGE).await.body;
    assert!(page.contains("Not delivered") && page.contains("for good (550)"), "{page}");
    assert!(found(&app).await.unreached.iter().all(|one| one.name == "Adam"));
    server.answer(&adam.email, "250 welcome back");
    app.raise_alert().await;
    hours(&app, 1).await;
    assert!(found(&app).await.unreached.is_empty());
}

#[tokio::test]
async fn a_server_that_is_down_for_two_days_is_told_of_once() {
    let server = SmtpServer::start(&[]).await;
    let app = world(&server).await;
    app.member("Adam", Admin).await;
    app.raise_alert().await;
    drop(server);
    hours(&app, 60).await;
    let tried = "SELECT COUNT(*) AS n FROM delivery WHERE attempts = 10 AND due_at IS NULL";
    assert_eq!(app.count(tried).await, 2);
    assert_eq!(app.count(GIVEN_UP).await, 2, "each of two admins is told once");
    let found = found(&app).await;
    assert!(found.unreached.len() == 2 && found.sent_at.is_none());
    assert!(found.unreached[0].problem.contains("No connection"), "{:?}", found.unreached);
}

#[tokio::test]
async fn whoever_has_left_gets_no_mail_and_whoever_moved_gets_it_there() {
    let server = SmtpServer::start(&[]).await;
    let app = world(&server).await;
    let (adam, moved) = (app.member("Adam", Admin).await, app.member("Mo", Admin).await);
    app.raise_alert().await;
    let id = adam.id;
    app.write(move |tx, by| Box::pin(members::deactivate(tx, by, id))).await;
    set_email(&app, &moved, "mo@elsewhere.example").await;
    hours(&app, 2).await;
    assert_eq!(server.recipients(), sorted([app.owner.email.as_str(), "mo@elsewhere.example"]));
    assert_eq!(app.count(STORED).await, 2, "nothing is left of what was for the leaver");
}

fn sorted(addresses: [&str; 2]) -> Vec<String> {
    let mut addresses: Vec<String> = addresses.into_iter().map(String::from).collect();
    addresses.sort();
    addresses
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_stored_and_what_was_is_forgotten() {
    let app = TestApp::start().await;
    app.raise_alert().await;
    assert_eq!(app.count(STORED).await, 0);
    let mut owner = app.client_as(&app.owner).await;
    assert!(owner.get(PAGE).await.body.contains("has set up no mail server"));
    assert_eq!(owner.post("/settings/mail/test", &[]).await.status, StatusCode::NOT_FOUND);
    let server = SmtpServer::start(&[]).await;
    server.answer(&app.owner.email, "550 no");
    let app = app.mailing(Some(at(&server.url()))).await;
    app.raise_alert().await;
    hours(&app, 1).await;
    app.raise_alert().await;
    assert_eq!(app.count(STORED).await, 2);
    let app = app.mailing(None).await;
    hours(&app, 1).await;
    assert_eq!(app.count(STORED).await, 0);
    assert_eq!(app.count("SELECT COUNT(*) AS n FROM mail_failing").await, 0);
}

/// T29.
#[tokio::test]
async fn names_and_addresses_put_nothing_into_a_header_or_a_command() {
    let server = SmtpServer::start(&[]).await;
    let app = world(&server).await;
    let eve = app.member("Eve", Admin).await;
    set_email(&app, &eve, "eve@acme.example>\r\nRCPT TO:<victim@other.example").await;
    let name = "Acme\r\nBcc: victim@other.example\r\n\r\nHello";
    app.tamper("UPDATE workspace SET name = $1", values![name].to_vec()).await;
    app.raise_alert().await;
    hours(&app, 2).await;
    assert_eq!(server.recipients(), [app.owner.email.as_str()]);
    let mail = &server.mails()[0];
    let (head, _) = mail.text.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
    assert!(!server.lines().iter().any(|line| line.contains("victim")));
    assert!(found(&app).await.unreached[0].problem.contains("cannot be used"));
}

/// T29: beyond this machine neither the password nor a mail goes without TLS.
#[tokio::test]
async fn a_server_without_starttls_hears_nothing() {
    let server = SmtpServer::start(&[]).await;
    let url = server.url();
    let elsewhere = Server { security: Security::StartTls, ..at(&url) };
    let app = TestApp::start().await.mailing(Some(elsewhere)).await;
    app.raise_alert().await;
    hours(&app, 1).await;
    let unheard = found(&app).await.unheard.unwrap().problem.unwrap();
    assert!(unheard.contains("no encryption"), "{unheard}");
    let commands: Vec<String> = server.lines().iter().map(|line| line[..4].to_owned()).collect();
    assert_eq!(commands, ["EHLO", "QUIT"]);
}

#[tokio::test]
async fn an_admin_tries_it_on_the_page_and_alone_gets_the_mail() {
    let server = SmtpServer::start(&[Fault::Mail("452 mailbox full")]).await;
    let app = world(&server).await;
    let adam = app.member("Adam", Admin).await;
    let mut admin = app.client_as(&adam).await;
    let page = admin.get(PAGE).await.body;
    assert!(page.contains("Send a test mail") && page.contains("Nothing yet"), "{page}");
    admin.post("/settings/mail/test", &[]).await;
    let page = admin.get(PAGE).await.body;
    assert!(page.contains("did not arrive") && page.contains("(452)"), "{page}");
    hours(&app, 3).await;
    assert!(server.mails().is_empty(), "a test is not repeated");
    let mut admin = app.client_as(&adam).await;
    admin.post("/settings/mail/test", &[]).await;
    let page = admin.get(PAGE).await.body;
    assert!(page.contains("took it over") && !page.contains("Nothing yet"), "{page}");
    assert_eq!(server.recipients(), [adam.email.as_str()]);
    assert_eq!(app.count(GIVEN_UP).await, 0);
    set_email(&app, &adam, "").await;
    admin.post("/settings/mail/test", &[]).await;
    assert!(admin.get(PAGE).await.body.contains("You have no mail address"));
}

#[tokio::test]
async fn check_tells_whether_the_mail_server_lets_us_in_and_sends_nothing() {
    let server = SmtpServer::start(&[]).await;
    let bad = SmtpServer::start(&[Fault::SignIn("535 5.7.8 bad credentials")]).await;
    let app = TestApp::start().await;
    let mut said = Vec::new();
    for url in [server.url(), bad.url()] {
        let mut command = keytile(&app);
        command.env("KEYTILE_MAIL", url).env("KEYTILE_MAIL_FROM", "keytile@acme.example");
        let output = tokio::task::spawn_blocking(move || command.arg("check").output().unwrap());
        let output = output.await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("s3cret"), "{text}");
        said.push((output.status.success(), text));
    }
    assert!(said[0].0 && said[0].1.contains("lets us in"), "{said:?}");
    let refused = "refuses the sign-in";
    assert!(!said[1].0 && said[1].1.contains(refused) && said[1].1.contains("5.7.8"), "{said:?}");
    assert!(server.mails().is_empty() && bad.mails().is_empty());
    let greeted: Vec<String> = server.lines();
    assert!(greeted[1].starts_with("AUTH PLAIN ") && greeted[2] == "QUIT", "{greeted:?}");
}
