use super::{caller::Caller, sessions::Sessions, trail::Trail};
use crate::{
    Ports, Settings,
    ports::{PasswordHasher, PortError, PortResult, UnitOfWork, WhichSessions},
};
use backstop_domain::{
    Account, AccountId, AuditKind, BadPassword, LinkPurpose, Password, Role, SecretText, SiteName, TokenDigest,
    Verifier, password::Owner,
};
use std::sync::Arc;
use thiserror::Error;

/// Sets another password by the link that a user got by mail, and signs them out everywhere. It signs nobody in.
pub struct ResetPassword {
    sessions: Sessions,
    hasher: Arc<dyn PasswordHasher>,
    site: SiteName,
    local: bool,
    trail: Trail,
}

/// What a link is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetLink {
    Good,
    /// It never was one, was used, is too old, or another password was set since it was mailed.
    Over,
}

#[derive(Clone, Debug)]
pub struct PasswordReset {
    /// The token at the end of the link.
    pub link: SecretText,
    pub new: SecretText,
    pub caller: Caller,
}

#[derive(Debug, Error)]
pub enum ResetPasswordError {
    /// As [`ResetLink::Over`].
    #[error("this link sets no password any more")]
    Over,
    /// The new one was not taken, and the link is as good as before.
    #[error(transparent)]
    Bad(#[from] BadPassword),
    #[error(transparent)]
    Fault(#[from] PortError),
}

impl ResetPassword {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            sessions: Sessions::new(ports, settings),
            hasher: Arc::clone(&ports.passwords),
            site: settings.delivery.site_name.clone(),
            local: settings.local_passwords,
            trail: Trail::new(ports),
        }
    }

    /// What the link would do. Mail programs open links by themselves, so that looking changes nothing.
    pub async fn look(&self, link: &SecretText) -> PortResult<ResetLink> {
        let owner = self.owner(&self.digest(link)).await?;
        Ok(if owner.is_some() { ResetLink::Good } else { ResetLink::Over })
    }

    /// Whose password it was. Of any number of uses at once one sets the password.
    pub async fn run(&self, reset: &PasswordReset) -> Result<AccountId, ResetPasswordError> {
        let digest = self.digest(&reset.link);
        let account = self.owner(&digest).await?.ok_or(ResetPasswordError::Over)?;
        let password = Password::choose(&reset.new, &Owner::of(&account, &self.site))?;
        let verifier = self.hasher.hash(&password).await?;
        if !retry_contention!(self.store(account.id, &digest, &verifier, &reset.caller).await)? {
            return Err(ResetPasswordError::Over);
        }
        // They are over in any case, by the time beside the password; this takes them away.
        let by = (&reset.caller.actor(), &reset.caller.origin());
        let _ = self.sessions.end(account.id, WhichSessions::All, by, false).await;
        Ok(account.id)
    }

    fn digest(&self, link: &SecretText) -> TokenDigest {
        self.sessions.tokens.digest(link.reveal())
    }

    async fn owner(&self, digest: &TokenDigest) -> PortResult<Option<Account>> {
        let mut unit = self.sessions.storage.begin().await?;
        let owner = unit.links().owner(digest, LinkPurpose::ResetPassword, self.sessions.clock.now()).await?;
        let account = match owner {
            Some(id) => unit.accounts().get(id).await?,
            None => None,
        };
        unit.rollback().await?;
        Ok(account.filter(|account| self.local && account.role == Role::User))
    }

    /// Whether the link was there to be used.
    async fn store(
        &self,
        account: AccountId,
        digest: &TokenDigest,
        verifier: &Verifier,
        caller: &Caller,
    ) -> PortResult<bool> {
        let mut unit = self.sessions.storage.begin_locking(account).await?;
        let now = self.sessions.clock.now();
        let is_user = unit.accounts().get(account).await?.is_some_and(|account| account.role == Role::User);
        if !is_user || !unit.links().spend(account, digest, LinkPurpose::ResetPassword, now).await? {
            unit.rollback().await?;
            return Ok(false);
        }
        unit.passwords().set(account, verifier, now).await?;
        withdraw(&mut *unit, account).await?;
        unit.passwords().sign_out(account, now).await?;
        let mut entry = self.trail.entry(AuditKind::PasswordSet, caller.actor(), caller.origin());
        entry.account = Some(account);
        entry.reason = Some("by link".into());
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(true)
    }
}

/// Ends the links by which the account's password could be reset, those too that are ordered and not mailed yet: they
/// were for the password and the address that it had.
pub(crate) async fn withdraw(unit: &mut dyn UnitOfWork, account: AccountId) -> PortResult<()> {
    for purpose in [LinkPurpose::ResetPassword, LinkPurpose::ResetOrder] {
        unit.links().withdraw(account, purpose).await?;
    }
    Ok(())
}
