//! What is counted with the account itself.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::Failed;
use backstop_domain::{Account, AccountId, Network, SuspensionReason, Timestamp, guard::GenerationWait};
use jiff::SignedDuration;

const MOST: u32 = 3;

async fn fail(store: &Fixture, account: AccountId) -> Failed {
    let mut unit = store.lock(account).await;
    let failed = unit.limits().fail(account, MOST, at(7)).await.unwrap();
    unit.commit().await.unwrap();
    failed
}

async fn clear(store: &Fixture, account: AccountId) {
    let mut unit = store.lock(account).await;
    unit.limits().clear_failures(account).await.unwrap();
    unit.commit().await.unwrap();
}

async fn suspended(store: &Fixture, account: &Account) -> Option<SuspensionReason> {
    store.read_account(account.id).await.unwrap().suspended
}

/// Before anything that a rule does.
const EVER: Timestamp = Timestamp::UNIX_EPOCH;
const HOME: &str = "192.0.2.0/24";
const WORK: &str = "2001:db8:1:2::/64";

fn network(text: &str) -> Network {
    text.parse().unwrap()
}

/// Forgets nothing meanwhile.
async fn sign_in(store: &Fixture, account: AccountId, from: &str, at: Timestamp) {
    sign_in_and_forget(store, account, from, at, EVER).await;
}

async fn sign_in_and_forget(store: &Fixture, account: AccountId, from: &str, at: Timestamp, forget: Timestamp) {
    let mut unit = store.lock(account).await;
    unit.limits().note_network(account, network(from), at, forget).await.unwrap();
    unit.commit().await.unwrap();
}

async fn is_known(store: &Fixture, account: &Account, from: &str, since: Timestamp) -> bool {
    store.stores.accounts.is_known_from(&account.subject, network(from), since).await.unwrap()
}

const COUNTED: Failed = Failed::Counted { suspended: false };
const SUSPENDED: Failed = Failed::Counted { suspended: true };

/// "When it is number `most`, or a later one, an account that is not suspended becomes suspended for `failures`."
pub async fn the_last_of_many_failures_in_a_row_suspends(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, other) = (store.account().await, store.account().await);
    assert_eq!(fail(&store, other.id).await, COUNTED);
    assert_eq!([fail(&store, account.id).await, fail(&store, account.id).await], [COUNTED; 2]);
    assert_eq!(suspended(&store, &account).await, None);
    assert_eq!(store.read_account(account.id).await.unwrap().modified_at, account.modified_at);
    assert_eq!(fail(&store, account.id).await, SUSPENDED);
    let read = store.read_account(account.id).await.unwrap();
    assert_eq!((read.suspended, read.modified_at), (Some(SuspensionReason::Failures), at(7)));
    assert_eq!(fail(&store, account.id).await, COUNTED, "it was suspended before");
    assert_eq!(suspended(&store, &other).await, None);
}

/// An account that is suspended for another reason keeps it.
pub async fn failures_change_no_suspension(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let mut unit = store.lock(account.id).await;
    unit.accounts().set_suspended(account.id, Some(SuspensionReason::NotMe), at(6)).await.unwrap();
    unit.commit().await.unwrap();
    for _ in 0..=MOST {
        assert_eq!(fail(&store, account.id).await, COUNTED);
    }
    assert_eq!(suspended(&store, &account).await, Some(SuspensionReason::NotMe));
}

/// "Ends the failures in a row: the next one is the first."
pub async fn cleared_failures_begin_anew(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, other) = (store.account().await, store.account().await);
    for id in [account.id, account.id, other.id, other.id] {
        fail(&store, id).await;
    }
    clear(&store, account.id).await;
    assert_eq!([fail(&store, account.id).await, fail(&store, account.id).await], [COUNTED; 2]);
    assert_eq!(fail(&store, account.id).await, SUSPENDED);
    assert_eq!(fail(&store, other.id).await, SUSPENDED, "another account's failures are its own");
    // Both in one unit.
    let third = store.account().await;
    let mut unit = store.lock(third.id).await;
    for _ in 0..2 * MOST {
        unit.limits().fail(third.id, 2, at(7)).await.unwrap();
        unit.limits().clear_failures(third.id).await.unwrap();
    }
    unit.commit().await.unwrap();
    assert_eq!(suspended(&store, &third).await, None);
}

/// "There is no such account."
pub async fn a_missing_account_fails_for_nothing(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let nobody = an_account();
    assert_eq!(fail(&store, nobody.id).await, Failed::Missing);
    clear(&store, nobody.id).await;
    let mut unit = store.lock(nobody.id).await;
    unit.limits().set_generation_wait(nobody.id, GenerationWait::default()).await.unwrap();
    unit.commit().await.unwrap();
    sign_in(&store, nobody.id, HOME, at(5)).await;
    assert_eq!(store.read_account(nobody.id).await, None);
    store.put(&nobody).await;
    assert!(!is_known(&store, &nobody, HOME, EVER).await);
}

