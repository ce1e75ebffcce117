use crate::{
    HashCost,
    argon::{self, Argon2Hasher, Stored},
    line::Line,
    memory::MemoryPool,
};
use argon2::Block;
use async_trait::async_trait;
use backstop_application::ports::{PasswordHasher, PortResult};
use backstop_domain::{Password, Verifier};
use core::{num::NonZero, time::Duration};
use std::{sync::Arc, thread};

const COST: HashCost = HashCost::FULL;

/// How many may wait. Who knows no password must not be able to fill the memory with attempts.
const MOST_WAITING: usize = 128;
/// Whoever has waited longer has most likely gone away.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a missing password is compared under.
const NO_SALT: [u8; 16] = [0; 16];

/// argon2id at its full cost for every password, as many at once as the machine has processors. A line of its own: codes
/// don't wait for those who try passwords.
pub struct Argon2Passwords {
    processors: Line,
    memory: Arc<MemoryPool>,
}

impl Default for Argon2Passwords {
    fn default() -> Self {
        let at_once = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN).get();
        Self { processors: Line::new(at_once, MOST_WAITING, PATIENCE), memory: MemoryPool::new(at_once) }
    }
}

impl Argon2Passwords {
    pub fn new() -> Self {
        Self::default()
    }

    async fn work<T: Send + 'static>(
        &self,
        cost: HashCost,
        work: impl FnOnce(&mut [Block]) -> PortResult<T> + Send + 'static,
    ) -> PortResult<T> {
        let permit = self.processors.enter().await?;
        let running = Argon2Hasher::start(permit, Arc::new(self.memory.lease()), cost, work);
        running.await.map_err(|e| argon::stopped().because(e))?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Passwords {
    async fn hash(&self, password: &Password) -> PortResult<Verifier> {
        let password = password.clone();
        self.work(COST, move |memory| argon::hash(COST, password.reveal(), memory)).await
    }

    async fn verify(&self, password: &Password, verifier: Option<&Verifier>) -> PortResult<bool> {
        let stored = verifier.map(|verifier| Stored::read(verifier.as_str())).transpose()?;
        let password = password.clone();
        let cost = stored.as_ref().map_or(COST, |stored| stored.cost);
        let looked = move |memory: &mut [Block]| match stored {
            Some(stored) => stored.fits(password.reveal(), memory),
            None => argon::compute(COST, password.reveal(), &NO_SALT, memory).map(|_| false),
        };
        self.work(cost, looked).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_domain::SecretText;
    use std::time::Instant;

    fn password(text: &str) -> Password {
        Password::read(&SecretText::new(text.to_owned())).unwrap()
    }

    #[tokio::test]
    async fn every_password_costs_the_full_price() {
        let verifier = Argon2Passwords::new().hash(&password("violet tractor moon")).await.unwrap();
        assert!(verifier.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_look_at_nothing_takes_as_long_as_one_at_a_password() {
        let hasher = Argon2Passwords::new();
        let typed = password("violet tractor moon");
        let verifier = hasher.hash(&typed).await.unwrap();
        let mut quickest = [Duration::MAX; 2];
        for _ in 0..15 {
            for (times, verifier) in quickest.iter_mut().zip([Some(&verifier), None]) {
                let begun = Instant::now();
                assert_eq!(hasher.verify(&typed, verifier).await.unwrap(), verifier.is_some());
                *times = begun.elapsed().min(*times);
            }
        }
        let [known, unknown] = quickest;
        assert!(unknown > known / 2 && known > unknown / 2, "{known:?} {unknown:?}");
    }
}
