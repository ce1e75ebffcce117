use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{
    AuditLog, ClientInserted, ClientStore, Failed, KnownKey, LimitStore, PortError, PortErrorKind, PortResult,
    RecoveryStore, WhichKeys,
};
use backstop_domain::{
    AccountId, Actor, AuditEntry, Client, ClientKey, ClientKeyId, Duties, Network, Recovery, SuspensionReason,
    Timestamp, guard::GenerationWait,
};

#[async_trait]
impl RecoveryStore for BrokenStores<'_> {
    async fn insert(&mut self, recovery: &Recovery) -> PortResult<()> {
        let mut recovery = *recovery;
        match self.core.defect {
            Defect::LastRecoveryOnly => {
                sound!(self, recoveries.settle(recovery.account, Duties::from_bits(3)))?;
            }
            Defect::NetworksAreForgotten => recovery.network = None,
            Defect::ForgetsWhatIsSettled => recovery.settled = Duties::NONE,
            _ => {}
        }
        sound!(self, recoveries.insert(&recovery))
    }

    async fn settle(&mut self, account: AccountId, duties: Duties) -> PortResult<Duties> {
        let accounts = match self.core.defect {
            Defect::SettleIsForgotten => vec![],
            Defect::SettlesForEverybody => self.core.accounts(),
            _ => vec![account],
        };
        let mut open = Duties::NONE;
        for account in accounts {
            open = open.union(sound!(self, recoveries.settle(account, duties))?);
        }
        Ok(if self.has(Defect::SettlingTellsNothing) { Duties::NONE } else { open })
    }
}

#[async_trait]
impl LimitStore for BrokenStores<'_> {
    async fn fail(&mut self, account: AccountId, most: u32, at: Timestamp) -> PortResult<Failed> {
        let most = if self.has(Defect::FailsOneTooMany) { most + 1 } else { most };
        let failed = sound!(self, limits.fail(account, most, at))?;
        if self.has(Defect::SuspendsAgain) {
            let reason = Some(SuspensionReason::Failures);
            let changed = sound!(self, accounts.set_suspended(account, reason, at))?;
            return Ok(Failed::Counted { suspended: changed || failed != Failed::Missing });
        }
        Ok(if self.has(Defect::NobodyFails) { Failed::Counted { suspended: false } } else { failed })
    }

    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()> {
        let accounts = match self.core.defect {
            Defect::FailuresAreNeverCleared => vec![],
            Defect::ClearsForEverybody => self.core.accounts(),
            _ => vec![account],
        };
        for account in accounts {
            sound!(self, limits.clear_failures(account))?;
        }
        Ok(())
    }

    async fn set_generation_wait(&mut self, account: AccountId, wait: GenerationWait) -> PortResult<()> {
        if self.has(Defect::WaitIsForgotten) {
            return Ok(());
        }
        sound!(self, limits.set_generation_wait(account, wait))
    }

    async fn note_network(
        &mut self,
        account: AccountId,
        network: Network,
        at: Timestamp,
        forget: Timestamp,
    ) -> PortResult<()> {
        self.core.seen().networks.push((account, network, at));
        let (accounts, forget) = match self.core.defect {
            Defect::SignInsAreForgotten => return Ok(()),
            Defect::SignsInEverybody => (self.core.accounts(), forget),
            Defect::NetworksStayForEver => (vec![account], Timestamp::MIN),
            Defect::ForgetsOtherNetworks => (vec![account], Timestamp::MAX),
            _ => (vec![account], forget),
        };
        if self.has(Defect::NetworkTimesGoBack) {
            let elsewhere = Network::V4([0; 3]);
            sound!(self, limits.note_network(account, elsewhere, at, Timestamp::MAX))?;
        }
        for account in accounts {
            sound!(self, limits.note_network(account, network, at, forget))?;
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
            Defect::ForgetsSchedules if matches!(entry.actor, Actor::Schedule { .. }) => {
                entry.actor = Actor::CommandLine;
            }
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

    async fn add_key(&mut self, key: &ClientKey) -> PortResult<Option<Client>> {
        match self.core.defect {
            Defect::NextKeysAreForgotten => Ok(None),
            Defect::NextKeysEndTheOthers => {
                sound!(self, clients.revoke(WhichKeys::OfClient(key.client), key.created_at))?;
                sound!(self, clients.add_key(key))
            }
            _ => match sound!(self, clients.add_key(key))? {
                None => Ok(self.conflict(None)),
                known => Ok(known),
            },
        }
    }

    async fn hold_key(&mut self, key: ClientKeyId, at: Timestamp) -> PortResult<bool> {
        Ok(sound!(self, clients.hold_key(key, at))? || self.has(Defect::AnyKeyIsHeld))
    }

    async fn revoke(&mut self, which: WhichKeys, at: Timestamp) -> PortResult<Option<(Client, u32)>> {
        let at = if self.has(Defect::KeysEndAtOnce) { Timestamp::MIN } else { at };
        match (self.core.defect, which) {
            (Defect::KeysNeverEnd, _) => Ok(None),
            (Defect::NewKeysSlipThrough, WhichKeys::OfClient(_)) => {
                let Some(known) = self.core.seen().last_key.clone() else { return Ok(None) };
                sound!(self, clients.revoke(WhichKeys::BesidesOne(known.key.id), at))
            }
            (Defect::OneKeyEndsAll, WhichKeys::One(key)) => {
                let Some((client, _)) = sound!(self, clients.revoke(WhichKeys::One(key), at))? else { return Ok(None) };
                sound!(self, clients.revoke(WhichKeys::OfClient(client.id), at))
            }
            _ => sound!(self, clients.revoke(which, at)),
        }
    }
}
