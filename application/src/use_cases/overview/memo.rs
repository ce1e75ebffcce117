use crate::ports::Sight;
use backstop_domain::Timestamp;
use jiff::SignedDuration;
use std::sync::{Mutex, PoisonError};

/// What was found for a sight, and is good for a while.
pub(super) struct Memo<T> {
    good_for: SignedDuration,
    kept: Mutex<Vec<(Sight, Timestamp, T)>>,
}

impl<T: Clone> Memo<T> {
    pub(super) const fn new(good_for: SignedDuration) -> Self {
        Self { good_for, kept: Mutex::new(Vec::new()) }
    }

    pub(super) fn get(&self, sight: Sight, now: Timestamp) -> Option<T> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Of another time in either direction: clocks are set.
        let is_good = |at: Timestamp| at.duration_until(now).abs() < self.good_for;
        kept.iter().find(|(of, at, _)| *of == sight && is_good(*at)).map(|(.., value)| value.clone())
    }

    pub(super) fn keep(&self, sight: Sight, now: Timestamp, value: &T) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, ..)| *of != sight);
        kept.push((sight, now, value.clone()));
    }
}
