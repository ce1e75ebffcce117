//! The file itself: who may read it, and who may change its shape.

use crate::error::file_fault;
use backstop_application::ports::{PortError, PortResult};
use std::{
    ffi::OsString,
    fs::{DirBuilder, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Makes the file and its folder if they are missing. SQLite gives the files beside it the same mode.
pub(crate) async fn make(path: &Path) -> PortResult<()> {
    let path = path.to_owned();
    blocking(move || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_folder().create(folder)?;
        }
        // An existing file is left alone: closing it here would let go of what else this process has locked in it.
        match private_file().create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.map(drop),
        }
    })
    .await
}

/// Waits until nobody else, in this process or another, opens or migrates the file. Dropping the answer lets go.
pub(crate) async fn reserve(path: &Path) -> PortResult<File> {
    let path = beside(path);
    blocking(move || {
        let file = private_file().open(path)?;
        file.lock()?;
        Ok(file)
    })
    .await
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    name.into()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> PortResult<T> {
    #[allow(clippy::disallowed_methods, reason = "once at the start, and waiting for a file lock blocks its thread")]
    let done = tokio::task::spawn_blocking(work).await;
    match done {
        Ok(outcome) => outcome.map_err(|error| file_fault(&error)),
        Err(_) => Err(PortError::unavailable("the SQLite file can't be used")),
    }
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
