//! Writes lines into the files of a folder, in a thread of its own, so that no request waits for a disk.

use super::folder::{Folder, day};
use crate::{console, settings::LogTopic};
use backstop_application::ports::Clock;
use jiff::civil::Date;
use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};
use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

/// The file of everything that belongs to no topic.
pub const REST: &str = "backstop";
/// So many lines may wait for the disk. Then whoever logs waits, too: no line is lost.
const WAITING: usize = 8_192;

/// Where lines are handed in. Clones share the files.
#[derive(Clone)]
pub struct LogFiles {
    lines: SyncSender<Message>,
    clock: Arc<dyn Clock>,
}

enum Message {
    Line { stem: &'static str, day: Date, line: Vec<u8> },
    End,
}

/// Whoever holds it keeps the files being written; dropping it waits until every line is there.
#[must_use]
pub struct Writing {
    lines: SyncSender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl LogFiles {
    /// Into a folder, with the days of this clock.
    pub fn start(folder: Folder, clock: Arc<dyn Clock>) -> io::Result<(Self, Writing)> {
        let (lines, handed_in) = sync_channel(WAITING);
        let thread =
            thread::Builder::new().name("log-files".to_owned()).spawn(move || write_all(folder, &handed_in))?;
        Ok((Self { lines: lines.clone(), clock }, Writing { lines, thread: Some(thread) }))
    }
}

fn write_all(mut folder: Folder, lines: &Receiver<Message>) {
    let mut is_failing = false;
    while let Ok(Message::Line { stem, day, line }) = lines.recv() {
        let written = folder.write(stem, day, &line);
        // Said once and past the log, which would end up here.
        if let Err(error) = &written
            && !is_failing
        {
            console::complain(format_args!("backstop: lines for {stem}.log are lost, it can't be written: {error}"));
        }
        is_failing = written.is_err();
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let _ = self.lines.send(Message::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<'a> MakeWriter<'a> for LogFiles {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        LineWriter { files: self, stem: REST }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        LineWriter { files: self, stem: LogTopic::of(metadata.target()).map_or(REST, LogTopic::name) }
    }
}

/// Takes one line, whole.
pub struct LineWriter<'a> {
    files: &'a LogFiles,
    stem: &'static str,
}

impl io::Write for LineWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let day = day(self.files.clock.now());
        // After the end nobody takes lines any more.
        let _ = self.files.lines.send(Message::Line { stem: self.stem, day, line: line.to_owned() });
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
