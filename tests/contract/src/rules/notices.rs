//! What people were told lately, and what is held back.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::Told;
use backstop_domain::{AccountId, TaskId, Timestamp};

fn told(account: AccountId, second: i64) -> Told {
    Told { task: TaskId::new(uuid()), account, at: at(second), held: None }
}

fn held(account: AccountId, second: i64, what: &str) -> Told {
    Told { held: Some(what.to_owned()), ..told(account, second) }
}

async fn since(store: &Fixture, account: AccountId, second: i64) -> (u32, Option<Timestamp>) {
    let mut unit = store.begin().await;
    let told = unit.notices().told_since(account, at(second)).await.unwrap();
    unit.rollback().await.unwrap();
    told
}

async fn take_held(store: &Fixture, account: AccountId) -> Vec<Told> {
    let mut unit = store.begin().await;
    let kept = unit.notices().take_held(account).await.unwrap();
    unit.commit().await.unwrap();
    kept
}

/// "Of one task only the first is kept, and `false` says that there was one, or that the account is gone."
pub async fn a_task_tells_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await.id;
    let first = told(account, 5);
    assert!(store.note(&first).await);
    let mut unit = store.begin().await;
    let again = Told { held: Some("again".to_owned()), at: at(7), ..first };
    assert!(!unit.notices().note(&again).await.unwrap());
    assert!(!unit.notices().note(&told(an_account().id, 5)).await.unwrap());
    store.assert_usable(unit).await;
    assert_eq!(since(&store, account, 0).await, (1, Some(at(5))));
    assert_eq!(take_held(&store, account).await, []);
}

/// Of many who tell for one task exactly one does.
pub async fn one_of_many_tells(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let notice = told(store.account().await.id, 5);
    let account = notice.account;
    let noted = store
        .race(RACERS, move |store, _| {
            let notice = notice.clone();
            async move { store.note(&notice).await }
        })
        .await;
    assert_eq!(noted.into_iter().filter(|noted| *noted).count(), 1);
    assert_eq!(since(&store, account, 0).await.0, 1);
}

/// "How many notices of the account were told after that time, those held back not counted, and when the first of them
/// was."
pub async fn what_was_told_is_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, other) = (store.account().await.id, store.account().await.id);
    for notice in [told(account, 30), told(account, 10), told(account, 20), held(account, 25, "x"), told(other, 15)] {
        assert!(store.note(&notice).await);
    }
    for (second, expected) in
        [(9, (3, Some(at(10)))), (10, (2, Some(at(20)))), (29, (1, Some(at(30)))), (30, (0, None))]
    {
        assert_eq!(since(&store, account, second).await, expected);
    }
    assert_eq!(since(&store, other, 0).await, (1, Some(at(15))));
}

/// "Gives what is held back for the account, in the order it happened, and counts it as told from now on, at the time it
/// happened."
pub async fn what_is_held_back_is_given_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, other) = (store.account().await.id, store.account().await.id);
    let kept = [held(account, 10, "first"), held(account, 20, "second ä"), held(account, 20, "third")];
    let theirs = held(other, 5, "theirs");
    for notice in [&kept[1], &theirs, &kept[2], &kept[0], &told(account, 40)] {
        assert!(store.note(notice).await);
    }
    assert_eq!(since(&store, account, 0).await, (1, Some(at(40))));
    assert_eq!(take_held(&store, account).await, kept);
    assert_eq!(take_held(&store, account).await, []);
    assert_eq!(since(&store, account, 0).await, (4, Some(at(10))));
    assert_eq!(take_held(&store, other).await, [theirs]);
}

/// "Forgets notices that were told at that time or before, at most so many, and tells how many. What is held back stays."
pub async fn notices_are_forgotten(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await.id;
    let kept = held(account, 5, "later");
    for notice in [told(account, 10), told(account, 20), kept.clone(), told(account, 30), told(account, 15)] {
        store.note(&notice).await;
    }
    let forget = async |second, most| {
        let mut unit = store.begin().await;
        let forgotten = unit.notices().forget(at(second), most).await.unwrap();
        unit.commit().await.unwrap();
        forgotten
    };
    assert_eq!((forget(9, 9).await, forget(20, 2).await, forget(20, 9).await, forget(20, 9).await), (0, 2, 1, 0));
    assert_eq!(since(&store, account, 0).await, (1, Some(at(30))));
    assert_eq!(take_held(&store, account).await, [kept]);
}

/// A notice is there if its unit commits, and what was held back still is if the unit that took it does not.
pub async fn a_notice_goes_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await.id;
    let kept = held(account, 5, "later");
    store.note(&kept).await;
    let mut unit = store.begin().await;
    unit.notices().note(&told(account, 10)).await.unwrap();
    assert_eq!(unit.notices().take_held(account).await.unwrap().len(), 1);
    unit.rollback().await.unwrap();
    assert_eq!(since(&store, account, 0).await, (0, None));
    assert_eq!(take_held(&store, account).await, [kept]);
}
