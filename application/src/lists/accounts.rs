use super::{Search, columns};
use crate::ports::{AccountState, Listed, Rank};
use backstop_domain::{BatchStatus, Duties, Role, SuspensionReason, Timestamp};
use jiff::SignedDuration;
use uuid::Uuid;

/// People whom codes belong to.
#[derive(Clone, Copy, Debug)]
pub struct Accounts;

columns! {
    AccountSort { Created = "created", Modified = "modified", Subject = "subject" }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspended {
    No,
    Yes,
    For(SuspensionReason),
}

/// How an account stands with the codes it can redeem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodesLeft {
    None,
    /// One at least, and at most so many.
    Few(u32),
    /// Some, which expire within so many days.
    ExpiringWithin(u16),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    pub subject: Option<Search>,
    /// In the key of the address.
    pub email: Option<Search>,
    pub role: Option<Role>,
    pub suspended: Option<Suspended>,
    pub codes: Option<CodesLeft>,
    /// Whether duties of some recovery are open.
    pub duties: Option<bool>,
}

impl CodesLeft {
    /// Until when codes expire that expire within so many days.
    pub fn end_of_days(days: u16, now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
    }

    fn fits(self, state: &AccountState, now: Timestamp) -> bool {
        let active = state.standing.as_ref().filter(|batch| batch.status(now) == BatchStatus::Active);
        let left = active.map_or(0, |batch| batch.remaining(now));
        match self {
            Self::None => left == 0,
            Self::Few(most) => (1..=most).contains(&left),
            Self::ExpiringWithin(days) => {
                let end = active.and_then(|batch| batch.expires_at);
                end.is_some_and(|end| end <= Self::end_of_days(days, now))
            }
        }
    }
}

impl Listed for Accounts {
    const NAME: &'static str = "accounts";

    type Entry = AccountState;
    type Filter = AccountFilter;
    type Sort = AccountSort;

    fn id(entry: &AccountState) -> Uuid {
        entry.account.id.uuid()
    }

    fn rank(entry: &AccountState, sort: AccountSort) -> Rank {
        match sort {
            AccountSort::Created => Rank::Time(entry.account.created_at),
            AccountSort::Modified => Rank::Time(entry.account.modified_at),
            AccountSort::Subject => Rank::Text(entry.account.subject.as_str().to_owned()),
        }
    }

    fn is_for_clients(entry: &AccountState) -> bool {
        entry.account.role == Role::User
    }

    fn fits(entry: &AccountState, filter: &AccountFilter, now: Timestamp) -> bool {
        let account = &entry.account;
        let is_suspended = |wanted| match wanted {
            Suspended::No => account.suspended.is_none(),
            Suspended::Yes => account.suspended.is_some(),
            Suspended::For(reason) => account.suspended == Some(reason),
        };
        let has_email = |search: &Search| account.email.as_ref().is_some_and(|email| search.fits(email.key()));
        filter.subject.as_ref().is_none_or(|search| search.fits(account.subject.as_str()))
            && filter.email.as_ref().is_none_or(has_email)
            && filter.role.is_none_or(|role| account.role == role)
            && filter.suspended.is_none_or(is_suspended)
            && filter.codes.is_none_or(|codes| codes.fits(entry, now))
            && filter.duties.is_none_or(|open| open == (entry.open != Duties::NONE))
    }
}
