//! What is sealed under which key.

use crate::{StoreHarness, fixture::*, work::a_task};
use backstop_application::ports::{NewTask, Proposal, SealedKind, SealedUnder};
use backstop_domain::{AccountId, Sealed, SessionId, TimeStep};

/// Sealed under this key, as its beginning says; what follows differs each time.
fn sealed(key: &str) -> Sealed {
    let length = u8::try_from(key.len()).unwrap();
    Sealed::new([&[1, length], key.as_bytes(), uuid().as_bytes(), uuid().as_bytes()].concat())
}

fn under(kind: SealedKind, key: Option<&str>, number: u64) -> SealedUnder {
    SealedUnder { kind, key: key.map(key_id), number }
}

async fn propose(store: &Fixture, secret: Sealed) -> (AccountId, Proposal) {
    let account = store.account().await.id;
    let proposal = Proposal { secret, session: SessionId::new(uuid()) };
    let mut unit = store.lock(account).await;
    assert!(unit.second_factors().propose(account, &proposal).await.unwrap());
    unit.commit().await.unwrap();
    (account, proposal)
}

async fn set_up(store: &Fixture, secret: Sealed) {
    let (account, proposal) = propose(store, secret).await;
    let mut unit = store.lock(account).await;
    assert!(unit.second_factors().confirm(account, &proposal, TimeStep::new(1), at(1)).await.unwrap());
    unit.commit().await.unwrap();
}

async fn queue(store: &Fixture, sealed: Option<Sealed>) {
    let mut unit = store.begin().await;
    unit.tasks().push(NewTask { sealed, ..a_task() }).await.unwrap();
    unit.commit().await.unwrap();
}

/// "How many values of each kind are sealed under each key: by kind and key, and only what there is any of."
pub async fn what_is_sealed_is_counted_by_kind_and_key(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(store.stores.sealed.sealed().await.unwrap(), []);
    for key in ["k2", "k1", "k2", "a_very_long_id_1"] {
        set_up(&store, sealed(key)).await;
    }
    for key in ["k1", "k1"] {
        queue(&store, Some(sealed(key))).await;
    }
    queue(&store, None).await;
    let expected = [
        under(SealedKind::Authenticator, Some("a_very_long_id_1"), 1),
        under(SealedKind::Authenticator, Some("k1"), 1),
        under(SealedKind::Authenticator, Some("k2"), 2),
        under(SealedKind::WaitingCodes, Some("k1"), 2),
    ];
    assert_eq!(store.stores.sealed.sealed().await.unwrap(), expected);
}

/// "What is merely proposed for an authenticator is not counted."
pub async fn a_proposal_is_not_counted_as_sealed(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    propose(&store, sealed("k1")).await;
    assert_eq!(store.stores.sealed.sealed().await.unwrap(), []);
}

/// The key is `None` "when the value names none", and such values are counted as well.
pub async fn what_names_no_key_is_counted_apart(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    set_up(&store, sealed("k1")).await;
    for odd in [vec![7], vec![1, 200, b'k'], b"\x01\x02K1".to_vec()] {
        set_up(&store, Sealed::new(odd)).await;
    }
    let expected = [under(SealedKind::Authenticator, None, 3), under(SealedKind::Authenticator, Some("k1"), 1)];
    assert_eq!(store.stores.sealed.sealed().await.unwrap(), expected);
}
