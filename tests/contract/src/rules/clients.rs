//! Applications and their keys.

use crate::{StoreHarness, fixture::*, work::WATCHED};
use backstop_application::ports::{ClientInserted, KnownKey, WhichKeys};
use backstop_domain::{Client, ClientId, ClientKey, ClientKeyId, Scope, Timestamp};
use tokio::time::timeout;

async fn put(store: &Fixture, client: &Client, key: &ClientKey) -> ClientInserted {
    let mut unit = store.begin().await;
    let inserted = unit.clients().insert(client, key).await.unwrap();
    unit.commit().await.unwrap();
    inserted
}

/// "Stores a client with its first key": both are read back the same, every field of them.
pub async fn a_client_keeps_everything_it_was_given(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (mut bare, bare_key) = a_client("bare");
    bare.scopes = core::iter::empty().collect();
    let (mut full, mut full_key) = a_client("Ünï 'quoted' 🜁");
    full.scopes = Scope::ALL.iter().copied().collect();
    full_key.digest = core::array::from_fn(|i| u8::try_from(i * 8).unwrap());
    full_key.revoked_at = Some(at(8));
    full_key.last_used_at = Some(at(9));
    for (client, key) in [(bare, bare_key), (full, full_key)] {
        assert_eq!(put(&store, &client, &key).await, ClientInserted::Done);
        let known = store.stores.clients.by_key(key.id).await.unwrap();
        assert_eq!(known, Some(KnownKey { client, key }));
    }
}

/// An unknown key is `None`, also when others are known.
pub async fn an_unknown_key_is_none(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, key) = a_client("one");
    put(&store, &client, &key).await;
    assert_eq!(store.stores.clients.by_key(ClientKeyId::new(uuid())).await.unwrap(), None);
}

/// "A second client of the same name is `NameTaken`; then nothing is stored".
pub async fn a_name_belongs_to_one_client(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ((first, first_key), (second, second_key)) = (a_client("shop"), a_client("shop"));
    assert_eq!(put(&store, &first, &first_key).await, ClientInserted::Done);
    assert_eq!(put(&store, &second, &second_key).await, ClientInserted::NameTaken);
    assert_eq!(store.stores.clients.by_key(second_key.id).await.unwrap(), None);
    let known = store.stores.clients.by_key(first_key.id).await.unwrap();
    assert_eq!(known, Some(KnownKey { client: first, key: first_key }));
}

/// "… and the unit stays usable."
pub async fn a_taken_name_leaves_the_unit_usable(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ((first, first_key), (second, second_key)) = (a_client("shop"), a_client("shop"));
    put(&store, &first, &first_key).await;
    let mut unit = store.begin().await;
    unit.clients().insert(&second, &second_key).await.unwrap();
    store.assert_usable(unit).await;
}

/// A client is undone with its unit.
pub async fn a_client_is_undone_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, key) = a_client("shop");
    let mut unit = store.begin().await;
    unit.clients().insert(&client, &key).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(store.stores.clients.by_key(key.id).await.unwrap(), None);
}

/// "Notes that a key was used. An older time never replaces a newer one."
pub async fn the_last_use_never_goes_back(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ((client, key), (neighbour, idle)) = (a_client("shop"), a_client("idle"));
    put(&store, &client, &key).await;
    put(&store, &neighbour, &idle).await;
    for (used, last) in [(10, 10), (5, 10), (11, 11), (11, 11), (1, 11)] {
        store.stores.clients.touch(key.id, at(used)).await.unwrap();
        let known = store.stores.clients.by_key(key.id).await.unwrap().unwrap();
        assert_eq!(known.key.last_used_at, Some(at(last)));
    }
    let untouched = store.stores.clients.by_key(idle.id).await.unwrap().unwrap();
    assert_eq!(untouched.key.last_used_at, None);
}

/// "The client of this name, compared byte for byte."
pub async fn a_client_is_found_by_its_name(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, key) = a_client("Shop");
    put(&store, &client, &key).await;
    assert_eq!(store.stores.clients.by_name("Shop").await.unwrap(), Some(client));
    for other in ["shop", "Shop ", "", "Sho"] {
        assert_eq!(store.stores.clients.by_name(other).await.unwrap(), None, "{other:?}");
    }
}

async fn another(store: &Fixture, client: &Client) -> ClientKey {
    let (_, mut key) = a_client("of nobody else");
    key.client = client.id;
    let mut unit = store.begin().await;
    assert_eq!(unit.clients().add_key(&key).await.unwrap().as_ref(), Some(client));
    unit.commit().await.unwrap();
    key
}

async fn end(store: &Fixture, which: WhichKeys, at: Timestamp) -> Option<(Client, u32)> {
    let mut unit = store.begin().await;
    let ended = unit.clients().revoke(which, at).await.unwrap();
    unit.commit().await.unwrap();
    ended
}

async fn ends_at(store: &Fixture, key: &ClientKey) -> Option<Timestamp> {
    store.stores.clients.by_key(key.id).await.unwrap().unwrap().key.revoked_at
}

/// "Stores another key of a client, and tells whose it is; its other keys stay as they are."
pub async fn another_key_opens_for_the_same_client(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, first) = a_client("shop");
    put(&store, &client, &first).await;
    let next = another(&store, &client).await;
    for key in [first, next] {
        let known = store.stores.clients.by_key(key.id).await.unwrap();
        assert_eq!(known, Some(KnownKey { client: client.clone(), key }));
    }
}

