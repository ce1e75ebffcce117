use super::{address, is_done, worker};
use crate::support::{World, caller, subject};
use backstop_application::{
    ports::{MailStatus, NewTask, Revocation, Storage as _, TaskReader as _, Vault as _},
    use_cases::{DownloadRequest, EmailError, EmailRequest, Emailed, Generated, TaskOutcome},
};
use backstop_domain::{AuditKind, SecretText, TaskKind, TaskState, task::Ending};
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

fn request(made: &Generated) -> EmailRequest {
    EmailRequest {
        batch: made.batch.id,
        token: SecretText::new(made.delivery_token.reveal().to_owned()),
        caller: caller(),
    }
}

async fn email(world: &World, made: &Generated) -> Result<Emailed, EmailError> {
    world.use_cases.email_batch.run(&request(made)).await
}

/// Mails without those that tell that codes were made or used.
fn with_codes(world: &World, made: &Generated) -> Vec<backstop_application::ports::Mail> {
    let first = made.codes[0].reveal();
    world.mailer.sent().into_iter().filter(|mail| mail.text.reveal().contains(first)).collect()
}

#[tokio::test]
async fn codes_go_to_their_owners_address_once_and_in_order() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    assert_eq!(email(&world, &made).await.unwrap(), Emailed::Queued);
    assert!(matches!(email(&world, &made).await, Err(EmailError::Before)));
    let batch = world.batch("ann").await.unwrap();
    assert!(batch.emailed_at.is_some() && batch.downloaded_at.is_none());
    assert!(world.work().await.iter().all(|(_, outcome)| is_done(outcome)));
    let mails = with_codes(&world, &made);
    let [mail] = &mails[..] else { panic!("{} mails", mails.len()) };
    assert_eq!(mail.to, address("ann@example.com"));
    for part in [&mail.text, &mail.html] {
        let places: Vec<usize> = made.codes.iter().map(|code| part.reveal().find(code.reveal()).unwrap()).collect();
        assert!(places.is_sorted());
    }
    assert!(!mail.subject.contains(made.codes[0].reveal()));
    let trail = world.trail().await;
    assert_eq!(trail.iter().filter(|entry| entry.kind == AuditKind::Emailed).count(), 1);
}

#[tokio::test]
async fn inline_codes_went_before_the_answer() {
    let world = World::new().with_settings(|settings| settings.mail.inline = true);
    let made = world.ann_by_mail().await;
    assert_eq!(email(&world, &made).await.unwrap(), Emailed::Sent);
    assert_eq!(with_codes(&world, &made).len(), 1);
}

#[tokio::test]
async fn inline_codes_that_can_not_go_now_wait_in_the_queue() {
    let world = World::new().with_settings(|settings| settings.mail.inline = true);
    let made = world.ann_by_mail().await;
    world.mailer.fail_next(1);
    assert_eq!(email(&world, &made).await.unwrap(), Emailed::Queued);
    world.clock.advance(SignedDuration::from_mins(1));
    world.work().await;
    assert_eq!(with_codes(&world, &made).len(), 1);
}

#[tokio::test]
async fn without_an_address_nothing_is_spent() {
    let world = World::new();
    world.account("ann").await;
    let made = world.generate("ann").await;
    assert!(matches!(email(&world, &made).await, Err(EmailError::NoAddress)));
    let registration = crate::support::with_email("ann", address("ann@example.com"));
    world.use_cases.register_account.run(&registration, &caller()).await.unwrap();
    assert!(email(&world, &made).await.is_ok());
}

#[tokio::test]
async fn a_wrong_token_sends_nothing_and_spends_nothing() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    let wrong = EmailRequest { token: SecretText::new("0".repeat(43)), ..request(&made) };
    assert!(matches!(world.use_cases.email_batch.run(&wrong).await, Err(EmailError::WrongToken)));
    assert!(email(&world, &made).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_requests_one_sends() {
    let world = Arc::new(World::new());
    let made = world.ann_by_mail().await;
    let start = Arc::new(Barrier::new(16));
    let mut all = JoinSet::new();
    for _ in 0..16 {
        let (world, start, request) = (Arc::clone(&world), Arc::clone(&start), request(&made));
        all.spawn(async move {
            start.wait().await;
            world.use_cases.email_batch.run(&request).await
        });
    }
    let outcomes = all.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(EmailError::Before))));
    world.work().await;
    assert_eq!(with_codes(&world, &made).len(), 1);
}

