use super::services::{BrokenService, ServiceDefect};
use backstop_application::ports::{Authenticators, PortResult, SetUpText};
use backstop_domain::{AccountId, Sealed, TimeStep, Timestamp, TotpCode};
use uuid::Uuid;

const NAKED: &[u8] = b"naked:";

impl<S: Authenticators> BrokenService<S> {
    fn made_for(&self, account: AccountId) -> AccountId {
        if self.defect() == ServiceDefect::SecretsOfAnyAccount { AccountId::new(Uuid::nil()) } else { account }
    }

    /// Without what was told beside it.
    fn bare(sealed: &Sealed) -> Sealed {
        let bytes = sealed.bytes();
        let end = bytes.windows(NAKED.len()).position(|window| window == NAKED).unwrap_or(bytes.len());
        Sealed::new(bytes[..end].to_vec())
    }
}

impl<S: Authenticators> Authenticators for BrokenService<S> {
    fn make(&self, account: AccountId) -> PortResult<Sealed> {
        let account = self.made_for(account);
        let sealed = self.sound().make(account)?;
        match self.sound().reveal(account, &sealed, "site", "person")? {
            Some(text) if self.defect() == ServiceDefect::SecretsInTheClear => {
                Ok(Sealed::new([sealed.bytes(), NAKED, text.secret.reveal().as_bytes()].concat()))
            }
            _ => Ok(sealed),
        }
    }

    fn reveal(&self, account: AccountId, sealed: &Sealed, site: &str, person: &str) -> PortResult<Option<SetUpText>> {
        let site = if self.defect() == ServiceDefect::NamesNoSite { "site" } else { site };
        self.sound().reveal(self.made_for(account), &Self::bare(sealed), site, person)
    }

    fn step(
        &self,
        account: AccountId,
        sealed: &Sealed,
        code: &TotpCode,
        now: Timestamp,
    ) -> PortResult<Option<TimeStep>> {
        let found = self.sound().step(self.made_for(account), &Self::bare(sealed), code, now);
        match self.defect() {
            ServiceDefect::KnowsNoTolerance => Ok(found?.filter(|step| *step == TimeStep::of(now))),
            ServiceDefect::AnySixDigitsFit => Ok(found?.or(Some(TimeStep::of(now)))),
            ServiceDefect::LostSecretsAreWrongCodes => Ok(found.unwrap_or(None)),
            _ => found,
        }
    }
}
