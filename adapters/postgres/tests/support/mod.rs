//! A fresh database, and what to put into it.
#![allow(dead_code, reason = "each test file uses its part")]

use backstop_application::ports::{Concerns, NewCode, NewTask, Payload, Storage as _};
use backstop_backends::{Database, Postgres};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, AuditKind, Batch, BatchId, CodeId, Expiry, KeyId, LookupTag,
    Origin, ProfileName, Sealed, Subject, TaskId, TaskKind, Timestamp, Verifier, task::Priority,
};
use backstop_postgres::{PgSettings, PgStorage};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

pub struct Fresh {
    pub settings: PgSettings,
    pub database: Database,
    pub server: Postgres,
}

pub async fn fresh() -> Fresh {
    let server = backstop_backends::postgres().await.unwrap();
    let database = server.fresh_database().await.unwrap();
    Fresh { settings: PgSettings::new(&database.url), database, server }
}

impl Fresh {
    pub async fn migrated(&self) -> PgStorage {
        let storage = PgStorage::connect(&self.settings).await.unwrap();
        storage.migrate().await.unwrap();
        storage
    }

    /// A connection that is not the adapter's.
    pub async fn beside(&self) -> PgConnection {
        PgConnection::connect(&self.database.url).await.unwrap()
    }
}

pub fn account(number: u128) -> Account {
    let subject = Subject::parse(&format!("subject {number}")).unwrap();
    Account::new(AccountId::new(Uuid::from_u128(number)), subject, Timestamp::UNIX_EPOCH)
}

pub async fn insert(storage: &PgStorage, account: &Account) {
    let mut unit = storage.begin().await.unwrap();
    unit.accounts().insert(account).await.unwrap();
    unit.commit().await.unwrap();
}

/// Looks random to an index, and is the same in each run.
fn scattered(number: u128) -> u128 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).rotate_left(61).wrapping_mul(0xd129_42f0_9f3a_1d5b)
}

pub fn code(number: u128) -> NewCode {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&scattered(number).to_be_bytes());
    let verifier = format!("{:0<97}", "$argon2id$v=19$m=19456,t=2,p=1$");
    NewCode {
        id: CodeId::new(Uuid::from_u128(scattered(number ^ 1 << 100))),
        tag: LookupTag { key: KeyId::parse("k2026_11").unwrap(), bytes },
        verifier: Verifier::new(verifier),
    }
}

pub fn batch(number: u128, account: AccountId, issued: u32) -> Batch {
    let profile = ProfileName::parse("classic").unwrap();
    let id = BatchId::new(Uuid::from_u128(scattered(number)));
    Batch::new(id, account, profile, issued, Expiry::Never, Timestamp::UNIX_EPOCH)
}

pub async fn issue(storage: &PgStorage, batch: &Batch, codes: &[NewCode]) {
    let mut unit = storage.begin_locking(batch.account).await.unwrap();
    unit.batches().insert(batch, codes).await.unwrap();
    unit.commit().await.unwrap();
}

pub fn entry(number: u128, account: Option<AccountId>) -> AuditEntry {
    AuditEntry {
        id: AuditId::new(Uuid::from_u128(number)),
        at: Timestamp::UNIX_EPOCH,
        kind: AuditKind::Redeemed,
        actor: Actor::CommandLine,
        account,
        batch: None,
        count: None,
        reason: None,
        typed: None,
        origin: Origin::default(),
    }
}

pub fn task(number: u128) -> NewTask {
    NewTask {
        id: TaskId::new(Uuid::from_u128(number)),
        kind: TaskKind::SendCodes,
        payload: Payload { version: 1, text: "{}".to_owned() },
        sealed: Some(Sealed::new(vec![1, 2, 3])),
        unique: None,
        priority: Priority::USUAL,
        concerns: Concerns::default(),
        created_at: Timestamp::UNIX_EPOCH,
        due_at: Timestamp::UNIX_EPOCH,
        attempts: 3,
    }
}
