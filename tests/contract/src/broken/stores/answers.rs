use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{AnswerStore, Answering, Claim, Kept, PortResult, RequestName};
use backstop_domain::{ClaimId, Sealed, Timestamp};

#[async_trait]
impl AnswerStore for BrokenStores<'_> {
    async fn claim(&mut self, request: &RequestName, claim: &Claim) -> PortResult<Option<Kept>> {
        match self.core.defect {
            Defect::ClaimsAlways => {
                sound!(self, answers.forget(Timestamp::MAX, u32::MAX))?;
            }
            Defect::ClaimsOverNothing => {
                let late = Claim { now: Timestamp::MIN, ..*claim };
                return sound!(self, answers.claim(request, &late));
            }
            _ => {}
        }
        let kept = sound!(self, answers.claim(request, claim))?;
        match (self.core.defect, kept) {
            (Defect::ContentIsNotCompared, Some(Kept::Other)) => Ok(Some(Kept::Claim)),
            (Defect::ClaimsAreTaken, Some(Kept::Claim)) => Ok(None),
            (_, kept) => Ok(kept),
        }
    }

    async fn find(&mut self, request: &RequestName, now: Timestamp) -> PortResult<Option<Kept>> {
        let now = if self.has(Defect::FindsWhatIsOver) { Timestamp::MIN } else { now };
        sound!(self, answers.find(request, now))
    }

    async fn answer(
        &mut self,
        request: &RequestName,
        claim: ClaimId,
        answer: &Sealed,
        until: Timestamp,
    ) -> PortResult<Answering> {
        match self.core.defect {
            Defect::AnswersAreForgotten => return Ok(Answering::Kept),
            Defect::AnswersKeepTheirClaimsEnd => {
                return sound!(self, answers.answer(request, claim, answer, Timestamp::MIN));
            }
            _ => {}
        }
        let answering = sound!(self, answers.answer(request, claim, answer, until))?;
        Ok(if self.has(Defect::AnybodyAnswers) { Answering::Kept } else { answering })
    }

    async fn release(&mut self, request: &RequestName, claim: ClaimId) -> PortResult<()> {
        match self.core.defect {
            Defect::ReleaseIsForgotten => Ok(()),
            Defect::ReleasesAnswers => sound!(self, answers.forget(Timestamp::MAX, u32::MAX)).map(drop),
            _ => sound!(self, answers.release(request, claim)),
        }
    }

    async fn forget(&mut self, now: Timestamp, most: u32) -> PortResult<u64> {
        let most = if self.has(Defect::ForgetsAllAtOnce) { u32::MAX } else { most };
        let now = if self.has(Defect::ForgetsEveryAnswer) { Timestamp::MAX } else { now };
        sound!(self, answers.forget(now, most))
    }
}
