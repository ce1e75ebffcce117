use super::{Core, Defect};
use backstop_application::ports::{Storage, UnitOfWork};
use backstop_domain::AuditEntry;
use std::sync::Arc;

/// Where a step is done: in the unit, or in one of its own.
pub(super) enum Access<'a> {
    Unit(&'a mut dyn UnitOfWork),
    EachStep(&'a dyn Storage),
}

pub(super) struct BrokenStores<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) access: Access<'a>,
    pub(super) late: &'a mut Vec<AuditEntry>,
    pub(super) entries: &'a mut u32,
    pub(super) spoilt: &'a mut bool,
}

/// One step of the sound store.
macro_rules! sound {
    ($self:ident, $store:ident . $method:ident ( $($argument:expr),* )) => {
        match &mut $self.access {
            Access::Unit(unit) => unit.$store().$method($($argument),*).await,
            Access::EachStep(storage) => {
                let mut unit = storage.begin().await?;
                let done = unit.$store().$method($($argument),*).await;
                unit.commit().await?;
                done
            }
        }
    };
}

mod accounts;
mod answers;
mod batches;
mod clean_ups;
mod codes;
mod links;
mod mails;
mod others;
mod passwords;
mod runs;
mod schedules;
mod second_factors;
mod tasks;

impl BrokenStores<'_> {
    fn has(&self, defect: Defect) -> bool {
        self.core.has(defect)
    }

    /// Notes a conflict, after which a unit may be of no more use.
    fn conflict<T>(&mut self, outcome: T) -> T {
        *self.spoilt |= self.has(Defect::ConflictsSpoilTheUnit);
        outcome
    }
}
