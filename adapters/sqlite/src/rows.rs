//! Rows and what they stand for. Columns are named with the letter of their table, so that one row can hold several.

use crate::{error::OrFault as _, time::SqliteTime};
use backstop_application::ports::{
    PortError, PortErrorKind, PortResult, Proposal, SecondFactor, StoredAuthenticator, StoredPassword,
};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, Batch, BatchId, Client, ClientId, ClientKey, ClientKeyId, CodeId,
    CodeStatus, Counters, DisplayName, Duties, EmailAddress, Locale, Origin, ProfileName, RequestId, Sealed, SessionId,
    StoredCode, Subject, TimeStep, Timestamp, Verifier, guard::GenerationWait,
};
use core::str::FromStr;
use jiff::SignedDuration;
use sqlx::{
    Decode, Row as _, Sqlite, Type,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use uuid::Uuid;

/// A prepared statement with its values.
pub(crate) type Statement = Query<'static, Sqlite, SqliteArguments>;

macro_rules! account_columns {
    () => {
        "a.id AS a_id, a.subject AS a_subject, a.email AS a_email, a.email_confirmed AS a_email_confirmed, \
         a.notify_emails AS a_notify_emails, a.display_name AS a_display_name, a.locale AS a_locale, \
         a.role AS a_role, a.suspended AS a_suspended, a.setup_verified_at AS a_setup_verified_at, \
         a.generation_until AS a_generation_until, a.generation_length AS a_generation_length, \
         a.created_at AS a_created_at, a.modified_at AS a_modified_at"
    };
}

// `RETURNING` knows no alias of a table, hence none in any statement that uses these.
macro_rules! batch_columns {
    () => {
        "batches.id AS b_id, batches.account_id AS b_account_id, batches.profile AS b_profile, \
         batches.issued AS b_issued, batches.used AS b_used, batches.invalidated AS b_invalidated, \
         batches.removed AS b_removed, batches.purged AS b_purged, batches.created_at AS b_created_at, \
         batches.modified_at AS b_modified_at, batches.expires_at AS b_expires_at, \
         batches.superseded_at AS b_superseded_at, batches.invalidated_at AS b_invalidated_at, \
         batches.deleted_at AS b_deleted_at, batches.viewed_at AS b_viewed_at, \
         batches.downloaded_at AS b_downloaded_at, batches.emailed_at AS b_emailed_at, \
         batches.email_failed_at AS b_email_failed_at, batches.delivery_digest AS b_delivery_digest, batches.delivery_ended_at AS b_delivery_ended_at"
    };
}

/// Neither done nor given up; as the partial indexes have it.
macro_rules! unfinished {
    () => {
        "state IN ('queued', 'running')"
    };
}

/// Neither superseded, invalidated nor deleted.
macro_rules! stands {
    () => {
        "batches.superseded_at IS NULL AND batches.invalidated_at IS NULL AND batches.deleted_at IS NULL"
    };
}

pub(crate) fn cell<'r, T>(row: &'r SqliteRow, column: &'static str) -> PortResult<T>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(column).or_fault()
}

pub(crate) fn instant(row: &SqliteRow, column: &'static str) -> PortResult<Timestamp> {
    cell::<SqliteTime>(row, column).map(|time| time.0)
}

pub(crate) fn some_instant(row: &SqliteRow, column: &'static str) -> PortResult<Option<Timestamp>> {
    cell::<Option<SqliteTime>>(row, column).map(|time| time.map(|time| time.0))
}

pub(crate) fn counter(row: &SqliteRow, column: &'static str) -> PortResult<u32> {
    u32::try_from(cell::<i64>(row, column)?).map_err(|_| strange(column))
}

/// A number that is kept wider than it is.
pub(crate) fn number(row: &SqliteRow, column: &'static str) -> PortResult<u32> {
    u32::try_from(cell::<i64>(row, column)?).map_err(|_| strange(column))
}

pub(crate) fn total(row: &SqliteRow, column: &'static str) -> PortResult<u64> {
    u64::try_from(cell::<i64>(row, column)?).map_err(|_| strange(column))
}

/// As a store keeps a number that grows.
pub(crate) fn stored(total: u64) -> i64 {
    i64::try_from(total).unwrap_or(i64::MAX)
}

pub(crate) fn range(row: &SqliteRow) -> PortResult<Option<(Timestamp, Timestamp)>> {
    Ok(some_instant(row, "oldest")?.zip(some_instant(row, "newest")?))
}

pub(crate) fn strange(column: &'static str) -> PortError {
    PortError::corrupt(format!("column {column} holds what it can't"))
}

pub(crate) fn parsed<T: FromStr>(row: &SqliteRow, column: &'static str) -> PortResult<T> {
    cell::<&str>(row, column)?.parse().map_err(|_| strange(column))
}

pub(crate) fn some_parsed<T: FromStr>(row: &SqliteRow, column: &'static str) -> PortResult<Option<T>> {
    cell::<Option<&str>>(row, column)?.map(|text| text.parse().map_err(|_| strange(column))).transpose()
}

