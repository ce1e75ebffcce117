//! The one place where use cases meet their ports, for the service, its tests and whoever embeds it.

use crate::{
    ports::{
        AccountReader, AnswerSealer, ClientReader, Clock, CodeGenerator, CodeReader, CodeWrapper, Exporter, Guard,
        Hasher, HistoryReader, Ids, KeyMinter, Leftovers, LetterWriter, Mailer, RunReader, ScheduleReader, Sealer,
        SessionStore, Storage, Tagger, TaskReader, TokenMinter, Vault, Views, Workforce,
    },
    settings::Settings,
    use_cases::{
        AuthenticateClient, CreateClient, DestroyDelivery, DoTasks, DownloadBatch, EmailBatch, EndSession,
        EndSessionsOfAccount, EraseAccount, FindStrandedCodes, FireSchedules, FlushTasks, GenerateBatch, LiftByLink,
        LiftSuspension, ListSessions, ManageSchedules, MarkViewed, OpenSession, RedeemCode, RegisterAccount,
        ResumeSession, RevokeBatch, RevokeCode, RotateSession, RunCleanUp, ShowAccount, ShowHistory, VerifySetup,
        WatchWork, attempt::Attempts, deliveries::Deliveries,
    },
};
use std::sync::Arc;

/// An adapter for every port.
#[derive(Clone)]
pub struct Ports {
    pub storage: Arc<dyn Storage>,
    pub accounts: Arc<dyn AccountReader>,
    pub history: Arc<dyn HistoryReader>,
    /// For what is shown only; may be cached.
    pub views: Arc<dyn Views>,
    pub codes: Arc<dyn CodeReader>,
    pub clients: Arc<dyn ClientReader>,
    pub guard: Arc<dyn Guard>,
    pub hasher: Arc<dyn Hasher>,
    pub tagger: Arc<dyn Tagger>,
    pub generator: Arc<dyn CodeGenerator>,
    pub minter: Arc<dyn KeyMinter>,
    pub sessions: Arc<dyn SessionStore>,
    pub tokens: Arc<dyn TokenMinter>,
    pub sealer: Arc<dyn Sealer>,
    pub answer_sealer: Arc<dyn AnswerSealer>,
    pub vault: Arc<dyn Vault>,
    pub exporter: Arc<dyn Exporter>,
    pub wrapper: Arc<dyn CodeWrapper>,
    pub writer: Arc<dyn LetterWriter>,
    pub mailer: Arc<dyn Mailer>,
    pub tasks: Arc<dyn TaskReader>,
    pub workforce: Arc<dyn Workforce>,
    pub schedules: Arc<dyn ScheduleReader>,
    pub runs: Arc<dyn RunReader>,
    pub leftovers: Arc<dyn Leftovers>,
    pub ids: Arc<dyn Ids>,
    pub clock: Arc<dyn Clock>,
}

pub struct UseCases {
    pub authenticate_client: AuthenticateClient,
    pub create_client: CreateClient,
    pub register_account: RegisterAccount,
    pub show_account: ShowAccount,
    pub erase_account: EraseAccount,
    pub lift_suspension: LiftSuspension,
    pub lift_by_link: LiftByLink,
    pub generate_batch: GenerateBatch,
    pub show_history: ShowHistory,
    pub revoke_batch: RevokeBatch,
    pub mark_viewed: MarkViewed,
    pub download_batch: DownloadBatch,
    pub destroy_delivery: DestroyDelivery,
    pub redeem_code: RedeemCode,
    pub verify_setup: VerifySetup,
    pub revoke_code: RevokeCode,
    pub find_stranded_codes: FindStrandedCodes,
    pub open_session: OpenSession,
    pub resume_session: ResumeSession,
    pub rotate_session: RotateSession,
    pub list_sessions: ListSessions,
    pub end_session: EndSession,
    pub end_sessions_of_account: EndSessionsOfAccount,
    pub email_batch: EmailBatch,
    pub do_tasks: Arc<DoTasks>,
    pub fire_schedules: FireSchedules,
    pub manage_schedules: ManageSchedules,
    pub run_clean_up: RunCleanUp,
    pub flush_tasks: FlushTasks,
    pub watch_work: WatchWork,
}

impl UseCases {
    pub fn assemble(ports: &Ports, settings: &Settings) -> Self {
        let deliveries = Arc::new(Deliveries::new(ports, settings));
        let do_tasks = Arc::new(DoTasks::new(ports, settings, Arc::clone(&deliveries)));
        let attempts = Arc::new(Attempts::new(ports, settings, Arc::clone(&deliveries)));
        Self {
            authenticate_client: AuthenticateClient::new(ports),
            create_client: CreateClient::new(ports),
            register_account: RegisterAccount::new(ports),
            show_account: ShowAccount::new(ports),
            erase_account: EraseAccount::new(ports, Arc::clone(&deliveries)),
            lift_suspension: LiftSuspension::new(ports, Arc::clone(&deliveries)),
            lift_by_link: LiftByLink::new(ports, Arc::clone(&deliveries)),
            generate_batch: GenerateBatch::new(ports, settings, Arc::clone(&deliveries)),
            show_history: ShowHistory::new(ports, settings),
            revoke_batch: RevokeBatch::new(ports, settings, Arc::clone(&deliveries)),
            mark_viewed: MarkViewed::new(ports),
            download_batch: DownloadBatch::new(ports, settings, Arc::clone(&deliveries)),
            destroy_delivery: DestroyDelivery::new(ports, Arc::clone(&deliveries)),
            redeem_code: RedeemCode::new(ports, settings, Arc::clone(&attempts)),
            verify_setup: VerifySetup::new(ports, Arc::clone(&attempts)),
            revoke_code: RevokeCode::new(ports, settings, attempts),
            find_stranded_codes: FindStrandedCodes::new(ports, settings),
            open_session: OpenSession::new(ports, settings),
            resume_session: ResumeSession::new(ports, settings),
            rotate_session: RotateSession::new(ports, settings),
            list_sessions: ListSessions::new(ports, settings),
            end_session: EndSession::new(ports, settings, Arc::clone(&deliveries)),
            end_sessions_of_account: EndSessionsOfAccount::new(ports, settings),
            email_batch: EmailBatch::new(ports, settings, Arc::clone(&deliveries), Arc::clone(&do_tasks)),
            do_tasks,
            fire_schedules: FireSchedules::new(ports, settings),
            manage_schedules: ManageSchedules::new(ports, settings),
            run_clean_up: RunCleanUp::new(ports, settings),
            flush_tasks: FlushTasks::new(ports, settings),
            watch_work: WatchWork::new(ports),
        }
    }
}
