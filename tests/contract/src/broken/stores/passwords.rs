use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{PasswordStore, PortError, PortResult, StoredPassword};
use backstop_domain::{AccountId, Timestamp, Verifier};

#[async_trait]
impl PasswordStore for BrokenStores<'_> {
    async fn get(&mut self, account: AccountId) -> PortResult<Option<StoredPassword>> {
        sound!(self, passwords.get(account))
    }

    async fn set(&mut self, account: AccountId, verifier: &Verifier, at: Timestamp) -> PortResult<bool> {
        let failures = match sound!(self, passwords.get(account))? {
            Some(before) if self.has(Defect::PasswordStaysAsItWas) => return Ok(before.failures < u32::MAX),
            Some(before) if self.has(Defect::NewPasswordKeepsFailures) => before.failures,
            _ => 0,
        };
        let set = sound!(self, passwords.set(account, verifier, at))?;
        for _ in 0..failures {
            sound!(self, passwords.fail(account))?;
        }
        Ok(set || self.has(Defect::PasswordForNobody))
    }

    async fn sign_out(&mut self, account: AccountId, at: Timestamp) -> PortResult<()> {
        let accounts = match self.core.defect {
            Defect::SignOutsAreForgotten => return Ok(()),
            Defect::SignOutsOfEverybody => self.core.accounts(),
            _ => vec![account],
        };
        for account in accounts {
            sound!(self, passwords.sign_out(account, at))?;
        }
        Ok(())
    }

    async fn fail(&mut self, account: AccountId) -> PortResult<()> {
        let accounts = match self.core.defect {
            Defect::PasswordFailuresAreLost => return Ok(()),
            Defect::FailuresNeedAPassword => {
                let has_one = sound!(self, passwords.get(account))?.is_some();
                if !has_one {
                    return Err(PortError::corrupt("no such password"));
                }
                vec![account]
            }
            Defect::PasswordFailuresOfEverybody => self.core.accounts(),
            _ => vec![account],
        };
        for account in accounts {
            sound!(self, passwords.fail(account))?;
        }
        Ok(())
    }

    async fn clear_failures(&mut self, account: AccountId) -> PortResult<()> {
        let accounts = match self.core.defect {
            Defect::PasswordFailuresStay => return Ok(()),
            Defect::ClearsPasswordFailuresOfEverybody => self.core.accounts(),
            _ => vec![account],
        };
        for account in accounts {
            sound!(self, passwords.clear_failures(account))?;
        }
        Ok(())
    }
}
