//! What a sign-in with a code leaves to do.

use crate::{StoreHarness, fixture::*};
use backstop_domain::{Account, Duties, Duty};

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

async fn settle(store: &Fixture, account: &Account, settled: Duties) {
    let mut unit = store.lock(account.id).await;
    unit.recoveries().settle(account.id, settled).await.unwrap();
    unit.commit().await.unwrap();
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
