use super::defects;
use crate::GuardHarness;
use async_trait::async_trait;
use backstop_application::ports::{Attempt, AttemptKeys, Guard, PortResult, Side};
use backstop_domain::{
    Network, Timestamp,
    guard::{Admission, Ceiling, CeilingRule, Counts, GuardRules, Limit, PairState, Slot, Verdict},
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
        WaitsGrowWithoutEnd,
        WaitsGrowDuringALockOnly,
        AnnouncesTooShortAWait,
        LetsManyThroughAfterTheWait,
        CountsByIdentifierOnly,
        NeverForgets,
        PromisesTooMuch,
        HasNoAccountCeiling,
        HasNoNetworkCeiling,
        CeilingLastsAMicrosecondLonger,
        CeilingBy64Bits,
        ClientsAreNetworks,
        CountsWhatACeilingRefuses,
        ExemptionIsForgotten,
        ExemptFromEverything,
        AcceptedClearsCeilings,
        AcceptedCountsInCeilings,
    }
}

/// A guard over the sound arithmetic, with one defect.
pub struct BrokenGuard(pub GuardDefect);

struct Counting {
    rules: GuardRules,
    defect: GuardDefect,
    states: Mutex<States>,
}

#[derive(Clone, Default)]
struct States {
    pairs: HashMap<String, (PairState, Option<Timestamp>)>,
    ceilings: HashMap<String, Ceiling>,
}

const ENDLESS: CeilingRule = CeilingRule { failures: u32::MAX, span: SignedDuration::from_secs(1) };

#[async_trait]
impl GuardHarness for BrokenGuard {
    async fn fresh(&self, mut rules: GuardRules) -> Arc<dyn Guard> {
        match self.0 {
            GuardDefect::NeverForgets => rules.forget_after = SignedDuration::from_hours(1_000_000),
            GuardDefect::WaitsGrowWithoutEnd => rules.max_cooldown = SignedDuration::from_hours(1_000_000),
            GuardDefect::HasNoAccountCeiling => rules.account_ceiling = ENDLESS,
            GuardDefect::HasNoNetworkCeiling => rules.network_ceiling = ENDLESS,
            GuardDefect::CeilingLastsAMicrosecondLonger => {
                rules.account_ceiling.span += SignedDuration::from_micros(1);
            }
            _ => {}
        }
        Arc::new(Counting { rules, defect: self.0, states: Mutex::default() })
    }
}

impl Counting {
    fn keys(&self, attempt: &Attempt) -> AttemptKeys {
        let mut keys = attempt.keys();
        match (self.defect, attempt.side) {
            (GuardDefect::CountsByIdentifierOnly, _) => keys.pair.clone_from(&keys.account),
            (GuardDefect::CeilingBy64Bits, Side::Network(network @ Network::V6(_))) => {
                keys.network = Some(network.to_string());
            }
            (GuardDefect::ClientsAreNetworks, Side::Client(client)) => keys.network = Some(client.uuid().to_string()),
            _ => {}
        }
        keys
    }

    fn exempt(&self, attempt: &Attempt) -> bool {
        attempt.exempt && self.defect != GuardDefect::ExemptionIsForgotten
    }
}

impl States {
    fn with<T>(&mut self, keys: &AttemptKeys, act: impl FnOnce(&mut Counts<'_>) -> T) -> T {
        let mut account = self.ceilings.remove(&keys.account).unwrap_or_default();
        let mut network = keys.network.as_ref().map(|key| self.ceilings.remove(key).unwrap_or_default());
        let (pair, _) = self.pairs.entry(keys.pair.clone()).or_default();
        let done = act(&mut Counts { pair, account: &mut account, network: network.as_mut() });
        self.ceilings.insert(keys.account.clone(), account);
        if let (Some(key), Some(network)) = (&keys.network, network) {
            self.ceilings.insert(key.clone(), network);
        }
        done
    }

    fn pair(&mut self, keys: &AttemptKeys) -> &mut PairState {
        &mut self.pairs.entry(keys.pair.clone()).or_default().0
    }
}

#[async_trait]
impl Guard for Counting {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        let mut states = self.states.lock().unwrap();
        let mut keys = self.keys(attempt);
        if attempt.exempt && self.defect == GuardDefect::ExemptFromEverything {
            keys.network = None;
        }
        let before = states.clone();
        let pair_before = *states.pair(&keys);
        states.pairs.entry(keys.pair.clone()).or_default().1 = Some(now);
        let mut rules = self.rules;
        if self.defect == GuardDefect::WaitsGrowDuringALockOnly && pair_before.locked(now).is_none() {
            rules.multiplier = 1;
        }
        let admission = states.with(&keys, |counts| counts.admit(&rules, self.exempt(attempt), now));
        Ok(match (self.defect, admission) {
            (GuardDefect::CountsAfterJudging, Admission::Go(slot)) => {
                *states = before;
                states.pairs.entry(keys.pair).or_default().1 = Some(now);
                Admission::Go(slot)
            }
            (GuardDefect::LockIsNotProlonged, Admission::Locked { until, by }) => {
                *states = before;
                Admission::Locked { until: pair_before.locked(now).unwrap_or(until), by }
            }
            (GuardDefect::AnnouncesTooShortAWait, Admission::Locked { until, by }) => {
                Admission::Locked { until: until.checked_sub(SignedDuration::from_secs(1)).unwrap(), by }
            }
            (GuardDefect::CountsWhatACeilingRefuses, Admission::Locked { until, by: Limit::Account }) => {
                states.ceilings.entry(keys.account).or_default().record(self.rules.account_ceiling, now);
                states.pairs.entry(keys.pair).or_default().0.admit(&self.rules, now);
                Admission::Locked { until, by: Limit::Account }
            }
            (GuardDefect::LetsManyThroughAfterTheWait, Admission::Go(slot)) if slot.locks_until.is_some() => {
                let was_locked = pair_before.locked(now.checked_sub(SignedDuration::from_secs(1)).unwrap()).is_some();
                if was_locked {
                    *states.pair(&keys) = PairState::default();
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

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        let mut states = self.states.lock().unwrap();
        let keys = self.keys(attempt);
        let tried_at = states.pairs.entry(keys.pair.clone()).or_default().1;
        match (verdict, self.defect) {
            (Verdict::Accepted, GuardDefect::AcceptsForNothing) | (Verdict::Fault, GuardDefect::KeepsFaults) => {}
            (Verdict::Refused, GuardDefect::CountsAfterJudging | GuardDefect::CountsRefusalsTwice) => {
                let now = tried_at.unwrap_or_default();
                let _ = states.with(&keys, |counts| counts.admit(&self.rules, self.exempt(attempt), now));
            }
            (Verdict::Accepted, GuardDefect::AcceptedClearsCeilings) => {
                states.ceilings.clear();
                states.pair(&keys).accept();
            }
            (Verdict::Accepted, GuardDefect::AcceptedCountsInCeilings) => states.pair(&keys).accept(),
            (verdict, _) => states.with(&keys, |counts| counts.settle(slot, verdict)),
        }
        Ok(())
    }
}
