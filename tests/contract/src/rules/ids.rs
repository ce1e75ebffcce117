//! Ids.

use crate::fixture::RACERS;
use backstop_application::ports::Ids;
use std::{collections::HashSet, thread};

/// "Ids that nobody has had", whoever asks at the same time.
pub async fn ids_are_unique(ids: &dyn Ids) {
    const EACH: usize = 2_000;
    let mut all = HashSet::new();
    thread::scope(|scope| {
        let racers: Vec<_> =
            (0..RACERS).map(|_| scope.spawn(|| (0..EACH).map(|_| ids.next()).collect::<Vec<_>>())).collect();
        for racer in racers {
            all.extend(racer.join().unwrap());
        }
    });
    assert_eq!(all.len(), RACERS * EACH);
}

/// "… and nobody can guess": between neighbours half of the last 62 bits change, and no bit stands still.
pub async fn ids_can_not_be_guessed(ids: &dyn Ids) {
    const DRAWN: u32 = 400;
    const RANDOM: u64 = u64::MAX >> 2;
    let low = |id: uuid::Uuid| id.as_u64_pair().1 & RANDOM;
    let (mut last, mut changed, mut ever) = (low(ids.next()), 0, 0);
    for _ in 0..DRAWN {
        let next = low(ids.next());
        changed += (last ^ next).count_ones();
        ever |= last ^ next;
        last = next;
    }
    assert_eq!(ever, RANDOM, "some bits never change");
    // A fair coin, tossed 24,800 times, is within six standard deviations.
    assert!((31 * DRAWN - 480..31 * DRAWN + 480).contains(&changed), "{changed} bits changed");
}
