//! Second factors: what is confirmed stays until something else is confirmed, and no step is used twice.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{Proposal, SecondFactor, StepUsed, StoredAuthenticator};
use backstop_domain::{AccountId, Sealed, SessionId, TimeStep};

fn sealed(text: &str) -> Sealed {
    Sealed::new([b"\0\xff ", text.as_bytes()].concat())
}

fn proposal(text: &str) -> Proposal {
    Proposal { secret: sealed(text), session: SessionId::new(uuid()) }
}

fn step(number: u64) -> TimeStep {
    TimeStep::new(number)
}

fn stored(text: &str, second: i64, last: u64, failures: u32) -> StoredAuthenticator {
    StoredAuthenticator { secret: sealed(text), confirmed_at: at(second), last_step: step(last), failures }
}

async fn read(store: &Fixture, account: AccountId) -> SecondFactor {
    store.stores.accounts.second_factor(account).await.unwrap()
}

async fn propose(store: &Fixture, account: AccountId, proposal: &Proposal) {
    let mut unit = store.lock(account).await;
    assert!(unit.second_factors().propose(account, proposal).await.unwrap());
    unit.commit().await.unwrap();
}

async fn confirm(store: &Fixture, account: AccountId, proposal: &Proposal, number: u64) -> bool {
    let mut unit = store.lock(account).await;
    let confirmed = unit.second_factors().confirm(account, proposal, step(number), at(1)).await.unwrap();
    store.assert_usable(unit).await;
    confirmed
}

/// An authenticator of which the step 100 was used.
async fn set_up(store: &Fixture, account: AccountId, text: &str) {
    let proposal = proposal(text);
    propose(store, account, &proposal).await;
    assert!(confirm(store, account, &proposal, 100).await);
}

async fn use_step(store: &Fixture, account: AccountId, text: &str, number: u64) -> StepUsed {
    let mut unit = store.lock(account).await;
    let used = unit.second_factors().use_step(account, &sealed(text), step(number)).await.unwrap();
    store.assert_usable(unit).await;
    used
}

async fn fail(store: &Fixture, account: AccountId) {
    let mut unit = store.lock(account).await;
    unit.second_factors().fail(account).await.unwrap();
    unit.commit().await.unwrap();
}

/// "What the account has, as this unit sees it", and for readers when the unit has committed.
pub async fn a_proposal_is_kept_for_its_account(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    assert_eq!(read(&store, ann.id).await, SecondFactor::default());
    let (first, second) = (proposal("one"), proposal("two"));
    for proposal in [first, second] {
        let expected = SecondFactor { authenticator: None, proposal: Some(proposal.clone()) };
        let mut unit = store.lock(ann.id).await;
        assert!(unit.second_factors().propose(ann.id, &proposal).await.unwrap());
        assert_eq!(unit.second_factors().get(ann.id).await.unwrap(), expected);
        unit.commit().await.unwrap();
        assert_eq!(read(&store, ann.id).await, expected);
    }
    assert_eq!(read(&store, bob.id).await, SecondFactor::default());
    assert_eq!(read(&store, an_account().id).await, SecondFactor::default());
}

/// "`false` when there is no such account; then nothing is kept."
pub async fn a_missing_account_has_no_proposal(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let stranger = an_account().id;
    let mut unit = store.lock(stranger).await;
    assert!(!unit.second_factors().propose(stranger, &proposal("one")).await.unwrap());
    assert_eq!(unit.second_factors().get(stranger).await.unwrap(), SecondFactor::default());
    store.assert_usable(unit).await;
    assert_eq!(read(&store, stranger).await, SecondFactor::default());
}

/// "Makes the proposal the account's authenticator, with this step used and without failures, in place of the one
/// before."
pub async fn a_confirmed_proposal_is_the_authenticator(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    let (first, second) = (proposal("one"), proposal("two"));
    propose(&store, bob.id, &first).await;
    for (proposal, text, number) in [(first, "one", 7), (second, "two", 5)] {
        propose(&store, ann.id, &proposal).await;
        assert!(confirm(&store, ann.id, &proposal, number).await);
        let expected = SecondFactor { authenticator: Some(stored(text, 1, number, 0)), proposal: None };
        assert_eq!(read(&store, ann.id).await, expected);
        assert!(!confirm(&store, ann.id, &proposal, number).await, "it is none any more");
        fail(&store, ann.id).await;
    }
    assert_eq!(read(&store, bob.id).await.authenticator, None);
}

/// "`false` when it is not the account's proposal any more; then nothing changes": another secret was proposed since, or
/// to another session.
pub async fn only_what_is_proposed_is_confirmed(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    let (first, second) = (proposal("one"), proposal("two"));
    propose(&store, ann.id, &first).await;
    propose(&store, ann.id, &second).await;
    let elsewhere = Proposal { session: SessionId::new(uuid()), ..second.clone() };
    let other_secret = Proposal { secret: sealed("three"), ..second.clone() };
    for wrong in [&first, &elsewhere, &other_secret] {
        assert!(!confirm(&store, ann.id, wrong, 7).await);
    }
    assert!(!confirm(&store, bob.id, &second, 7).await);
    assert!(!confirm(&store, an_account().id, &second, 7).await);
    assert_eq!(read(&store, ann.id).await, SecondFactor { authenticator: None, proposal: Some(second) });
}

/// A proposal takes the place "never of an authenticator, which goes on as it is".
pub async fn a_proposal_leaves_the_authenticator_as_it_is(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ann = store.account().await;
    set_up(&store, ann.id, "one").await;
    fail(&store, ann.id).await;
    let next = proposal("two");
    propose(&store, ann.id, &next).await;
    let expected = SecondFactor { authenticator: Some(stored("one", 1, 100, 1)), proposal: Some(next) };
    assert_eq!(read(&store, ann.id).await, expected);
    assert_eq!(use_step(&store, ann.id, "one", 101).await, StepUsed::Done);
}

