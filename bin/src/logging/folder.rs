//! A folder of log files. Today's file of a topic is `redeem.log`, that of an earlier day `redeem.2026-02-03.log`.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::Offset};
use std::{
    collections::HashMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// The day of the files, which is that of the lines in them.
pub fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// Nothing is made before there is something to write.
pub struct Folder {
    path: PathBuf,
    keep_days: u32,
    open: HashMap<&'static str, Open>,
}

struct Open {
    file: File,
    day: Date,
}

impl Folder {
    pub fn new(path: &Path, keep_days: u32) -> Self {
        Self { path: path.to_owned(), keep_days, open: HashMap::new() }
    }

    /// Makes the folder and a file in it, so that it is known from the start whether it can be written.
    pub fn make(&mut self, stem: &'static str, today: Date) -> io::Result<()> {
        self.turn(stem, today)
    }

    /// Adds a line to today's file. The first one of a day puts the earlier file away.
    pub fn write(&mut self, stem: &'static str, today: Date, line: &[u8]) -> io::Result<()> {
        // A clock that was put back goes on with the file that there is.
        if self.open.get(stem).is_none_or(|open| open.day < today) {
            self.turn(stem, today)?;
        }
        let Some(open) = self.open.get_mut(stem) else { return Ok(()) };
        let written = open.file.write_all(line);
        if written.is_err() {
            // The next line tries from the beginning.
            self.open.remove(stem);
        }
        written
    }

    fn turn(&mut self, stem: &'static str, today: Date) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let path = self.path.join(format!("{stem}.log"));
        if let Some(last) = self.last_day(stem, &path)?.filter(|last| *last < today) {
            fs::rename(&path, self.free_name(stem, last)?)?;
        }
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        self.open.insert(stem, Open { file, day: today });
        self.forget_old(stem, today);
        Ok(())
    }

    /// The day that the file is of, unless there is none or another process has just begun it.
    fn last_day(&mut self, stem: &str, path: &Path) -> io::Result<Option<Date>> {
        let open = self.open.remove(stem);
        let found = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let Some(open) = open else {
            let written = Timestamp::try_from(found.modified()?).map_err(io::Error::other)?;
            return Ok(Some(day(written)));
        };
        let ours = open.file.metadata()?;
        let is_ours = (found.dev(), found.ino()) == (ours.dev(), ours.ino());
        Ok(is_ours.then_some(open.day))
    }

    /// Not that of a file that is there already.
    fn free_name(&self, stem: &str, day: Date) -> io::Result<PathBuf> {
        let mut path = self.path.join(format!("{stem}.{day}.log"));
        let mut number = 2_u32;
        while path.try_exists()? {
            path = self.path.join(format!("{stem}.{day}.{number}.log"));
            number += 1;
        }
        Ok(path)
    }

    /// What can't be removed today is tried again tomorrow.
    fn forget_old(&self, stem: &str, today: Date) {
        let Ok(oldest) = today.checked_sub(i64::from(self.keep_days).days()) else { return };
        let Ok(files) = fs::read_dir(&self.path) else { return };
        for file in files.flatten() {
            let name = file.file_name();
            if day_of(stem, &name.to_string_lossy()).is_some_and(|day| day < oldest) {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

/// The day of a file that was put away.
fn day_of(stem: &str, name: &str) -> Option<Date> {
    let between = name.strip_prefix(stem)?.strip_prefix('.')?.strip_suffix(".log")?;
    let day = between.split_once('.').map_or(between, |(day, _number)| day);
    day.parse().ok()
}

/// Whether files could be made in a folder, which need not be there. Leaves nothing behind.
pub fn probe(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let path = there.join(format!(".backstop-check-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn at(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn each_day_has_a_file_and_those_that_are_too_old_go() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/logs");
        let mut folder = Folder::new(&path, 2);
        assert!(!home.path().join("deep").exists());
        for day in ["2026-02-27", "2026-02-27", "2026-02-28", "2026-03-01"] {
            folder.write("redeem", at(day), format!("{day}\n").as_bytes()).unwrap();
        }
        folder.write("guard", at("2026-03-01"), b"locked\n").unwrap();
        assert_eq!(names(&path), ["guard.log", "redeem.2026-02-27.log", "redeem.2026-02-28.log", "redeem.log"]);
        let text = |name: &str| fs::read_to_string(path.join(name)).unwrap();
        assert_eq!(text("redeem.2026-02-27.log"), "2026-02-27\n2026-02-27\n");
        assert_eq!((text("redeem.2026-02-28.log"), text("redeem.log")), ("2026-02-28\n".into(), "2026-03-01\n".into()));
        assert_eq!((mode(&path), mode(&path.join("redeem.log"))), (0o700, 0o600));

        fs::write(path.join("redeem.notes.log"), "").unwrap();
        fs::write(path.join("redeemed.2020-01-01.log"), "").unwrap();
        folder.write("redeem", at("2026-03-02"), b"\n").unwrap();
        let kept = ["redeem.2026-02-28.log", "redeem.2026-03-01.log", "redeem.log", "redeem.notes.log"];
        assert_eq!(names(&path)[1..5], kept);
        assert_eq!(names(&path)[5..], ["redeemed.2020-01-01.log"]);
    }

    #[test]
    fn a_clock_that_is_put_back_goes_on_with_the_file_that_there_is() {
        let home = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(home.path(), 7);
        folder.write("mail", at("2026-03-02"), b"1\n").unwrap();
        folder.write("mail", at("2026-03-01"), b"2\n").unwrap();
        folder.write("mail", at("2026-03-02"), b"3\n").unwrap();
        assert_eq!(names(home.path()), ["mail.log"]);
        assert_eq!(fs::read_to_string(home.path().join("mail.log")).unwrap(), "1\n2\n3\n");
    }

    #[test]
    fn a_later_start_puts_the_file_of_the_last_day_away_and_overwrites_nothing() {
        let home = tempfile::tempdir().unwrap();
        let current = home.path().join("guard.log");
        for (line, number) in [("first", 1), ("second", 2)] {
            fs::write(&current, line).unwrap();
            let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
            File::options().append(true).open(&current).unwrap().set_modified(noon.into()).unwrap();
            Folder::new(home.path(), 30).write("guard", at("2026-03-05"), b"new\n").unwrap();
            assert_eq!(names(home.path()).len(), number + 1);
        }
        assert_eq!(names(home.path()), ["guard.2026-03-01.2.log", "guard.2026-03-01.log", "guard.log"]);
        let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
        assert_eq!((text("guard.2026-03-01.log"), text("guard.2026-03-01.2.log")), ("first".into(), "second".into()));
        // On the same day it goes on with it.
        fs::remove_file(home.path().join("guard.2026-03-01.log")).unwrap();
        let today = day(Timestamp::try_from(fs::metadata(&current).unwrap().modified().unwrap()).unwrap());
        Folder::new(home.path(), 30).write("guard", today, b"more\n").unwrap();
        assert_eq!(text("guard.log"), "new\nmore\n");
    }

    #[test]
    fn of_two_processes_in_one_folder_one_puts_the_file_away() {
        let home = tempfile::tempdir().unwrap();
        let mut both = [Folder::new(home.path(), 7), Folder::new(home.path(), 7)];
        // Long ago, so that what the disk says of the files' times is never an earlier day.
        for (day, lines) in [("2001-01-01", ["1\n", "2\n"]), ("2001-01-02", ["3\n", "4\n"])] {
            for (folder, line) in both.iter_mut().zip(lines) {
                folder.write("guard", at(day), line.as_bytes()).unwrap();
            }
        }
        assert_eq!(names(home.path()), ["guard.2001-01-01.log", "guard.log"]);
        assert_eq!(fs::read_to_string(home.path().join("guard.2001-01-01.log")).unwrap(), "1\n2\n");
        assert_eq!(fs::read_to_string(home.path().join("guard.log")).unwrap(), "3\n4\n");
    }

    #[test]
    fn a_probe_tells_whether_a_folder_can_be_written_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        probe(&home.path().join("not/yet/there")).unwrap();
        probe(home.path()).unwrap();
        assert_eq!(names(home.path()), [""; 0]);
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(probe(&file).is_err() && probe(&file.join("logs")).is_err());
    }
}
