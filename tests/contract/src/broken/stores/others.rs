use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{
    AuditLog, ClientInserted, ClientStore, KnownKey, PortError, PortErrorKind, PortResult, RecoveryStore,
};
use backstop_domain::{AccountId, AuditEntry, Client, ClientKey, Duties, Recovery};

#[async_trait]
impl RecoveryStore for BrokenStores<'_> {
    async fn insert(&mut self, recovery: &Recovery) -> PortResult<()> {
        let mut recovery = *recovery;
        match self.core.defect {
            Defect::LastRecoveryOnly => sound!(self, recoveries.settle(recovery.account, Duties::from_bits(3)))?,
            Defect::ForgetsWhatIsSettled => recovery.settled = Duties::NONE,
            _ => {}
        }
        sound!(self, recoveries.insert(&recovery))
    }

    async fn settle(&mut self, account: AccountId, duties: Duties) -> PortResult<()> {
        let accounts = match self.core.defect {
            Defect::SettleIsForgotten => vec![],
            Defect::SettlesForEverybody => self.core.accounts(),
            _ => vec![account],
        };
        for account in accounts {
            sound!(self, recoveries.settle(account, duties))?;
        }
        Ok(())
    }
}

#[async_trait]
impl AuditLog for BrokenStores<'_> {
    async fn append(&mut self, entry: AuditEntry) -> PortResult<()> {
        if *self.spoilt {
            return Err(PortError::new(PortErrorKind::Rejected, "the unit is spoilt"));
        }
        let mut entry = entry;
        *self.entries += 1;
        match self.core.defect {
            Defect::ForgetsUserAgents => entry.origin.user_agent = None,
            Defect::OneEntryAUnit if *self.entries > 1 => return Ok(()),
            Defect::AuditAfterCommit => {
                self.late.push(entry);
                return Ok(());
            }
            Defect::AuditSurvivesRollback => self.late.push(entry.clone()),
            Defect::EntriesNeedAnAccount => {
                let Some(account) = entry.account else { return Err(PortError::corrupt("no account")) };
                if sound!(self, accounts.get(account))?.is_none() {
                    return Err(PortError::corrupt("no such account"));
                }
            }
            _ => {}
        }
        sound!(self, audit.append(entry))
    }

    async fn bury(&mut self, account: AccountId, tombstone: AccountId) -> PortResult<()> {
        let accounts = match self.core.defect {
            Defect::BuryIsForgotten => vec![],
            Defect::BuriesEverybody => self.core.accounts(),
            _ => vec![account],
        };
        for account in accounts {
            sound!(self, audit.bury(account, tombstone))?;
        }
        Ok(())
    }
}

#[async_trait]
impl ClientStore for BrokenStores<'_> {
    async fn insert(&mut self, client: &Client, key: &ClientKey) -> PortResult<ClientInserted> {
        let mut client = client.clone();
        if self.has(Defect::ForgetsScopes) {
            client.scopes = core::iter::empty().collect();
        }
        self.core.seen().last_key = Some(KnownKey { client: client.clone(), key: key.clone() });
        match sound!(self, clients.insert(&client, key))? {
            ClientInserted::NameTaken if self.has(Defect::NamesAreShared) => Ok(ClientInserted::Done),
            ClientInserted::NameTaken => Ok(self.conflict(ClientInserted::NameTaken)),
            ClientInserted::Done => Ok(ClientInserted::Done),
        }
    }
}
