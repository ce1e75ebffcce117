//! Hashers of passwords: whatever somebody chose, and nothing that fits by chance.

use backstop_application::ports::{PasswordHasher, PortErrorKind};
use backstop_domain::{Password, SecretText, Verifier};

fn password(text: &str) -> Password {
    Password::read(&SecretText::new(text.to_owned())).unwrap()
}

/// "Whether the verifier was made from this password", and not from one that differs in a letter, in case or in a space.
pub async fn another_password_does_not_fit(hasher: &dyn PasswordHasher) {
    let right = password("violet tractor moon");
    let verifier = hasher.hash(&right).await.unwrap();
    assert!(hasher.verify(&right, Some(&verifier)).await.unwrap());
    for wrong in ["violet tractor moom", "Violet tractor moon", "violet tractor moon ", "violet tractor", ""] {
        assert!(!hasher.verify(&password(wrong), Some(&verifier)).await.unwrap(), "{wrong}");
    }
}

/// Every byte counts, whatever the length and the script.
pub async fn a_password_counts_to_its_last_byte(hasher: &dyn PasswordHasher) {
    let long = "x".repeat(Password::MOST_BYTES - 1);
    for text in ["", "謝你的魚也很好吃", &long] {
        let verifier = hasher.hash(&password(&format!("{text}a"))).await.unwrap();
        assert!(hasher.verify(&password(&format!("{text}a")), Some(&verifier)).await.unwrap());
        assert!(!hasher.verify(&password(&format!("{text}b")), Some(&verifier)).await.unwrap());
    }
}

/// "Two verifiers of one password differ."
pub async fn two_verifiers_of_one_password_differ(hasher: &dyn PasswordHasher) {
    let right = password("violet tractor moon");
    let (one, other) = (hasher.hash(&right).await.unwrap(), hasher.hash(&right).await.unwrap());
    assert_ne!(one, other);
    for verifier in [one, other] {
        assert!(hasher.verify(&right, Some(&verifier)).await.unwrap());
    }
}

/// "Without a verifier the answer is `false`."
pub async fn nothing_fits_where_there_is_no_verifier(hasher: &dyn PasswordHasher) {
    for text in ["violet tractor moon", ""] {
        assert!(!hasher.verify(&password(text), None).await.unwrap());
    }
    assert!(!hasher.verify(&Password::none(), None).await.unwrap());
}

/// A verifier has nothing of its password in clear.
pub async fn a_verifier_hides_its_password(hasher: &dyn PasswordHasher) {
    let verifier = hasher.hash(&password("violet tractor moon")).await.unwrap();
    for word in ["violet", "tractor", "moon"] {
        assert!(!verifier.as_str().contains(word));
    }
}

/// "A verifier that can't be read, or asks for more work than is sound, is a fault of kind `Corrupt`", never a refusal.
pub async fn an_unsound_verifier_of_a_password_is_corrupt(hasher: &dyn PasswordHasher) {
    let right = password("violet tractor moon");
    let made = hasher.hash(&right).await.unwrap();
    let cut = made.as_str()[..made.as_str().len() / 2].to_owned();
    let greedy = "$argon2id$v=19$m=4294967295,t=4294967295,p=1$c29tZXNhbHRzb21lc2FsdA\
                  $MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";
    for text in [String::new(), "garbage".into(), "$unknown$v=1$x$y".into(), cut, greedy.into()] {
        let fault = hasher.verify(&right, Some(&Verifier::new(text.clone()))).await.expect_err(&text);
        assert_eq!(fault.kind(), PortErrorKind::Corrupt, "{text}");
    }
}
