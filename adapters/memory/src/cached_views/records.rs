//! How views are written into a cache. What can't be read back, for whatever reason, is as if it were not there.

use backstop_application::ports::{AccountHistory, AccountState, HistoryPage};
use backstop_domain::{
    Account, AccountId, Batch, BatchId, Counters, DisplayName, Duties, EmailAddress, Locale, ProfileName, Subject,
    Timestamp, guard::GenerationWait,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Stands in every key, so that programs that write otherwise don't read each other's entries while one replaces the
/// other. It must be another one whenever a record below is.
pub(super) const FORMAT: u32 = 2;

/// A view that a cache can keep.
pub(super) trait Record: Sized {
    fn account(&self) -> AccountId;
    fn encode(&self) -> Option<Vec<u8>>;
    fn decode(bytes: &[u8], subject: &Subject) -> Option<Self>;
}

impl Record for AccountState {
    fn account(&self) -> AccountId {
        self.account.id
    }

    fn encode(&self) -> Option<Vec<u8>> {
        let Self { account, standing, open } = self;
        let standing = standing.as_ref().map(BatchRecord::of);
        postcard::to_allocvec(&StateRecord { account: AccountRecord::of(account), standing, open: open.bits() }).ok()
    }

    fn decode(bytes: &[u8], subject: &Subject) -> Option<Self> {
        let StateRecord { account, standing, open } = whole(bytes)?;
        let account = account.account().filter(|account| account.subject == *subject)?;
        let standing = match standing {
            None => None,
            Some(batch) => Some(batch.batch(account.id)?),
        };
        Some(Self { account, standing, open: Duties::from_bits(open) })
    }
}

impl Record for AccountHistory {
    fn account(&self) -> AccountId {
        self.account
    }

    fn encode(&self) -> Option<Vec<u8>> {
        let Self { account, role, page: HistoryPage { batches, total } } = self;
        let batches = batches.iter().map(BatchRecord::of).collect();
        postcard::to_allocvec(&HistoryRecord { account: account.uuid(), role: role.as_str(), batches, total: *total })
            .ok()
    }

    fn decode(bytes: &[u8], _subject: &Subject) -> Option<Self> {
        let HistoryRecord { account, role, batches, total } = whole(bytes)?;
        let account = AccountId::new(account);
        let batches = batches.into_iter().map(|batch| batch.batch(account)).collect::<Option<_>>()?;
        Some(Self { account, role: role.parse().ok()?, page: HistoryPage { batches, total } })
    }
}

fn whole<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Option<T> {
    let (record, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(record)
}

#[derive(Serialize, Deserialize)]
struct StateRecord<'b> {
    #[serde(borrow)]
    account: AccountRecord<'b>,
    standing: Option<BatchRecord<'b>>,
    open: u8,
}

#[derive(Serialize, Deserialize)]
struct HistoryRecord<'b> {
    account: Uuid,
    role: &'b str,
    #[serde(borrow)]
    batches: Vec<BatchRecord<'b>>,
    total: u64,
}

#[derive(Serialize, Deserialize)]
struct AccountRecord<'b> {
    id: Uuid,
    subject: &'b str,
    email: Option<&'b str>,
    email_confirmed: bool,
    #[serde(borrow)]
    notify_emails: Vec<&'b str>,
    display_name: Option<&'b str>,
    locale: Option<&'b str>,
    role: &'b str,
    suspended: Option<&'b str>,
    setup_verified_at: Option<i64>,
    generation_until: Option<i64>,
    generation_micros: i64,
    created_at: i64,
    modified_at: i64,
}

impl<'b> AccountRecord<'b> {
    fn of(account: &'b Account) -> Self {
        // Named one by one, so that a new field is not overlooked here.
        let Account {
            id,
            subject,
            email,
            email_confirmed,
            notify_emails,
            display_name,
            locale,
            role,
            suspended,
            setup_verified_at,
            generation,
            created_at,
            modified_at,
        } = account;
        Self {
            id: id.uuid(),
            subject: subject.as_str(),
            email: email.as_ref().map(EmailAddress::as_str),
            email_confirmed: *email_confirmed,
            notify_emails: notify_emails.iter().map(EmailAddress::as_str).collect(),
            display_name: display_name.as_ref().map(DisplayName::as_str),
            locale: locale.as_ref().map(Locale::as_str),
            role: role.as_str(),
            suspended: suspended.map(backstop_domain::SuspensionReason::as_str),
            setup_verified_at: setup_verified_at.map(micros),
            generation_until: generation.until.map(micros),
            generation_micros: i64::try_from(generation.length.as_micros()).unwrap_or(i64::MAX),
            created_at: micros(*created_at),
            modified_at: micros(*modified_at),
        }
    }

