//! From where an attempt counts as coming.

use crate::support::{RULES, World, attempt_from, caller_of, subject};
use backstop_application::use_cases::{AttemptError, CodeRequest, Redeemed, SignIn, Whom};
use backstop_domain::{AccountId, Origin, SecretText, SessionKind, SignInMethod, guard::Limit};
use jiff::SignedDuration;
use std::net::IpAddr;

const NINETY_DAYS: SignedDuration = SignedDuration::from_hours(90 * 24);

async fn redeem(world: &World, request: &CodeRequest) -> Result<Redeemed, AttemptError> {
    world.use_cases.redeem_code.run(request).await
}

/// A wrong code from a network.
fn wrong(network: u8) -> CodeRequest {
    attempt_from(network, "ann", &"A".repeat(36))
}

/// A wrong code from who knows where.
fn wrong_by(client: u128, name: &str) -> CodeRequest {
    let mut request = wrong(1);
    request.whom = Whom::Subject(subject(name));
    request.caller = caller_of(client);
    request.end_user.ip = None;
    request
}

#[track_caller]
fn left(result: Result<Redeemed, AttemptError>) -> u32 {
    match result {
        Err(AttemptError::Refused { attempts_left, .. }) => attempts_left,
        other => panic!("{other:?}"),
    }
}

/// Fails from as many networks as the account's ceiling allows, none of them the owner's.
async fn reach_the_accounts_ceiling(world: &World) {
    for network in 0..20 {
        left(redeem(world, &wrong(100 + network)).await);
    }
    let trail = world.trail().await;
    assert_eq!(trail[0].reason.as_deref(), Some(Limit::Account.as_str()));
}

#[tokio::test]
async fn a_network_is_known_for_ninety_days_and_not_a_microsecond_longer() {
    const HOME: u8 = 7;
    for (since, known) in [(NINETY_DAYS, true), (NINETY_DAYS + SignedDuration::from_micros(1), false)] {
        let world = World::new();
        world.account("ann").await;
        let made = world.generate("ann").await;
        redeem(&world, &attempt_from(HOME, "ann", made.codes[0].reveal())).await.unwrap();
        world.clock.advance(since);
        reach_the_accounts_ceiling(&world).await;
        let stranger = redeem(&world, &attempt_from(8, "ann", made.codes[1].reveal())).await;
        assert!(matches!(stranger, Err(AttemptError::Locked { wait_seconds: 3_600, .. })), "{stranger:?}");
        let owner = redeem(&world, &attempt_from(HOME, "ann", made.codes[1].reveal())).await;
        match owner {
            Ok(redeemed) => assert!(known && redeemed.remaining == 8),
            Err(AttemptError::Locked { wait_seconds, .. }) => assert!(!known && wait_seconds == 3_600),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_network_is_known_to_the_account_that_it_recovered_only() {
    let world = World::new();
    for name in ["ann", "bob"] {
        world.account(name).await;
    }
    let made = world.generate("ann").await;
    let other = world.generate("bob").await;
    redeem(&world, &attempt_from(7, "bob", other.codes[0].reveal())).await.unwrap();
    reach_the_accounts_ceiling(&world).await;
    let neighbour = redeem(&world, &attempt_from(7, "ann", made.codes[0].reveal())).await;
    assert!(matches!(neighbour, Err(AttemptError::Locked { .. })), "{neighbour:?}");
}

async fn sign_in(world: &World, account: AccountId, from: Option<u8>) {
    let ip = from.map(|network| IpAddr::from([10, 0, network, 9]));
    let sign_in = SignIn {
        account,
        kind: SessionKind::User,
        method: SignInMethod::Password,
        origin: Origin { ip, ..Origin::default() },
        previous: None,
    };
    world.use_cases.open_session.run(&sign_in).await.unwrap();
}

/// Whether the account's ceiling lets a code through from this network.
async fn gets_in(world: &World, network: u8, code: &SecretText) -> bool {
    match redeem(world, &attempt_from(network, "ann", code.reveal())).await {
        Ok(_) => true,
        Err(AttemptError::Locked { wait_seconds: 3_600, .. }) => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_signed_in_from_a_network_is_not_kept_out_there_by_guesses_from_elsewhere() {
    for (since, known) in [(NINETY_DAYS, true), (NINETY_DAYS + SignedDuration::from_micros(1), false)] {
        let world = World::new();
        let ann = world.account("ann").await;
        let ben = world.account("ben").await;
        let made = world.generate("ann").await;
        sign_in(&world, ann.id, Some(7)).await;
        sign_in(&world, ben.id, Some(8)).await;
        sign_in(&world, ann.id, None).await;
        world.clock.advance(since);
        reach_the_accounts_ceiling(&world).await;
        assert!(!gets_in(&world, 8, &made.codes[0]).await, "another one signed in there");
        assert_eq!(gets_in(&world, 7, &made.codes[0]).await, known);
    }
}

#[tokio::test]
async fn another_sign_in_keeps_a_network_known() {
    let world = World::new();
    let ann = world.account("ann").await;
    let made = world.generate("ann").await;
    for network in [7, 8, 7] {
        sign_in(&world, ann.id, Some(network)).await;
        world.clock.advance(SignedDuration::from_hours(50 * 24));
    }
    // 8 was used 100 days ago, 7 last 50 days ago.
    reach_the_accounts_ceiling(&world).await;
    assert!(!gets_in(&world, 8, &made.codes[0]).await);
    assert!(gets_in(&world, 7, &made.codes[0]).await);
}

#[tokio::test]
async fn without_an_address_no_ceiling_of_a_network_holds() {
    let most = RULES.network_ceiling.failures;
    let world = World::new();
    world.account("ann").await;
    for n in 0..=most {
        assert_eq!(left(redeem(&world, &wrong_by(1, &format!("user{n}"))).await), 4, "{n}");
    }
    // The same from one network is stopped.
    for n in 0..=most {
        let mut request = wrong(1);
        request.whom = Whom::Subject(subject(&format!("other{n}")));
        let result = redeem(&world, &request).await;
        assert_eq!(matches!(result, Err(AttemptError::Locked { .. })), n == most, "{n}: {result:?}");
    }
}

#[tokio::test]
async fn without_an_address_each_client_has_attempts_of_its_own() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    for name in ["ann", "nobody"] {
        for expected in (0..5).rev() {
            assert_eq!(left(redeem(&world, &wrong_by(1, name)).await), expected);
        }
        assert!(matches!(redeem(&world, &wrong_by(1, name)).await, Err(AttemptError::Locked { .. })));
        assert_eq!(left(redeem(&world, &wrong_by(2, name)).await), 4);
    }
    let mut right = attempt_from(1, "ann", made.codes[0].reveal());
    right.end_user.ip = None;
    right.caller = caller_of(2);
    assert_eq!(redeem(&world, &right).await.unwrap().remaining, 9);
    // A network is no client: the pair of the first one stays locked, and from a network nothing was tried.
    assert!(matches!(redeem(&world, &wrong_by(1, "ann")).await, Err(AttemptError::Locked { .. })));
    assert_eq!(left(redeem(&world, &wrong(1)).await), 4);
}
