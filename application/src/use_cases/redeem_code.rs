use super::{
    answers::{self, Answered, Answers, Begun, Keeping, RepeatError, Repeatable},
    attempt::{Admitted, AttemptError, Attempts, CodeRequest, Judged},
    gate::Told,
    notices::Notices,
    trail::Trail,
};
use crate::{
    Ports, Settings,
    ports::{Clock, Consumed, Consumption, Ids, PortResult, Storage, UnitOfWork},
};
use backstop_domain::{
    AccountId, AuditKind, CodeId, Duties, IdempotencyKey, Notice, Recovery, RecoveryId, Refusal, SecretText,
};
use std::sync::Arc;

/// Signs the owner of a code in, exactly once.
pub struct RedeemCode {
    attempts: Arc<Attempts>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    duties: Duties,
    answers: Answers,
    notices: Notices,
    trail: Trail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeemed {
    pub remaining: u32,
    pub recovery: RecoveryId,
    pub duties: Duties,
}

impl RedeemCode {
    pub(crate) fn new(ports: &Ports, settings: &Settings, attempts: Arc<Attempts>) -> Self {
        Self {
            attempts,
            storage: Arc::clone(&ports.storage),
            clock: Arc::clone(&ports.clock),
            ids: Arc::clone(&ports.ids),
            duties: settings.duties,
            answers: Answers::new(ports),
            notices: Notices::new(ports, settings),
            trail: Trail::new(ports),
        }
    }

    pub async fn run(&self, request: &CodeRequest) -> Result<Redeemed, AttemptError> {
        self.redeem(request).await.map(|(_, redeemed)| redeemed)
    }

    /// As `run`, and tells whose code it was.
    pub(crate) async fn redeem(&self, request: &CodeRequest) -> Result<(AccountId, Redeemed), AttemptError> {
        self.attempt(request, None).await
    }

    /// As `run`, but once for this key: when the request comes again, it is answered as it was the first time, and
    /// nothing else happens. A typo is told before, and a lock, a fault and a typo can be followed by another try.
    pub async fn run_once(
        &self,
        request: &CodeRequest,
        key: &IdempotencyKey,
    ) -> Result<Answered<Result<Redeemed, AttemptError>>, RepeatError> {
        if let Err(typo) = self.attempts.read(request) {
            return Ok(Answered::first(Err(typo)));
        }
        let repeatable = Repeatable { key, place: place(request), content: content(request) };
        match self.answers.begin(&repeatable).await? {
            Begun::Again(text) => self.remember(request, text.reveal()).await.map(Answered::again),
            Begun::First(keeping) => {
                let outcome = self.attempt(request, Some(&keeping)).await;
                if !matches!(outcome, Ok(_) | Err(AttemptError::Refused { .. })) {
                    keeping.release().await;
                }
                Ok(Answered::first(outcome.map(|(_, redeemed)| redeemed)))
            }
        }
    }

    /// The first answer again. A success is one of its account, and of no other that has the subject since.
    async fn remember(&self, request: &CodeRequest, text: &str) -> Result<Result<Redeemed, AttemptError>, RepeatError> {
        if let Some(told) = Told::read(text) {
            return Ok(Err(told.into()));
        }
        let (account, redeemed) = Redeemed::read(text).ok_or(RepeatError::Gone)?;
        let owner = self.attempts.account(&request.whom).await?;
        if owner.is_none_or(|owner| owner.id != account) {
            return Err(RepeatError::Gone);
        }
        Ok(Ok(redeemed))
    }

    async fn attempt(
        &self,
        request: &CodeRequest,
        keeping: Option<&Keeping<'_>>,
    ) -> Result<(AccountId, Redeemed), AttemptError> {
        let admitted = self.attempts.admit(request).await?;
        let outcome = self.judge(request, &admitted, keeping).await;
        self.attempts.settle(AuditKind::RedeemRefused, request, admitted, outcome, keeping).await
    }

    async fn judge(
        &self,
        request: &CodeRequest,
        admitted: &Admitted,
        keeping: Option<&Keeping<'_>>,
    ) -> PortResult<Judged<(AccountId, Redeemed)>> {
        let found = match self.attempts.find(admitted).await? {
            Ok(found) => found,
            Err(nothing) => return Ok(nothing.into()),
        };
        let refused = |why| Ok(found.refused(why));
        if let Err(why) = self.attempts.usable(&found.account, &found.code) {
            return refused(why);
        }
        if !self.attempts.fits(request, admitted, &found.code).await? {
            return refused(Refusal::Mismatch);
        }
        let recovery = RecoveryId::new(self.ids.next());
        let winning = Winning {
            account: found.account.id,
            code: found.code.id,
            recovery,
            is_reachable: found.account.is_reachable(),
        };
        match retry_contention!(self.consume(request, winning, keeping).await)? {
            Consumed::Won { remaining, .. } => {
                Ok(Judged::Accepted((found.account.id, self.redeemed(recovery, remaining))))
            }
            Consumed::AlreadyUsed => refused(Refusal::LostRace),
            Consumed::Inactive => refused(Refusal::Invalidated),
            Consumed::Expired => refused(Refusal::Expired),
            Consumed::Suspended => refused(Refusal::Suspended),
            Consumed::Missing => refused(Refusal::UnknownCode),
        }
    }

