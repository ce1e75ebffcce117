use async_trait::async_trait;
use backstop_application::ports::{Guard, Pair, PortResult, Verdict};
use backstop_domain::{
    Timestamp,
    guard::{Admission, GuardRules, PairState, Slot},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many pairs are remembered unless something else is asked for: some tens of megabytes.
const CAPACITY: usize = 100_000;
/// How many of the pairs longest untried are looked at when one has to go.
const LOOKED_AT: usize = 64;
/// How many forgotten pairs an attempt clears away at most: more than it adds, so that they become fewer.
const CLEARED: usize = 2;

/// Counts attempts in this process: right for a single one, forgotten when it ends.
///
/// It remembers a bounded number of pairs. When there are more, those longest untried make room, locked ones last.
#[derive(Debug)]
pub struct MemoryGuard {
    rules: GuardRules,
    capacity: usize,
    pairs: Mutex<Pairs>,
}

#[derive(Debug, Default)]
struct Pairs {
    states: HashMap<Arc<Pair>, Known>,
    /// From longest untried to last tried.
    order: BTreeMap<u64, Arc<Pair>>,
    next: u64,
}

#[derive(Debug)]
struct Known {
    state: PairState,
    place: u64,
}

impl MemoryGuard {
    pub fn new(rules: GuardRules) -> Self {
        Self::with_capacity(rules, CAPACITY)
    }

    /// A guard that remembers this many pairs, at least one.
    pub fn with_capacity(rules: GuardRules, capacity: usize) -> Self {
        Self { rules, capacity: capacity.max(1), pairs: Mutex::default() }
    }

    /// How many pairs are remembered now.
    pub fn remembered(&self) -> usize {
        self.pairs().states.len()
    }

    fn pairs(&self) -> MutexGuard<'_, Pairs> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pairs {
    /// The state of a pair, which becomes the last tried one.
    fn tried(&mut self, pair: &Pair) -> &mut PairState {
        let place = self.next;
        self.next += 1;
        let pair = match self.states.get(pair) {
            Some(known) => self.order.remove(&known.place),
            None => None,
        }
        .unwrap_or_else(|| Arc::new(pair.clone()));
        self.order.insert(place, Arc::clone(&pair));
        let known = self.states.entry(pair).or_insert_with(|| Known { state: PairState::default(), place });
        known.place = place;
        &mut known.state
    }

    fn remove(&mut self, pair: &Pair) {
        if let Some(known) = self.states.remove(pair) {
            self.order.remove(&known.place);
        }
    }

    fn clear_forgotten(&mut self, rules: &GuardRules, now: Timestamp) {
        for _ in 0..CLEARED {
            let Some(oldest) = self.order.values().next().cloned() else { return };
            if self.states.get(&oldest).is_some_and(|known| !known.state.is_forgotten(rules, now)) {
                return;
            }
            self.remove(&oldest);
        }
    }

    fn make_room(&mut self, now: Timestamp) {
        let is_open = |pair: &&Arc<Pair>| self.states.get(*pair).is_none_or(|known| known.state.locked(now).is_none());
        let longest_untried = || self.order.values().take(LOOKED_AT);
        let leaving = longest_untried().find(is_open).or_else(|| longest_untried().next()).cloned();
        if let Some(leaving) = leaving {
            self.remove(&leaving);
        }
    }
}

#[async_trait]
impl Guard for MemoryGuard {
    async fn admit(&self, pair: &Pair, now: Timestamp) -> PortResult<Admission> {
        let mut pairs = self.pairs();
        pairs.clear_forgotten(&self.rules, now);
        if pairs.states.len() >= self.capacity && !pairs.states.contains_key(pair) {
            pairs.make_room(now);
        }
        Ok(pairs.tried(pair).admit(&self.rules, now))
    }

    async fn settle(&self, pair: &Pair, slot: Slot, verdict: Verdict) -> PortResult<()> {
        let mut pairs = self.pairs();
        match verdict {
            Verdict::Accepted => pairs.remove(pair),
            Verdict::Fault => {
                if let Some(known) = pairs.states.get_mut(pair) {
                    known.state.give_back(slot);
                }
            }
            Verdict::Refused => {}
        }
        Ok(())
    }
}
