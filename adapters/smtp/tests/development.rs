//! Mails that stay in the house: in a folder that only we can read, and in the log without what is in them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up fails")]

mod support;

use backstop_application::ports::{Mailer as _, PortErrorKind, Posted};
use backstop_backends::ReadMail;
use backstop_memory::ManualClock;
use backstop_smtp::{FolderMailer, LogMailer};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{Arc, Mutex},
};
use support::{a_mail, sender};
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::fmt::MakeWriter;

fn mailer(folder: &Path) -> FolderMailer {
    let clock = ManualClock::new("2026-03-03T16:21:00.5Z".parse().unwrap());
    FolderMailer::new(folder.to_owned(), sender(), Arc::new(clock))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_mail_is_a_file_that_only_its_owner_can_read() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("a/mails");
    for _ in 0..2 {
        assert_eq!(mailer(&folder).send(&a_mail("ann@example.com")).await.unwrap(), Posted::Accepted);
    }
    let stem = "20260303T162100.500000Z-00000000-0000-0000-0000-000000000007";
    assert_eq!(names(&folder), [format!("{stem}-2.eml"), format!("{stem}.eml")]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for name in names(&folder) {
        let path = folder.join(name);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(ReadMail::parse(&fs::read(path).unwrap()).unwrap().subject, "Grüße");
    }
}

#[tokio::test]
async fn a_folder_that_can_not_be_written_is_a_fault() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let fault = mailer(&file.join("mails")).send(&a_mail("ann@example.com")).await.expect_err("it is no folder");
    assert_eq!(fault.kind(), PortErrorKind::Unavailable);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_says_who_would_get_what_and_not_what_is_in_it() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).json().with_writer(log.clone()).finish();
    let mut mail = a_mail("ann@example.com");
    mail.subject.push_str("\r\nand more");
    assert_eq!(LogMailer.send(&mail).with_subscriber(subscriber).await.unwrap(), Posted::Accepted);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for said in
        ["ann@example.com", "Grüße and more", "backstop::mail", "INFO", mail.id.as_str().trim_matches(['<', '>'])]
    {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    assert!(!text.contains("SECRET"), "{text}");
}