/// A JSON array of texts.
fn list(row: &SqliteRow, column: &'static str) -> PortResult<Vec<String>> {
    serde_json::from_str(cell(row, column)?).map_err(|_| strange(column))
}

pub(crate) fn json(texts: &[&str]) -> PortResult<String> {
    serde_json::to_string(texts).map_err(|_| PortError::new(PortErrorKind::Rejected, "a list can't be written"))
}

/// As SQLite's `unhex` reads it.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

fn digest(bytes: &[u8], column: &'static str) -> PortResult<[u8; 32]> {
    bytes.try_into().map_err(|_| strange(column))
}

fn some_digest(row: &SqliteRow, column: &'static str) -> PortResult<Option<[u8; 32]>> {
    cell::<Option<&[u8]>>(row, column)?.map(|bytes| digest(bytes, column)).transpose()
}

pub(crate) fn profile(row: &SqliteRow, column: &'static str) -> PortResult<ProfileName> {
    ProfileName::parse(cell(row, column)?).map_err(|_| strange(column))
}

/// All duties of a JSON array of them.
pub(crate) fn duties(row: &SqliteRow, column: &'static str) -> PortResult<Duties> {
    let each: Vec<u8> = serde_json::from_str(cell(row, column)?).map_err(|_| strange(column))?;
    Ok(each.into_iter().map(Duties::from_bits).fold(Duties::NONE, Duties::union))
}

pub(crate) fn password(row: &SqliteRow) -> PortResult<StoredPassword> {
    let failures = u32::try_from(cell::<i32>(row, "failures")?).map_err(|_| strange("failures"))?;
    let signed_out_at = cell::<Option<SqliteTime>>(row, "signed_out_at")?.map(|time| time.0);
    Ok(StoredPassword { verifier: Verifier::new(cell(row, "verifier")?), failures, signed_out_at })
}

pub(crate) fn second_factor(row: &SqliteRow) -> PortResult<SecondFactor> {
    let sealed = |column| cell::<Option<Vec<u8>>>(row, column).map(|bytes| bytes.map(Sealed::new));
    let authenticator = match (sealed("secret")?, cell::<Option<SqliteTime>>(row, "confirmed_at")?) {
        (Some(secret), Some(confirmed_at)) => {
            let step = u64::try_from(cell::<i64>(row, "last_step")?).map_err(|_| strange("last_step"))?;
            let failures = u32::try_from(cell::<i32>(row, "failures")?).map_err(|_| strange("failures"))?;
            let last_step = TimeStep::new(step);
            Some(StoredAuthenticator { secret, confirmed_at: confirmed_at.0, last_step, failures })
        }
        _ => None,
    };
    let session = cell::<Option<Uuid>>(row, "proposed_to")?.map(SessionId::new);
    let proposal = sealed("proposed")?.zip(session).map(|(secret, session)| Proposal { secret, session });
    Ok(SecondFactor { authenticator, proposal })
}

pub(crate) fn account(row: &SqliteRow) -> PortResult<Account> {
    let email = |text: &str, column| EmailAddress::parse(text).map_err(|_| strange(column));
    Ok(Account {
        id: AccountId::new(cell(row, "a_id")?),
        subject: Subject::parse(cell(row, "a_subject")?).map_err(|_| strange("a_subject"))?,
        email: cell::<Option<&str>>(row, "a_email")?.map(|text| email(text, "a_email")).transpose()?,
        email_confirmed: cell(row, "a_email_confirmed")?,
        notify_emails: list(row, "a_notify_emails")?
            .iter()
            .map(|text| email(text, "a_notify_emails"))
            .collect::<PortResult<_>>()?,
        display_name: cell::<Option<&str>>(row, "a_display_name")?
            .map(|text| DisplayName::parse(text).map_err(|_| strange("a_display_name")))
            .transpose()?,
        locale: cell::<Option<&str>>(row, "a_locale")?
            .map(|text| Locale::parse(text).map_err(|_| strange("a_locale")))
            .transpose()?,
        role: parsed(row, "a_role")?,
        suspended: some_parsed(row, "a_suspended")?,
        setup_verified_at: some_instant(row, "a_setup_verified_at")?,
        generation: GenerationWait {
            until: some_instant(row, "a_generation_until")?,
            length: SignedDuration::from_micros(cell(row, "a_generation_length")?),
        },
        created_at: instant(row, "a_created_at")?,
        modified_at: instant(row, "a_modified_at")?,
    })
}

