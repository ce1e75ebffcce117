//! Secrets that are shared with authenticator apps.

use crate::fixture::*;
use backstop_application::ports::{Authenticators, PortErrorKind, SetUpText};
use backstop_domain::{AccountId, Sealed, TimeStep, TotpCode};
use totp_rs::{Builder, Secret};

fn owner() -> AccountId {
    AccountId::new(uuid())
}

fn shown(authenticators: &dyn Authenticators, account: AccountId, sealed: &Sealed) -> SetUpText {
    authenticators.reveal(account, sealed, "Our site", "ann@example.com").unwrap().expect("it opens")
}

/// What an app with this secret shows in this step.
fn code(text: &SetUpText, step: u64) -> TotpCode {
    let secret = Secret::try_from_base32(text.secret.reveal()).expect("base 32");
    let totp = Builder::new().with_secret(secret).build().expect("a sound secret");
    TotpCode::parse(&totp.generate(step * TimeStep::SECONDS).to_string()).unwrap()
}

/// "The step whose code this is: that of `now`, the one before or the one after", as RFC 6238 makes codes.
pub async fn a_code_fits_its_step_and_the_ones_beside_it(authenticators: &dyn Authenticators) {
    let account = owner();
    let sealed = authenticators.make(account).unwrap();
    let text = shown(authenticators, account, &sealed);
    let now = TimeStep::of(at(0));
    for step in [now.number() - 1, now.number(), now.number() + 1] {
        for inside in [now.begins(), now.begins() + jiff::SignedDuration::from_secs(29)] {
            let found = authenticators.step(account, &sealed, &code(&text, step), inside).unwrap();
            assert_eq!(found, Some(TimeStep::new(step)));
        }
    }
}

/// "`None` when it is the code of none of them."
pub async fn a_code_of_another_time_or_secret_fits_nothing(authenticators: &dyn Authenticators) {
    let account = owner();
    let (mine, other) = (authenticators.make(account).unwrap(), authenticators.make(account).unwrap());
    let (mine_text, other_text) = (shown(authenticators, account, &mine), shown(authenticators, account, &other));
    let near = |number: u64| (number - 1..=number + 1).map(|step| code(&mine_text, step)).collect::<Vec<_>>();
    let now = TimeStep::of(at(0));
    let all = [now.number() - 2, now.number() + 2, now.number() + 20].map(|step| code(&mine_text, step));
    // One in a million codes is that of another step by chance.
    for wrong in all.into_iter().chain([code(&other_text, now.number())]).filter(|c| !near(now.number()).contains(c)) {
        assert_eq!(authenticators.step(account, &mine, &wrong, now.begins()).unwrap(), None);
    }
}

/// "`None` for what was sealed for another account", and for what was changed.
pub async fn a_secret_opens_for_its_own_account_only(authenticators: &dyn Authenticators) {
    let (mine, other) = (owner(), owner());
    let sealed = authenticators.make(mine).unwrap();
    assert_eq!(authenticators.reveal(other, &sealed, "s", "p").unwrap(), None);
    for at in [0, sealed.bytes().len() / 2, sealed.bytes().len() - 1] {
        let mut bytes = sealed.bytes().to_vec();
        bytes[at] ^= 1;
        assert_eq!(authenticators.reveal(mine, &Sealed::new(bytes), "s", "p").unwrap(), None, "byte {at}");
    }
}

/// "What can't be opened is a fault of kind `Corrupt`, as no code would ever fit."
pub async fn what_does_not_open_is_a_fault_and_no_wrong_code(authenticators: &dyn Authenticators) {
    let account = owner();
    let sealed = authenticators.make(account).unwrap();
    let code = code(&shown(authenticators, account, &sealed), TimeStep::of(at(0)).number());
    let fault = authenticators.step(owner(), &sealed, &code, at(0)).expect_err("a fault");
    assert_eq!(fault.kind(), PortErrorKind::Corrupt);
}

/// "Nothing of it can be read in the sealed bytes, and no two are alike."
pub async fn a_sealed_secret_hides_itself(authenticators: &dyn Authenticators) {
    let account = owner();
    let (one, two) = (authenticators.make(account).unwrap(), authenticators.make(account).unwrap());
    assert_ne!(one, two);
    let text = shown(authenticators, account, &one);
    assert_ne!(text, shown(authenticators, account, &two));
    let bytes = Secret::try_from_base32(text.secret.reveal()).unwrap();
    assert!(bytes.as_bytes().len() >= 16, "at least 128 bits");
    let holds = |part: &[u8]| one.bytes().windows(part.len()).any(|window| window == part);
    assert!(!holds(text.secret.reveal().as_bytes()) && !holds(bytes.as_bytes()) && !holds(&bytes.as_bytes()[..8]));
}

/// "What an app is set up with, by these names of the site and the person": the same each time.
pub async fn an_address_names_site_and_person(authenticators: &dyn Authenticators) {
    let account = owner();
    let sealed = authenticators.make(account).unwrap();
    let text = shown(authenticators, account, &sealed);
    assert_eq!(text, shown(authenticators, account, &sealed));
    let address = text.address.reveal();
    for part in ["otpauth://totp/Our%20site:ann%40example.com?", text.secret.reveal(), "issuer=Our%20site"] {
        assert!(address.contains(part), "{part} is missing");
    }
}
