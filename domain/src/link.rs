//! Links that are mailed to people.

use crate::account::named;
use jiff::SignedDuration;

named! {
    /// What a link is good for, and for nothing else.
    LinkPurpose {
        /// Ends a suspension for failures.
        Lift = "lift",
        /// Sets another password without the present one.
        ResetPassword = "reset_password",
        /// No link: that one for another password was ordered, and is to be made when its mail is sent.
        ResetOrder = "reset_order",
    }
}

impl LinkPurpose {
    /// For how long it opens anything.
    pub const fn lasts(self) -> SignedDuration {
        match self {
            Self::Lift => SignedDuration::from_hours(24),
            Self::ResetPassword | Self::ResetOrder => SignedDuration::from_hours(1),
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
    fn a_lift_link_lasts_a_day_and_one_for_a_password_an_hour() {
        assert_eq!(LinkPurpose::Lift.lasts().as_hours(), 24);
        assert_eq!(LinkPurpose::ResetPassword.lasts().as_hours(), 1);
    }
}
