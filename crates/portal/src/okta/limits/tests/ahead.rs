//! People who go as soon as a window is most probably over.

use super::*;

/// Performance goal 15: whoever comes when a window is used up need not wait for the second that whole seconds leave open.
#[test]
fn people_go_as_soon_as_the_window_is_over_by_its_whole_seconds() {
    let mut limits = learned(50, 0);
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Leaver, at(10)), Err(at(60_000)));
    assert_eq!(take_all(&mut limits, Priority::Leaver, at(60_000)), 5, "what is kept for them");
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Leaver, at(60_000)), Err(at(61_000)));
    assert_eq!(limits.take(&[Bucket::Apps], Priority::FirstSync, at(60_000)), Err(at(61_000)));
    // Their calls opened the next window, and count in it.
    let answer = Outcome::Answered(rate(50, 45, 120, 60));
    limits.settle(Bucket::Apps, Priority::Leaver, answer, at(60_500));
    assert_eq!(take_all(&mut limits, Priority::FirstSync, at(60_500)), 36);
    let next = Err(at(120_500));
    assert_eq!(take_all(&mut limits, Priority::Person, at(60_500)), 5);
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Person, at(60_500)), next);
}

/// R3: where `Reset` turns out to be rounded down, one refusal is enough, and whoever was refused waits for no more than
/// the second.
#[test]
fn nobody_goes_ahead_any_more_after_a_refusal() {
    let mut limits = learned(50, 0);
    let take = |limits: &mut Limits, now| limits.take(&[Bucket::Apps], Priority::Leaver, now);
    assert_eq!(take(&mut limits, at(60_000)), Ok(()));
    let refused = Outcome::Throttled(rate(50, 0, 60, 60));
    let again = limits.settle(Bucket::Apps, Priority::Leaver, refused, at(60_100));
    assert_eq!(again, Some(at(61_000)));
    assert_eq!(take(&mut limits, at(60_100)), Err(at(61_000)));
    assert_eq!(take_all(&mut limits, Priority::Leaver, at(61_000)), 50);
    let answer = Outcome::Answered(rate(50, 0, 121, 61));
    limits.settle(Bucket::Apps, Priority::Leaver, answer, at(61_100));
    assert_eq!(take(&mut limits, at(121_200)), Err(at(122_100)), "nor in the next window");
}

/// The same where the refusal comes when the next window is surely open: it is not taken for that window's.
#[test]
fn a_late_refusal_closes_no_window_but_its_own() {
    let mut limits = learned(50, 0);
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Leaver, at(60_000)), Ok(()));
    let refused = Outcome::Throttled(rate(50, 0, 60, 60));
    let again = limits.settle(Bucket::Apps, Priority::Leaver, refused, at(61_200));
    assert_eq!(again, Some(at(61_200)));
    assert_eq!(take_all(&mut limits, Priority::Leaver, at(61_200)), 50);
}
