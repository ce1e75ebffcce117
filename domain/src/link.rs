//! Links that are mailed to people.

use crate::account::named;
use jiff::SignedDuration;

named! {
    /// What a link is good for, and for nothing else.
    LinkPurpose {
        /// Ends a suspension for failures.
        Lift = "lift",
    }
}

impl LinkPurpose {
    /// For how long it opens anything.
    pub const fn lasts(self) -> SignedDuration {
        match self {
            Self::Lift => SignedDuration::from_hours(24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        assert!(LinkPurpose::ALL.iter().all(|purpose| purpose.as_str().parse() == Ok(*purpose)));
    }

    #[test]
    fn a_lift_link_lasts_a_day() {
        assert_eq!(LinkPurpose::Lift.lasts().as_hours(), 24);
    }
}
