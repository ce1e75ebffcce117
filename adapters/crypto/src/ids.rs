use backstop_application::ports::{Clock, Ids, PortError, PortResult};
use core::fmt;
use rand::{Rng, SeedableRng, rngs::StdRng, rngs::SysRng};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::{Builder, Uuid};

/// Version 7 ids: the service clock's milliseconds, then 74 random bits.
///
/// The bits come from a generator that the operating system seeded once, so that making an id can't fail.
pub struct UuidIds {
    clock: Arc<dyn Clock>,
    bits: Mutex<StdRng>,
}

impl UuidIds {
    pub fn new(clock: Arc<dyn Clock>) -> PortResult<Self> {
        let bits = StdRng::try_from_rng(&mut SysRng)
            .map_err(|e| PortError::unavailable("the system gives no randomness").because(e))?;
        Ok(Self { clock, bits: Mutex::new(bits) })
    }
}

impl Ids for UuidIds {
    fn next(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        let mut bits = [0; 10];
        self.bits.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bits);
        Builder::from_unix_timestamp_millis(millis, &bits).into_uuid()
    }
}

impl fmt::Debug for UuidIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UuidIds")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use std::{collections::HashSet, sync::atomic::AtomicI64, sync::atomic::Ordering};

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).unwrap()
        }
    }

    #[test]
    fn ids_are_version_7_in_the_order_of_the_clock() {
        let clock = Arc::new(Hand::default());
        let ids = UuidIds::new(Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let mut made = Vec::new();
        for millis in [0, 1, 2, 1_000, 1_700_000_000_000] {
            clock.0.store(millis, Ordering::Relaxed);
            let id = ids.next();
            assert_eq!(id.get_version_num(), 7);
            made.push(id);
        }
        assert!(made.is_sorted());
    }

    #[test]
    fn ids_of_one_instant_differ_in_every_random_bit() {
        let ids = UuidIds::new(Arc::new(Hand::default())).unwrap();
        let made: Vec<u128> = (0..1_000).map(|_| ids.next().as_u128()).collect();
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        let moving = made.iter().fold(0, |bits, id| bits | (id ^ made[0]));
        assert_eq!(moving.count_ones(), 74);
    }
}