    const fn redeemed(&self, recovery: RecoveryId, remaining: u32) -> Redeemed {
        Redeemed { remaining, recovery, duties: self.duties }
    }

    async fn consume(
        &self,
        request: &CodeRequest,
        winning: Winning,
        keeping: Option<&Keeping<'_>>,
    ) -> PortResult<Consumed> {
        let Winning { account, code, recovery, is_reachable } = winning;
        let mut unit = self.storage.begin_locking(account).await?;
        // Read under the lock: while this waited for it, the batch may have expired.
        let at = self.clock.now();
        let consumed = unit.codes().consume(&Consumption { account, code, at }).await?;
        let Consumed::Won { batch, remaining } = consumed else {
            unit.rollback().await?;
            return Ok(consumed);
        };
        unit.limits().clear_failures(account).await?;
        answers::keep(keeping, &mut *unit, || self.redeemed(recovery, remaining).written(account)).await?;
        let recovery = Recovery {
            id: recovery,
            account,
            batch,
            code,
            at,
            network: request.end_user.network(),
            owed: self.duties,
            settled: Duties::NONE,
        };
        unit.recoveries().insert(&recovery).await?;
        if is_reachable {
            self.tell(&mut *unit, request, &recovery, remaining).await?;
        }
        let mut entry =
            self.trail.entry(AuditKind::Redeemed, request.caller.actor(), request.end_user.origin(&request.caller));
        entry.account = Some(account);
        entry.batch = Some(batch);
        entry.count = Some(remaining);
        unit.audit().append(entry).await?;
        unit.commit().await?;
        Ok(consumed)
    }

    /// The owner learns of it whoever it was, and with it that few codes are left.
    async fn tell(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &CodeRequest,
        recovery: &Recovery,
        remaining: u32,
    ) -> PortResult<()> {
        let used = Notice::CodeUsed {
            at: recovery.at,
            ip: request.end_user.ip,
            user_agent: request.end_user.user_agent.clone(),
            remaining,
        };
        self.notices.tell(unit, recovery.account, &used).await?;
        self.notices.tell_few(unit, recovery.account, recovery.batch, remaining).await
    }
}

/// What a right code does, once it is won.
#[derive(Clone, Copy)]
struct Winning {
    account: AccountId,
    code: CodeId,
    recovery: RecoveryId,
    /// Whether there is anybody to tell of it.
    is_reachable: bool,
}

fn place(request: &CodeRequest) -> String {
    format!("redeem\n{}\n{}", request.caller.name(), request.whom.name())
}

fn content(request: &CodeRequest) -> SecretText {
    let (typed, user) = (request.typed.reveal(), &request.end_user);
    SecretText::new(format!("{:?} {:?} {} {typed}", user.ip, user.user_agent, user.first_factor))
}

impl Redeemed {
    /// As it is kept for a request that comes again.
    fn written(&self, account: AccountId) -> SecretText {
        SecretText::new(format!("redeemed {account} {} {} {}", self.remaining, self.recovery, self.duties.bits()))
    }

    fn read(text: &str) -> Option<(AccountId, Self)> {
        let mut parts = text.strip_prefix("redeemed ")?.splitn(4, ' ');
        let account = parts.next()?.parse().ok()?;
        let redeemed = Self {
            remaining: parts.next()?.parse().ok()?,
            recovery: parts.next()?.parse().ok()?,
            duties: Duties::from_bits(parts.next()?.parse().ok()?),
        };
        Some((account, redeemed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let account = AccountId::new(Uuid::from_u128(5));
        let redeemed =
            Redeemed { remaining: 9, recovery: RecoveryId::new(Uuid::from_u128(7)), duties: Duties::from_bits(3) };
        assert_eq!(Redeemed::read(redeemed.written(account).reveal()), Some((account, redeemed)));
        assert!(Told::read("refused 3 86400").is_some());
        for bad in ["", "redeemed", "redeemed 9 x 3", "refused 3 86400"] {
            assert!(Redeemed::read(bad).is_none(), "{bad}");
        }
        for bad in ["", "refused", "refused 3", "redeemed 3 4"] {
            assert!(Told::read(bad).is_none(), "{bad}");
        }
    }
}
