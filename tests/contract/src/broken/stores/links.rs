use super::{Access, BrokenStores};
use crate::broken::Defect;
use async_trait::async_trait;
use backstop_application::ports::{LinkStore, NewLink, PortResult};
use backstop_domain::{AccountId, LinkPurpose, Timestamp, TokenDigest};

#[async_trait]
impl LinkStore for BrokenStores<'_> {
    async fn insert(&mut self, link: &NewLink) -> PortResult<()> {
        sound!(self, links.insert(link))
    }

    async fn owner(
        &mut self,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<Option<AccountId>> {
        let now = if self.has(Defect::LinksNeverExpire) { Timestamp::MIN } else { now };
        let owner = sound!(self, links.owner(digest, purpose, now))?;
        Ok(if self.has(Defect::LinksLeadNowhere) { None } else { owner })
    }

    async fn spend(
        &mut self,
        account: AccountId,
        digest: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> PortResult<bool> {
        let now = if self.has(Defect::LinksNeverExpire) { Timestamp::MIN } else { now };
        if self.has(Defect::LinksAreGoodTwice) {
            return Ok(sound!(self, links.owner(digest, purpose, now))? == Some(account));
        }
        let owner = sound!(self, links.owner(digest, purpose, now))?;
        let account = if self.has(Defect::AnybodySpendsLinks) { owner.unwrap_or(account) } else { account };
        sound!(self, links.spend(account, digest, purpose, now))
    }

    async fn withdraw(&mut self, account: AccountId, purpose: LinkPurpose) -> PortResult<u64> {
        if self.has(Defect::LinksStay) {
            return Ok(0);
        }
        sound!(self, links.withdraw(account, purpose))
    }

    async fn forget(&mut self, until: Timestamp, most: u32) -> PortResult<u64> {
        match self.core.defect {
            Defect::LinksStay => Ok(0),
            Defect::LinksAreForgottenEarly => sound!(self, links.forget(Timestamp::MAX, most)),
            _ => sound!(self, links.forget(until, most)),
        }
    }
}
