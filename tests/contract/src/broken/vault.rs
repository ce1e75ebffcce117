use super::defects;
use crate::{FreshVault, VaultHarness};
use async_trait::async_trait;
use backstop_application::ports::{PortError, PortErrorKind, PortResult, Vault};
use backstop_domain::{BatchId, Sealed, Timestamp};
use jiff::SignedDuration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

defects! {
    /// What is wrong with a vault.
    VaultDefect {
        KeepsText,
        AnythingIsFound,
        EndsAMicrosecondLate,
        FirstCopyStays,
        FirstInstantStays,
        ClearsEverything,
        ClearsWhatItPuts,
        RemoveIsForgotten,
        RemovesEverything,
        RemovingNothingIsAFault,
        MixesCopies,
    }
}

/// A vault in memory, with one defect.
pub struct BrokenVault(pub VaultDefect);

#[async_trait]
impl VaultHarness for BrokenVault {
    async fn fresh(&self) -> FreshVault {
        let copies = Copies { defect: self.0, kept: Mutex::default() };
        FreshVault { vault: Arc::new(copies), keep: Arc::new(()) }
    }
}

struct Copies {
    defect: VaultDefect,
    kept: Mutex<HashMap<BatchId, (Sealed, Timestamp)>>,
}

impl Copies {
    /// As it would be kept.
    fn written(&self, copy: &Sealed) -> Sealed {
        match self.defect {
            VaultDefect::KeepsText => Sealed::new(String::from_utf8_lossy(copy.bytes()).into_owned().into_bytes()),
            _ => copy.clone(),
        }
    }
}

#[async_trait]
impl Vault for Copies {
    async fn put(&self, batch: BatchId, sealed: &Sealed, now: Timestamp, until: Timestamp) -> PortResult<()> {
        let mut kept = self.kept.lock().unwrap();
        let earlier = kept.get(&batch).cloned();
        let mut copy = (self.written(sealed), until);
        match (self.defect, earlier) {
            (VaultDefect::FirstCopyStays, Some(earlier)) => copy = earlier,
            (VaultDefect::FirstInstantStays, Some((_, earlier))) => copy.1 = earlier,
            (VaultDefect::MixesCopies, Some((earlier, _))) => {
                let half = earlier.bytes().len() / 2;
                copy.0 = Sealed::new([&earlier.bytes()[..half], &copy.0.bytes()[half..]].concat());
            }
            (VaultDefect::ClearsEverything, _) => kept.clear(),
            (VaultDefect::ClearsWhatItPuts, Some((_, earlier))) if earlier <= now => {
                kept.remove(&batch);
                return Ok(());
            }
            _ => {}
        }
        kept.insert(batch, copy);
        Ok(())
    }

    async fn get(&self, batch: BatchId, now: Timestamp) -> PortResult<Option<Sealed>> {
        let kept = self.kept.lock().unwrap();
        let late = i64::from(self.defect == VaultDefect::EndsAMicrosecondLate);
        let now = now.checked_sub(SignedDuration::from_micros(late)).unwrap();
        let anything = || kept.values().next().filter(|_| self.defect == VaultDefect::AnythingIsFound);
        Ok(kept.get(&batch).or_else(anything).filter(|(_, until)| now < *until).map(|(copy, _)| copy.clone()))
    }

    async fn remove(&self, batch: BatchId) -> PortResult<()> {
        let mut kept = self.kept.lock().unwrap();
        match self.defect {
            VaultDefect::RemoveIsForgotten => {}
            VaultDefect::RemovesEverything => kept.clear(),
            VaultDefect::RemovingNothingIsAFault if !kept.contains_key(&batch) => {
                return Err(PortError::new(PortErrorKind::Rejected, "there is nothing to remove"));
            }
            _ => drop(kept.remove(&batch)),
        }
        Ok(())
    }
}
