//! Guards: never more evaluations than the budget, and waits that are kept as announced.

use crate::{GuardHarness, fixture::*};
use backstop_application::ports::{Attempt, Guard, Side};
use backstop_domain::{
    ClientId, Network, Timestamp,
    guard::{Admission, Budget, CeilingRule, GuardRules, Limit, Slot, Verdict},
};
use core::time::Duration;
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet, time::timeout};

const RULES: GuardRules = GuardRules {
    max_attempts: 5,
    base_cooldown: SignedDuration::from_secs(60),
    multiplier: 2,
    max_cooldown: SignedDuration::from_secs(200),
    forget_after: SignedDuration::from_secs(86_400),
    // Out of the way of the rules about pairs.
    account_ceiling: CeilingRule { failures: 1_000, span: SignedDuration::from_secs(3_600) },
    network_ceiling: CeilingRule { failures: 1_000, span: SignedDuration::from_secs(600) },
};

/// Ceilings that are soon reached.
const LOW: GuardRules = GuardRules {
    account_ceiling: CeilingRule { failures: 6, span: SignedDuration::from_secs(3_600) },
    network_ceiling: CeilingRule { failures: 8, span: SignedDuration::from_secs(600) },
    ..RULES
};

/// Waits that reach the longest within a few steps.
const SHORT: GuardRules =
    GuardRules { base_cooldown: SignedDuration::from_secs(30), max_cooldown: SignedDuration::from_secs(300), ..RULES };

fn network(third: u8) -> Side {
    Side::Network(Network::V4([192, 0, third]))
}

fn pair(identifier: u8, side: Side) -> Attempt {
    Attempt { budget: Budget::Codes, identifier: [identifier; 32], side, exempt: false }
}

fn one() -> Attempt {
    pair(1, network(2))
}

async fn admit(guard: &dyn Guard, pair: &Attempt, now: Timestamp) -> Admission {
    timeout(Duration::from_secs(20), guard.admit(pair, now)).await.expect("the guard answers").unwrap()
}

async fn go(guard: &dyn Guard, pair: &Attempt, now: Timestamp) -> Slot {
    match admit(guard, pair, now).await {
        Admission::Go(slot) => slot,
        Admission::Locked { until, .. } => panic!("locked until {until}"),
    }
}

async fn locked(guard: &dyn Guard, pair: &Attempt, now: Timestamp) -> Timestamp {
    match admit(guard, pair, now).await {
        Admission::Locked { until, .. } => until,
        Admission::Go(_) => panic!("let through"),
    }
}

/// What refuses, and until when.
async fn stopped(guard: &dyn Guard, attempt: &Attempt, now: Timestamp) -> (Limit, Timestamp) {
    match admit(guard, attempt, now).await {
        Admission::Locked { until, by } => (by, until),
        Admission::Go(_) => panic!("let through"),
    }
}

async fn refuse(guard: &dyn Guard, pair: &Attempt, now: Timestamp) -> Slot {
    let slot = go(guard, pair, now).await;
    guard.settle(pair, &slot, Verdict::Refused).await.unwrap();
    slot
}

async fn lock(guard: &dyn Guard, pair: &Attempt, now: Timestamp) {
    for _ in 0..RULES.max_attempts {
        refuse(guard, pair, now).await;
    }
}

/// Each attempt says what is left if it fails, and the last until when it then locks.
pub async fn a_slot_says_what_its_failure_means(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    for left in [4, 3, 2, 1] {
        let slot = refuse(guard.as_ref(), &one(), at(0)).await;
        assert_eq!((slot.attempts_left, slot.locks_until), (left, None));
    }
    let last = refuse(guard.as_ref(), &one(), at(0)).await;
    assert_eq!((last.attempts_left, last.locks_until), (0, Some(at(60))));
    assert_eq!(locked(guard.as_ref(), &one(), at(0)).await, at(120));
}

/// "Slots in flight count, so that a burst is never evaluated beyond the budget."
pub async fn a_burst_is_not_evaluated_beyond_the_budget(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    let (start, judged) = (Arc::new(Barrier::new(2 * RACERS)), Arc::new(Barrier::new(2 * RACERS)));
    let mut tasks = JoinSet::new();
    for _ in 0..2 * RACERS {
        let (guard, start, judged) = (Arc::clone(&guard), Arc::clone(&start), Arc::clone(&judged));
        tasks.spawn(async move {
            start.wait().await;
            let admission = admit(guard.as_ref(), &one(), at(0)).await;
            // Nobody is settled before all were admitted or not, as slow hashing has it.
            judged.wait().await;
            match admission {
                Admission::Go(slot) => {
                    guard.settle(&one(), &slot, Verdict::Refused).await.unwrap();
                    1
                }
                Admission::Locked { .. } => 0,
            }
        });
    }
    let evaluated: u32 = tasks.join_all().await.into_iter().sum();
    assert_eq!(evaluated, RULES.max_attempts);
}

