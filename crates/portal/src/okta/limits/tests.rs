//! The limits against a model of Okta's windows, under any interleaving.

mod ahead;

use super::*;
use jiff::SignedDuration;
use proptest::prelude::*;

const START: i64 = 1_800_000_000;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(START * 1000 + milliseconds).expect("a time near now")
}

fn rate(limit: u32, remaining: u32, reset: i64, date: i64) -> Rate {
    Rate {
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(START + reset),
        date: Some(START + date),
    }
}

/// Limits that know the apps bucket: `remaining` of `limit`, 60 s from `at(0)`.
fn learned(limit: u32, remaining: u32) -> Limits {
    let mut limits = Limits::default();
    limits.take(&[Bucket::Apps], Priority::Change, at(0)).expect("the first call may go");
    let answer = Outcome::Answered(rate(limit, remaining, 60, 0));
    limits.settle(Bucket::Apps, Priority::Change, answer, at(0));
    limits
}

fn take_all(limits: &mut Limits, priority: Priority, now: Timestamp) -> u32 {
    (0..10_000).find(|_| limits.take(&[Bucket::Apps], priority, now).is_err()).expect("a limit")
}

#[test]
fn paths_fall_into_oktas_buckets() {
    use http::Method;
    let of = |method: &Method, path| Bucket::of(method, path);
    let get = Method::GET;
    assert_eq!(of(&get, "/api/v1/apps?limit=200&after=x/y"), Bucket::Apps);
    assert_eq!(of(&Method::POST, "/api/v1/apps"), Bucket::Apps);
    assert_eq!(of(&get, "/api/v1/apps/0oa1"), Bucket::App);
    assert_eq!(of(&Method::PUT, "/api/v1/apps/0oa1/"), Bucket::App);
    assert_eq!(of(&Method::POST, "/api/v1/apps/0oa1/lifecycle/deactivate"), Bucket::Apps);
    assert_eq!(of(&Method::DELETE, "/api/v1/apps/0oa1/users/00u1"), Bucket::Apps);
    assert_eq!(of(&get, "/api/v1/groups"), Bucket::Groups);
    assert_eq!(of(&get, "/api/v1/groups/00g1"), Bucket::Group);
    assert_eq!(of(&Method::PUT, "/api/v1/groups/00g1/users/00u1"), Bucket::Groups);
    assert_eq!(of(&get, "/api/v1/users?limit=1"), Bucket::Users);
    assert_eq!(of(&get, "/api/v1/users/me"), Bucket::UserRead);
    assert_eq!(of(&Method::DELETE, "/api/v1/users/00u1"), Bucket::User);
    assert_eq!(of(&get, "/api/v1/users/00u1/roles"), Bucket::Other);
    assert_eq!(of(&get, "/api/v1/logs"), Bucket::Logs);
    assert_eq!(of(&Method::POST, "/oauth2/v1/token"), Bucket::Token);
    assert_eq!(of(&get, "/.well-known/okta-organization"), Bucket::Public);
}

#[test]
fn before_the_first_answer_only_one_call_is_in_flight() {
    let mut limits = Limits::default();
    assert!(limits.take(&[Bucket::Apps], Priority::Person, at(0)).is_ok());
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Leaver, at(0)), Err(at(1000)));
    assert!(limits.take(&[Bucket::App], Priority::Audit, at(0)).is_ok(), "another bucket is free");
}

#[test]
fn waits_are_reset_minus_date_by_our_clock_r9() {
    let mut limits = Limits::default();
    limits.take(&[Bucket::Apps], Priority::Person, at(0)).expect("room");
    // Okta's clock is three hours ahead of ours; its window ends 20 s after its answer.
    let answer = Outcome::Answered(rate(50, 0, 10_820, 10_800));
    limits.settle(Bucket::Apps, Priority::Person, answer, at(500));
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Change, at(600)), Err(at(21_500)));
    assert!(limits.take(&[Bucket::Apps], Priority::Change, at(21_500)).is_ok());
}

