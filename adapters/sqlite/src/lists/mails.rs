use super::{Shown, Sql, of_no_staff, owned, owner_columns};
use crate::mail_log;
use backstop_application::{
    lists::{MailFilter, MailSort, Mails, Owned},
    ports::{MailRecord, PortResult},
};
use backstop_domain::Timestamp;
use sqlx::sqlite::SqliteRow;

impl Shown for Mails {
    const COLUMNS: &'static str = concat!("m.*, ", owner_columns!());
    const FROM: &'static str = "email_log m LEFT JOIN accounts o ON o.id = m.account_id";
    const ID: &'static str = "m.task_id";
    const FOR_CLIENTS: &'static str = concat!("m.account_id IS NOT NULL AND ", of_no_staff!("m.account_id"));

    fn counted_in(_filter: &MailFilter) -> &'static str {
        "email_log m"
    }

    fn column(sort: MailSort) -> Option<&'static str> {
        Some(match sort {
            MailSort::Created => "m.created_at",
        })
    }

    fn narrow(sql: &mut Sql, filter: &MailFilter, _now: Timestamp) {
        sql.whose("m.account_id", filter.whose.as_ref()).search("m.address_key", filter.address.as_ref()).between(
            "m.created_at",
            filter.from,
            filter.until,
        );
        if let Some(status) = filter.status {
            sql.and_bind("m.status =", status.as_str());
        }
    }

    fn entry(row: &SqliteRow) -> PortResult<Owned<MailRecord>> {
        owned(row, mail_log::mail(row)?)
    }
}
