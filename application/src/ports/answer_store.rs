use super::PortResult;
use async_trait::async_trait;
use backstop_domain::{ClaimId, Sealed, Timestamp};

/// What a request with a key of idempotency is kept under: two keyed hashes that nobody can make without that key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestName {
    /// The key, together with who sent it and what about.
    pub place: [u8; 32],
    /// What the request says.
    pub content: [u8; 32],
}

/// One try at answering a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub id: ClaimId,
    pub now: Timestamp,
    /// From then on another may try: this one has crashed.
    pub until: Timestamp,
}

/// What is kept at a request's place already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A claim: the request is being answered.
    Claim,
    Answer(Sealed),
    /// A claim or an answer of a request that says something else.
    Other,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    Kept,
    /// The claim is not the one that stands.
    Lost,
}

/// Answers of requests that may come again. It can read none of them.
#[async_trait]
pub trait AnswerStore: Send {
    /// Claims the request's place. `None` when that is done; else what is kept there, which stays.
    /// What is over at `claim.now` is nothing. Of several claims at once exactly one is done.
    async fn claim(&mut self, request: &RequestName, claim: &Claim) -> PortResult<Option<Kept>>;

    /// What is kept at the request's place and is not over.
    async fn find(&mut self, request: &RequestName, now: Timestamp) -> PortResult<Option<Kept>>;

    /// Keeps an answer in the place of its claim until the instant, even when the claim's time was up and nobody else
    /// has claimed the place.
    async fn answer(
        &mut self,
        request: &RequestName,
        claim: ClaimId,
        answer: &Sealed,
        until: Timestamp,
    ) -> PortResult<Answering>;

    /// Gives the place back. What another claimed, and an answer, stay.
    async fn release(&mut self, request: &RequestName, claim: ClaimId) -> PortResult<()>;

    /// Forgets at most so much of what is over, and nothing else, and tells how much that was.
    async fn forget(&mut self, now: Timestamp, most: u32) -> PortResult<u64>;
}
