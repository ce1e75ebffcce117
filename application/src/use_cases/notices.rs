//! Telling owners what happens to their codes: each notice is queued in the unit of what it tells.

use super::work::queue::Queue;
use crate::{
    Ports, Settings,
    ports::{PortResult, UnitOfWork},
};
use backstop_domain::{AccountId, BatchId, Notice, NoticeKind};
use std::collections::BTreeSet;
use uuid::Uuid;

/// From so few codes on their owner should make new ones.
const FEW: u32 = 3;
/// What makes names of a set's own for what is told of it once; the set's id itself is the name of its expiry.
const FEW_LEFT: u128 = 1 << 64;
const NONE_LEFT: u128 = 2 << 64;

pub(crate) struct Notices {
    queue: Queue,
    wanted: BTreeSet<NoticeKind>,
}

impl Notices {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self { queue: Queue::new(ports, settings), wanted: settings.mail.notices.clone() }
    }

    pub(crate) async fn tell(&self, unit: &mut dyn UnitOfWork, account: AccountId, notice: &Notice) -> PortResult<()> {
        self.tell_once(unit, account, notice, None).await
    }

    /// What has a name is told once only.
    pub(crate) async fn tell_once(
        &self,
        unit: &mut dyn UnitOfWork,
        account: AccountId,
        notice: &Notice,
        name: Option<Uuid>,
    ) -> PortResult<()> {
        if self.wanted.contains(&notice.kind()) || notice.carries_link() {
            unit.tasks().push(self.queue.tell(account, notice, name)?).await?;
        }
        Ok(())
    }

    /// Told when a code went and few or none are left, once each: not at every code from then on.
    pub(crate) async fn tell_few(
        &self,
        unit: &mut dyn UnitOfWork,
        account: AccountId,
        batch: BatchId,
        remaining: u32,
    ) -> PortResult<()> {
        let name = |which| Some(Uuid::from_u128(batch.uuid().as_u128().wrapping_add(which)));
        match remaining {
            0 => self.tell_once(unit, account, &Notice::NoneLeft, name(NONE_LEFT)).await,
            1..=FEW => self.tell_once(unit, account, &Notice::CodesLow { remaining }, name(FEW_LEFT)).await,
            _ => Ok(()),
        }
    }
}
