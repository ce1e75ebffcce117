use super::Administrator;
use crate::{
    Ports, Settings,
    ports::{AccountReader, Clock, NewLink, PortError, PortResult, Reader, Storage, TokenMinter},
    use_cases::{
        Named,
        gate::{Aim, Gate, Shut},
        reset_password,
        trail::Trail,
        work::{mailed_links::order_of, queue::Queue},
    },
};
use backstop_domain::{
    Account, AccountId, AuditKind, EmailAddress, LinkPurpose, Role, Timestamp,
    guard::{Budget, Verdict},
};
use std::sync::Arc;
use thiserror::Error;

/// Sends a user a mail with a link by which they set another password for our own pages.
pub struct SendPasswordReset {
    storage: Arc<dyn Storage>,
    accounts: Arc<dyn AccountReader>,
    tokens: Arc<dyn TokenMinter>,
    clock: Arc<dyn Clock>,
    gate: Gate,
    queue: Queue,
    local: bool,
    trail: Trail,
}

#[derive(Debug, Error)]
pub enum SendPasswordResetError {
    /// There is none, or the caller may not see it.
    #[error("there is no such account")]
    NotFound,
    /// `accounts.local_passwords`
    #[error("nobody signs in with a password here")]
    TurnedOff,
    /// Who reads the mails of an administrator or auditor must not get into the console by that.
    #[error("those who run the service reset no password by mail; it is set at the command line")]
    NotForStaff,
    #[error("the account has no confirmed e-mail address")]
    NoAddress,
    /// Nothing was sent.
    #[error("enough mails were sent for now")]
    Locked { until: Timestamp, wait_seconds: u64 },
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl SendPasswordReset {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            accounts: Arc::clone(&ports.accounts),
            tokens: Arc::clone(&ports.tokens),
            clock: Arc::clone(&ports.clock),
            gate: Gate::new(ports, settings),
            queue: Queue::new(ports, settings),
            local: settings.local_passwords,
            trail: Trail::new(ports),
        }
    }

    /// Links that were sent before are over. Each mail takes a slot of the guard, so that nobody's letter box is filled.
    pub async fn run(
        &self,
        account: impl Into<Named<'_>> + Send,
        by: &Administrator,
    ) -> Result<Account, SendPasswordResetError> {
        let account = account.into().find(&*self.accounts, by.caller()).await?;
        let account = account.ok_or(SendPasswordResetError::NotFound)?;
        if !self.local {
            return Err(SendPasswordResetError::TurnedOff);
        }
        address(&account)?;
        let aim = Aim::Known(Box::new(account.clone()));
        let passed = match self.gate.admit(Budget::Mail, &aim, by.caller(), &by.caller().as_end_user()).await? {
            Ok(passed) => passed,
            Err(Shut { until, wait_seconds }) => return Err(SendPasswordResetError::Locked { until, wait_seconds }),
        };
        let sent = match retry_contention!(self.order(account.id, by).await) {
            Ok(ordered) => ordered,
            Err(fault) => Err(fault.into()),
        };
        // A mail that is sent counts; what came to nothing does not.
        let verdict = if sent.is_ok() { Verdict::Refused } else { Verdict::Fault };
        self.gate.settle(&passed, verdict).await;
        sent
    }

    async fn order(&self, id: AccountId, by: &Administrator) -> PortResult<Result<Account, SendPasswordResetError>> {
        let mut unit = self.storage.begin_locking(id).await?;
        let account = unit.accounts().get(id).await?.ok_or(SendPasswordResetError::NotFound);
        let ordered = account.and_then(|account| address(&account).cloned().map(|to| (account, to)));
        let (account, to) = match ordered {
            Ok(ordered) => ordered,
            Err(refused) => {
                unit.rollback().await?;
                return Ok(Err(refused));
            }
        };
        let reader = Reader { locale: account.locale.clone(), display_name: account.display_name.clone() };
        let task = self.queue.send_reset(&to, &reader, id)?;
        reset_password::withdraw(&mut *unit, id).await?;
        let purpose = LinkPurpose::ResetOrder;
        let expires_at = self.clock.now().saturating_add(purpose.lasts()).unwrap_or(Timestamp::MAX);
        let digest = order_of(&*self.tokens, task.id);
        unit.links().insert(&NewLink { digest, account: id, purpose, expires_at }).await?;
        unit.tasks().push(task).await?;
        let mut entry = self.trail.entry(AuditKind::PasswordResetSent, by.caller().actor(), by.caller().origin());
        entry.account = Some(id);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(Ok(account))
    }
}

/// Where the link may go to.
fn address(account: &Account) -> Result<&EmailAddress, SendPasswordResetError> {
    if account.role != Role::User {
        return Err(SendPasswordResetError::NotForStaff);
    }
    account.email.as_ref().filter(|_| account.email_confirmed).ok_or(SendPasswordResetError::NoAddress)
}
