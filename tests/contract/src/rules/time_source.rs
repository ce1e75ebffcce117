//! What time the database has.

use backstop_application::ports::TimeSource;
use core::time::Duration;
use std::time::Instant;
use tokio::{task::yield_now, time::timeout};

/// By how much two sound clocks may disagree about the length of a rule.
const DRIFT: Duration = Duration::from_secs(1);

/// "In whole microseconds": the time can be kept and compared without loss.
pub async fn the_time_there_is_in_whole_microseconds(source: &dyn TimeSource) {
    for _ in 0..20 {
        assert_eq!(source.time().await.unwrap().as_nanosecond() % 1_000, 0);
    }
}

/// The time is one that people, stores and RFC 3339 can write down.
pub async fn the_time_there_is_one_that_a_store_can_keep(source: &dyn TimeSource) {
    let now = source.time().await.unwrap();
    assert!((0..=253_402_300_799).contains(&now.as_second()), "{now} lies outside the years 1970 to 9999");
}

/// "Looked up anew for each question": no answer is an earlier one repeated for ever.
pub async fn the_time_there_is_looked_up_anew(source: &dyn TimeSource) {
    let first = source.time().await.unwrap();
    let moves = async {
        while source.time().await.unwrap() <= first {
            yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), moves).await.expect("the time there moves on");
}

/// It is a clock: what passes there between two answers is what passes here.
pub async fn time_passes_there_as_it_passes_here(source: &dyn TimeSource) {
    let began = Instant::now();
    let first = source.time().await.unwrap();
    for _ in 0..10 {
        let later = source.time().await.unwrap();
        let (there, here) = (first.duration_until(later), began.elapsed() + DRIFT);
        let drift = -jiff::SignedDuration::try_from(DRIFT).unwrap();
        assert!(there >= drift && there <= jiff::SignedDuration::try_from(here).unwrap(), "{there} in {here:?}");
    }
}

/// "A source that does not answer within seconds is a fault", so that nobody waits for ever.
pub async fn the_source_answers_in_time(source: &dyn TimeSource) {
    timeout(Duration::from_secs(5), source.time()).await.expect("it answers in time").unwrap();
}
