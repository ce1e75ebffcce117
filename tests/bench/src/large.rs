//! The console's lists over very many rows, against the same over few.

use crate::database::Server;
use anyhow::{Context as _, Result, ensure};
use backstop_application::{
    lists::{
        AccountFilter, AccountSort, Accounts, AuditFilter, AuditSort, AuditTrail, BatchFilter, BatchSort, Batches,
        CameFrom, CodeFilter, CodeSort, Codes, CodesOf, MailFilter, MailSort, Mails, Registers, Search, TaskFilter,
        TaskSort, Tasks, Whose,
    },
    ports::{Direction, Listed, Place, Portion, Rank, Register, Sight, Which},
    use_cases::Total,
};
use backstop_backends::Database;
use backstop_domain::{AuditKind, Network, Subject, TaskState, Timestamp};
use backstop_postgres::{PgSettings, PgStorage};
use core::{future::Future, net::Ipv4Addr, pin::Pin};
use sqlx::{PgPool, query};
use std::{process::ExitCode, sync::Arc, time::Instant};
use uuid::Uuid;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How many accounts the large database has, each with a set of ten codes and an entry in the audit trail
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u32,
    /// How many the small one has
    #[arg(long, default_value_t = 10_000)]
    few: u32,
    /// How often each is measured
    #[arg(long, default_value_t = 15)]
    rounds: u32,
}

/// What a list over many rows may take, in times of the same over few.
const LIMIT: f64 = 5.0;

/// The first row is of then, each other one of a second later.
const BEGINNING: i64 = 1_700_000_000;

/// As many rows of everything as there are accounts, and ten times as many codes.
const FILL: &[&str] = &[
    "INSERT INTO accounts (id, subject, email, email_key, email_confirmed, notify_emails, role, suspended, created_at, \
     modified_at) SELECT md5('a' || n)::uuid, 'user-' || lpad(n::text, 9, '0'), 'person' || n || '@example.org', \
     'person' || n || '@example.org', true, '{}', CASE WHEN n % 5000 = 7 THEN 'admin' ELSE 'user' END, \
     CASE WHEN n % 1000 = 3 THEN 'failures' END, to_timestamp(1700000000 + n), to_timestamp(1700000000 + n * 7 % $1) \
     FROM generate_series(1, $1::bigint) AS n",
    "INSERT INTO batches (id, account_id, profile, issued, used, invalidated, removed, purged, created_at, modified_at, \
     expires_at) SELECT md5('b' || n)::uuid, md5('a' || n)::uuid, 'classic', 10, n % 11, 0, 0, 0, \
     to_timestamp(1700000000 + n), to_timestamp(1700000000 + n), \
     CASE WHEN n % 3 > 0 THEN to_timestamp(1790000000 + n) END FROM generate_series(1, $1::bigint) AS n",
    "INSERT INTO codes (id, batch_id, status, lookup, lookup_key, verifier, status_since) \
     SELECT md5('c' || n || '-' || m)::uuid, md5('b' || n)::uuid, CASE WHEN m <= n % 11 THEN 1 ELSE 0 END, \
     sha256(('c' || n || '-' || m)::bytea), 'k1', 'none', CASE WHEN m <= n % 11 THEN to_timestamp(1700000000 + n) END \
     FROM generate_series(1, $1::bigint) AS n, generate_series(1, 10) AS m",
    "INSERT INTO audit_entries (id, at, kind, actor_kind, account_id, ip, network, request_id) \
     SELECT md5('e' || n)::uuid, to_timestamp(1700000000 + n), \
     CASE WHEN n % 1000 = 1 THEN 'suspended' ELSE 'redeemed' END, 'owner', md5('a' || n)::uuid, \
     '10.' || n / 65536 % 256 || '.' || n / 256 % 256 || '.' || n % 256, \
     '10.' || n / 65536 % 256 || '.' || n / 256 % 256 || '.0/24', md5('r' || n)::uuid \
     FROM generate_series(1, $1::bigint) AS n",
    "INSERT INTO email_log (task_id, account_id, address, address_key, subject, status, attempts, created_at, tried_at) \
     SELECT md5('m' || n)::uuid, md5('a' || n)::uuid, 'person' || n || '@example.org', 'person' || n || '@example.org', \
     'A code was used', CASE WHEN n % 1000 = 1 THEN 'failed' ELSE 'sent' END, 1, to_timestamp(1700000000 + n), \
     to_timestamp(1700000000 + n) FROM generate_series(1, $1::bigint) AS n",
    "INSERT INTO tasks (id, kind, state, priority, payload_version, account_id, created_at, due_at, ended_at, attempt, \
     attempts) SELECT md5('t' || n)::uuid, 'send_mail', 'done', 100, 1, md5('a' || n)::uuid, \
     to_timestamp(1700000000 + n), to_timestamp(1700000000 + n), to_timestamp(1700000000 + n), 1, 10 \
     FROM generate_series(1, $1::bigint) AS n",
    "VACUUM ANALYZE",
];

