use super::PortResult;
use async_trait::async_trait;
use backstop_domain::Timestamp;
use jiff::SignedDuration;

/// The service clock, in whole microseconds.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// What time the database has, by which all replicas go.
#[async_trait]
pub trait TimeSource: Send + Sync {
    /// The time there while the question is answered, in whole microseconds, looked up anew for each question.
    /// A source that does not answer within seconds is a fault.
    async fn time(&self) -> PortResult<Timestamp>;
}

/// A clock that shows the time of a source, though it reads a local clock.
#[async_trait]
pub trait FollowingClock: Clock {
    /// Measures how far the source is ahead of the local clock, and goes by it from now on.
    ///
    /// Of a few questions the quickest counts, and its answer is taken to be of the middle between asking and hearing.
    /// A fault changes nothing. A correction does not put the time back that was shown already: the clock stands still
    /// until it is due again, unless that would take longer than ten seconds.
    async fn follow(&self, source: &dyn TimeSource) -> PortResult<SignedDuration>;
}
