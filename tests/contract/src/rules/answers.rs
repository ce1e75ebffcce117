//! Answers of requests that may come again.

use crate::{StoreHarness, fixture::*};
use backstop_application::ports::{Answering, Claim, Kept, RequestName};
use backstop_domain::{ClaimId, Sealed, Timestamp};
use uuid::Uuid;

const REQUEST: RequestName = RequestName { place: [1; 32], content: [2; 32] };
const ELSEWHERE: RequestName = RequestName { place: [3; 32], ..REQUEST };
const OTHER: RequestName = RequestName { content: [4; 32], ..REQUEST };

fn id(number: u128) -> ClaimId {
    ClaimId::new(Uuid::from_u128(number))
}

/// A try that begins then and is over ten seconds later.
fn claim(number: u128, second: i64) -> Claim {
    Claim { id: id(number), now: at(second), until: at(second + 10) }
}

fn sealed() -> Sealed {
    Sealed::new(vec![0, 255, 7])
}

async fn claims(store: &Fixture, request: &RequestName, claim: Claim) -> Option<Kept> {
    let mut unit = store.begin().await;
    let kept = unit.answers().claim(request, &claim).await.unwrap();
    unit.commit().await.unwrap();
    kept
}

async fn found(store: &Fixture, request: &RequestName, now: Timestamp) -> Option<Kept> {
    let mut unit = store.begin().await;
    let found = unit.answers().find(request, now).await.unwrap();
    unit.rollback().await.unwrap();
    found
}

async fn answers(store: &Fixture, request: &RequestName, by: ClaimId, until: Timestamp) -> Answering {
    let mut unit = store.begin().await;
    let answering = unit.answers().answer(request, by, &sealed(), until).await.unwrap();
    unit.commit().await.unwrap();
    answering
}

async fn releases(store: &Fixture, request: &RequestName, by: ClaimId) {
    let mut unit = store.begin().await;
    unit.answers().release(request, by).await.unwrap();
    unit.commit().await.unwrap();
}

/// "Claims the request's place. `None` when that is done; else what is kept there, which stays."
pub async fn a_place_is_claimed_once(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(claims(&store, &REQUEST, claim(1, 0)).await, None);
    assert_eq!(claims(&store, &REQUEST, claim(2, 5)).await, Some(Kept::Claim));
    assert_eq!(answers(&store, &REQUEST, id(2), at(99)).await, Answering::Lost, "the first claim stays");
    assert_eq!(claims(&store, &ELSEWHERE, claim(3, 5)).await, None, "places are apart");
}

/// "What is over at `claim.now` is nothing."
pub async fn a_claim_that_is_over_makes_room(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(claims(&store, &REQUEST, claim(1, 0)).await, None);
    assert_eq!(found(&store, &REQUEST, at(10)).await, None);
    assert_eq!(claims(&store, &OTHER, claim(2, 10)).await, None, "from the instant on, whatever it says");
    assert_eq!(answers(&store, &REQUEST, id(1), at(99)).await, Answering::Lost, "whoever was first came too late");
    assert_eq!(answers(&store, &OTHER, id(2), at(99)).await, Answering::Kept);
    assert_eq!(claims(&store, &REQUEST, claim(3, 99)).await, None, "an answer makes room, too");
    assert_eq!(found(&store, &REQUEST, at(100)).await, Some(Kept::Claim), "and is gone");
}

/// "Of several claims at once exactly one is done."
pub async fn one_of_many_claims(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    let outcomes = store
        .race(16, |store, number| async move { claims(&store, &REQUEST, claim(number as u128 + 1, 0)).await })
        .await;
    let granted = outcomes.iter().filter(|kept| kept.is_none()).count();
    let told = outcomes.iter().filter(|kept| **kept == Some(Kept::Claim)).count();
    assert_eq!((granted, told), (1, 15));
}

/// "A claim or an answer of a request that says something else."
pub async fn another_request_in_a_place_is_told(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(claims(&store, &REQUEST, claim(1, 0)).await, None);
    assert_eq!(claims(&store, &OTHER, claim(2, 5)).await, Some(Kept::Other));
    assert_eq!(answers(&store, &REQUEST, id(1), at(99)).await, Answering::Kept);
    assert_eq!(claims(&store, &OTHER, claim(2, 50)).await, Some(Kept::Other));
}

