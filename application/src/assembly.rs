//! The one place where use cases meet their ports, for the service, its tests and whoever embeds it.

use crate::{
    lists::{Accounts, AuditTrail, Batches, Clients, Codes, Mails, Registers, Runs, Schedules, Tasks},
    ports::{
        AccountReader, AnswerSealer, Authenticators, ClientReader, Clock, CodeGenerator, CodeReader, CodeWrapper,
        Exporter, Guard, Hasher, Health, HistoryReader, Ids, KeyBook, KeyMinter, Leftovers, LetterWriter, Listed,
        Mailer, PasswordHasher, Register, RunReader, ScheduleReader, Sealer, SessionStore, Storage, Tagger, Tallies,
        TaskReader, TokenMinter, Vault, Views, Workforce,
    },
    settings::Settings,
    use_cases::{
        AuthenticateClient, ChangePassword, ConfirmSecondStep, CreateClient, CreateUser, DestroyDelivery, DoTasks,
        DownloadBatch, EmailBatch, EndSession, EndSessions, EndSessionsOfAccount, EnterConsole, EraseAccount,
        ExportAudit, FindStrandedCodes, FireSchedules, FlushTasks, FormTokens, GenerateBatch, HasPassword, LiftByLink,
        LiftSuspension, ListEntries, ListSessions, ListSessionsOf, ManageClients, ManageSchedules, ManageTasks,
        MarkViewed, OpenSession, PassSecondStep, PrepareOverview, ProveAgain, RedeemCode, RegisterAccount, RemoveBatch,
        ResetPassword, ResumeSession, ReviseCodes, RevokeBatch, RevokeCode, RotateSession, RunCleanUp,
        SendPasswordReset, SetPassword, SetUpSecondStep, ShowAccount, ShowEntry, ShowHistory, ShowOverview, ShowRun,
        SignInWithCode, SignInWithPassword, SuspendAccount, VerifySetup, WatchWork, attempt::Attempts,
        deliveries::Deliveries, holders::Holders, passwords::Passwords,
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
    pub passwords: Arc<dyn PasswordHasher>,
    pub authenticators: Arc<dyn Authenticators>,
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
    pub registers: Registers,
    pub leftovers: Arc<dyn Leftovers>,
    pub tallies: Arc<dyn Tallies>,
    pub keys: Arc<dyn KeyBook>,
    /// What can be out.
    pub parts: Vec<Arc<dyn Health>>,
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
    pub sign_in_with_code: SignInWithCode,
    pub sign_in_with_password: SignInWithPassword,
    pub prove_again: ProveAgain,
    pub change_password: ChangePassword,
    pub set_password: SetPassword,
    pub reset_password: ResetPassword,
    pub has_password: HasPassword,
    pub create_user: CreateUser,
    pub form_tokens: FormTokens,
    pub email_batch: EmailBatch,
    pub do_tasks: Arc<DoTasks>,
    pub fire_schedules: FireSchedules,
    pub manage_schedules: ManageSchedules,
    pub run_clean_up: RunCleanUp,
    pub flush_tasks: FlushTasks,
    pub watch_work: WatchWork,
    pub console: ConsoleUseCases,
    pub lists: Lists,
    pub overview: ShowOverview,
    pub prepare_overview: PrepareOverview,
}

/// What the people who run the service do in the console.
pub struct ConsoleUseCases {
    pub enter: EnterConsole,
    pub set_up_second_step: SetUpSecondStep,
    pub confirm_second_step: ConfirmSecondStep,
    pub pass_second_step: PassSecondStep,
    /// Their own codes, which stand in for their authenticator.
    pub generate_batch: GenerateBatch,
    pub mark_viewed: MarkViewed,
    pub show_account: ShowAccount,
    pub show_history: ShowHistory,
    pub suspend_account: SuspendAccount,
    pub send_password_reset: SendPasswordReset,
    pub revise_codes: ReviseCodes,
    pub remove_batch: RemoveBatch,
    pub manage_tasks: ManageTasks,
    pub manage_clients: ManageClients,
    pub end_sessions: EndSessions,
}

impl ConsoleUseCases {
    fn assemble(ports: &Ports, settings: &Settings, deliveries: &Arc<Deliveries>) -> Self {
        let attempts = Arc::new(Attempts::new(ports, settings, Arc::clone(deliveries), Holders::Staff));
        Self {
            enter: EnterConsole::new(ports, settings),
            set_up_second_step: SetUpSecondStep::new(ports, settings),
            confirm_second_step: ConfirmSecondStep::new(ports, settings),
            pass_second_step: PassSecondStep::new(ports, settings, attempts),
            generate_batch: GenerateBatch::new(ports, settings, Arc::clone(deliveries), Holders::Staff),
            mark_viewed: MarkViewed::new(ports, Holders::Staff),
            show_account: ShowAccount::new(ports, Holders::Staff),
            show_history: ShowHistory::new(ports, settings, Holders::Staff),
            suspend_account: SuspendAccount::new(ports, settings, Arc::clone(deliveries)),
            send_password_reset: SendPasswordReset::new(ports, settings),
            revise_codes: ReviseCodes::new(ports, settings),
            remove_batch: RemoveBatch::new(ports, settings, Arc::clone(deliveries)),
            manage_tasks: ManageTasks::new(ports, settings),
            manage_clients: ManageClients::new(ports, settings),
            end_sessions: EndSessions::new(ports, settings),
        }
    }
}

/// A list, page by page, and each entry of it.
pub struct List<L: Listed> {
    pub entries: ListEntries<L>,
    pub one: ShowEntry<L>,
}

impl<L: Listed> List<L> {
    fn new(register: &Arc<dyn Register<L>>, ports: &Ports) -> Self {
        Self { entries: ListEntries::new(register, ports), one: ShowEntry::new(register) }
    }
}

/// What there is, for those who run the service and for applications with the scope `admin`.
pub struct Lists {
    pub accounts: List<Accounts>,
    pub batches: List<Batches>,
    pub codes: List<Codes>,
    pub audit: List<AuditTrail>,
    pub export_audit: ExportAudit,
    pub mails: List<Mails>,
    pub runs: List<Runs>,
    pub show_run: ShowRun,
    pub tasks: List<Tasks>,
    pub schedules: List<Schedules>,
    pub clients: List<Clients>,
    pub sessions_of: ListSessionsOf,
}

impl Lists {
    fn assemble(ports: &Ports, settings: &Settings) -> Self {
        let all = &ports.registers;
        Self {
            accounts: List::new(&all.accounts, ports),
            batches: List::new(&all.batches, ports),
            codes: List::new(&all.codes, ports),
            audit: List::new(&all.audit, ports),
            export_audit: ExportAudit::new(ports),
            mails: List::new(&all.mails, ports),
            runs: List::new(&all.runs, ports),
            show_run: ShowRun::new(ports),
            tasks: List::new(&all.tasks, ports),
            schedules: List::new(&all.schedules, ports),
            clients: List::new(&all.clients, ports),
            sessions_of: ListSessionsOf::new(ports, settings),
        }
    }
}

impl UseCases {
    pub fn assemble(ports: &Ports, settings: &Settings) -> Self {
        let deliveries = Arc::new(Deliveries::new(ports, settings));
        let do_tasks = Arc::new(DoTasks::new(ports, settings, Arc::clone(&deliveries)));
        let attempts = Arc::new(Attempts::new(ports, settings, Arc::clone(&deliveries), Holders::Users));
        let passwords = Arc::new(Passwords::new(ports, settings));
        Self {
            console: ConsoleUseCases::assemble(ports, settings, &deliveries),
            lists: Lists::assemble(ports, settings),
            overview: ShowOverview::new(ports, settings),
            prepare_overview: PrepareOverview::new(ports, settings),
            authenticate_client: AuthenticateClient::new(ports),
            create_client: CreateClient::new(ports, settings),
            register_account: RegisterAccount::new(ports),
            show_account: ShowAccount::new(ports, Holders::Users),
            erase_account: EraseAccount::new(ports, Arc::clone(&deliveries)),
            lift_suspension: LiftSuspension::new(ports, Arc::clone(&deliveries)),
            lift_by_link: LiftByLink::new(ports, Arc::clone(&deliveries)),
            generate_batch: GenerateBatch::new(ports, settings, Arc::clone(&deliveries), Holders::Users),
            show_history: ShowHistory::new(ports, settings, Holders::Users),
            revoke_batch: RevokeBatch::new(ports, settings, Arc::clone(&deliveries)),
            mark_viewed: MarkViewed::new(ports, Holders::Users),
            download_batch: DownloadBatch::new(ports, settings, Arc::clone(&deliveries)),
            destroy_delivery: DestroyDelivery::new(ports, Arc::clone(&deliveries)),
            redeem_code: RedeemCode::new(ports, settings, Arc::clone(&attempts)),
            verify_setup: VerifySetup::new(ports, Arc::clone(&attempts)),
            revoke_code: RevokeCode::new(ports, settings, Arc::clone(&attempts)),
            find_stranded_codes: FindStrandedCodes::new(ports, settings),
            open_session: OpenSession::new(ports, settings),
            resume_session: ResumeSession::new(ports, settings),
            rotate_session: RotateSession::new(ports, settings),
            list_sessions: ListSessions::new(ports, settings),
            end_session: EndSession::new(ports, settings, Arc::clone(&deliveries)),
            end_sessions_of_account: EndSessionsOfAccount::new(ports, settings),
            sign_in_with_code: SignInWithCode::new(ports, settings, attempts),
            sign_in_with_password: SignInWithPassword::new(ports, settings, Arc::clone(&passwords)),
            prove_again: ProveAgain::new(ports, settings, Arc::clone(&passwords)),
            change_password: ChangePassword::new(ports, settings, passwords),
            set_password: SetPassword::new(ports, settings),
            reset_password: ResetPassword::new(ports, settings),
            has_password: HasPassword::new(ports, settings),
            create_user: CreateUser::new(ports, settings),
            form_tokens: FormTokens::new(ports),
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
