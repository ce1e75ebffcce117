//! Rows and what they stand for. Columns are named with the letter of their table, so that one row can hold several.

use crate::{error::OrFault as _, time::PgTime};
use backstop_application::ports::{PortError, PortResult, Proposal, SecondFactor, StoredAuthenticator, StoredPassword};
use backstop_domain::{
    Account, AccountId, Actor, AuditEntry, AuditId, Batch, BatchId, Client, ClientId, ClientKey, ClientKeyId, CodeId,
    CodeStatus, Counters, DisplayName, Duties, EmailAddress, Locale, Origin, ProfileName, RequestId, Sealed, SessionId,
    StoredCode, Subject, TimeStep, Timestamp, Verifier, guard::GenerationWait,
};
use core::str::FromStr;
use jiff::SignedDuration;
use sqlx::{
    Decode, Postgres, Row as _, Type,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

/// A prepared statement with its values.
pub(crate) type Statement = Query<'static, Postgres, PgArguments>;

macro_rules! account_columns {
    () => {
        "a.id AS a_id, a.subject AS a_subject, a.email AS a_email, a.email_confirmed AS a_email_confirmed, \
         a.notify_emails AS a_notify_emails, a.display_name AS a_display_name, a.locale AS a_locale, \
         a.role AS a_role, a.suspended AS a_suspended, a.setup_verified_at AS a_setup_verified_at, \
         a.generation_until AS a_generation_until, a.generation_length AS a_generation_length, \
         a.created_at AS a_created_at, a.modified_at AS a_modified_at"
    };
}

macro_rules! batch_columns {
    () => {
        "b.id AS b_id, b.account_id AS b_account_id, b.profile AS b_profile, b.issued AS b_issued, b.used AS b_used, \
         b.invalidated AS b_invalidated, b.removed AS b_removed, b.purged AS b_purged, \
         b.created_at AS b_created_at, b.modified_at AS b_modified_at, b.expires_at AS b_expires_at, \
         b.superseded_at AS b_superseded_at, b.invalidated_at AS b_invalidated_at, b.deleted_at AS b_deleted_at, \
         b.viewed_at AS b_viewed_at, b.downloaded_at AS b_downloaded_at, b.emailed_at AS b_emailed_at, \
         b.email_failed_at AS b_email_failed_at, \
         b.delivery_digest AS b_delivery_digest, b.delivery_ended_at AS b_delivery_ended_at"
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
        "b.superseded_at IS NULL AND b.invalidated_at IS NULL AND b.deleted_at IS NULL"
    };
}

pub(crate) fn cell<'r, T>(row: &'r PgRow, column: &'static str) -> PortResult<T>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
{
    row.try_get(column).or_fault()
}

pub(crate) fn instant(row: &PgRow, column: &'static str) -> PortResult<Timestamp> {
    cell::<PgTime>(row, column).map(|time| time.0)
}

pub(crate) fn some_instant(row: &PgRow, column: &'static str) -> PortResult<Option<Timestamp>> {
    cell::<Option<PgTime>>(row, column).map(|time| time.map(|time| time.0))
}

fn counter(row: &PgRow, column: &'static str) -> PortResult<u32> {
    u32::try_from(cell::<i32>(row, column)?).map_err(|_| strange(column))
}

/// A number that is kept with more bits than it has.
pub(crate) fn number(row: &PgRow, column: &'static str) -> PortResult<u32> {
    u32::try_from(cell::<i64>(row, column)?).map_err(|_| strange(column))
}

pub(crate) fn total(row: &PgRow, column: &'static str) -> PortResult<u64> {
    u64::try_from(cell::<i64>(row, column)?).map_err(|_| strange(column))
}

/// As a store keeps a number that grows.
pub(crate) fn stored(total: u64) -> i64 {
    i64::try_from(total).unwrap_or(i64::MAX)
}

pub(crate) fn range(row: &PgRow) -> PortResult<Option<(Timestamp, Timestamp)>> {
    Ok(some_instant(row, "oldest")?.zip(some_instant(row, "newest")?))
}

pub(crate) fn strange(column: &'static str) -> PortError {
    PortError::corrupt(format!("column {column} holds what it can't"))
}

pub(crate) fn parsed<T: FromStr>(row: &PgRow, column: &'static str) -> PortResult<T> {
    cell::<&str>(row, column)?.parse().map_err(|_| strange(column))
}

pub(crate) fn some_parsed<T: FromStr>(row: &PgRow, column: &'static str) -> PortResult<Option<T>> {
    cell::<Option<&str>>(row, column)?.map(|text| text.parse().map_err(|_| strange(column))).transpose()
}

fn digest(bytes: &[u8], column: &'static str) -> PortResult<[u8; 32]> {
    bytes.try_into().map_err(|_| strange(column))
}

fn some_digest(row: &PgRow, column: &'static str) -> PortResult<Option<[u8; 32]>> {
    cell::<Option<&[u8]>>(row, column)?.map(|bytes| digest(bytes, column)).transpose()
}

pub(crate) fn profile(row: &PgRow, column: &'static str) -> PortResult<ProfileName> {
    ProfileName::parse(cell(row, column)?).map_err(|_| strange(column))
}

pub(crate) fn duties(row: &PgRow, column: &'static str) -> PortResult<Duties> {
    u8::try_from(cell::<i16>(row, column)?).map(Duties::from_bits).map_err(|_| strange(column))
}

pub(crate) fn password(row: &PgRow) -> PortResult<StoredPassword> {
    let failures = u32::try_from(cell::<i32>(row, "failures")?).map_err(|_| strange("failures"))?;
    let signed_out_at = cell::<Option<PgTime>>(row, "signed_out_at")?.map(|time| time.0);
    Ok(StoredPassword { verifier: Verifier::new(cell(row, "verifier")?), failures, signed_out_at })
}

pub(crate) fn second_factor(row: &PgRow) -> PortResult<SecondFactor> {
    let sealed = |column| cell::<Option<Vec<u8>>>(row, column).map(|bytes| bytes.map(Sealed::new));
    let authenticator = match (sealed("secret")?, cell::<Option<PgTime>>(row, "confirmed_at")?) {
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

pub(crate) fn account(row: &PgRow) -> PortResult<Account> {
    let email = |text: &str, column| EmailAddress::parse(text).map_err(|_| strange(column));
    Ok(Account {
        id: AccountId::new(cell(row, "a_id")?),
        subject: Subject::parse(cell(row, "a_subject")?).map_err(|_| strange("a_subject"))?,
        email: cell::<Option<&str>>(row, "a_email")?.map(|text| email(text, "a_email")).transpose()?,
        email_confirmed: cell(row, "a_email_confirmed")?,
        notify_emails: cell::<Vec<String>>(row, "a_notify_emails")?
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

pub(crate) fn batch(row: &PgRow) -> PortResult<Batch> {
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
pub(crate) fn some_batch(row: &PgRow) -> PortResult<Option<Batch>> {
    cell::<Option<Uuid>>(row, "b_id")?.map(|_| batch(row)).transpose()
}

/// As kept in `codes.status`.
pub(crate) const fn status_number(status: CodeStatus) -> i16 {
    match status {
        CodeStatus::Active => 0,
        CodeStatus::Used => 1,
        CodeStatus::Invalidated => 2,
        CodeStatus::Deleted => 3,
    }
}

pub(crate) fn status(number: i16) -> PortResult<CodeStatus> {
    CodeStatus::ALL.iter().copied().find(|status| status_number(*status) == number).ok_or_else(|| strange("c_status"))
}

pub(crate) fn stored_code(row: &PgRow) -> PortResult<StoredCode> {
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

pub(crate) fn client(row: &PgRow) -> PortResult<Client> {
    Ok(Client {
        id: ClientId::new(cell(row, "c_id")?),
        name: cell(row, "c_name")?,
        scopes: cell::<Vec<String>>(row, "c_scopes")?
            .iter()
            .map(|scope| scope.parse().map_err(|_| strange("c_scopes")))
            .collect::<PortResult<_>>()?,
        created_at: instant(row, "c_created_at")?,
    })
}

pub(crate) fn client_key(row: &PgRow) -> PortResult<ClientKey> {
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

pub(crate) fn audit_entry(row: &PgRow) -> PortResult<AuditEntry> {
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
