//! The audit trail: complete, unchanging, and without the erased.

use crate::{StoreHarness, fixture::*};
use backstop_domain::{AccountId, Actor, AuditEntry, AuditKind, BatchId, ClientId, Origin, RequestId};
use std::borrow::Cow;

fn full_entry(kind: AuditKind, account: AccountId) -> AuditEntry {
    AuditEntry {
        actor: Actor::Client(ClientId::new(uuid())),
        batch: Some(BatchId::new(uuid())),
        count: Some(u32::MAX >> 1),
        reason: Some(Cow::Borrowed("lost_race")),
        typed: Some([0xA5; 32]),
        origin: Origin {
            ip: Some("2001:db8::77".parse().unwrap()),
            user_agent: Some("Mozilla/5.0 \"e\u{301}🜁'".to_owned()),
            request: Some(RequestId::new(uuid())),
        },
        ..an_entry(kind, Some(account))
    }
}

/// What is appended is read back the same, every field of it, for every kind.
pub async fn an_entry_keeps_everything_it_was_given(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let mut expected = Vec::new();
    for (second, kind) in (0..).zip(AuditKind::ALL) {
        let mut full = full_entry(*kind, account.id);
        full.at = at(5 * second);
        let mut bare = an_entry(*kind, Some(account.id));
        bare.at = at(5 * second + 1);
        bare.origin.ip = Some("192.0.2.1".parse().unwrap());
        let mut own = an_entry(*kind, Some(account.id));
        own.at = at(5 * second + 2);
        own.actor = Actor::Owner;
        let mut planned = an_entry(*kind, Some(account.id));
        planned.at = at(5 * second + 3);
        planned.actor = Actor::Schedule { name: "nightly 'ä'".to_owned(), saved_by: "Zoë".to_owned() };
        let mut administered = an_entry(*kind, Some(account.id));
        administered.at = at(5 * second + 4);
        administered.actor = Actor::Staff(account.id);
        expected.extend([full, bare, own, planned, administered]);
    }
    for entry in &expected {
        store.record(entry.clone()).await;
    }
    expected.reverse();
    assert_eq!(store.audit_of(account.id).await, expected);
}

/// "It is there if the unit commits, and is not if it does not".
pub async fn an_entry_is_there_if_its_unit_commits(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let [kept, rolled_back, dropped] =
        [AuditKind::Generated, AuditKind::Viewed, AuditKind::Redeemed].map(|kind| an_entry(kind, Some(account.id)));
    let mut unit = store.lock(account.id).await;
    unit.audit().append(rolled_back).await.unwrap();
    unit.rollback().await.unwrap();
    let mut unit = store.lock(account.id).await;
    unit.audit().append(dropped).await.unwrap();
    drop(unit);
    let mut unit = store.lock(account.id).await;
    unit.audit().append(kept.clone()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.audit_of(account.id).await, [kept]);
}

/// All entries of one unit are kept.
pub async fn a_unit_can_append_many_entries(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let mut unit = store.lock(account.id).await;
    for second in 0..30 {
        let mut entry = an_entry(AuditKind::CodeDeleted, Some(account.id));
        entry.at = at(second);
        unit.audit().append(entry).await.unwrap();
    }
    unit.commit().await.unwrap();
    let times: Vec<_> = store.audit_of(account.id).await.iter().map(|e| e.at).collect();
    assert_eq!(times, (0..30).rev().map(at).collect::<Vec<_>>());
}

/// An entry needs no account, and none that exists: refusals and erasures are written down as well.
pub async fn an_entry_needs_no_account(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let nobody = an_entry(AuditKind::RedeemRefused, None);
    let unknown = full_entry(AuditKind::RedeemRefused, an_account().id);
    store.record(nobody.clone()).await;
    store.record(unknown.clone()).await;
    let all = store.stores.audit.newest(None, 10).await.unwrap();
    assert!(all.contains(&nobody) && all.contains(&unknown), "{all:?}");
}

/// "No entry is ever changed": not by a second one with its id, nor by erasing its account.
pub async fn no_entry_is_ever_changed(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let first = full_entry(AuditKind::Redeemed, account.id);
    store.record(first.clone()).await;
    let mut second = an_entry(AuditKind::Viewed, Some(account.id));
    second.id = first.id;
    let mut unit = store.lock(account.id).await;
    let appended = unit.audit().append(second).await;
    let _ = if appended.is_ok() { unit.commit().await } else { unit.rollback().await };
    assert_eq!(store.audit_of(account.id).await.as_slice(), core::slice::from_ref(&first));
    let mut unit = store.lock(account.id).await;
    unit.accounts().erase(account.id).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.audit_of(account.id).await, [first]);
}

