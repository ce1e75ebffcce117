use super::defects;
use crate::GuardHarness;
use async_trait::async_trait;
use backstop_application::ports::{Guard, Pair, PortResult, Side, Verdict};
use backstop_domain::{
    ClientId, Timestamp,
    guard::{Admission, GuardRules, PairState, Slot},
};
use jiff::SignedDuration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

defects! {
    /// What is wrong with a guard.
    GuardDefect {
        CountsAfterJudging,
        AcceptsForNothing,
        KeepsFaults,
        CountsRefusalsTwice,
        LockIsNotProlonged,
        AnnouncesTooShortAWait,
        LetsManyThroughAfterTheWait,
        CountsByIdentifierOnly,
        NeverForgets,
        PromisesTooMuch,
    }
}

/// A guard over the sound arithmetic, with one defect.
pub struct BrokenGuard(pub GuardDefect);

struct Counting {
    rules: GuardRules,
    defect: GuardDefect,
    pairs: Mutex<HashMap<Pair, (PairState, Option<Timestamp>)>>,
}

#[async_trait]
impl GuardHarness for BrokenGuard {
    async fn fresh(&self, mut rules: GuardRules) -> Arc<dyn Guard> {
        if self.0 == GuardDefect::NeverForgets {
            rules.forget_after = SignedDuration::from_hours(1_000_000);
        }
        Arc::new(Counting { rules, defect: self.0, pairs: Mutex::default() })
    }
}

impl Counting {
    fn key(&self, pair: &Pair) -> Pair {
        let mut pair = pair.clone();
        if self.defect == GuardDefect::CountsByIdentifierOnly {
            pair.side = Side::Client(ClientId::new(uuid::Uuid::nil()));
        }
        pair
    }
}

#[async_trait]
impl Guard for Counting {
    async fn admit(&self, pair: &Pair, now: Timestamp) -> PortResult<Admission> {
        let mut pairs = self.pairs.lock().unwrap();
        let (state, tried_at) = pairs.entry(self.key(pair)).or_default();
        *tried_at = Some(now);
        let before = *state;
        let admission = state.admit(&self.rules, now);
        Ok(match (self.defect, admission) {
            (GuardDefect::CountsAfterJudging, Admission::Go(slot)) => {
                *state = before;
                Admission::Go(slot)
            }
            (GuardDefect::LockIsNotProlonged, Admission::Locked { until }) => {
                *state = before;
                Admission::Locked { until: before.locked(now).unwrap_or(until) }
            }
            (GuardDefect::AnnouncesTooShortAWait, Admission::Locked { until }) => {
                Admission::Locked { until: until.checked_sub(SignedDuration::from_secs(1)).unwrap() }
            }
            (GuardDefect::LetsManyThroughAfterTheWait, Admission::Go(slot)) if slot.locks_until.is_some() => {
                let was_locked = before.locked(now.checked_sub(SignedDuration::from_secs(1)).unwrap()).is_some();
                if was_locked {
                    *state = PairState::default();
                }
                Admission::Go(slot)
            }
            (GuardDefect::PromisesTooMuch, Admission::Go(mut slot)) => {
                slot.attempts_left += 1;
                Admission::Go(slot)
            }
            (_, admission) => admission,
        })
    }

    async fn settle(&self, pair: &Pair, slot: Slot, verdict: Verdict) -> PortResult<()> {
        let mut pairs = self.pairs.lock().unwrap();
        let (state, tried_at) = pairs.entry(self.key(pair)).or_default();
        let now = tried_at.unwrap_or_default();
        match (verdict, self.defect) {
            (Verdict::Accepted, GuardDefect::AcceptsForNothing) | (Verdict::Fault, GuardDefect::KeepsFaults) => {}
            (Verdict::Refused, GuardDefect::CountsAfterJudging | GuardDefect::CountsRefusalsTwice) => {
                let _ = state.admit(&self.rules, now);
            }
            (Verdict::Accepted, _) => state.accept(),
            (Verdict::Fault, _) => state.give_back(slot),
            (Verdict::Refused, _) => {}
        }
        Ok(())
    }
}
