use backstop_application::ports::{PortError, PortErrorKind};
use fred::error::{Error, ErrorKind};

/// A failed command in the words of the ports. The server's own messages are left out but for their first word: they
/// quote keys and values.
pub(crate) fn fault(error: &Error) -> PortError {
    use PortErrorKind::{Corrupt, Rejected, Unavailable};
    if let Some(code) = code(error.details()) {
        return PortError::new(kind(code), format!("Redis refused ({code})"));
    }
    match error.kind() {
        ErrorKind::IO | ErrorKind::Canceled | ErrorKind::Routing | ErrorKind::Backpressure => {
            PortError::new(Unavailable, "Redis can't be reached")
        }
        ErrorKind::Timeout => slow(),
        ErrorKind::Tls => PortError::new(Unavailable, "Redis can't be reached: TLS failed"),
        ErrorKind::Auth => PortError::new(Unavailable, "Redis can't be reached: it refuses the user or password"),
        ErrorKind::Protocol | ErrorKind::Parse | ErrorKind::NotFound => nonsense(),
        ErrorKind::Unknown => PortError::new(Unavailable, "the connection to Redis does not work"),
        ErrorKind::InvalidArgument => PortError::new(Corrupt, "Redis holds something that can't be used"),
        _ => PortError::new(Rejected, "Redis can't do what was asked"),
    }
}

pub(crate) fn slow() -> PortError {
    PortError::new(PortErrorKind::Unavailable, "Redis does not answer in time")
}

pub(crate) fn nonsense() -> PortError {
    PortError::new(PortErrorKind::Corrupt, "Redis answers nonsense")
}

/// The word in capitals with which the server's refusals begin.
fn code(details: &str) -> Option<&str> {
    let word = details.split(' ').next()?;
    (word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(word)
}

fn kind(code: &str) -> PortErrorKind {
    match code {
        // Starting, out of memory, busy with a script, not the primary server, unable to write, not let in.
        "LOADING" | "OOM" | "BUSY" | "READONLY" | "MASTERDOWN" | "MISCONF" | "NOREPLICAS" | "TRYAGAIN"
        | "CLUSTERDOWN" | "NOAUTH" | "WRONGPASS" => PortErrorKind::Unavailable,
        // The last is our scripts' own.
        "WRONGTYPE" | "CORRUPT" => PortErrorKind::Corrupt,
        _ => PortErrorKind::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: ErrorKind, details: &'static str) -> (PortErrorKind, String) {
        let fault = fault(&Error::new(kind, details));
        (fault.kind(), fault.to_string())
    }

    #[test]
    fn faults_say_what_the_caller_can_do() {
        for kind in [ErrorKind::IO, ErrorKind::Canceled, ErrorKind::Timeout, ErrorKind::Auth] {
            assert_eq!(told(kind, "Connection closed.").0, PortErrorKind::Unavailable);
        }
        assert_eq!(told(ErrorKind::Unknown, "LOADING in progress").0, PortErrorKind::Unavailable);
        assert_eq!(told(ErrorKind::Unknown, "OOM command not allowed").0, PortErrorKind::Unavailable);
        assert_eq!(told(ErrorKind::InvalidArgument, "WRONGTYPE key holds").0, PortErrorKind::Corrupt);
        assert_eq!(told(ErrorKind::Parse, "Could not convert").0, PortErrorKind::Corrupt);
        assert_eq!(told(ErrorKind::Unknown, "ERR unknown command").0, PortErrorKind::Rejected);
    }

    #[test]
    fn a_refusal_is_told_without_what_it_quotes() {
        assert_eq!(told(ErrorKind::Unknown, "ERR bad key 'secret'").1, "Redis refused (ERR)");
    }
}
