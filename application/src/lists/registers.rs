use super::{Accounts, AuditTrail, Batches, Clients, Codes, Mails, Runs, Schedules, Tasks};
use crate::ports::Register;
use std::sync::Arc;

/// A register of every kind.
#[derive(Clone)]
pub struct Registers {
    pub accounts: Arc<dyn Register<Accounts>>,
    pub batches: Arc<dyn Register<Batches>>,
    pub codes: Arc<dyn Register<Codes>>,
    pub audit: Arc<dyn Register<AuditTrail>>,
    pub mails: Arc<dyn Register<Mails>>,
    pub runs: Arc<dyn Register<Runs>>,
    pub tasks: Arc<dyn Register<Tasks>>,
    pub schedules: Arc<dyn Register<Schedules>>,
    pub clients: Arc<dyn Register<Clients>>,
}

impl Registers {
    /// All of one store.
    pub fn of<S>(store: &Arc<S>) -> Self
    where
        S: Register<Accounts>
            + Register<Batches>
            + Register<Codes>
            + Register<AuditTrail>
            + Register<Mails>
            + Register<Runs>
            + Register<Tasks>
            + Register<Schedules>
            + Register<Clients>
            + 'static,
    {
        Self {
            accounts: store.clone(),
            batches: store.clone(),
            codes: store.clone(),
            audit: store.clone(),
            mails: store.clone(),
            runs: store.clone(),
            tasks: store.clone(),
            schedules: store.clone(),
            clients: store.clone(),
        }
    }
}