/// A failure counts with its unit, and is undone with it.
pub async fn a_failure_is_undone_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    for _ in 1..MOST {
        let mut unit = store.lock(account.id).await;
        unit.limits().fail(account.id, MOST, at(7)).await.unwrap();
        unit.rollback().await.unwrap();
    }
    assert_eq!(fail(&store, account.id).await, COUNTED);
}

/// "Writes the wait that `Account::generation` then has", and nothing else of the account.
pub async fn the_wait_for_new_codes_is_kept(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    assert_eq!(store.read_account(account.id).await.unwrap().generation, GenerationWait::default());
    let wait = GenerationWait { until: Some(at(90)), length: SignedDuration::from_micros(61_000_001) };
    let mut unit = store.lock(account.id).await;
    unit.limits().set_generation_wait(account.id, wait).await.unwrap();
    unit.commit().await.unwrap();
    let expected = Account { generation: wait, ..account.clone() };
    assert_eq!(store.read_account(account.id).await, Some(expected.clone()));
    assert_eq!(store.stores.accounts.by_subject(&account.subject).await.unwrap(), Some(expected));
}

/// Failures that come together are all counted, and one of them suspends.
pub async fn one_of_many_failures_suspends(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await.id;
    let outcomes = store
        .race(RACERS, move |store, _| async move {
            let mut unit = store.lock(account).await;
            let most = u32::try_from(RACERS).unwrap();
            let failed = unit.limits().fail(account, most, at(7)).await.unwrap();
            unit.commit().await.unwrap();
            failed
        })
        .await;
    assert_eq!(outcomes.iter().filter(|failed| **failed == SUSPENDED).count(), 1, "{outcomes:?}");
}

/// "Whether the account of this subject … signed in from it, at that time or later": this account, this network, and
/// only once the unit is committed.
pub async fn the_networks_of_sign_ins_are_known(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, other) = (store.account().await, store.account().await);
    let mut unit = store.lock(account.id).await;
    unit.limits().note_network(account.id, network(HOME), at(5), EVER).await.unwrap();
    unit.rollback().await.unwrap();
    assert!(!is_known(&store, &account, HOME, at(0)).await, "nobody signed in");
    for from in [HOME, WORK] {
        sign_in(&store, account.id, from, at(5)).await;
    }
    for from in [HOME, WORK] {
        assert!(is_known(&store, &account, from, at(5)).await, "{from}");
        assert!(is_known(&store, &account, from, EVER).await, "{from}");
        assert!(!is_known(&store, &account, from, at(6)).await, "too long ago");
        assert!(!is_known(&store, &other, from, at(0)).await, "another account");
    }
    assert!(!is_known(&store, &account, "192.0.3.0/24", at(0)).await, "another network");
}

/// "Of several times of a network the newest stays", in whichever order they are noted.
pub async fn the_newest_time_of_a_network_stays(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    for (noted, newest) in [(5, 5), (9, 9), (7, 9)] {
        sign_in_and_forget(&store, account.id, HOME, at(noted), at(8)).await;
        assert!(is_known(&store, &account, HOME, at(newest)).await, "noted at {noted}");
        assert!(!is_known(&store, &account, HOME, at(newest + 1)).await, "noted at {noted}");
    }
}

/// "Other networks of the account that were last noted before `forget` are forgotten; nothing else is."
pub async fn networks_that_were_long_not_used_are_forgotten(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, other) = (store.account().await, store.account().await);
    let kept = "198.51.100.0/24";
    for id in [account.id, other.id] {
        sign_in(&store, id, HOME, micros_before(at(10), 1)).await;
        sign_in(&store, id, kept, at(10)).await;
    }
    sign_in_and_forget(&store, account.id, WORK, at(20), at(10)).await;
    let known = async |account: &Account| {
        let mut known = vec![];
        for from in [HOME, kept, WORK] {
            known.push(is_known(&store, account, from, EVER).await);
        }
        known
    };
    assert_eq!(known(&account).await, [false, true, true]);
    assert_eq!(known(&other).await, [true, true, false], "another account's networks are its own");
}

/// What is noted goes with the account, also for one that comes with its id again.
pub async fn an_erased_account_is_known_from_nowhere(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    sign_in(&store, account.id, HOME, at(5)).await;
    let mut unit = store.lock(account.id).await;
    unit.accounts().erase(account.id).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!is_known(&store, &account, HOME, EVER).await);
    store.put(&account).await;
    assert!(!is_known(&store, &account, HOME, EVER).await);
}