/// "An accepted one clears the pair": failures and level.
pub async fn an_accepted_attempt_clears_the_pair(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    lock(guard.as_ref(), &one(), at(0)).await;
    let slot = go(guard.as_ref(), &one(), at(60)).await;
    guard.settle(&one(), &slot, Verdict::Accepted).await.unwrap();
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(refuse(guard.as_ref(), &one(), at(61)).await.attempts_left, left);
    }
    assert_eq!(locked(guard.as_ref(), &one(), at(120)).await, at(240));
}

/// "A fault gives the slot back": it counts as if the attempt had never been.
pub async fn a_fault_gives_the_slot_back(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    for _ in 0..20 {
        let slot = go(guard.as_ref(), &one(), at(0)).await;
        guard.settle(&one(), &slot, Verdict::Fault).await.unwrap();
    }
    for left in [4, 3, 2, 1] {
        assert_eq!(refuse(guard.as_ref(), &one(), at(1)).await.attempts_left, left);
    }
    let last = go(guard.as_ref(), &one(), at(2)).await;
    assert_eq!(last.locks_until, Some(at(62)));
    guard.settle(&one(), &last, Verdict::Fault).await.unwrap();
    assert_eq!(go(guard.as_ref(), &one(), at(3)).await.attempts_left, 0);
}

/// "A refused one changes nothing: the slot was a failure from the beginning".
pub async fn a_refused_attempt_counts_once(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    let slots = [go(guard.as_ref(), &one(), at(0)).await, go(guard.as_ref(), &one(), at(0)).await];
    for slot in slots {
        guard.settle(&one(), &slot, Verdict::Refused).await.unwrap();
    }
    assert_eq!(go(guard.as_ref(), &one(), at(0)).await.attempts_left, 2);
}

/// "… and stays one if this is never called."
pub async fn an_attempt_that_is_never_settled_is_a_failure(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(go(guard.as_ref(), &one(), at(0)).await.attempts_left, left);
    }
    locked(guard.as_ref(), &one(), at(59)).await;
}

/// A try during a lock prolongs it, at most once a second and never beyond the longest wait.
pub async fn tries_during_a_lock_prolong_it(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    lock(guard.as_ref(), &one(), at(0)).await;
    let mut ends = Vec::new();
    for second in [1, 1, 1, 2, 2, 3, 4] {
        ends.push(locked(guard.as_ref(), &one(), at(second)).await);
    }
    assert_eq!(ends, [121, 121, 121, 202, 202, 203, 204].map(at));
}

/// With a base of 30 s, a multiplier of 2 and at most 300 s, the waits are 30, 60, 120, 240, 300 and again 300 s, whether
/// somebody tries during each or fails after each; a right code after the wait is let through, and then all begins anew.
pub async fn the_waits_grow_from_thirty_seconds_to_five_minutes(harness: &dyn GuardHarness) {
    const WAITS: [i64; 6] = [30, 60, 120, 240, 300, 300];
    let guard = harness.fresh(SHORT).await;
    let (hasty, patient) = (one(), pair(2, network(2)));
    for one in [&hasty, &patient] {
        for left in [4, 3, 2, 1, 0] {
            let slot = refuse(guard.as_ref(), one, at(0)).await;
            assert_eq!((slot.attempts_left, slot.locks_until), (left, (left == 0).then_some(at(WAITS[0]))));
        }
    }

    for (second, wait) in (1..).zip(&WAITS[1..]) {
        let until = at(second + wait);
        for again in [at(second), at(second), micros_before(at(second + 1), 1)] {
            assert_eq!(locked(guard.as_ref(), &hasty, again).await, until, "try in second {second}");
        }
    }
    let mut now = WAITS[0];
    for wait in &WAITS[1..] {
        let slot = refuse(guard.as_ref(), &patient, at(now)).await;
        assert_eq!((slot.attempts_left, slot.locks_until), (0, Some(at(now + wait))), "try after {now} s");
        now += wait;
    }

    for (one, end) in [(&hasty, 5 + WAITS[5]), (&patient, now)] {
        let right = go(guard.as_ref(), one, at(end)).await;
        guard.settle(one, &right, Verdict::Accepted).await.unwrap();
        for left in [4, 3, 2, 1, 0] {
            let slot = refuse(guard.as_ref(), one, at(end)).await;
            assert_eq!((slot.attempts_left, slot.locks_until), (left, (left == 0).then_some(at(end + WAITS[0]))));
        }
    }
}

