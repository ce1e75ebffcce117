//! Accounts: one a subject, one an e-mail address, and nothing changed by the way.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{AccountInserted, AccountUpdated, Erased};
use backstop_domain::{
    Account, AccountId, AddressKey, DisplayName, Duties, Duty, EmailAddress, Locale, Role, SuspensionReason,
    history::Window,
};

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

fn full_account() -> Account {
    let mut account = an_account();
    account.email = Some(email("Owner@Example.org"));
    account.email_confirmed = true;
    account.notify_emails = vec![email("z@example.org"), email("A@example.org")];
    account.display_name = Some(name("Zoë"));
    account.locale = Some(Locale::parse("de-AT").unwrap());
    account.role = Role::Auditor;
    account.suspended = Some(SuspensionReason::NotMe);
    account.setup_verified_at = Some(at(3));
    account.modified_at = at(4);
    account
}

/// Addresses are equal when their keys are, so that only their text shows whether one was kept.
fn assert_same(read: Option<Account>, expected: &Account) {
    assert_eq!(format!("{:?}", read.expect("the account is there")), format!("{expected:?}"));
}

/// What is inserted is read back the same, every field of it.
pub async fn an_account_keeps_everything_it_was_given(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for account in [an_account(), full_account()] {
        store.put(&account).await;
        assert_same(store.read_account(account.id).await, &account);
        assert_same(store.stores.accounts.by_subject(&account.subject).await.unwrap(), &account);
    }
}

/// Text is text: no normal form, no quoting, no symbol outside the basic plane is lost.
pub async fn text_keeps_odd_unicode(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for text in ["e\u{301}\u{200d}🜁", "'; DROP TABLE accounts; --", "%_\\x00", " padded ", "\u{202e}abc", "𐍈ﬀ", "\"`$1"]
    {
        let mut account = an_account();
        account.subject = subject(text);
        account.display_name = Some(name(text));
        store.put(&account).await;
        assert_same(store.read_account(account.id).await, &account);
        assert_same(store.stores.accounts.by_subject(&account.subject).await.unwrap(), &account);
    }
}

/// Times are exact to the microsecond, before 1970 as well.
pub async fn times_keep_microseconds(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for micros in [0, 1, 999_999, 1_700_000_000_000_001, -1, 4_102_444_799_999_999] {
        let mut account = an_account();
        account.created_at = jiff::Timestamp::from_microsecond(micros).unwrap();
        account.setup_verified_at = Some(account.created_at);
        store.put(&account).await;
        assert_same(store.read_account(account.id).await, &account);
    }
}

/// "The account as this unit sees it": with the unit's own changes, before they are committed.
pub async fn a_unit_sees_the_account_as_it_left_it(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut account = full_account();
    let mut unit = store.begin().await;
    assert_eq!(unit.accounts().get(account.id).await.unwrap(), None);
    unit.accounts().insert(&account).await.unwrap();
    assert_same(unit.accounts().get(account.id).await.unwrap(), &account);
    account.display_name = None;
    unit.accounts().update(&account).await.unwrap();
    assert_same(unit.accounts().get(account.id).await.unwrap(), &account);
    unit.rollback().await.unwrap();
}

/// "A second account with the same subject is `SubjectTaken`".
pub async fn a_second_account_of_a_subject_is_refused(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let first = store.account().await;
    let mut second = an_account();
    second.subject = first.subject.clone();
    let mut unit = store.begin().await;
    assert_eq!(unit.accounts().insert(&second).await.unwrap(), AccountInserted::SubjectTaken);
    unit.commit().await.unwrap();
}

/// "Subjects differ by case", and by everything else that is not the same bytes.
pub async fn subjects_differ_by_case(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    for text in ["Ann", "ann", "ANN", "ann ", "é", "e\u{301}", "É"] {
        let mut account = an_account();
        account.subject = subject(text);
        store.put(&account).await;
    }
}

/// "One with the same e-mail key is `EmailTaken`": other case or composition makes no other address.
pub async fn a_second_account_of_an_email_is_refused(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut first = an_account();
    first.email = Some(email("José@example.org"));
    store.put(&first).await;
    let mut unit = store.begin().await;
    for text in ["José@example.org", "JOSÉ@EXAMPLE.ORG", "jose\u{301}@example.org"] {
        let mut second = an_account();
        second.email = Some(email(text));
        assert_eq!(unit.accounts().insert(&second).await.unwrap(), AccountInserted::EmailTaken, "{text}");
    }
    unit.commit().await.unwrap();
}

