use crate::{
    aead::{self, Purpose},
    random,
    seal_keys::SealKeys,
};
use backstop_application::ports::{Authenticators, PortError, PortErrorKind, PortResult, SetUpText};
use backstop_domain::{AccountId, Sealed, SecretText, TimeStep, Timestamp, TotpCode};
use totp_rs::{Algorithm, Builder, Secret, Totp, TotpError};
use zeroize::Zeroizing;

const PURPOSE: &[u8] = b"backstop/second-step/1";
/// As long as what it is a key for puts out (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;

/// Time-based codes (RFC 6238), their secrets sealed with XChaCha20-Poly1305 under a key derived by HKDF-SHA-256 from
/// the server's seal key.
#[derive(Clone, Debug)]
pub struct SealedTotp {
    keys: SealKeys,
}

impl SealedTotp {
    pub const fn new(keys: SealKeys) -> Self {
        Self { keys }
    }

    fn open(&self, account: AccountId, sealed: &Sealed) -> PortResult<Option<Secret>> {
        let plain = aead::open(&self.keys, purpose(account.uuid().as_bytes()), sealed)?;
        Ok(plain.filter(|plain| plain.len() == SECRET_BYTES).map(|plain| Secret::from(plain.to_vec())))
    }
}

impl Authenticators for SealedTotp {
    fn make(&self, account: AccountId) -> PortResult<Sealed> {
        // With room for the mark, so that it never grows.
        let mut secret = Zeroizing::new(Vec::with_capacity(SECRET_BYTES + aead::MARK));
        secret.resize(SECRET_BYTES, 0);
        random::fill(&mut secret)?;
        aead::seal(&self.keys, purpose(account.uuid().as_bytes()), secret)
    }

    fn reveal(&self, account: AccountId, sealed: &Sealed, site: &str, person: &str) -> PortResult<Option<SetUpText>> {
        let Some(secret) = self.open(account, sealed)? else { return Ok(None) };
        let text = SecretText::new(secret.to_base32());
        let totp = form(secret).with_issuer(Some(label(site))).with_account_name(label(person)).build().map_err(odd)?;
        Ok(Some(SetUpText { address: SecretText::new(totp.to_url().map_err(odd)?), secret: text }))
    }

    fn step(
        &self,
        account: AccountId,
        sealed: &Sealed,
        code: &TotpCode,
        now: Timestamp,
    ) -> PortResult<Option<TimeStep>> {
        let secret = self.open(account, sealed)?;
        let secret = secret.ok_or_else(|| PortError::corrupt("an authenticator's secret can't be opened"))?;
        let totp: Totp = form(secret).build().map_err(odd)?;
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        Ok(totp.check(code.reveal(), seconds).map(TimeStep::new))
    }
}

fn form(secret: Secret) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(TimeStep::SECONDS)
        .with_skew(TimeStep::TOLERANCE)
        .with_secret(secret)
}

/// Nobody else holds a part of the key.
fn purpose(account: &[u8; 16]) -> Purpose<'_> {
    Purpose { name: PURPOSE, context: account, secret: &[] }
}

/// A colon stands between the names of site and person.
fn label(name: &str) -> String {
    name.replace(':', " ")
}

#[expect(clippy::needless_pass_by_value, reason = "as it is mapped")]
fn odd(error: TotpError) -> PortError {
    PortError::new(PortErrorKind::Rejected, "an authenticator can't be set up").because(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal_keys::tests::ring;
    use uuid::Uuid;

    fn ann() -> AccountId {
        AccountId::new(Uuid::from_u128(7))
    }

    /// RFC 6238, appendix B, by its last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let keys = ring("k", &["k"]);
        let mut secret = Zeroizing::new(Vec::with_capacity(64));
        secret.extend_from_slice(b"12345678901234567890");
        let sealed = aead::seal(&keys, purpose(ann().uuid().as_bytes()), secret).unwrap();
        let totp = SealedTotp::new(keys);
        for (second, code, step) in
            [(59, "287082", 1), (1_111_111_109, "081804", 37_037_036), (20_000_000_000, "353130", 666_666_666)]
        {
            let code = TotpCode::parse(code).unwrap();
            let at = |off: i64| Timestamp::from_second(second + off).unwrap();
            for off in [0, -30, 30] {
                assert_eq!(totp.step(ann(), &sealed, &code, at(off)).unwrap(), Some(TimeStep::new(step)), "{off}");
            }
            for off in [61, -91].into_iter().filter(|off| second + off > 0) {
                assert_eq!(totp.step(ann(), &sealed, &code, at(off)).unwrap(), None, "{off}");
            }
        }
    }

    #[test]
    fn a_secret_sealed_under_an_older_key_goes_on() {
        let sealed = SealedTotp::new(ring("old", &["old"])).make(ann()).unwrap();
        assert_eq!(Sealed::key_named_in(sealed.bytes()).unwrap().as_str(), "old");
        let rotated = SealedTotp::new(ring("new", &["new", "old"]));
        let text = rotated.reveal(ann(), &sealed, "Codes: ours", "ann@example.com").unwrap().unwrap();
        assert!(
            text.address.reveal().starts_with("otpauth://totp/Codes%20%20ours:ann%40example"),
            "{}",
            text.address.reveal()
        );
        let lost = SealedTotp::new(ring("new", &["new"]));
        assert_eq!(lost.reveal(ann(), &sealed, "s", "p").unwrap(), None);
        let fault = lost.step(ann(), &sealed, &TotpCode::parse("123456").unwrap(), Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(fault.kind(), PortErrorKind::Corrupt);
    }
}