/// "What is kept at the request's place and is not over."
pub async fn an_answer_is_found_until_it_is_over(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(found(&store, &REQUEST, at(0)).await, None);
    claims(&store, &REQUEST, claim(1, 0)).await;
    assert_eq!(found(&store, &REQUEST, at(9)).await, Some(Kept::Claim));
    assert_eq!(answers(&store, &REQUEST, id(1), at(99)).await, Answering::Kept);
    assert_eq!(found(&store, &REQUEST, at(98)).await, Some(Kept::Answer(sealed())));
    assert_eq!(claims(&store, &REQUEST, claim(2, 98)).await, Some(Kept::Answer(sealed())));
    assert_eq!(found(&store, &REQUEST, at(99)).await, None);
}

/// "Keeps an answer in the place of its claim until the instant, even when the claim's time was up and nobody else has
/// claimed the place."
pub async fn an_answer_needs_its_claim(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    assert_eq!(answers(&store, &REQUEST, id(1), at(99)).await, Answering::Lost, "nobody claimed");
    claims(&store, &REQUEST, claim(1, 0)).await;
    assert_eq!(answers(&store, &REQUEST, id(2), at(99)).await, Answering::Lost);
    // The claim's time was up at 10; no clock is asked.
    assert_eq!(answers(&store, &REQUEST, id(1), at(99)).await, Answering::Kept);
    assert_eq!(answers(&store, &REQUEST, id(1), at(200)).await, Answering::Lost, "once");
    assert_eq!(found(&store, &REQUEST, at(98)).await, Some(Kept::Answer(sealed())));
}

/// An answer is there with what the rest of its unit did, or not at all.
pub async fn an_answer_goes_with_its_unit(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    claims(&store, &REQUEST, claim(1, 0)).await;
    let mut unit = store.begin().await;
    assert_eq!(unit.answers().answer(&REQUEST, id(1), &sealed(), at(99)).await.unwrap(), Answering::Kept);
    unit.rollback().await.unwrap();
    assert_eq!(found(&store, &REQUEST, at(5)).await, Some(Kept::Claim));
    assert_eq!(answers(&store, &REQUEST, id(1), at(99)).await, Answering::Kept);
}

/// "Gives the place back. What another claimed, and an answer, stay."
pub async fn a_place_is_given_back_by_whom_it_belongs_to(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    claims(&store, &REQUEST, claim(1, 0)).await;
    releases(&store, &REQUEST, id(2)).await;
    assert_eq!(found(&store, &REQUEST, at(5)).await, Some(Kept::Claim));
    releases(&store, &REQUEST, id(1)).await;
    assert_eq!(found(&store, &REQUEST, at(5)).await, None);
    claims(&store, &REQUEST, claim(3, 5)).await;
    answers(&store, &REQUEST, id(3), at(99)).await;
    releases(&store, &REQUEST, id(3)).await;
    assert_eq!(found(&store, &REQUEST, at(6)).await, Some(Kept::Answer(sealed())));
}

/// "Forgets at most so much of what is over, and nothing else, and tells how much that was."
pub async fn answers_that_are_over_are_forgotten(harness: &dyn StoreHarness) {
    let store = Fixture::new(harness).await;
    claims(&store, &REQUEST, claim(1, 0)).await;
    answers(&store, &REQUEST, id(1), at(50)).await;
    claims(&store, &ELSEWHERE, claim(2, 20)).await;
    let forget = async |now, most| {
        let mut unit = store.begin().await;
        let forgotten = unit.answers().forget(now, most).await.unwrap();
        unit.commit().await.unwrap();
        forgotten
    };
    assert_eq!(forget(at(29), 9).await, 0);
    assert_eq!(forget(at(30), 9).await, 1);
    assert_eq!(found(&store, &REQUEST, at(30)).await, Some(Kept::Answer(sealed())));
    claims(&store, &ELSEWHERE, claim(3, 30)).await;
    assert_eq!((forget(at(50), 1).await, forget(at(50), 1).await, forget(at(50), 1).await), (1, 1, 0));
}
