use crate::bounded::{Bounded, Forgotten};
use async_trait::async_trait;
use backstop_application::ports::{Attempt, AttemptKeys, Guard, PortResult};
use backstop_domain::{
    Timestamp,
    guard::{Admission, Ceiling, CeilingRule, Counts, GuardRules, PairState, Slot, Verdict},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many pairs are remembered unless something else is asked for: some tens of megabytes.
const CAPACITY: usize = 100_000;

/// Counts attempts in this process: right for a single one, forgotten when it ends.
///
/// It remembers a bounded number of pairs and of ceilings. When there are more, those longest untried make room, those
/// that refuse last.
#[derive(Debug)]
pub struct MemoryGuard {
    rules: GuardRules,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    pairs: Bounded<PairState>,
    // Apart, because a state that has to go is judged by the rule of the one that comes.
    accounts: Bounded<Ceiling>,
    networks: Bounded<Ceiling>,
}

struct PairRules<'r>(&'r GuardRules);

impl Forgotten<PairState> for PairRules<'_> {
    fn is_forgotten(&self, pair: &PairState, now: Timestamp) -> bool {
        pair.is_forgotten(self.0, now)
    }

    fn refuses(&self, pair: &PairState, now: Timestamp) -> bool {
        pair.locked(now).is_some()
    }
}

impl Forgotten<Ceiling> for CeilingRule {
    fn is_forgotten(&self, ceiling: &Ceiling, now: Timestamp) -> bool {
        ceiling.forgotten_at(*self).is_none_or(|at| at <= now)
    }

    fn refuses(&self, ceiling: &Ceiling, now: Timestamp) -> bool {
        ceiling.clone().refuses_until(*self, now).is_some()
    }
}

impl MemoryGuard {
    pub fn new(rules: GuardRules) -> Self {
        Self::with_capacity(rules, CAPACITY)
    }

    /// A guard that remembers this many pairs and as many ceilings of each kind, at least one.
    pub fn with_capacity(rules: GuardRules, capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let known =
            Known { pairs: Bounded::new(capacity), accounts: Bounded::new(capacity), networks: Bounded::new(capacity) };
        Self { rules, known: Mutex::new(known) }
    }

    /// How many pairs are remembered now.
    pub fn remembered(&self) -> usize {
        self.known().pairs.len()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the states out, lets something happen to them, and puts back what is left to remember.
    fn with<T>(&self, keys: AttemptKeys, now: Timestamp, act: impl FnOnce(&mut Counts<'_>) -> T) -> T {
        let GuardRules { account_ceiling, network_ceiling, .. } = self.rules;
        let mut known = self.known();
        let mut pair = known.pairs.take(&keys.pair);
        let mut account = known.accounts.take(&keys.account);
        let mut network = keys.network.as_ref().map(|key| known.networks.take(key));
        let done = act(&mut Counts { pair: &mut pair, account: &mut account, network: network.as_mut() });
        known.pairs.put(keys.pair, pair, &PairRules(&self.rules), now);
        known.accounts.put(keys.account, account, &account_ceiling, now);
        if let (Some(key), Some(network)) = (keys.network, network) {
            known.networks.put(key, network, &network_ceiling, now);
        }
        done
    }
}

#[async_trait]
impl Guard for MemoryGuard {
    async fn admit(&self, attempt: &Attempt, now: Timestamp) -> PortResult<Admission> {
        Ok(self.with(attempt.keys(), now, |counts| counts.admit(&self.rules, attempt.exempt, now)))
    }

    async fn settle(&self, attempt: &Attempt, slot: &Slot, verdict: Verdict) -> PortResult<()> {
        self.with(attempt.keys(), slot.taken_at, |counts| counts.settle(slot, verdict));
        Ok(())
    }
}
