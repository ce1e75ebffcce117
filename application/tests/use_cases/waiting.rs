//! The wait between two sets of codes.

use crate::support::{RULES, World, attempt, caller, generation, subject};
use async_trait::async_trait;
use backstop_application::{
    UseCases,
    ports::{Clock as _, Hasher, PortResult, Revocation},
    use_cases::{DownloadRequest, GenerateError, Generated},
};
use backstop_domain::{Duty, NormalisedCode, SecretText, Timestamp, Verifier, guard::GuardRules};
use jiff::SignedDuration;
use std::sync::{Arc, Mutex};

/// A world where codes wait, and an account that never had any.
async fn ann() -> World {
    let rules = GuardRules {
        base_cooldown: SignedDuration::from_secs(30),
        multiplier: 2,
        max_cooldown: SignedDuration::from_secs(300),
        ..RULES
    };
    let world = World::new().with_rules(rules);
    world.account("ann").await;
    world
}

/// The length of the wait that a refusal announces, in words that say the same.
async fn refused(world: &World) -> SignedDuration {
    match world.use_cases.generate_batch.run(&generation("ann")).await {
        Err(GenerateError::Waiting { until, wait_seconds }) => {
            let wait = world.clock.now().duration_until(until);
            assert_eq!(SignedDuration::from_secs(wait_seconds.try_into().unwrap()), wait);
            wait
        }
        other => panic!("{other:?}"),
    }
}

async fn cooldown(world: &World) -> Option<Timestamp> {
    world.use_cases.show_account.run(&subject("ann")).await.unwrap().cooldown_until
}

fn after(world: &World, wait: SignedDuration) -> Timestamp {
    world.clock.now().checked_add(wait).unwrap()
}

/// Whether a copy of the set can still be handed over; hands it over if so.
async fn is_kept(world: &World, made: &Generated) -> bool {
    let request = DownloadRequest {
        batch: made.batch.id,
        token: SecretText::new(made.delivery_token.reveal().to_owned()),
        format: None,
        name_account: false,
        locale: None,
        caller: caller(),
    };
    world.use_cases.download_batch.run(&request).await.is_ok()
}

const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);
const BASE: SignedDuration = SignedDuration::from_secs(30);

#[tokio::test]
async fn asking_for_codes_too_early_makes_the_wait_longer_up_to_the_longest() {
    let world = ann().await;
    assert_eq!(cooldown(&world).await, None);
    world.generate("ann").await;
    assert_eq!(cooldown(&world).await, Some(after(&world, BASE)));
    let mut waits = Vec::new();
    for _ in 0..5 {
        world.clock.advance(SignedDuration::from_secs(7));
        let wait = refused(&world).await;
        assert_eq!(cooldown(&world).await, Some(after(&world, wait)));
        waits.push(wait.as_secs());
    }
    assert_eq!(waits, [60, 120, 240, 300, 300]);
}

#[tokio::test]
async fn the_wait_for_codes_is_kept_as_announced_and_the_next_starts_anew() {
    // How often somebody asks too early, and the wait that is announced last.
    for (times, last) in [(0, 30), (1, 60), (2, 120), (3, 240), (4, 300), (5, 300)] {
        let world = ann().await;
        world.generate("ann").await;
        let mut wait = BASE;
        for _ in 0..times {
            wait = refused(&world).await;
        }
        assert_eq!(wait.as_secs(), last);
        world.clock.advance(wait - MICROSECOND);
        let end = after(&world, MICROSECOND);
        assert_eq!(cooldown(&world).await, Some(end));
        let longer = refused(&world).await;
        assert_eq!(longer.as_secs(), (2 * last).min(300));
        assert_eq!(cooldown(&world).await, Some(after(&world, longer)));
        world.clock.advance(longer);
        assert_eq!(cooldown(&world).await, None);
        world.generate("ann").await;
        assert_eq!(cooldown(&world).await, Some(after(&world, BASE)));
        world.clock.advance(BASE - MICROSECOND);
        assert_eq!(refused(&world).await.as_secs(), 60);
    }
}

#[tokio::test]
async fn revoking_a_set_clears_no_wait() {
    for how in [Revocation::Invalidate, Revocation::Delete] {
        let world = ann().await;
        let made = world.generate("ann").await;
        let end = cooldown(&world).await;
        world.use_cases.revoke_batch.run(&subject("ann"), made.batch.id, how, &caller()).await.unwrap();
        assert_eq!(cooldown(&world).await, end);
        assert_eq!(refused(&world).await.as_secs(), 60);
        world.clock.advance(SignedDuration::from_mins(1));
        world.generate("ann").await;
    }
}

#[tokio::test]
async fn a_refused_generation_leaves_set_and_copy_as_they_were() {
    let world = ann().await;
    let made = world.generate("ann").await;
    let (set, entries) = (world.batch("ann").await, world.trail().await.len());
    world.calls.take();
    for _ in 0..5 {
        refused(&world).await;
    }
    assert!(!world.calls.take().contains(&"hasher.hash"), "nothing was made that could be kept");
    assert_eq!(world.vault.kept(), 1);
    assert_eq!((world.batch("ann").await, world.trail().await.len()), (set, entries));
    assert!(is_kept(&world, &made).await);
    let code = made.codes[0].reveal();
    assert_eq!(world.use_cases.redeem_code.run(&attempt("ann", code)).await.unwrap().remaining, 9);
}

/// Somebody else makes codes while these are hashed.
struct MadeMeanwhile {
    inner: Arc<dyn Hasher>,
    others: UseCases,
    made: Mutex<Option<Generated>>,
}

#[async_trait]
impl Hasher for MadeMeanwhile {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        let made = self.others.generate_batch.run(&generation("ann")).await.unwrap();
        assert!(self.made.lock().unwrap().replace(made).is_none());
        self.inner.hash(codes).await
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        self.inner.verify(code, verifier).await
    }
}

#[tokio::test]
async fn a_generation_refused_at_the_last_moment_leaves_the_other_set_and_its_copy() {
    let world = ann().await;
    let others = UseCases::assemble(&world.ports, &world.settings);
    let meanwhile = MadeMeanwhile { inner: Arc::clone(&world.ports.hasher), others, made: Mutex::default() };
    let meanwhile = Arc::new(meanwhile);
    let world = world.with_hasher(meanwhile.clone());
    assert_eq!(refused(&world).await.as_secs(), 60);
    let made = meanwhile.made.lock().unwrap().take().unwrap();
    assert_eq!(world.batch("ann").await.unwrap().id, made.batch.id);
    assert_eq!(world.vault.kept(), 1, "the copy of the refused ones is gone");
    assert!(is_kept(&world, &made).await);
}

#[tokio::test]
async fn the_duty_to_make_codes_makes_one_generation_free() {
    let world = ann().await;
    let made = world.generate("ann").await;
    refused(&world).await;
    world.use_cases.redeem_code.run(&attempt("ann", made.codes[0].reveal())).await.unwrap();
    let view = world.use_cases.show_account.run(&subject("ann")).await.unwrap();
    assert!(view.duties.contains(Duty::NewCodes));
    assert_eq!(view.cooldown_until, None, "codes can be made at once");
    world.generate("ann").await;
    // The free one leaves the wait that any leaves, and no second is free.
    assert_eq!(cooldown(&world).await, Some(after(&world, BASE)));
    assert_eq!(refused(&world).await.as_secs(), 60);
}
