//! Clocks that show another's time.

use crate::{FollowingClockHarness, fixture::at};
use async_trait::async_trait;
use backstop_application::ports::{Clock, FollowingClock, PortError, PortResult, TimeSource};
use backstop_domain::Timestamp;
use core::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use jiff::SignedDuration;
use std::sync::Arc;

/// A local clock that the rule moves, in milliseconds.
#[derive(Default)]
struct Hand(AtomicI64);

impl Hand {
    fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        at(0) + SignedDuration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// How a question goes: milliseconds until it is answered, and until the answer is heard.
type Way = (i64, i64);

/// A source that is ahead of the local clock, at the end of a slow line.
struct Far {
    hand: Arc<Hand>,
    ahead: i64,
    ways: Vec<Way>,
    asked: AtomicUsize,
}

#[async_trait]
impl TimeSource for Far {
    async fn time(&self) -> PortResult<Timestamp> {
        let question = self.asked.fetch_add(1, Ordering::SeqCst);
        let (there, back) = self.ways[question % self.ways.len()];
        self.hand.advance(there);
        let time = self.hand.now() + SignedDuration::from_millis(self.ahead);
        self.hand.advance(back);
        Ok(time)
    }
}

struct Silent;

#[async_trait]
impl TimeSource for Silent {
    async fn time(&self) -> PortResult<Timestamp> {
        Err(PortError::unavailable("nobody there"))
    }
}

struct World {
    hand: Arc<Hand>,
    clock: Arc<dyn FollowingClock>,
}

impl World {
    fn new(harness: &dyn FollowingClockHarness) -> Self {
        let hand = Arc::new(Hand::default());
        Self { clock: harness.over(Arc::clone(&hand) as _), hand }
    }

    /// Follows a source that is so many milliseconds ahead.
    async fn follow(&self, ahead: i64, ways: &[Way]) -> i64 {
        let hand = Arc::clone(&self.hand);
        let source = Far { hand, ahead, ways: ways.to_vec(), asked: AtomicUsize::new(0) };
        let offset = self.clock.follow(&source).await.unwrap();
        i64::try_from(offset.as_millis()).unwrap()
    }

    /// By how many milliseconds the clock is ahead of the local one now.
    fn ahead(&self) -> i64 {
        i64::try_from(self.hand.now().duration_until(self.clock.now()).as_millis()).unwrap()
    }
}

const AT_ONCE: &[Way] = &[(0, 0)];

/// Before anything was measured the clock shows the local time.
pub async fn an_unmeasured_clock_shows_the_local_time(harness: &dyn FollowingClockHarness) {
    let world = World::new(harness);
    assert_eq!(world.ahead(), 0);
    world.hand.advance(5);
    assert_eq!(world.ahead(), 0);
}

/// "Goes by it from now on": the clock shows the source's time, whichever of the two is ahead, and tells by how much.
pub async fn a_measured_clock_shows_the_time_of_its_source(harness: &dyn FollowingClockHarness) {
    for ahead in [300_000, 1, 0, -1, -300_000] {
        let world = World::new(harness);
        assert_eq!(world.follow(ahead, AT_ONCE).await, ahead);
        assert_eq!(world.ahead(), ahead);
        world.hand.advance(1_000);
        assert_eq!(world.ahead(), ahead);
    }
}

/// "Its answer is taken to be of the middle between asking and hearing."
pub async fn an_answer_is_of_the_middle_of_its_question(harness: &dyn FollowingClockHarness) {
    let world = World::new(harness);
    assert_eq!(world.follow(5_000, &[(800, 800)]).await, 5_000);
    assert_eq!(world.ahead(), 5_000);
}

/// "Of a few questions the quickest counts": one that was held up on its way tells little.
pub async fn the_quickest_question_counts(harness: &dyn FollowingClockHarness) {
    let world = World::new(harness);
    let ways = [(900, 0), (1, 1), (0, 900), (700, 0), (0, 700)];
    assert_eq!(world.follow(5_000, &ways).await, 5_000);
    assert_eq!(world.ahead(), 5_000);
}

/// "A fault changes nothing": the clock goes on by what it knew, and the caller learns of it.
pub async fn a_failed_measurement_keeps_the_last_one(harness: &dyn FollowingClockHarness) {
    let world = World::new(harness);
    world.follow(5_000, AT_ONCE).await;
    assert!(world.clock.follow(&Silent).await.is_err());
    assert_eq!(world.ahead(), 5_000);
}

/// "A correction does not put the time back that was shown already: the clock stands still until it is due again".
pub async fn a_correction_puts_no_time_back(harness: &dyn FollowingClockHarness) {
    let world = World::new(harness);
    world.follow(9_000, AT_ONCE).await;
    let shown = world.clock.now();
    world.follow(0, AT_ONCE).await;
    assert_eq!(world.clock.now(), shown);
    world.hand.advance(8_999);
    assert_eq!(world.clock.now(), shown);
    world.hand.advance(2);
    assert_eq!(world.ahead(), 0);
}

/// "… unless that would take longer than ten seconds": a clock that was far off is put right at once.
pub async fn a_clock_that_was_far_off_is_put_right(harness: &dyn FollowingClockHarness) {
    let world = World::new(harness);
    world.follow(300_000, AT_ONCE).await;
    assert_eq!(world.ahead(), 300_000);
    world.follow(0, AT_ONCE).await;
    assert_eq!(world.ahead(), 0);
}
