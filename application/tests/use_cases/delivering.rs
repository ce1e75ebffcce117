//! Handing codes over once.

use crate::{
    fallback::Frail,
    support::{World, attempt_from, caller, generation, registering, subject},
};
use backstop_application::{
    FallbackVault,
    ports::{Clock as _, Revocation, Storage as _, Vault as _},
    use_cases::{
        AccountChanges, ActError, Download, DownloadError, DownloadRequest, GenerateError, Generated, Patch,
        RepeatError, SignIn,
    },
};
use backstop_domain::{
    Account, AuditKind, Batch, BatchId, DocumentFormat, IdempotencyKey, Locale, Origin, Role, SecretText, SessionKind,
    SignInMethod, SuspensionReason,
};
use backstop_memory::MemoryVault;
use jiff::SignedDuration;
use std::sync::Arc;
use uuid::Uuid;

fn request(made: &Generated) -> DownloadRequest {
    DownloadRequest {
        batch: made.batch.id,
        token: SecretText::new(made.delivery_token.reveal().to_owned()),
        format: None,
        name_account: false,
        locale: None,
        caller: caller(),
    }
}

async fn download(world: &World, made: &Generated) -> Result<Download, DownloadError> {
    world.use_cases.download_batch.run(&request(made)).await
}

fn text(download: &Download) -> String {
    String::from_utf8(download.document.bytes.reveal().to_vec()).unwrap()
}

async fn ann() -> (World, Generated) {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    (world, made)
}

#[tokio::test]
async fn a_download_has_the_codes_as_they_were_shown_and_is_had_once() {
    let (world, made) = ann().await;
    let file = download(&world, &made).await.unwrap();
    assert_eq!(file.file_name, "recovery_codes-2027-01-15-080000.txt");
    let shown: Vec<&str> = made.codes.iter().map(SecretText::reveal).collect();
    assert!(text(&file).ends_with(&format!("{}\n", shown.join("\n"))));
    assert!(text(&file).contains("Test site") && !text(&file).contains("ann"));
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Before)));
    let batch = world.batch("ann").await.unwrap();
    assert_eq!(batch.downloaded_at, Some(batch.modified_at));
    let trail = world.trail().await;
    let downloads: Vec<_> = trail.iter().filter(|e| e.kind == AuditKind::Downloaded).collect();
    assert_eq!(downloads.len(), 1);
    assert_eq!((downloads[0].batch, downloads[0].count), (Some(made.batch.id), Some(10)));
}

#[tokio::test]
async fn the_caller_chooses_the_format_and_whether_the_account_is_named() {
    let (world, made) = ann().await;
    let asked = DownloadRequest { format: Some(DocumentFormat::Csv), name_account: true, ..request(&made) };
    let file = world.use_cases.download_batch.run(&asked).await.unwrap();
    assert_eq!(file.file_name.rsplit('.').next(), Some("csv"));
    assert_eq!(file.document.content_type, "text/csv; charset=utf-8");
    assert!(text(&file).contains("ann"));
}

#[tokio::test]
async fn a_file_is_in_the_language_its_reader_is_spoken_to_in_else_in_the_accounts() {
    let locale = |tag| Locale::parse(tag).unwrap();
    for (own, spoken, said) in [
        (None, None, "10 codes"),
        (Some("de-AT"), None, "10 Codes"),
        (Some("de"), Some("en"), "10 codes"),
        (None, Some("de"), "10 Codes"),
    ] {
        let world = World::new();
        let own = own.map_or(Patch::Clear, |tag| Patch::Set(locale(tag)));
        let registration = registering("ann", AccountChanges { locale: own, ..AccountChanges::default() });
        world.use_cases.register_account.run(&registration, &caller()).await.unwrap();
        let made = world.generate("ann").await;
        let asked = DownloadRequest { locale: spoken.map(locale), ..request(&made) };
        let file = text(&world.use_cases.download_batch.run(&asked).await.unwrap());
        assert!(file.contains(said), "{file}");
    }
}

