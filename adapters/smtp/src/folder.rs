use crate::message::{self, Sender};
use async_trait::async_trait;
use backstop_application::ports::{Clock, Mail, Mailer, PortError, PortResult, Posted};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    fs::{self, DirBuilder, OpenOptions},
    io::AsyncWriteExt as _,
};

/// Writes mails into a folder, a file each, for development. Only the owner of the process can read them.
pub struct FolderMailer {
    folder: PathBuf,
    sender: Sender,
    clock: Arc<dyn Clock>,
}

impl FolderMailer {
    pub fn new(folder: PathBuf, sender: Sender, clock: Arc<dyn Clock>) -> Self {
        Self { folder, sender, clock }
    }

    async fn keep(&self, stem: &str, bytes: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).await?;
        let mut name = format!("{stem}.eml");
        for nth in 2_u64.. {
            if write(&self.folder, &name, bytes).await? {
                return Ok(());
            }
            name = format!("{stem}-{nth}.eml");
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

/// Whether the file was not there before, and is now, whole.
async fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<bool> {
    let (path, draft) = (folder.join(name), folder.join(format!(".{name}.draft")));
    if fs::try_exists(&path).await? {
        return Ok(false);
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).await {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        file => file?,
    };
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&draft, &path).await?;
    Ok(true)
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: &Mail) -> PortResult<Posted> {
        let now = self.clock.now();
        let Some(message) = message::write(mail, &self.sender, now)? else {
            return Ok(Posted::refused("no mail can be sent to an address of this form"));
        };
        let id: String =
            mail.id.as_str().chars().take_while(|c| *c != '@').filter(|c| c.is_alphanumeric() || *c == '-').collect();
        let stem = format!("{}-{id}", now.strftime("%Y%m%dT%H%M%S%.6fZ"));
        match self.keep(&stem, &message.bytes).await {
            Ok(()) => Ok(Posted::Accepted),
            Err(error) => Err(PortError::unavailable("the mail could not be written into its folder").because(error)),
        }
    }
}
