use crate::storage::MemoryStorage;
use async_trait::async_trait;
use backstop_application::ports::{PortResult, SealedKind, SealedReader, SealedUnder, count_sealed};
use backstop_domain::Sealed;

#[async_trait]
impl SealedReader for MemoryStorage {
    async fn sealed(&self) -> PortResult<Vec<SealedUnder>> {
        let tables = self.committed();
        let head = |sealed: &Sealed| sealed.bytes().iter().copied().take(Sealed::HEAD).collect();
        let authenticators = tables.second_factors().filter_map(|factor| factor.authenticator.as_ref());
        let waiting = tables.tasks().values().filter_map(|row| row.task.sealed.as_ref());
        let found = authenticators.map(|own| (SealedKind::Authenticator, head(&own.secret)));
        Ok(count_sealed(found.chain(waiting.map(|sealed| (SealedKind::WaitingCodes, head(sealed))))))
    }
}
