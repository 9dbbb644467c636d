//! Two replicas on one database: from the answer to a deactivation on, nothing of the person is accepted on either.

use http::StatusCode;
use keytile::members;
use model::share::ItemRole::Collaborator;

use crate::support::{Client, Person, TestApp, User, client};

/// A person's browser, program and tile, in front of one replica.
struct Door {
    browser: Client,
    program: Client,
    launch: String,
}

impl Door {
    async fn open(test: &TestApp, replica: &keytile::App, person: &Person, launch: &str) -> Self {
        let mut browser = client(replica);
        test.sign_in_here(&mut browser, person).await;
        let program = test.api_as(person).await.before(replica);
        Self { browser, program, launch: launch.to_owned() }
    }

    /// What a request with the session and one with the key are answered, and whether the launch tells of the account.
    async fn tries(&mut self) -> (StatusCode, StatusCode, bool) {
        (
            self.browser.get("/profile").await.status,
            self.program.get("/api/v1/me").await.status,
            self.browser.get(&self.launch).await.body.contains("shared@example.com"),
        )
    }
}

const IN: (StatusCode, StatusCode, bool) = (StatusCode::OK, StatusCode::OK, true);
const OUT: (StatusCode, StatusCode, bool) =
    (StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED, false);

/// G2, G3: not after a moment, but from the answer on.
#[tokio::test]
async fn a_leaver_is_refused_on_every_replica_from_the_answer_on() {
    let test = TestApp::start().await;
    let other = test.another().await;
    test.turn_on().await;
    let account = test.account(&test.owner, "Contentzilla", "Instagram").await;
    let launch = test.launch_of(&test.owner, account).await;
    for suspends in [false, true] {
        let ada = test.member(if suspends { "Ada" } else { "Bob" }, User).await;
        test.share(account, &ada, Collaborator).await;
        // One key for each person: the program of the second door has it.
        let mut here = Door::open(&test, &test.app, &ada, &launch).await;
        let mut there = Door::open(&test, &other, &ada, &launch).await;
        here.program = there.program.clone().before(&test.app);
        // Twice, so that whatever might be remembered is.
        for _ in 0..2 {
            assert_eq!((here.tries().await, there.tries().await), (IN, IN));
        }
        let owner = test.actor(&test.owner).await;
        if suspends {
            members::suspend(&test.app, &owner, ada.id).await.unwrap();
        } else {
            members::remove(&test.app, &owner, ada.id).await.unwrap();
        }
        assert_eq!((here.tries().await, there.tries().await), (OUT, OUT));
    }
}
