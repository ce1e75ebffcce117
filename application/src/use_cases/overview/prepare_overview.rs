use super::{DAYS, LAG};
use crate::{
    Ports, Settings,
    ports::{Clock, Counting, KeyBook, PortResult, Tallies},
};
use backstop_domain::{KeyId, KeyPurpose, LastDays, Quarter, Timestamp, schedule::Zone};
use jiff::SignedDuration;
use std::sync::Arc;

/// Counts what happened before anybody asks, so that the overview need not go through a month of the trail and knows what
/// went from it; and notes which keys are in force, so that it is known one day for how long they were.
pub struct PrepareOverview {
    tallies: Arc<dyn Tallies>,
    book: Arc<dyn KeyBook>,
    keys: Vec<(KeyPurpose, KeyId)>,
    zone: Zone,
    clock: Arc<dyn Clock>,
}

/// Six hours: a portion that takes no long time where a lot happens.
const QUARTERS_AT_ONCE: u32 = 24;
/// Somewhat longer than is shown.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 45);

impl PrepareOverview {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            tallies: Arc::clone(&ports.tallies),
            book: Arc::clone(&ports.keys),
            keys: settings.overview.keys.clone(),
            zone: settings.overview.zone.clone(),
            clock: Arc::clone(&ports.clock),
        }
    }

    pub async fn run(&self) -> PortResult<()> {
        let now = self.clock.now();
        for (purpose, id) in &self.keys {
            self.book.note(*purpose, id, now).await?;
        }
        let ago = |span: SignedDuration| now.saturating_sub(span).unwrap_or(Timestamp::MIN);
        let from = Quarter::of(LastDays::new(&self.zone, now, DAYS).begin());
        let until = ago(LAG);
        loop {
            let counting = Counting { from, until, most: QUARTERS_AT_ONCE };
            if self.tallies.count(&counting).await? >= Quarter::of(until).begins() {
                break;
            }
        }
        self.tallies.forget(Quarter::of(ago(KEPT_FOR))).await.map(drop)
    }
}
