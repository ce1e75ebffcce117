use crate::ports::RunRecord;
use backstop_domain::task::Ending;

/// How an attempt at a task went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOutcome {
    /// It ended in a unit that was committed under the lease.
    Ended(Ending),
    /// A run of a clean-up ended so.
    Ran {
        record: Box<RunRecord>,
        /// Whether its schedule wants it in the log of purges.
        log: bool,
    },
    /// What it had to do is done, in few words; the task is not ended yet.
    Done(String),
    /// It can never be done.
    Hopeless(String),
    /// It has to go on later, and nothing went wrong.
    Unfinished,
    /// Somebody else has the task now, or it is gone: nothing more was written.
    Lost,
}

impl TaskOutcome {
    pub(crate) fn unreadable() -> Self {
        Self::Hopeless("this version of the program can't read the task".to_owned())
    }
}
