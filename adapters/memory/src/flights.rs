use backstop_application::ports::PortResult;
use core::hash::Hash;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};
use tokio::sync::OnceCell;

/// Lets those who want the same thing at the same time compute it once.
pub(crate) struct Flights<K: Clone + Eq + Hash, T> {
    open: Open<K, T>,
}

type Open<K, T> = Mutex<HashMap<K, Weak<Flight<T>>>>;

/// Becomes `None` when the computing fails.
type Flight<T> = OnceCell<Option<T>>;

impl<K: Clone + Eq + Hash, T: Clone> Flights<K, T> {
    pub(crate) fn new() -> Self {
        Self { open: Mutex::default() }
    }

    /// What one of those who are here computes. If that one goes away another begins anew; if it fails, only it gets
    /// the fault, and the others compute for themselves: one after the other they would wait for as many time limits.
    pub(crate) async fn join<F>(&self, key: K, compute: impl Fn() -> F) -> PortResult<T>
    where
        F: Future<Output = PortResult<T>>,
    {
        // Let go of in the opposite order: the seat is left by those who hold the flight no more.
        let seat = Seat { open: &self.open, key };
        let flight = self.flight(&seat.key);
        let mut fault = None;
        let computed = flight.get_or_init(async || compute().await.map_err(|e| fault = Some(e)).ok()).await;
        match (computed, fault) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(fault)) => Err(fault),
            (None, None) => compute().await,
        }
    }

    fn flight(&self, key: &K) -> Arc<Flight<T>> {
        let mut open = lock(&self.open);
        open.get(key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let flight = Arc::new(OnceCell::new());
            open.insert(key.clone(), Arc::downgrade(&flight));
            flight
        })
    }

    #[cfg(test)]
    fn number(&self) -> usize {
        lock(&self.open).len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the flight off the list when nobody is left on it.
struct Seat<'f, K: Eq + Hash, T> {
    open: &'f Open<K, T>,
    key: K,
}

impl<K: Eq + Hash, T> Drop for Seat<'_, K, T> {
    fn drop(&mut self) {
        let mut open = lock(self.open);
        if open.get(&self.key).is_some_and(|flight| flight.strong_count() == 0) {
            open.remove(&self.key);
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "readers are tasks that a test can abort")]
mod tests {
    use super::*;
    use backstop_application::ports::PortError;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use tokio::{sync::Semaphore, task::yield_now};

    /// Counts who computes, and lets nobody end before it may.
    #[derive(Default)]
    struct Gate {
        began: AtomicUsize,
        may_end: Option<Semaphore>,
    }

    impl Gate {
        fn closed() -> Self {
            Self { may_end: Some(Semaphore::new(0)), ..Self::default() }
        }

        async fn compute(&self) -> PortResult<usize> {
            let number = self.began.fetch_add(1, Ordering::SeqCst);
            if let Some(gate) = &self.may_end {
                gate.acquire().await.unwrap().forget();
            }
            if number == 0 && self.may_end.is_none() {
                Err(PortError::unavailable("the first fails"))
            } else {
                Ok(number)
            }
        }

        fn began(&self) -> usize {
            self.began.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn who_takes_over_from_a_dropped_reader_computes_for_all() {
        let (flights, gate) = (Arc::new(Flights::new()), Arc::new(Gate::closed()));
        let join = || {
            let (flights, gate) = (Arc::clone(&flights), Arc::clone(&gate));
            tokio::task::spawn(async move { flights.join("key", || gate.compute()).await.unwrap() })
        };
        let first = join();
        while gate.began() == 0 {
            yield_now().await;
        }
        let others: Vec<_> = (0..15).map(|_| join()).collect();
        yield_now().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        while gate.began() == 1 {
            yield_now().await;
        }
        gate.may_end.as_ref().unwrap().add_permits(1);
        for other in others {
            assert_eq!(other.await.unwrap(), 1);
        }
        assert_eq!((gate.began(), flights.number()), (2, 0));
    }

    #[tokio::test]
    async fn a_failure_reaches_only_who_failed() {
        let (flights, gate) = (Flights::new(), Gate::default());
        let (first, second) =
            tokio::join!(flights.join("key", || gate.compute()), flights.join("key", || gate.compute()));
        assert!(first.is_err());
        assert_eq!(second.unwrap(), 1);
        assert_eq!(flights.number(), 0);
    }

    #[tokio::test]
    async fn keys_fly_apart() {
        let (flights, gate) = (Flights::new(), Gate::closed());
        gate.may_end.as_ref().unwrap().add_permits(2);
        let (one, other) = tokio::join!(flights.join("a", || gate.compute()), flights.join("b", || gate.compute()));
        assert_eq!((one.unwrap(), other.unwrap()), (0, 1));
    }
}