#[tokio::test]
async fn what_fails_is_tried_again_after_growing_waits() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    world.mailer.fail_next(3);
    email(&world, &made).await.unwrap();
    let mut waits = Vec::new();
    for _ in 0..3 {
        let now = world.now();
        let outcomes = world.work().await;
        let [(TaskKind::SendCodes, TaskOutcome::Ended(Ending::Again { at, .. }))] = &outcomes[..] else {
            panic!("{outcomes:?}")
        };
        waits.push(now.duration_until(*at));
        assert!(world.use_cases.do_tasks.claim(worker(2), 1).await.unwrap().is_empty(), "not before its time");
        world.clock.advance(*waits.last().unwrap());
    }
    // Of 5, 10 and 20 seconds chance takes away at most a half.
    assert!(waits.iter().zip([5, 10, 20]).all(|(wait, full)| {
        let full = SignedDuration::from_secs(full);
        *wait <= full && *wait >= full / 2
    }));
    world.work().await;
    assert_eq!(with_codes(&world, &made).len(), 1);
}

#[tokio::test]
async fn a_refusal_for_good_is_one_attempt_and_gives_the_mark_back() {
    let world = World::new().with_settings(|settings| settings.mail.store_log = true);
    let made = world.ann_by_mail().await;
    world.work().await;
    world.mailer.refuse_next(1, "no such user");
    email(&world, &made).await.unwrap();
    let outcomes = world.work().await;
    assert!(
        matches!(&outcomes[..], [(TaskKind::SendCodes, TaskOutcome::Ended(Ending::Failed { .. }))]),
        "{outcomes:?}"
    );
    let failed = world.tasks_in(TaskState::Failed).await;
    assert_eq!((failed.len(), failed[0].attempt), (1, 1));
    assert!(failed[0].error.as_deref().unwrap().starts_with("refused"));
    let batch = world.batch("ann").await.unwrap();
    assert_eq!((batch.emailed_at, batch.email_failed_at.is_some()), (None, true));
    let trail = world.trail().await;
    let told = trail.iter().find(|entry| entry.kind == AuditKind::EmailFailed).unwrap();
    assert_eq!(told.reason.as_deref(), Some("it can be asked for again"));
    let log = world.mail_log().await;
    assert!(log.iter().any(|line| line.status == MailStatus::Failed && line.attempts == 1));
    // Asked for again, it goes.
    email(&world, &made).await.unwrap();
    world.work().await;
    assert_eq!(with_codes(&world, &made).len(), 1);
    let batch = world.batch("ann").await.unwrap();
    assert_eq!((batch.emailed_at.is_some(), batch.email_failed_at), (true, None));
}

#[tokio::test]
async fn when_the_copy_is_gone_the_trail_says_that_new_codes_are_needed() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    world.mailer.refuse_next(1, "no such user");
    email(&world, &made).await.unwrap();
    world.vault.remove(made.batch.id).await.unwrap();
    world.work().await;
    let trail = world.trail().await;
    let told = trail.iter().find(|entry| entry.kind == AuditKind::EmailFailed).unwrap();
    assert_eq!(told.reason.as_deref(), Some("new codes are needed"));
}

#[tokio::test]
async fn codes_wait_for_an_hour_and_no_longer() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    email(&world, &made).await.unwrap();
    world.mailer.put_off(&address("ann@example.com"));
    let mut last = None;
    for _ in 0..100 {
        if let Some((kind, outcome)) = world.work().await.pop() {
            assert_eq!(kind, TaskKind::SendCodes);
            last = Some(outcome);
        }
        world.clock.advance(SignedDuration::from_mins(1));
    }
    assert!(matches!(last, Some(TaskOutcome::Ended(Ending::Failed { .. }))), "{last:?}");
    let failed = world.tasks_in(TaskState::Failed).await;
    let ended = failed[0].ended_at.unwrap();
    assert!(failed[0].created_at.duration_until(ended) <= SignedDuration::from_mins(61), "{failed:?}");
    assert_eq!(world.sealed_in_tasks(), 0, "nothing sealed stays");
}