/// "Either way nothing is inserted".
pub async fn a_refused_account_is_not_inserted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let first = full_account();
    store.put(&first).await;
    let (mut same_subject, mut same_email) = (an_account(), an_account());
    same_subject.subject = first.subject.clone();
    same_email.email.clone_from(&first.email);
    let mut unit = store.begin().await;
    unit.accounts().insert(&same_subject).await.unwrap();
    unit.accounts().insert(&same_email).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.read_account(same_subject.id).await, None);
    assert_eq!(store.read_account(same_email.id).await, None);
    assert_same(store.read_account(first.id).await, &first);
}

/// "… and the unit stays usable."
pub async fn a_refused_account_leaves_the_unit_usable(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let first = full_account();
    store.put(&first).await;
    let (mut same_subject, mut same_email) = (an_account(), an_account());
    same_subject.subject = first.subject.clone();
    same_email.email.clone_from(&first.email);
    for refused in [same_subject, same_email] {
        let mut unit = store.begin().await;
        unit.accounts().insert(&refused).await.unwrap();
        store.assert_usable(unit).await;
    }
}

/// "Writes e-mail, confirmation, notification addresses, name, locale and `modified_at`".
pub async fn an_update_writes_what_it_is_for(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut account = store.account().await;
    let filled = full_account();
    let emptied = account.clone();
    for source in [filled, emptied] {
        account.email = source.email;
        account.email_confirmed = source.email_confirmed;
        account.notify_emails = source.notify_emails;
        account.display_name = source.display_name;
        account.locale = source.locale;
        account.modified_at = at(9);
        let mut unit = store.lock(account.id).await;
        assert_eq!(unit.accounts().update(&account).await.unwrap(), AccountUpdated::Done);
        unit.commit().await.unwrap();
        assert_same(store.read_account(account.id).await, &account);
    }
}

/// "… nothing else of the account": neither subject, role, suspension, set-up nor the time of its making.
pub async fn an_update_writes_nothing_else(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    store.suspend(account.id, Some(SuspensionReason::Admin)).await;
    let before = store.read_account(account.id).await.unwrap();
    let mut changed = full_account();
    changed.id = account.id;
    changed.created_at = at(50);
    for suspended in [None, Some(SuspensionReason::NotMe)] {
        changed.suspended = suspended;
        let mut unit = store.lock(account.id).await;
        unit.accounts().update(&changed).await.unwrap();
        unit.commit().await.unwrap();
        let after = store.read_account(account.id).await.unwrap();
        assert_eq!(
            (after.subject, after.role, after.suspended, after.setup_verified_at, after.created_at),
            (account.subject.clone(), account.role, before.suspended, None, account.created_at)
        );
    }
}

/// "An e-mail key of another account is `EmailTaken`; then nothing is written".
pub async fn an_update_to_a_taken_email_writes_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut other = an_account();
    other.email = Some(email("taken@example.org"));
    store.put(&other).await;
    let before = store.account().await;
    let mut changed = before.clone();
    changed.email = Some(email("TAKEN@example.org"));
    changed.display_name = Some(name("Somebody"));
    changed.modified_at = at(9);
    let mut unit = store.lock(before.id).await;
    assert_eq!(unit.accounts().update(&changed).await.unwrap(), AccountUpdated::EmailTaken);
    unit.commit().await.unwrap();
    assert_same(store.read_account(before.id).await, &before);
}

/// "… and the unit stays usable."
pub async fn a_refused_update_leaves_the_unit_usable(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut other = an_account();
    other.email = Some(email("taken@example.org"));
    store.put(&other).await;
    let mut changed = store.account().await;
    changed.email.clone_from(&other.email);
    let mut unit = store.lock(changed.id).await;
    unit.accounts().update(&changed).await.unwrap();
    store.assert_usable(unit).await;
}

