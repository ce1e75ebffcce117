use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{CodeChange, CodeStore, Consumed, Consumption, PortResult, Revocation};
use backstop_domain::{AccountId, BatchId, CodeId, CodeStatus, StoredCode, Timestamp};

#[async_trait]
impl CodeStore for BrokenStores<'_> {
    async fn get(&mut self, account: AccountId, code: CodeId) -> PortResult<Option<StoredCode>> {
        let owner = match (self.core.code(code), self.core.defect) {
            (Some((owner, _)), Defect::AnyCodeIsFound) => owner,
            _ => account,
        };
        let found = sound!(self, codes.get(owner, code))?;
        Ok(found.map(|found| match self.core.defect {
            Defect::StatusIsStale => StoredCode { status: CodeStatus::Active, ..found },
            _ => found,
        }))
    }

    async fn consume(&mut self, consumption: &Consumption) -> PortResult<Consumed> {
        let mut consumption = *consumption;
        let seen = self.core.code(consumption.code);
        let (owner, batch) = seen.unwrap_or((consumption.account, BatchId::new(consumption.code.uuid())));
        let won = Consumed::Won { batch, remaining: 0 };
        match self.core.defect {
            Defect::FindsThenUpdates => return self.core.find_then_update(&consumption).await,
            Defect::ConsumeIsForgotten => return Ok(won),
            Defect::OwnerIsNotChecked => consumption.account = owner,
            Defect::ExpiryIsIgnored => consumption.at = Timestamp::UNIX_EPOCH,
            Defect::ExpiresAMicrosecondLate => {
                consumption.at = Timestamp::from_microsecond(consumption.at.as_microsecond() - 1).unwrap();
            }
            Defect::EverythingExpires if consumption.at.as_second() > 100_000_000_000 => return Ok(Consumed::Expired),
            _ => {}
        }
        let consumed = sound!(self, codes.consume(&consumption))?;
        match (consumed, self.core.defect) {
            (Consumed::Won { .. }, _) => return Ok(consumed),
            (Consumed::AlreadyUsed, Defect::UsedIsWonAgain)
            | (Consumed::Inactive, Defect::InactiveIsWon)
            | (Consumed::Suspended, Defect::SuspensionIsIgnored) => return Ok(won),
            (_, Defect::LostAttemptsLeaveMarks) => {
                sound!(self, batches.mark_viewed(owner, batch, consumption.at))?;
            }
            _ => {}
        }
        Ok(self.conflict(consumed))
    }

    async fn revoke(
        &mut self,
        account: AccountId,
        code: CodeId,
        how: Revocation,
        at: Timestamp,
    ) -> PortResult<CodeChange> {
        let seen = self.core.code(code);
        let mut account = account;
        match (seen, self.core.defect) {
            (Some((owner, _)), Defect::OwnerIsNotChecked) => account = owner,
            (Some((_, batch)), Defect::RevokeIsForgotten) => {
                let batch = self.core.sound.history.batch(batch).await?.unwrap();
                return Ok(CodeChange::Changed { status: CodeStatus::Deleted, batch });
            }
            _ => {}
        }
        match sound!(self, codes.revoke(account, code, how, at))? {
            CodeChange::Already { status, batch } if self.has(Defect::RevokesAnything) => {
                Ok(CodeChange::Changed { status, batch })
            }
            change => Ok(change),
        }
    }
}
