//! Passwords: kept beside their accounts, with the failures in a row that they met.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::StoredPassword;
use backstop_domain::{Account, AccountId, Verifier};

fn verifier(text: &str) -> Verifier {
    Verifier::new(format!("$test$ü 🜁 {text}"))
}

#[expect(clippy::unnecessary_wraps, reason = "as it is read")]
fn stored(text: &str, failures: u32) -> Option<StoredPassword> {
    Some(StoredPassword { verifier: verifier(text), failures, signed_out_at: None })
}

async fn set(store: &Fixture, account: &Account, text: &str) {
    let mut unit = store.lock(account.id).await;
    assert!(unit.passwords().set(account.id, &verifier(text), at(1)).await.unwrap());
    unit.commit().await.unwrap();
}

async fn fail(store: &Fixture, account: AccountId) {
    let mut unit = store.lock(account).await;
    unit.passwords().fail(account).await.unwrap();
    unit.commit().await.unwrap();
}

async fn clear(store: &Fixture, account: AccountId) {
    let mut unit = store.lock(account).await;
    unit.passwords().clear_failures(account).await.unwrap();
    unit.commit().await.unwrap();
}

async fn read(store: &Fixture, account: AccountId) -> Option<StoredPassword> {
    store.stores.accounts.password(account).await.unwrap()
}

/// "The account's password, if it has one": as a unit sees it, and for readers when the unit has committed.
pub async fn a_password_is_kept_for_its_account(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    assert_eq!(read(&store, ann.id).await, None);
    let mut unit = store.lock(ann.id).await;
    assert_eq!(unit.passwords().get(ann.id).await.unwrap(), None);
    assert!(unit.passwords().set(ann.id, &verifier("one"), at(1)).await.unwrap());
    assert_eq!(unit.passwords().get(ann.id).await.unwrap(), stored("one", 0));
    unit.commit().await.unwrap();
    assert_eq!(read(&store, ann.id).await, stored("one", 0));
    assert_eq!(read(&store, bob.id).await, None);
    assert_eq!(read(&store, an_account().id).await, None);
}

/// "Takes the place of what was there, without failures."
pub async fn another_password_takes_the_place_of_the_first(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ann = store.account().await;
    set(&store, &ann, "one").await;
    fail(&store, ann.id).await;
    set(&store, &ann, "two").await;
    assert_eq!(read(&store, ann.id).await, stored("two", 0));
}

/// "`false` when there is no such account; then nothing is kept."
pub async fn a_missing_account_has_no_password(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let stranger = an_account();
    let mut unit = store.lock(stranger.id).await;
    assert!(!unit.passwords().set(stranger.id, &verifier("one"), at(1)).await.unwrap());
    assert_eq!(unit.passwords().get(stranger.id).await.unwrap(), None);
    store.assert_usable(unit).await;
    assert_eq!(read(&store, stranger.id).await, None);
}

/// "Counts a failure in a row", of this password and of no other.
pub async fn failures_of_a_password_are_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    set(&store, &ann, "one").await;
    set(&store, &bob, "two").await;
    for failures in 1..=3 {
        fail(&store, ann.id).await;
        assert_eq!(read(&store, ann.id).await, stored("one", failures));
    }
    assert_eq!(read(&store, bob.id).await, stored("two", 0));
}

/// "Ends the failures in a row: the next one is the first." Those of others go on.
pub async fn cleared_failures_of_a_password_begin_anew(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    for (account, text) in [(&ann, "one"), (&bob, "two")] {
        set(&store, account, text).await;
        fail(&store, account.id).await;
        fail(&store, account.id).await;
    }
    clear(&store, ann.id).await;
    assert_eq!(read(&store, ann.id).await, stored("one", 0));
    fail(&store, ann.id).await;
    assert_eq!(read(&store, ann.id).await, stored("one", 1));
    assert_eq!(read(&store, bob.id).await, stored("two", 2));
}

/// "An account without a password is no fault, and nothing is counted." Nor is no account at all.
pub async fn without_a_password_no_failure_is_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ann = store.account().await;
    for id in [ann.id, an_account().id] {
        let mut unit = store.lock(id).await;
        unit.passwords().fail(id).await.expect("no fault");
        unit.passwords().clear_failures(id).await.expect("no fault");
        store.assert_usable(unit).await;
        assert_eq!(read(&store, id).await, None);
    }
    set(&store, &ann, "one").await;
    assert_eq!(read(&store, ann.id).await, stored("one", 0));
}

/// "Notes that sessions which began at that time or before are over. An older time never replaces a newer one", nor does
/// another password.
pub async fn a_sign_out_everywhere_is_kept_with_the_password(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    set(&store, &ann, "one").await;
    set(&store, &bob, "two").await;
    for (second, newest) in [(5, 5), (4, 5), (6, 6)] {
        let mut unit = store.lock(ann.id).await;
        unit.passwords().sign_out(ann.id, at(second)).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(read(&store, ann.id).await.unwrap().signed_out_at, Some(at(newest)));
    }
    set(&store, &ann, "three").await;
    assert_eq!(read(&store, ann.id).await.unwrap().signed_out_at, Some(at(6)));
    assert_eq!(read(&store, bob.id).await, stored("two", 0));
    let mut unit = store.lock(ann.id).await;
    unit.passwords().sign_out(an_account().id, at(7)).await.expect("no fault");
    store.assert_usable(unit).await;
}

/// "It goes with its account": whoever has the subject next begins without one.
pub async fn an_erased_account_takes_its_password_along(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    set(&store, &ann, "one").await;
    set(&store, &bob, "two").await;
    store.erase(ann.id).await;
    assert_eq!(read(&store, ann.id).await, None);
    store.put(&ann).await;
    assert_eq!(read(&store, ann.id).await, None);
    assert_eq!(read(&store, bob.id).await, stored("two", 0));
}

/// What a unit did to a password is undone with it.
pub async fn a_password_is_undone_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ann = store.account().await;
    set(&store, &ann, "one").await;
    let mut unit = store.lock(ann.id).await;
    unit.passwords().set(ann.id, &verifier("two"), at(2)).await.unwrap();
    unit.passwords().fail(ann.id).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(read(&store, ann.id).await, stored("one", 0));
}
