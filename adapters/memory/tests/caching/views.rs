//! What readers get.

use crate::support::{PAGE, Spoil, World, start, subject};
use backstop_application::ports::{AccountReader as _, Cache as _, HistoryReader as _, Storage as _, Views as _};
use backstop_domain::{
    Account, DisplayName, EmailAddress, Locale, Subject,
    SuspensionReason::{Admin, NotMe},
    history::Window,
};
use core::{sync::atomic::Ordering::SeqCst, time::Duration};
use std::sync::Arc;
use tokio::{
    task::{JoinHandle, yield_now},
    time::timeout,
};

fn reader(world: &Arc<World>) -> JoinHandle<Option<backstop_domain::SuspensionReason>> {
    let world = Arc::clone(world);
    tokio::spawn(async move { world.shown().await })
}

/// Lets every task go on until it waits.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test]
async fn sixteen_readers_that_miss_at_once_compute_once() {
    let world = Arc::new(World::new());
    world.register().await;
    let gate = world.computing.gate.close();
    let readers: Vec<_> = (0..16).map(|_| reader(&world)).collect();
    world.cache.versions.reached(16).await;
    settle().await;
    gate.add_permits(16);
    for reader in readers {
        assert_eq!(reader.await.unwrap(), None);
    }
    assert_eq!(world.computing.number(), 1);
    world.shown().await;
    assert_eq!(world.computing.number(), 1, "the entry is there");
}

#[tokio::test]
async fn a_reader_that_begins_after_a_write_joins_no_older_computing() {
    let world = Arc::new(World::new());
    let ann = world.register().await;
    let gate = world.computing.gate.close();
    let slow = reader(&world);
    world.computing.gate.reached(1).await;
    world.suspend(&ann, Some(Admin)).await.unwrap();
    world.computing.gate.open();
    let late = timeout(Duration::from_secs(20), world.shown()).await;
    assert_eq!(late.expect("it waits for nobody"), Some(Admin));
    gate.add_permits(1);
    assert_eq!(slow.await.unwrap(), None, "it began before the write");
    assert_eq!(world.shown().await, Some(Admin), "what it left behind is dead");
    assert_eq!(world.computing.number(), 2);
}

#[tokio::test]
async fn a_slow_reader_leaves_nothing_old_behind() {
    let world = Arc::new(World::new());
    let ann = world.register().await;
    let gate = world.computing.gate.close();
    let slow = reader(&world);
    world.computing.gate.reached(1).await;
    world.suspend(&ann, Some(NotMe)).await.unwrap();
    world.computing.gate.open();
    gate.add_permits(1);
    assert_eq!(slow.await.unwrap(), None);
    assert_eq!(world.shown().await, Some(NotMe));
}

#[tokio::test]
async fn a_flush_while_a_reader_computes_leaves_nothing_old_behind() {
    let world = Arc::new(World::new());
    let ann = world.register().await;
    let gate = world.computing.gate.close();
    let slow = reader(&world);
    world.computing.gate.reached(1).await;
    world.cache.inner.clear();
    world.suspend(&ann, Some(NotMe)).await.unwrap();
    world.cache.inner.version(ann.id).await.unwrap();
    world.computing.gate.open();
    gate.add_permits(1);
    slow.await.unwrap();
    assert_eq!(world.shown().await, Some(NotMe));
}

#[tokio::test]
async fn a_subject_that_came_to_stand_for_another_account_is_not_kept_for_the_first() {
    let world = Arc::new(World::new());
    let erased = world.register().await;
    let gate = world.cache.versions.close();
    // It knows the first account, and computes when the second has taken the subject.
    let slow = reader(&world);
    world.cache.versions.reached(1).await;
    world.erase(&erased).await;
    let new = world.register().await;
    gate.add_permits(1);
    assert_eq!(slow.await.unwrap(), None);
    world.cache.versions.open();
    world.suspend(&new, Some(Admin)).await.unwrap();
    assert_eq!(world.shown().await, Some(Admin));
}

#[tokio::test]
async fn a_subject_that_nobody_has_is_not_kept() {
    let world = World::new();
    assert!(world.views.state(&subject()).await.unwrap().is_none());
    assert!(world.views.history(&subject(), PAGE).await.unwrap().is_none());
    world.register().await;
    assert!(world.views.state(&subject()).await.unwrap().is_some());
    assert!(world.views.history(&subject(), PAGE).await.unwrap().is_some());
}