#[tokio::test]
async fn a_wrong_token_spends_nothing() {
    let (world, made) = ann().await;
    world.account("ben").await;
    let other = world.generate("ben").await;
    let foreign = DownloadRequest { batch: made.batch.id, ..request(&other) };
    let unknown = DownloadRequest { batch: BatchId::new(Uuid::from_u128(99)), ..request(&made) };
    let garbled = DownloadRequest { token: SecretText::new("no token".into()), ..request(&made) };
    for wrong in [foreign, unknown, garbled] {
        let refused = world.use_cases.download_batch.run(&wrong).await;
        assert!(matches!(refused, Err(DownloadError::WrongToken)));
    }
    assert!(download(&world, &made).await.is_ok());
}

#[tokio::test]
async fn codes_can_be_downloaded_until_the_window_closes() {
    let (world, made) = ann().await;
    world.clock.advance(SignedDuration::from_mins(30));
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
    let again = world.generate("ann").await;
    world.clock.advance(SignedDuration::from_secs(30 * 60 - 1));
    assert!(download(&world, &again).await.is_ok());
}

#[tokio::test]
async fn whatever_ends_a_set_ends_its_delivery() {
    let (world, first) = ann().await;
    let second = world.generate("ann").await;
    assert!(matches!(download(&world, &first).await, Err(DownloadError::Gone)));
    assert_eq!(world.vault.kept(), 1, "the first copy went with its set");
    for (made, how) in [(second, Revocation::Invalidate), (world.generate("ann").await, Revocation::Delete)] {
        // The second one was superseded by the third, so that revoking it changes nothing any more.
        let revoked = world.use_cases.revoke_batch.run(&subject("ann"), made.batch.id, how, &caller()).await;
        revoked.unwrap();
        assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
    }
    assert_eq!(world.vault.kept(), 0);
    let last = world.generate("ann").await;
    world.use_cases.erase_account.run(&subject("ann"), &caller()).await.unwrap();
    assert_eq!(world.vault.kept(), 0);
    assert!(matches!(download(&world, &last).await, Err(DownloadError::WrongToken)));
}

#[tokio::test]
async fn a_copy_that_could_not_be_removed_is_refused_all_the_same() {
    let frail = Arc::new(Frail::default());
    let world = World::new().with_vault(frail.clone());
    world.account("ann").await;
    let made = world.generate("ann").await;
    frail.set_out(true);
    world.use_cases.revoke_batch.run(&subject("ann"), made.batch.id, Revocation::Invalidate, &caller()).await.unwrap();
    frail.set_out(false);
    assert_eq!(frail.vault.kept(), 1);
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
    assert_eq!(frail.vault.kept(), 0, "and goes now");
}

#[tokio::test]
async fn a_suspended_account_gets_the_reason_and_nothing_after_the_lift() {
    let (world, made) = ann().await;
    let account = world.known("ann").await.unwrap();
    world.suspend(&account).await;
    let refused = download(&world, &made).await;
    assert!(matches!(refused, Err(DownloadError::Suspended(SuspensionReason::NotMe))));
    world.use_cases.lift_suspension.run(&subject("ann"), &caller()).await.unwrap();
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
}

#[tokio::test]
async fn the_lift_takes_away_what_could_be_delivered_before() {
    let (world, made) = ann().await;
    world.suspend(&world.known("ann").await.unwrap()).await;
    world.use_cases.lift_suspension.run(&subject("ann"), &caller()).await.unwrap();
    assert_eq!(world.vault.kept(), 0);
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
    let kept = world.generate("ann").await;
    world.use_cases.lift_suspension.run(&subject("ann"), &caller()).await.unwrap();
    assert!(download(&world, &kept).await.is_ok(), "nothing was lifted");
}