#[tokio::test]
async fn whatever_ends_a_set_takes_its_mail_away() {
    for end in ["replaced", "invalidated", "deleted", "erased"] {
        let world = World::new();
        let made = world.ann_by_mail().await;
        world.work().await;
        email(&world, &made).await.unwrap();
        let leased = world.claim_one().await;
        assert_eq!(world.sealed_in_tasks(), 1);
        let (name, batch) = (subject("ann"), made.batch.id);
        match end {
            "replaced" => drop(world.generate("ann").await),
            "invalidated" => {
                let revoked = world.use_cases.revoke_batch.run(&name, batch, Revocation::Invalidate, &caller()).await;
                revoked.unwrap();
            }
            "deleted" => {
                let revoked = world.use_cases.revoke_batch.run(&name, batch, Revocation::Delete, &caller()).await;
                revoked.unwrap();
            }
            _ => world.use_cases.erase_account.run(&name, &caller()).await.unwrap(),
        }
        assert_eq!(world.sealed_in_tasks(), 0, "{end}");
        // Whoever had it in hand sends nothing.
        assert_eq!(world.use_cases.do_tasks.run(&leased).await.unwrap(), TaskOutcome::Lost, "{end}");
        world.work().await;
        assert!(with_codes(&world, &made).is_empty(), "{end}");
    }
}

#[tokio::test]
async fn an_address_that_changed_meanwhile_gets_nothing() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    email(&world, &made).await.unwrap();
    let registration = crate::support::with_email("ann", address("eve@example.com"));
    world.use_cases.register_account.run(&registration, &caller()).await.unwrap();
    world.work().await;
    assert!(with_codes(&world, &made).is_empty());
    assert_eq!(world.batch("ann").await.unwrap().emailed_at, None, "it can be asked for anew");
}

#[tokio::test]
async fn both_deliveries_carry_the_same_codes_and_end_the_copy() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    email(&world, &made).await.unwrap();
    let asked = DownloadRequest {
        batch: made.batch.id,
        token: SecretText::new(made.delivery_token.reveal().to_owned()),
        format: None,
        name_account: false,
        locale: None,
        caller: caller(),
    };
    let file = world.use_cases.download_batch.run(&asked).await.unwrap();
    world.work().await;
    let mail = with_codes(&world, &made).remove(0);
    let text = String::from_utf8(file.document.bytes.reveal().to_vec()).unwrap();
    assert!(made.codes.iter().all(|code| text.contains(code.reveal()) && mail.text.reveal().contains(code.reveal())));
    assert_eq!(world.vault.kept(), 0);
}

#[tokio::test]
async fn a_mail_that_is_sent_again_has_the_same_id() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    email(&world, &made).await.unwrap();
    let first = world.claim_one().await;
    assert!(is_done(&world.use_cases.do_tasks.run(&first).await.unwrap()));
    // A worker that died after sending and before saying so: the same task, sent once more.
    let again = world.use_cases.do_tasks.run(&first).await.unwrap();
    assert_eq!(again, TaskOutcome::Lost);
    let mails = with_codes(&world, &made);
    assert!(mails.windows(2).all(|pair| pair[0].id == pair[1].id));
}

#[tokio::test]
async fn a_suspended_account_gets_no_mail_with_codes() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    let account = world.known("ann").await.unwrap();
    email(&world, &made).await.unwrap();
    world.suspend(&account).await;
    world.work().await;
    assert!(with_codes(&world, &made).is_empty());
    assert!(matches!(email(&world, &made).await, Err(EmailError::Suspended(_))));
}

#[tokio::test]
async fn a_task_of_a_unit_that_was_undone_never_runs() {
    let world = World::new();
    let made = world.ann_by_mail().await;
    world.work().await;
    let before = world.store.overview(world.now()).await.unwrap();
    let account = world.known("ann").await.unwrap();
    let mut unit = world.store.begin_locking(account.id).await.unwrap();
    unit.tasks().push(world.some_task()).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(world.store.overview(world.now()).await.unwrap(), before);
    assert!(world.work().await.is_empty());
    drop(made);
}

