//! What happens when somebody else acts between two steps of an attempt.

use crate::support::{World, attempt, caller, new_user, owner, subject};
use async_trait::async_trait;
use backstop_application::{
    UseCases,
    ports::{
        CodeReader, Hasher, LiveCodes, PasswordHasher, PortResult, Revocation, Rotated, SessionStore, WhichSessions,
    },
    use_cases::{AttemptError, PasswordError, PasswordSignIn, VerifySetupError, Whom},
};
use backstop_domain::{
    AccountId, Actor, AuditKind, BatchId, LookupTag, NormalisedCode, Password, Role, SecretText, Session, SessionKind,
    StoredCode, Timestamp, TokenDigest, Verifier,
};
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

const OLD: &str = "violet tractor moon";

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

/// Sets another password while a sign-in with the old one is under way.
struct PasswordSet<T: ?Sized> {
    inner: Arc<T>,
    others: UseCases,
}

impl<T: ?Sized> PasswordSet<T> {
    async fn set(&self) {
        let (whom, new) = (Whom::Subject(subject("ann")), secret("seven quiet harbours"));
        self.others.set_password.run(&whom, &new, &Actor::CommandLine).await.unwrap();
    }
}

#[async_trait]
impl PasswordHasher for PasswordSet<dyn PasswordHasher> {
    async fn hash(&self, password: &Password) -> PortResult<Verifier> {
        self.inner.hash(password).await
    }

    async fn verify(&self, password: &Password, verifier: Option<&Verifier>) -> PortResult<bool> {
        let fits = self.inner.verify(password, verifier).await;
        self.set().await;
        fits
    }
}

#[async_trait]
impl SessionStore for PasswordSet<dyn SessionStore> {
    async fn insert(&self, digest: &TokenDigest, session: &Session) -> PortResult<()> {
        self.set().await;
        self.inner.insert(digest, session).await
    }

    async fn find(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        self.inner.find(digest).await
    }

    async fn touch(&self, digest: &TokenDigest, at: Timestamp) -> PortResult<()> {
        self.inner.touch(digest, at).await
    }

    async fn rotate(&self, old: &TokenDigest, new: &TokenDigest, session: &Session) -> PortResult<Rotated> {
        self.inner.rotate(old, new, session).await
    }

    async fn remove(&self, digest: &TokenDigest) -> PortResult<Option<Session>> {
        self.inner.remove(digest).await
    }

    async fn of_account(&self, account: AccountId) -> PortResult<Vec<Session>> {
        self.inner.of_account(account).await
    }

    async fn revoke(&self, account: AccountId, which: WhichSessions) -> PortResult<u64> {
        self.inner.revoke(account, which).await
    }

    async fn forget(&self, seen: Timestamp, created: Timestamp) -> PortResult<u64> {
        self.inner.forget(seen, created).await
    }
}

#[tokio::test]
async fn a_password_that_is_set_anew_during_a_sign_in_opens_nothing() {
    for during_the_look in [true, false] {
        let mut world = World::new();
        let user = new_user("ann", Role::User, OLD);
        let ann = world.use_cases.create_user.run(&user, &Actor::CommandLine).await.unwrap();
        let others = UseCases::assemble(&world.ports, &world.settings);
        let sessions = Arc::clone(&world.ports.sessions);
        if during_the_look {
            world.ports.passwords = Arc::new(PasswordSet { inner: Arc::clone(&world.ports.passwords), others });
        } else {
            world.ports.sessions = Arc::new(PasswordSet { inner: Arc::clone(&sessions), others });
        }
        let cases = UseCases::assemble(&world.ports, &world.settings);
        let sign_in = PasswordSignIn {
            email: "ann@example.com".into(),
            password: secret(OLD),
            caller: owner(),
            previous: None,
            kind: SessionKind::User,
        };
        let refused = cases.sign_in_with_password.run(&sign_in).await;
        assert!(matches!(refused, Err(PasswordError::Refused { attempts_left: 4, .. })), "{refused:?}");
        let refusal = &world.trail().await[0];
        assert_eq!((refusal.kind, refusal.reason.as_deref()), (AuditKind::PasswordRefused, Some("lost_race")));
        assert!(sessions.of_account(ann.id).await.unwrap().is_empty());
    }
}
