//! The audit trail and the e-mail log lose what is old.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::LogTaken;
use backstop_domain::{AuditKind, CleanUp};

async fn take(store: &Fixture, of: CleanUp, second: i64, most: u32) -> LogTaken {
    let mut unit = store.begin().await;
    let taken = match of {
        CleanUp::Audit => unit.clean_ups().take_audit(at(second), most).await.unwrap(),
        _ => unit.clean_ups().take_email_log(at(second), most).await.unwrap(),
    };
    unit.commit().await.unwrap();
    taken
}

/// Takes what six lines leave, and tells it each time.
async fn assert_taken(store: &Fixture, of: CleanUp) {
    let eligible = async |second| store.stores.runs.eligible(of, at(second)).await.unwrap();
    assert_eq!((eligible(4).await.rows, eligible(4).await.batches), (4, 0));
    assert_eq!(take(store, of, 0, 9).await, LogTaken::default());
    assert_eq!(take(store, of, 4, 3).await, LogTaken { rows: 3, range: Some((at(1), at(3))) });
    assert_eq!(take(store, of, 4, 9).await, LogTaken { rows: 1, range: Some((at(4), at(4))) });
    assert_eq!(take(store, of, 4, 9).await, LogTaken::default());
    assert_eq!((eligible(4).await.rows, eligible(9).await.rows), (0, 2));
}

/// "Removes the oldest entries of the audit trail, of that time or before, at most so many", and tells how many and of
/// which times.
pub async fn the_oldest_entries_are_taken(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for second in [5, 2, 4, 1, 6, 3] {
        let mut entry = an_entry(AuditKind::Viewed, None);
        entry.at = at(second);
        store.record(entry).await;
    }
    assert_taken(&store, CleanUp::Audit).await;
    let left = store.stores.audit.newest(None, 9).await.unwrap();
    assert_eq!(left.iter().map(|entry| entry.at).collect::<Vec<_>>(), [at(6), at(5)]);
}

/// "… the oldest lines of the e-mail log likewise, by when they were made", however late they were tried.
pub async fn the_oldest_mails_are_taken(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for second in [5, 2, 4, 1, 6, 3] {
        let mut mail = a_mail(None, at(second));
        mail.tried_at = at(100 - second);
        store.write_mail(&mail).await;
    }
    assert_taken(&store, CleanUp::EmailLog).await;
    let left = store.stores.mails.mails(9).await.unwrap();
    assert_eq!(left.iter().map(|mail| mail.created_at).collect::<Vec<_>>(), [at(6), at(5)]);
}

/// What was taken is back when its unit is undone.
pub async fn a_taken_entry_is_back_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let entry = an_entry(AuditKind::Viewed, None);
    store.record(entry.clone()).await;
    let mut unit = store.begin().await;
    assert_eq!(unit.clean_ups().take_audit(at(9), 9).await.unwrap().rows, 1);
    unit.rollback().await.unwrap();
    assert_eq!(store.stores.audit.newest(None, 9).await.unwrap(), [entry]);
}