#[tokio::test]
async fn a_task_that_nobody_understands_is_kept_for_a_person() {
    let world = World::new();
    let mut unit = world.store.begin().await.unwrap();
    unit.tasks().push(NewTask { kind: TaskKind::SendMail, ..world.some_task() }).await.unwrap();
    unit.commit().await.unwrap();
    let outcomes = world.work().await;
    assert!(matches!(&outcomes[..], [(_, TaskOutcome::Ended(Ending::Failed { .. }))]), "{outcomes:?}");
}

#[tokio::test]
async fn a_task_of_a_newer_program_is_left_to_it() {
    let world = World::new();
    let mut unit = world.store.begin().await.unwrap();
    let mut task = world.some_task();
    task.payload.version = 99;
    unit.tasks().push(task).await.unwrap();
    unit.commit().await.unwrap();
    let outcomes = world.work().await;
    assert!(matches!(&outcomes[..], [(_, TaskOutcome::Ended(Ending::Again { .. }))]), "{outcomes:?}");
}

#[tokio::test]
async fn a_task_whose_workers_all_died_is_given_up() {
    let world = World::new().with_settings(|settings| settings.work.attempts = 3);
    let mut unit = world.store.begin().await.unwrap();
    unit.tasks().push(NewTask { attempts: 3, ..world.some_task() }).await.unwrap();
    unit.commit().await.unwrap();
    for _ in 0..3 {
        drop(world.claim_one().await);
        world.clock.advance(SignedDuration::from_hours(1));
    }
    let outcomes = world.work().await;
    assert!(matches!(&outcomes[..], [(_, TaskOutcome::Ended(Ending::Failed { .. }))]), "{outcomes:?}");
}

/// How the mail with the codes stands in the log.
async fn in_the_log(world: &World) -> (MailStatus, String) {
    let codes = world.tasks_in(TaskState::Queued).await.into_iter().find(|task| task.kind == TaskKind::SendCodes);
    assert!(codes.is_none(), "nothing waits any more");
    let log = world.mail_log().await;
    let line = log.into_iter().find(|line| line.error.is_some());
    let line = line.expect("a line of the mail that did not go");
    (line.status, line.error.unwrap())
}

/// A world in which codes wait to be mailed after an attempt that failed.
async fn waiting_mail() -> (World, Generated) {
    let world = World::new().with_settings(|settings| settings.mail.store_log = true);
    let made = world.ann_by_mail().await;
    world.work().await;
    world.mailer.put_off(&address("ann@example.com"));
    email(&world, &made).await.unwrap();
    world.work().await;
    assert!(world.mail_log().await.iter().any(|line| line.status == MailStatus::Waiting));
    (world, made)
}

#[tokio::test]
async fn the_log_says_that_a_mail_was_overtaken() {
    let (world, _) = waiting_mail().await;
    world.clock.advance(SignedDuration::from_mins(2));
    world.generate("ann").await;
    let (status, error) = in_the_log(&world).await;
    assert_eq!((status, &*error), (MailStatus::Failed, "the set of codes was replaced, revoked or suspended"));
    let (world, made) = waiting_mail().await;
    world.use_cases.revoke_batch.run(&subject("ann"), made.batch.id, Revocation::Delete, &caller()).await.unwrap();
    assert_eq!(in_the_log(&world).await.0, MailStatus::Failed);
}

#[tokio::test]
async fn the_log_says_that_a_mail_waited_for_too_long() {
    let (world, _) = waiting_mail().await;
    world.clock.advance(SignedDuration::from_hours(2));
    world.work().await;
    assert_eq!(in_the_log(&world).await, (MailStatus::Failed, "it waited for too long".to_owned()));
}

#[tokio::test]
async fn the_log_says_that_a_mail_is_given_up_that_was_cut_off() {
    let (world, _) = waiting_mail().await;
    world.clock.advance(SignedDuration::from_mins(1));
    let leased = world.claim_one().await;
    let last = backstop_application::ports::Leased { attempts: leased.lease.attempt, ..leased };
    world.use_cases.do_tasks.give_back(&last, "it took too long").await.unwrap();
    assert_eq!(in_the_log(&world).await, (MailStatus::Failed, "it took too long".to_owned()));
}
