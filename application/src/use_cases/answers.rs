//! Requests with a key of idempotency: the first is answered, and its answer is kept for those that come again.

use crate::{
    Ports,
    ports::{
        AnswerSealer, Answering, Claim, Clock, Ids, Kept, PortError, PortErrorKind, PortResult, RequestName, Storage,
        UnitOfWork,
    },
};
use backstop_domain::{ClaimId, IdempotencyKey, SecretText, Timestamp};
use jiff::SignedDuration;
use std::sync::Arc;
use thiserror::Error;

/// After this long whoever claimed a request has crashed: no request is in hand so long.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How long an answer can be had again.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// An answer, and whether it was given before.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    pub answer: T,
    pub before: bool,
}

impl<T> Answered<T> {
    pub const fn first(answer: T) -> Self {
        Self { answer, before: false }
    }

    pub(crate) const fn again(answer: T) -> Self {
        Self { answer, before: true }
    }
}

/// Why a request with a key of idempotency has no answer.
#[derive(Debug, Error)]
pub enum RepeatError {
    #[error("a request with this key is being answered")]
    InFlight,
    #[error("this key was sent with another request")]
    AnotherRequest,
    #[error("the answer can't be given again any more")]
    Gone,
    #[error(transparent)]
    Fault(#[from] PortError),
}

pub(crate) struct Answers {
    storage: Arc<dyn Storage>,
    sealer: Arc<dyn AnswerSealer>,
    ids: Arc<dyn Ids>,
    clock: Arc<dyn Clock>,
}

/// What a request is about, and what it says.
pub(crate) struct Repeatable<'a> {
    pub(crate) key: &'a IdempotencyKey,
    pub(crate) place: String,
    pub(crate) content: SecretText,
}

pub(crate) enum Begun<'a> {
    /// It is for the caller to answer.
    First(Keeping<'a>),
    Again(SecretText),
}

/// The right to answer a request.
pub(crate) struct Keeping<'a> {
    answers: &'a Answers,
    key: &'a IdempotencyKey,
    request: RequestName,
    claim: ClaimId,
}

impl Answers {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: Arc::clone(&ports.storage),
            sealer: Arc::clone(&ports.answer_sealer),
            ids: Arc::clone(&ports.ids),
            clock: Arc::clone(&ports.clock),
        }
    }

    pub(crate) async fn begin<'a>(&'a self, repeatable: &Repeatable<'a>) -> Result<Begun<'a>, RepeatError> {
        let key = repeatable.key;
        let names = self.sealer.names(key, &repeatable.place, &repeatable.content)?;
        let [request, older @ ..] = &*names else {
            return Err(PortError::corrupt("a request without a name").into());
        };
        let now = self.clock.now();
        let claim = Claim { id: ClaimId::new(self.ids.next()), now, until: after(now, LEASE) };
        let keeping = Keeping { answers: self, key, request: *request, claim: claim.id };
        let claimed = match retry_contention!(self.claim(request, older, &claim).await) {
            Ok(claimed) => claimed,
            Err(fault) => {
                // It may have been committed without anybody hearing of it, and would be in the way for its time.
                keeping.release().await;
                return Err(fault.into());
            }
        };
        let Some((under, kept)) = claimed else { return Ok(Begun::First(keeping)) };
        match kept {
            Kept::Claim => Err(RepeatError::InFlight),
            Kept::Other => Err(RepeatError::AnotherRequest),
            Kept::Answer(sealed) => {
                let answer = self.sealer.open_answer(key, &under, &sealed)?;
                answer.map(Begun::Again).ok_or(RepeatError::Gone)
            }
        }
    }

    /// `None` when the place is claimed; else what is kept, and under which of the names.
    async fn claim(
        &self,
        request: &RequestName,
        older: &[RequestName],
        claim: &Claim,
    ) -> PortResult<Option<(RequestName, Kept)>> {
        let mut unit = self.storage.begin().await?;
        for name in older {
            let found = unit.answers().find(name, claim.now).await?;
            if let Some(kept) = found {
                unit.rollback().await?;
                return Ok(Some((*name, kept)));
            }
        }
        let kept = unit.answers().claim(request, claim).await?;
        if kept.is_some() {
            unit.rollback().await?;
        } else {
            unit.commit().await?;
        }
        Ok(kept.map(|kept| (*request, kept)))
    }
}

impl Keeping<'_> {
    /// Keeps the answer together with whatever else the unit does. A fault when another has claimed the request
    /// meanwhile: then nothing of the unit may happen.
    pub(crate) async fn keep(&self, unit: &mut dyn UnitOfWork, answer: &SecretText) -> PortResult<()> {
        let Answers { sealer, clock, .. } = self.answers;
        let sealed = sealer.seal_answer(self.key, &self.request, answer)?;
        let until = after(clock.now(), KEPT_FOR);
        match unit.answers().answer(&self.request, self.claim, &sealed, until).await? {
            Answering::Kept => Ok(()),
            Answering::Lost => {
                Err(PortError::new(PortErrorKind::Unavailable, "the request took so long that another took it over"))
            }
        }
    }

    /// Lets the request be made again, unless its answer was kept. Should that fail, the claim ends by itself.
    pub(crate) async fn release(self) {
        let _ = retry_contention!(self.try_to_release().await);
    }

    async fn try_to_release(&self) -> PortResult<()> {
        let mut unit = self.answers.storage.begin().await?;
        unit.answers().release(&self.request, self.claim).await?;
        unit.commit().await
    }
}

/// Keeps the answer if there is somebody to keep it for.
pub(crate) async fn keep(
    keeping: Option<&Keeping<'_>>,
    unit: &mut dyn UnitOfWork,
    answer: impl FnOnce() -> SecretText,
) -> PortResult<()> {
    match keeping {
        Some(keeping) => keeping.keep(unit, &answer()).await,
        None => Ok(()),
    }
}

fn after(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}
