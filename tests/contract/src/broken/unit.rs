use super::{Core, Defect};
use crate::broken::stores::{Access, BrokenStores};
use async_trait::async_trait;
use backstop_application::ports::{
    AccountStore, AnswerStore, AuditLog, BatchStore, CleanUpStore, ClientStore, CodeStore, LimitStore, LinkStore,
    MailLog, NoticeStore, PasswordStore, PortError, PortResult, RecoveryStore, RunStore, ScheduleStore,
    SecondFactorStore, Storage, TaskStore, UnitOfWork,
};
use backstop_domain::{AccountId, AuditEntry};
use std::sync::Arc;
use tokio::{sync::oneshot, task::yield_now};

pub(super) struct BrokenStorage(pub(super) Arc<Core>);

impl BrokenStorage {
    fn wrap(&self, inner: Option<Box<dyn UnitOfWork>>) -> Box<dyn UnitOfWork> {
        Box::new(BrokenUnit { core: Arc::clone(&self.0), inner, late: Vec::new(), entries: 0, spoilt: false })
    }
}

#[async_trait]
impl Storage for BrokenStorage {
    async fn begin(&self) -> PortResult<Box<dyn UnitOfWork>> {
        if matches!(self.0.defect, Defect::CommitsEachStep | Defect::FindsThenUpdates) {
            return Ok(self.wrap(None));
        }
        Ok(self.wrap(Some(self.0.sound.storage.begin().await?)))
    }

    async fn begin_locking(&self, account: AccountId) -> PortResult<Box<dyn UnitOfWork>> {
        let sound = &self.0.sound;
        match self.0.defect {
            Defect::CommitsEachStep | Defect::FindsThenUpdates => return Ok(self.wrap(None)),
            Defect::MissingAccountIsAFault if sound.accounts.by_id(account).await?.is_none() => {
                return Err(PortError::corrupt("no such account"));
            }
            Defect::LeaksUnits => {
                let (give, take) = oneshot::channel();
                let storage = Arc::clone(&sound.storage);
                tokio::spawn(async move {
                    if let Err(Ok(abandoned)) = give.send(storage.begin_locking(account).await) {
                        core::mem::forget(abandoned);
                    }
                });
                return Ok(self.wrap(Some(take.await.unwrap()?)));
            }
            _ => {}
        }
        Ok(self.wrap(Some(sound.storage.begin_locking(account).await?)))
    }
}

/// Without an inner unit each step is committed at once.
struct BrokenUnit {
    core: Arc<Core>,
    inner: Option<Box<dyn UnitOfWork>>,
    /// Entries that are written later than they should be.
    late: Vec<AuditEntry>,
    entries: u32,
    spoilt: bool,
}

impl BrokenUnit {
    fn stores(&mut self) -> BrokenStores<'_> {
        let Self { core, inner, late, entries, spoilt } = self;
        let core = &*core;
        let access = match inner {
            Some(unit) => Access::Unit(unit.as_mut()),
            None => Access::EachStep(core.sound.storage.as_ref()),
        };
        BrokenStores { core, access, late, entries, spoilt }
    }
}

async fn write(core: &Core, entries: Vec<AuditEntry>) -> PortResult<()> {
    let mut unit = core.sound.storage.begin().await?;
    for entry in entries {
        unit.audit().append(entry).await?;
    }
    unit.commit().await
}

#[async_trait]
impl UnitOfWork for BrokenUnit {
    fn accounts(&mut self) -> Box<dyn AccountStore + '_> {
        Box::new(self.stores())
    }

    fn batches(&mut self) -> Box<dyn BatchStore + '_> {
        Box::new(self.stores())
    }

    fn codes(&mut self) -> Box<dyn CodeStore + '_> {
        Box::new(self.stores())
    }

    fn recoveries(&mut self) -> Box<dyn RecoveryStore + '_> {
        Box::new(self.stores())
    }

    fn limits(&mut self) -> Box<dyn LimitStore + '_> {
        Box::new(self.stores())
    }

    fn audit(&mut self) -> Box<dyn AuditLog + '_> {
        Box::new(self.stores())
    }

    fn clients(&mut self) -> Box<dyn ClientStore + '_> {
        Box::new(self.stores())
    }

    fn answers(&mut self) -> Box<dyn AnswerStore + '_> {
        Box::new(self.stores())
    }

    fn tasks(&mut self) -> Box<dyn TaskStore + '_> {
        Box::new(self.stores())
    }

    fn schedules(&mut self) -> Box<dyn ScheduleStore + '_> {
        Box::new(self.stores())
    }

    fn clean_ups(&mut self) -> Box<dyn CleanUpStore + '_> {
        Box::new(self.stores())
    }

    fn runs(&mut self) -> Box<dyn RunStore + '_> {
        Box::new(self.stores())
    }

    fn mail_log(&mut self) -> Box<dyn MailLog + '_> {
        Box::new(self.stores())
    }

    fn notices(&mut self) -> Box<dyn NoticeStore + '_> {
        Box::new(self.stores())
    }

    fn links(&mut self) -> Box<dyn LinkStore + '_> {
        Box::new(self.stores())
    }

    fn passwords(&mut self) -> Box<dyn PasswordStore + '_> {
        Box::new(self.stores())
    }

    fn second_factors(&mut self) -> Box<dyn SecondFactorStore + '_> {
        Box::new(self.stores())
    }

    async fn commit(mut self: Box<Self>) -> PortResult<()> {
        if let Some(unit) = self.inner.take() {
            unit.commit().await?;
        }
        let late = core::mem::take(&mut self.late);
        if self.core.has(Defect::AuditAfterCommit) && !late.is_empty() {
            yield_now().await;
            write(&self.core, late).await?;
        }
        Ok(())
    }

    async fn rollback(mut self: Box<Self>) -> PortResult<()> {
        if let Some(unit) = self.inner.take() {
            if self.core.has(Defect::RollbackCommits) {
                return unit.commit().await;
            }
            unit.rollback().await?;
        }
        if self.core.has(Defect::AuditSurvivesRollback) {
            write(&self.core, core::mem::take(&mut self.late)).await?;
        }
        Ok(())
    }
}

impl Drop for BrokenUnit {
    fn drop(&mut self) {
        if self.core.has(Defect::LeaksUnits) {
            core::mem::forget(self.inner.take());
        }
    }
}