/// R3: right, wrong, missing and past `Reset`.
#[test]
fn a_429_blocks_until_reset_or_for_a_minute_when_reset_makes_no_sense() {
    let cases = [
        (rate(50, 0, 30, 10), 21_000),
        (Rate { date: None, ..rate(50, 0, 30, 10) }, 61_000),
        (Rate { reset: None, ..rate(50, 0, 30, 10) }, 61_000),
        (Rate { limit: None, ..rate(50, 0, 30, 10) }, 21_000),
        (rate(50, 0, -5, 10), 61_000),
        (rate(50, 0, 10, 10), 61_000),
        (rate(50, 0, 100_000, 10), 61_000),
        (Rate { reset: Some(i64::MAX), ..rate(50, 0, 30, -10) }, 61_000),
        (Rate { reset: Some(i64::MIN), ..rate(50, 0, 30, 10) }, 61_000),
        (Rate::default(), 61_000),
    ];
    for (rate, until) in cases {
        let mut limits = Limits::default();
        limits.take(&[Bucket::Apps], Priority::Person, at(0)).expect("room");
        let told = limits.settle(Bucket::Apps, Priority::Person, Outcome::Throttled(rate), at(0));
        assert_eq!(told, Some(at(until)), "{rate:?}");
        let refused = limits.take(&[Bucket::Apps], Priority::Leaver, at(until - 1));
        assert_eq!(refused, Err(at(until)), "{rate:?}");
        assert!(limits.take(&[Bucket::Apps], Priority::Leaver, at(until)).is_ok(), "{rate:?}");
    }
}

#[test]
fn a_concurrency_429_pauses_every_bucket_and_keeps_the_limit() {
    let mut limits = learned(50, 40);
    limits.take(&[Bucket::Apps], Priority::Person, at(0)).expect("room");
    let until = limits.settle(
        Bucket::Apps,
        Priority::Person,
        Outcome::Throttled(rate(0, 0, 60, 0)),
        at(100),
    );
    assert_eq!(until, Some(at(5_100)));
    assert_eq!(limits.take(&[Bucket::Users], Priority::Leaver, at(200)), Err(at(5_100)));
    assert_eq!(take_all(&mut limits, Priority::Person, at(5_100)), 40);
}

/// Performance goal 15: people never wait behind a first sync.
#[test]
fn a_person_starts_in_a_window_in_which_background_has_used_its_share() {
    for (limit, kept) in [(100, 10), (50, 5), (10, 1), (5, 1), (2, 1), (1, 0)] {
        let mut limits = learned(limit, limit);
        for background in [Priority::FirstSync, Priority::Change, Priority::Audit] {
            take_all(&mut limits, background, at(10));
        }
        assert_eq!(take_all(&mut limits, Priority::Person, at(10)), kept, "limit {limit}");
    }
}

/// Performance goal 13: what is kept for people and not used by them is not lost. The last instant for it is that from
/// which on a call may arrive after the window.
#[test]
fn background_gets_the_kept_share_once_it_is_of_no_more_use_to_people() {
    let mut limits = learned(50, 50);
    limits.lasted(Bucket::Apps, SignedDuration::from_millis(1_200));
    assert_eq!(take_all(&mut limits, Priority::FirstSync, at(10)), 45);
    // The window ends at 61 s at the latest: a second for rounding, the call itself, and a margin before that.
    let from = 61_000 - 1_000 - 1_200 - 250;
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Audit, at(10)), Err(at(from)));
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Audit, at(from - 1)), Err(at(from)));
    assert_eq!(take_all(&mut limits, Priority::Person, at(from - 1)), 5);
    let mut limits = learned(50, 50);
    assert_eq!(take_all(&mut limits, Priority::FirstSync, at(10)), 45);
    assert_eq!(take_all(&mut limits, Priority::FirstSync, at(60_000)), 5);
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Change, at(60_000)), Err(at(61_000)));
}

/// A call of a minute says nothing about the next one: people would be kept out of half a window.
#[test]
fn a_slow_call_gives_nobody_elses_share_away_for_long() {
    let mut limits = learned(50, 50);
    limits.lasted(Bucket::Apps, SignedDuration::from_secs(30));
    take_all(&mut limits, Priority::FirstSync, at(10));
    let from = at(61_000 - 1_000 - 5_000 - 250);
    assert_eq!(limits.take(&[Bucket::Apps], Priority::FirstSync, at(20)), Err(from));
}

