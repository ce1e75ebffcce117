//! Who waits for the processors, in which order, and how many may.

use backstop_application::ports::{PortError, PortResult};
use core::time::Duration;
use std::sync::Arc;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// First come, first served. Whoever is dropped while waiting leaves the line.
pub(crate) struct Line {
    permits: Arc<Semaphore>,
    places: Semaphore,
    patience: Duration,
}

impl Line {
    pub(crate) fn new(at_once: usize, places: usize, patience: Duration) -> Self {
        let bounded = |permits: usize| Semaphore::new(permits.min(Semaphore::MAX_PERMITS));
        Self { permits: Arc::new(bounded(at_once)), places: bounded(places), patience }
    }

    /// Refuses at once when every place to wait is taken.
    pub(crate) async fn enter(&self) -> PortResult<OwnedSemaphorePermit> {
        // Permits go to those who wait before any becomes free, so that nobody is overtaken here.
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = self.places.try_acquire().map_err(|e| too_many().because(e))?;
        self.enter_without_place().await
    }

    /// For those whose number is bounded already.
    pub(crate) async fn enter_without_place(&self) -> PortResult<OwnedSemaphorePermit> {
        let entering = timeout(self.patience, Arc::clone(&self.permits).acquire_owned()).await;
        entering.map_err(|e| too_many().because(e))?.map_err(|e| too_many().because(e))
    }

    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.permits.available_permits()
    }
}

fn too_many() -> PortError {
    PortError::unavailable("too many codes are being hashed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_application::ports::PortErrorKind;
    use core::{
        future::{Future, poll_fn},
        pin::{Pin, pin},
        task::Poll,
    };

    const LONG: Duration = Duration::from_hours(1);

    async fn poll_once<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
    }

    fn assert_refused(outcome: Poll<PortResult<OwnedSemaphorePermit>>) {
        let Poll::Ready(Err(fault)) = outcome else { panic!("not refused at once") };
        assert_eq!(fault.kind(), PortErrorKind::Unavailable);
        assert_eq!(fault.to_string(), "too many codes are being hashed");
    }

    #[tokio::test]
    async fn whoever_comes_first_is_served_first() {
        let line = Line::new(1, 3, LONG);
        let inside = line.enter().await.unwrap();
        let (mut second, mut third) = (pin!(line.enter()), pin!(line.enter()));
        assert!(poll_once(second.as_mut()).await.is_pending());
        assert!(poll_once(third.as_mut()).await.is_pending());
        drop(inside);
        assert!(poll_once(pin!(line.enter())).await.is_pending(), "the free permit is the second one's already");
        assert!(poll_once(third.as_mut()).await.is_pending());
        let Poll::Ready(Ok(inside)) = poll_once(second.as_mut()).await else { panic!("the second one's turn") };
        drop(inside);
        assert!(matches!(poll_once(third.as_mut()).await, Poll::Ready(Ok(_))));
    }

    #[tokio::test]
    async fn one_too_many_is_refused_at_once() {
        let line = Line::new(1, 2, LONG);
        let _inside = line.enter().await.unwrap();
        let (mut second, mut third) = (pin!(line.enter()), pin!(line.enter()));
        assert!(poll_once(second.as_mut()).await.is_pending());
        assert!(poll_once(third.as_mut()).await.is_pending());
        assert_refused(poll_once(pin!(line.enter())).await);
        assert!(poll_once(pin!(line.enter_without_place())).await.is_pending());
    }

    #[tokio::test]
    async fn whoever_is_dropped_frees_the_place_and_the_turn() {
        let line = Line::new(1, 1, LONG);
        let inside = line.enter().await.unwrap();
        {
            let mut dropped = pin!(line.enter());
            assert!(poll_once(dropped.as_mut()).await.is_pending());
            assert_refused(poll_once(pin!(line.enter())).await);
        }
        let mut next = pin!(line.enter());
        assert!(poll_once(next.as_mut()).await.is_pending());
        drop(inside);
        assert!(matches!(poll_once(next.as_mut()).await, Poll::Ready(Ok(_))));
        assert_eq!(line.free(), 1);
    }

    #[tokio::test]
    async fn patience_ends_and_frees_the_place() {
        let line = Line::new(1, 1, Duration::ZERO);
        let _inside = line.enter().await.unwrap();
        for _ in 0..3 {
            assert_refused(Poll::Ready(line.enter().await));
        }
        assert_eq!(line.places.available_permits(), 1);
        assert_refused(Poll::Ready(line.enter_without_place().await));
    }
}