/// Only the address of *another* account is taken: one's own may be kept, and written otherwise.
pub async fn an_update_may_keep_its_own_email(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut account = full_account();
    store.put(&account).await;
    for text in ["Owner@Example.org", "owner@example.ORG"] {
        account.email = Some(email(text));
        let mut unit = store.lock(account.id).await;
        assert_eq!(unit.accounts().update(&account).await.unwrap(), AccountUpdated::Done);
        unit.commit().await.unwrap();
        assert_same(store.read_account(account.id).await, &account);
    }
}

/// An update of an account that is not there is `Missing`, and makes none.
pub async fn an_update_of_a_missing_account_is_missing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = full_account();
    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.accounts().update(&account).await.unwrap(), AccountUpdated::Missing);
    unit.commit().await.unwrap();
    assert_eq!(store.read_account(account.id).await, None);
}

/// "Marks the set-up as verified. `true` for exactly one call in an account's life": its time stays.
pub async fn the_setup_is_verified_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    for (second, first) in [(5, true), (6, false)] {
        let mut unit = store.lock(account.id).await;
        assert_eq!(unit.accounts().verify_setup(account.id, at(second)).await.unwrap(), first);
        assert!(!unit.accounts().verify_setup(account.id, at(7)).await.unwrap());
        unit.commit().await.unwrap();
        assert_eq!(store.read_account(account.id).await.unwrap().setup_verified_at, Some(at(5)));
    }
}

/// "Sets or lifts the suspension. `false` when it was so before"; another reason replaces the first.
pub async fn a_suspension_is_set_and_lifted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let steps = [
        (None, false),
        (Some(SuspensionReason::Failures), true),
        (Some(SuspensionReason::Failures), false),
        (Some(SuspensionReason::NotMe), true),
        (Some(SuspensionReason::Admin), true),
        (None, true),
        (None, false),
    ];
    for (reason, changes) in steps {
        let mut unit = store.lock(account.id).await;
        assert_eq!(unit.accounts().set_suspended(account.id, reason, at(5)).await.unwrap(), changes, "{reason:?}");
        unit.commit().await.unwrap();
        assert_eq!(store.read_account(account.id).await.unwrap().suspended, reason);
    }
}

/// "`false` when … the account is missing", and a set-up is verified for nobody then either.
pub async fn a_missing_account_is_neither_suspended_nor_verified(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let nobody = an_account();
    let mut unit = store.lock(nobody.id).await;
    assert!(!unit.accounts().set_suspended(nobody.id, Some(SuspensionReason::Admin), at(5)).await.unwrap());
    assert!(!unit.accounts().verify_setup(nobody.id, at(5)).await.unwrap());
    unit.commit().await.unwrap();
}

/// "Removes the account with its batches, codes and recoveries", those of earlier batches included, and says how many.
pub async fn erasing_takes_everything_of_the_account(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, first) = store.owner(3).await;
    store.supersede(account.id, at(2)).await;
    let second = store.issue(&account, 4).await;
    let mut unit = store.lock(account.id).await;
    unit.recoveries().insert(&a_recovery(&second, [Duty::NewCodes].into_iter().collect())).await.unwrap();
    unit.commit().await.unwrap();

    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.accounts().erase(account.id).await.unwrap(), Some(Erased { batches: 2, codes: 7 }));
    unit.commit().await.unwrap();
    assert_eq!(store.read_account(account.id).await, None);
    assert_eq!(store.stores.accounts.state(&account.subject).await.unwrap(), None);
    for issued in [first, second] {
        assert_eq!(store.stores.history.batch(issued.batch.id).await.unwrap(), None);
        assert!(store.statuses(&issued).await.iter().all(Option::is_none));
    }
    let everything = Some(Window { offset: 0, limit: 10 });
    assert_eq!(store.stores.history.page(account.id, everything).await.unwrap().total, 0);
    // Were a recovery left, it would be the new account's.
    store.put(&account).await;
    assert_eq!(store.stores.accounts.state(&account.subject).await.unwrap().unwrap().open, Duties::NONE);
}