    fn account(self) -> Option<Account> {
        let emails = self.notify_emails.into_iter().map(EmailAddress::parse);
        Some(Account {
            id: AccountId::new(self.id),
            subject: Subject::parse(self.subject).ok()?,
            email: self.email.map(EmailAddress::parse).transpose().ok()?,
            email_confirmed: self.email_confirmed,
            notify_emails: emails.collect::<Result<_, _>>().ok()?,
            display_name: self.display_name.map(DisplayName::parse).transpose().ok()?,
            locale: self.locale.map(Locale::parse).transpose().ok()?,
            role: self.role.parse().ok()?,
            suspended: self.suspended.map(str::parse).transpose().ok()?,
            setup_verified_at: optional(self.setup_verified_at)?,
            generation: GenerationWait {
                until: optional(self.generation_until)?,
                length: SignedDuration::from_micros(self.generation_micros),
            },
            created_at: instant(self.created_at)?,
            modified_at: instant(self.modified_at)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct BatchRecord<'b> {
    id: Uuid,
    profile: &'b str,
    issued: u32,
    used: u32,
    invalidated: u32,
    removed: u32,
    purged: u32,
    created_at: i64,
    modified_at: i64,
    expires_at: Option<i64>,
    superseded_at: Option<i64>,
    invalidated_at: Option<i64>,
    deleted_at: Option<i64>,
    viewed_at: Option<i64>,
    downloaded_at: Option<i64>,
    emailed_at: Option<i64>,
    email_failed_at: Option<i64>,
}

impl<'b> BatchRecord<'b> {
    fn of(batch: &'b Batch) -> Self {
        let Batch {
            id,
            account: _,
            profile,
            counters: Counters { issued, used, invalidated, removed, purged },
            created_at,
            modified_at,
            expires_at,
            superseded_at,
            invalidated_at,
            deleted_at,
            viewed_at,
            downloaded_at,
            emailed_at,
            email_failed_at,
            // Only for what decides, which is never read from a cache.
            delivery_digest: _,
            delivery_ended_at: _,
        } = batch;
        Self {
            id: id.uuid(),
            profile: profile.as_str(),
            issued: *issued,
            used: *used,
            invalidated: *invalidated,
            removed: *removed,
            purged: *purged,
            created_at: micros(*created_at),
            modified_at: micros(*modified_at),
            expires_at: expires_at.map(micros),
            superseded_at: superseded_at.map(micros),
            invalidated_at: invalidated_at.map(micros),
            deleted_at: deleted_at.map(micros),
            viewed_at: viewed_at.map(micros),
            downloaded_at: downloaded_at.map(micros),
            emailed_at: emailed_at.map(micros),
            email_failed_at: email_failed_at.map(micros),
        }
    }

    fn batch(self, account: AccountId) -> Option<Batch> {
        let Self { issued, used, invalidated, removed, purged, .. } = self;
        // Summed up here first, since numbers that were spoilt may be too large to be added.
        let gone = u64::from(used) + u64::from(invalidated) + u64::from(removed);
        let counters = Counters { issued, used, invalidated, removed, purged };
        (gone <= u64::from(issued) && counters.adds_up()).then_some(())?;
        Some(Batch {
            id: BatchId::new(self.id),
            account,
            profile: ProfileName::parse(self.profile).ok()?,
            counters,
            created_at: instant(self.created_at)?,
            modified_at: instant(self.modified_at)?,
            expires_at: optional(self.expires_at)?,
            superseded_at: optional(self.superseded_at)?,
            invalidated_at: optional(self.invalidated_at)?,
            deleted_at: optional(self.deleted_at)?,
            viewed_at: optional(self.viewed_at)?,
            downloaded_at: optional(self.downloaded_at)?,
            emailed_at: optional(self.emailed_at)?,
            email_failed_at: optional(self.email_failed_at)?,
            delivery_digest: None,
            delivery_ended_at: None,
        })
    }
}

fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

fn instant(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}

/// `None` when there is a time that is none.
#[expect(clippy::option_option, reason = "a missing time is one thing, a spoilt one another")]
fn optional(micros: Option<i64>) -> Option<Option<Timestamp>> {
    micros.map(instant).map_or(Some(None), |time| time.map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_domain::{Expiry, SuspensionReason};

    const STATE: &str = "100000000000000000000000000000000103616e6e010f616e6e406578616d706c652e6f726700010f616e6e406578616d70\
         6c652e6f72670001026465047573657201066e6f745f6d65018080c489e5c5b20600008080c489e5c5b2068080c489e5c5b2\
         0601100000000000000000000000000000000207636c61737369630a000000008080c489e5c5b2068080c489e5c5b2060180\
         80ffe6e8cab2060000000000000003";
    const HISTORY: &str = "1000000000000000000000000000000001047573657201100000000000000000000000000000000207636c61737369630a00\
         0000008080c489e5c5b2068080c489e5c5b206018080ffe6e8cab20600000000000000ac02";

    fn bytes(account: &Account, batch: &Batch) -> [String; 2] {
        let standing = Some(batch.clone());
        let state = AccountState { account: account.clone(), standing, open: Duties::from_bits(3) };
        let page = HistoryPage { batches: vec![batch.clone()], total: 300 };
        let history = AccountHistory { account: account.id, role: account.role, page };
        [state.encode().unwrap(), history.encode().unwrap()]
            .map(|bytes| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
    }

    #[test]
    fn the_format_number_stands_for_these_bytes() {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let mut account = Account::new(AccountId::new(Uuid::from_u128(1)), Subject::parse("ann").unwrap(), start);
        account.email = EmailAddress::parse("ann@example.org").ok();
        account.notify_emails = account.email.iter().cloned().collect();
        account.locale = Locale::parse("de").ok();
        account.suspended = Some(SuspensionReason::NotMe);
        account.setup_verified_at = Some(start);
        let profile = ProfileName::parse("classic").unwrap();
        let batch = Batch::new(BatchId::new(Uuid::from_u128(2)), account.id, profile, 10, Expiry::Days(1), start);
        // Other bytes need another number, and then stand here.
        assert_eq!(FORMAT, 2);
        assert_eq!(bytes(&account, &batch), [STATE, HISTORY]);
    }
}
