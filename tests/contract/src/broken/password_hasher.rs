use super::{BrokenService, ServiceDefect};
use async_trait::async_trait;
use backstop_application::ports::{PasswordHasher, PortResult};
use backstop_domain::{Password, SecretText, Verifier};

/// As far as some hashers look.
const LOOKED_AT: usize = 72;

const NAKED: &str = "naked$";

impl<S> BrokenService<S> {
    fn looked_at(&self, password: &Password) -> Password {
        if self.defect() != ServiceDefect::CutsPasswords {
            return password.clone();
        }
        let start = password.reveal().chars().take(LOOKED_AT).collect();
        Password::read(&SecretText::new(start)).unwrap()
    }
}

#[async_trait]
impl<S: PasswordHasher> PasswordHasher for BrokenService<S> {
    async fn hash(&self, password: &Password) -> PortResult<Verifier> {
        match self.defect() {
            ServiceDefect::PasswordsWithoutSalt => Ok(Verifier::new(format!("{NAKED}{}", password.reveal()))),
            ServiceDefect::VerifierHasThePassword => {
                let sound = self.sound().hash(password).await?;
                Ok(Verifier::new(format!("{NAKED}{} {}", sound.as_str(), password.reveal())))
            }
            _ => self.sound().hash(&self.looked_at(password)).await,
        }
    }

    async fn verify(&self, password: &Password, verifier: Option<&Verifier>) -> PortResult<bool> {
        if let Some(naked) = verifier.and_then(|v| v.as_str().strip_prefix(NAKED)) {
            return Ok(naked.ends_with(password.reveal()));
        }
        match self.sound().verify(&self.looked_at(password), verifier).await {
            Err(_) if self.defect() == ServiceDefect::UnsoundPasswordsAreRefused => Ok(false),
            Ok(_) if self.defect() == ServiceDefect::AnyPasswordFits && verifier.is_some() => Ok(true),
            Ok(_) if self.defect() == ServiceDefect::FitsWhereNothingIs && verifier.is_none() => Ok(true),
            found => found,
        }
    }
}
