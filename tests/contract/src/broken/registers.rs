use super::Defect;
use async_trait::async_trait;
use backstop_application::{
    lists::{
        AccountFilter, Accounts, AuditFilter, AuditTrail, BatchFilter, Batches, ClientFilter, Clients, CodeFilter,
        Codes, MailFilter, Mails, Registers, RunFilter, Runs, ScheduleFilter, Schedules, Search, TaskFilter, Tasks,
    },
    ports::{Direction, Listed, PortResult, Portion, Register, Sight, Which},
};
use backstop_domain::Duties;
use std::sync::Arc;
use uuid::Uuid;

struct BrokenRegister<L: Listed> {
    sound: Arc<dyn Register<L>>,
    defect: Defect,
}

/// What goes wrong in a way of the list's own.
trait Breakable: Listed {
    fn without_filter(filter: &Self::Filter) -> Self::Filter;

    fn with_beginnings(filter: &Self::Filter) -> Self::Filter {
        filter.clone()
    }

    fn of_nobody(entry: Self::Entry) -> Self::Entry {
        entry
    }
}

macro_rules! breakable {
    ($($list:ident $filter:ident),+) => {
        $(impl Breakable for $list {
            fn without_filter(_: &$filter) -> $filter {
                $filter::default()
            }
        })+
    };
}

breakable!(
    Batches BatchFilter,
    AuditTrail AuditFilter,
    Mails MailFilter,
    Runs RunFilter,
    Tasks TaskFilter,
    Schedules ScheduleFilter,
    Clients ClientFilter
);

impl Breakable for Codes {
    fn without_filter(filter: &CodeFilter) -> CodeFilter {
        CodeFilter { status: None, ..filter.clone() }
    }
}

impl Breakable for Accounts {
    fn without_filter(_: &AccountFilter) -> AccountFilter {
        AccountFilter::default()
    }

    fn with_beginnings(filter: &AccountFilter) -> AccountFilter {
        let beginning = |search: &Search| match search {
            Search::Exactly(text) | Search::StartsWith(text) => Search::StartsWith(text.clone()),
        };
        AccountFilter { subject: filter.subject.as_ref().map(beginning), ..filter.clone() }
    }

    fn of_nobody(mut entry: Self::Entry) -> Self::Entry {
        entry.open = Duties::NONE;
        entry
    }
}

impl<L: Breakable> BrokenRegister<L> {
    fn which(&self, mut which: Which<L>) -> Which<L> {
        match self.defect {
            Defect::FiltersAreForgotten => which.filter = L::without_filter(&which.filter),
            Defect::SearchesFindBeginnings => which.filter = L::with_beginnings(&which.filter),
            Defect::StaffIsShown => which.sight = Sight::Everything,
            _ => {}
        }
        which
    }

    fn show(&self, entry: L::Entry) -> L::Entry {
        if self.defect == Defect::EntriesAreOfNobody { L::of_nobody(entry) } else { entry }
    }
}

#[async_trait]
impl<L: Breakable> Register<L> for BrokenRegister<L> {
    async fn portion(&self, portion: &Portion<L>) -> PortResult<Vec<L::Entry>> {
        let mut portion = Portion { which: self.which(portion.which.clone()), ..portion.clone() };
        let after = portion.after.clone();
        match self.defect {
            Defect::PagesGoOneWay => portion.direction = Direction::Ascending,
            Defect::PagesSkipAnEntry if after.is_some() => portion.most += 1,
            Defect::PagesKeepTheirLastEntry => {
                if let Some(after) = &mut portion.after {
                    let id = after.id.as_u128();
                    let before = portion.direction == Direction::Ascending;
                    after.id = Uuid::from_u128(if before { id.wrapping_sub(1) } else { id.wrapping_add(1) });
                }
            }
            _ => {}
        }
        let mut found = self.sound.portion(&portion).await?;
        if self.defect == Defect::PagesSkipAnEntry && after.is_some() && !found.is_empty() {
            found.remove(0);
        }
        Ok(found.into_iter().map(|entry| self.show(entry)).collect())
    }

    async fn count(&self, which: &Which<L>, most: u32) -> PortResult<u32> {
        let most = if self.defect == Defect::CountsOn { u32::MAX } else { most };
        self.sound.count(&self.which(which.clone()), most).await
    }

    async fn entry(&self, id: Uuid, sight: Sight) -> PortResult<Option<L::Entry>> {
        let sight = if self.defect == Defect::StaffIsShown { Sight::Everything } else { sight };
        let found = self.sound.entry(id, sight).await?.map(|entry| self.show(entry));
        Ok(found.filter(|_| self.defect != Defect::EntriesAreNotThere))
    }
}

fn one<L: Breakable>(sound: &Arc<dyn Register<L>>, defect: Defect) -> Arc<dyn Register<L>> {
    Arc::new(BrokenRegister { sound: Arc::clone(sound), defect })
}

pub(super) fn broken(sound: &Registers, defect: Defect) -> Registers {
    Registers {
        accounts: one(&sound.accounts, defect),
        batches: one(&sound.batches, defect),
        codes: one(&sound.codes, defect),
        audit: one(&sound.audit, defect),
        mails: one(&sound.mails, defect),
        runs: one(&sound.runs, defect),
        tasks: one(&sound.tasks, defect),
        schedules: one(&sound.schedules, defect),
        clients: one(&sound.clients, defect),
    }
}
