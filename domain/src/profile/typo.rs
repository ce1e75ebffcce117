use thiserror::Error;

/// Why an input can't be a code at all. It names no symbol of the input, so it may be shown and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Typo {
    #[error("no code was given")]
    Empty,
    #[error("a code has {expected} symbols, this one has {found}")]
    WrongLength { found: usize, expected: usize },
    /// Counted from 1, separators left out.
    #[error("symbol {position} is none that a code can have")]
    ForeignSymbol { position: usize },
    #[error("one symbol looks wrong, or two are swapped")]
    CheckFailed,
}

impl Typo {
    /// Which of two reasons tells more: the input that got further was probably meant for that profile.
    pub(super) fn nearer(self, other: Self) -> Self {
        if other.closeness() > self.closeness() { other } else { self }
    }

    fn closeness(self) -> i64 {
        match self {
            Self::CheckFailed => 1_000,
            Self::WrongLength { found, expected } => -i64::try_from(found.abs_diff(expected)).unwrap_or(i64::MAX),
            Self::ForeignSymbol { .. } => -1_000,
            Self::Empty => -2_000,
        }
    }
}
