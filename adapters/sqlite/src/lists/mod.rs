//! Lists, one file a kind: the columns and conditions of each. How a page and a count are made of them is the same for
//! all, and is here.
//!
//! Whatever is listed is joined to accounts and batches by a left join: it must not change which rows there are, nor in
//! which order they are found.

mod accounts;
mod audit;
mod batches;
mod clients;
mod codes;
mod mails;
mod runs;
mod schedules;
mod tasks;

use crate::{
    error::OrFault as _,
    reading::Reading,
    rows::{self, cell},
    storage::SqliteStorage,
    time::SqliteTime,
};
use async_trait::async_trait;
use backstop_application::{
    lists::{Owned, Owner, Search, Whose},
    ports::{Direction, Listed, PortError, PortResult, Portion, Rank, Register, Sight, Which},
};
use backstop_domain::{AccountId, Subject, Timestamp};
use sqlx::{Encode, QueryBuilder, Sqlite, Type, sqlite::SqliteRow};
use tokio::time::timeout;
use uuid::Uuid;

/// A list as this database has it.
trait Shown: Listed {
    const COLUMNS: &'static str;
    const FROM: &'static str;
    const ID: &'static str;
    /// What may be shown to applications.
    const FOR_CLIENTS: &'static str;

    /// The columns as they are shown: without what is of others in them that are not in sight.
    fn columns(_sight: Sight) -> &'static str {
        Self::COLUMNS
    }

    /// What is counted: without the tables that only columns are of.
    fn counted_in(_filter: &Self::Filter) -> &'static str {
        Self::FROM
    }

    /// What it is sorted by, as its index has it; `None` is by the id alone.
    fn column(sort: Self::Sort) -> Option<&'static str>;

    fn narrow(sql: &mut Sql, filter: &Self::Filter, now: Timestamp);

    fn entry(row: &SqliteRow) -> PortResult<Self::Entry>;
}

/// Not of somebody who runs the service. Those are few and have an index: a database need not look each owner up.
macro_rules! of_no_staff {
    ($account:literal) => {
        concat!("NOT EXISTS (SELECT 1 FROM accounts s WHERE s.id = ", $account, " AND s.role <> 'user')")
    };
}
use of_no_staff;

macro_rules! owner_columns {
    () => {
        "o.id AS o_id, o.subject AS o_subject, o.role AS o_role"
    };
}
use owner_columns;

/// A statement that grows by conditions.
struct Sql(QueryBuilder<Sqlite>);

impl Sql {
    fn beginning(start: String) -> Self {
        let mut sql = Self(QueryBuilder::new(start));
        sql.0.push(" WHERE true");
        sql
    }

    fn and(&mut self, condition: &'static str) -> &mut Self {
        self.0.push(" AND (").push(condition).push(")");
        self
    }

