use super::notices::Notices;
use crate::ports::{PortResult, UnitOfWork};
use backstop_domain::{
    AccountId, AuditEntry, AuditKind, Notice, Timestamp,
    guard::{Limit, Slot},
};
use uuid::Uuid;

/// Writes down which limits a refused attempt reached and, where it is to be told, tells the owner of a ceiling, once a
/// day.
pub(crate) async fn note<E>(
    unit: &mut dyn UnitOfWork,
    notices: Option<&Notices>,
    account: AccountId,
    slot: &Slot,
    entry: &E,
) -> PortResult<()>
where
    E: Fn(AuditKind) -> AuditEntry + Sync,
{
    let pair = slot.locks_until.map(|_| Limit::Pair);
    for limit in pair.into_iter().chain(slot.reaches) {
        let mut locked = entry(AuditKind::Locked);
        locked.reason = Some(limit.as_str().into());
        let at = locked.at;
        unit.audit().append(locked).await?;
        if let Some(notices) = notices.filter(|_| limit == Limit::Account) {
            let once = Some(once_a_day(account, at));
            notices.tell_once(unit, account, &Notice::CeilingReached { at }, once).await?;
        }
    }
    Ok(())
}

/// The name of what an account is told once a day.
fn once_a_day(account: AccountId, at: Timestamp) -> Uuid {
    let day = u128::from(at.as_second().div_euclid(86_400).cast_unsigned());
    Uuid::from_u128(account.uuid().as_u128().wrapping_add(day << 64))
}
