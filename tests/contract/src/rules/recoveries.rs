//! What a sign-in with a code leaves to do.

use crate::{StoreHarness, fixture::*};
use backstop_domain::{Account, Duties, Duty, Network, Recovery, Subject};

const ENROL: [Duty; 1] = [Duty::EnrolAuthenticator];
const CODES: [Duty; 1] = [Duty::NewCodes];

fn duties<const N: usize>(all: [Duty; N]) -> Duties {
    all.into_iter().collect()
}

async fn recover(store: &Fixture, issued: &Issued, owed: Duties) {
    let mut unit = store.lock(issued.batch.account).await;
    unit.recoveries().insert(&a_recovery(issued, owed)).await.unwrap();
    unit.commit().await.unwrap();
}

async fn settle(store: &Fixture, account: &Account, settled: Duties) -> Duties {
    let mut unit = store.lock(account.id).await;
    let open = unit.recoveries().settle(account.id, settled).await.unwrap();
    unit.commit().await.unwrap();
    open
}

async fn open(store: &Fixture, account: &Account) -> Duties {
    store.stores.accounts.state(&account.subject).await.unwrap().unwrap().open
}

/// "Duties that some recovery left and nobody settled": of all recoveries together.
pub async fn open_duties_are_those_of_all_recoveries(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    assert_eq!(open(&store, &account).await, Duties::NONE);
    recover(&store, &issued, duties(CODES)).await;
    assert_eq!(open(&store, &account).await, duties(CODES));
    recover(&store, &issued, duties(ENROL)).await;
    recover(&store, &issued, Duties::NONE).await;
    assert_eq!(open(&store, &account).await, Duties::from_bits(3));
}

/// A recovery may come with duties that are settled already.
pub async fn settled_duties_are_not_open(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(1).await;
    let mut recovery = a_recovery(&issued, Duties::from_bits(3));
    recovery.settled = duties(ENROL);
    let mut unit = store.lock(account.id).await;
    unit.recoveries().insert(&recovery).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(open(&store, &account).await, duties(CODES));
}

/// "Marks these duties as settled in every recovery of the account", and no others.
pub async fn settling_reaches_every_recovery(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    for _ in 0..3 {
        recover(&store, &issued, Duties::from_bits(3)).await;
    }
    settle(&store, &account, duties(CODES)).await;
    assert_eq!(open(&store, &account).await, duties(ENROL));
    settle(&store, &account, duties(ENROL)).await;
    assert_eq!(open(&store, &account).await, Duties::NONE);
    recover(&store, &issued, duties(CODES)).await;
    assert_eq!(open(&store, &account).await, duties(CODES));
}

/// Settling one account's duties leaves every other's open.
pub async fn settling_leaves_others_alone(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, first) = store.owner(1).await;
    let (other, second) = store.owner(1).await;
    let account = store.account().await;
    recover(&store, &first, duties(CODES)).await;
    recover(&store, &second, duties(CODES)).await;
    settle(&store, &account, duties(CODES)).await;
    assert_eq!(open(&store, &other).await, duties(CODES));
}

/// "And says which of them were open in any": of the asked ones only, and not those that were settled before.
pub async fn settling_tells_what_was_open(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    assert_eq!(settle(&store, &account, duties(CODES)).await, Duties::NONE);
    recover(&store, &issued, Duties::from_bits(3)).await;
    recover(&store, &issued, duties(ENROL)).await;
    assert_eq!(settle(&store, &account, duties(CODES)).await, duties(CODES));
    assert_eq!(settle(&store, &account, duties(CODES)).await, Duties::NONE);
    assert_eq!(settle(&store, &account, Duties::from_bits(3)).await, duties(ENROL));
    // Also what the unit itself has just added.
    let mut unit = store.lock(account.id).await;
    unit.recoveries().insert(&a_recovery(&issued, duties(CODES))).await.unwrap();
    assert_eq!(unit.recoveries().settle(account.id, duties(CODES)).await.unwrap(), duties(CODES));
    unit.rollback().await.unwrap();
}

/// "Whether the account of this subject was recovered from this network at that time or later."
pub async fn the_networks_of_recoveries_are_known(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(2).await;
    let (other, _) = store.owner(1).await;
    let network: Network = "192.0.2.0/24".parse().unwrap();
    let wide: Network = "2001:db8:1:2::/64".parse().unwrap();
    for network in [None, Some(network), Some(wide)] {
        let mut unit = store.lock(account.id).await;
        unit.recoveries().insert(&Recovery { network, ..a_recovery(&issued, Duties::NONE) }).await.unwrap();
        unit.commit().await.unwrap();
    }
    let known = async |subject: &Subject, network: &str, since| {
        store.stores.accounts.is_known_from(subject, network.parse().unwrap(), since).await.unwrap()
    };
    assert!(known(&account.subject, "192.0.2.0/24", at(5)).await);
    assert!(known(&account.subject, "2001:db8:1:2::/64", at(0)).await);
    assert!(!known(&account.subject, "192.0.3.0/24", at(0)).await, "another network");
    assert!(!known(&account.subject, "192.0.2.0/24", at(6)).await, "too long ago");
    assert!(!known(&other.subject, "192.0.2.0/24", at(0)).await, "another account");
    assert!(!known(&subject("nobody at all"), "192.0.2.0/24", at(0)).await, "no account");
}
