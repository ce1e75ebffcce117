//! The e-mail log.

use crate::{StoreHarness, fixture::*, work::a_full_task};
use backstop_application::ports::{MailRecord, MailStatus, NewTask, WhichMails};
use core::cmp::Reverse;

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

async fn give_up(store: &Fixture, which: WhichMails) {
    let mut unit = store.begin().await;
    unit.mail_log().give_up(which, "nobody wants it any more").await.unwrap();
    unit.commit().await.unwrap();
}

fn given_up(mail: &MailRecord) -> MailRecord {
    MailRecord { status: MailStatus::Failed, error: Some("nobody wants it any more".to_owned()), ..mail.clone() }
}

/// "Notes of mails that are waiting that they are given up, and why; all else in their lines stays. What was sent or had
/// failed stays as it is."
pub async fn a_waiting_mail_can_be_given_up(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let all = MailStatus::ALL.map(|status| MailRecord { status, ..a_mail(Some(account.id), at(1)) });
    let other = a_mail(None, at(0));
    for mail in all.iter().chain([&other]) {
        store.write_mail(mail).await;
    }
    for mail in &all {
        give_up(&store, WhichMails::OfTask(mail.task)).await;
    }
    give_up(&store, WhichMails::OfTask(a_mail(None, at(1)).task)).await;
    let mut expected: Vec<MailRecord> = all.to_vec();
    for mail in expected.iter_mut().filter(|mail| mail.status == MailStatus::Waiting) {
        *mail = given_up(mail);
    }
    expected.sort_by_key(|mail| Reverse(mail.task));
    expected.push(other);
    assert_eq!(read(&store).await, expected);
}

/// The same of "those that a batch's tasks send, as long as the tasks are there."
pub async fn mails_of_a_batch_are_given_up_with_it(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let [task, elsewhere, gone] = [a_full_task(), a_full_task(), a_full_task()];
    let line = |task: &NewTask, second| MailRecord { task: task.id, ..a_mail(None, at(second)) };
    let mut unit = store.begin().await;
    for task in [&task, &elsewhere] {
        unit.tasks().push(task.clone()).await.unwrap();
    }
    unit.commit().await.unwrap();
    let lines = [line(&task, 3), line(&elsewhere, 2), line(&gone, 1)];
    for line in &lines {
        store.write_mail(line).await;
    }
    for task in [&task, &gone] {
        give_up(&store, WhichMails::OfBatch(task.concerns.batch.unwrap())).await;
    }
    let [waited, others @ ..] = lines;
    let mut expected = vec![given_up(&waited)];
    expected.extend(others);
    assert_eq!(read(&store).await, expected);
}
