//! Since when keys are in force.

use crate::{StoreHarness, fixture::*};
use backstop_domain::KeyPurpose;

/// "Notes that a key is in force at that time, and tells since when it is: when that was noted of it first."
pub async fn a_key_is_in_force_since_it_was_first_noted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let keys = &store.stores.keys;
    let k1 = key_id("k1");
    for (noted_at, since) in [(5, 5), (9, 5), (3, 5)] {
        assert_eq!(keys.note(KeyPurpose::Lookup, &k1, at(noted_at)).await.unwrap(), at(since));
    }
}

/// A key of one id is another for another purpose, and ids are told apart.
pub async fn keys_differ_by_purpose_and_id(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let keys = &store.stores.keys;
    let all = [(KeyPurpose::Lookup, "k1", 1), (KeyPurpose::Seal, "k1", 2), (KeyPurpose::Lookup, "k2", 3)];
    for (purpose, id, second) in all {
        assert_eq!(keys.note(purpose, &key_id(id), at(second)).await.unwrap(), at(second));
    }
    for (purpose, id, second) in all {
        assert_eq!(keys.note(purpose, &key_id(id), at(9)).await.unwrap(), at(second));
    }
}
