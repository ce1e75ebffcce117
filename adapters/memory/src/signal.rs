use crate::MemoryStorage;
use async_trait::async_trait;
use backstop_application::ports::WorkSignal;
use core::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Duration,
};
use tokio::{sync::watch, time::timeout};

/// Counts the units that queued something, so that one that committed between two waits is not missed.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    told: watch::Sender<u64>,
    heard: AtomicU64,
}

impl Signal {
    pub(crate) fn tell(&self) {
        self.told.send_modify(|told| *told += 1);
    }

    pub(crate) async fn wait(&self, at_most: Duration) {
        let heard = self.heard.load(SeqCst);
        let mut told = self.told.subscribe();
        if let Ok(Ok(now)) = timeout(at_most, told.wait_for(|told| *told != heard)).await {
            self.heard.store(*now, SeqCst);
        }
    }
}

#[async_trait]
impl WorkSignal for MemoryStorage {
    async fn wait(&self, at_most: Duration) {
        self.signal().wait(at_most).await;
    }
}
