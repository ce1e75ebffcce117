//! What is shown may come from a cache; what is decided never does.

use crate::support::{World, attempt, attempt_from, caller, registration, subject};
use async_trait::async_trait;
use backstop_application::{
    UseCases,
    ports::{AccountHistory, AccountState, PortResult, Revocation, Views},
    use_cases::ActError,
};
use backstop_domain::{Subject, history::Window};
use std::sync::Arc;

#[tokio::test]
async fn showing_asks_for_nothing_but_the_view() {
    let world = World::new();
    world.account("ann").await;
    world.calls.take();
    world.use_cases.show_account.run(&subject("ann")).await.unwrap();
    assert_eq!(world.calls.take(), ["views.state"]);
    world.use_cases.show_history.run(&subject("ann"), 1).await.unwrap();
    assert_eq!(world.calls.take(), ["views.history"]);
}

/// A cache that knows nobody.
struct Blind;

#[async_trait]
impl Views for Blind {
    async fn state(&self, _: &Subject) -> PortResult<Option<AccountState>> {
        Ok(None)
    }

    async fn history(&self, _: &Subject, _: Option<Window>) -> PortResult<Option<AccountHistory>> {
        Ok(None)
    }
}

#[tokio::test]
async fn no_decision_asks_what_may_be_cached() {
    let mut world = World::new();
    world.ports.views = world.calls.views(Arc::new(Blind));
    *world.use_cases = UseCases::assemble(&world.ports, &world.settings);
    let cases = &world.use_cases;
    let ann = world.account("ann").await;
    cases.register_account.run(&registration("ann"), &caller()).await.unwrap();
    let made = world.generate("ann").await;
    let code = |n: usize| made.codes[n].reveal();
    cases.mark_viewed.run(made.batch.id, &caller()).await.unwrap();
    cases.verify_setup.run(&attempt("ann", code(0))).await.unwrap();
    assert_eq!(cases.redeem_code.run(&attempt("ann", code(0))).await.unwrap().remaining, 9);
    assert!(cases.redeem_code.run(&attempt_from(2, "ann", code(0))).await.is_err());
    cases.revoke_code.run(&attempt("ann", code(1)), Revocation::Delete).await.unwrap();
    world.suspend(&ann).await;
    assert!(cases.redeem_code.run(&attempt_from(3, "ann", code(2))).await.is_err());
    cases.lift_suspension.run(&subject("ann"), &caller()).await.unwrap();
    cases.redeem_code.run(&attempt_from(4, "ann", code(2))).await.unwrap();
    cases.revoke_batch.run(&subject("ann"), made.batch.id, Revocation::Invalidate, &caller()).await.unwrap();
    cases.erase_account.run(&subject("ann"), &caller()).await.unwrap();
    let views: Vec<_> = world.calls.take().into_iter().filter(|call| call.starts_with("views.")).collect();
    assert_eq!(views, [""; 0]);

    world.account("bob").await;
    assert!(matches!(cases.show_account.run(&subject("bob")).await, Err(ActError::NotFound)), "this one is shown");
}
