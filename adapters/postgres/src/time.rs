use backstop_domain::Timestamp;
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid},
};

/// Microseconds from 1970 to 2000, from where PostgreSQL counts.
const EPOCH: i64 = 946_684_800_000_000;
/// The server knows no time before 4714 BC; whatever is earlier is this to it.
const EARLIEST: i64 = -211_813_488_000_000_000;

const TIMESTAMPTZ: Oid = Oid(1184);
const TIMESTAMPTZ_ARRAY: Oid = Oid(1185);

/// An instant as a `timestamptz`, without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PgTime(pub(crate) Timestamp);

impl Type<Postgres> for PgTime {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl PgHasArrayType for PgTime {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ_ARRAY)
    }
}

impl Encode<'_, Postgres> for PgTime {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode((self.0.as_microsecond() - EPOCH).max(EARLIEST), buffer)
    }
}

impl Decode<'_, Postgres> for PgTime {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() != PgValueFormat::Binary {
            return Err("a time in text form".into());
        }
        let since = <i64 as Decode<Postgres>>::decode(value)?;
        let since = since.checked_add(EPOCH).ok_or("a time beyond all clocks")?;
        Ok(Self(Timestamp::from_microsecond(since)?))
    }
}
