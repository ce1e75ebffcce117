//! What `MemoryGuard` does beyond the rules of its port.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test panics when it fails")]

use backstop_application::ports::{Attempt, Guard, Side};
use backstop_domain::{
    Network, Timestamp,
    guard::{Admission, Budget, CeilingRule, GuardRules, Limit, Verdict},
};
use backstop_memory::MemoryGuard;
use jiff::SignedDuration;

const RULES: GuardRules = GuardRules {
    max_attempts: 2,
    forget_after: SignedDuration::from_secs(7200),
    network_ceiling: CeilingRule { failures: 1_000, ..GuardRules::DEFAULT.network_ceiling },
    ..GuardRules::DEFAULT
};

fn pair(number: u8) -> Attempt {
    let side = Side::Network(Network::V4([192, 0, 2]));
    Attempt { budget: Budget::Codes, identifier: [number; 32], side, exempt: false }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

async fn attempts_left(guard: &MemoryGuard, number: u8, second: i64) -> Option<u32> {
    match guard.admit(&pair(number), at(second)).await.unwrap() {
        Admission::Go(slot) => Some(slot.attempts_left),
        Admission::Locked { .. } => None,
    }
}

#[tokio::test]
async fn forgotten_pairs_are_dropped_as_others_come() {
    let guard = MemoryGuard::new(RULES);
    for number in 0..100 {
        attempts_left(&guard, number, 0).await;
    }
    assert_eq!(guard.remembered(), 100);
    for number in 100..200 {
        attempts_left(&guard, number, 7200).await;
    }
    assert_eq!(guard.remembered(), 100);
    attempts_left(&guard, 200, 7200 + 7199).await;
    assert_eq!(guard.remembered(), 101);
}

#[tokio::test]
async fn the_number_of_pairs_is_bounded_and_locked_ones_stay() {
    let guard = MemoryGuard::with_capacity(RULES, 10);
    attempts_left(&guard, 0, 0).await;
    attempts_left(&guard, 0, 0).await;
    for number in 1..=100 {
        assert_eq!(attempts_left(&guard, number, 1).await, Some(1));
        assert!(guard.remembered() <= 10);
    }
    assert_eq!(attempts_left(&guard, 0, 2).await, None, "the locked pair is locked still");
    assert_eq!(attempts_left(&guard, 100, 2).await, Some(0), "the last tried pair is remembered");
    assert_eq!(attempts_left(&guard, 1, 2).await, Some(1), "the pair longest untried made room");
}

#[tokio::test]
async fn a_guard_full_of_locked_pairs_still_takes_new_ones() {
    let guard = MemoryGuard::with_capacity(RULES, 3);
    for number in 0..5 {
        assert_eq!(attempts_left(&guard, number, 0).await, Some(1));
        assert_eq!(attempts_left(&guard, number, 0).await, Some(0));
    }
    assert_eq!(guard.remembered(), 3);
    assert_eq!(attempts_left(&guard, 4, 1).await, None);
}

#[tokio::test]
async fn an_accepted_pair_takes_no_room() {
    let guard = MemoryGuard::new(RULES);
    let Admission::Go(slot) = guard.admit(&pair(1), at(0)).await.unwrap() else { panic!("locked") };
    guard.settle(&pair(1), &slot, Verdict::Accepted).await.unwrap();
    assert_eq!(guard.remembered(), 0);
    guard.settle(&pair(1), &slot, Verdict::Fault).await.unwrap();
    assert_eq!(guard.remembered(), 0);
}

#[tokio::test]
async fn an_accounts_ceiling_is_remembered_for_its_own_span_however_short_the_networks() {
    let ceiling = |failures, seconds| CeilingRule { failures, span: SignedDuration::from_secs(seconds) };
    let rules = GuardRules { account_ceiling: ceiling(3, 3_600), network_ceiling: ceiling(1_000, 60), ..RULES };
    let guard = MemoryGuard::new(rules);
    for network in 1..=2 {
        let side = Side::Network(Network::V4([192, 0, network]));
        guard.admit(&Attempt { side, ..pair(1) }, at(0)).await.unwrap();
    }
    for second in [100, 200, 300] {
        guard.admit(&pair(2), at(second)).await.unwrap();
    }
    let Admission::Go(slot) = guard.admit(&pair(1), at(400)).await.unwrap() else { panic!("the third goes") };
    assert_eq!(slot.reaches, Some(Limit::Account));
}