/// Erasing one account leaves every other as it is.
pub async fn erasing_takes_nothing_of_others(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (neighbour, kept) = store.owner(3).await;
    let mut unit = store.lock(neighbour.id).await;
    let owed = [Duty::NewCodes].into_iter().collect();
    unit.recoveries().insert(&a_recovery(&kept, owed)).await.unwrap();
    unit.commit().await.unwrap();
    let (account, _) = store.owner(2).await;
    let before = store.stores.accounts.state(&neighbour.subject).await.unwrap();
    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.accounts().erase(account.id).await.unwrap(), Some(Erased { batches: 1, codes: 2 }));
    unit.commit().await.unwrap();
    assert_eq!(before.as_ref().map(|s| s.open), Some(owed));
    assert_eq!(store.stores.accounts.state(&neighbour.subject).await.unwrap(), before);
    assert!(store.statuses(&kept).await.iter().all(Option::is_some));
}

/// "`None` when it is missing", so for the second time as well.
pub async fn a_missing_account_is_not_erased(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.accounts().erase(an_account().id).await.unwrap(), None);
    assert_eq!(unit.accounts().erase(account.id).await.unwrap(), Some(Erased { batches: 0, codes: 0 }));
    assert_eq!(unit.accounts().erase(account.id).await.unwrap(), None);
    unit.commit().await.unwrap();
}

/// What an erased account had as subject and e-mail address can be another's.
pub async fn an_erased_subject_is_free_again(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let old = full_account();
    store.put(&old).await;
    let mut unit = store.lock(old.id).await;
    unit.accounts().erase(old.id).await.unwrap();
    unit.commit().await.unwrap();
    let mut new = full_account();
    new.subject = old.subject;
    store.put(&new).await;
    assert_same(store.stores.accounts.by_subject(&new.subject).await.unwrap(), &new);
}

/// "The account with the address of this key": however its owner writes it, and nobody else's.
pub async fn an_account_is_found_by_its_email(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let by_email = async |text: &str| store.stores.accounts.by_email(&AddressKey::of_typed(text)).await.unwrap();
    let mut other = an_account();
    other.email = Some(email("other@example.org"));
    store.put(&other).await;
    let account = full_account();
    assert_eq!(by_email("owner@example.org").await, None);
    store.put(&account).await;
    store.put(&an_account()).await;
    for text in ["Owner@Example.org", "owner@example.org", " OWNER@EXAMPLE.ORG "] {
        assert_same(by_email(text).await, &account);
    }
    // Addresses for notices are nobody's names, and what is no address finds nothing.
    for text in ["z@example.org", "owner@example", "", "owner@example.org\0", "'; --", "\u{1f701}"] {
        assert_eq!(by_email(text).await, None, "{text:?}");
    }
    let moved = Account { email: Some(email("new@example.org")), ..account.clone() };
    let mut unit = store.lock(account.id).await;
    assert_eq!(unit.accounts().update(&moved).await.unwrap(), AccountUpdated::Done);
    unit.commit().await.unwrap();
    assert_eq!(by_email("owner@example.org").await, None);
    assert_same(by_email("new@example.org").await, &moved);
}

/// "Whether the account is there and an administrator's. Of units that ask, for whichever accounts, a second one waits
/// until the first has ended, and then sees what that did": of two administrators who remove each other one is left.
pub async fn administrators_are_held_by_one_unit_at_a_time(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let of = |role| Account { role, ..an_account() };
    let (user, auditor) = (of(Role::User), of(Role::Auditor));
    let administrators = [of(Role::Admin), of(Role::Admin)];
    for account in administrators.iter().chain([&user, &auditor]) {
        store.put(account).await;
    }
    let mut unit = store.begin().await;
    for nobody in [user.id, auditor.id, AccountId::new(uuid())] {
        assert!(!unit.accounts().hold_administrator(nobody).await.unwrap());
    }
    unit.rollback().await.unwrap();
    let ids = administrators.map(|account| account.id);
    let removed = store
        .race(RACERS, move |store, racer| async move {
            let (own, other) = (ids[racer % 2], ids[(racer + 1) % 2]);
            let mut unit = store.lock(other).await;
            if !unit.accounts().hold_administrator(own).await.unwrap() {
                unit.rollback().await.unwrap();
                return false;
            }
            let erased = unit.accounts().erase(other).await.unwrap().is_some();
            unit.commit().await.unwrap();
            erased
        })
        .await;
    assert_eq!(removed.iter().filter(|removed| **removed).count(), 1);
}
