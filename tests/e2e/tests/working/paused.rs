use crate::queue::{SHORT_LEASES, Watched, until};
use backstop_e2e::{Kind, Site};

const REMOVED: &str = "SELECT coalesce(sum(removed), 0)::bigint FROM clean_up_runs";
const COMPLETED: &str = "SELECT count(*) FROM clean_up_runs WHERE status = 'completed'";
const CODES: i64 = 4_000;

/// Codes that were used long ago, and the task that purges them.
const SEED: &str = "
    INSERT INTO accounts (id, subject, email_confirmed, notify_emails, role, created_at, modified_at)
    SELECT gen_random_uuid(), 'user-' || n, false, '{}', 'user', 'epoch', 'epoch' FROM generate_series(1, 400) n;
    INSERT INTO batches (id, account_id, profile, issued, used, invalidated, removed, purged, created_at, modified_at)
    SELECT gen_random_uuid(), id, 'classic', 10, 10, 0, 0, 0, 'epoch', 'epoch' FROM accounts;
    INSERT INTO codes (id, batch_id, status, lookup, lookup_key, verifier, status_since)
    SELECT gen_random_uuid(), id, 1, sha256(id::text::bytea || n::text::bytea), 'k1', 'none', 'epoch'
    FROM batches, generate_series(1, 10) n;
    INSERT INTO tasks (id, kind, state, priority, payload_version, payload, created_at, due_at, attempt, attempts)
    VALUES (gen_random_uuid(), 'clean_up', 'queued', 100, 1,
    '{\"run\":\"00000000-0000-4000-8000-000000000007\",\"of\":\"codes\",\"schedule\":null,\"retention_days\":1,\
    \"delete_empty\":true,\"log_run\":false,\"report\":\"never\"}', 'epoch', 'epoch', 0, 100)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_beyond_its_lease_writes_nothing_any_more() {
    let site = Site::new(Kind::Postgres).await;
    let mut watched = Watched::open(&site).await;
    watched.note_ends().await;
    watched.execute(SEED).await;
    let spec = SHORT_LEASES.iter().fold(site.spec(), |spec, (name, value)| spec.with(name, *value));
    let spec = spec
        .with("BACKSTOP_WORKER__CONCURRENCY", "1")
        .with("BACKSTOP_PURGE__CHUNK_SIZE", "5")
        .with("BACKSTOP_PURGE__MAX_PER_RUN", "-1")
        .with("BACKSTOP_WORKER__TASK_TIMEOUT", "60s")
        .with("BACKSTOP_WORKER__RETRY_AFTER", "61s");
    let stopped = spec.start_worker().await;
    watched.wait_for(REMOVED, 1).await;
    stopped.pause();
    let before = watched.number(REMOVED).await;
    assert!(before < CODES, "it was stopped in the middle");
    // Its lease is over, as if a minute had passed.
    watched.execute("UPDATE tasks SET lease_until = 'epoch' WHERE kind = 'clean_up'").await;
    let other = spec.start_worker().await;
    watched.wait_for(COMPLETED, 1).await;
    assert_eq!(watched.number(REMOVED).await, CODES);
    let attempts = "SELECT attempt::bigint FROM tasks WHERE kind = 'clean_up'";
    assert_eq!(watched.number(attempts).await, 2);

    stopped.resume();
    until(|| stopped.log().contains("the lease was lost")).await;
    assert_eq!(watched.number(REMOVED).await, CODES, "nothing was written twice");
    assert_eq!(watched.number("SELECT count(*) FROM ends JOIN tasks ON id = task WHERE kind = 'clean_up'").await, 1);
    assert_eq!(watched.number("SELECT count(*) FROM codes").await, 0);
    assert_eq!(watched.number("SELECT coalesce(sum(purged), 0)::bigint FROM past_batches").await, CODES);
    assert!(stopped.stop().await.success() && other.stop().await.success());
}
