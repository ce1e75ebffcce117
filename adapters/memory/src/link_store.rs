use crate::{readers::size, tables::Tables};
use async_trait::async_trait;
use backstop_application::ports::{LinkStore, NewLink, PortResult};
use backstop_domain::{AccountId, LinkPurpose, Timestamp, TokenDigest};

pub(crate) struct MemoryLinkStore<'a>(pub(crate) &'a mut Tables);

impl MemoryLinkStore<'_> {
    fn find(&self, digest: &TokenDigest, purpose: LinkPurpose, now: Timestamp) -> Option<&NewLink> {
        self.0.links().get(digest).filter(|link| link.purpose == purpose && now < link.expires_at)
    }
}

#[async_trait]
impl LinkStore for MemoryLinkStore<'_> {
    async fn insert(&mut self, link: &NewLink) -> PortResult<()> {
        if self.0.account(link.account).is_some() {
            self.0.links_mut().insert(link.digest, *link);
        }
        Ok(())
    }

    async fn owner(
        &mut self,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<Option<AccountId>> {
        Ok(self.find(digest, purpose, now).map(|link| link.account))
    }

    async fn spend(
        &mut self,
        account: AccountId,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<bool> {
        let is_there = self.find(digest, purpose, now).is_some_and(|link| link.account == account);
        if is_there {
            self.0.links_mut().remove(digest);
        }
        Ok(is_there)
    }

    async fn withdraw(&mut self, account: AccountId, purpose: LinkPurpose) -> PortResult<u64> {
        let before = self.0.links().len();
        self.0.links_mut().retain(|_, link| link.account != account || link.purpose != purpose);
        Ok(u64::try_from(before - self.0.links().len()).unwrap_or(u64::MAX))
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        let over = self.0.links().values().filter(|link| link.expires_at <= until);
        let over: Vec<TokenDigest> = over.take(size(most)).map(|link| link.digest).collect();
        for digest in &over {
            self.0.links_mut().remove(digest);
        }
        Ok(u64::try_from(over.len()).unwrap_or(u64::MAX))
    }
}