/// A filled database.
struct Filled {
    registers: Registers,
    rows: u32,
    _database: Database,
}

impl Filled {
    async fn new(server: &Server, rows: u32) -> Result<Self> {
        let database = server.database().await?;
        let storage = Arc::new(PgStorage::connect(&PgSettings::new(&database.url)).await?);
        storage.migrate().await?;
        let pool = PgPool::connect(&database.url).await?;
        let began = Instant::now();
        for statement in FILL {
            let filling = query(*statement);
            let filling = if statement.contains("$1") { filling.bind(i64::from(rows)) } else { filling };
            filling.execute(&pool).await.with_context(|| (*statement).to_owned())?;
        }
        println!("{rows} accounts, {} codes: filled in {:.0} s", u64::from(rows) * 10, began.elapsed().as_secs_f64());
        Ok(Self { registers: Registers::of(&storage), rows, _database: database })
    }

    /// A row in the middle.
    fn middle(&self) -> u32 {
        self.rows / 2
    }
}

/// Where a list goes on behind the row of this number.
fn behind(row: u32) -> Place {
    let time = Timestamp::from_second(BEGINNING + i64::from(row)).unwrap_or(Timestamp::MAX);
    Place { rank: Rank::Time(time), id: Uuid::nil() }
}

/// A page as it is shown: its rows, and how many there are.
async fn page<L: Listed>(
    register: &Arc<dyn Register<L>>,
    filter: L::Filter,
    sort: L::Sort,
    after: Option<Place>,
) -> Result<()> {
    let now = Timestamp::from_second(BEGINNING)?;
    let which = Which { filter, sight: Sight::ForClients, now };
    let counted = register.count(&which, Total::COUNTED + 1).await?;
    let portion = Portion { which, sort, direction: Direction::Descending, after, most: 51 };
    let found = register.portion(&portion).await?;
    ensure!(!found.is_empty() && counted > 0, "nothing was found");
    Ok(())
}

type Doing<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;
type Case = (&'static str, for<'a> fn(&'a Filled) -> Doing<'a>);

fn subject(row: u32) -> String {
    format!("user-{row:09}")
}

fn address(row: u32) -> String {
    format!("person{row}@example.org")
}

fn accounts(filled: &Filled, filter: AccountFilter) -> Doing<'_> {
    Box::pin(page::<Accounts>(&filled.registers.accounts, filter, AccountSort::Created, None))
}

fn audit(filled: &Filled, filter: AuditFilter) -> Doing<'_> {
    Box::pin(page::<AuditTrail>(&filled.registers.audit, filter, AuditSort::At, None))
}

fn whose(filled: &Filled) -> Option<Whose> {
    Subject::parse(&subject(filled.middle())).ok().map(Whose::Subject)
}

fn exactly(text: String) -> Search {
    Search::Exactly(text)
}

fn network(row: u32) -> CameFrom {
    let [_, high, low, _] = row.to_be_bytes();
    CameFrom::Network(Network::of(Ipv4Addr::new(10, high, low, 0).into()))
}