/// The announced wait is the enforced one: locked until just before, let through from then on.
pub async fn the_announced_end_is_the_enforced_one(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    lock(guard.as_ref(), &one(), at(0)).await;
    let until = locked(guard.as_ref(), &one(), at(1)).await;
    go(guard.as_ref(), &one(), until).await;
    let other = pair(2, network(2));
    lock(guard.as_ref(), &other, at(0)).await;
    locked(guard.as_ref(), &other, micros_before(at(60), 1)).await;
}

/// After the wait exactly one try is let through, however many come, and its failure raises the level.
pub async fn after_the_wait_one_try_is_let_through(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    lock(guard.as_ref(), &one(), at(0)).await;
    let mut tasks = JoinSet::new();
    let start = Arc::new(Barrier::new(RACERS));
    for _ in 0..RACERS {
        let (guard, start) = (Arc::clone(&guard), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            admit(guard.as_ref(), &one(), at(60)).await
        });
    }
    let slots: Vec<Slot> = tasks
        .join_all()
        .await
        .into_iter()
        .filter_map(|admission| match admission {
            Admission::Go(slot) => Some(slot),
            Admission::Locked { .. } => None,
        })
        .collect();
    assert_eq!(slots.iter().map(|s| (s.attempts_left, s.locks_until)).collect::<Vec<_>>(), [(0, Some(at(180)))]);
}

/// A pair is "one identifier as tried from one side": other identifiers, networks and clients are counted apart.
pub async fn pairs_are_counted_apart(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    lock(guard.as_ref(), &one(), at(0)).await;
    let client = |n| Side::Client(ClientId::new(uuid::Uuid::from_u128(n)));
    let mut others = vec![
        pair(2, network(2)),
        pair(1, network(3)),
        pair(1, Side::Network(Network::V6([192, 0, 2, 0]))),
        pair(1, client(1)),
        pair(1, client(2)),
    ];
    others.push(pair(3, client(1)));
    others.push(Attempt { budget: Budget::Password, ..one() });
    for other in &others {
        assert_eq!(refuse(guard.as_ref(), other, at(0)).await.attempts_left, 4, "{other:?}");
    }
    let accepted = go(guard.as_ref(), &others[0], at(0)).await;
    guard.settle(&others[0], &accepted, Verdict::Accepted).await.unwrap();
    locked(guard.as_ref(), &one(), at(1)).await;
}

/// Idle for long enough, a pair is forgotten, failures and level; not a moment earlier.
pub async fn an_idle_pair_is_forgotten(harness: &dyn GuardHarness) {
    let guard = harness.fresh(RULES).await;
    let (early, late) = (one(), pair(2, network(2)));
    for pair in [&early, &late] {
        refuse(guard.as_ref(), pair, at(0)).await;
    }
    assert_eq!(refuse(guard.as_ref(), &early, at(86_399)).await.attempts_left, 3);
    assert_eq!(refuse(guard.as_ref(), &late, at(86_400)).await.attempts_left, 4);
}

/// Fails `times` times, each from another network, none of them `network(0)`.
async fn fail_all_over(guard: &dyn Guard, identifier: u8, times: u8, now: Timestamp) -> Vec<Slot> {
    let mut slots = Vec::new();
    for third in 1..=times {
        slots.push(refuse(guard, &pair(identifier, network(third)), now).await);
    }
    slots
}

/// Fails `times` times from one network, each for another identifier.
async fn fail_for_many(guard: &dyn Guard, side: Side, times: u8, now: Timestamp) -> Vec<Slot> {
    let mut slots = Vec::new();
    for identifier in 1..=times {
        slots.push(refuse(guard, &pair(identifier, side), now).await);
    }
    slots
}

/// Failures of one identifier over all sides reach its ceiling, which lasts until the oldest falls out of the span; the
/// slot that reaches it says so.
pub async fn an_identifier_has_a_ceiling_over_all_networks(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    let slots = fail_all_over(guard.as_ref(), 1, 5, at(0)).await;
    assert!(slots.iter().all(|slot| slot.reaches.is_none()));
    let client = Side::Client(ClientId::new(uuid::Uuid::from_u128(1)));
    assert_eq!(refuse(guard.as_ref(), &pair(1, client), at(10)).await.reaches, Some(Limit::Account));
    assert_eq!(stopped(guard.as_ref(), &pair(1, network(0)), at(20)).await, (Limit::Account, at(3_600)));
    go(guard.as_ref(), &pair(2, network(0)), at(20)).await;
    stopped(guard.as_ref(), &pair(1, network(0)), micros_before(at(3_600), 1)).await;
    go(guard.as_ref(), &pair(1, network(0)), at(3_600)).await;
}