#[tokio::test]
async fn a_refused_generation_leaves_the_older_copy_alone() {
    let (world, made) = ann().await;
    let mut unit = world.store.begin_locking(made.batch.account).await.unwrap();
    let reason = Some(SuspensionReason::Admin);
    unit.accounts().set_suspended(made.batch.account, reason, made.batch.created_at).await.unwrap();
    // Commits after the use case looked and before it locks: the memory store lets units in one after the other.
    let generation = generation("ann");
    let (refused, ()) = tokio::join!(world.use_cases.generate_batch.run(&generation), async {
        tokio::task::yield_now().await;
        unit.commit().await.unwrap();
    });
    assert!(matches!(refused, Err(GenerateError::Suspended(_))));
    assert_eq!(world.vault.kept(), 1, "its own copy is removed, the older one stays");
    assert!(world.vault.get(made.batch.id, made.batch.created_at).await.unwrap().is_some());
}

#[tokio::test]
async fn codes_are_made_even_if_no_vault_keeps_them() {
    let frail = Arc::new(Frail::default());
    frail.set_out(true);
    let world = World::new().with_vault(frail.clone());
    world.account("ann").await;
    let made = world.generate("ann").await;
    assert_eq!(made.codes.len(), 10);
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Fault(_))));
    frail.set_out(false);
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
    assert_eq!(world.batch("ann").await.unwrap().downloaded_at, None);
}

fn first_request() -> IdempotencyKey {
    IdempotencyKey::parse("the-first-set-of-codes").unwrap()
}

/// A set whose copy is kept in two vaults, of which the first can be put out of order.
async fn kept_twice() -> (World, Arc<Frail>, Generated) {
    let first = Arc::new(Frail::default());
    let both = FallbackVault::new(first.clone(), Arc::new(MemoryVault::default()));
    let world = World::new().with_vault(Arc::new(both));
    world.account("ann").await;
    let made = world.use_cases.generate_batch.run_once(&generation("ann"), &first_request()).await.unwrap();
    (world, first, made.answer.unwrap())
}

async fn shown_again(world: &World) -> Result<Vec<SecretText>, RepeatError> {
    let again = world.use_cases.generate_batch.run_once(&generation("ann"), &first_request()).await?;
    Ok(again.answer.unwrap().codes)
}

#[tokio::test]
async fn codes_are_shown_again_and_downloaded_once_while_the_first_vault_is_out_or_emptied() {
    for emptied in [false, true] {
        let (world, first, made) = kept_twice().await;
        if emptied {
            first.vault.remove(made.batch.id).await.unwrap();
        } else {
            first.set_out(true);
        }
        assert_eq!(shown_again(&world).await.unwrap(), made.codes);
        assert!(download(&world, &made).await.is_ok());
        first.set_out(false);
        assert!(matches!(download(&world, &made).await, Err(DownloadError::Before)));
    }
}

#[tokio::test]
async fn what_the_first_vault_still_has_of_an_ended_delivery_is_given_to_nobody() {
    let (world, first, made) = kept_twice().await;
    first.set_out(true);
    world.use_cases.destroy_delivery.run(made.batch.id).await.unwrap();
    first.set_out(false);
    assert_eq!(first.vault.kept(), 1);
    assert!(matches!(shown_again(&world).await, Err(RepeatError::Gone)));
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
    assert_eq!(first.vault.kept(), 0, "and goes now");
}

#[tokio::test]
async fn a_download_leaves_the_copy_for_the_mail() {
    let (world, made) = ann().await;
    assert!(download(&world, &made).await.is_ok());
    assert_eq!(world.vault.kept(), 1);
}