pub(crate) fn batch(row: &SqliteRow) -> PortResult<Batch> {
    Ok(Batch {
        id: BatchId::new(cell(row, "b_id")?),
        account: AccountId::new(cell(row, "b_account_id")?),
        profile: profile(row, "b_profile")?,
        counters: Counters {
            issued: counter(row, "b_issued")?,
            used: counter(row, "b_used")?,
            invalidated: counter(row, "b_invalidated")?,
            removed: counter(row, "b_removed")?,
            purged: counter(row, "b_purged")?,
        },
        created_at: instant(row, "b_created_at")?,
        modified_at: instant(row, "b_modified_at")?,
        expires_at: some_instant(row, "b_expires_at")?,
        superseded_at: some_instant(row, "b_superseded_at")?,
        invalidated_at: some_instant(row, "b_invalidated_at")?,
        deleted_at: some_instant(row, "b_deleted_at")?,
        viewed_at: some_instant(row, "b_viewed_at")?,
        downloaded_at: some_instant(row, "b_downloaded_at")?,
        emailed_at: some_instant(row, "b_emailed_at")?,
        email_failed_at: some_instant(row, "b_email_failed_at")?,
        delivery_digest: some_digest(row, "b_delivery_digest")?,
        delivery_ended_at: some_instant(row, "b_delivery_ended_at")?,
    })
}

/// The batch of a row in which there may be none.
pub(crate) fn some_batch(row: &SqliteRow) -> PortResult<Option<Batch>> {
    cell::<Option<Uuid>>(row, "b_id")?.map(|_| batch(row)).transpose()
}

/// As kept in `codes.status`.
pub(crate) const fn status_number(status: CodeStatus) -> i64 {
    match status {
        CodeStatus::Active => 0,
        CodeStatus::Used => 1,
        CodeStatus::Invalidated => 2,
        CodeStatus::Deleted => 3,
    }
}

pub(crate) fn status(number: i64) -> PortResult<CodeStatus> {
    CodeStatus::ALL.iter().copied().find(|status| status_number(*status) == number).ok_or_else(|| strange("c_status"))
}

pub(crate) fn stored_code(row: &SqliteRow) -> PortResult<StoredCode> {
    Ok(StoredCode {
        id: CodeId::new(cell(row, "c_id")?),
        account: AccountId::new(cell(row, "b_account_id")?),
        batch: BatchId::new(cell(row, "b_id")?),
        profile: profile(row, "b_profile")?,
        status: status(cell(row, "c_status")?)?,
        verifier: Verifier::new(cell(row, "c_verifier")?),
        expires_at: some_instant(row, "b_expires_at")?,
    })
}

pub(crate) fn client(row: &SqliteRow) -> PortResult<Client> {
    Ok(Client {
        id: ClientId::new(cell(row, "c_id")?),
        name: cell(row, "c_name")?,
        scopes: list(row, "c_scopes")?
            .iter()
            .map(|scope| scope.parse().map_err(|_| strange("c_scopes")))
            .collect::<PortResult<_>>()?,
        created_at: instant(row, "c_created_at")?,
    })
}

pub(crate) fn client_key(row: &SqliteRow) -> PortResult<ClientKey> {
    Ok(ClientKey {
        id: ClientKeyId::new(cell(row, "k_id")?),
        client: ClientId::new(cell(row, "c_id")?),
        digest: digest(cell(row, "k_digest")?, "k_digest")?,
        created_at: instant(row, "k_created_at")?,
        revoked_at: some_instant(row, "k_revoked_at")?,
        last_used_at: some_instant(row, "k_last_used_at")?,
    })
}

pub(crate) const BY_CLIENT: &str = "client";
pub(crate) const BY_COMMAND_LINE: &str = "command_line";
pub(crate) const BY_OWNER: &str = "owner";
pub(crate) const BY_SCHEDULE: &str = "schedule";
pub(crate) const BY_SERVICE: &str = "service";
pub(crate) const BY_STAFF: &str = "staff";

pub(crate) fn audit_entry(row: &SqliteRow) -> PortResult<AuditEntry> {
    let actor = match (cell(row, "actor_kind")?, cell::<Option<Uuid>>(row, "actor_id")?) {
        (BY_CLIENT, Some(id)) => Actor::Client(ClientId::new(id)),
        (BY_COMMAND_LINE, None) => Actor::CommandLine,
        (BY_OWNER, None) => Actor::Owner,
        (BY_SERVICE, None) => Actor::Service,
        (BY_STAFF, Some(id)) => Actor::Staff(AccountId::new(id)),
        (BY_SCHEDULE, None) => {
            Actor::Schedule { name: cell(row, "actor_name")?, saved_by: cell(row, "actor_saved_by")? }
        }
        _ => return Err(strange("actor_kind")),
    };
    let count = cell::<Option<i64>>(row, "count")?;
    Ok(AuditEntry {
        id: AuditId::new(cell(row, "id")?),
        at: instant(row, "at")?,
        kind: parsed(row, "kind")?,
        actor,
        account: cell::<Option<Uuid>>(row, "account_id")?.map(AccountId::new),
        batch: cell::<Option<Uuid>>(row, "batch_id")?.map(BatchId::new),
        count: count.map(u32::try_from).transpose().map_err(|_| strange("count"))?,
        reason: cell::<Option<String>>(row, "reason")?.map(Into::into),
        typed: some_digest(row, "typed")?,
        origin: Origin {
            ip: some_parsed(row, "ip")?,
            user_agent: cell(row, "user_agent")?,
            request: cell::<Option<Uuid>>(row, "request_id")?.map(RequestId::new),
        },
    })
}
