//! Who is shut out while they act: what they began comes to nothing.

use crate::administering::{request, world};
use backstop_application::{
    ports::WhichKeys,
    use_cases::{ActError, Administrator, ClientError},
};
use backstop_domain::{Actor, KeyText, Role, Scope};
use jiff::SignedDuration;

#[tokio::test]
async fn an_application_whose_key_is_revoked_meanwhile_makes_no_keys() {
    let world = world();
    let scopes = [Scope::Admin].into_iter().collect();
    let created = world.use_cases.create_client.run("operations", scopes, Actor::CommandLine).await.unwrap();
    let key = KeyText::parse(created.key.reveal()).unwrap().id;
    let admitted = Administrator::of_client(&created.client, request()).unwrap().by_key(key);
    let clients = &world.use_cases.console.manage_clients;
    let made = clients.create("helper", [Scope::Admin].into_iter().collect(), &admitted).await.unwrap();
    clients.rotate(made.client.id, SignedDuration::ZERO, &admitted).await.unwrap();
    let before = world.trail().await.len();
    let root = world.root().await;
    clients.revoke(WhichKeys::OfClient(created.client.id), &root).await.unwrap();
    let again = clients.create("another", [Scope::Admin].into_iter().collect(), &admitted).await;
    assert!(matches!(again, Err(ClientError::Revoked)), "{again:?}");
    let rotated = clients.rotate(made.client.id, SignedDuration::ZERO, &admitted).await;
    assert!(matches!(rotated, Err(ClientError::Revoked)), "{rotated:?}");
    assert!(world.ports.clients.by_name("another").await.unwrap().is_none());
    let after = world.trail().await;
    let by_it = after.iter().filter(|entry| entry.actor == Actor::Client(created.client.id)).count();
    assert!(by_it == 2 && after.len() > before, "{by_it}");
}

#[tokio::test]
async fn of_two_administrators_who_erase_each_other_one_is_left() {
    let world = world();
    let mut both = Vec::new();
    for name in ["root", "toor"] {
        let entered = world.entered(name, Role::Admin).await;
        both.push((entered.resumed.account.id, Administrator::of_console(&entered, request(), None, None).unwrap()));
    }
    let [(first, one), (second, other)] = &both[..] else { panic!("two of them") };
    world.use_cases.erase_account.run(*second, one.caller()).await.unwrap();
    let back = world.use_cases.erase_account.run(*first, other.caller()).await;
    assert!(matches!(back, Err(ActError::NotFound)), "{back:?}");
    assert!(world.ports.accounts.by_id(*first).await.unwrap().is_some());
    let auditor = world.entered("eve", Role::Auditor).await.resumed.account.id;
    world.use_cases.erase_account.run(auditor, one.caller()).await.unwrap();
}
