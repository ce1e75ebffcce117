//! What `RedisGuard` does beyond the rules of its port.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails by panicking")]

use backstop_application::ports::{Attempt, Guard, PortErrorKind, PortResult, Side};
use backstop_backends::{KeySpace, redis, start_own_redis};
use backstop_domain::{
    ClientId, Network, Timestamp,
    guard::{Admission, Budget, CeilingRule, GuardRules, Kept, Slot, Verdict},
};
use backstop_memory::MemoryGuard;
use backstop_redis::{RedisConnection, RedisGuard, RedisSettings};
use core::time::Duration;
use fred::prelude::{Builder, ClientLike as _, Config, KeysInterface as _};
use jiff::SignedDuration;
use proptest::{prelude::*, test_runner::TestRunner};
use std::{collections::HashMap, sync::Mutex};
use tokio::runtime::Runtime;

/// Low numbers and spans of about the size of the steps, so that every branch is reached often.
const RULES: GuardRules = GuardRules {
    max_attempts: 3,
    base_cooldown: SignedDuration::from_secs(2),
    multiplier: 3,
    max_cooldown: SignedDuration::from_secs(40),
    forget_after: SignedDuration::from_secs(90),
    account_ceiling: CeilingRule { failures: 6, span: SignedDuration::from_secs(60) },
    network_ceiling: CeilingRule { failures: 8, span: SignedDuration::from_secs(20) },
};

/// Both ceilings often refuse until the same moment, and pairs are soon forgotten.
const ALIKE: GuardRules = GuardRules {
    multiplier: 1,
    forget_after: SignedDuration::from_secs(1),
    account_ceiling: CeilingRule { failures: 4, span: SignedDuration::from_secs(20) },
    network_ceiling: CeilingRule { failures: 4, span: SignedDuration::from_secs(20) },
    ..RULES
};

/// By how many milliseconds a key outlives what it says.
const SPARE: i64 = 60_000;

async fn guard(space: &KeySpace, rules: GuardRules) -> RedisGuard {
    let settings = RedisSettings {
        prefix: space.prefix.clone(),
        connections: 1,
        command_timeout: Duration::from_secs(20),
        ..RedisSettings::new(&space.url)
    };
    RedisGuard::new(RedisConnection::connect(&settings).await.unwrap(), rules)
}

fn attempt(identifier: u8, side: Side) -> Attempt {
    Attempt { budget: Budget::Codes, identifier: [identifier; 32], side, exempt: false }
}

fn one() -> Attempt {
    attempt(1, Side::Network(Network::V4([192, 0, 2])))
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_000_000 + micros).unwrap()
}

/// One thing that happens, some microseconds after the thing before.
#[derive(Clone, Debug)]
enum Step {
    Admit {
        attempt: Attempt,
        after: i64,
        verdict: Option<Verdict>,
    },
    /// One of the slots in flight is settled at last.
    Settle {
        which: usize,
        verdict: Verdict,
    },
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![
        // Often the same pair, so that it sees locks and what comes after them.
        6 => Just(one().side),
        1 => Just(Side::Network(Network::V4([192, 0, 3]))),
        1 => (0u16..2).prop_map(|n| Side::Network(Network::V6([0x2001, 0xdb8, 1, n]))),
        1 => (0u128..2).prop_map(|n| Side::Client(ClientId::new(uuid::Uuid::from_u128(n)))),
    ]
}

fn any_attempt() -> impl Strategy<Value = Attempt> {
    let budget = prop_oneof![4 => Just(Budget::Codes), 1 => Just(Budget::Password)];
    (budget, prop::sample::select(vec![0u8, 0, 0, 1]), side(), prop::bool::weighted(0.2))
        .prop_map(|(budget, identifier, side, exempt)| Attempt { exempt, budget, ..attempt(identifier, side) })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![7 => Just(Verdict::Refused), 1 => Just(Verdict::Accepted), 3 => Just(Verdict::Fault)]
}

/// Mostly short pauses, some long ones, some none at all; `back` of them into the past.
fn pause(back: i64) -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0i64),
        4 => -back..3_000_000i64,
        1 => 0i64..50_000_000,
        1 => 0i64..200_000_000,
        3 => prop::sample::select(vec![999_999i64, 999_999, 1_000_000, 2_000_000, 6_000_000, 18_000_000, 20_000_000, 60_000_000]),
    ]
}

fn steps(back: i64) -> impl Strategy<Value = Vec<Step>> {
    let admit = (any_attempt(), pause(back), prop::option::weighted(0.7, verdict()))
        .prop_map(|(attempt, after, verdict)| Step::Admit { attempt, after, verdict });
    let settle = (0usize..8, verdict()).prop_map(|(which, verdict)| Step::Settle { which, verdict });
    prop::collection::vec(prop_oneof![5 => admit, 1 => settle], 1..120)
}

/// Everything that a guard said.
async fn answers(guard: &dyn Guard, steps: &[Step]) -> Vec<Admission> {
    let mut now = 0;
    let mut said = Vec::new();
    let mut in_flight: Vec<(Attempt, Slot)> = Vec::new();
    for step in steps {
        match step {
            Step::Admit { attempt, after, verdict } => {
                now += after;
                let admission = guard.admit(attempt, at(now)).await.unwrap();
                if let Admission::Go(slot) = &admission {
                    match verdict {
                        Some(verdict) => guard.settle(attempt, slot, *verdict).await.unwrap(),
                        None => in_flight.push((attempt.clone(), *slot)),
                    }
                }
                said.push(admission);
            }
            Step::Settle { which, verdict } if !in_flight.is_empty() => {
                let (attempt, slot) = in_flight.remove(which % in_flight.len());
                guard.settle(&attempt, &slot, *verdict).await.unwrap();
            }
            Step::Settle { .. } => {}
        }
    }
    said
}