const CASES: &[Case] = &[
    ("accounts, first page", |f| accounts(f, AccountFilter::default())),
    ("accounts, by subject", |f| {
        Box::pin(page::<Accounts>(&f.registers.accounts, AccountFilter::default(), AccountSort::Subject, None))
    }),
    ("accounts, by change", |f| {
        Box::pin(page::<Accounts>(&f.registers.accounts, AccountFilter::default(), AccountSort::Modified, None))
    }),
    ("accounts, from the middle", |f| {
        let after = Some(behind(f.middle()));
        Box::pin(page::<Accounts>(&f.registers.accounts, AccountFilter::default(), AccountSort::Created, after))
    }),
    ("accounts, of a subject", |f| {
        accounts(f, AccountFilter { subject: Some(exactly(subject(f.middle()))), ..AccountFilter::default() })
    }),
    ("accounts, of a subject's beginning", |f| {
        let prefix = subject(f.middle())[..12].to_owned();
        accounts(f, AccountFilter { subject: Some(Search::StartsWith(prefix)), ..AccountFilter::default() })
    }),
    ("accounts, of an address", |f| {
        accounts(f, AccountFilter { email: Some(exactly(address(f.middle()))), ..AccountFilter::default() })
    }),
    ("accounts, of an address's beginning", |f| {
        let prefix = format!("person{}", f.middle() / 10);
        accounts(f, AccountFilter { email: Some(Search::StartsWith(prefix)), ..AccountFilter::default() })
    }),
    ("batches, first page", |f| {
        Box::pin(page::<Batches>(&f.registers.batches, BatchFilter::default(), BatchSort::Created, None))
    }),
    ("batches, by end", |f| {
        Box::pin(page::<Batches>(&f.registers.batches, BatchFilter::default(), BatchSort::Expires, None))
    }),
    ("batches, from the middle", |f| {
        let after = Some(behind(f.middle()));
        Box::pin(page::<Batches>(&f.registers.batches, BatchFilter::default(), BatchSort::Created, after))
    }),
    ("batches, of a subject", |f| {
        let filter = BatchFilter { whose: whose(f), ..BatchFilter::default() };
        Box::pin(page::<Batches>(&f.registers.batches, filter, BatchSort::Created, None))
    }),
    ("codes, of a subject", |f| {
        Box::pin(async {
            let whose = whose(f).context("a subject")?;
            let filter = CodeFilter { of: CodesOf::Account(whose), status: None };
            page::<Codes>(&f.registers.codes, filter, CodeSort::Id, None).await
        })
    }),
    ("audit, first page", |f| audit(f, AuditFilter::default())),
    ("audit, from the middle", |f| {
        let after = Some(behind(f.middle()));
        Box::pin(page::<AuditTrail>(&f.registers.audit, AuditFilter::default(), AuditSort::At, after))
    }),
    ("audit, of a subject", |f| audit(f, AuditFilter { whose: whose(f), ..AuditFilter::default() })),
    ("audit, of a kind", |f| audit(f, AuditFilter { kind: Some(AuditKind::Suspended), ..AuditFilter::default() })),
    ("audit, of a network", |f| {
        audit(f, AuditFilter { came_from: Some(network(f.middle())), ..AuditFilter::default() })
    }),
    ("audit, of a time", |f| {
        let time = |row: u32| Timestamp::from_second(BEGINNING + i64::from(row)).ok();
        audit(f, AuditFilter { from: time(f.middle()), until: time(f.middle() + 500), ..AuditFilter::default() })
    }),
    ("mails, first page", |f| {
        Box::pin(page::<Mails>(&f.registers.mails, MailFilter::default(), MailSort::Created, None))
    }),
    ("mails, from the middle", |f| {
        let after = Some(behind(f.middle()));
        Box::pin(page::<Mails>(&f.registers.mails, MailFilter::default(), MailSort::Created, after))
    }),
    ("mails, to an address", |f| {
        let filter = MailFilter { address: Some(exactly(address(f.middle()))), ..MailFilter::default() };
        Box::pin(page::<Mails>(&f.registers.mails, filter, MailSort::Created, None))
    }),
    ("tasks, first page", |f| {
        Box::pin(page::<Tasks>(&f.registers.tasks, TaskFilter::default(), TaskSort::Created, None))
    }),
    ("tasks, of a state, from the middle", |f| {
        let filter = TaskFilter { state: Some(TaskState::Done), ..TaskFilter::default() };
        Box::pin(page::<Tasks>(&f.registers.tasks, filter, TaskSort::Created, Some(behind(f.middle()))))
    }),
];

async fn micros(doing: Doing<'_>) -> Result<u64> {
    let began = Instant::now();
    doing.await?;
    Ok(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX))
}

fn median(mut all: Vec<u64>) -> u64 {
    all.sort_unstable();
    all[all.len() / 2]
}

/// Measures every list on both, by turns.
pub async fn compare(arguments: Arguments) -> Result<ExitCode> {
    let server = Server::start_unsynced().await?;
    let few = Filled::new(&server, arguments.few).await?;
    let many = Filled::new(&server, arguments.accounts).await?;
    println!("\n{:<38} {:>10} {:>10} {:>7}", "medians in µs", few.rows, many.rows, "times");
    let mut is_met = true;
    for (name, case) in CASES {
        let (mut on_few, mut on_many) = (Vec::new(), Vec::new());
        for round in 0..=arguments.rounds {
            let one = micros(case(&few)).await.with_context(|| format!("{name}, few"))?;
            let other = micros(case(&many)).await.with_context(|| format!("{name}, many"))?;
            // The first warms up.
            if round > 0 {
                on_few.push(one);
                on_many.push(other);
            }
        }
        let (one, other) = (median(on_few), median(on_many));
        #[expect(clippy::cast_precision_loss, reason = "a ratio of microseconds")]
        let times = other as f64 / one.max(1) as f64;
        let missed = times > LIMIT;
        is_met &= !missed;
        println!("{name:<38} {one:>10} {other:>10} {times:>7.2}{}", if missed { "  MISSED" } else { "" });
    }
    println!("\nlimit: {LIMIT} times; {}", if is_met { "met" } else { "missed" });
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
