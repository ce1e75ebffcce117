//! What is cleared away after a time, and how a run of it is told of.

use crate::{ScheduleId, account::named};

named! {
    /// What a clean-up takes.
    CleanUp {
        /// Codes that are used, invalidated, deleted or expired.
        Codes = "codes",
        /// Entries of the audit trail.
        Audit = "audit",
        /// Entries of the e-mail log.
        EmailLog = "email_log",
    }
}

named! {
    /// When a run is reported to the administrator.
    ReportWhen {
        Always = "always",
        WhenRemoved = "when_removed",
        Never = "never",
    }
}

impl ReportWhen {
    pub const fn wants(self, removed: u64) -> bool {
        match self {
            Self::Always => true,
            Self::WhenRemoved => removed > 0,
            Self::Never => false,
        }
    }
}

named! {
    /// How a run of a clean-up stands.
    RunStatus {
        Running = "running",
        /// Everything that was due is gone.
        Completed = "completed",
        /// It took as much as one run may; the next one goes on.
        Capped = "capped",
        Failed = "failed",
    }
}

/// What started a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartedBy {
    /// A schedule, by the name it had, and who saved it last.
    Schedule { id: ScheduleId, name: String, saved_by: String },
    /// Somebody at a terminal.
    CommandLine,
}

/// How much may be taken at once, and in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portions {
    /// Rows in one short transaction; `None` takes all in one.
    pub chunk: Option<u32>,
    /// Rows in the whole run; `None` takes all.
    pub most: Option<u64>,
}

impl Portions {
    /// How many rows the next chunk may take after so many; zero ends the run.
    pub fn next(self, taken: u64) -> u32 {
        let left = self.most.map_or(u64::MAX, |most| most.saturating_sub(taken));
        let chunk = self.chunk.map_or(u64::from(u32::MAX), u64::from);
        u32::try_from(left.min(chunk)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_takes_its_portions_and_not_a_row_more() {
        let portions = Portions { chunk: Some(50), most: Some(120) };
        assert_eq!([0, 50, 100, 120, 130].map(|taken| portions.next(taken)), [50, 50, 20, 0, 0]);
        let unbounded = Portions { chunk: Some(50), most: None };
        assert_eq!(unbounded.next(u64::MAX - 1), 50);
        assert_eq!(Portions { chunk: None, most: None }.next(7), u32::MAX);
        assert_eq!(Portions { chunk: None, most: Some(5) }.next(3), 2);
    }

    #[test]
    fn reports_are_sent_when_they_are_wanted() {
        use ReportWhen::{Always, Never, WhenRemoved};
        assert_eq!([Always, WhenRemoved, Never].map(|when| when.wants(0)), [true, false, false]);
        assert_eq!([Always, WhenRemoved, Never].map(|when| when.wants(1)), [true, true, false]);
    }
}
