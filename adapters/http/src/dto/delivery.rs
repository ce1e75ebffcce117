//! Handing codes over.

use super::{
    fields::TypedCode,
    schema::{Schema, one_of, text},
};
use backstop_application::use_cases::{Caller, DownloadRequest, EmailRequest, Emailed};
use backstop_domain::{BatchId, DeliveryToken, DocumentFormat, SecretText};
use core::fmt;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Unexpected, Visitor},
};
use serde_json::json;

const EXAMPLE_TOKEN: &str = "Rk3vXw9TqLc5ZbYh7NdPs2GmJf8AeUi4Oy6Ht1KgBxV";

fn token_schema() -> MetaSchemaRef {
    let example = Some(json!(EXAMPLE_TOKEN));
    text(MetaSchema { example, ..MetaSchema::new_with_format("string", "password") })
}

/// The token of a new set, as it is given out.
#[derive(Debug)]
pub(crate) struct ShownToken(pub(crate) DeliveryToken);

impl Serialize for ShownToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal())
    }
}

impl Schema for ShownToken {
    fn schema() -> MetaSchemaRef {
        token_schema()
    }
}

/// A token that somebody shows; whether it is one is not judged here, so that every wrong one is answered alike.
#[derive(Debug)]
pub(crate) struct GivenToken(SecretText);

impl<'de> Deserialize<'de> for GivenToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        TypedCode::deserialize(deserializer).map(|TypedCode(text)| Self(text))
    }
}

impl Schema for GivenToken {
    fn schema() -> MetaSchemaRef {
        token_schema()
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileFormat(DocumentFormat);

impl<'de> Deserialize<'de> for FileFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named;

        impl Visitor<'_> for Named {
            type Value = FileFormat;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one of txt, csv, pdf")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<FileFormat, E> {
                text.parse().map(FileFormat).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Named)
    }
}

impl Schema for FileFormat {
    fn schema() -> MetaSchemaRef {
        one_of(DocumentFormat::ALL.iter().map(|format| format.as_str()))
    }
}

object! {
    /// Which file to hand over.
    DownloadOrder takes {
        /// The token that was given out with the codes.
        delivery_token: GivenToken,
        /// The file's format; without it, the one that the service is set to.
        #[serde(default)]
        format: Option<FileFormat>,
        /// Whether the file says whose codes they are; without it, it does not.
        #[serde(default)]
        name_account: Option<bool>,
    } like { "delivery_token": "Rk3vXw9TqLc5ZbYh7NdPs2GmJf8AeUi4Oy6Ht1KgBxV", "format": "pdf", "name_account": false }
}

impl DownloadOrder {
    pub(crate) fn judge(self, batch: BatchId, caller: Caller) -> DownloadRequest {
        DownloadRequest {
            batch,
            token: self.delivery_token.0,
            format: self.format.map(|format| format.0),
            name_account: self.name_account.unwrap_or(false),
            locale: None,
            caller,
        }
    }
}

object! {
    /// Which codes to send.
    EmailOrder takes {
        /// The token that was given out with the codes.
        delivery_token: GivenToken,
    } like { "delivery_token": "Rk3vXw9TqLc5ZbYh7NdPs2GmJf8AeUi4Oy6Ht1KgBxV" }
}

impl EmailOrder {
    pub(crate) fn judge(self, batch: BatchId, caller: Caller) -> EmailRequest {
        EmailRequest { batch, token: self.delivery_token.0, caller }
    }
}

/// Where a mail is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MailStatus(Emailed);

impl MailStatus {
    const fn name(emailed: Emailed) -> &'static str {
        match emailed {
            Emailed::Sent => "sent",
            Emailed::Queued => "queued",
        }
    }
}

impl Serialize for MailStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Self::name(self.0))
    }
}

impl Schema for MailStatus {
    fn schema() -> MetaSchemaRef {
        one_of([Emailed::Sent, Emailed::Queued].map(Self::name).into_iter())
    }
}

object! {
    /// The codes are sent, or sure to be tried.
    EmailedBatch gives {
        /// `sent` once the mail is with those who deliver it, `queued` before.
        status: MailStatus,
        /// What to tell the user.
        message: String,
    }
}

impl EmailedBatch {
    pub(crate) fn new(emailed: Emailed, sent_message: &str) -> Self {
        let message = match emailed {
            Emailed::Sent => sent_message,
            Emailed::Queued => "Your recovery codes are on their way to your e-mail address.",
        };
        Self { status: MailStatus(emailed), message: message.to_owned() }
    }
}
