//! Types that can describe themselves in an OpenAPI document.

use backstop_application::use_cases::Patch;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use serde_json::{Value, json};

/// A type of the wire.
pub(crate) trait Schema {
    /// Whether a request must have it.
    const REQUIRED: bool = true;
    /// Whether an answer with it must be wiped from memory.
    const SECRET: bool = false;
    /// How many bytes an answer usually takes.
    const ROOM: usize = 1024;

    fn schema() -> MetaSchemaRef;

    fn register(_registry: &mut Registry) {}
}

pub(crate) fn text(schema: MetaSchema) -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(schema))
}

fn nullable(inner: MetaSchemaRef) -> MetaSchemaRef {
    let also_null = MetaSchema { nullable: true, ..MetaSchema::ANY };
    match inner {
        MetaSchemaRef::Inline(schema) => MetaSchemaRef::Inline(Box::new(MetaSchema { nullable: true, ..*schema })),
        // Beside `$ref` nothing counts, and `nullable` needs a type beside it.
        reference @ MetaSchemaRef::Reference(_) => {
            MetaSchemaRef::Inline(Box::new(MetaSchema { ty: "object", all_of: vec![reference], ..also_null }))
        }
    }
}

impl<T: Schema> Schema for Option<T> {
    const REQUIRED: bool = false;

    fn schema() -> MetaSchemaRef {
        nullable(T::schema())
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Schema> Schema for Patch<T> {
    const REQUIRED: bool = false;

    fn schema() -> MetaSchemaRef {
        nullable(T::schema())
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Schema> Schema for Vec<T> {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema { items: Some(Box::new(T::schema())), ..MetaSchema::new("array") })
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl Schema for bool {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema::new("boolean"))
    }
}

impl Schema for u32 {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema { minimum: Some(0.0), ..MetaSchema::new_with_format("integer", "int64") })
    }
}

impl Schema for u64 {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema { minimum: Some(0.0), ..MetaSchema::new_with_format("integer", "int64") })
    }
}

impl Schema for String {
    fn schema() -> MetaSchemaRef {
        text(MetaSchema::new("string"))
    }
}

impl Schema for uuid::Uuid {
    fn schema() -> MetaSchemaRef {
        let example = Some(json!("0191f6b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"));
        text(MetaSchema { example, ..MetaSchema::new_with_format("string", "uuid") })
    }
}

/// One of a few words.
pub(crate) fn one_of(words: impl Iterator<Item = &'static str>) -> MetaSchemaRef {
    text(MetaSchema { enum_items: words.map(Value::from).collect(), ..MetaSchema::new("string") })
}

/// An inline schema with a description beside it.
pub(crate) fn described(schema: MetaSchemaRef, description: &'static str) -> MetaSchemaRef {
    let description = Some(description.trim());
    match schema {
        MetaSchemaRef::Inline(schema) if schema.description.is_none() => {
            MetaSchemaRef::Inline(Box::new(MetaSchema { description, ..*schema }))
        }
        other => other,
    }
}

/// Defines an object: its type, how it is read or written, and its description.
///
/// `takes` is what requests have: unknown fields are refused, and fields whose type says so may be left out.
/// `gives` is what answers have: every field is always there.
macro_rules! object {
    (
        $(#[doc = $doc:literal])+
        $name:ident takes {
            $($(#[doc = $about:literal])+ $(#[serde($($serde:tt)+)])? $field:ident: $type:ty,)+
        } like $example:tt
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields, remote = "Self")]
        #[allow(dead_code, reason = "some fields are taken for their form only")]
        pub(crate) struct $name {
            $($(#[doc = $about])+ $(#[serde($($serde)+)])? pub(crate) $field: $type,)+
        }

        /// From an object only: what `serde` derives would take an array as well.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, fields: A) -> Result<$name, A::Error> {
                        $name::deserialize(serde::de::value::MapAccessDeserializer::new(fields))
                    }
                }

                deserializer.deserialize_map(Fields)
            }
        }

        object!(@schema $name, concat!($($doc),+), {
            $($field: $type, concat!($($about),+), <$type as $crate::dto::schema::Schema>::REQUIRED,)+
        }, Some(serde_json::json!($example)), Some(Box::new($crate::dto::schema::nothing_else())), {});
    };
    (
        $(#[doc = $doc:literal])+
        $name:ident gives {
            $($(#[doc = $about:literal])+ $(#[serde($($serde:tt)+)])? $field:ident: $type:ty,)+
        } $(with { $($constant:item)+ })?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, serde::Serialize)]
        pub(crate) struct $name {
            $($(#[doc = $about])+ $(#[serde($($serde)+)])? pub(crate) $field: $type,)+
        }

        object!(@schema $name, concat!($($doc),+), {
            $($field: $type, concat!($($about),+), true,)+
        }, None, None, { $($($constant)+)? });
    };
    (
        @schema $name:ident, $doc:expr, { $($field:ident: $type:ty, $about:expr, $required:expr,)+ },
        $example:expr, $others:expr, { $($constant:item)* }
    ) => {
        impl $crate::dto::schema::Schema for $name {
            $($constant)*

            fn schema() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Reference(stringify!($name).to_owned())
            }

            fn register(registry: &mut poem_openapi::registry::Registry) {
                $(<$type as $crate::dto::schema::Schema>::register(registry);)+
                registry.create_schema::<Self, _>(stringify!($name).to_owned(), |_| {
                    poem_openapi::registry::MetaSchema {
                        description: Some($doc.trim()),
                        required: [$((stringify!($field), $required)),+]
                            .into_iter().filter(|(_, required)| *required).map(|(name, _)| name).collect(),
                        properties: vec![$((
                            stringify!($field),
                            $crate::dto::schema::described(<$type as $crate::dto::schema::Schema>::schema(), $about),
                        )),+],
                        additional_properties: $others,
                        example: $example,
                        ..poem_openapi::registry::MetaSchema::new("object")
                    }
                });
            }
        }
    };
}

/// Stands for a type that nothing has; `document` turns it into `additionalProperties: false`, which `MetaSchema` can't
/// say.
pub(crate) const NOTHING: &str = "nothing";

/// No other fields than those described.
pub(crate) fn nothing_else() -> MetaSchemaRef {
    text(MetaSchema::new(NOTHING))
}
