use async_trait::async_trait;

/// The names of the points.
pub mod point {
    /// Before a unit that locks nothing is opened.
    pub const BEFORE_BEGIN: &str = "unit.before-begin";
    /// Before a unit that locks an account is opened: neither a connection nor the lock is held here, so that any
    /// number of callers can wait together.
    pub const BEFORE_LOCKING: &str = "unit.before-locking";
    /// A unit was opened, with or without a lock.
    pub const AFTER_BEGIN: &str = "unit.after-begin";
    pub const BEFORE_CONSUME: &str = "code.before-consume";
    pub const AFTER_CONSUME: &str = "code.after-consume";
    pub const AFTER_SUPERSEDE: &str = "batch.after-supersede";
    pub const AFTER_INSERT: &str = "batch.after-insert";
    pub const BEFORE_COMMIT: &str = "unit.before-commit";
    /// The unit was committed, and nobody has been told yet.
    pub const AFTER_COMMIT: &str = "unit.after-commit";

    pub const ALL: [&str; 9] = [
        BEFORE_BEGIN,
        BEFORE_LOCKING,
        AFTER_BEGIN,
        BEFORE_CONSUME,
        AFTER_CONSUME,
        AFTER_SUPERSEDE,
        AFTER_INSERT,
        BEFORE_COMMIT,
        AFTER_COMMIT,
    ];
}

/// What happens when a point is reached.
#[async_trait]
pub trait FaultPoints: Send + Sync {
    /// Returns when the work may go on.
    async fn reach(&self, point: &'static str);
}
