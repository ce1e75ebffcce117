//! Telling everybody who administers the service what was done to it: each mail is queued in the unit of what it tells.

use super::{
    Administrator,
    work::{
        jobs::{ClientChangeJob, LetterJob, SecondStepJob},
        queue::Queue,
    },
};
use crate::{
    Ports, Settings,
    lists::{AccountFilter, AccountSort, Accounts},
    ports::{Clock, Direction, Listed as _, Place, PortResult, Portion, Reader, Register, Sight, UnitOfWork, Which},
};
use backstop_domain::{
    Account, Client, Origin, Role, Timestamp,
    letter::{ClientAct, ClientChange, SecondStepNews},
};
use std::sync::Arc;

/// So many are looked up in one go.
const AT_ONCE: u32 = 200;

pub(crate) struct MailToAdministrators {
    accounts: Arc<dyn Register<Accounts>>,
    queue: Queue,
    clock: Arc<dyn Clock>,
}

/// Everybody who is to be told, as of shortly before the act.
pub(crate) struct Told(Vec<Account>);

/// Who did something to a client, by the name that the mails give them, and from where.
pub(crate) struct DoneBy<'a> {
    name: Option<&'a str>,
    origin: Origin,
}

impl DoneBy<'_> {
    pub(crate) fn command_line() -> Self {
        Self { name: None, origin: Origin::default() }
    }
}

impl<'a> From<&'a Administrator> for DoneBy<'a> {
    fn from(by: &'a Administrator) -> Self {
        Self { name: Some(by.name()), origin: by.caller().origin() }
    }
}

impl MailToAdministrators {
    pub(crate) fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            accounts: Arc::clone(&ports.registers.accounts),
            queue: Queue::new(ports, settings),
            clock: Arc::clone(&ports.clock),
        }
    }

    /// Looked up before a unit opens. An auditor is none of them, and neither is whoever has no address.
    pub(crate) async fn find(&self) -> PortResult<Told> {
        let filter = AccountFilter { role: Some(Role::Admin), ..AccountFilter::default() };
        let which = Which { filter, sight: Sight::Everything, now: self.clock.now() };
        let sort = AccountSort::Created;
        let mut portion = Portion { which, sort, direction: Direction::Ascending, after: None, most: AT_ONCE };
        let mut all = Vec::new();
        loop {
            let found = self.accounts.portion(&portion).await?;
            let Some(last) = found.last() else { return Ok(Told(all)) };
            portion.after = Some(Place { rank: Accounts::rank(last, sort), id: Accounts::id(last) });
            all.extend(found.into_iter().map(|state| state.account).filter(|account| account.email.is_some()));
        }
    }

    pub(crate) async fn client_changed(
        &self,
        unit: &mut dyn UnitOfWork,
        told: &Told,
        change: (ClientAct, &Client),
        by: &DoneBy<'_>,
        others_end_at: Option<Timestamp>,
    ) -> PortResult<()> {
        let (act, client) = change;
        let change = ClientChange {
            act,
            client: client.name.clone(),
            scopes: client.scopes.clone(),
            by: by.name.map(str::to_owned),
            at: self.clock.now(),
            ip: by.origin.ip,
            others_end_at,
        };
        self.write(unit, &told.0, &LetterJob::ClientChanged(ClientChangeJob::from(&change))).await
    }

    /// To all but the person themselves, who is told in words of their own.
    pub(crate) async fn second_step_of(
        &self,
        unit: &mut dyn UnitOfWork,
        told: &Told,
        person: &Account,
        news: &SecondStepNews,
    ) -> PortResult<()> {
        let name = person.email.as_ref().map_or(person.subject.as_str(), |email| email.as_str());
        let letter = LetterJob::SecondStepOf { person: name.to_owned(), news: SecondStepJob::from(news) };
        let others: Vec<Account> = told.0.iter().filter(|account| account.id != person.id).cloned().collect();
        self.write(unit, &others, &letter).await
    }

    async fn write(&self, unit: &mut dyn UnitOfWork, to: &[Account], letter: &LetterJob) -> PortResult<()> {
        for account in to {
            let Some(address) = &account.email else { continue };
            let reader = Reader { locale: account.locale.clone(), display_name: account.display_name.clone() };
            unit.tasks().push(self.queue.send_mail(address, &reader, letter.clone(), Some(account.id))?).await?;
        }
        Ok(())
    }
}
