//! Clocks.

use backstop_application::ports::Clock;

/// "In whole microseconds": every store keeps what the clock says without loss.
pub async fn the_time_is_in_whole_microseconds(clock: &dyn Clock) {
    for _ in 0..200 {
        assert_eq!(clock.now().as_nanosecond() % 1_000, 0);
    }
}

/// The time is one that people, stores and RFC 3339 can write down.
pub async fn the_time_is_one_that_a_store_can_keep(clock: &dyn Clock) {
    let now = clock.now();
    assert!((0..=253_402_300_799).contains(&now.as_second()), "{now} lies outside the years 1970 to 9999");
}
