//! Mails out of the house: over SMTP, or in development into a folder or the log.

mod answer;
mod connection;
mod folder;
mod line;
mod log;
mod message;
mod server;
mod smtp;

pub use folder::FolderMailer;
pub use log::LogMailer;
pub use message::Sender;
pub use server::{BadServer, Encryption, Server};
pub use smtp::{BadCertificate, SmtpMailer, SmtpSettings};
