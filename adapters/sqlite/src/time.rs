use backstop_domain::Timestamp;
use sqlx::{
    Decode, Encode, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};

/// An instant as microseconds since 1970, without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SqliteTime(pub(crate) Timestamp);

impl Type<Sqlite> for SqliteTime {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(other: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(other)
    }
}

impl Encode<'_, Sqlite> for SqliteTime {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Sqlite>::encode(self.0.as_microsecond(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for SqliteTime {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let since = <i64 as Decode<'r, Sqlite>>::decode(value)?;
        Ok(Self(Timestamp::from_microsecond(since)?))
    }
}
