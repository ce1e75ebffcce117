use crate::tables::{AnswerRow, Tables};
use async_trait::async_trait;
use backstop_application::ports::{AnswerStore, Answering, Claim, Kept, PortResult, RequestName};
use backstop_domain::{ClaimId, Sealed, Timestamp};

pub(crate) struct MemoryAnswerStore<'a>(pub(crate) &'a mut Tables);

impl MemoryAnswerStore<'_> {
    fn kept(&self, request: &RequestName, now: Timestamp) -> Option<Kept> {
        let row = self.0.answer(&request.place).filter(|row| now < row.until)?;
        Some(match &row.answer {
            _ if row.content != request.content => Kept::Other,
            Some(answer) => Kept::Answer(answer.clone()),
            None => Kept::Claim,
        })
    }
}

#[async_trait]
impl AnswerStore for MemoryAnswerStore<'_> {
    async fn claim(&mut self, request: &RequestName, claim: &Claim) -> PortResult<Option<Kept>> {
        let kept = self.kept(request, claim.now);
        if kept.is_none() {
            let row = AnswerRow { content: request.content, claim: claim.id, answer: None, until: claim.until };
            self.0.answers_mut().insert(request.place, row);
        }
        Ok(kept)
    }

    async fn find(&mut self, request: &RequestName, now: Timestamp) -> PortResult<Option<Kept>> {
        Ok(self.kept(request, now))
    }

    async fn answer(
        &mut self,
        request: &RequestName,
        claim: ClaimId,
        answer: &Sealed,
        until: Timestamp,
    ) -> PortResult<Answering> {
        match self.0.answers_mut().get_mut(&request.place) {
            Some(row) if row.claim == claim && row.answer.is_none() => {
                row.answer = Some(answer.clone());
                row.until = until;
                Ok(Answering::Kept)
            }
            _ => Ok(Answering::Lost),
        }
    }

    async fn release(&mut self, request: &RequestName, claim: ClaimId) -> PortResult<()> {
        if self.0.answer(&request.place).is_some_and(|row| row.claim == claim && row.answer.is_none()) {
            self.0.answers_mut().remove(&request.place);
        }
        Ok(())
    }

    async fn forget(&mut self, now: Timestamp, most: u32) -> PortResult<u64> {
        let answers = self.0.answers_mut();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let over: Vec<[u8; 32]> =
            answers.iter().filter(|(_, row)| row.until <= now).map(|(place, _)| *place).take(most).collect();
        for place in &over {
            answers.remove(place);
        }
        Ok(u64::try_from(over.len()).unwrap_or(u64::MAX))
    }
}