#[test]
fn what_people_used_of_the_kept_share_is_not_kept_twice() {
    let mut limits = learned(50, 50);
    for _ in 0..3 {
        limits.take(&[Bucket::Apps], Priority::Leaver, at(0)).expect("room");
    }
    assert_eq!(take_all(&mut limits, Priority::Change, at(0)), 45);
    assert_eq!(take_all(&mut limits, Priority::Person, at(0)), 2);
}

#[test]
fn a_step_of_two_calls_gets_room_for_both_or_for_none() {
    let mut limits = learned(50, 1);
    let both = [Bucket::App, Bucket::Apps];
    assert!(limits.take(&both, Priority::Person, at(0)).is_ok());
    assert!(limits.take(&both, Priority::Person, at(0)).is_err());
    limits.settle(Bucket::App, Priority::Person, Outcome::Unsent, at(0));
    limits.settle(Bucket::Apps, Priority::Person, Outcome::Unsent, at(0));
    assert!(limits.take(&both, Priority::Person, at(0)).is_ok(), "dropped room came back");
}

#[test]
fn a_window_whose_calls_all_failed_is_left_after_a_minute() {
    let mut limits = learned(2, 2);
    for _ in 0..2 {
        limits.take(&[Bucket::Apps], Priority::Person, at(70_000)).expect("a new window");
    }
    for _ in 0..2 {
        limits.settle(Bucket::Apps, Priority::Person, Outcome::NoAnswer, at(71_000));
    }
    assert_eq!(limits.take(&[Bucket::Apps], Priority::Person, at(72_000)), Err(at(133_000)));
    assert!(limits.take(&[Bucket::Apps], Priority::Person, at(133_000)).is_ok());
}

#[test]
fn a_slot_gives_its_room_back_when_it_is_dropped() {
    let shared = SharedLimits::default();
    let slots = shared.take(&[Bucket::Apps], Priority::Person, at(0)).expect("room");
    assert!(shared.take(&[Bucket::Apps], Priority::Person, at(0)).is_err());
    drop(slots);
    assert!(shared.take(&[Bucket::Apps], Priority::Person, at(0)).is_ok());
}

#[test]
fn a_forecast_counts_whole_windows() {
    assert_eq!(Limits::default().snapshot().forecast(1, at(0)), None);
    let snapshot = learned(50, 50).snapshot();
    assert_eq!(snapshot.forecast(50, at(0)), Some(at(0)));
    assert_eq!(snapshot.forecast(51, at(0)), Some(at(61_000)));
    assert_eq!(snapshot.forecast(50 * 3, at(0)), Some(at(122_000)));
    let text = serde_json::to_value(&snapshot).expect("a snapshot is plain data");
    assert_eq!(text["buckets"][0]["bucket"], "apps");
}

/// Okta as behaviour.md section 3 describes it: fixed windows, opened by the first call.
struct Server {
    limit: u32,
    skew_seconds: i64,
    /// A window ends at the very second that `Reset` tells, as in every recording; else up to a second after it.
    is_exact: bool,
    window: Option<(Timestamp, u32)>,
}

impl Server {
    /// Counts a call that arrives now; `Err` is a 429.
    fn call(&mut self, now: Timestamp) -> Result<Rate, Rate> {
        let (ends_at, used) = match self.window {
            Some((ends_at, used)) if now < ends_at => (ends_at, used),
            _ if self.is_exact => (at((now.as_second() - START) * 1000 + 60_000), 0),
            _ => (now + SignedDuration::from_secs(60), 0),
        };
        self.window = Some((ends_at, used + 1));
        let told = |remaining| Rate {
            limit: Some(self.limit),
            remaining: Some(remaining),
            reset: Some(ends_at.as_second() + self.skew_seconds),
            date: Some(now.as_second() + self.skew_seconds),
        };
        if used < self.limit { Ok(told(self.limit - used - 1)) } else { Err(told(0)) }
    }
}

#[derive(Clone, Copy, Debug)]
struct Try {
    after: i64,
    to_server: i64,
    back: i64,
    lost: bool,
    priority: Priority,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let latency = prop_oneof![8 => 1_i64..500, 1 => 500_i64..15_000];
    let one = (0_i64..2_500, latency.clone(), latency, 0_u8..20, 0_u8..5).prop_map(
        |(after, to_server, back, lost, priority)| Try {
            after,
            to_server,
            back,
            lost: lost == 0,
            priority: [
                Priority::Leaver,
                Priority::Person,
                Priority::Change,
                Priority::FirstSync,
                Priority::Audit,
            ][usize::from(priority)],
        },
    );
    prop::collection::vec(one, 1..300)
}

