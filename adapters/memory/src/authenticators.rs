//! Authenticators with secrets that a seed decides, for tests.

use crate::sealer::{Lock, QuickSealer};
use backstop_application::ports::{Authenticators, PortError, PortResult, SetUpText};
use backstop_domain::{AccountId, Sealed, SecretText, TimeStep, Timestamp, TotpCode};
use totp_rs::{Builder, Secret, Totp};

const SECRET_CHARACTERS: usize = 20;

impl QuickSealer {
    /// Without a secret where it does not open, of which nothing can be built.
    fn totp(account: AccountId, sealed: &Sealed) -> Builder {
        match lock(account.uuid().as_bytes()).open(sealed) {
            Some(text) => Builder::new().with_secret(Secret::from(text.into_bytes())),
            None => Builder::new(),
        }
    }
}

fn lock(account: &[u8; 16]) -> Lock<'_> {
    Lock { context: account, secret: "second step" }
}

fn odd<T>(_: T) -> PortError {
    PortError::corrupt("an authenticator's secret can't be opened")
}

impl Authenticators for QuickSealer {
    fn make(&self, account: AccountId) -> PortResult<Sealed> {
        let text = self.numbers().alphanumeric(SECRET_CHARACTERS);
        Ok(lock(account.uuid().as_bytes()).seal(self.nonce(), text.reveal()))
    }

    fn reveal(&self, account: AccountId, sealed: &Sealed, site: &str, person: &str) -> PortResult<Option<SetUpText>> {
        let named = Self::totp(account, sealed).with_issuer(Some(site.to_owned())).with_account_name(person.to_owned());
        let Ok(totp) = named.build() else { return Ok(None) };
        let address = SecretText::new(totp.to_url().map_err(odd)?);
        Ok(Some(SetUpText { address, secret: SecretText::new(totp.secret().to_base32()) }))
    }

    fn step(
        &self,
        account: AccountId,
        sealed: &Sealed,
        code: &TotpCode,
        now: Timestamp,
    ) -> PortResult<Option<TimeStep>> {
        let totp: Totp = Self::totp(account, sealed).build().map_err(odd)?;
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        Ok(totp.check(code.reveal(), seconds).map(TimeStep::new))
    }
}
