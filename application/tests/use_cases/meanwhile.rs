//! What happens when somebody else acts between two steps of an attempt.

use crate::support::{World, attempt, caller, subject};
use async_trait::async_trait;
use backstop_application::{
    UseCases,
    ports::{CodeReader, Hasher, LiveCodes, PortResult, Revocation},
    use_cases::{AttemptError, VerifySetupError},
};
use backstop_domain::{AccountId, AuditKind, BatchId, LookupTag, NormalisedCode, StoredCode, Timestamp, Verifier};
use std::sync::Arc;

/// Revokes a batch while the slow check runs.
struct RevokedDuringTheCheck {
    inner: Arc<dyn Hasher>,
    others: UseCases,
    batch: BatchId,
}

#[async_trait]
impl Hasher for RevokedDuringTheCheck {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        self.inner.hash(codes).await
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        let fits = self.inner.verify(code, verifier).await?;
        self.others.revoke_batch.run(&subject("ann"), self.batch, Revocation::Invalidate, &caller()).await.unwrap();
        Ok(fits)
    }
}

/// Erases an account after its code was looked up.
struct ErasedAfterFinding {
    inner: Arc<dyn CodeReader>,
    others: UseCases,
}

#[async_trait]
impl CodeReader for ErasedAfterFinding {
    async fn find(&self, account: AccountId, tags: &[LookupTag]) -> PortResult<Option<StoredCode>> {
        let found = self.inner.find(account, tags).await?;
        self.others.erase_account.run(&subject("ann"), &caller()).await.unwrap();
        Ok(found)
    }

    async fn live(&self, now: Timestamp) -> PortResult<LiveCodes> {
        self.inner.live(now).await
    }
}

#[tokio::test]
async fn a_code_revoked_during_the_slow_check_is_worth_nothing() {
    for verify in [true, false] {
        let mut world = World::new();
        world.account("ann").await;
        let made = world.generate("ann").await;
        let others = UseCases::assemble(&world.ports, &world.settings);
        let inner = Arc::clone(&world.ports.hasher);
        world.ports.hasher = Arc::new(RevokedDuringTheCheck { inner, others, batch: made.batch.id });
        let cases = UseCases::assemble(&world.ports, &world.settings);
        let typed = attempt("ann", made.codes[0].reveal());
        if verify {
            let verified = cases.verify_setup.run(&typed).await;
            assert!(matches!(verified, Err(VerifySetupError::Attempt(AttemptError::Refused { .. }))), "{verified:?}");
            assert!(world.known("ann").await.unwrap().setup_verified_at.is_none());
        } else {
            let redeemed = cases.redeem_code.run(&typed).await;
            assert!(matches!(redeemed, Err(AttemptError::Refused { .. })), "{redeemed:?}");
        }
        assert_eq!(world.trail().await[0].reason.as_deref(), Some("invalidated"));
    }
}

#[tokio::test]
async fn an_attempt_in_flight_does_not_name_who_was_erased_meanwhile() {
    for right in [true, false] {
        let mut world = World::new();
        let ann = world.account("ann").await;
        let made = world.generate("ann").await;
        let others = UseCases::assemble(&world.ports, &world.settings);
        world.ports.codes = Arc::new(ErasedAfterFinding { inner: Arc::clone(&world.ports.codes), others });
        let cases = UseCases::assemble(&world.ports, &world.settings);
        let wrong = "A".repeat(36);
        let typed = if right { made.codes[0].reveal() } else { &wrong };
        let refused = cases.redeem_code.run(&attempt("ann", typed)).await;
        assert!(matches!(refused, Err(AttemptError::Refused { .. })), "{refused:?}");
        let trail = world.trail().await;
        assert_eq!(trail[0].kind, AuditKind::RedeemRefused);
        assert!(trail[0].account.is_none() && trail[0].typed.is_some());
        assert!(trail.iter().all(|entry| entry.account != Some(ann.id)));
    }
}
