use super::{Owned, Owner, Search, Whose, columns};
use crate::ports::{Listed, MailRecord, MailStatus, Rank};
use backstop_domain::Timestamp;
use uuid::Uuid;

/// Lines of the e-mail log.
#[derive(Clone, Copy, Debug)]
pub struct Mails;

columns! {
    MailSort { Created = "created" }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailFilter {
    pub whose: Option<Whose>,
    /// In the key of the address.
    pub address: Option<Search>,
    pub status: Option<MailStatus>,
    /// From then on, and before then.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Listed for Mails {
    const NAME: &'static str = "mails";

    type Entry = Owned<MailRecord>;
    type Filter = MailFilter;
    type Sort = MailSort;

    fn id(entry: &Owned<MailRecord>) -> Uuid {
        entry.of.task.uuid()
    }

    fn rank(entry: &Owned<MailRecord>, sort: MailSort) -> Rank {
        match sort {
            MailSort::Created => Rank::Time(entry.of.created_at),
        }
    }

    /// What goes to no account goes to those who run the service.
    fn is_for_clients(entry: &Owned<MailRecord>) -> bool {
        entry.owner.as_ref().is_some_and(Owner::is_user)
    }

    fn fits(entry: &Owned<MailRecord>, filter: &MailFilter, _now: Timestamp) -> bool {
        let mail = &entry.of;
        filter.whose.as_ref().is_none_or(|whose| whose.fits(mail.account, entry.owner.as_ref()))
            && filter.address.as_ref().is_none_or(|search| search.fits(mail.address.key()))
            && filter.status.is_none_or(|status| mail.status == status)
            && super::is_between(mail.created_at, filter.from, filter.until)
    }
}