    /// The condition ends where the value stands.
    fn and_bind<'t, T>(&mut self, condition: &'static str, value: T) -> &mut Self
    where
        T: Encode<'t, Sqlite> + Type<Sqlite>,
    {
        self.0.push(" AND ").push(condition).push(" ").push_bind(value);
        self
    }

    fn search(&mut self, column: &'static str, search: Option<&Search>) -> &mut Self {
        match search {
            None => {}
            Some(Search::Exactly(text)) => {
                self.0.push(" AND ").push(column).push(" = ").push_bind(text.clone());
            }
            Some(Search::StartsWith(prefix)) => {
                self.0.push(" AND ").push(column).push(" >= ").push_bind(prefix.clone());
                if let Some(end) = Search::end_of(prefix) {
                    self.0.push(" AND ").push(column).push(" < ").push_bind(end);
                }
            }
        }
        self
    }

    fn whose(&mut self, column: &'static str, whose: Option<&Whose>) -> &mut Self {
        match whose {
            None => {}
            Some(Whose::Account(id)) => {
                self.0.push(" AND ").push(column).push(" = ").push_bind(id.uuid());
            }
            Some(Whose::Subject(subject)) => {
                self.0.push(" AND ").push(column).push(" = (SELECT w.id FROM accounts w WHERE w.subject = ");
                self.0.push_bind(subject.as_str().to_owned()).push(")");
            }
        }
        self
    }

    /// From the one time on, and before the other.
    fn between(&mut self, column: &'static str, from: Option<Timestamp>, until: Option<Timestamp>) -> &mut Self {
        if let Some(from) = from {
            self.0.push(" AND ").push(column).push(" >= ").push_bind(SqliteTime(from));
        }
        if let Some(until) = until {
            self.0.push(" AND ").push(column).push(" < ").push_bind(SqliteTime(until));
        }
        self
    }

    fn which<L: Shown>(&mut self, which: &Which<L>) -> &mut Self {
        self.in_sight::<L>(which.sight);
        L::narrow(self, &which.filter, which.now);
        self
    }

    fn in_sight<L: Shown>(&mut self, sight: Sight) {
        if sight == Sight::ForClients {
            self.and(L::FOR_CLIENTS);
        }
    }

    fn page<L: Shown>(&mut self, portion: &Portion<L>) -> &mut Self {
        let (sign, order) = match portion.direction {
            Direction::Ascending => (" > ", " ASC"),
            Direction::Descending => (" < ", " DESC"),
        };
        let column = L::column(portion.sort);
        if let Some(place) = &portion.after {
            self.0.push(" AND ");
            match (column, &place.rank) {
                (Some(column), Rank::Time(time)) => {
                    self.0.push("(").push(column).push(", ").push(L::ID).push(")").push(sign).push("(");
                    self.0.push_bind(SqliteTime(*time)).push(", ").push_bind(place.id).push(")");
                }
                (Some(column), Rank::Text(text)) => {
                    self.0.push("(").push(column).push(", ").push(L::ID).push(")").push(sign).push("(");
                    self.0.push_bind(text.clone()).push(", ").push_bind(place.id).push(")");
                }
                (_, Rank::Alike) | (None, _) => {
                    self.0.push(L::ID).push(sign).push_bind(place.id);
                }
            }
        }
        self.0.push(" ORDER BY ");
        if let Some(column) = column {
            self.0.push(column).push(order).push(", ");
        }
        self.0.push(L::ID).push(order);
        self.limit(portion.most)
    }

    fn limit(&mut self, most: u32) -> &mut Self {
        self.0.push(" LIMIT ").push_bind(i64::from(most));
        self
    }
}

impl SqliteStorage {
    async fn look_through(&self, sql: &mut Sql) -> PortResult<Vec<SqliteRow>> {
        let mut reading = Reading::begin(self).await?;
        let rows = {
            let found = sql.0.build().persistent(false).fetch_all(&mut *reading.connection);
            match timeout(self.settings.list_timeout, found).await {
                Ok(found) => found.or_fault(),
                Err(_) => Err(PortError::unavailable("there is too much to look through; narrow it down")),
            }
        };
        reading.end().await?;
        rows
    }
}

#[async_trait]
impl<L: Shown> Register<L> for SqliteStorage {
    async fn portion(&self, portion: &Portion<L>) -> PortResult<Vec<L::Entry>> {
        let mut sql = Sql::beginning(format!("SELECT {} FROM {}", L::columns(portion.which.sight), L::FROM));
        sql.which(&portion.which).page(portion);
        self.look_through(&mut sql).await?.iter().map(L::entry).collect()
    }

    async fn count(&self, which: &Which<L>, most: u32) -> PortResult<u32> {
        let mut sql =
            Sql::beginning(format!("SELECT count(*) AS counted FROM (SELECT 1 FROM {}", L::counted_in(&which.filter)));
        sql.which(which).limit(most).0.push(") AS these");
        let rows = self.look_through(&mut sql).await?;
        rows.first().map_or(Ok(0), |row| rows::number(row, "counted"))
    }

    async fn entry(&self, id: Uuid, sight: Sight) -> PortResult<Option<L::Entry>> {
        let mut sql = Sql::beginning(format!("SELECT {} FROM {}", L::columns(sight), L::FROM));
        sql.in_sight::<L>(sight);
        sql.0.push(" AND ").push(L::ID).push(" = ").push_bind(id);
        self.look_through(&mut sql).await?.first().map(L::entry).transpose()
    }
}

fn owned<T>(row: &SqliteRow, of: T) -> PortResult<Owned<T>> {
    let id = cell::<Option<Uuid>>(row, "o_id")?;
    let owner = id.map(|id| {
        PortResult::Ok(Owner {
            account: AccountId::new(id),
            subject: Subject::parse(cell(row, "o_subject")?).map_err(|_| rows::strange("o_subject"))?,
            role: rows::parsed(row, "o_role")?,
        })
    });
    Ok(Owned { of, owner: owner.transpose()? })
}
