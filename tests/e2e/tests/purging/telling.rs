//! What the command says, to people and to scripts.

use crate::{
    days_before, purge, purged,
    seed::{DUE, EMPTIED, RETENTION_DAYS, site, sorted_out},
};
use backstop_e2e::{Kind, Program, Site};
use jiff::Timestamp;
use serde_json::json;
use std::{
    fs::File,
    io::Read as _,
    os::fd::{FromRawFd as _, OwnedFd},
    process::Stdio,
    ptr, thread,
};

const TIMES: u64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_number_that_would_go_and_changes_nothing() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let now = Timestamp::now();
        let site = site(kind, TIMES, now).await;
        // The first start of any command makes the built-in schedule, and says so in the trail.
        purged(&site, &["--dry-run"], &[]);
        let before = site.judge().await;
        let (due, _) = sorted_out(&before, days_before(now, RETENTION_DAYS));
        let told = purge(&site, &["codes", "--dry-run"], &[("BACKSTOP_PURGE__MAX_PER_RUN", "5")]);
        assert_eq!((told.code, &*told.stderr), (Some(0), ""));
        assert!(told.stdout.starts_with(&format!("{} code(s) of ", due.len())), "{}", told.stdout);
        let said = purged(&site, &["--dry-run"], &[]);
        assert_eq!((&said["dry_run"], &said["eligible"]), (&json!(true), &json!(TIMES * DUE)));
        assert_eq!(said["retention_days"], RETENTION_DAYS);
        let said = purged(&site, &["--dry-run", "--retention-days", "250"], &[]);
        let (due, _) = sorted_out(&before, days_before(now, 250));
        assert_eq!(said["eligible"], due.len());

        let after = site.judge().await;
        assert!(after.codes == before.codes && after.batches == before.batches && after.past.is_empty());
        assert_eq!(after.audit.len(), before.audit.len());
        let removed = purged(&site, &["codes", "--all"], &[]);
        assert_eq!(removed["removed"], json!(TIMES * DUE), "as it was told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_what_went_and_that_more_is_due() {
    let site = site(Kind::Sqlite, TIMES, Timestamp::now()).await;
    let some = purge(&site, &[], &[("BACKSTOP_PURGE__MAX_PER_RUN", "100")]);
    assert_eq!((some.code, &*some.stderr), (Some(0), ""), "no bar without a terminal");
    assert!(some.stdout.starts_with("Removed 100 code(s).\n"), "{}", some.stdout);
    assert!(some.stdout.contains("More is due"), "{}", some.stdout);
    let rest = purge(&site, &["--all"], &[]);
    assert_eq!((rest.code, &*rest.stderr), (Some(0), ""));
    assert!(rest.stdout.starts_with(&format!("Removed {} code(s).\n", TIMES * DUE - 100)), "{}", rest.stdout);
    assert!(!rest.stdout.contains("More is due"), "{}", rest.stdout);
    assert_eq!(site.judge().await.past.len() as u64, TIMES * EMPTIED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_argument_is_exit_code_2_and_a_database_that_is_out_is_1() {
    let site = Site::new(Kind::Sqlite).await;
    for (arguments, word) in [
        (&["everything"][..], "everything"),
        (&["--retention-days", "-1"], "-1"),
        (&["--retention-days", "soon"], "soon"),
        (&["--retention-days", "36501"], "36501"),
        (&["codes", "audit"], "audit"),
        (&["--forever"], "--forever"),
    ] {
        let refused = purge(&site, arguments, &[]);
        assert_eq!((refused.code, &*refused.stdout), (Some(2), ""), "{arguments:?}");
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
    assert!(!site.folder().join("backstop.sqlite3").exists(), "nothing was touched");
    let nowhere = ("BACKSTOP_DATABASE__URL", "postgres://nobody@127.0.0.1:9/none");
    let out = purge(&site, &["--json"], &[nowhere]);
    assert_eq!((out.code, &*out.stdout), (Some(1), ""), "{}", out.stderr);
    assert!(out.stderr.contains("PostgreSQL"), "{}", out.stderr);
}

/// A terminal of 24 lines: the end that people look at, and the one that a program writes to.
#[allow(unsafe_code, reason = "std opens no terminals")]
fn terminal() -> (File, OwnedFd) {
    let (mut near, mut far) = (-1, -1);
    let size = libc::winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the numbers and the size are valid for the call, and what may be left out is null.
    let opened = unsafe { libc::openpty(&raw mut near, &raw mut far, ptr::null_mut(), ptr::null(), &raw const size) };
    assert_eq!(opened, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: both were opened just now, and nobody else has them.
    unsafe { (File::from_raw_fd(near), OwnedFd::from_raw_fd(far)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_shows_how_far_the_purge_is() {
    let site = site(Kind::Sqlite, TIMES, Timestamp::now()).await;
    let (mut near, far) = terminal();
    let mut command = Program::Plain.command(site.folder(), &site.env());
    command.args(["purge", "--all"]).env("TERM", "xterm").stdout(Stdio::piped()).stderr(far);
    let child = command.spawn().expect("the program starts");
    // It holds the far end, which must be closed for the near one to come to an end.
    drop(command);
    let reading = thread::spawn(move || {
        let (mut shown, mut some) = (Vec::new(), [0; 4096]);
        // A terminal whose far end is closed is a fault and no end.
        while let Ok(length @ 1..) = near.read(&mut some) {
            shown.extend_from_slice(&some[..length]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    });
    let ended = child.wait_with_output().unwrap();
    let shown = reading.join().unwrap();
    assert!(ended.status.success(), "{shown}");
    assert!(shown.contains(&format!("/{} code(s)", TIMES * DUE)), "{shown:?}");
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(said.starts_with("Removed ") && !said.contains('\r'), "{said:?}");
}
