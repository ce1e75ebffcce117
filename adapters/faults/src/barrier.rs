use crate::FaultPoints;
use async_trait::async_trait;
use tokio::sync::Barrier;

/// Holds callers at one point until a number of them are there, then lets them all go; the next ones form the next
/// group.
#[derive(Debug)]
pub struct BarrierFaultPoints {
    point: &'static str,
    barrier: Barrier,
}

impl BarrierFaultPoints {
    pub fn new(point: &'static str, callers: usize) -> Self {
        Self { point, barrier: Barrier::new(callers) }
    }
}

#[async_trait]
impl FaultPoints for BarrierFaultPoints {
    async fn reach(&self, point: &'static str) {
        if point == self.point {
            self.barrier.wait().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point;
    use core::{future::Future, pin::pin, task::Context, task::Waker};

    #[test]
    fn callers_go_on_when_all_are_there() {
        let points = BarrierFaultPoints::new(point::BEFORE_LOCKING, 2);
        let cx = &mut Context::from_waker(Waker::noop());
        let mut first = pin!(points.reach(point::BEFORE_LOCKING));
        assert!(first.as_mut().poll(cx).is_pending());
        assert!(pin!(points.reach(point::BEFORE_COMMIT)).poll(cx).is_ready(), "another point holds nobody");
        assert!(first.as_mut().poll(cx).is_pending());
        assert!(pin!(points.reach(point::BEFORE_LOCKING)).poll(cx).is_ready());
        assert!(first.poll(cx).is_ready());
    }
}
