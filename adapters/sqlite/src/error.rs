use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use sqlx::error::ErrorKind;

/// The outcome of a statement in the words of the ports.
pub(crate) trait OrFault<T> {
    fn or_fault(self) -> PortResult<T>;
}

impl<T> OrFault<T> for Result<T, sqlx::Error> {
    fn or_fault(self) -> PortResult<T> {
        self.map_err(|error| fault(&error))
    }
}

/// SQLite's own messages are left out: they may quote values.
pub(crate) fn fault(error: &sqlx::Error) -> PortError {
    use PortErrorKind::{Corrupt, Rejected, Unavailable};
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse().ok()).unwrap_or_default();
            refused(code)
        }
        sqlx::Error::Io(error) => file_fault(error),
        sqlx::Error::PoolTimedOut => PortError::new(Unavailable, "no connection to SQLite became free in time"),
        sqlx::Error::PoolClosed => PortError::new(Unavailable, "the SQLite file is closed"),
        sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => {
            PortError::new(Unavailable, "the connection to SQLite broke")
        }
        sqlx::Error::ColumnDecode { index, .. } => PortError::new(Corrupt, format!("column {index} can't be read")),
        sqlx::Error::Decode(_) => PortError::new(Corrupt, "a value can't be read"),
        sqlx::Error::ColumnNotFound(name) => PortError::new(Rejected, format!("there is no column {name}")),
        _ => PortError::new(Rejected, "SQLite can't do what was asked"),
    }
}

pub(crate) fn file_fault(error: &std::io::Error) -> PortError {
    PortError::new(PortErrorKind::Unavailable, format!("the SQLite file can't be used: {}", error.kind()))
}

/// The low byte of a result code is its family.
fn refused(code: i32) -> PortError {
    match code & 0xff {
        // Busy, locked.
        5 | 6 => PortError::new(PortErrorKind::Contention, format!("another process was in the way ({code})")),
        // Out of memory, read-only, interrupted, input or output failed, disk full, can't open.
        7 | 8 | 9 | 10 | 13 | 14 => {
            PortError::new(PortErrorKind::Unavailable, format!("the SQLite file can't be used ({code})"))
        }
        // Malformed, not a database.
        11 | 26 => PortError::new(PortErrorKind::Corrupt, format!("the SQLite file is damaged ({code})")),
        _ => PortError::new(PortErrorKind::Rejected, format!("SQLite refused ({code})")),
    }
}

pub(crate) fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.kind() == ErrorKind::UniqueViolation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_the_caller_can_do() {
        for (code, kind) in [
            (5, PortErrorKind::Contention),
            (517, PortErrorKind::Contention),
            (6, PortErrorKind::Contention),
            (10, PortErrorKind::Unavailable),
            (13, PortErrorKind::Unavailable),
            (14, PortErrorKind::Unavailable),
            (11, PortErrorKind::Corrupt),
            (26, PortErrorKind::Corrupt),
            (2067, PortErrorKind::Rejected),
            (1, PortErrorKind::Rejected),
        ] {
            assert_eq!(refused(code).kind(), kind, "{code}");
        }
    }
}