enum Event {
    Ask(Try),
    Arrive(Try),
    Answer(Try, Outcome),
    Lose(Try),
}

proptest! {
    /// R3: never more than `limit` calls a window, whatever the order of answers. Where windows do not end when `Reset` says,
    /// that costs one refusal before it is known, or a few where several people's calls are under way.
    #[test]
    fn no_interleaving_sends_more_than_the_limit(
        limit in 1_u32..30,
        skew_seconds in -10_000_i64..10_000,
        is_exact: bool,
        tries in tries(),
    ) {
        let mut server = Server { limit, skew_seconds, is_exact, window: None };
        let mut limits = Limits::default();
        let mut queue = std::collections::BTreeMap::new();
        let mut asked_at = 0;
        for (number, this) in tries.into_iter().enumerate() {
            asked_at += this.after;
            queue.insert((asked_at, number), Event::Ask(this));
        }
        let mut sent = 0_u32;
        // Calls whose answers are lost before the first one tells the limit may run into it.
        let mut is_learned = false;
        let mut may_be_refused = if is_exact { 0 } else { kept(limit) };
        while let Some(((time, number), event)) = queue.pop_first() {
            let now = at(time);
            match event {
                Event::Ask(this) => {
                    if limits.take(&[Bucket::Apps], this.priority, now).is_ok() {
                        sent += 1;
                        queue.insert((time + this.to_server, number), Event::Arrive(this));
                    }
                }
                Event::Arrive(this) => {
                    let answer = server.call(now);
                    if answer.is_err() && is_learned {
                        let is_fine = may_be_refused > 0 && this.priority.is_interactive();
                        prop_assert!(is_fine, "429 at {time} ms after {sent} calls");
                        may_be_refused -= 1;
                    }
                    let back = time + this.back;
                    let next = match answer {
                        _ if this.lost => Event::Lose(this),
                        Ok(rate) => Event::Answer(this, Outcome::Answered(rate)),
                        Err(rate) => Event::Answer(this, Outcome::Throttled(rate)),
                    };
                    queue.insert((back, number), next);
                }
                Event::Answer(this, outcome) => {
                    is_learned |= matches!(outcome, Outcome::Answered(_));
                    let length = SignedDuration::from_millis(this.to_server + this.back);
                    limits.lasted(Bucket::Apps, length);
                    limits.settle(Bucket::Apps, this.priority, outcome, now);
                }
                Event::Lose(this) => {
                    limits.settle(Bucket::Apps, this.priority, Outcome::NoAnswer, now);
                }
            }
        }
        prop_assert!(sent > 0);
    }

    /// R3: a caller that comes back when it is told uses at least 90 % of what Okta allows.
    #[test]
    fn a_patient_caller_uses_nearly_the_whole_limit(
        limit in 10_u32..60,
        latency in 20_i64..1_500,
        skew_seconds in -10_000_i64..10_000,
    ) {
        let mut server = Server { limit, skew_seconds, is_exact: true, window: None };
        let mut limits = Limits::default();
        let mut time = 0;
        let mut sent = 0;
        let hour = 60 * 60 * 1000;
        while time < hour {
            match limits.take(&[Bucket::Apps], Priority::Person, at(time)) {
                Ok(()) => {
                    let rate = server.call(at(time));
                    prop_assert!(rate.is_ok(), "429 at {time} ms");
                    // Ten calls at a time would hide it; one in flight must still do when fast.
                    time += latency.min(60_000 / (2 * i64::from(limit)));
                    let outcome = Outcome::Answered(rate.expect("no 429"));
                    limits.settle(Bucket::Apps, Priority::Person, outcome, at(time));
                    sent += 1;
                }
                Err(until) => time = (until.as_millisecond() - START * 1000).max(time + 1),
            }
        }
        prop_assert!(sent * 10 >= limit * 60 * 9, "{sent} of {}", limit * 60);
    }
}
