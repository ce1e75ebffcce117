//! The first connection of a start. It is made outside the pool, which tries again and again where an operator should
//! learn at once what to mend.

use crate::{
    error::{OrFault as _, fault},
    settings::PgSettings,
};
use backstop_application::ports::{PortError, PortErrorKind, PortResult};
use sqlx::{Connection as _, PgConnection, error::DatabaseError, postgres::PgConnectOptions, query_scalar};
use std::io::ErrorKind;
use tokio::{net::lookup_host, time::timeout};

const ENCODING: &str = "UTF8";

/// Finds out whether the database can be worked with.
pub(crate) async fn try_out(settings: &PgSettings) -> PortResult<()> {
    let options = settings.session().or_fault()?;
    let trying = timeout(settings.acquire_timeout, async {
        let mut connection = match PgConnection::connect_with(&options).await {
            Ok(connection) => connection,
            Err(error) => return Err(in_words(&error, &options).await),
        };
        let encoding: String = query_scalar("SHOW server_encoding").fetch_one(&mut connection).await.or_fault()?;
        // The answer is here; how the connection ends changes nothing.
        connection.close().await.ok();
        if encoding == ENCODING { Ok(()) } else { Err(wrong_encoding(&encoding)) }
    });
    trying.await.map_err(|e| PortError::unavailable("the database does not answer in time").because(e))?
}

fn wrong_encoding(encoding: &str) -> PortError {
    let what = format!(
        "the database's encoding is {encoding}, which can't hold every text; create the database anew with ENCODING \
         '{ENCODING}' TEMPLATE template0"
    );
    PortError::new(PortErrorKind::Rejected, what)
}

async fn in_words(error: &sqlx::Error, options: &PgConnectOptions) -> PortError {
    match error {
        sqlx::Error::Database(refusal) => refused(refusal.as_ref()).unwrap_or_else(|| fault(error)),
        sqlx::Error::Io(refusal) if refusal.kind() == ErrorKind::ConnectionRefused => nothing_answers(),
        // A socket's file that is not there.
        sqlx::Error::Io(refusal) if refusal.kind() == ErrorKind::NotFound && has_socket(options) => nothing_answers(),
        // What resolves names has no kind of error of its own.
        sqlx::Error::Io(_) if !has_socket(options) && !is_known(options).await => {
            PortError::unavailable("the database's host name is not known")
        }
        _ => fault(error),
    }
}

fn nothing_answers() -> PortError {
    PortError::unavailable("nothing answers at the database's address")
}

fn refused(error: &dyn DatabaseError) -> Option<PortError> {
    meaning(&error.code()?).map(|what| PortError::new(PortErrorKind::Rejected, what))
}

fn meaning(code: &str) -> Option<&'static str> {
    match code {
        "28P01" | "28000" => Some("the database refuses the user or the password"),
        "3D000" => Some("there is no database of that name"),
        _ => None,
    }
}

fn has_socket(options: &PgConnectOptions) -> bool {
    options.get_socket().is_some() || options.get_host().starts_with('/')
}

async fn is_known(options: &PgConnectOptions) -> bool {
    lookup_host((options.get_host(), options.get_port())).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_refuse_a_user_are_told_alike() {
        assert_eq!(meaning("28P01"), meaning("28000"));
        assert!(meaning("28P01").is_some_and(|what| what.contains("the password")));
        assert_eq!(meaning("57P03"), None);
    }
}
