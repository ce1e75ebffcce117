//! Links that were mailed.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::NewLink;
use backstop_domain::{Account, AccountId, LinkPurpose, TokenDigest};
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

const LIFT: LinkPurpose = LinkPurpose::Lift;

fn digest() -> TokenDigest {
    let half = uuid().into_bytes();
    let mut whole = [0; 32];
    whole[..16].copy_from_slice(&half);
    TokenDigest::new(whole)
}

/// A link of this account that expires at 100.
async fn linked(store: &Fixture, account: AccountId) -> TokenDigest {
    let link = NewLink { digest: digest(), account, purpose: LIFT, expires_at: at(100) };
    let mut unit = store.begin().await;
    unit.links().insert(&link).await.unwrap();
    unit.commit().await.unwrap();
    link.digest
}

async fn owner(store: &Fixture, digest: &TokenDigest, second: i64) -> Option<AccountId> {
    let mut unit = store.begin().await;
    let owner = unit.links().owner(digest, LIFT, at(second)).await.unwrap();
    unit.rollback().await.unwrap();
    owner
}

async fn spend(store: &Fixture, account: &Account, digest: &TokenDigest, second: i64) -> bool {
    let mut unit = store.lock(account.id).await;
    let spent = unit.links().spend(account.id, digest, LIFT, at(second)).await.unwrap();
    unit.commit().await.unwrap();
    spent
}

/// "Whose link this is, as long as it is there for this purpose and has not expired at `now`."
pub async fn a_link_leads_to_its_owner_until_it_expires(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let [ann, bob] = [store.account().await, store.account().await];
    let (of_ann, of_bob) = (linked(&store, ann.id).await, linked(&store, bob.id).await);
    for (digest, account) in [(of_ann, &ann), (of_bob, &bob)] {
        assert_eq!(owner(&store, &digest, 0).await, Some(account.id));
        assert_eq!(owner(&store, &digest, 99).await, Some(account.id));
        assert_eq!(owner(&store, &digest, 100).await, None);
    }
    assert_eq!(owner(&store, &digest(), 0).await, None);
}

/// "Tells whether it was there for this account and purpose and had not expired at `now`", and takes no other away.
pub async fn a_link_is_spent_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let [ann, bob] = [store.account().await, store.account().await];
    let (first, second) = (linked(&store, ann.id).await, linked(&store, ann.id).await);
    assert!(!spend(&store, &bob, &first, 1).await, "somebody else's");
    assert!(!spend(&store, &ann, &digest(), 1).await, "unknown");
    assert!(!spend(&store, &ann, &first, 100).await, "too late");
    assert!(spend(&store, &ann, &first, 99).await);
    assert!(!spend(&store, &ann, &first, 99).await, "a second time");
    assert_eq!((owner(&store, &first, 0).await, owner(&store, &second, 0).await), (None, Some(ann.id)));
}

/// "Of any number at once exactly one is told so."
pub async fn a_link_is_spent_by_one_of_many(harness: &dyn StoreHarness) {
    let store = Arc::new(Fixture::new(harness).await);
    let account = Arc::new(store.account().await);
    for _ in 0..4 {
        let digest = linked(&store, account.id).await;
        let start = Arc::new(Barrier::new(RACERS));
        let mut racers = JoinSet::new();
        for _ in 0..RACERS {
            let (store, account, start) = (Arc::clone(&store), Arc::clone(&account), Arc::clone(&start));
            racers.spawn(async move {
                start.wait().await;
                spend(&store, &account, &digest, 1).await
            });
        }
        assert_eq!(racers.join_all().await.into_iter().filter(|spent| *spent).count(), 1);
    }
}

/// "Takes all links of the account for this purpose away, and tells how many."
pub async fn links_are_withdrawn_together(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let [ann, bob] = [store.account().await, store.account().await];
    let links = [linked(&store, ann.id).await, linked(&store, ann.id).await];
    let other = linked(&store, bob.id).await;
    for expected in [2, 0] {
        let mut unit = store.lock(ann.id).await;
        assert_eq!(unit.links().withdraw(ann.id, LIFT).await.unwrap(), expected);
        unit.commit().await.unwrap();
    }
    for digest in &links {
        assert_eq!(owner(&store, digest, 0).await, None);
    }
    assert_eq!(owner(&store, &other, 0).await, Some(bob.id));
}

/// "Forgets links that expired at that time or before, at most so many, and tells how many."
pub async fn expired_links_are_forgotten(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    for _ in 0..3 {
        linked(&store, account.id).await;
    }
    for (until, most, expected) in [(99, 9, 0), (100, 2, 2), (200, 9, 1), (200, 9, 0)] {
        let mut unit = store.begin().await;
        assert_eq!(unit.links().forget(at(until), most).await.unwrap(), expected);
        unit.commit().await.unwrap();
    }
}

/// "They go with their account", and "of an account that is gone nothing is kept"; that is no fault.
pub async fn links_go_with_their_account(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let digest = linked(&store, account.id).await;
    store.erase(account.id).await;
    assert_eq!(owner(&store, &digest, 0).await, None);
    let late = linked(&store, account.id).await;
    assert_eq!(owner(&store, &late, 0).await, None);
}

/// A link is there if its unit commits.
pub async fn a_link_goes_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let link = NewLink { digest: digest(), account: account.id, purpose: LIFT, expires_at: at(100) };
    let mut unit = store.begin().await;
    unit.links().insert(&link).await.unwrap();
    assert_eq!(unit.links().owner(&link.digest, LIFT, at(0)).await.unwrap(), Some(account.id));
    unit.rollback().await.unwrap();
    assert_eq!(owner(&store, &link.digest, 0).await, None);
}