#[tokio::test]
async fn a_cache_that_is_out_makes_reading_slower_and_nothing_else() {
    let world = World::new();
    let ann = world.register().await;
    world.cache.is_out.store(true, SeqCst);
    for reason in [Some(Admin), None, Some(NotMe)] {
        world.suspend(&ann, reason).await.unwrap();
        assert_eq!(world.shown().await, reason);
        world.issue(&ann).await;
    }
    assert_eq!(world.counted().await, 3);
    assert_eq!(world.computing.number(), 4);
}

#[tokio::test]
async fn a_spoilt_entry_is_computed_again() {
    let world = World::new();
    let ann = world.register().await;
    world.issue(&ann).await;
    let ways: [Spoil; 6] = [
        |_| Vec::new(),
        |bytes| bytes[..bytes.len() - 1].to_vec(),
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        |bytes| [bytes, &[0]].concat(),
        |bytes| vec![0xff; bytes.len()],
        |bytes| bytes.iter().rev().copied().collect(),
    ];
    for (round, spoil) in (1..).zip(ways) {
        *world.cache.spoil.lock().unwrap() = Some(spoil);
        let state = world.views.state(&subject()).await.unwrap();
        assert_eq!(state, world.store.state(&subject()).await.unwrap());
        assert_eq!(world.views.history(&subject(), PAGE).await.unwrap().unwrap().page.total, 1);
        // The first round finds nothing, which is computing too.
        assert_eq!(world.computing.number(), 2 * round);
    }
}

#[tokio::test]
async fn a_fault_of_the_store_is_told_and_not_kept() {
    let world = World::new();
    world.register().await;
    world.computing.fails.store(true, SeqCst);
    assert!(world.views.state(&subject()).await.is_err());
    world.computing.fails.store(false, SeqCst);
    assert_eq!(world.shown().await, None);
}

#[tokio::test]
async fn views_come_back_from_the_cache_as_they_were() {
    let world = World::new();
    let mut full = world.register().await;
    full.email = Some(EmailAddress::parse("Jos\u{e9}@Example.com").unwrap());
    full.email_confirmed = true;
    full.notify_emails = vec![EmailAddress::parse("a@b.de").unwrap(), EmailAddress::parse("c@d.de").unwrap()];
    full.display_name = Some(DisplayName::parse("Ann \u{1f600}").unwrap());
    full.locale = Some(Locale::parse("de-AT").unwrap());
    for round in 0..4 {
        if round == 1 {
            let mut unit = world.lock(&full).await;
            unit.accounts().update(&full).await.unwrap();
            unit.accounts().verify_setup(full.id, start()).await.unwrap();
            unit.commit().await.unwrap();
            world.suspend(&full, Some(NotMe)).await.unwrap();
        }
        if round > 0 {
            let batch = world.issue(&full).await;
            let mut unit = world.lock(&full).await;
            unit.batches().mark_viewed(full.id, batch.id, start()).await.unwrap();
            unit.commit().await.unwrap();
        }
        for window in [PAGE, None, Some(Window { offset: 1, limit: 1 })] {
            let page = world.store.page(full.id, window).await.unwrap();
            for _ in 0..2 {
                let shown = world.views.history(&subject(), window).await.unwrap().unwrap();
                assert_eq!((shown.account, shown.role, shown.page), (full.id, full.role, page.clone()));
            }
        }
        let state = world.store.state(&subject()).await.unwrap();
        for _ in 0..2 {
            assert_eq!(world.views.state(&subject()).await.unwrap(), state);
        }
        assert_eq!(world.computing.number(), 4 * (round + 1), "every second time it came from the cache");
    }
}

#[tokio::test]
async fn subjects_that_look_alike_are_told_apart() {
    let world = World::new();
    let names = ["ann", "Ann", "none:ann", "0+5:ann", "ann "];
    for (number, name) in (1_000..).zip(names) {
        let account = Account::new(
            backstop_domain::AccountId::new(crate::support::id(number)),
            Subject::parse(name).unwrap(),
            start(),
        );
        let mut unit = world.storage.begin().await.unwrap();
        unit.accounts().insert(&account).await.unwrap();
        unit.commit().await.unwrap();
    }
    for _ in 0..2 {
        for (number, name) in (1_000..).zip(names) {
            let name = Subject::parse(name).unwrap();
            let account = backstop_domain::AccountId::new(crate::support::id(number));
            assert_eq!(world.views.state(&name).await.unwrap().unwrap().account.id, account);
            assert_eq!(world.views.history(&name, None).await.unwrap().unwrap().account, account);
            assert_eq!(world.views.history(&name, PAGE).await.unwrap().unwrap().account, account);
        }
    }
}
