//! What one can look for in each list, with something on the shelf that it leaves and something that it finds.

use super::{Looked, NOW, Shelf};
use crate::fixture::*;
use backstop_application::{
    lists::{
        AccountFilter, Accounts, AuditFilter, AuditTrail, BatchFilter, Batches, CameFrom, ClientFilter, Clients,
        CodeFilter, Codes, CodesLeft, CodesOf, MailFilter, Mails, RunFilter, Runs, ScheduleFilter, Schedules, Search,
        Suspended, TaskFilter, Tasks, WhichActor, Whose,
    },
    ports::{MailStatus, Register},
};
use backstop_domain::{
    ActorKind, AuditKind, BatchStatus, CleanUp, CodeStatus, Network, Role, RunStatus, Scope, SuspensionReason,
    TaskKind, TaskState,
};
use std::sync::Arc;

fn exactly(text: &str) -> Search {
    Search::Exactly(text.to_owned())
}

fn starting(text: &str) -> Search {
    Search::StartsWith(text.to_owned())
}

impl Looked for Accounts {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.accounts.clone()
    }

    fn filters(shelf: &Shelf) -> Vec<AccountFilter> {
        let none = AccountFilter::default;
        vec![
            none(),
            AccountFilter { subject: Some(exactly(shelf.user.subject.as_str())), ..none() },
            AccountFilter { email: Some(starting("zo")), ..none() },
            AccountFilter { email: Some(exactly("zoë@example.org")), ..none() },
            AccountFilter { role: Some(Role::Admin), ..none() },
            AccountFilter { suspended: Some(Suspended::No), ..none() },
            AccountFilter { suspended: Some(Suspended::Yes), ..none() },
            AccountFilter { suspended: Some(Suspended::For(SuspensionReason::NotMe)), ..none() },
            AccountFilter { codes: Some(CodesLeft::None), ..none() },
            AccountFilter { codes: Some(CodesLeft::Few(2)), ..none() },
            AccountFilter { codes: Some(CodesLeft::ExpiringWithin(6)), ..none() },
            AccountFilter { duties: Some(true), ..none() },
            AccountFilter { duties: Some(false), ..none() },
        ]
    }
}

impl Looked for Batches {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.batches.clone()
    }

    fn filters(shelf: &Shelf) -> Vec<BatchFilter> {
        let none = BatchFilter::default;
        let of_status = |status| BatchFilter { status: Some(status), ..none() };
        vec![
            none(),
            BatchFilter { whose: Some(Whose::Account(shelf.user.id)), ..none() },
            BatchFilter { whose: Some(Whose::Subject(shelf.user.subject.clone())), ..none() },
            BatchFilter { profile: Some(profile("readable")), ..none() },
            BatchFilter { expires_from: Some(at(NOW)), ..none() },
            BatchFilter { expires_before: Some(at(NOW)), ..none() },
            of_status(BatchStatus::Active),
            of_status(BatchStatus::Superseded),
            of_status(BatchStatus::Expired),
            of_status(BatchStatus::Exhausted),
        ]
    }
}

impl Looked for Codes {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.codes.clone()
    }

    fn filters(shelf: &Shelf) -> Vec<CodeFilter> {
        let of = CodesOf::Account(Whose::Subject(shelf.user.subject.clone()));
        vec![
            CodeFilter { of: of.clone(), status: None },
            CodeFilter { of: of.clone(), status: Some(CodeStatus::Used) },
            CodeFilter { of, status: Some(CodeStatus::Invalidated) },
            CodeFilter { of: CodesOf::Batch(shelf.batch.id), status: None },
        ]
    }
}

impl Looked for AuditTrail {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.audit.clone()
    }

    fn filters(shelf: &Shelf) -> Vec<AuditFilter> {
        let none = AuditFilter::default;
        let from = |text: &str| Some(CameFrom::Network(Network::of(text.parse().unwrap())));
        vec![
            none(),
            AuditFilter { whose: Some(Whose::Account(shelf.user.id)), ..none() },
            AuditFilter { whose: Some(Whose::Subject(shelf.staff.subject.clone())), ..none() },
            AuditFilter { kind: Some(AuditKind::Redeemed), ..none() },
            AuditFilter { actor: Some(WhichActor::Any(ActorKind::Owner)), ..none() },
            AuditFilter { came_from: Some(CameFrom::Address("192.0.2.7".parse().unwrap())), ..none() },
            AuditFilter { came_from: from("192.0.2.1"), ..none() },
            AuditFilter { came_from: from("2001:db8::"), ..none() },
            AuditFilter { request: Some(shelf.request), ..none() },
            AuditFilter { from: Some(at(2)), ..none() },
            AuditFilter { from: Some(at(1)), until: Some(at(2)), ..none() },
        ]
    }
}

impl Looked for Mails {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.mails.clone()
    }

    fn filters(shelf: &Shelf) -> Vec<MailFilter> {
        let none = MailFilter::default;
        vec![
            none(),
            MailFilter { whose: Some(Whose::Account(shelf.user.id)), ..none() },
            MailFilter { address: Some(exactly("other@example.org")), ..none() },
            MailFilter { address: Some(starting("zoë")), ..none() },
            MailFilter { status: Some(MailStatus::Sent), ..none() },
            MailFilter { from: Some(at(2)), until: Some(at(3)), ..none() },
        ]
    }
}

impl Looked for Runs {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.runs.clone()
    }

    fn filters(shelf: &Shelf) -> Vec<RunFilter> {
        let none = RunFilter::default;
        vec![
            none(),
            RunFilter { status: Some(RunStatus::Completed), ..none() },
            RunFilter { schedule: Some(shelf.schedule), ..none() },
        ]
    }
}

impl Looked for Tasks {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.tasks.clone()
    }

    fn filters(shelf: &Shelf) -> Vec<TaskFilter> {
        let none = TaskFilter::default;
        vec![
            none(),
            TaskFilter { state: Some(TaskState::Failed), ..none() },
            TaskFilter { kind: Some(TaskKind::SendCodes), ..none() },
            TaskFilter { whose: Some(Whose::Account(shelf.user.id)), ..none() },
            TaskFilter { whose: Some(Whose::Subject(shelf.user.subject.clone())), ..none() },
            TaskFilter { batch: Some(shelf.batch.id), ..none() },
        ]
    }
}

impl Looked for Schedules {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.schedules.clone()
    }

    fn filters(_shelf: &Shelf) -> Vec<ScheduleFilter> {
        let none = ScheduleFilter::default;
        vec![
            none(),
            ScheduleFilter { of: Some(CleanUp::Codes), ..none() },
            ScheduleFilter { enabled: Some(false), ..none() },
        ]
    }
}

impl Looked for Clients {
    fn register(fixture: &Fixture) -> Arc<dyn Register<Self>> {
        fixture.stores.registers.clients.clone()
    }

    fn filters(_shelf: &Shelf) -> Vec<ClientFilter> {
        let none = ClientFilter::default;
        vec![
            none(),
            ClientFilter { name: Some(exactly("sh%")), ..none() },
            ClientFilter { name: Some(starting("sh_")), ..none() },
            ClientFilter { scope: Some(Scope::Admin), ..none() },
        ]
    }
}
