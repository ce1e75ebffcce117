//! How strong a code is, and how long a guesser would need.

use core::fmt;

pub(super) fn bits(alphabet: usize, symbols: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "both are at most 128")]
    let bits = (alphabet as f64).log2() * symbols as f64;
    bits
}

/// The time until half of all codes are tried, at a steady rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuessTime {
    seconds: f64,
}

/// How long a guesser with this many guesses a second needs on average.
pub fn guesses_to_duration(bits: f64, guesses_per_second: f64) -> GuessTime {
    GuessTime { seconds: (bits - 1.0).exp2() / guesses_per_second }
}

impl GuessTime {
    pub fn seconds(self) -> f64 {
        self.seconds
    }
}

impl fmt::Display for GuessTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STEPS: [(f64, &str); 4] =
            [(31_557_600.0, "years"), (86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")];
        let (unit, name) = STEPS.into_iter().find(|(unit, _)| self.seconds >= *unit).unwrap_or((1.0, "seconds"));
        let amount = self.seconds / unit;
        if amount >= 1e6 { write!(f, "{amount:.1e} {name}") } else { write!(f, "{amount:.1} {name}") }
    }
}