/// The domain's arithmetic over texts in a map, which never drops anything.
struct TextGuard {
    rules: GuardRules,
    texts: Mutex<HashMap<String, String>>,
}

impl TextGuard {
    fn with<T>(&self, attempt: &Attempt, act: impl FnOnce(&mut Kept) -> T) -> T {
        let keys = attempt.keys();
        let mut texts = self.texts.lock().unwrap();
        let text = |key: &String| texts.get(key).cloned().unwrap_or_default();
        let network = keys.network.as_ref().map(text);
        let mut kept = Kept::read(&text(&keys.pair), &text(&keys.account), network.as_deref()).unwrap();
        let done = act(&mut kept);
        let (pair, account, network) = kept.write(&self.rules, at(0));
        texts.insert(keys.pair, pair.text);
        texts.insert(keys.account, account.text);
        if let (Some(key), Some(network)) = (keys.network, network) {
            texts.insert(key, network.text);
        }
        done
    }
}

#[async_trait::async_trait]
impl Guard for TextGuard {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        Ok(self.with(attempt, |kept| kept.admit(&self.rules, attempt.exempt, now)))
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        self.with(attempt, |kept| kept.settle(slot, verdict));
        Ok(())
    }
}

/// Compares what Redis says with what another guard says about the same steps, for many sequences of them.
fn redis_answers_like(other: impl Fn(GuardRules) -> Box<dyn Guard>, back: i64) {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(redis()).unwrap();
    let config = ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() };
    let input = (prop::sample::select(vec![RULES, ALIKE]), steps(back));
    TestRunner::new(config)
        .run(&input, |(rules, steps)| {
            let space = server.fresh_space().unwrap();
            let (ours, theirs) = runtime.block_on(async {
                let guard = guard(&space, rules).await;
                (answers(&guard, &steps).await, answers(other(rules).as_ref(), &steps).await)
            });
            prop_assert_eq!(ours, theirs);
            Ok(())
        })
        .unwrap();
}

#[test]
fn redis_and_memory_give_the_same_answers_to_any_sequence_of_attempts() {
    redis_answers_like(|rules| Box::new(MemoryGuard::new(rules)), 0);
}

#[test]
fn redis_keeps_to_the_domains_arithmetic_when_clocks_disagree() {
    redis_answers_like(|rules| Box::new(TextGuard { rules, texts: Mutex::default() }), 4_000_000);
}

#[tokio::test]
async fn a_guard_goes_on_counting_after_redis_was_emptied() {
    let server = start_own_redis().await.unwrap();
    let guard = guard(&server.fresh_space().unwrap(), RULES).await;
    let left = async || match guard.admit(&one(), at(0)).await.unwrap() {
        Admission::Go(slot) => (slot.attempts_left, slot),
        Admission::Locked { .. } => panic!("locked"),
    };
    assert_eq!(left().await.0, 2);
    let (one_left, slot) = left().await;
    assert_eq!(one_left, 1);
    server.flush().await.unwrap();
    guard.settle(&one(), &slot, Verdict::Fault).await.unwrap();
    assert_eq!(left().await.0, 2, "the counts are gone, and so are the scripts, which were sent again");
}

#[tokio::test]
async fn every_key_that_a_guard_leaves_expires() {
    let space = redis().await.unwrap().fresh_space().unwrap();
    let guard = guard(&space, RULES).await;
    for second in 0..5 {
        let admission = guard.admit(&one(), at(second * 1_000_000)).await.unwrap();
        if let Admission::Go(slot) = admission {
            guard.settle(&one(), &slot, if second == 0 { Verdict::Fault } else { Verdict::Refused }).await.unwrap();
        }
    }
    let client = Builder::from_config(Config::from_url(&space.url).unwrap()).build().unwrap();
    client.init().await.unwrap();
    let keys = space.keys().await.unwrap();
    assert_eq!(keys.len(), 3, "{keys:?}");
    for key in keys {
        let rest: i64 = client.pttl(key.as_str()).await.unwrap();
        let longest = if key.contains(":pair:") { 90_000 } else { 60_000 };
        assert!(rest > 0 && rest <= longest + SPARE, "{key}: {rest} ms");
    }
}

#[tokio::test]
async fn a_count_that_cannot_be_read_is_a_fault_and_no_free_try() {
    let space = redis().await.unwrap().fresh_space().unwrap();
    let guard = guard(&space, RULES).await;
    let Admission::Go(slot) = guard.admit(&one(), at(0)).await.unwrap() else { panic!("locked") };
    let client = Builder::from_config(Config::from_url(&space.url).unwrap()).build().unwrap();
    client.init().await.unwrap();
    for key in space.keys().await.unwrap() {
        client.set::<(), _, _>(key, "someone else's", None, None, false).await.unwrap();
    }
    assert_eq!(guard.admit(&one(), at(1)).await.unwrap_err().kind(), PortErrorKind::Corrupt);
    let settled = guard.settle(&one(), &slot, Verdict::Fault).await;
    assert_eq!(settled.unwrap_err().kind(), PortErrorKind::Corrupt);
}

#[tokio::test]
async fn a_guard_without_redis_fails_and_lets_nobody_through() {
    let server = start_own_redis().await.unwrap();
    let connection = RedisConnection::connect(&RedisSettings::new(&server.url)).await.unwrap();
    let guard = RedisGuard::new(connection, RULES);
    guard.admit(&one(), at(0)).await.unwrap();
    server.kill().await.unwrap();
    assert_eq!(guard.admit(&one(), at(1)).await.unwrap_err().kind(), PortErrorKind::Unavailable);
}
