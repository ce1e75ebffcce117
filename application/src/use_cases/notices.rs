//! Telling owners what happens to their codes: each notice is queued in the unit of what it tells.

use super::work::queue::Queue;
use crate::{
    Ports, Settings,
    ports::{PortResult, UnitOfWork},
};
use backstop_domain::{AccountId, Notice, NoticeKind};
use std::collections::BTreeSet;
use uuid::Uuid;

/// From so few codes on their owner should make new ones.
const FEW: u32 = 3;

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
        if self.wanted.contains(&notice.kind()) {
            unit.tasks().push(self.queue.tell(account, notice, name)?).await?;
        }
        Ok(())
    }

    /// Told when a code went and few or none are left, once each: not at every code from then on.
    pub(crate) async fn tell_few(
        &self,
        unit: &mut dyn UnitOfWork,
        account: AccountId,
        remaining: u32,
    ) -> PortResult<()> {
        match remaining {
            0 => self.tell(unit, account, &Notice::NoneLeft).await,
            FEW => self.tell(unit, account, &Notice::CodesLow { remaining }).await,
            _ => Ok(()),
        }
    }
}
