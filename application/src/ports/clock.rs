use backstop_domain::Timestamp;

/// The service clock, in whole microseconds.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}
