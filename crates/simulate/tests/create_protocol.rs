//! The create protocol (security.md 3.3), checked in every order in which things can happen: two workers, one account,
//! crashes, a lease that ends, answers that get lost and a list that lags. Then the same with parts of it left out, each of
//! which must be caught.

mod protocol;

use protocol::{Part, Protocol};
use stateright::{Checker as _, Model as _};

fn check(protocol: Protocol) -> impl stateright::Checker<Protocol> {
    protocol.checker().threads(2).spawn_bfs().join()
}

/// L3, R2, R5, R8.
#[test]
fn an_app_is_made_exactly_once_in_every_order() {
    let checker = check(Protocol::whole());
    checker.assert_properties();
    assert!(checker.unique_state_count() > 10_000, "{}", checker.unique_state_count());
}

#[test]
fn each_part_that_is_left_out_breaks_a_promise() {
    for (part, promise) in [
        (Part::SecondScan, "one app, unless a lease ended"),
        (Part::Search, "one app, unless a lease ended"),
        (Part::WaitForTheList, "one app, unless a lease ended"),
        (Part::RecordBeforeAssigning, "nobody is assigned to an app that is not on record"),
        (Part::Fence, "at most one app is shown"),
    ] {
        let checker = check(Protocol::without(part));
        assert!(checker.discovery(promise).is_some(), "without {part:?}: {promise}");
    }
}
