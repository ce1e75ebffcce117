use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{AccountInserted, AccountStore, AccountUpdated, Erased, PortResult};
use backstop_domain::{Account, AccountId, DisplayName, Subject, SuspensionReason, Timestamp};

#[async_trait]
impl AccountStore for BrokenStores<'_> {
    async fn get(&mut self, id: AccountId) -> PortResult<Option<Account>> {
        if self.has(Defect::GetReadsCommitted) {
            return self.core.sound.accounts.by_id(id).await;
        }
        sound!(self, accounts.get(id))
    }

    async fn insert(&mut self, account: &Account) -> PortResult<AccountInserted> {
        let mut account = account.clone();
        match self.core.defect {
            Defect::ForgetsNotifyEmails => account.notify_emails.clear(),
            Defect::FoldsSubjects => {
                account.subject = Subject::parse(&account.subject.as_str().to_lowercase()).unwrap();
            }
            Defect::KeepsMilliseconds => {
                account.created_at = Timestamp::from_millisecond(account.created_at.as_millisecond()).unwrap();
            }
            Defect::KeepsAsciiOnly => {
                let ascii = |n: DisplayName| n.as_str().replace(|c: char| !c.is_ascii(), "?");
                account.display_name = account.display_name.map(ascii).map(|n| DisplayName::parse(&n).unwrap());
            }
            _ => {}
        }
        self.core.seen().accounts.push(account.id);
        match sound!(self, accounts.insert(&account))? {
            AccountInserted::SubjectTaken if self.has(Defect::TakenSubjectIsDone) => Ok(AccountInserted::Done),
            AccountInserted::EmailTaken if self.has(Defect::ComparesEmailsByCase) => {
                account.email = None;
                sound!(self, accounts.insert(&account))
            }
            AccountInserted::Done if self.has(Defect::EraseKeepsNetworks) => {
                let networks = self.core.seen().networks.clone();
                for (_, network, at) in networks.into_iter().filter(|(owner, _, _)| *owner == account.id) {
                    sound!(self, limits.note_network(account.id, network, at, at))?;
                }
                Ok(AccountInserted::Done)
            }
            AccountInserted::Done => Ok(AccountInserted::Done),
            conflict => Ok(self.conflict(conflict)),
        }
    }

    async fn update(&mut self, account: &Account) -> PortResult<AccountUpdated> {
        match self.core.defect {
            Defect::UpdateIsForgotten => return Ok(AccountUpdated::Done),
            Defect::OwnEmailIsTaken => {
                let before = sound!(self, accounts.get(account.id))?;
                if before.is_some_and(|b| b.email.is_some() && b.email == account.email) {
                    return Ok(AccountUpdated::EmailTaken);
                }
            }
            _ => {}
        }
        let updated = sound!(self, accounts.update(account))?;
        match updated {
            AccountUpdated::Done if self.has(Defect::UpdateOverwritesSuspension) => {
                sound!(self, accounts.set_suspended(account.id, account.suspended, account.modified_at))?;
            }
            AccountUpdated::EmailTaken if self.has(Defect::TakenEmailIsLeftOut) => {
                let mut rest = account.clone();
                rest.email = None;
                sound!(self, accounts.update(&rest))?;
            }
            AccountUpdated::Missing if self.has(Defect::UpdateInserts) => {
                sound!(self, accounts.insert(account))?;
                return Ok(AccountUpdated::Done);
            }
            AccountUpdated::EmailTaken => return Ok(self.conflict(updated)),
            _ => {}
        }
        Ok(updated)
    }

    async fn verify_setup(&mut self, id: AccountId, at: Timestamp) -> PortResult<bool> {
        Ok(sound!(self, accounts.verify_setup(id, at))? || self.has(Defect::VerifiesAlways))
    }

    async fn set_suspended(
        &mut self,
        id: AccountId,
        reason: Option<SuspensionReason>,
        at: Timestamp,
    ) -> PortResult<bool> {
        Ok(sound!(self, accounts.set_suspended(id, reason, at))? || self.has(Defect::SuspendsAlways))
    }

    async fn hold_administrator(&mut self, id: AccountId) -> PortResult<bool> {
        Ok(sound!(self, accounts.hold_administrator(id))? || self.has(Defect::AnybodyIsAnAdministrator))
    }

    async fn erase(&mut self, id: AccountId) -> PortResult<Option<Erased>> {
        match self.core.defect {
            Defect::EraseIsForgotten => return Ok(Some(Erased { batches: 0, codes: 0 })),
            Defect::EraseKeepsPasswords => {
                let kept = sound!(self, passwords.get(id))?;
                self.core.seen().passwords.extend(kept.map(|kept| (id, kept)));
            }
            Defect::EraseKeepsSecondFactors => {
                let kept = sound!(self, second_factors.get(id))?;
                self.core.seen().second_factors.insert(id, kept);
            }
            Defect::EraseChangesTheTrail => sound!(self, audit.bury(id, id))?,
            Defect::EraseTakesEverybody => {
                for other in self.core.accounts().into_iter().filter(|other| *other != id) {
                    sound!(self, accounts.erase(other))?;
                }
            }
            _ => {}
        }
        let erased = sound!(self, accounts.erase(id))?;
        let uncounted = Erased { batches: 0, codes: 0 };
        Ok(if self.has(Defect::EraseCountsNothing) { erased.map(|_| uncounted) } else { erased })
    }
}
