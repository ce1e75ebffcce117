//! Single fields: instants, words, secrets, and texts with bounds.

use super::schema::{Schema, one_of, text};
use crate::{params::PlainText, problems::FieldError};
use backstop_application::{
    ports::MailStatus,
    use_cases::{Patch, WarningKind},
};
use backstop_domain::{
    ActorKind, AuditKind, BatchStatus, CleanUp, CodeStatus, Duty, ReportWhen, RunStatus, Scope, SecretText,
    SessionKind, SignInMethod, SuspensionReason, TaskKind, TaskState, Timestamp,
};
use core::{fmt, marker::PhantomData};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor, ser::SerializeSeq as _};
use serde_json::json;

/// An instant in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Schema for Instant {
    fn schema() -> MetaSchemaRef {
        let example = Some(json!("2027-03-01T09:30:00Z"));
        text(MetaSchema { example, ..MetaSchema::new_with_format("string", "date-time") })
    }
}

/// A name that the domain gives something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<T>(pub(crate) T);

macro_rules! words {
    ($($type:ty),+) => {$(
        impl Serialize for Word<$type> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }

        impl Schema for Word<$type> {
            fn schema() -> MetaSchemaRef {
                one_of(<$type>::ALL.iter().map(|word| word.as_str()))
            }
        }
    )+};
}
words!(
    BatchStatus,
    CodeStatus,
    Duty,
    SuspensionReason,
    ActorKind,
    AuditKind,
    CleanUp,
    MailStatus,
    ReportWhen,
    RunStatus,
    Scope,
    SessionKind,
    SignInMethod,
    TaskKind,
    TaskState,
    WarningKind
);

/// A name that a request says; whether it is one is told where it stands.
macro_rules! said {
    ($($type:ty),+) => {$(
        impl<'de> Deserialize<'de> for Word<$type> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let known = || <$type>::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ");
                text.parse().map(Self).map_err(|_| serde::de::Error::custom(format!("one of {}", known())))
            }
        }
    )+};
}
said!(CleanUp, ReportWhen, Scope);

/// A code that somebody typed.
#[derive(Debug)]
pub(crate) struct TypedCode(pub(crate) SecretText);

impl<'de> Deserialize<'de> for TypedCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Typed;

        impl Visitor<'_> for Typed {
            type Value = TypedCode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<TypedCode, E> {
                Ok(TypedCode(SecretText::new(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<TypedCode, E> {
                Ok(TypedCode(SecretText::new(text)))
            }
        }

        deserializer.deserialize_str(Typed)
    }
}

impl Schema for TypedCode {
    fn schema() -> MetaSchemaRef {
        let example = Some(json!(EXAMPLE_CODE));
        text(MetaSchema { example, ..MetaSchema::new_with_format("string", "password") })
    }
}

pub(crate) const EXAMPLE_CODE: &str = "Qm7RtZ-b4KxWc-9HnPvd-G2sLyf-TjA8uE-w5NkXh";

/// The codes of a new set, as they are shown.
#[derive(Debug)]
pub(crate) struct ShownCodes(pub(crate) Vec<SecretText>);

impl Serialize for ShownCodes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut codes = serializer.serialize_seq(Some(self.0.len()))?;
        for code in &self.0 {
            codes.serialize_element(code.reveal())?;
        }
        codes.end()
    }
}

impl Schema for ShownCodes {
    fn schema() -> MetaSchemaRef {
        let code = MetaSchema { example: Some(json!(EXAMPLE_CODE)), ..MetaSchema::new("string") };
        text(MetaSchema { items: Some(Box::new(text(code))), ..MetaSchema::new("array") })
    }
}

/// How a text of a request is described; its value is judged by the domain.
pub(crate) trait Form {
    fn schema() -> MetaSchemaRef;
}

/// A text of the form `F`, not judged yet.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<F>(pub(crate) String, #[serde(skip)] PhantomData<fn() -> F>);

impl<F> fmt::Debug for Text<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<F: Form> Schema for Text<F> {
    fn schema() -> MetaSchemaRef {
        F::schema()
    }
}

macro_rules! forms {
    ($($name:ident: $schema:expr;)+) => {$(
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Form for $name {
            fn schema() -> MetaSchemaRef {
                text($schema)
            }
        }
    )+};
}

forms! {
    Email: MetaSchema {
        max_length: Some(254),
        example: Some(json!("ann@example.org")),
        ..MetaSchema::new_with_format("string", "email")
    };
    Name: PlainText { least: 1, most: 100, example: "Ann Example" }.schema();
    Language: MetaSchema {
        max_length: Some(35),
        pattern: Some("^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$".to_owned()),
        example: Some(json!("de-AT")),
        ..MetaSchema::new("string")
    };
    Ip: MetaSchema {
        any_of: vec![
            text(MetaSchema::new_with_format("string", "ipv4")),
            text(MetaSchema::new_with_format("string", "ipv6")),
        ],
        example: Some(json!("192.0.2.44")),
        ..MetaSchema::new("string")
    };
    UserAgent: PlainText { least: 0, most: 512, example: "Mozilla/5.0 (X11; Linux x86_64)" }.schema();
}

/// Several addresses for notices.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Addresses(pub(crate) Vec<Text<Email>>);

impl Schema for Addresses {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema {
            items: Some(Box::new(Email::schema())),
            max_items: Some(backstop_domain::Account::MOST_NOTIFY_EMAILS),
            example: Some(json!(["security@example.org"])),
            ..MetaSchema::new("array")
        })
    }
}

/// A whole number between bounds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Within<const LEAST: u32, const MOST: u32>(pub(crate) u64);

impl<const LEAST: u32, const MOST: u32> Schema for Within<LEAST, MOST> {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema {
            minimum: Some(f64::from(LEAST)),
            maximum: Some(f64::from(MOST)),
            ..MetaSchema::new("integer")
        })
    }
}

/// A field that is absent stays, `null` clears, a value sets.
pub(crate) fn patch<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Patch<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map_or(Patch::Clear, Patch::Set))
}

pub(crate) fn kept<T>() -> Patch<T> {
    Patch::Keep
}

/// Judges a field, and notes where it is wrong.
pub(crate) fn judged<T, E: fmt::Display>(
    errors: &mut Vec<FieldError>,
    pointer: &'static str,
    outcome: Result<T, E>,
) -> Option<T> {
    outcome.map_err(|why| errors.push(FieldError::new(pointer, why.to_string()))).ok()
}