fn buried(entry: &AuditEntry, tombstone: AccountId) -> AuditEntry {
    let mut entry = entry.clone();
    entry.account = Some(tombstone);
    entry.origin.ip = None;
    entry.origin.user_agent = None;
    entry
}

/// "Entries of `account` carry `tombstone` in its place afterwards, and neither network address nor user agent; kinds,
/// times, counts and reasons stay."
pub async fn burying_takes_the_person_out(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, tombstone) = (store.account().await, AccountId::new(uuid()));
    let old = full_entry(AuditKind::RedeemRefused, account.id);
    store.record(old.clone()).await;
    let mut unit = store.lock(account.id).await;
    unit.audit().bury(account.id, tombstone).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.audit_of(account.id).await, []);
    assert_eq!(store.audit_of(tombstone).await, [buried(&old, tombstone)]);
}

/// Entries "of what it did as staff" carry the tombstone as well; whom they are about stays.
pub async fn burying_takes_staff_out_of_what_they_did(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (boss, user, tombstone) = (store.account().await, store.account().await, AccountId::new(uuid()));
    let mut done = full_entry(AuditKind::Suspended, user.id);
    done.actor = Actor::Staff(boss.id);
    store.record(done.clone()).await;
    let mut unit = store.lock(boss.id).await;
    unit.audit().bury(boss.id, tombstone).await.unwrap();
    unit.commit().await.unwrap();
    let mut expected = buried(&done, user.id);
    expected.actor = Actor::Staff(tombstone);
    assert_eq!(store.audit_of(user.id).await, [expected]);
}

/// Entries that the same unit appended before are buried, too.
pub async fn burying_reaches_entries_of_its_own_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, tombstone) = (store.account().await, AccountId::new(uuid()));
    let entry = full_entry(AuditKind::AccountErased, account.id);
    let mut unit = store.lock(account.id).await;
    unit.audit().append(entry.clone()).await.unwrap();
    unit.audit().bury(account.id, tombstone).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.audit_of(account.id).await, []);
    assert_eq!(store.audit_of(tombstone).await, [buried(&entry, tombstone)]);
}

/// Burying one account leaves the entries of all others as they are.
pub async fn burying_leaves_others_alone(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, other) = (store.account().await, store.account().await);
    let (theirs, nobodys) = (full_entry(AuditKind::Redeemed, other.id), an_entry(AuditKind::ClientCreated, None));
    store.record(theirs.clone()).await;
    store.record(nobodys.clone()).await;
    let mut unit = store.lock(account.id).await;
    unit.audit().bury(account.id, AccountId::new(uuid())).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.audit_of(other.id).await, [theirs]);
    assert!(store.stores.audit.newest(None, 10).await.unwrap().contains(&nobodys));
}

/// Burying is undone with its unit.
pub async fn burying_is_undone_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let entry = full_entry(AuditKind::Redeemed, account.id);
    store.record(entry.clone()).await;
    let mut unit = store.lock(account.id).await;
    unit.audit().bury(account.id, AccountId::new(uuid())).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(store.audit_of(account.id).await, [entry]);
}

/// "The newest entries, newest first", whatever the order of their writing, and no more than asked for.
pub async fn the_newest_entries_come_first(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    for second in [3, 1, 4, 2, 5] {
        let mut entry = an_entry(AuditKind::Viewed, Some(account.id));
        entry.at = at(second);
        store.record(entry).await;
    }
    for (limit, expected) in [(3, vec![5, 4, 3]), (0, vec![]), (9, vec![5, 4, 3, 2, 1])] {
        for who in [Some(account.id), None] {
            let found = store.stores.audit.newest(who, limit).await.unwrap();
            let times: Vec<_> = found.iter().map(|e| e.at).collect();
            assert_eq!(times, expected.iter().copied().map(at).collect::<Vec<_>>());
        }
    }
}

/// "… of one account or of all."
pub async fn entries_can_be_asked_for_by_account(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (one, other) = (store.account().await, store.account().await);
    let (first, second) = (an_entry(AuditKind::Viewed, Some(one.id)), an_entry(AuditKind::Viewed, Some(other.id)));
    for entry in [&first, &second, &an_entry(AuditKind::ClientCreated, None)] {
        store.record(entry.clone()).await;
    }
    assert_eq!(store.audit_of(one.id).await, [first]);
    assert_eq!(store.audit_of(other.id).await, [second]);
    assert_eq!(store.audit_of(an_account().id).await, []);
    assert_eq!(store.stores.audit.newest(None, 10).await.unwrap().len(), 3);
}
