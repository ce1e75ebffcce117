//! The e-mail log.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{MailRecord, MailStatus};

async fn read(store: &Fixture) -> Vec<MailRecord> {
    store.stores.mails.mails(9).await.unwrap()
}

/// "Notes how a mail stands": what is written is read back the same, every field of it.
pub async fn a_line_keeps_everything_it_was_given(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    for (second, status) in (1..).zip(MailStatus::ALL) {
        let full =
            MailRecord { status, attempts: u32::MAX, tried_at: at(99), ..a_mail(Some(account.id), at(2 * second)) };
        let bare = MailRecord { status, error: None, ..a_mail(None, at(2 * second + 1)) };
        for mail in [full, bare] {
            store.write_mail(&mail).await;
            assert_eq!(store.stores.mails.mails(1).await.unwrap(), [mail]);
        }
    }
}

/// "Each task has one line, and the last that is said of it holds."
pub async fn a_task_has_one_line(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let waiting = a_mail(Some(store.account().await.id), at(1));
    let sent = MailRecord { status: MailStatus::Sent, attempts: 2, error: None, tried_at: at(5), ..waiting.clone() };
    let other = a_mail(None, at(0));
    for mail in [&waiting, &other, &sent, &sent] {
        store.write_mail(mail).await;
    }
    assert_eq!(read(&store).await, [sent, other]);
}

/// "Of an account that is gone nothing is noted", and that is no fault.
pub async fn nothing_is_noted_of_the_erased(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let mail = a_mail(Some(account.id), at(1));
    store.write_mail(&mail).await;
    store.erase(account.id).await;
    let mut unit = store.begin().await;
    unit.mail_log().write(&mail).await.unwrap();
    store.assert_usable(unit).await;
    assert_eq!(read(&store).await, []);
}

/// "The newest lines, by when they were made, newest first."
pub async fn the_newest_mails_come_first(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for second in [3, 1, 4, 2] {
        store.write_mail(&MailRecord { tried_at: at(100 - second), ..a_mail(None, at(second)) }).await;
    }
    for (limit, expected) in [(9, vec![4, 3, 2, 1]), (2, vec![4, 3]), (0, vec![])] {
        let lines = store.stores.mails.mails(limit).await.unwrap();
        let times: Vec<_> = lines.iter().map(|mail| mail.created_at).collect();
        assert_eq!(times, expected.into_iter().map(at).collect::<Vec<_>>());
    }
}

/// A line is there if its unit commits.
pub async fn a_line_goes_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut unit = store.begin().await;
    unit.mail_log().write(&a_mail(None, at(1))).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(read(&store).await, []);
}
