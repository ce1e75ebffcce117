//! A guard that stands in for another while that is out.

use async_trait::async_trait;
use backstop_application::{
    FallbackGuard,
    ports::{Alarm, Attempt, Guard, PortError, PortErrorKind, PortResult, Side},
};
use backstop_domain::{
    Network, Timestamp,
    guard::{Admission, Budget, GuardRules, Slot, Verdict},
};
use backstop_memory::MemoryGuard;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A guard that can be out.
struct Shaky {
    inner: MemoryGuard,
    out: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl Guard for Shaky {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.out.load(Ordering::SeqCst) {
            return Err(PortError::new(PortErrorKind::Unavailable, "out"));
        }
        self.inner.admit(attempt, now).await
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        self.inner.settle(attempt, slot, verdict).await
    }
}

#[derive(Default)]
struct Told(Mutex<Vec<&'static str>>);

impl Told {
    /// What was said since the last time, and how often the second guard stood in.
    fn take(&self) -> (Vec<&'static str>, usize) {
        let all = std::mem::take(&mut *self.0.lock().unwrap());
        let (stood_in, said): (Vec<_>, Vec<_>) = all.into_iter().partition(|what| *what == "stood in");
        (said, stood_in.len())
    }
}

impl Alarm for Told {
    fn out(&self, _part: &'static str, _why: &PortError) {
        self.0.lock().unwrap().push("out");
    }

    fn back(&self, _part: &'static str) {
        self.0.lock().unwrap().push("back");
    }

    fn stood_in(&self, _part: &'static str) {
        self.0.lock().unwrap().push("stood in");
    }
}

struct World {
    first: Arc<Shaky>,
    told: Arc<Told>,
    guard: FallbackGuard,
}

impl World {
    fn new() -> Self {
        let inner = MemoryGuard::new(GuardRules::DEFAULT);
        let first = Arc::new(Shaky { inner, out: AtomicBool::new(false), asked: AtomicUsize::new(0) });
        let told = Arc::new(Told::default());
        let second = Arc::new(MemoryGuard::new(GuardRules::DEFAULT));
        let guard = FallbackGuard::new(first.clone(), second, told.clone());
        Self { first, told, guard }
    }

    fn set_out(&self, out: bool) {
        self.first.out.store(out, Ordering::SeqCst);
    }

    async fn goes(&self, millis: i64) -> Option<Slot> {
        match self.guard.admit(&attempt(), at(millis)).await.unwrap() {
            Admission::Go(slot) => Some(slot),
            Admission::Locked { .. } => None,
        }
    }

    async fn evaluated(&self, tries: usize, millis: i64) -> usize {
        let mut evaluated = 0;
        for _ in 0..tries {
            evaluated += usize::from(self.goes(millis).await.is_some());
        }
        evaluated
    }
}

fn attempt() -> Attempt {
    let side = Side::Network(Network::V4([192, 0, 2]));
    Attempt { budget: Budget::Codes, identifier: [1; 32], side, exempt: false }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

#[tokio::test]
async fn while_the_first_guard_is_out_the_second_counts_and_a_guesser_has_at_most_the_attempts_of_both() {
    let world = World::new();
    assert_eq!(world.evaluated(3, 0).await, 3);
    world.set_out(true);
    assert_eq!(world.evaluated(100, 1).await, 5);
    world.set_out(false);
    assert_eq!(world.evaluated(100, 2_000).await, 2, "the first goes on from where it was");
}

#[tokio::test]
async fn a_first_guard_that_is_out_is_told_of_once_and_asked_seldom() {
    let world = World::new();
    world.set_out(true);
    world.evaluated(100, 0).await;
    assert_eq!(world.first.asked.load(Ordering::SeqCst), 1);
    world.evaluated(100, 1_000).await;
    assert_eq!(world.first.asked.load(Ordering::SeqCst), 2);
    assert_eq!(world.told.take(), (vec!["out"], 200));
    world.set_out(false);
    world.evaluated(3, 2_000).await;
    assert_eq!(world.told.take(), (vec!["back"], 0));
    assert_eq!(world.first.asked.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn an_attempt_is_settled_where_it_was_counted() {
    let world = World::new();
    world.set_out(true);
    for millis in 0..4 {
        world.goes(millis).await.unwrap();
    }
    let slot = world.goes(4).await.unwrap();
    world.set_out(false);
    world.guard.settle(&attempt(), &slot, Verdict::Accepted).await.unwrap();
    world.set_out(true);
    assert_eq!(world.evaluated(100, 2_000).await, 5, "the second was cleared");
}
