//! A set of codes that was just made, and how that is remembered.

use backstop_domain::{Batch, DeliveryToken, Expiry, ProfileName, SecretText, Timestamp};

/// The only time that the codes are seen.
#[derive(Clone, Debug)]
pub struct Generated {
    /// As it was made.
    pub batch: Batch,
    /// As they are shown, in the order in which they are delivered everywhere.
    pub codes: Vec<SecretText>,
    /// With which they can be downloaded and mailed once, for a short while.
    pub delivery_token: DeliveryToken,
}

/// What is kept of a generation for a request that comes again: all but the codes, which the vault has.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub(crate) batch: Batch,
    pub(crate) delivery_token: DeliveryToken,
}

impl Remembered {
    pub(crate) fn write(batch: &Batch, token: &DeliveryToken) -> SecretText {
        let expires = batch.expires_at.map_or_else(|| "never".to_owned(), |at| at.as_microsecond().to_string());
        SecretText::new(format!(
            "generated {} {} {} {} {} {expires} {}",
            batch.id,
            batch.account,
            batch.profile.as_str(),
            batch.counters.issued,
            batch.created_at.as_microsecond(),
            token.reveal()
        ))
    }

    /// `None` for what was not written so.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(' ').collect();
        let ["generated", id, account, profile, issued, created, expires, token] = *parts.as_slice() else {
            return None;
        };
        let instant = |text: &str| Timestamp::from_microsecond(text.parse().ok()?).ok();
        let profile = ProfileName::parse(profile).ok()?;
        let made_at = instant(created)?;
        let mut batch =
            Batch::new(id.parse().ok()?, account.parse().ok()?, profile, issued.parse().ok()?, Expiry::Never, made_at);
        batch.expires_at = if expires == "never" { None } else { Some(instant(expires)?) };
        let delivery_token = DeliveryToken::parse(SecretText::new(token.to_owned())).ok()?;
        Some(Self { batch, delivery_token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_domain::{AccountId, BatchId};
    use uuid::Uuid;

    #[test]
    fn what_was_made_is_remembered_as_it_was() {
        let token = DeliveryToken::parse(SecretText::new("t".repeat(DeliveryToken::LENGTH))).unwrap();
        let profile = ProfileName::parse("classic").unwrap();
        let now = Timestamp::from_microsecond(1_800_000_000_000_001).unwrap();
        for expiry in [Expiry::Never, Expiry::after_days(Some(30)).unwrap()] {
            let (id, account) = (BatchId::new(Uuid::from_u128(1)), AccountId::new(Uuid::from_u128(2)));
            let batch = Batch::new(id, account, profile.clone(), 12, expiry, now);
            let read = Remembered::read(Remembered::write(&batch, &token).reveal()).unwrap();
            assert_eq!((read.batch, read.delivery_token), (batch, token.clone()));
        }
        assert!(Remembered::read("").is_none() && Remembered::read("generated a b c d e f g").is_none());
    }
}
