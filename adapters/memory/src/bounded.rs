//! States by key, a bounded number of them, those longest untouched first to go.

use backstop_domain::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// How many of the states longest untouched are looked at when one has to go.
const LOOKED_AT: usize = 64;
/// How many forgotten states a change clears away at most: more than it adds, so that they become fewer.
const CLEARED: usize = 2;

/// What decides about keeping a state.
pub(crate) trait Forgotten<S> {
    /// Nothing is known by it any more.
    fn is_forgotten(&self, state: &S, now: Timestamp) -> bool;

    /// It keeps somebody out, so that it is among the last to make room.
    fn refuses(&self, state: &S, now: Timestamp) -> bool;
}

#[derive(Debug)]
pub(crate) struct Bounded<S> {
    capacity: usize,
    states: HashMap<String, (u64, S)>,
    /// From longest untouched to last touched.
    order: BTreeMap<u64, String>,
    next: u64,
}

impl<S: Default> Bounded<S> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, states: HashMap::new(), order: BTreeMap::new(), next: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// The state of a key, which is not kept any more until it is put back.
    pub(crate) fn take(&mut self, key: &str) -> S {
        let Some((place, state)) = self.states.remove(key) else { return S::default() };
        self.order.remove(&place);
        state
    }

    pub(crate) fn put(&mut self, key: String, state: S, rules: &impl Forgotten<S>, now: Timestamp) {
        self.clear_forgotten(rules, now);
        if rules.is_forgotten(&state, now) {
            return;
        }
        if self.states.len() >= self.capacity {
            self.make_room(rules, now);
        }
        self.next += 1;
        self.order.insert(self.next, key.clone());
        self.states.insert(key, (self.next, state));
    }

    fn state(&self, key: &str) -> Option<&S> {
        self.states.get(key).map(|(_, state)| state)
    }

    fn clear_forgotten(&mut self, rules: &impl Forgotten<S>, now: Timestamp) {
        for _ in 0..CLEARED {
            let Some(oldest) = self.order.values().next().cloned() else { return };
            if self.state(&oldest).is_some_and(|state| !rules.is_forgotten(state, now)) {
                return;
            }
            self.take(&oldest);
        }
    }

    fn make_room(&mut self, rules: &impl Forgotten<S>, now: Timestamp) {
        let longest_untouched = || self.order.values().take(LOOKED_AT);
        let is_open = |key: &&String| self.state(key).is_none_or(|state| !rules.refuses(state, now));
        let leaving = longest_untouched().find(is_open).or_else(|| longest_untouched().next()).cloned();
        if let Some(leaving) = leaving {
            self.take(&leaving);
        }
    }
}
