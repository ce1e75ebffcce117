use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use sqlx::{error::DatabaseError, postgres::PgDatabaseError};

const LOCK_NOT_AVAILABLE: &str = "55P03";

/// The outcome of a statement in the words of the ports.
pub(crate) trait OrFault<T> {
    fn or_fault(self) -> PortResult<T>;
}

impl<T> OrFault<T> for Result<T, sqlx::Error> {
    fn or_fault(self) -> PortResult<T> {
        self.map_err(|error| fault(&error))
    }
}

/// The server's own messages are left out: they quote values.
pub(crate) fn fault(error: &sqlx::Error) -> PortError {
    use PortErrorKind::{Corrupt, Rejected, Unavailable};
    match error {
        sqlx::Error::Database(error) => refused(error.as_ref()),
        sqlx::Error::Io(error) => PortError::new(Unavailable, format!("PostgreSQL can't be reached: {}", error.kind())),
        sqlx::Error::Tls(_) => PortError::new(Unavailable, "PostgreSQL can't be reached: TLS failed"),
        sqlx::Error::PoolTimedOut => PortError::new(Unavailable, "no connection to PostgreSQL became free in time"),
        sqlx::Error::PoolClosed => PortError::new(Unavailable, "the connections to PostgreSQL are closed"),
        sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => {
            PortError::new(Unavailable, "the connection to PostgreSQL broke")
        }
        sqlx::Error::Protocol(_) => PortError::new(Unavailable, "PostgreSQL answered out of turn"),
        sqlx::Error::ColumnDecode { index, .. } => PortError::new(Corrupt, format!("column {index} can't be read")),
        sqlx::Error::Decode(_) => PortError::new(Corrupt, "a value can't be read"),
        sqlx::Error::Configuration(_) => PortError::new(
            Rejected,
            "the database's address can't be read; special characters in its user and password must be percent-encoded",
        ),
        sqlx::Error::ColumnNotFound(name) => PortError::new(Rejected, format!("there is no column {name}")),
        _ => PortError::new(Rejected, "PostgreSQL can't do what was asked"),
    }
}

fn refused(error: &dyn DatabaseError) -> PortError {
    let code = error.code().unwrap_or_default();
    let kind = kind(&code);
    let what = match (kind, error.constraint()) {
        (PortErrorKind::Unavailable, _) if code == LOCK_NOT_AVAILABLE => {
            format!("another unit was in the way for too long ({code})")
        }
        (PortErrorKind::Contention, _) => format!("another unit was in the way ({code})"),
        (PortErrorKind::Unavailable, _) => format!("PostgreSQL is not available ({code})"),
        (_, Some(constraint)) => format!("PostgreSQL refused ({code}, {constraint})"),
        _ => format!("PostgreSQL refused ({code})"),
    };
    PortError::new(kind, what)
}

fn kind(code: &str) -> PortErrorKind {
    match code {
        // Serialisation failure, deadlock.
        "40001" | "40P01" => PortErrorKind::Contention,
        // Lock timeout (the next try would wait as long), statement timeout, read-only server, transaction ended for
        // idling.
        LOCK_NOT_AVAILABLE | "57014" | "25006" | "25P03" => PortErrorKind::Unavailable,
        _ => match code.get(..2) {
            // Connection, resources, operator's hand, system.
            Some("08" | "53" | "57" | "58") => PortErrorKind::Unavailable,
            Some("XX") => PortErrorKind::Corrupt,
            _ => PortErrorKind::Rejected,
        },
    }
}

pub(crate) fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|found| found == code)
}

/// Whether a statement failed at this constraint.
pub(crate) fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        .is_some_and(|error| error.code() == "23505" && error.constraint() == Some(constraint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_the_caller_can_do() {
        for code in ["40001", "40P01"] {
            assert_eq!(kind(code), PortErrorKind::Contention, "{code}");
        }
        for code in ["55P03", "57P01", "57P03", "53300", "57014", "08006", "25P03", "25006"] {
            assert_eq!(kind(code), PortErrorKind::Unavailable, "{code}");
        }
        assert_eq!(kind("XX001"), PortErrorKind::Corrupt);
        for code in ["23505", "23514", "42601", "22P02", ""] {
            assert_eq!(kind(code), PortErrorKind::Rejected, "{code}");
        }
    }
}
