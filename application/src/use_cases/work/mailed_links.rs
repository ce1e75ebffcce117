//! Links that go out by mail. Each is made when its mail is sent, so that no queue holds its token, and goes to the
//! account's own, confirmed address only.

use super::fence::Fence;
use crate::{
    Ports, Settings,
    ports::{Clock, Held, Leased, NewLink, PortResult, Storage, TokenMinter, UnitOfWork},
};
use backstop_domain::{
    Account, AccountId, EmailAddress, Letter, LinkPurpose, Notice, Role, SecretText, SuspensionReason, TaskId,
    Timestamp, TokenDigest,
};
use std::sync::Arc;

pub(crate) struct MailedLinks {
    storage: Arc<dyn Storage>,
    tokens: Arc<dyn TokenMinter>,
    clock: Arc<dyn Clock>,
    lift_page: String,
    reset_page: String,
}

/// A letter that may need a link.
pub(crate) enum Linked {
    Letter(Letter),
    /// It is nothing without its link, and there is no reason for that any more.
    Over,
    /// Somebody else has the task now.
    Lost,
}

/// By what the order of a link is found, as long as it stands. The task's id is no secret; as a link it opens nothing.
pub(crate) fn order_of(tokens: &dyn TokenMinter, task: TaskId) -> TokenDigest {
    tokens.digest(&format!("order {task}"))
}

impl MailedLinks {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            tokens: Arc::clone(&ports.tokens),
            clock: Arc::clone(&ports.clock),
            lift_page: settings.mail.lift_page.clone(),
            reset_page: settings.mail.reset_page.clone(),
        }
    }

    /// The letter with the link that belongs to it, if one does.
    pub(crate) async fn complete(
        &self,
        leased: &Leased,
        fence: &Fence,
        to: &EmailAddress,
        letter: Letter,
    ) -> PortResult<Linked> {
        match (letter, leased.concerns.account) {
            (Letter::Notice(notice), Some(account)) if notice.carries_link() => {
                retry_contention!(self.lift(fence, account, to, &notice).await)
            }
            (letter, _) => Ok(Linked::Letter(letter)),
        }
    }

    async fn lift(&self, fence: &Fence, id: AccountId, to: &EmailAddress, notice: &Notice) -> PortResult<Linked> {
        let mut unit = self.storage.begin_locking(id).await?;
        if fence.hold(&mut *unit).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(Linked::Lost);
        }
        let account = unit.accounts().get(id).await?.filter(|account| is_theirs(account, to));
        if account.is_none_or(|account| account.suspended != Some(SuspensionReason::Failures)) {
            unit.rollback().await?;
            return Ok(Linked::Letter(Letter::Notice(notice.clone())));
        }
        let (token, until) = self.insert(&mut *unit, id, LinkPurpose::Lift).await?;
        unit.commit().await?;
        Ok(Linked::Letter(Letter::Linked { notice: notice.clone(), link: address(&self.lift_page, &token), until }))
    }

    /// The letter by which a password is reset, as long as its order stands: another password, another address and a
    /// later order end it. Of an account's links the last one that was mailed is good.
    pub(crate) async fn reset(&self, leased: &Leased, fence: &Fence, to: &EmailAddress) -> PortResult<Linked> {
        let Some(account) = leased.concerns.account else { return Ok(Linked::Over) };
        retry_contention!(self.try_to_reset(leased.lease.task, fence, account, to).await)
    }

    async fn try_to_reset(&self, task: TaskId, fence: &Fence, id: AccountId, to: &EmailAddress) -> PortResult<Linked> {
        let mut unit = self.storage.begin_locking(id).await?;
        if fence.hold(&mut *unit).await? == Held::Lost {
            unit.rollback().await?;
            return Ok(Linked::Lost);
        }
        let account = unit.accounts().get(id).await?;
        let is_theirs = account.is_some_and(|account| account.role == Role::User && is_theirs(&account, to));
        let order = order_of(&*self.tokens, task);
        let ordered_for = unit.links().owner(&order, LinkPurpose::ResetOrder, self.clock.now()).await?;
        if !is_theirs || ordered_for != Some(id) {
            unit.rollback().await?;
            return Ok(Linked::Over);
        }
        unit.links().withdraw(id, LinkPurpose::ResetPassword).await?;
        let (token, until) = self.insert(&mut *unit, id, LinkPurpose::ResetPassword).await?;
        unit.commit().await?;
        Ok(Linked::Letter(Letter::PasswordReset { link: address(&self.reset_page, &token), until }))
    }

    async fn insert(
        &self,
        unit: &mut dyn UnitOfWork,
        account: AccountId,
        purpose: LinkPurpose,
    ) -> PortResult<(SecretText, Timestamp)> {
        let minted = self.tokens.mint()?;
        let until = self.clock.now().saturating_add(purpose.lasts()).unwrap_or(Timestamp::MAX);
        unit.links().insert(&NewLink { digest: minted.digest, account, purpose, expires_at: until }).await?;
        Ok((minted.text, until))
    }
}

fn is_theirs(account: &Account, to: &EmailAddress) -> bool {
    account.email_confirmed && account.email.as_ref().is_some_and(|email| email.key() == to.key())
}

fn address(page: &str, token: &SecretText) -> SecretText {
    SecretText::new(format!("{page}{}", token.reveal()))
}