/// "Neither that step nor an earlier one is ever used again."
pub async fn a_used_step_is_refused_again(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    set_up(&store, ann.id, "one").await;
    set_up(&store, bob.id, "two").await;
    for (number, expected) in [
        (100, StepUsed::Before),
        (99, StepUsed::Before),
        (103, StepUsed::Done),
        (103, StepUsed::Before),
        (102, StepUsed::Before),
        (104, StepUsed::Done),
    ] {
        assert_eq!(use_step(&store, ann.id, "one", number).await, expected, "{number}");
    }
    assert_eq!(read(&store, ann.id).await.authenticator, Some(stored("one", 1, 104, 0)));
    assert_eq!(read(&store, bob.id).await.authenticator, Some(stored("two", 1, 100, 0)));
}

/// "Uses a step of the authenticator with this secret", and of no other.
pub async fn a_step_of_another_secret_is_not_used(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    set_up(&store, ann.id, "one").await;
    propose(&store, ann.id, &proposal("two")).await;
    for (account, text) in [(ann.id, "two"), (ann.id, "three"), (bob.id, "one"), (an_account().id, "one")] {
        assert_eq!(use_step(&store, account, text, 200).await, StepUsed::OtherSecret, "{text}");
    }
    assert_eq!(read(&store, ann.id).await.authenticator, Some(stored("one", 1, 100, 0)));
}

/// "In one compare-and-set: of any number at once exactly one is done", also when nobody locked the account.
pub async fn a_step_is_used_by_one_of_many(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ann = store.account().await.id;
    set_up(&store, ann, "one").await;
    for number in 101..105 {
        let all = store
            .race(RACERS, move |store, _| async move {
                let mut unit = store.begin().await;
                let used = unit.second_factors().use_step(ann, &sealed("one"), step(number)).await.unwrap();
                unit.commit().await.unwrap();
                used
            })
            .await;
        let count = |expected| all.iter().filter(|used| **used == expected).count();
        assert_eq!((count(StepUsed::Done), count(StepUsed::Before)), (1, RACERS - 1));
    }
}

/// "Counts a failure in a row", of this account and of no other; a step that is used ends them.
pub async fn wrong_codes_of_an_authenticator_are_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    set_up(&store, ann.id, "one").await;
    set_up(&store, bob.id, "two").await;
    for failures in 1..=3 {
        fail(&store, ann.id).await;
        assert_eq!(read(&store, ann.id).await.authenticator, Some(stored("one", 1, 100, failures)));
    }
    assert_eq!(read(&store, bob.id).await.authenticator, Some(stored("two", 1, 100, 0)));
    assert_eq!(use_step(&store, ann.id, "one", 100).await, StepUsed::Before);
    assert_eq!(read(&store, ann.id).await.authenticator, Some(stored("one", 1, 100, 3)));
    assert_eq!(use_step(&store, ann.id, "one", 101).await, StepUsed::Done);
    assert_eq!(read(&store, ann.id).await.authenticator, Some(stored("one", 1, 101, 0)));
}

/// "An account without an authenticator is no fault, and nothing is counted."
pub async fn without_an_authenticator_no_failure_is_counted(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ann = store.account().await.id;
    let first = proposal("one");
    propose(&store, ann, &first).await;
    for id in [ann, an_account().id] {
        let mut unit = store.lock(id).await;
        unit.second_factors().fail(id).await.expect("no fault");
        store.assert_usable(unit).await;
    }
    assert!(confirm(&store, ann, &first, 100).await);
    assert_eq!(read(&store, ann).await.authenticator, Some(stored("one", 1, 100, 0)));
}

/// "Takes authenticator and proposal away, and tells whether there was any."
pub async fn a_removed_authenticator_is_gone(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await.id, store.account().await.id);
    for account in [ann, bob] {
        set_up(&store, account, "one").await;
    }
    propose(&store, ann, &proposal("two")).await;
    for (account, expected) in [(ann, true), (ann, false), (an_account().id, false)] {
        let mut unit = store.lock(account).await;
        assert_eq!(unit.second_factors().remove(account).await.unwrap(), expected);
        unit.commit().await.unwrap();
    }
    assert_eq!(read(&store, ann).await, SecondFactor::default());
    assert_eq!(read(&store, bob).await.authenticator, Some(stored("one", 1, 100, 0)));
}

/// "It goes with its account": whoever has the subject next begins without one.
pub async fn an_erased_account_takes_its_second_factor_along(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let (ann, bob) = (store.account().await, store.account().await);
    for account in [&ann, &bob] {
        set_up(&store, account.id, "one").await;
    }
    store.erase(ann.id).await;
    assert_eq!(read(&store, ann.id).await, SecondFactor::default());
    store.put(&ann).await;
    assert_eq!(read(&store, ann.id).await, SecondFactor::default());
    assert_eq!(read(&store, bob.id).await.authenticator, Some(stored("one", 1, 100, 0)));
}

/// What a unit did to a second factor is undone with it: a step that was used in it is not.
pub async fn a_second_factor_is_undone_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let ann = store.account().await.id;
    set_up(&store, ann, "one").await;
    let mut unit = store.lock(ann).await;
    assert_eq!(unit.second_factors().use_step(ann, &sealed("one"), step(200)).await.unwrap(), StepUsed::Done);
    unit.second_factors().propose(ann, &proposal("two")).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(read(&store, ann).await, SecondFactor { authenticator: Some(stored("one", 1, 100, 0)), proposal: None });
}