/// Puts an account and its batch back as they are given here.
async fn put_back(world: &World, account: &Account, batch: &Batch) {
    let mut unit = world.store.begin_locking(account.id).await.unwrap();
    unit.accounts().erase(account.id).await.unwrap();
    unit.accounts().insert(account).await.unwrap();
    unit.batches().insert(batch, &[]).await.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn a_copy_goes_when_both_deliveries_are_done() {
    let (world, made) = ann().await;
    let mut mailed = made.batch.clone();
    mailed.emailed_at = Some(mailed.created_at);
    put_back(&world, &world.known("ann").await.unwrap(), &mailed).await;
    assert!(download(&world, &made).await.is_ok());
    assert_eq!(world.vault.kept(), 0);
}

#[tokio::test]
async fn codes_are_not_shown_again_when_both_deliveries_are_done_although_their_copy_is_still_there() {
    let (world, first, made) = kept_twice().await;
    let mut delivered = made.batch.clone();
    delivered.downloaded_at = Some(delivered.created_at);
    put_back(&world, &world.known("ann").await.unwrap(), &delivered).await;
    assert_eq!(shown_again(&world).await.unwrap(), made.codes, "the mail is still to come");
    delivered.emailed_at = Some(delivered.created_at);
    put_back(&world, &world.known("ann").await.unwrap(), &delivered).await;
    assert_eq!(first.vault.kept(), 1);
    assert!(matches!(shown_again(&world).await, Err(RepeatError::Gone)));
}

#[tokio::test]
async fn a_destroyed_delivery_stays_so() {
    let (world, made) = ann().await;
    for _ in 0..2 {
        world.use_cases.destroy_delivery.run(made.batch.id).await.unwrap();
    }
    assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)));
    let unknown = world.use_cases.destroy_delivery.run(BatchId::new(Uuid::from_u128(99))).await;
    assert!(matches!(unknown, Err(ActError::NotFound)));
}

#[tokio::test]
async fn nothing_of_an_administrator_is_delivered() {
    let world = World::new();
    let mut account = world.account("ann").await;
    let made = world.generate("ann").await;
    account.role = Role::Admin;
    put_back(&world, &account, &made.batch).await;
    assert!(matches!(download(&world, &made).await, Err(DownloadError::WrongToken)));
    assert!(matches!(world.use_cases.destroy_delivery.run(made.batch.id).await, Err(ActError::NotFound)));
}

#[tokio::test]
async fn a_hundred_failures_end_the_delivery_with_the_suspension() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    let kept = async || world.vault.get(made.batch.id, world.clock.now()).await.unwrap().is_some();
    for number in 0..100 {
        assert!(kept().await, "after {number}");
        let mut wrong = attempt_from(number, "ann", "AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA");
        // Exempt from the account's ceiling, which would let the delivery's time pass.
        wrong.end_user.first_factor = true;
        world.use_cases.redeem_code.run(&wrong).await.unwrap_err();
    }
    assert!(!kept().await);
}

/// However the delivery ends: a copy that nobody could take away is no way around it.
#[tokio::test]
async fn an_ended_delivery_is_over_although_its_copy_is_still_there() {
    for end in ["destroyed", "suspended and lifted", "signed out"] {
        let frail = Arc::new(Frail::default());
        let world = World::new().with_vault(frail.clone());
        let account = world.account("ann").await;
        let made = world.generate("ann").await;
        let session = SignIn {
            account: account.id,
            kind: SessionKind::User,
            method: SignInMethod::Password,
            origin: Origin::default(),
            previous: None,
        };
        let session = world.use_cases.open_session.run(&session).await.unwrap();
        frail.set_out(true);
        match end {
            "destroyed" => world.use_cases.destroy_delivery.run(made.batch.id).await.unwrap(),
            "signed out" => {
                let signed_out = world.use_cases.end_session.run(session.token.reveal(), &Origin::default()).await;
                assert!(signed_out.unwrap());
            }
            _ => {
                world.suspend(&account).await;
                world.use_cases.lift_suspension.run(&subject("ann"), &caller()).await.unwrap();
            }
        }
        frail.set_out(false);
        assert_eq!(frail.vault.kept(), 1);
        assert!(matches!(download(&world, &made).await, Err(DownloadError::Gone)), "{end}");
    }
}
