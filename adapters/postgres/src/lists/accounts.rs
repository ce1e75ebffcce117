use super::{Shown, Sql};
use crate::{rows, time::PgTime};
use backstop_application::{
    lists::{AccountFilter, AccountSort, Accounts, CodesLeft, Suspended},
    ports::{AccountState, PortResult},
};
use backstop_domain::Timestamp;
use sqlx::postgres::PgRow;

macro_rules! live {
    () => {
        "(b.issued - b.used - b.invalidated - b.removed)"
    };
}

impl Shown for Accounts {
    const COLUMNS: &'static str = concat!(
        account_columns!(),
        ", ",
        batch_columns!(),
        ", (SELECT coalesce(bit_or(r.owed & ~r.settled), 0::smallint) FROM recoveries r WHERE r.account_id = a.id) AS open",
    );
    const FROM: &'static str = concat!("accounts a LEFT JOIN batches b ON b.account_id = a.id AND ", stands!());
    const ID: &'static str = "a.id";
    const FOR_CLIENTS: &'static str = "a.role = 'user'";

    fn counted_in(filter: &AccountFilter) -> &'static str {
        if filter.codes.is_some() { Self::FROM } else { "accounts a" }
    }

    fn column(sort: AccountSort) -> Option<&'static str> {
        Some(match sort {
            AccountSort::Created => "a.created_at",
            AccountSort::Modified => "a.modified_at",
            AccountSort::Subject => "a.subject",
        })
    }

    fn narrow(sql: &mut Sql, filter: &AccountFilter, now: Timestamp) {
        sql.search("a.subject", filter.subject.as_ref()).search("a.email_key", filter.email.as_ref());
        if let Some(role) = filter.role {
            sql.and_bind("a.role =", role.as_str());
        }
        match filter.suspended {
            None => {}
            Some(Suspended::No) => {
                sql.and("a.suspended IS NULL");
            }
            Some(Suspended::Yes) => {
                sql.and("a.suspended IS NOT NULL");
            }
            Some(Suspended::For(reason)) => {
                sql.and_bind("a.suspended =", reason.as_str());
            }
        }
        match filter.codes {
            None => {}
            Some(CodesLeft::None) => {
                sql.0.push(concat!(" AND (b.id IS NULL OR ", live!(), " <= 0 OR b.expires_at <= "));
                sql.0.push_bind(PgTime(now)).push(")");
            }
            Some(CodesLeft::Few(most)) => {
                sql.and_bind(concat!(live!(), " > 0 AND ", live!(), " <="), i64::from(most));
                sql.0.push(" AND (b.expires_at IS NULL OR b.expires_at > ").push_bind(PgTime(now)).push(")");
            }
            Some(CodesLeft::ExpiringWithin(days)) => {
                let end = CodesLeft::end_of_days(days, now);
                sql.and_bind(concat!(live!(), " > 0 AND b.expires_at >"), PgTime(now));
                sql.and_bind("b.expires_at <=", PgTime(end));
            }
        }
        if let Some(open) = filter.duties {
            let owing =
                "EXISTS (SELECT 1 FROM recoveries r WHERE r.account_id = a.id AND (r.owed & ~r.settled) <> 0) =";
            sql.and_bind(owing, open);
        }
    }

    fn entry(row: &PgRow) -> PortResult<AccountState> {
        Ok(AccountState {
            account: rows::account(row)?,
            standing: rows::some_batch(row)?,
            open: rows::duties(row, "open")?,
        })
    }
}
