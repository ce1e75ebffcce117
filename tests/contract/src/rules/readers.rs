//! Reading accounts and codes.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::Revocation;
use backstop_domain::{
    Batch, BatchId, CodeStatus, DisplayName, Duties, Duty, EmailAddress, Expiry, KeyId, LookupTag, ProfileName,
    StoredCode,
};

/// "Subjects are compared byte for byte": neither case nor normal form nor spaces are forgiven.
pub async fn subjects_are_compared_byte_for_byte(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut account = an_account();
    account.subject = subject("Zoë 1");
    store.put(&account).await;
    for other in ["zoë 1", "ZOË 1", "Zoe\u{308} 1", "Zoë 1 ", " Zoë 1", "Zoë1", "Zoe 1", "Zo%", "Zo_ 1"] {
        let other = subject(other);
        assert_eq!(store.stores.accounts.by_subject(&other).await.unwrap(), None, "{other}");
        assert_eq!(store.stores.accounts.state(&other).await.unwrap(), None, "{other}");
    }
    assert_eq!(store.stores.accounts.by_subject(&account.subject).await.unwrap(), Some(account));
}

/// What does not exist is `None`, and no fault.
pub async fn what_does_not_exist_is_none(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, _) = store.owner(1).await;
    let nobody = an_account();
    assert_eq!(store.stores.accounts.by_subject(&nobody.subject).await.unwrap(), None);
    assert_eq!(store.stores.accounts.by_id(nobody.id).await.unwrap(), None);
    assert_eq!(store.stores.accounts.state(&nobody.subject).await.unwrap(), None);
    assert_eq!(store.stores.codes.find(account.id, &[a_code().tag]).await.unwrap(), None);
    assert_eq!(store.stores.codes.find(account.id, &[]).await.unwrap(), None);
}

/// The state has the account and "the batch that was neither superseded, invalidated nor deleted; it may be expired or
/// exhausted".
pub async fn the_state_has_the_standing_batch(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    let state = |store: Fixture, account: backstop_domain::Account| async move {
        store.stores.accounts.state(&account.subject).await.unwrap().unwrap()
    };
    assert_eq!(state(store.clone(), account.clone()).await.standing, None);
    for way in WAYS {
        let made_at = at(10);
        let batch = Batch::new(BatchId::new(uuid()), account.id, profile("classic"), 1, Expiry::Days(1), made_at);
        let issued = store.issue_as(batch).await;
        assert_eq!(state(store.clone(), account.clone()).await.standing, Some(issued.batch.clone()));
        store.consume(account.id, &issued.codes[0], at(20)).await;
        let found = state(store.clone(), account.clone()).await;
        assert_eq!(found.account.id, account.id);
        assert_eq!(found.standing, Some(store.read_batch(issued.batch.id).await));
        let mut unit = store.lock(account.id).await;
        retire(unit.as_mut(), account.id, issued.batch.id, way, at(30)).await;
        unit.commit().await.unwrap();
        assert_eq!(state(store.clone(), account.clone()).await.standing, None);
    }
}

/// "The account, its standing batch and its open duties, all of one moment": a writer changes all three together, and
/// nobody ever sees one without the others.
pub async fn the_state_is_of_one_moment(harness: &dyn StoreHarness) {
    const ROUNDS: u32 = 24;
    let store = Fixture::new(harness).await;
    let account = store.account().await;
    store
        .race(RACERS, move |store, racer| {
            let mut account = account.clone();
            async move {
                if racer == 0 {
                    for round in 0..ROUNDS {
                        let batch = a_batch(account.id, 1, at(i64::from(round)));
                        let codes = some_codes(1);
                        account.display_name = DisplayName::parse(&batch.id.to_string()).ok();
                        account.email = EmailAddress::parse(&format!("r{round}@example.org")).ok();
                        let mut unit = store.lock(account.id).await;
                        unit.accounts().update(&account).await.unwrap();
                        unit.batches().supersede(account.id, at(1)).await.unwrap();
                        unit.batches().insert(&batch, &codes).await.unwrap();
                        let issued = Issued { batch, codes };
                        let both = Duties::from_bits(3);
                        unit.recoveries().settle(account.id, both).await.unwrap();
                        let owed = if round % 2 == 0 { Duty::NewCodes } else { Duty::EnrolAuthenticator };
                        unit.recoveries().insert(&a_recovery(&issued, [owed].into_iter().collect())).await.unwrap();
                        unit.commit().await.unwrap();
                    }
                    return;
                }
                loop {
                    let state = store.stores.accounts.state(&account.subject).await.unwrap().unwrap();
                    let name = state.account.display_name.map(|n| n.as_str().to_owned());
                    assert_eq!(name, state.standing.as_ref().map(|b| b.id.to_string()));
                    if let Some(batch) = state.standing {
                        let round = batch.created_at.as_second() - at(0).as_second();
                        let owed = if round % 2 == 0 { Duty::NewCodes } else { Duty::EnrolAuthenticator };
                        assert_eq!(state.open, [owed].into_iter().collect(), "round {round}");
                        if round == i64::from(ROUNDS) - 1 {
                            return;
                        }
                    }
                    tokio::task::yield_now().await;
                }
            }
        })
        .await;
}

