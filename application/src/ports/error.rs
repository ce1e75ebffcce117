use core::fmt;
use std::error::Error;

pub type PortResult<T> = Result<T, PortError>;

/// What the caller can do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortErrorKind {
    /// The other side can't be reached or is too slow; later it may work.
    Unavailable,
    /// Somebody else was in the way; the same unit may be tried again at once.
    Contention,
    /// What was read can't be true.
    Corrupt,
    /// The other side refuses what we ask, and will again.
    Rejected,
}

/// A fault behind a port. It names no driver's type, and its text holds no secret.
#[derive(Debug)]
pub struct PortError {
    kind: PortErrorKind,
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    pub fn new(kind: PortErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::new(PortErrorKind::Unavailable, what)
    }

    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::new(PortErrorKind::Corrupt, what)
    }

    pub const fn kind(&self) -> PortErrorKind {
        self.kind
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for PortError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|s| s as &(dyn Error + 'static))
    }
}