/// Failures from one network over all identifiers reach its ceiling, IPv6 networks by their first 48 bits.
pub async fn a_network_has_a_ceiling_over_all_identifiers(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    let v6 = |fourth| Side::Network(Network::V6([0x2001, 0xdb8, 1, fourth]));
    for (one, same, other) in [(network(1), network(1), network(2)), (v6(1), v6(2), Side::Network(Network::V6([1; 4])))]
    {
        let slots = fail_for_many(guard.as_ref(), one, 8, at(0)).await;
        assert_eq!(slots[7].reaches, Some(Limit::Network));
        assert_eq!(stopped(guard.as_ref(), &pair(9, same), at(1)).await, (Limit::Network, at(600)));
        let slot = go(guard.as_ref(), &pair(9, other), at(1)).await;
        guard.settle(&pair(9, other), &slot, Verdict::Accepted).await.unwrap();
        go(guard.as_ref(), &pair(9, same), at(600)).await;
    }
}

/// Without a network there is no ceiling over all identifiers.
pub async fn a_client_has_no_ceiling(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    let client = Side::Client(ClientId::new(uuid::Uuid::from_u128(1)));
    fail_for_many(guard.as_ref(), client, 20, at(0)).await;
}

/// "What a ceiling refuses is not counted": tries do not prolong it and cost the pair nothing.
pub async fn a_ceiling_is_not_prolonged_by_tries(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    fail_all_over(guard.as_ref(), 1, 6, at(0)).await;
    for second in [1, 100, 2_000] {
        assert_eq!(stopped(guard.as_ref(), &pair(1, network(0)), at(second)).await, (Limit::Account, at(3_600)));
    }
    assert_eq!(go(guard.as_ref(), &pair(1, network(0)), at(3_600)).await.attempts_left, 4);
}

/// An exempt attempt goes past the account's ceiling, but not past its own pair, and its failures count in the ceiling.
pub async fn an_exempt_attempt_passes_the_accounts_ceiling_only(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    fail_all_over(guard.as_ref(), 1, 6, at(0)).await;
    let home = Attempt { exempt: true, ..pair(1, network(0)) };
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(refuse(guard.as_ref(), &home, at(1_800)).await.attempts_left, left);
    }
    assert_eq!(stopped(guard.as_ref(), &home, at(1_800)).await.0, Limit::Pair);
    fail_for_many(guard.as_ref(), network(9), 8, at(3_601)).await;
    let there = Attempt { exempt: true, ..pair(20, network(9)) };
    assert_eq!(stopped(guard.as_ref(), &there, at(3_602)).await.0, Limit::Network);
    // Five from home and one from there are within the hour.
    assert_eq!(stopped(guard.as_ref(), &pair(1, network(8)), at(3_603)).await, (Limit::Account, at(5_400)));
}

/// "An accepted one clears the pair and gives back what it took of the ceilings", and no failure of anybody.
pub async fn an_accepted_attempt_clears_no_ceiling(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    for _ in 0..20 {
        let slot = go(guard.as_ref(), &one(), at(0)).await;
        guard.settle(&one(), &slot, Verdict::Accepted).await.unwrap();
    }
    fail_all_over(guard.as_ref(), 1, 5, at(1)).await;
    let slot = go(guard.as_ref(), &one(), at(2)).await;
    guard.settle(&one(), &slot, Verdict::Accepted).await.unwrap();
    refuse(guard.as_ref(), &pair(1, network(7)), at(3)).await;
    assert_eq!(stopped(guard.as_ref(), &one(), at(4)).await, (Limit::Account, at(3_601)));
}

/// A fault gives back what the slot took of the ceilings.
pub async fn a_fault_reaches_no_ceiling(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    for second in 0..20 {
        let slot = go(guard.as_ref(), &one(), at(second)).await;
        guard.settle(&one(), &slot, Verdict::Fault).await.unwrap();
    }
    assert_eq!(fail_all_over(guard.as_ref(), 1, 6, at(20)).await.len(), 6);
}

/// "Slots in flight count" in the ceilings, too: a burst over many networks never evaluates more than the ceiling.
pub async fn a_burst_does_not_pass_a_ceiling(harness: &dyn GuardHarness) {
    let guard = harness.fresh(LOW).await;
    let start = Arc::new(Barrier::new(2 * RACERS));
    let mut tasks = JoinSet::new();
    for third in 0..2 * RACERS {
        let (guard, start) = (Arc::clone(&guard), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            let third = u8::try_from(third).unwrap();
            matches!(admit(guard.as_ref(), &pair(1, network(third)), at(0)).await, Admission::Go(_))
        });
    }
    let evaluated = tasks.join_all().await.into_iter().filter(|went| *went).count();
    assert_eq!(evaluated, LOW.account_ceiling.failures as usize);
}
