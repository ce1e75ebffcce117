//! How a run at a terminal ends that is killed or stopped before it is done.

use crate::{
    killed::{kill_at, number, until},
    purged,
    seed::{DUE, site},
    times,
};
use backstop_e2e::{Kind, PATIENCE, Program, Site};
use jiff::Timestamp;
use serde_json::json;
use std::{fs, process::Stdio};

const LEASES: [(&str, &str); 2] = [("BACKSTOP_WORKER__TASK_TIMEOUT", "2s"), ("BACKSTOP_WORKER__RETRY_AFTER", "3s")];

async fn runs(site: &Site, status: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM clean_up_runs WHERE status = '{status}' AND started_by = 'command_line'");
    number(site, &sql).await
}

async fn entries(site: &Site) -> i64 {
    number(site, "SELECT count(*) FROM audit_entries WHERE kind = 'purged' AND actor_kind = 'command_line'").await
}

async fn kill_and_let_a_worker_go_on(kind: Kind) {
    let site = site(kind, times(kind) / 3, Timestamp::now()).await;
    let due = times(kind) / 3 * DUE;
    kill_at(&site, &LEASES, due / 3).await;
    assert_eq!((runs(&site, "running").await, entries(&site).await), (1, 0));
    let mut spec = site.spec().with("BACKSTOP_PURGE__MAX_PER_RUN", "-1");
    for (name, value) in LEASES {
        spec = spec.with(name, value);
    }
    let worker = spec.start_worker().await;
    until(&site, "SELECT count(*) FROM clean_up_runs WHERE status = 'completed'", 1).await;
    worker.stop().await;
    assert_eq!((runs(&site, "running").await, runs(&site, "completed").await, entries(&site).await), (0, 1, 1));
    let removed = number(&site, "SELECT CAST(removed AS bigint) FROM clean_up_runs").await;
    assert_eq!(u64::try_from(removed).unwrap(), due, "by both together");
    assert_eq!(purged(&site, &["--dry-run"], &[])["eligible"], 0);
    site.judge().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_purge_is_brought_to_its_end_by_a_worker_on_sqlite() {
    kill_and_let_a_worker_go_on(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_purge_is_brought_to_its_end_by_a_worker_on_postgres() {
    kill_and_let_a_worker_go_on(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_purge_with_its_record_and_its_entry() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let site = site(kind, times(kind), Timestamp::now()).await;
        let mut command = Program::Plain.command(site.folder(), &site.env());
        command.args(["purge", "--all"]).env("BACKSTOP_PURGE__CHUNK_SIZE", "10");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        until(&site, "SELECT CAST(coalesce(max(removed), 0) AS bigint) FROM clean_up_runs", 50).await;
        backstop_e2e::interrupt(&child);
        let ended = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
        let ended = tokio::time::timeout(PATIENCE, ended).await.expect("it ends").unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        assert!(ended.status.success(), "{said}");
        assert!(said.contains("It was stopped. The next run goes on"), "{said}");
        assert_eq!((runs(&site, "capped").await, runs(&site, "running").await, entries(&site).await), (1, 0, 1));
        let waiting = "SELECT count(*) FROM tasks WHERE kind = 'clean_up' AND state <> 'done'";
        assert_eq!(number(&site, waiting).await, 0, "no worker goes on with what was stopped");
        let first = number(&site, "SELECT CAST(max(removed) AS bigint) FROM clean_up_runs").await;
        let rest = purged(&site, &["--all"], &[]);
        assert_eq!(rest["removed"], json!(times(kind) * DUE - u64::try_from(first).unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_by_hand_is_in_the_log_of_purges_if_that_is_wanted() {
    let site = site(Kind::Sqlite, 1, Timestamp::now()).await;
    let logs = site.folder().join("logs");
    let lines = || {
        let files = fs::read_dir(&logs).map(|all| all.map(|file| file.unwrap().path()).collect::<Vec<_>>());
        files.unwrap_or_default().into_iter().map(|file| fs::read_to_string(file).unwrap()).collect::<Vec<_>>()
    };
    let folder = [("BACKSTOP_LOG__DIR", logs.to_str().unwrap())];
    purged(&site, &["--all"], &folder);
    assert_eq!(lines(), Vec::<String>::new());
    let wanted = [folder[0], ("BACKSTOP_PURGE__LOG_RUNS", "true")];
    purged(&site, &["--all", "--retention-days", "0"], &wanted);
    let lines = lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("\"started_by\":\"command line\"") && lines[0].lines().count() == 1, "{lines:?}");
}
