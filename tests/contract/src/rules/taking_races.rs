//! The purge beside others that work on the same accounts.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{CodeChunk, Consumed, PortErrorKind, TakenOf};
use backstop_domain::CodeId;

const CODES: u32 = 10;

/// "Somebody else was in the way; the same unit may be tried again at once."
async fn take_patiently(store: &Fixture, chunk: CodeChunk) -> Vec<TakenOf> {
    for _ in 0..100 {
        let taking = async {
            let mut unit = store.stores.storage.begin().await?;
            let taken = unit.clean_ups().take_codes(&chunk).await?;
            unit.commit().await?;
            Ok::<_, backstop_application::ports::PortError>(taken)
        };
        match taking.await {
            Ok(taken) => return taken,
            Err(fault) => assert_eq!(fault.kind(), PortErrorKind::Contention, "{fault}"),
        }
    }
    panic!("always somebody in the way");
}

/// Many who take at once take each code once, and the counters add up.
pub async fn many_take_each_code_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(store.used_up(CODES, at(2)).await.1);
    }
    let taken = store
        .race(RACERS, |store, racer| async move {
            let mut taken = Vec::new();
            let mut wait = racer % 2 == 0;
            loop {
                let some = take_patiently(&store, CodeChunk { wait, ..a_chunk(at(9), 7) }).await;
                if some.is_empty() && wait {
                    return taken;
                }
                wait |= some.is_empty();
                assert!(rows(&some) <= 7);
                taken.extend(some);
            }
        })
        .await;
    for issued in &all {
        let of_it = taken.iter().flatten().filter(|of| of.line.batch == issued.batch.id);
        assert_eq!(of_it.map(|of| of.line.removed_codes).sum::<u32>(), CODES);
        let counters = store.read_batch(issued.batch.id).await.counters;
        assert_eq!((counters.purged, counters.used, counters.issued), (CODES, CODES, CODES));
    }
}

/// A code that is used while others of its batch are taken is used, and counted.
pub async fn no_use_is_lost_beside_a_taking(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let racers = u32::try_from(RACERS).unwrap();
    let (account, issued) = store.owner(2 * racers).await;
    let (old, live) = issued.codes.split_at(RACERS);
    for code in old {
        store.consume(account.id, code, at(2)).await;
    }
    let live: Vec<CodeId> = live.iter().map(|code| code.id).collect();
    let taken: u32 = store
        .race(RACERS, |store, racer| {
            let code = live[racer];
            async move {
                let taken = rows(&take_patiently(&store, a_chunk(at(9), 1)).await);
                let used = store.try_consume(account.id, code, at(20)).await.unwrap();
                assert!(matches!(used, Consumed::Won { .. }), "{used:?}");
                taken
            }
        })
        .await
        .into_iter()
        .sum();
    assert_eq!(taken, racers);
    let counters = store.read_batch(issued.batch.id).await.counters;
    assert_eq!((counters.used, counters.purged, counters.live()), (2 * racers, racers, 0));
}