/// "The account's code with one of these tags, whatever its status", with all that its batch says about it.
pub async fn a_code_is_found_by_any_of_its_tags(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(4).await;
    store.consume(account.id, &issued.codes[1], at(2)).await;
    let mut unit = store.lock(account.id).await;
    unit.codes().revoke(account.id, issued.codes[2].id, Revocation::Invalidate, at(2)).await.unwrap();
    unit.codes().revoke(account.id, issued.codes[3].id, Revocation::Delete, at(2)).await.unwrap();
    unit.commit().await.unwrap();
    let statuses = [CodeStatus::Active, CodeStatus::Used, CodeStatus::Invalidated, CodeStatus::Deleted];
    for (code, status) in issued.codes.iter().zip(statuses) {
        let tags = [a_code().tag, code.tag.clone(), a_code().tag];
        let found = store.stores.codes.find(account.id, &tags).await.unwrap();
        let expected = StoredCode {
            id: code.id,
            account: account.id,
            batch: issued.batch.id,
            profile: issued.batch.profile.clone(),
            status,
            verifier: code.verifier.clone(),
            expires_at: issued.batch.expires_at,
        };
        assert_eq!(found, Some(expected));
    }
}

/// "A tag counts only together with its key id."
pub async fn a_tag_counts_only_with_its_key(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, issued) = store.owner(1).await;
    let bytes = issued.codes[0].tag.bytes;
    let other_key = LookupTag { key: key_id("k2"), bytes };
    assert_eq!(store.stores.codes.find(account.id, core::slice::from_ref(&other_key)).await.unwrap(), None);
    // Two tags asked for together must not lend each other their keys.
    let own_key = LookupTag { key: key_id("k1"), bytes: a_code().tag.bytes };
    assert_eq!(store.stores.codes.find(account.id, &[other_key, own_key]).await.unwrap(), None);
}

/// "A code of another account is not found."
pub async fn a_code_of_another_account_is_not_found(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, theirs) = store.owner(1).await;
    let (account, _) = store.owner(1).await;
    assert_eq!(store.stores.codes.find(account.id, &[theirs.codes[0].tag.clone()]).await.unwrap(), None);
}

type Counted = (Vec<(KeyId, u64)>, Vec<(ProfileName, u64)>);

async fn live(store: &Fixture, now: jiff::Timestamp) -> Counted {
    let mut live = store.stores.codes.live(now).await.unwrap();
    live.by_key.retain(|(_, count)| *count > 0);
    live.by_profile.retain(|(_, count)| *count > 0);
    live.by_key.sort();
    live.by_profile.sort();
    (live.by_key, live.by_profile)
}

/// "How many codes could still be redeemed under each key and each profile": used and revoked ones could not.
pub async fn live_codes_are_counted_by_key_and_profile(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(live(&store, at(1)).await, (vec![], vec![]));
    let (account, issued) = store.owner(6).await;
    store.consume(account.id, &issued.codes[0], at(2)).await;
    let mut unit = store.lock(account.id).await;
    unit.codes().revoke(account.id, issued.codes[1].id, Revocation::Invalidate, at(2)).await.unwrap();
    unit.codes().revoke(account.id, issued.codes[2].id, Revocation::Delete, at(2)).await.unwrap();
    unit.commit().await.unwrap();
    let (revoked, _) = store.owner(4).await;
    store.supersede(revoked.id, at(2)).await;

    let other = store.account().await;
    let mut batch = a_batch(other.id, 2, at(1));
    batch.profile = profile("readable");
    let mut codes = some_codes(2);
    codes[0].tag.key = key_id("k0");
    store.insert(&batch, &codes).await;
    let by_key = vec![(key_id("k0"), 1), (key_id("k1"), 4)];
    let by_profile = vec![(profile("classic"), 3), (profile("readable"), 2)];
    assert_eq!(live(&store, at(2)).await, (by_key, by_profile));
}

/// "Expired ones are not counted", from the expiry instant on.
pub async fn expired_codes_are_not_live(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (account, endless) = (store.account().await, store.account().await);
    let batch = Batch::new(BatchId::new(uuid()), account.id, profile("compact"), 3, Expiry::Days(1), at(1));
    let end = batch.expires_at.unwrap();
    store.issue_as(batch).await;
    store.issue_as(Batch::new(BatchId::new(uuid()), endless.id, profile("classic"), 2, Expiry::Never, at(1))).await;
    let both = (vec![(key_id("k1"), 5)], vec![(profile("classic"), 2), (profile("compact"), 3)]);
    assert_eq!(live(&store, micros_before(end, 1)).await, both);
    assert_eq!(live(&store, end).await, (vec![(key_id("k1"), 2)], vec![(profile("classic"), 2)]));
}
