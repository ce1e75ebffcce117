use crate::{
    Argon2Hasher, HashCost, KeyedHasher, LookupKeys,
    argon::{self, unreadable},
    keyed,
};
use async_trait::async_trait;
use backstop_application::ports::{Hasher, PortResult};
use backstop_domain::{NormalisedCode, Verifier};

/// Hashes as the settings say, and verifies whatever form a stored verifier has, so that a change of the settings
/// leaves older codes working.
pub struct CodeHasher {
    argon: Argon2Hasher,
    keyed: KeyedHasher,
    makes: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Argon2id,
    Keyed,
}

impl CodeHasher {
    /// New verifiers are argon2id at this cost.
    pub fn argon2id(cost: HashCost, keys: LookupKeys) -> Self {
        Self { argon: Argon2Hasher::new(cost), keyed: KeyedHasher::new(keys), makes: Form::Argon2id }
    }

    /// New verifiers are keyed hashes. Only for codes that nobody can guess.
    pub fn keyed(keys: LookupKeys) -> Self {
        Self { argon: Argon2Hasher::new(HashCost::FULL), keyed: KeyedHasher::new(keys), makes: Form::Keyed }
    }
}

#[async_trait]
impl Hasher for CodeHasher {
    async fn hash(&self, codes: &[NormalisedCode]) -> PortResult<Vec<Verifier>> {
        match self.makes {
            Form::Argon2id => self.argon.hash(codes).await,
            Form::Keyed => self.keyed.hash(codes).await,
        }
    }

    async fn verify(&self, code: &NormalisedCode, verifier: &Verifier) -> PortResult<bool> {
        match verifier.as_str() {
            text if text.starts_with(argon::PREFIX) => self.argon.verify(code, verifier).await,
            text if text.starts_with(keyed::PREFIX) => self.keyed.verify(code, verifier).await,
            _ => Err(unreadable()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::ring;
    use backstop_application::ports::PortErrorKind;
    use backstop_domain::CodeProfile;

    fn code(symbol: &str) -> NormalisedCode {
        CodeProfile::classic().parse(&symbol.repeat(36)).unwrap()
    }

    #[tokio::test]
    async fn a_change_of_the_hasher_leaves_older_codes_working() {
        let keys = || ring("a", &["a"]);
        let hashers = [
            CodeHasher::keyed(keys()),
            CodeHasher::argon2id(HashCost::LIGHT, keys()),
            CodeHasher::argon2id(HashCost::new(1024, 1, 1).unwrap(), keys()),
        ];
        let forms = ["$backstop-keyed$", "$argon2id$v=19$m=4096,t=1,p=1$", "$argon2id$v=19$m=1024,t=1,p=1$"];
        for (maker, form) in hashers.iter().zip(forms) {
            let verifier = maker.hash(&[code("A")]).await.unwrap().remove(0);
            assert!(verifier.as_str().starts_with(form));
            for reader in &hashers {
                assert!(reader.verify(&code("A"), &verifier).await.unwrap());
                assert!(!reader.verify(&code("B"), &verifier).await.unwrap());
            }
        }
    }

    #[tokio::test]
    async fn a_verifier_of_no_known_form_is_corrupt() {
        let hasher = CodeHasher::keyed(ring("a", &["a"]));
        for text in ["", "$2b$12$abc", "plain"] {
            let error = hasher.verify(&code("A"), &Verifier::new(text.into())).await.unwrap_err();
            assert_eq!(error.kind(), PortErrorKind::Corrupt);
        }
    }
}