/// "`None` when there is no such client; then nothing is stored and the unit stays usable."
pub async fn a_key_needs_its_client(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (_, key) = a_client("nobody");
    let mut unit = store.begin().await;
    assert_eq!(unit.clients().add_key(&key).await.unwrap(), None);
    store.assert_usable(unit).await;
    assert_eq!(store.stores.clients.by_key(key.id).await.unwrap(), None);
    assert_eq!(end(&store, WhichKeys::One(key.id), at(5)).await, None);
    assert_eq!(end(&store, WhichKeys::OfClient(ClientId::new(uuid())), at(5)).await, None);
}

/// "Ends keys at that time": one of them, and no other.
pub async fn one_key_ends_and_the_others_stay(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, first) = a_client("shop");
    put(&store, &client, &first).await;
    let next = another(&store, &client).await;
    assert_eq!(end(&store, WhichKeys::One(first.id), at(7)).await, Some((client, 1)));
    assert_eq!((ends_at(&store, &first).await, ends_at(&store, &next).await), (Some(at(7)), None));
}

/// All keys besides one end, of its client and of no other.
pub async fn all_keys_besides_one_end(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ((client, first), (neighbour, theirs)) = (a_client("shop"), a_client("next door"));
    put(&store, &client, &first).await;
    put(&store, &neighbour, &theirs).await;
    let next = another(&store, &client).await;
    assert_eq!(end(&store, WhichKeys::BesidesOne(next.id), at(7)).await, Some((client, 1)));
    assert_eq!((ends_at(&store, &first).await, ends_at(&store, &next).await), (Some(at(7)), None));
    assert_eq!(ends_at(&store, &theirs).await, None);
}

/// "`None` when […] no key of it opens anything when this one is made: it was revoked."
pub async fn a_revoked_client_gets_no_key(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, first) = a_client("shop");
    put(&store, &client, &first).await;
    end(&store, WhichKeys::OfClient(client.id), first.created_at).await;
    let (_, mut key) = a_client("of nobody else");
    key.client = client.id;
    let mut unit = store.begin().await;
    assert_eq!(unit.clients().add_key(&key).await.unwrap(), None);
    store.assert_usable(unit).await;
    assert_eq!(store.stores.clients.by_key(key.id).await.unwrap(), None);
}

/// All keys of a client end, and none of another one.
pub async fn all_keys_of_a_client_end(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ((client, first), (neighbour, theirs)) = (a_client("shop"), a_client("next door"));
    put(&store, &client, &first).await;
    put(&store, &neighbour, &theirs).await;
    let next = another(&store, &client).await;
    assert_eq!(end(&store, WhichKeys::OfClient(client.id), at(7)).await, Some((client, 2)));
    assert_eq!((ends_at(&store, &first).await, ends_at(&store, &next).await), (Some(at(7)), Some(at(7))));
    assert_eq!(ends_at(&store, &theirs).await, None);
}

/// "One that ends no later already stays as it is."
pub async fn an_end_is_never_put_off(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, key) = a_client("shop");
    put(&store, &client, &key).await;
    for (asked, ended, stands) in [(9, 1, 9), (9, 0, 9), (12, 0, 9), (4, 1, 4)] {
        assert_eq!(end(&store, WhichKeys::One(key.id), at(asked)).await, Some((client.clone(), ended)), "{asked}");
        assert_eq!(ends_at(&store, &key).await, Some(at(stands)), "{asked}");
    }
}

/// "Whether the key opens something at that time. Then it does until the unit has ended: whoever revokes it waits."
pub async fn a_held_key_opens_until_the_unit_has_ended(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, key) = a_client("shop");
    put(&store, &client, &key).await;
    let mut unit = store.begin().await;
    assert!(unit.clients().hold_key(key.id, at(5)).await.unwrap());
    let mut revoking = Box::pin(end(&store, WhichKeys::OfClient(client.id), at(6)));
    assert!(timeout(WATCHED, &mut revoking).await.is_err(), "the key is revoked while a unit holds it");
    unit.commit().await.unwrap();
    assert_eq!(store.soon("revoking", revoking).await, Some((client.clone(), 1)));
    let (_, unknown) = a_client("nobody");
    let mut unit = store.begin().await;
    for (id, when, opens) in [(key.id, at(5), true), (key.id, at(6), false), (unknown.id, at(5), false)] {
        assert_eq!(unit.clients().hold_key(id, when).await.unwrap(), opens);
    }
    unit.rollback().await.unwrap();
}

/// "Of this and `revoke`, for one client, a second unit waits until the first has ended": a client that is revoked while
/// others give it keys has none that opens anything.
pub async fn a_client_revoked_beside_new_keys_has_none_that_opens(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (client, first) = a_client("shop");
    put(&store, &client, &first).await;
    let whose = client.id;
    let added = store
        .race(RACERS, move |store, racer| async move {
            if racer == RACERS / 2 {
                end(&store, WhichKeys::OfClient(whose), at(5)).await.expect("the client is there");
                return None;
            }
            let (_, key) = a_client("of nobody else");
            let key = ClientKey { client: whose, created_at: at(5), ..key };
            let mut unit = store.begin().await;
            let stored = unit.clients().add_key(&key).await.unwrap();
            unit.commit().await.unwrap();
            stored.map(|_| key)
        })
        .await;
    for key in added.into_iter().flatten().chain([first]) {
        assert_eq!(ends_at(&store, &key).await, Some(at(5)));
    }
}
