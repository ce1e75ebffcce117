use crate::queue::{DONE, Watched, mailing, mails_in};
use backstop_e2e::{Kind, Site};
use rand::RngExt as _;
use std::collections::BTreeSet;

/// More with `BACKSTOP_TASKS`.
fn tasks() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "the long form asks for more")]
    let asked = std::env::var("BACKSTOP_TASKS");
    asked.ok().and_then(|tasks| tasks.parse().ok()).unwrap_or(1_500)
}

/// So often somebody is killed while the queue is worked off.
const KILLS: u32 = 20;

async fn every_task_is_done_once(kind: Kind, workers: usize, tasks: u32) {
    let site = Site::new(kind).await;
    let mut watched = Watched::open(&site).await;
    watched.note_ends().await;
    watched.queue_mails(tasks).await;
    let (spec, folder) = mailing(&site, 4);
    let mut running = Vec::new();
    for _ in 0..workers {
        running.push(spec.start_worker().await);
    }
    let mut marks: Vec<i64> = (0..KILLS).map(|_| rand::rng().random_range(0..i64::from(tasks))).collect();
    marks.sort_unstable();
    for mark in marks {
        watched.wait_for(DONE, mark).await;
        let victim = rand::rng().random_range(0..running.len());
        running.remove(victim).kill();
        running.push(spec.start_worker().await);
    }
    watched.wait_for(DONE, tasks.into()).await;

    let unfinished = watched.number("SELECT count(*) FROM tasks WHERE kind = 'send_mail' AND state <> 'done'").await;
    assert_eq!(unfinished, 0, "none is lost, none is given up");
    let of_mails = "SELECT count(*) FROM ends JOIN tasks ON tasks.id = ends.task WHERE kind = 'send_mail'";
    assert_eq!(watched.number(of_mails).await, i64::from(tasks), "none is finished twice");
    let mails = mails_in(&folder);
    let distinct: BTreeSet<&String> = mails.iter().collect();
    assert_eq!(u32::try_from(distinct.len()).unwrap(), tasks, "each is done at least once");
    let again = watched.number("SELECT count(*) FROM tasks WHERE kind = 'send_mail' AND attempt > 1").await;
    assert!(again > 0, "somebody was killed with a task in hand");
    for worker in running {
        assert!(worker.stop().await.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_workers_that_are_killed_lose_no_task_and_finish_none_twice() {
    every_task_is_done_once(Kind::Postgres, 3, tasks()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_on_sqlite_loses_no_task_and_finishes_none_twice() {
    every_task_is_done_once(Kind::Sqlite, 1, tasks() / 2).await;
}
