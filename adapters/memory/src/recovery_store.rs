use crate::{storage::rejected, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{PortResult, RecoveryStore};
use backstop_domain::{AccountId, Duties, Recovery};

pub(crate) struct MemoryRecoveryStore<'a>(pub(crate) &'a mut Tables);

#[async_trait]
impl RecoveryStore for MemoryRecoveryStore<'_> {
    async fn insert(&mut self, recovery: &Recovery) -> PortResult<()> {
        if self.0.account(recovery.account).is_none() {
            return Err(rejected("the account of the recovery does not exist"));
        }
        self.0.recoveries_mut().insert(recovery.id, *recovery);
        Ok(())
    }

    async fn settle(&mut self, account: AccountId, duties: Duties) -> PortResult<Duties> {
        let mut open = Duties::NONE;
        for recovery in self.0.recoveries_mut().values_mut().filter(|r| r.account == account) {
            open = open.union(recovery.open().and(duties));
            recovery.settled = recovery.settled.union(duties);
        }
        Ok(open)
    }
}
